package workflows_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/hr/roster"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/reconcile/remedy"
	"muster/store"
)

// found records a delta of a reconciliation about the scene's person, as a run does, and returns it.
func (s *scene) found(reconciliationID string, d reconcile.Delta) reconcile.Delta {
	s.t.Helper()
	_, _, err := s.store.StartReconciliation(s.t.Context(), store.Reconciliation{ID: reconciliationID, Platform: "genesys"})
	require.NoError(s.t, err)
	d.ReconciliationID, d.PersonID, d.ExternalUserID = reconciliationID, s.person, s.person
	if d.AccountID == "" {
		d.AccountID = s.agent().PlatformUserID
	}
	d.TimestampUTC = time.Now().UTC()
	row, err := d.Row()
	require.NoError(s.t, err)
	_, err = s.store.AddDeltas(s.t.Context(), []store.Delta{row})
	require.NoError(s.t, err)
	return d
}

// carry carries a delta out in the mode repair.
func (s *scene) carry(d reconcile.Delta) remedy.Outcome {
	s.t.Helper()
	done, err := remedy.New(s.store, false).Carry(s.t.Context(), d.ReconciliationID, d, store.ModeRepair)
	require.NoError(s.t, err)
	return done
}

func (s *scene) change(p genesystest.Plant) {
	s.t.Helper()
	_, err := s.platform.Change(s.account().ID, p)
	require.NoError(s.t, err)
}

// begun is the generation of the operation that the mailbox begins when it looks now.
func (s *scene) begun(operation lifecycle.Operation) int64 {
	s.t.Helper()
	decided, err := s.activities.Decide(s.t.Context(), lifecycle.DecideInput{PersonID: s.person, Now: time.Now().UTC()})
	require.NoError(s.t, err)
	require.Equal(s.t, lifecycle.Start, decided.Do, decided.Because)
	require.Equal(s.t, operation, decided.Operation)
	return decided.Generation
}

// runTermination runs a termination that the mailbox has begun: it does not wait for one, and the test environment ends with its root.
func (s *scene) runTermination(generation int64) {
	s.t.Helper()
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: names.TerminationWorkflowID(s.person, generation), TaskQueue: names.QueueMuster})
	s.env.ExecuteWorkflow(names.WorkflowTermination, lifecycle.TerminationInput{OperationInput: lifecycle.OperationInput{PersonID: s.person, Generation: generation}})
	require.True(s.t, s.env.IsWorkflowCompleted())
	require.NoError(s.t, s.env.GetWorkflowError())
}

// roster is a healthy roster of a reconciliation with these people in it.
func (s *scene) roster(id string, people ...map[string]any) {
	s.t.Helper()
	_, err := s.store.BeginRoster(s.t.Context(), store.Roster{
		ID: id, Source: "workday", SourceSystem: "WORKDAY", Namespace: "default", Key: "roster", AsOf: time.Now().UTC(),
	})
	require.NoError(s.t, err)
	var lines []roster.Line
	for i, person := range people {
		raw, err := json.Marshal(person)
		require.NoError(s.t, err)
		record, err := hr.DecodeRecord(raw, hr.Zones{})
		require.NoError(s.t, err)
		lines = append(lines, roster.Line{Number: int64(i + 1), ExternalUserID: record.ExternalUserID, Person: record})
	}
	require.NoError(s.t, s.store.AddRosterPage(s.t.Context(), id, store.RosterPage{Page: 1}, lines))
	_, _, err = s.store.EndRoster(s.t.Context(), id, store.RosterEnd{At: time.Now().UTC()})
	require.NoError(s.t, err)
	_, err = s.store.JudgeRoster(s.t.Context(), id, roster.Verdict{})
	require.NoError(s.t, err)
}

func (s *scene) skillDelta(action reconcile.Resolution, how reconcile.How, name string) reconcile.Delta {
	return reconcile.Delta{
		DeltaType: reconcile.SkillMismatch, ResolutionAction: action,
		Differences: []reconcile.Difference{{Part: reconcile.PartSkill, ID: genesystest.ID(genesystest.KindSkill, name), Name: name, How: how}},
	}
}

func (s *scene) putBacks() []store.PutBack {
	s.t.Helper()
	history, err := s.store.PutBacks(s.t.Context(), []string{s.person})
	require.NoError(s.t, err)
	return history[s.person]
}

