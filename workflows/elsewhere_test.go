package workflows_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// ownedElsewhere publishes the registry of the demonstration with owners of its accounts.
func (s *scene) ownedElsewhere(owners string) {
	s.t.Helper()
	s.publish(slices.Concat(mapping.Example(), []byte("\nowned_elsewhere:\n  - "+owners+"\n")))
}

// accountByID is the platform's own truth about an account, whatever its email is.
func (s *scene) accountByID(id string) genesystest.Truth {
	s.t.Helper()
	for _, user := range s.platform.Users(genesystest.TruthFilter{}) {
		if user.ID == id {
			return user
		}
	}
	s.t.Fatalf("no account %s", id)
	return genesystest.Truth{}
}

// writes counts the requests that changed anything about an account, by the platform's own journal.
func (s *scene) writes(accountID string) (count int) {
	for _, entry := range s.platform.Journal(genesystest.JournalFilter{User: accountID}) {
		search := entry.Method == http.MethodPost && (entry.Path == "/api/v2/users/search" || entry.Path == "/api/v2/analytics/conversations/details/query")
		if entry.Method != http.MethodGet && !search {
			count++
		}
	}
	return count
}

// provisioned is an account that somebody else made for the person and looks after.
func (s *scene) provisioned() genesystest.Truth {
	s.t.Helper()
	planted, err := s.platform.Plant(genesystest.Plant{
		Name: new("Ana Lopez"), Email: new(s.email), State: new("active"), Division: new("Customer Care"), Roles: []string{"Supervisor"},
		Queues: map[string]bool{"General_Support": true}, Skills: map[string]float64{"Billing_Support": 1},
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: s.person}},
	})
	require.NoError(s.t, err)
	return planted
}

func TestATransferLeavesAnEmailThatIsOwnedElsewhereAloneAndEndsVerified(t *testing.T) {
	s := newScene(t)
	s.ownedElsewhere("{by: Entra ID by SCIM, fields: [email, title]}")
	s.post(hr.UserCreate, nil, map[string]any{"job_title_code": "SR_TECH_SUPPORT"})
	s.run()
	account := s.account()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, "Ana Lopez", account.Name)
	require.Empty(t, account.Title, "no account needs one, and its owner writes it")

	_, err := s.platform.Change(account.ID, genesystest.Plant{Email: new("ana@corp.example"), Title: new("Expert")})
	require.NoError(t, err)
	s.again()
	moved := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING", "email": "ana.new@example.com", "last_name": "Ruiz"})
	s.run()
	require.Equal(t, "applied", s.outcome(moved))
	now := s.accountByID(account.ID)
	require.Equal(t, "ana@corp.example", now.Email)
	require.Equal(t, "Expert", now.Title)
	require.Equal(t, "Ana Ruiz", now.Name, "nobody else owns it")
	require.Contains(t, now.Queues, "Billing_Queue")
	require.Contains(t, s.timeline(), "transfer.ended [muster verified=true] verified: the account was read back as planned")
	require.Contains(t, s.timeline(), "owned elsewhere and left alone: email, title")
	require.Equal(t, lifecycle.None, s.agent().Operation)

	before := s.writes(account.ID)
	s.again()
	email := s.post(hr.UserUpdate, nil, map[string]any{"email": "ana.third@example.com"})
	s.run()
	require.Equal(t, "no_change", s.outcome(email))
	require.Equal(t, before, s.writes(account.ID))

	s.ownedElsewhere("{by: Entra ID by SCIM, fields: [title]}")
	s.again()
	s.ringByHand()
	s.run()
	require.Equal(t, "ana.third@example.com", s.accountByID(account.ID).Email, "it is Muster's again")
	require.Equal(t, "Expert", s.accountByID(account.ID).Title)
}

// ringByHand makes the mailbox look although no event came, as a rollout does.
func (s *scene) ringByHand() {
	s.t.Helper()
	require.NoError(s.t, s.store.RingPeople(s.t.Context(), []string{s.person}))
}

// rolledOutTo has the newest version rolled out for a moment, while nobody's mailbox runs, and says how many people it concerns.
func (s *scene) rolledOutTo() (people int) {
	s.t.Helper()
	due, err := s.store.DueRollouts(s.t.Context(), 0)
	require.NoError(s.t, err)
	for _, id := range due {
		ctx, stop := context.WithCancel(s.t.Context())
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.SetWorkerOptions(worker.Options{BackgroundActivityContext: ctx})
		s.activities.RegisterRecord(env)
		env.SetOnActivityHeartbeatListener(func(*activity.Info, converter.EncodedValues) { stop() })
		_, _ = env.ExecuteActivity(names.ActivityCarryOutRollout, names.RolloutInput{RolloutID: id}) // what matters is what it left on record
		stop()
		rollout, err := s.store.Rollout(s.t.Context(), id)
		require.NoError(s.t, err)
		people = rollout.Concerned
	}
	return people
}

