package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// none lets nobody pass the mass-change guard.
var none = lifecycle.CountLimit{}

// released decides about the one open release, and tells the workflow as the front door does.
func (s *scene) released(decision string) (approvalID string) {
	s.t.Helper()
	asked := s.approval()
	require.Equal(s.t, lifecycle.ApprovalGuardRelease, asked.Kind)
	s.decide(asked.ID, decision, "ann")
	s.signal(asked.WorkflowID, names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: asked.ID, Decision: decision, Actor: "ann"})
	return asked.ID
}

// reviewed decides about the one open review, and tells the workflow.
func (s *scene) reviewed(decision string) {
	s.t.Helper()
	asked := s.review()
	require.Equal(s.t, lifecycle.ReviewGuardRefused, asked.Kind)
	_, err := s.store.DecideReview(s.t.Context(), asked.ID, store.Decision{Decision: decision, Actor: "otto", Reason: "test"})
	require.NoError(s.t, err)
	s.signal(asked.WorkflowID, names.SignalReviewDecision, names.ReviewDecision{ReviewID: asked.ID, Decision: decision, Actor: "otto"})
}

// isolated requires that the account takes no work and is active.
func (s *scene) isolated() {
	s.t.Helper()
	account := s.account()
	require.Equal(s.t, "active", account.State)
	for queue, joined := range account.Queues {
		require.False(s.t, joined, queue)
	}
}

// overTheLimit is an agent who is to leave while the guard lets no account be made inactive.
func overTheLimit(t *testing.T) (s *scene, end string) {
	t.Helper()
	s = hired(t)
	s.limits.Deactivations = none
	return s, s.post(hr.UserTerminate, nil, nil)
}

func TestALeaverOverTheLimitIsIsolatedAndDeactivatedOnceReleased(t *testing.T) {
	s, end := overTheLimit(t)
	s.at(3*time.Hour, func() {
		s.isolated()
		require.Equal(t, lifecycle.Draining, s.agent().State)
		event, err := s.store.Event(t.Context(), end)
		require.NoError(t, err)
		require.Equal(t, "approver", event.Wait.For)
		require.Contains(t, event.Wait.What, s.approval().ID)
		require.Contains(t, s.alerts(), store.AlertGuardTripped)
		s.released(names.DecisionApprove)
	})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, "applied", s.outcome(end))
	require.Contains(t, s.timeline(), "released from the guard")
	require.NoError(t, s.store.CloseGuardTrips(t.Context()))
	require.NotContains(t, s.alerts(), store.AlertGuardTripped)
}

func TestARefusedLeaverStaysIsolatedUntilSomebodyAsksAgain(t *testing.T) {
	s, end := overTheLimit(t)
	var first string
	s.at(time.Hour, func() { first = s.released(names.DecisionReject) })
	s.at(30*time.Hour, func() {
		s.isolated()
		require.True(t, s.agent().NeedsAttention)
		require.Equal(t, "waiting", s.outcome(end))
		s.reviewed(names.DecisionRetry)
	})
	s.at(31*time.Hour, func() {
		s.isolated()
		require.NotEqual(t, first, s.released(names.DecisionApprove))
	})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, "applied", s.outcome(end))
}

func TestNobodyIsReleasedByTheDeadline(t *testing.T) {
	s, _ := overTheLimit(t)
	s.at(5*time.Hour, func() {
		s.isolated()
		require.True(t, s.agent().NeedsAttention)
		require.Contains(t, s.timeline(), "is overdue")
	})
	s.at(100*time.Hour, func() {
		s.isolated()
		s.released(names.DecisionApprove)
	})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
}

func TestWhoeverJoinsAgainWhileTheGuardHoldsThemIsIsolatedAgain(t *testing.T) {
	s, _ := overTheLimit(t)
	s.at(time.Hour, func() {
		_, err := s.platform.Change(s.account().ID, genesystest.Plant{Queues: map[string]bool{"Tier_2_Escalation": true}})
		require.NoError(t, err)
		require.True(t, s.account().Queues["Tier_2_Escalation"])
	})
	s.at(time.Hour+6*time.Minute, func() {
		// The platform carries an unjoin out a moment after it has answered.
		require.Eventually(t, func() bool { return !s.account().Queues["Tier_2_Escalation"] }, 10*time.Second, 10*time.Millisecond)
	})
	s.at(2*time.Hour, func() { s.released(names.DecisionApprove) })
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
}