func (s *scene) outcomes(d reconcile.Delta) (words []string) {
	s.t.Helper()
	row, err := s.store.DeltaOf(s.t.Context(), d.ReconciliationID, string(d.DeltaType), d.Subject())
	require.NoError(s.t, err)
	for _, o := range row.Outcomes {
		words = append(words, o.Outcome)
	}
	return words
}

// A supervisor's edit, and a skill that the platform accepted and rejected later, look the same: the account is another one than planned.
func TestAnAccountThatSomebodyChangedIsPutBackOnceAndThatIsCounted(t *testing.T) {
	for _, drift := range []struct {
		name   string
		skills map[string]float64
		how    reconcile.How
		skill  string
	}{
		{"a supervisor gave a skill", map[string]float64{"Technical_Support": 4, "Billing_Support": 2}, reconcile.Extra, "Billing_Support"},
		{"the platform rejected a skill afterwards", map[string]float64{}, reconcile.Lacking, "Technical_Support"},
	} {
		t.Run(drift.name, func(t *testing.T) {
			s := hired(t)
			s.change(genesystest.Plant{Skills: drift.skills})
			d := s.found("rec_20260302_0200", s.skillDelta(reconcile.Transfer, drift.how, drift.skill))
			first := s.carry(d)
			require.Equal(t, store.DeltaRung, first.Outcome)
			require.Empty(t, s.putBacks(), "nothing has been put back yet")
			s.run()
			require.Equal(t, map[string]float64{"Technical_Support": 4}, s.account().Skills)
			require.Len(t, s.putBacks(), 1)

			generation, version := s.agent().Generation, s.account().Version
			again := s.carry(d)
			require.True(t, again.Again)
			require.Equal(t, first.Outcome, again.Outcome)
			s.again()
			s.run()
			require.Equal(t, generation, s.agent().Generation, "carried out again it begins nothing")
			require.Equal(t, version, s.account().Version)
			require.Equal(t, []string{store.DeltaRung, store.DeltaRepaired}, s.outcomes(d))
			require.Len(t, s.putBacks(), 1)
		})
	}
}

func TestNothingIsCarriedOutInAnotherModeThanRepair(t *testing.T) {
	s := hired(t)
	d := s.found("rec_20260302_0200", s.skillDelta(reconcile.Transfer, reconcile.Extra, "Billing_Support"))
	digest := s.agent().PlanDigest
	for _, mode := range []store.ReconciliationMode{store.ModeObserve, store.ModeReport, "", "other"} {
		_, err := remedy.New(s.store, false).Carry(t.Context(), d.ReconciliationID, d, mode)
		require.ErrorIs(t, err, remedy.ErrNotRepair)
	}
	require.Equal(t, digest, s.agent().PlanDigest)
	require.Empty(t, s.outcomes(d))
	d.ReconciliationID = "rec_20260303_0200"
	_, err := remedy.New(s.store, false).Carry(t.Context(), d.ReconciliationID, d, store.ModeRepair)
	require.ErrorIs(t, err, store.ErrNotFound, "a delta that is not recorded")
}

func TestAnExceptionLeavesASkillAloneUntilItsDay(t *testing.T) {
	s := hired(t)
	s.change(genesystest.Plant{Skills: map[string]float64{"Technical_Support": 4, "Billing_Support": 2}})
	except := func(until time.Time) {
		require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
			_, err := p.AddException(store.Exception{
				Part: "skill", Construct: "Billing_Support", Until: until, MadeBy: "sue", MadeByVerified: true, Reason: "covers for a colleague",
			})
			return err
		}))
	}
	except(s.start.AddDate(0, 0, 7))
	s.carry(s.found("rec_20260302_0200", s.skillDelta(reconcile.Transfer, reconcile.Extra, "Billing_Support")))
	s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"LANG_FR"}})
	s.run()
	require.Equal(t, map[string]float64{"Technical_Support": 4, "Billing_Support": 2}, s.account().Skills)
	require.Equal(t, map[string]float64{"French": 4}, s.account().Languages, "everything else is changed")

	except(s.start.Add(-time.Minute))
	s.carry(s.found("rec_20260309_0200", s.skillDelta(reconcile.Transfer, reconcile.Extra, "Billing_Support")))
	s.again()
	s.run()
	require.Equal(t, map[string]float64{"Technical_Support": 4}, s.account().Skills, "its day has come")
}