func TestAHireGivesNothingOfWhatSomebodyElseGives(t *testing.T) {
	s := newScene(t)
	s.ownedElsewhere("{by: the identity provider, fields: [name, email, division, roles, queues, skills, groups, location, department, manager, work_plan]}")
	event := s.post(hr.UserCreate, nil, map[string]any{"skill_codes": []string{"SVC_TECH", "LANG_FR"}, "location_code": "AUS", "manager_external_id": "WD-EMP-9"})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, lifecycle.Active, s.agent().State)
	account := s.account()
	require.Equal(t, "Ana Lopez", account.Name, "an account cannot be without one")
	require.Equal(t, "Customer Care", account.Division)
	require.Empty(t, account.Queues)
	require.Empty(t, account.Skills)
	require.Empty(t, account.Groups)
	require.NotContains(t, account.Roles, "Agent")
	require.Equal(t, map[string]float64{"French": 4}, account.Languages, "nobody else gives it")
	require.Zero(t, s.joinRequests())
}

func TestAManagerWhomSomebodyElseFillsInIsNotWaitedFor(t *testing.T) {
	s := newScene(t)
	s.ownedElsewhere("{by: the directory, fields: [manager]}")
	s.post(hr.UserCreate, nil, map[string]any{"manager_external_id": "WD-EMP-9000"})
	s.run()
	s.theManager()
	s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	in := lifecycle.OperationInput{PersonID: s.person, Generation: s.begun(lifecycle.Transfer)}
	plan, err := s.activities.MakePlan(t.Context(), lifecycle.PlanInput{OperationInput: in, Operation: lifecycle.Transfer, Now: time.Now().UTC()})
	require.NoError(t, err)
	_, err = s.activity(names.ActivityChange, lifecycle.ChangeInput{
		PhaseInput: lifecycle.PhaseInput{OperationInput: in, Operation: lifecycle.Transfer, Digest: plan.Digest}, Now: time.Now().UTC(),
	})
	require.NoError(t, err)
	require.Empty(t, s.account().ManagerID)
	decided, err := s.activities.Decide(t.Context(), lifecycle.DecideInput{PersonID: s.person, Now: time.Now().UTC()})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Rest, decided.Do, "nothing is left to do")
}

func TestNothingThatHRSaysOfAUserWhoIsOwnedElsewhereChangesThePlatform(t *testing.T) {
	s := newScene(t)
	s.ownedElsewhere("{by: the site administrators, users: [" + s.person + "]}")
	account := s.provisioned()
	hire := s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, "owned_elsewhere", s.outcome(hire))
	s.again()
	skills := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.run()
	require.Equal(t, "owned_elsewhere", s.outcome(skills))
	event, err := s.store.Event(t.Context(), skills)
	require.NoError(t, err)
	require.Equal(t, "the account is owned elsewhere, by the site administrators", event.OutcomeReason)
	require.Equal(t, account, s.accountByID(account.ID))
	require.Zero(t, s.writes(account.ID))
	require.Empty(t, s.alerts())
}

func TestALeaverWhoIsOwnedElsewhereIsAskedAboutUntilSomebodyHasEndedTheAccess(t *testing.T) {
	s := newScene(t)
	s.ownedElsewhere("{by: the site administrators, users: [" + s.person + "]}")
	account := s.provisioned()
	s.post(hr.UserCreate, nil, nil)
	s.run()
	s.again()
	leaves := s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "VOLUNTARY"}})
	s.run()
	require.Equal(t, "waiting", s.outcome(leaves))
	review := s.review()
	require.Equal(t, lifecycle.ReviewOwnedElsewhere, review.Kind)
	require.Contains(t, review.Question, "owned elsewhere, by the site administrators")
	require.ElementsMatch(t, []store.AlertKind{store.AlertOwnedElsewhere, store.AlertReviewOpened}, s.alerts())
	require.True(t, s.agent().NeedsAttention)
	require.Equal(t, "active", s.accountByID(account.ID).State)
	require.Zero(t, s.writes(account.ID), "nobody fights over it")

	_, err := s.store.DismissReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionDismiss, Actor: "ana", Reason: "ended there"})
	require.NoError(t, err)
	require.Equal(t, lifecycle.ReviewOwnedElsewhere, s.review().Kind, "one person alone does not end a termination's review")
	s.again()
	s.run()
	require.Equal(t, "waiting", s.outcome(leaves))
	_, err = s.store.DismissReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionDismiss, Actor: "bo", Reason: "seen"})
	require.NoError(t, err)
	s.again()
	s.run()
	require.Equal(t, "owned_elsewhere", s.outcome(leaves))
	require.Empty(t, s.alerts())
	require.False(t, s.agent().NeedsAttention)
	s.again()
	s.ringByHand()
	s.run()
	require.Empty(t, s.reviews(), "it is not asked about again")
	require.Zero(t, s.writes(account.ID))
}