func TestATerminationThatIsTakenOverWhileTheGuardHoldsItEndsWhenItIsTold(t *testing.T) {
	s, _ := overTheLimit(t)
	var generation int64
	s.at(time.Hour, func() {
		generation = s.agent().Generation
		held := s.approval()
		// HR wants the person back: the mailbox takes over, and has to tell the termination.
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": s.lastTermination()}, nil)
		decided, err := s.whileRunning.Decide(t.Context(), lifecycle.DecideInput{PersonID: s.person, Now: s.env.Now()})
		require.NoError(t, err)
		require.Equal(t, lifecycle.TakeOver, decided.Do)
		require.Equal(t, lifecycle.Hire, decided.Operation)
		require.Equal(t, held.WorkflowID, decided.RingGrace)
		closed, err := s.store.Approval(t.Context(), held.ID)
		require.NoError(t, err)
		require.Equal(t, store.ApprovalWithdrawn, closed.State)
		s.signal(decided.RingGrace, names.SignalRing, nil)
	})
	s.terminate()
	require.Equal(t, generation+1, s.agent().Generation)
	s.isolated()
	var result lifecycle.OperationResult
	require.NoError(t, s.env.GetWorkflowResult(&result))
	require.Equal(t, lifecycle.EndedFenced, result.Ended)

	s.again()
	s.run()
	require.True(t, s.account().Queues["Tier_2_Escalation"], "the way back is a hire, and the guard counts no restore")
	require.NoError(t, s.store.CloseGuardTrips(t.Context()))
	require.NotContains(t, s.alerts(), store.AlertGuardTripped)
}

func TestATerminationThatIsBegunAnewIsHeldAgain(t *testing.T) {
	s, end := overTheLimit(t)
	s.at(time.Hour, func() {
		s.takenOver(lifecycle.Termination)
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation-1), names.SignalRing, nil)
	})
	s.terminate()
	s.again()
	s.at(time.Hour, func() {
		s.isolated()
		s.released(names.DecisionApprove)
	})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, "applied", s.outcome(end))
}

func TestAHireOverTheLimitHasNoAccountUntilReleased(t *testing.T) {
	s := newScene(t)
	s.limits.Creations = none
	hire := s.post(hr.UserCreate, nil, nil)
	s.at(3*time.Hour, func() {
		s.noAccount()
		require.Equal(t, "waiting", s.outcome(hire))
		s.released(names.DecisionApprove)
	})
	s.run()
	require.Equal(t, "applied", s.outcome(hire))
	require.True(t, s.account().Queues["Tier_2_Escalation"])
}

func TestARefusedHireIsGivenUpByAReview(t *testing.T) {
	s := newScene(t)
	s.limits.Creations = none
	hire := s.post(hr.UserCreate, nil, nil)
	s.at(time.Hour, func() { s.released(names.DecisionReject) })
	s.at(2*time.Hour, func() {
		s.noAccount()
		s.reviewed(names.DecisionDismiss)
	})
	s.run()
	s.noAccount()
	require.Equal(t, "dismissed", s.outcome(hire))
}

