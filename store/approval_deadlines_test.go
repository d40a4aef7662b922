package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// toDecide is the time between asking and deadline.
const toDecide = 10 * time.Hour

func askedFor(t testing.TB, s *store.Store, person string, kind lifecycle.ApprovalKind) (approval store.Approval) {
	t.Helper()
	deadline := time.Now().Add(toDecide)
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		approval, err = p.OpenApproval(store.Approval{
			Kind: kind, PlanDigest: "digest", WorkflowID: "hire/" + person + "/1", Question: "May they?", Deadline: &deadline,
		})
		return err
	})
	return approval
}

// after looks at the approvals when so much time has passed since they were asked for.
func after(t testing.TB, s *store.Store, passed time.Duration) {
	t.Helper()
	require.NoError(t, s.KeepApprovalDeadlines(t.Context(), time.Now().Add(passed)))
}

// about are the alerts of a kind, open or closed, the newest first.
func about(t testing.TB, s *store.Store, state string, kind store.AlertKind) (found []store.Alert) {
	t.Helper()
	for _, alert := range alerts(t, s, state) {
		if alert.Kind == kind {
			found = append(found, alert)
		}
	}
	return found
}

func lines(t testing.TB, s *store.Store, person, kind string) (texts []string) {
	t.Helper()
	timeline, _, err := s.Timeline(t.Context(), person, "", 500)
	require.NoError(t, err)
	for _, line := range timeline {
		if line.Kind == kind {
			texts = append(texts, line.Text)
		}
	}
	return texts
}

func TestAnUndecidedApprovalIsRemindedOfTwiceAndEscalatedAtItsDeadline(t *testing.T) {
	s, _ := open(t)
	approval := askedFor(t, s, newcomer(t, s, "P-1"), lifecycle.ApprovalRehire)
	after(t, s, toDecide/2-time.Minute)
	require.Equal(t, []store.AlertKind{store.AlertApprovalRequested}, kinds(alerts(t, s, "")))

	after(t, s, toDecide/2)
	first := about(t, s, store.AlertOpen, store.AlertApprovalReminder)
	require.Len(t, first, 1)
	require.Equal(t, store.SeverityInfo, first[0].Severity)
	require.Equal(t, approval.ID, first[0].SubjectID)
	require.Equal(t, "P-1", first[0].PersonID)

	after(t, s, toDecide*9/10+time.Minute)
	second := about(t, s, store.AlertOpen, store.AlertApprovalReminder)
	require.Len(t, second, 1, "the first one is closed")
	require.NotEqual(t, first[0].ID, second[0].ID, "it is told anew")
	require.Equal(t, store.SeverityWarning, second[0].Severity)

	after(t, s, toDecide)
	require.ElementsMatch(t, []store.AlertKind{store.AlertApprovalOverdue, store.AlertApprovalRequested}, kinds(alerts(t, s, store.AlertOpen)))
	require.Len(t, lines(t, s, "P-1", store.TimelineApprovalReminded), 3)
}

func TestAStepIsTakenOnceHoweverOftenOneLooks(t *testing.T) {
	s, _ := open(t)
	askedFor(t, s, newcomer(t, s, "P-1"), lifecycle.ApprovalActivation)
	for range 3 {
		after(t, s, toDecide/2)
	}
	require.Len(t, about(t, s, "", store.AlertApprovalReminder), 1)
	for range 3 {
		after(t, s, toDecide)
	}
	require.Len(t, about(t, s, "", store.AlertApprovalReminder), 1)
	require.Len(t, about(t, s, "", store.AlertApprovalOverdue), 1)
}

func TestAfterALongStopOnlyTheLastMissedStepIsTaken(t *testing.T) {
	s, _ := open(t)
	askedFor(t, s, newcomer(t, s, "P-1"), lifecycle.ApprovalRehire)
	after(t, s, 30*24*time.Hour)
	require.Empty(t, about(t, s, "", store.AlertApprovalReminder))
	require.Len(t, about(t, s, store.AlertOpen, store.AlertApprovalOverdue), 1)
}