func TestALinkedAccountThatChangesHandsIsLeftAsItIs(t *testing.T) {
	s := hired(t)
	account := s.account()
	s.ownedElsewhere("{by: the site administrators, users: [" + account.ID + "]}")
	before := s.writes(account.ID)
	update := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.run()
	require.Equal(t, "owned_elsewhere", s.outcome(update))
	s.again()
	leaves := s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, "waiting", s.outcome(leaves))
	require.Equal(t, lifecycle.ReviewOwnedElsewhere, s.review().Kind)
	require.Equal(t, account, s.accountByID(account.ID))
	require.Equal(t, before, s.writes(account.ID))

	s.again()
	s.post(hr.EventRescind, map[string]any{"rescinds_event_id": leaves}, nil)
	s.run()
	require.Equal(t, "rescinded", s.outcome(leaves))
	require.Empty(t, s.reviews(), "HR has taken it back")
	require.Empty(t, s.alerts())
	require.Equal(t, before, s.writes(account.ID))
}

func TestALeaverIsCutOffAsSoonAsTheAccountIsNotOwnedElsewhereAnyMore(t *testing.T) {
	s := hired(t)
	s.ownedElsewhere("{by: the site administrators, users: [" + s.person + "]}")
	leaves := s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, "waiting", s.outcome(leaves))

	s.publish(mapping.Example())
	require.Equal(t, 1, s.rolledOutTo(), "the version that lists nobody is rolled out to whoever waits for it")
	s.again()
	s.run()
	require.Equal(t, "applied", s.outcome(leaves))
	require.Equal(t, "inactive", s.account().State)
	require.Empty(t, s.reviews())
	require.NotContains(t, s.alerts(), store.AlertOwnedElsewhere)
}

func TestAUserWhoIsNotOwnedElsewhereAnyMoreIsAdopted(t *testing.T) {
	s := newScene(t)
	s.ownedElsewhere("{by: the site administrators, users: [" + s.person + "]}")
	account := s.provisioned()
	s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Zero(t, s.rolledOutTo(), "there is nothing to do about the person")

	s.publish(mapping.Example())
	require.Equal(t, 1, s.rolledOutTo())
	s.again()
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, account.ID, s.agent().PlatformUserID)
	require.Equal(t, map[string]float64{"Technical_Support": 4}, s.accountByID(account.ID).Skills)
}

func TestAHireThatWaitsEndsWhenTheUserIsOwnedElsewhere(t *testing.T) {
	s := newScene(t)
	hire := s.post(hr.UserCreate, nil, map[string]any{"skill_codes": []string{"SVC_VIP"}})
	s.at(time.Hour, func() {
		require.Equal(t, "waiting", s.outcome(hire))
		s.ownedElsewhere("{by: the site administrators, users: [" + s.person + "]}")
		s.ring()
	})
	s.run()
	require.Equal(t, "owned_elsewhere", s.outcome(hire))
	require.Contains(t, s.timeline(), "moot: the account is owned elsewhere, by the site administrators")
	require.Empty(t, s.reviews())
	s.noAccount()
}

func TestATerminationThatHasBegunGoesOnWhenTheAccountChangesHands(t *testing.T) {
	s := hired(t)
	leaves := s.post(hr.UserTerminate, nil, nil)
	s.begun(lifecycle.Termination)
	s.ownedElsewhere("{by: the site administrators, users: [" + s.person + "]}")
	s.run()
	require.Equal(t, "applied", s.outcome(leaves))
	require.Equal(t, "inactive", s.account().State)
}

