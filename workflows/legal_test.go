package workflows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// What legal has said is neither lost nor undone by what comes at the same time.

func TestOfTwoGrantedApprovalsNoneIsLostAndBringingBackComesFirst(t *testing.T) {
	s := leaver(t, dismissal)
	expedite := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverExpedite})
	reversal := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	s.decide(expedite.ApprovalID, names.DecisionApprove, "otto of legal")
	s.decide(reversal.ApprovalID, names.DecisionApprove, "otto of legal")
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		s.hrAgrees()
	})
	require.Contains(t, s.timeline(), "approval.lapsed")
	require.Contains(t, s.alerts(), store.AlertApprovalLapsed)
	require.Equal(t, "active", s.account().State)
}

func TestAReversalAskedForTwiceBeforeAnybodyLooksIsOne(t *testing.T) {
	s := leaver(t, nil)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.ErrorContains(t, err, "no termination is pending")

	s = hired(t)
	s.post(hr.UserTerminate, nil, nil)
	s.takenOver(lifecycle.Termination) // the isolation is under way
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.True(t, s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse}).Already)
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		s.hrAgrees()
	})
}

// takenOver puts the person into an operation's hands, as a mailbox does that then starts its workflow.
func (s *scene) takenOver(operation lifecycle.Operation) {
	s.t.Helper()
	require.NoError(s.t, s.store.WithPerson(s.t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		_, err := p.TakeOver(operation, "test")
		return err
	}))
}

func TestAHoldTakesAnExpediteBack(t *testing.T) {
	s := leaver(t, nil)
	s.at(aDay, func() {
		s.expedited()
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"})
	})
	s.at(40*aDay, func() {
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReleaseHold, Matter: "case 7", Actor: "otto of legal"})
	})
	s.at(46*aDay, func() { require.Equal(t, "inactive", s.account().State) })
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	require.WithinDuration(t, time.Now().Add(47*aDay), s.env.Now(), time.Minute)
}

// expedited makes the grace one that legal has approved to cut short, before its workflow has looked.
func (s *scene) expedited() {
	s.t.Helper()
	require.NoError(s.t, s.store.WithPerson(s.t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		return p.ChangeGrace(s.agentGeneration(p), store.GraceChange{Phase: new(lifecycle.GraceExpedited)})
	}))
}

func (s *scene) agentGeneration(p *store.PersonTx) int64 {
	s.t.Helper()
	person, err := p.Load()
	require.NoError(s.t, err)
	return person.Agent.Generation
}

func TestAnExpeditedGraceThatLostItsWorkflowIsNotDeletedUnasked(t *testing.T) {
	s := leaver(t, nil)
	s.expedited()
	s.again()
	s.run()
	require.Equal(t, lifecycle.GraceWaiting, s.lastGrace().Phase)
	require.Contains(t, s.alerts(), store.AlertGraceRestarted)
}

func TestSignalsOfOddShapeJamNothing(t *testing.T) {
	s := leaver(t, nil)
	s.at(aDay, func() {
		s.signal(s.terminationID(), names.SignalHold, names.LeverSignal{Matter: "Fall #42 Müller", Actor: "somebody"})
		s.signal(s.terminationID(), names.SignalHold, names.LeverSignal{Matter: strings.Repeat("7", 5000), Actor: "somebody"})
		s.signal(s.terminationID(), names.SignalHold, names.LeverSignal{Matter: "case 7", Reason: strings.Repeat("long ", 5000)})
	})
	s.at(40*aDay, func() {
		require.Equal(t, lifecycle.Held, s.agent().State)
		require.Equal(t, 2, strings.Count(s.timeline(), "signal hold refused: matter: found"))
		require.Contains(t, s.timeline(), "[unknown verified=false] a legal hold was placed")
		s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
}

func TestABareRepetitionOfWhatWasReversedIsForAPersonToDecide(t *testing.T) {
	s := hired(t)
	lastDay := map[string]any{"termination": map[string]any{"reason": "VOLUNTARY", "last_day": time.Now().AddDate(0, 0, -2).Format(time.DateOnly)}}
	first := s.post(hr.UserTerminate, nil, lastDay)
	s.run()
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	s.again()
	var bare string
	s.at(time.Hour, func() {
		bare = s.post(hr.UserTerminate, nil, nil)
		s.ring()
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, lifecycle.ReviewReposted, s.review().Kind)
		require.Equal(t, "active", s.account().State)
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": bare}, nil)
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": first}, nil)
		s.ring()
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestAnotherLastDayIsADecisionOfItsOwn(t *testing.T) {
	s := leaver(t, nil)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	s.again()
	s.at(time.Hour, func() {
		require.Equal(t, "active", s.account().State)
		s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "VOLUNTARY", "last_day": time.Now().AddDate(0, 0, -1).Format(time.DateOnly)}})
		s.ring()
	})
	s.run()
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	require.True(t, s.lastGrace().Open())
}

func TestTheSecondLeavingOfSomebodyWhoCameBackFromADeletionIsReversedForItself(t *testing.T) {
	s := leaver(t, nil)
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	first := s.lastGrace()
	s.again()
	s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	s.post(hr.UserTerminate, s.later(10), nil)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.Equal(t, first.Phase, s.lastGrace().Phase, "the record of the deletion stays")
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		person, err := p.Load()
		require.Zero(t, person.Override.Generation, "what has not begun is nobody's business")
		return err
	}))
}