func TestAFourthWriteIsAQuestion(t *testing.T) {
	edited := map[string]float64{"Technical_Support": 4, "Billing_Support": 2}
	ask := func(t *testing.T) (*scene, store.Review) {
		t.Helper()
		s := hired(t)
		s.change(genesystest.Plant{Skills: edited})
		d := s.skillDelta(reconcile.AskThirdPutBack, reconcile.Extra, "Billing_Support")
		d.Differences[0].ID = "Billing_Support"
		done := s.carry(s.found("rec_20260305_0200", d))
		require.Equal(t, store.DeltaAsked, done.Outcome)
		s.run()
		require.Equal(t, edited, s.account().Skills, "nothing is written before somebody decides")
		s.again()
		review := s.review()
		require.Equal(t, done.Reference, review.ID)
		require.Equal(t, lifecycle.ReviewPutBack, review.Kind)
		require.False(t, review.Blocking)
		return s, review
	}
	settle := func(s *scene, review store.Review, decision string) {
		_, err := s.store.DecideReview(s.t.Context(), review.ID, store.Decision{Decision: decision, Actor: "otto", Reason: "talked to sue"})
		require.NoError(s.t, err)
		s.run()
	}
	t.Run("retry puts it back and counts anew", func(t *testing.T) {
		s, review := ask(t)
		settle(s, review, "retry")
		require.Equal(t, map[string]float64{"Technical_Support": 4}, s.account().Skills)
		history := s.putBacks()
		require.Len(t, history, 1)
		require.True(t, history[0].Decided)
	})
	t.Run("dismiss leaves it and excepts it", func(t *testing.T) {
		s, review := ask(t)
		settle(s, review, "dismiss")
		require.Equal(t, edited, s.account().Skills)
		exceptions, err := s.store.PersonExceptions(t.Context(), s.person)
		require.NoError(t, err)
		require.Len(t, exceptions, 1)
		require.Equal(t, "otto", exceptions[0].MadeBy)
		require.WithinDuration(t, time.Now().Add(reconcile.ExceptedAfterDismissal), exceptions[0].Until, time.Hour)
	})
}

func missingDelta(original string) reconcile.Delta {
	return reconcile.Delta{
		DeltaType: reconcile.HRActiveCCaaSMissing, ResolutionAction: reconcile.ReemitHire, OriginalEventID: original, WasAtWork: true,
		Differences: []reconcile.Difference{{Part: reconcile.PartAccount, ID: "state", Name: "state", How: reconcile.Different}},
	}
}

func TestSomebodyWhoseAccountIsGoneIsHiredAgain(t *testing.T) {
	for _, state := range []string{"inactive", "deleted"} {
		t.Run(state, func(t *testing.T) {
			s := newScene(t)
			hire := s.post(hr.UserCreate, nil, nil)
			s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
			s.run()
			s.again()
			account := s.account().ID
			s.change(genesystest.Plant{State: new(state)})

			d := s.found("rec_20260302_0200", missingDelta(hire))
			done := s.carry(d)
			require.Equal(t, store.DeltaReemitted, done.Outcome)
			event, err := s.store.Event(t.Context(), done.Reference)
			require.NoError(t, err)
			require.Equal(t, hire, event.Event.ReplacesEventID)
			s.run()
			require.Equal(t, "applied", s.outcome(done.Reference))
			require.Equal(t, lifecycle.Active, s.agent().State)
			require.Equal(t, account, s.account().ID)
			require.Equal(t, "active", s.account().State)
			require.Equal(t, map[string]bool{"Billing_Queue": true}, joined(s.account().Queues), "what HR said since still counts")
			require.Contains(t, s.timeline(), "account.lost")
			require.Equal(t, []string{store.DeltaReemitted, store.DeltaRepaired}, s.outcomes(d))
			history := s.putBacks()
			require.Len(t, history, 1)
			require.Equal(t, []string{"account", "state", d.ReconciliationID}, []string{history[0].Part, history[0].Construct, history[0].Reference})

			generation := s.agent().Generation
			require.True(t, s.carry(d).Again)
			s.again()
			s.run()
			require.Equal(t, generation, s.agent().Generation)
		})
	}
}

func joined(queues map[string]bool) map[string]bool {
	found := map[string]bool{}
	for name, is := range queues {
		if is {
			found[name] = true
		}
	}
	return found
}