// expected counts the differences of a reconciliation that are none, by reason.
func (r *reconciling) expected(id string) map[reconcile.Reason]int {
	r.t.Helper()
	run, err := r.store.Reconciliation(r.t.Context(), id)
	require.NoError(r.t, err)
	var tally reconcile.Tally
	require.NoError(r.t, json.Unmarshal(run.Counts, &tally))
	return tally.Expected
}

func TestAReconciliationExpectsWhatSomebodyElseWrites(t *testing.T) {
	r := newReconciling(t)
	r.ownedElsewhere("{by: Entra ID by SCIM, fields: [email, title, skills]}")
	r.hired()
	r.drop(time.Now(), r.ana(nil))
	_, err := r.platform.Change(r.account().ID, genesystest.Plant{
		Email: new("ana@corp.example"), Title: new("Expert"), Skills: map[string]float64{"Billing_Support": 1},
	})
	require.NoError(t, err)
	result, deltas := r.reconcile("rec_20260302_0200")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.Empty(t, deltas)
	require.Equal(t, 3, r.expected("rec_20260302_0200")[reconcile.OwnedElsewhere], "the email, a skill too many and one too few; HR says no title")
}

func TestAReconciliationLeavesUsersWhoAreOwnedElsewhereAloneAndTellsOfALeaverAmongThem(t *testing.T) {
	r := newReconciling(t)
	account := r.provisioned()
	other, err := r.platform.Plant(genesystest.Plant{Name: new("Robot"), Email: new("robot@example.com"), State: new("active")})
	require.NoError(t, err)
	r.ownedElsewhere("{by: the site administrators, users: [" + r.person + ", " + other.ID + "]}")
	r.post(hr.UserCreate, nil, nil)
	r.run()
	r.drop(time.Now(), r.ana(nil))
	result, deltas := r.reconcile("rec_20260302_0200")
	require.Equal(t, "completed", result.Status, result.Reason)
	require.Empty(t, deltas)
	require.Equal(t, 3, r.expected("rec_20260302_0200")[reconcile.OwnedElsewhere], "the robot's, and the person's: as theirs, and as one that nobody is linked to")

	r.again()
	r.post(hr.UserTerminate, nil, nil)
	r.run()
	r.drop(time.Now().Add(time.Second), r.ana(map[string]any{"status": "TERMINATED"}))
	_, deltas = r.reconcile("rec_20260303_0200")
	require.Equal(t, []foundLine{{reconcile.HRTerminatedCCaaSActive, r.person, reconcile.NoneReportOnly}}, linesOf(deltas))
	require.Zero(t, r.writes(account.ID))
}

// Whose account it is shows only when it is found: what is listed by the platform's own id is not written to either, and not in silence.
func TestAnAccountListedByThePlatformsIDIsFoundAndNotTouched(t *testing.T) {
	for name, is := range map[string]struct {
		kind   hr.Type
		state  string
		queues map[string]bool
	}{
		"a hire would restore it":        {hr.UserCreate, "inactive", nil},
		"a hire would adopt it":          {hr.UserCreate, "active", map[string]bool{"General_Support": true}},
		"a termination would isolate it": {hr.UserTerminate, "active", map[string]bool{"General_Support": true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			account, err := s.platform.Plant(genesystest.Plant{
				Name: new("Ana Lopez"), Email: new(s.email), State: new(is.state), Division: new("Customer Care"), Queues: is.queues,
			})
			require.NoError(t, err)
			s.ownedElsewhere("{by: the site administrators, users: [" + account.ID + "]}")
			workflowID, run := s.hireID, s.run
			if is.kind == hr.UserTerminate {
				s.post(hr.UserTerminate, nil, map[string]any{"email": s.email, "first_name": "Ana", "last_name": "Lopez"})
				workflowID, run = func() string { return names.TerminationWorkflowID(s.person, s.agent().Generation) }, s.terminate
			} else {
				s.post(hr.UserCreate, nil, nil)
			}
			s.meanwhile(time.Minute, func() {
				asked := s.review()
				require.Equal(t, lifecycle.ReviewIdentity, asked.Kind)
				require.Contains(t, asked.Question, "owned elsewhere, by the site administrators")
				_, err := s.store.DecideReview(t.Context(), asked.ID, store.Decision{Decision: names.DecisionDismiss, Actor: "otto", Reason: "ended there"})
				require.NoError(t, err)
				s.signal(workflowID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: asked.ID, Decision: names.DecisionDismiss, Actor: "otto"})
			})
			run()
			require.Zero(t, s.writes(account.ID))
			require.Equal(t, is.state, s.accountByID(account.ID).State)
		})
	}
}