func TestAHireThatIsChangedWhileTheGuardHoldsItIsAskedAboutOnce(t *testing.T) {
	s := newScene(t)
	s.limits.Creations = none
	s.post(hr.UserCreate, nil, nil)
	var asked string
	s.at(time.Hour, func() {
		asked = s.approval().ID
		s.post(hr.UserUpdate, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
		s.ring()
	})
	s.at(2*time.Hour, func() { require.Equal(t, asked, s.released(names.DecisionApprove)) })
	s.run()
	require.Contains(t, s.account().Skills, "Billing_Support")
}

func TestAnAccountThatIsFoundIsNoCreation(t *testing.T) {
	s := newScene(t)
	s.limits.Creations = none
	_, err := s.platform.Plant(genesystest.Plant{
		Name: new("Ana Lopez"), Email: new(s.email), State: new("active"), Division: new("Customer Care"), Roles: []string{"Agent"},
		Queues: map[string]bool{"General_Support": true, "Tier_2_Escalation": true}, Skills: map[string]float64{"Technical_Support": 2},
	})
	require.NoError(t, err)
	hire := s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, "applied", s.outcome(hire))
	require.Len(t, s.platform.Users(genesystest.TruthFilter{Email: s.email}), 1)
}

func TestARemovalOverTheLimitWaitsAndTheRestIsApplied(t *testing.T) {
	s := hired(t)
	s.limits.Removals = none
	move := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING", "skill_codes": []string{"SVC_TECH"}})
	s.at(6*time.Hour, func() {
		require.True(t, s.account().Queues["Tier_2_Escalation"], "kept until somebody releases it")
		require.Greater(t, len(s.account().Queues), 1, "what is added is added")
		require.Equal(t, "waiting", s.outcome(move))
		s.released(names.DecisionApprove)
	})
	s.run()
	require.NotContains(t, s.account().Queues, "Tier_2_Escalation")
	require.Equal(t, "applied", s.outcome(move))
}

func TestARemovalThatIsRefusedIsNotMade(t *testing.T) {
	s := hired(t)
	s.limits.Removals = none
	change := s.post(hr.UserUpdate, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.at(time.Hour, func() {
		require.Contains(t, s.account().Skills, "Technical_Support")
		require.Contains(t, s.account().Skills, "Billing_Support")
		s.released(names.DecisionReject)
	})
	s.run()
	require.Contains(t, s.account().Skills, "Technical_Support")
	event, err := s.store.Event(t.Context(), change)
	require.NoError(t, err)
	require.Equal(t, lifecycle.Applied, event.Outcome)
	require.Contains(t, event.OutcomeReason, "kept: skill Technical_Support")
}

// What an approver keeps is found by every reconciliation. None takes it away because the guard's window has passed; a person may.
func TestAReconciliationDoesNotMakeARemovalThatWasRefused(t *testing.T) {
	s := hired(t)
	limits := s.limits.Removals
	s.limits.Removals = none
	s.post(hr.UserUpdate, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.at(time.Hour, func() { s.released(names.DecisionReject) })
	s.run()
	s.limits.Removals = limits
	putBack := func(night string) {
		generation := s.agent().Generation
		d := s.found(night, s.skillDelta(reconcile.Transfer, reconcile.Extra, "Technical_Support"))
		s.carry(d)
		s.again()
		s.run()
		require.Greater(t, s.agent().Generation, generation)
	}
	for _, night := range []string{"rec_20260302_0200", "rec_20260303_0200"} {
		putBack(night)
		require.Contains(t, s.account().Skills, "Technical_Support", night)
	}
	require.NoError(t, s.store.AddPutBacks(t.Context(), []store.PutBack{{PersonID: s.person, Part: "skill", Construct: "any", Decided: true, Reference: "rev_1"}}))
	putBack("rec_20260304_0200")
	require.NotContains(t, s.account().Skills, "Technical_Support")
}

// stopped is an agent who is to leave during a hard stop.
func stopped(t *testing.T, termination map[string]any) (s *scene, end string) {
	t.Helper()
	s = hired(t)
	s.limits.HardStop.Limit = none
	return s, s.post(hr.UserTerminate, nil, termination)
}

func TestAHardStopWaitsBeforeTheIsolationUntilItIsLifted(t *testing.T) {
	s, end := stopped(t, nil)
	s.at(14*time.Minute, func() {
		require.True(t, s.account().Queues["Tier_2_Escalation"])
		require.False(t, s.agent().NeedsAttention)
		require.Contains(t, s.alerts(), store.AlertHardStop)
		require.NotContains(t, s.alerts(), store.AlertAccessNotCut, "the hard stop itself tells")
	})
	s.at(16*time.Minute, func() {
		require.True(t, s.account().Queues["Tier_2_Escalation"], "nobody answered, and the rest waits")
		require.True(t, s.agent().NeedsAttention)
	})
	s.at(5*time.Hour, func() { s.released(names.DecisionApprove) })
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, "applied", s.outcome(end))
}

func TestADismissalGoesOnDuringAHardStop(t *testing.T) {
	s, end := stopped(t, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, "applied", s.outcome(end))
	require.NotContains(t, s.alerts(), store.AlertHardStop)
}

func TestALeaverWhoIsDismissedDuringAHardStopWaitsNoLonger(t *testing.T) {
	s, _ := stopped(t, nil)
	s.at(time.Hour, func() {
		s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalRing, nil)
	})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
}