func TestSomebodyWhoWasErasedAndHiredAnewIsAPersonLikeAnyOther(t *testing.T) {
	s := leaver(t, nil)
	require.NoError(t, s.store.WithPerson(t.Context(), s.person, func(_ context.Context, p *store.PersonTx) error {
		return p.Shred(time.Now())
	}))
	s.again()
	s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"})
	s.post(hr.UserTerminate, s.later(10), nil)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
}

func TestALeaveIsNothingToReverse(t *testing.T) {
	s := hired(t)
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.takenOver(lifecycle.Termination)
	_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.ErrorContains(t, err, "no termination that could be reversed")
}

func TestAHireThatWasTakenBackIsForHRToGiveAgain(t *testing.T) {
	s := newScene(t)
	hire := s.post(hr.UserCreate, nil, nil)
	s.run()
	s.again()
	s.post(hr.EventRescind, map[string]any{"rescinds_event_id": hire}, nil)
	s.run()
	require.True(t, s.lastGrace().Open())
	_, err := s.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.ErrorContains(t, err, "Only HR can bring the person back")
	require.True(t, s.lastGrace().Open(), "and the delete timer goes on")
}

func TestTheWorkflowOfAGraceIsToldOfAReversalByTheMailbox(t *testing.T) {
	s := leaver(t, nil)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverHold, Matter: "case 7"})
	decided, err := s.whileRunning.Decide(t.Context(), lifecycle.DecideInput{PersonID: s.person, Now: time.Now()})
	require.NoError(t, err)
	require.Equal(t, s.terminationID(), decided.RingGrace)
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	decided, err = s.whileRunning.Decide(t.Context(), lifecycle.DecideInput{PersonID: s.person, Now: time.Now()})
	require.NoError(t, err)
	require.Equal(t, s.terminationID(), decided.RingGrace)
}

func TestOfARestoreAndAnErasureGrantedTogetherTheRestoreCountsAndNothingJams(t *testing.T) {
	s := leaver(t, nil)
	require.Equal(t, lifecycle.EndedDeleted, s.wait())
	restore := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverRestoreDeleted})
	erase := s.pulled(lifecycle.Pull{Lever: lifecycle.LeverErase})
	s.decide(restore.ApprovalID, names.DecisionApprove, "otto of legal")
	s.decide(erase.ApprovalID, names.DecisionApprove, "otto of legal")
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		s.hrAgrees()
	})
	require.Equal(t, "active", s.account().State)
	require.Contains(t, s.alerts(), store.AlertApprovalLapsed)
}

func TestTheRelayRingsForTheReminderOfAReversalThoughTheMailboxWasEnded(t *testing.T) {
	s := leaver(t, nil)
	reversed, looked := s.env.Now(), false
	s.pulled(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	s.back(func() {
		require.Equal(t, lifecycle.Active, s.agent().State)
		connection, err := pgx.Connect(t.Context(), s.database)
		require.NoError(t, err)
		var due time.Time
		require.NoError(t, connection.QueryRow(t.Context(), `select due_at from rings where person_id = $1`, s.person).Scan(&due))
		require.NoError(t, connection.Close(t.Context()))
		require.WithinDuration(t, lifecycle.RemindAt(reversed), due, time.Hour)
		s.hrAgrees()
		looked = true
	})
	require.True(t, looked)
}
