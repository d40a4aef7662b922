package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
	"muster/workflows"
)

const aDay = 24 * time.Hour

// leaver is somebody who has just left: deactivated, archived, at the beginning of the grace.
func leaver(t *testing.T, termination map[string]any) *scene {
	t.Helper()
	s := hired(t)
	s.post(hr.UserTerminate, nil, termination)
	s.run()
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	s.graceFrom(time.Now())
	return s
}

// graceFrom prepares the run that waits, beginning at an instant.
func (s *scene) graceFrom(start time.Time) {
	s.again()
	s.env.SetStartTime(start)
	s.env.RegisterWorkflowWithOptions(workflows.Termination, workflow.RegisterOptions{Name: names.WorkflowTermination, DisableAlreadyRegisteredCheck: true})
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: s.terminationID(), TaskQueue: names.QueueMuster})
	for day := range 130 {
		s.at(time.Duration(day)*aDay+10*time.Minute, s.watchTheClock)
	}
}

// watchTheClock tells legal what is due, as the starter does every few seconds, and the workflow what the mailbox would.
func (s *scene) watchTheClock() {
	s.t.Helper()
	if !s.waiting {
		return
	}
	before := s.lastGrace().Deadline
	require.NoError(s.t, s.store.KeepGraceNotices(s.t.Context(), s.env.Now()))
	if !s.lastGrace().Deadline.Equal(before) {
		s.signal(s.terminationID(), names.SignalRing, nil)
	}
}

func (s *scene) terminationID() string {
	return names.TerminationWorkflowID(s.person, s.lastGrace().Generation)
}

func (s *scene) lastGrace() (grace lifecycle.Grace) {
	s.t.Helper()
	require.NoError(s.t, s.store.WithPerson(s.t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		person, err := p.Load()
		if err != nil {
			return err
		}
		grace = *person.Grace
		return nil
	}))
	return grace
}

// wait waits out the grace and returns how it ended; empty when a new run has to begin.
func (s *scene) wait() lifecycle.Ended {
	s.t.Helper()
	s.waiting = true
	defer func() { s.waiting = false }()
	s.env.ExecuteWorkflow(names.WorkflowTermination, lifecycle.TerminationInput{
		OperationInput: lifecycle.OperationInput{PersonID: s.person, Generation: s.lastGrace().Generation}, InGrace: true,
	})
	require.True(s.t, s.env.IsWorkflowCompleted())
	err := s.env.GetWorkflowError()
	if workflow.IsContinueAsNewError(err) {
		return ""
	}
	require.NoError(s.t, err)
	var result lifecycle.OperationResult
	require.NoError(s.t, s.env.GetWorkflowResult(&result))
	return result.Ended
}

// pull pulls a lever as the API does, at the workflow's time, and tells the workflow as the mailbox does.
func (s *scene) pull(p lifecycle.Pull) (levers.Outcome, error) {
	s.t.Helper()
	p.Verified, p.At = true, s.env.Now()
	if p.Actor == "" {
		p.Actor = "lena of legal"
	}
	if p.Reason == "" {
		p.Reason = "a test"
	}
	outcome, err := levers.Pull(s.t.Context(), s.store, hr.Zones{}, s.person, p)
	if s.waiting {
		_ = s.env.SignalWorkflowByID(s.terminationID(), names.SignalRing, nil)
	}
	return outcome, err
}

func (s *scene) pulled(p lifecycle.Pull) levers.Outcome {
	s.t.Helper()
	outcome, err := s.pull(p)
	require.NoError(s.t, err)
	return outcome
}

// back lets the mailbox bring the person back; HR agrees an hour later, so that the mailbox comes to rest.
func (s *scene) back(agree func()) {
	s.t.Helper()
	s.again()
	s.at(time.Hour, func() { agree(); s.ring() })
	s.run()
}

func (s *scene) lastTermination() string {
	s.t.Helper()
	events, err := s.store.PersonEvents(s.t.Context(), s.person)
	require.NoError(s.t, err)
	id := ""
	for _, e := range events {
		if e.Event.EventType == hr.UserTerminate {
			id = e.Event.EventID
		}
	}
	return id
}

func (s *scene) hrAgrees() {
	s.post(hr.EventRescind, map[string]any{"rescinds_event_id": s.lastTermination()}, nil)
}

func TestALeaversAccountIsDeletedWhenTheGraceIsOverAndLegalWasTold(t *testing.T) {
	s := leaver(t, nil)
	s.at(29*aDay+23*time.Hour, func() { require.Equal(t, "inactive", s.account().State) })
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.Equal(t, "deleted", s.account().State)
	require.Equal(t, lifecycle.Deleted, s.agent().State)
	require.Regexp(t, `(?s)grace\.notice.*account\.archived.*grace\.notice.*grace\.notice.*account\.deleting.*account\.deleted`, s.timeline())
}