func TestATerminationThatIsRescindedDuringAHardStopTouchesNothing(t *testing.T) {
	s, end := stopped(t, nil)
	s.at(time.Hour, func() {
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": end}, nil)
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalRing, nil)
	})
	s.terminate()
	require.True(t, s.account().Queues["Tier_2_Escalation"])
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, lifecycle.None, s.agent().Operation)
}

func TestAConfirmedHardStopIsAReviewThatAsksAgain(t *testing.T) {
	s, _ := stopped(t, nil)
	s.at(10*time.Minute, func() { s.released(names.DecisionReject) })
	s.at(time.Hour, func() {
		require.True(t, s.account().Queues["Tier_2_Escalation"])
		s.reviewed(names.DecisionRetry)
	})
	s.at(2*time.Hour, func() { s.released(names.DecisionApprove) })
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
}

func TestADeletionOverTheLimitWaitsForItsRelease(t *testing.T) {
	s := leaver(t, nil)
	s.limits.Deletions = none
	s.at(31*aDay, func() {
		require.Equal(t, "inactive", s.account().State)
		require.Equal(t, lifecycle.Deactivated, s.agent().State)
		s.released(names.DecisionReject)
	})
	s.at(32*aDay, func() {
		require.Equal(t, "inactive", s.account().State)
		require.True(t, s.agent().NeedsAttention)
		s.reviewed(names.DecisionRetry)
	})
	s.at(33*aDay, func() {
		require.Equal(t, "inactive", s.account().State)
		s.released(names.DecisionApprove)
	})
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.Equal(t, "deleted", s.account().State)
	require.False(t, s.agent().NeedsAttention)
}

func TestADeletionThatIsTurnedBackWhileTheGuardHoldsItAsksNobodyAnyMore(t *testing.T) {
	s := leaver(t, nil)
	s.limits.Deletions = none
	var asked string
	s.at(31*aDay, func() {
		asked = s.approval().ID
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse, Actor: "lex", Reason: "a mistake", Verified: true, At: s.env.Now()})
		s.signal(s.terminationID(), names.SignalRing, nil)
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
	closed, err := s.store.Approval(t.Context(), asked)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalWithdrawn, closed.State)
}

func TestAnAccountThatTheEmailFindsDoesNotCountAsACreation(t *testing.T) {
	s := newScene(t)
	s.limits.Creations = lifecycle.CountLimit{Floor: 1}
	for _, person := range []string{"WD-EMP-1", "WD-EMP-2"} {
		s.inTheLifeOf(person, func() {
			_, err := s.platform.Plant(genesystest.Plant{
				Name: new("Ana Lopez"), Email: new(s.email), State: new("active"), Division: new("Customer Care"), Roles: []string{"Agent"},
				Queues: map[string]bool{"Tier_2_Escalation": true}, Skills: map[string]float64{"Technical_Support": 4},
			})
			require.NoError(t, err)
			hire := s.post(hr.UserCreate, nil, nil)
			s.run()
			s.again()
			require.Equal(t, lifecycle.Active, s.agent().State)
			require.NotEqual(t, "waiting", s.outcome(hire))
		})
	}
	s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, "active", s.account().State, "the one creation that the limit lets pass")
}