func TestAnApprovalThatStaysOpenIsRemindedOfEveryDayAfterItsDeadline(t *testing.T) {
	s, _ := open(t)
	approval := askedFor(t, s, newcomer(t, s, "P-1"), lifecycle.ApprovalActivation)
	after(t, s, toDecide)
	for _, late := range []time.Duration{23 * time.Hour, 25 * time.Hour, 26 * time.Hour, 49 * time.Hour} {
		after(t, s, toDecide+late)
	}
	require.Len(t, about(t, s, "", store.AlertApprovalReminder), 2)
	require.Len(t, about(t, s, store.AlertOpen, store.AlertApprovalReminder), 1)
	require.Len(t, about(t, s, store.AlertOpen, store.AlertApprovalOverdue), 1)
	found, err := s.Approval(t.Context(), approval.ID)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalOpen, found.State)
}

func TestWhatNobodyDecidesByItsDeadlineIsRefusedWhereThatIsTheDefault(t *testing.T) {
	for _, kind := range []lifecycle.ApprovalKind{
		lifecycle.ApprovalRole, lifecycle.ApprovalReversal, lifecycle.ApprovalExpedite, lifecycle.ApprovalErase, lifecycle.ApprovalRestoreDeleted,
	} {
		t.Run(string(kind), func(t *testing.T) {
			s, _ := open(t)
			approval := askedFor(t, s, newcomer(t, s, "P-1"), kind)
			after(t, s, toDecide-time.Minute)
			found, err := s.Approval(t.Context(), approval.ID)
			require.NoError(t, err)
			require.Equal(t, store.ApprovalOpen, found.State)

			after(t, s, toDecide)

			found, err = s.Approval(t.Context(), approval.ID)
			require.NoError(t, err)
			require.Equal(t, store.ApprovalRejected, found.State)
			require.Equal(t, store.ActorMuster, found.DecidedBy)
			require.True(t, found.ActorVerified)
			require.Equal(t, "nobody decided by the deadline", found.Reason)
		})
	}
}

func TestARefusalByDefaultReachesWhatWaitsForIt(t *testing.T) {
	s, conn := open(t)
	person := newcomer(t, s, "P-1")
	approval := askedFor(t, s, person, lifecycle.ApprovalErase)
	_, err := conn.Exec(t.Context(), `delete from rings`)
	require.NoError(t, err)
	after(t, s, toDecide)

	require.Equal(t, 1, count(t, conn, "rings where person_id = $1", person), "its mailbox is rung")
	undelivered, err := s.UndeliveredDecisions(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, undelivered, 1)
	require.Equal(t, approval.ID, undelivered[0].ID)
	require.Equal(t, names.DecisionReject, undelivered[0].Decision)
	require.Equal(t, "hire/P-1/1", undelivered[0].WorkflowID)
	require.Equal(t, 1, count(t, conn, "audit where action = 'approval.reject' and actor = 'muster' and actor_verified"))
	require.Equal(t, []string{"approval " + approval.ID + " (erase): rejected"}, lines(t, s, person, store.TimelineApprovalDecided))
}

// Nobody but this alert says to an endpoint that the time has run out, and nobody can close it by deciding any more.
func TestTheEscalationOfARefusalByDefaultIsTheOnlyAlertLeftAndLapsesAfterADay(t *testing.T) {
	s, conn := open(t)
	askedFor(t, s, newcomer(t, s, "P-1"), lifecycle.ApprovalErase)
	after(t, s, toDecide/2)
	after(t, s, toDecide)
	left := alerts(t, s, store.AlertOpen)
	require.Equal(t, []store.AlertKind{store.AlertApprovalOverdue}, kinds(left))
	require.WithinDuration(t, left[0].At.Add(24*time.Hour), *left[0].LapsesAt, time.Second)
	after(t, s, toDecide+48*time.Hour)
	require.Len(t, about(t, s, "", store.AlertApprovalOverdue), 1)

	_, err := conn.Exec(t.Context(), `update alerts set lapses_at = now() where lapses_at is not null`)
	require.NoError(t, err)
	require.NoError(t, s.CloseLapsedAlerts(t.Context()))
	require.Empty(t, alerts(t, s, store.AlertOpen))
}