func TestAReversalOnTheFirstDayBringsTheSameAccountBack(t *testing.T) {
	s := leaver(t, nil)
	account := s.account().ID
	s.at(aDay, func() { s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse}) })
	require.Equal(t, lifecycle.TurnedBack, s.wait())
	require.Equal(t, "inactive", s.account().State, "a termination only takes away")
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		s.hrAgrees()
	})
	require.Equal(t, account, s.account().ID)
	require.Equal(t, "active", s.account().State)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
	require.ElementsMatch(t, []string{"employee", "Agent"}, s.account().Roles, "what everybody has comes back without a question")
}

func TestAReversalInTheLastMinuteWins(t *testing.T) {
	s := leaver(t, nil)
	s.at(29*aDay+23*time.Hour+59*time.Minute, func() { s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse}) })
	require.Equal(t, lifecycle.TurnedBack, s.wait())
	require.Equal(t, "inactive", s.account().State)
}

func TestAReversalAtTheMomentOfExpiryWinsOrLosesOnce(t *testing.T) {
	for _, early := range []time.Duration{0, time.Millisecond, time.Second, 3 * time.Second} {
		s := leaver(t, nil)
		var refused error
		s.at(time.Until(s.lastGrace().Deadline)-early, func() { _, refused = s.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse}) })
		ended := s.wait()
		if refused == nil {
			require.Equal(t, lifecycle.TurnedBack, ended)
			require.Equal(t, "inactive", s.account().State)
			continue
		}
		var why *lifecycle.LeverRefusal
		require.ErrorAs(t, refused, &why)
		require.Equal(t, lifecycle.EndedDeleted, ended)
		require.Equal(t, "deleted", s.account().State)
	}
}

func TestASecondReversalFindsNothingToReverse(t *testing.T) {
	s := leaver(t, nil)
	s.at(aDay, func() {
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
		_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
		require.ErrorContains(t, err, "no termination is pending")
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
}

func TestARescheduledDeadlineIsKept(t *testing.T) {
	s := leaver(t, nil)
	until := time.Now().Add(100 * aDay)
	s.at(20*aDay, func() { s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReschedule, Until: until}) })
	s.at(99*aDay, func() { require.Equal(t, "inactive", s.account().State) })
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.WithinDuration(t, until, s.env.Now(), time.Minute)
}

func TestAHoldOutlivesTheDeadlineAndItsReleaseGivesAWeek(t *testing.T) {
	s := leaver(t, nil)
	s.at(10*aDay, func() { s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"}) })
	s.at(40*aDay, func() {
		require.Equal(t, lifecycle.Held, s.agent().State)
		require.Equal(t, "inactive", s.account().State)
		_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverReleaseHold, Matter: "case 7"})
		require.ErrorContains(t, err, "whoever placed a hold cannot release it")
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReleaseHold, Matter: "case 7", Actor: "otto of legal"})
	})
	s.at(46*aDay, func() { require.Equal(t, "inactive", s.account().State) })
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.WithinDuration(t, time.Now().Add(47*aDay), s.env.Now(), time.Minute)
}

func TestAHoldPlacedBeforeTheTerminationStopsTheDeletion(t *testing.T) {
	s := hired(t)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"})
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Held, s.agent().State, "a hold never stops the isolation")
	require.Equal(t, "inactive", s.account().State)
	s.graceFrom(time.Now())
	s.at(60*aDay, func() {
		require.Equal(t, "inactive", s.account().State)
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
}

func TestWhereNoWorkerRanOverTheDeadlineLegalStillGetsItsTime(t *testing.T) {
	s := leaver(t, nil)
	start := time.Now().Add(45 * aDay)
	s.graceFrom(start)
	s.at(6*aDay, func() { require.Equal(t, "inactive", s.account().State) })
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.WithinDuration(t, start.Add(7*aDay), s.env.Now(), time.Minute)
	require.Contains(t, s.timeline(), "grace.prolonged")
}

func TestACancelledGraceIsSuspendedUntilSomebodyResumesIt(t *testing.T) {
	s := leaver(t, nil)
	s.at(3*aDay, func() { s.env.CancelWorkflow() })
	s.at(60*aDay, func() {
		require.Equal(t, lifecycle.Suspended, s.agent().State)
		require.True(t, s.agent().NeedsAttention)
		require.Contains(t, s.alerts(), store.AlertGraceSuspended)
		require.Equal(t, "inactive", s.account().State)
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverResume})
	})
	require.Empty(t, s.wait(), "only a new run can hear another cancellation")
	s.graceFrom(time.Now().Add(60 * aDay))
	s.at(2*aDay, func() { require.Equal(t, "inactive", s.account().State) })
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.NotContains(t, s.alerts(), store.AlertGraceSuspended)
}

func TestAGraceWhoseWorkflowWasTerminatedIsStartedAgainWithTimeToReact(t *testing.T) {
	s := leaver(t, nil)
	s.at(29*aDay, func() {
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "so that this run does not delete"})
	})
	s.at(30*aDay, func() { s.env.CancelWorkflow() })
	s.again()
	s.env.SetStartTime(time.Now().Add(29 * aDay))
	s.run() // the mailbox is rung; Temporal knows no running workflow of this grace
	require.Contains(t, s.timeline(), "grace.restarted")
	require.WithinDuration(t, time.Now().Add(32*aDay), s.lastGrace().Deadline, time.Minute)
	require.Contains(t, s.alerts(), store.AlertGraceRestarted)
	require.True(t, s.agent().NeedsAttention)
}