// left is somebody whose account was deactivated and whom somebody made active again on the platform.
func leftAndActiveAgain(t *testing.T) *scene {
	t.Helper()
	s := hired(t)
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "VOLUNTARY"}})
	s.run()
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	s.change(genesystest.Plant{State: new("active"), Queues: map[string]bool{"Tier_2_Escalation": true}})
	s.again()
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.HRTerminatedCCaaSActive, ResolutionAction: reconcile.IsolateAndAsk})
	require.Equal(t, store.DeltaRung, s.carry(d).Outcome)
	return s
}

func TestALeaverFoundActiveIsIsolatedAtOnceAndDeactivatedByApproval(t *testing.T) {
	s := leftAndActiveAgain(t)
	require.Equal(t, "rec_20260302_0200", s.agent().FoundBy)
	generation := s.begun(lifecycle.Termination)
	s.at(time.Minute, func() {
		require.Empty(t, joined(s.account().Queues), "isolated at once")
		require.Equal(t, "active", s.account().State, "not deactivated before somebody approves")
		approval := s.approval()
		require.Equal(t, lifecycle.ApprovalTerminate, approval.Kind)
		// Agents can join themselves.
		s.change(genesystest.Plant{Queues: map[string]bool{"Tier_2_Escalation": true}})
	})
	s.at(12*time.Minute, func() {
		require.Empty(t, joined(s.account().Queues), "isolated again")
		s.decide(s.approval().ID, "approve", "andy")
		s.signal(names.TerminationWorkflowID(s.person, generation), names.SignalRing, nil)
	})
	s.runTermination(generation)
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	require.Empty(t, s.agent().FoundBy)
	require.Equal(t, lifecycle.GraceWaiting, s.lastGrace().Phase)
}

func TestALeaverFoundActiveIsDeactivatedAndNotDeletedWhenNobodyDecides(t *testing.T) {
	s := leftAndActiveAgain(t)
	generation := s.begun(lifecycle.Termination)
	s.at(23*time.Hour, func() { require.Equal(t, "active", s.account().State) })
	s.runTermination(generation)
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, lifecycle.GraceSuspended, s.lastGrace().Phase, "not deleted")
	require.Equal(t, lifecycle.Suspended, s.agent().State)
	require.Contains(t, s.alerts(), store.AlertGraceSuspended)
}

func TestARejectedDeactivationStaysIsolatedUntilSomebodyDecides(t *testing.T) {
	s := leftAndActiveAgain(t)
	generation := s.begun(lifecycle.Termination)
	s.at(time.Minute, func() {
		s.decide(s.approval().ID, "reject", "andy")
		s.signal(names.TerminationWorkflowID(s.person, generation), names.SignalRing, nil)
	})
	s.at(30*time.Hour, func() {
		require.Equal(t, "active", s.account().State)
		require.Empty(t, joined(s.account().Queues))
		review := s.review()
		require.Equal(t, lifecycle.ReviewFoundActive, review.Kind)
		_, err := s.store.DecideReview(t.Context(), review.ID, store.Decision{Decision: "dismiss", Actor: "otto", Reason: "has left"})
		require.NoError(t, err)
		s.signal(names.TerminationWorkflowID(s.person, generation), names.SignalRing, nil)
	})
	s.runTermination(generation)
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, lifecycle.GraceSuspended, s.lastGrace().Phase)
}

func TestSomebodyOnLeaveWhoIsFoundActiveIsIsolated(t *testing.T) {
	s := hired(t)
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	require.Equal(t, lifecycle.OnLeave, s.agent().State)
	s.change(genesystest.Plant{State: new("active"), Queues: map[string]bool{"Tier_2_Escalation": true}})
	s.again()
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.AttributeMismatch, ResolutionAction: reconcile.IsolateAndAsk})
	s.carry(d)
	generation := s.begun(lifecycle.Termination)
	s.at(time.Minute, func() {
		s.decide(s.approval().ID, "approve", "andy")
		s.signal(names.TerminationWorkflowID(s.person, generation), names.SignalRing, nil)
	})
	s.runTermination(generation)
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, lifecycle.OnLeave, s.agent().State, "nothing is deleted")
	require.Equal(t, []string{store.DeltaRung, store.DeltaRepaired}, s.outcomes(d))
	require.Empty(t, s.putBacks())
}

func TestWhoMayHaveLeftIsAskedAbout(t *testing.T) {
	s := hired(t)
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.MissingFromHR, ResolutionAction: reconcile.ReviewMissingFromHR})
	s.carry(d)
	s.carry(d)
	s.run()
	require.Equal(t, lifecycle.ReviewMissingFromHR, s.review().Kind)
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, "active", s.account().State)
}

