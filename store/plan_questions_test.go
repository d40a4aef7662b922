package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// asked opens one question of each kind that a change asks, and returns their ids.
func asked(t *testing.T, s *store.Store) (role, activation, conflict, unmapped string) {
	t.Helper()
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		for _, ask := range []struct {
			kind lifecycle.ApprovalKind
			id   *string
		}{{lifecycle.ApprovalRole, &role}, {lifecycle.ApprovalActivation, &activation}} {
			opened, err := p.OpenApproval(store.Approval{Kind: ask.kind, PlanDigest: "what it binds to", Generation: 1, Question: "?"})
			if err != nil {
				return err
			}
			*ask.id = opened.ID
		}
		for _, ask := range []struct {
			kind lifecycle.ReviewKind
			id   *string
		}{{lifecycle.ReviewConflict, &conflict}, {lifecycle.ReviewUnmapped, &unmapped}} {
			opened, err := p.OpenReview(store.Review{Kind: ask.kind, DedupeKey: "email:evt_1", Generation: 1, Question: "?"})
			if err != nil {
				return err
			}
			*ask.id = opened.ID
		}
		return nil
	})
	return role, activation, conflict, unmapped
}

func TestAnotherPlanClosesOnlyWhatBindsToThePlan(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	role, _, conflict, _ := asked(t, s)
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.ClosePlanQuestions(1, "another plan") })
	person := load(t, s, "WD-1")
	require.Len(t, person.Approvals, 1)
	require.Equal(t, role, person.Approvals[0].ID)
	require.Len(t, person.Reviews, 1)
	require.Equal(t, conflict, person.Reviews[0].ID)
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		reviews, approvals, err := p.OpenQuestions(lifecycle.ReviewConflict, lifecycle.ApprovalRole)
		require.Len(t, reviews, 1)
		require.Len(t, approvals, 1)
		return err
	})
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.CloseQuestions(1, "the operation has ended") })
	require.Empty(t, load(t, s, "WD-1").Approvals)
}

func TestWhatIsDecidedAboutRolesIsFoundByWhatItBindsTo(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	role, _, _, _ := asked(t, s)
	_, found, err := s.DecidedApproval(t.Context(), "WD-1", lifecycle.ApprovalRole, "what it binds to")
	require.NoError(t, err)
	require.False(t, found, "open is not decided")
	_, err = s.DecideApproval(t.Context(), role, store.Decision{Decision: names.DecisionApprove, Actor: "approver", Reason: "test"})
	require.NoError(t, err)
	decided, found, err := s.DecidedApproval(t.Context(), "WD-1", lifecycle.ApprovalRole, "what it binds to")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, role, decided.ID)
	_, found, err = s.DecidedApproval(t.Context(), "WD-1", lifecycle.ApprovalRole, "another set")
	require.NoError(t, err)
	require.False(t, found)
}

func TestOnlyADismissedReviewIsGivenUp(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	_, _, conflict, unmapped := asked(t, s)
	for _, id := range []string{conflict, unmapped} {
		_, err := s.DecideReview(t.Context(), id, store.Decision{Decision: names.DecisionDismiss, Actor: "operator", Reason: "test"})
		require.NoError(t, err)
	}
	given, err := s.GivenUp(t.Context(), "WD-1", lifecycle.ReviewConflict)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"email:evt_1": true}, given)
	given, err = s.GivenUp(t.Context(), "WD-2", lifecycle.ReviewConflict)
	require.NoError(t, err)
	require.Empty(t, given)
}

func TestWhatNobodyDecidedByItsDeadlineIsRefusedOnce(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	role, _, _, _ := asked(t, s)
	for range 2 {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RefuseOverdue(role) })
	}
	refused, err := s.Approval(t.Context(), role)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalRejected, refused.State)
	require.Equal(t, store.ActorMuster, refused.DecidedBy)
	require.WithinDuration(t, time.Now(), *refused.DecidedAt, time.Minute)
}

func TestAnotherPlanOfAHireLeavesTheQuestionAboutTheReturnOpen(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	asked(t, s)
	var rehire string
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		opened, err := p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalRehire, PlanDigest: "the dismissal", Generation: 1, Question: "?"})
		rehire = opened.ID
		return err
	})
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.CloseHireQuestions(1, "another plan") })
	person := load(t, s, "WD-1")
	require.Empty(t, person.Reviews)
	require.Len(t, person.Approvals, 1)
	require.Equal(t, rehire, person.Approvals[0].ID)
}

// waitsForSeat opens the review about queues that could not be joined, and returns its id.
func waitsForSeat(t *testing.T, s *store.Store, key string, queueIDs ...string) (id string) {
	t.Helper()
	detail, err := json.Marshal(store.WithUnjoined(map[string]string{"field": "work"}, queueIDs))
	require.NoError(t, err)
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		opened, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewConflict, DedupeKey: key, Generation: 1, Question: "?", Detail: detail})
		id = opened.ID
		return err
	})
	return id
}

func TestQueuesThatWaitToBeJoinedAreKnownUntilTheyAre(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	unjoined := func() []string {
		ids, err := s.Unjoined(t.Context(), "WD-1")
		require.NoError(t, err)
		return ids
	}
	require.Empty(t, unjoined())
	waitsForSeat(t, s, "work:evt_1", "q-1", "q-2")
	require.Equal(t, []string{"q-1", "q-2"}, unjoined())
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.CloseQuestions(1, "another operation took the person over") })
	require.Equal(t, []string{"q-1", "q-2"}, unjoined(), "whatever closed the question")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.Joined() })
	require.Empty(t, unjoined())
}

func TestQueuesThatSomebodyDecidedToLeaveUnjoinedDoNotWait(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	id := waitsForSeat(t, s, "work:evt_1", "q-1")
	_, err := s.DecideReview(t.Context(), id, store.Decision{Decision: names.DecisionDismiss, Actor: "operator", Reason: "test"})
	require.NoError(t, err)
	ids, err := s.Unjoined(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Empty(t, ids)
}

func TestADecisionAboutAReviewIsFoundUntilItIsTakenUp(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	id := waitsForSeat(t, s, "work:evt_1")
	decided := func() (found bool) {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) (err error) {
			_, found, err = p.DecidedReview(lifecycle.ReviewConflict, "work:evt_1")
			return err
		})
		return found
	}
	require.False(t, decided(), "it is open")
	_, err := s.DecideReview(t.Context(), id, store.Decision{Decision: names.DecisionRetry, Actor: "operator", Reason: "test"})
	require.NoError(t, err)
	require.True(t, decided())
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.TakeUpReview(id) })
	require.False(t, decided())
}