func TestADecisionOrAWithdrawalClosesReminders(t *testing.T) {
	s, _ := open(t)
	decided := askedFor(t, s, newcomer(t, s, "P-1"), lifecycle.ApprovalRehire)
	withdrawn := askedFor(t, s, newcomer(t, s, "P-2"), lifecycle.ApprovalRehire)
	after(t, s, toDecide)
	after(t, s, toDecide+25*time.Hour)
	require.Len(t, about(t, s, store.AlertOpen, store.AlertApprovalReminder), 2)

	_, err := s.DecideApproval(t.Context(), decided.ID, store.Decision{Decision: names.DecisionApprove, Actor: "lex"})
	require.NoError(t, err)
	withPerson(t, s, "P-2", func(p *store.PersonTx) error { return p.WithdrawApproval(withdrawn.ID, "no longer needed") })

	require.Empty(t, alerts(t, s, store.AlertOpen))
	after(t, s, toDecide+72*time.Hour)
	require.Empty(t, alerts(t, s, store.AlertOpen))
}

func TestAnApprovalWithoutADeadlineIsLeftAlone(t *testing.T) {
	s, _ := open(t)
	withPerson(t, s, newcomer(t, s, "P-1"), func(p *store.PersonTx) error {
		_, err := p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalErase, Question: "May it?"})
		return err
	})
	after(t, s, 365*24*time.Hour)
	require.Equal(t, []store.AlertKind{store.AlertApprovalRequested}, kinds(alerts(t, s, "")))
}

func TestOfManyWhoLookAtOnceOneTakesTheStep(t *testing.T) {
	s, conn := open(t)
	const people = 5
	for i := range people {
		kind := lifecycle.ApprovalRehire
		if i%2 == 0 {
			kind = lifecycle.ApprovalErase
		}
		askedFor(t, s, newcomer(t, s, "P-"+number(i)), kind)
	}
	for _, passed := range []time.Duration{toDecide / 2, toDecide} {
		now := time.Now().Add(passed)
		var starters sync.WaitGroup
		failed := make(chan error, 8)
		for range cap(failed) {
			starters.Go(func() { failed <- s.KeepApprovalDeadlines(t.Context(), now) })
		}
		starters.Wait()
		for range cap(failed) {
			require.NoError(t, <-failed)
		}
	}
	// Whoever found all approvals in others' hands took none.
	after(t, s, toDecide)
	require.Len(t, about(t, s, "", store.AlertApprovalReminder), people)
	require.Len(t, about(t, s, "", store.AlertApprovalOverdue), people)
	require.Equal(t, 3, count(t, conn, "timeline where kind = $1", store.TimelineApprovalDecided))
	require.Equal(t, 2*people, count(t, conn, "timeline where kind = $1", store.TimelineApprovalReminded))
}

// A decision under way is waited for by nobody and overtaken by nobody: its approval is looked at again.
func TestAnApprovalThatIsBeingDecidedIsNeitherEscalatedNorRefused(t *testing.T) {
	s, conn := open(t)
	approval := askedFor(t, s, newcomer(t, s, "P-1"), lifecycle.ApprovalErase)
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), `update approvals set state = 'approved', decided_at = now() where id = $1`, approval.ID)
	require.NoError(t, err)

	after(t, s, toDecide)

	require.NoError(t, tx.Commit(t.Context()))
	after(t, s, toDecide)
	require.NotContains(t, kinds(alerts(t, s, "")), store.AlertApprovalOverdue)
	found, err := s.Approval(t.Context(), approval.ID)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalApproved, found.State)
}