func TestAnAccountThatIsNobodysIsShownAndNotTouched(t *testing.T) {
	s := hired(t)
	before := s.account().Version
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.PlatformOnly, ResolutionAction: reconcile.ReviewOutstanding, AccountID: "acc-9"})
	require.Equal(t, store.DeltaAsked, s.carry(d).Outcome)
	require.Contains(t, s.alerts(), store.AlertDeltaOpen)
	require.Equal(t, before, s.account().Version)
}

func TestAWorkflowThatTheRecordDoesNotKnowIsRungAndNeverEnded(t *testing.T) {
	s := hired(t)
	d := s.found("rec_20260302_0200", reconcile.Delta{
		DeltaType: reconcile.WorkflowMissing, ResolutionAction: reconcile.EndWorkflow, WorkflowID: "transfer/WD-EMP-1001/1",
	})
	require.Equal(t, d.WorkflowID, s.carry(d).RingWorkflow)
	require.Equal(t, d.WorkflowID, s.carry(d).RingWorkflow, "whoever crashed before the ring rings")
	require.Equal(t, []string{store.DeltaRestarted}, s.outcomes(d))
}

func TestAnAdoptedAccountIsBroughtToThePlanWithoutBeingUnjoined(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserUpdate, map[string]any{"effective_at": s.start.AddDate(0, 0, -1).Format(time.RFC3339)}, map[string]any{
		"email": s.email, "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH"},
	})
	planted, err := s.platform.Plant(genesystest.Plant{
		Name: new("Ana Lopez"), Email: new("ana.old@example.com"), State: new("active"), Division: new("Customer Care"), Roles: []string{"Agent"},
		Queues: map[string]bool{"General_Support": true, "Tier_2_Escalation": true}, Skills: map[string]float64{"Technical_Support": 2},
	})
	require.NoError(t, err)
	const id = "rec_20260302_0200"
	d := s.found(id, reconcile.Delta{DeltaType: reconcile.PlatformOnly, ResolutionAction: reconcile.ReviewOutstanding, AccountID: planted.ID})
	s.carry(d)
	_, err = s.store.BeginPlatformRoster(t.Context(), id, "genesys")
	require.NoError(t, err)
	require.NoError(t, s.store.StageRosterPage(t.Context(), id, "", ccaas.RosterPage{
		Accounts: []ccaas.RosterAccount{{Account: ccaas.Account{ID: planted.ID, Name: "Ana Lopez", Email: "ana.old@example.com", State: ccaas.Active}}},
	}))
	require.NoError(t, s.store.EndReconciliation(t.Context(), id, store.ReconciliationEnd{Status: store.ReconciliationCompleted}))
	require.NoError(t, s.store.AdoptAccount(t.Context(), s.person, store.Settlement{AccountID: planted.ID, Actor: "otto", Verified: true, Reason: "hers"}))
	s.run()
	account := s.account()
	require.Equal(t, planted.ID, account.ID)
	require.Equal(t, map[string]float64{"Technical_Support": 4}, account.Skills)
	require.True(t, account.Queues["Tier_2_Escalation"])
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Empty(t, s.agent().FoundBy)
	require.NotContains(t, s.alerts(), store.AlertDeltaOpen)
}

func TestARoleThatWasTakenAwayOnThePlatformIsAskedForBeforeItComesBack(t *testing.T) {
	s, _ := promoted(t)
	s.meanwhile(time.Hour, func() {
		s.decide(s.approval().ID, "approve", "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
	s.change(genesystest.Plant{Roles: []string{"Agent"}})
	s.again()
	s.carry(s.found("rec_20260302_0200", reconcile.Delta{
		DeltaType: reconcile.RoleMismatch, ResolutionAction: reconcile.AskRoleApproval,
		Differences: []reconcile.Difference{{Part: reconcile.PartRole, ID: genesystest.ID(genesystest.KindRole, "Knowledge Base Editor"), Name: "Knowledge Base Editor", How: reconcile.Lacking}},
	}))
	s.meanwhile(time.Hour, func() {
		require.NotContains(t, s.account().Roles, "Knowledge Base Editor")
		s.decide(s.approval().ID, "approve", "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.Contains(t, s.account().Roles, "Knowledge Base Editor")
	require.Len(t, s.putBacks(), 1)
}