func TestAnExpediteDeletesOnceLegalHasApprovedIt(t *testing.T) {
	s := leaver(t, nil)
	s.at(aDay, func() {
		asked := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverExpedite, Actor: "lena of legal"})
		require.NotEmpty(t, asked.ApprovalID)
		require.Equal(t, lifecycle.GraceWaiting, s.lastGrace().Phase)
		s.decide(asked.ApprovalID, names.DecisionApprove, "otto of legal")
		s.mailboxLooks()
	})
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.Equal(t, "deleted", s.account().State)
	require.WithinDuration(t, time.Now().Add(aDay), s.env.Now(), time.Minute)
}

// mailboxLooks lets the mailbox look once beside the workflow under test, and tells that workflow what the mailbox would.
func (s *scene) mailboxLooks() {
	s.t.Helper()
	decided, err := s.whileRunning.Decide(s.t.Context(), lifecycle.DecideInput{PersonID: s.person, Now: s.env.Now()})
	require.NoError(s.t, err)
	if decided.RingGrace != "" {
		s.signal(decided.RingGrace, names.SignalRing, nil)
	}
}

func TestAnExpediteUnderHoldIsRefused(t *testing.T) {
	s := leaver(t, nil)
	s.at(aDay, func() {
		asked := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverExpedite})
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"})
		_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverExpedite})
		require.ErrorContains(t, err, "under hold")
		s.decide(asked.ApprovalID, names.DecisionApprove, "otto of legal")
		s.mailboxLooks()
		require.Contains(t, s.timeline(), "approval.lapsed", "what was approved before the hold lapses")
	})
	s.at(35*aDay, func() {
		require.Equal(t, "inactive", s.account().State)
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
}

func TestADismissalIsReversedOnlyWithAnApproval(t *testing.T) {
	s := leaver(t, dismissal)
	s.at(aDay, func() {
		asked := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
		require.Equal(t, lifecycle.ApprovalReversal, s.approval().Kind)
		require.True(t, s.lastGrace().Open())
		s.decide(asked.ApprovalID, names.DecisionApprove, "otto of legal")
		s.mailboxLooks()
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State, "legal is not asked twice")
		s.hrAgrees()
	})
}

func TestSignalsSentByHandInGrace(t *testing.T) {
	s := leaver(t, nil)
	s.at(aDay, func() {
		for _, signal := range []string{names.SignalReverse, names.SignalReleaseHold, names.SignalExpedite, names.SignalReschedule, names.SignalResume} {
			s.signal(s.terminationID(), signal, names.LeverSignal{Matter: "case 7", Until: "2030-01-01T00:00:00Z", Actor: "somebody", Reason: "in a hurry"})
			s.signal(s.terminationID(), signal, "not an object")
		}
	})
	s.at(2*aDay, func() {
		require.Equal(t, lifecycle.Deactivated, s.agent().State)
		for _, signal := range []string{names.SignalReverse, names.SignalReleaseHold, names.SignalExpedite, names.SignalReschedule, names.SignalResume} {
			require.Contains(t, s.timeline(), "signal "+signal+" refused: a bare signal cannot do this")
			require.Contains(t, s.timeline(), "signal "+signal+" refused: its content could not be read")
		}
		s.signal(s.terminationID(), names.SignalHold, 42)
		s.signal(s.terminationID(), names.SignalHold, names.LeverSignal{Actor: "somebody", Reason: "no matter"})
		s.signal(s.terminationID(), names.SignalHold, names.LeverSignal{Matter: "case 7", Actor: "a worried operator", Reason: "police called"})
		s.signal(s.terminationID(), names.SignalHold, names.LeverSignal{Matter: "case 7", Actor: "a worried operator", Reason: "twice"})
	})
	s.at(50*aDay, func() {
		require.Equal(t, lifecycle.Held, s.agent().State)
		require.Contains(t, s.timeline(), "[a worried operator verified=false] a legal hold was placed")
		require.Contains(t, s.timeline(), "signal hold refused: matter")
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
}

func TestAHoldSentByHandBeforeTheDeactivationIsInForceAtOnce(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	s.at(0, func() {
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalHold, names.LeverSignal{Matter: "case 7", Actor: "an operator"})
	})
	s.terminate()
	require.Equal(t, lifecycle.Held, s.agent().State)
}

func TestASignalToATerminationThatHasNoGraceIsOnRecordAllTheSame(t *testing.T) {
	s := hired(t)
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.at(0, func() {
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalReverse, names.LeverSignal{Actor: "an operator"})
	})
	s.terminate()
	require.Equal(t, lifecycle.OnLeave, s.agent().State)
	require.Contains(t, s.timeline(), "signal reverse refused")
}
