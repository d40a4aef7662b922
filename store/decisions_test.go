package store_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

func openApproval(t testing.TB, s *store.Store, personID, planDigest string) (opened store.Approval) {
	t.Helper()
	withPerson(t, s, personID, func(p *store.PersonTx) (err error) {
		deadline := time.Now().Add(4 * time.Hour)
		opened, err = p.OpenApproval(store.Approval{
			Kind: lifecycle.ApprovalActivation, PlanDigest: planDigest, Generation: 1, WorkflowID: "hire/" + personID + "/1",
			Question: "May the account take work?", Deadline: &deadline,
		})
		return err
	})
	return opened
}

func openReview(t testing.TB, s *store.Store, personID string, kind lifecycle.ReviewKind, key string) (opened store.Review) {
	t.Helper()
	withPerson(t, s, personID, func(p *store.PersonTx) (err error) {
		opened, err = p.OpenReview(store.Review{
			Kind: kind, EventID: "evt_create_" + personID, DedupeKey: key, WorkflowID: "hire/" + personID + "/1",
			Question: "no rule for SVC_X", Detail: json.RawMessage(`{"code": "SVC_X"}`),
		})
		return err
	})
	return opened
}

func TestAnApprovalIsDecidedOnce(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	var (
		approvers sync.WaitGroup
		lock      sync.Mutex
		decided   []store.Approval
		refused   []error
	)

	for i := range 8 {
		approvers.Go(func() {
			decision := store.Decision{Decision: names.DecisionApprove, Actor: "lead-" + number(i), Reason: "ready"}
			if i%2 == 1 {
				decision.Decision = names.DecisionReject
			}
			answer, err := s.DecideApproval(t.Context(), approval.ID, decision)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				refused = append(refused, err)
			}
			decided = append(decided, answer)
		})
	}
	approvers.Wait()

	require.Len(t, refused, 7)
	for _, err := range refused {
		require.ErrorIs(t, err, store.ErrAlreadyDecided)
		var standing *store.AlreadyDecidedError
		require.ErrorAs(t, err, &standing)
		require.Equal(t, decided[0].DecidedBy, standing.DecidedBy, "the refusal names the decision that stands")
	}
	for _, answer := range decided {
		require.Equal(t, decided[0], answer, "everyone is shown the decision that stands")
	}
	require.True(t, decided[0].ActorVerified)
	require.Equal(t, 1, count(t, conn, "timeline where kind = 'approval.decided'"))
	require.Equal(t, 1, count(t, conn, "audit where phase = 'fact' and action like 'approval.%'"))
}

func TestADecisionThatCommitsMeanwhileStands(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	other, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = other.Exec(t.Context(), "update approvals set state = 'rejected', decided_by = 'first', decided_at = now()")
	require.NoError(t, err)
	second := make(chan error, 1)
	go func() {
		_, err := s.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionApprove, Actor: "second"})
		second <- err
	}()
	waiting(t, conn.Config().ConnString())

	require.NoError(t, other.Commit(t.Context()))

	require.ErrorIs(t, <-second, store.ErrAlreadyDecided)
	standing, err := s.Approval(t.Context(), approval.ID)
	require.NoError(t, err)
	require.Equal(t, "first", standing.DecidedBy)
}

func TestADecisionRingsTheMailbox(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	_, err := conn.Exec(t.Context(), "delete from rings")
	require.NoError(t, err)

	_, err = s.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionApprove, Actor: "lead"})

	require.NoError(t, err)
	require.Equal(t, 1, count(t, conn, "rings"))
}

func TestAskingForTheSameApprovalAgainFindsIt(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")

	first, again, other := openApproval(t, s, "WD-1", "a"), openApproval(t, s, "WD-1", "a"), openApproval(t, s, "WD-1", "b")

	require.Equal(t, first.ID, again.ID)
	require.NotEqual(t, first.ID, other.ID, "another plan needs another approval")
	require.Equal(t, 2, count(t, conn, "timeline where kind = 'approval.opened'"))
}

func TestAWithdrawnApprovalCannotBeDecided(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.WithdrawApproval(approval.ID, "taken over") })

	standing, err := s.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionApprove, Actor: "lead"})

	require.ErrorIs(t, err, store.ErrAlreadyDecided)
	require.Equal(t, store.ApprovalWithdrawn, standing.State)
	require.Empty(t, load(t, s, "WD-1").Approvals)
}

func TestADecisionStaysBeforeTheMailboxUntilTakenUp(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	_, err := s.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionReject, Actor: "lead", Reason: "not yet"})
	require.NoError(t, err)
	require.Equal(t, store.ApprovalRejected, load(t, s, "WD-1").Approvals[0].State)

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.TakeUpApproval(approval.ID) })

	require.Empty(t, load(t, s, "WD-1").Approvals)
}

func TestAnUnknownQuestionOrWordDecidesNothing(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")

	_, unknown := s.DecideApproval(t.Context(), "apr_none", store.Decision{Decision: names.DecisionApprove})
	_, word := s.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionRetry})

	require.ErrorIs(t, unknown, store.ErrNotFound)
	require.ErrorIs(t, word, store.ErrBadDecision)
	require.Equal(t, store.ApprovalOpen, load(t, s, "WD-1").Approvals[0].State)
}

func TestABareSignalsDecisionIsRecordedAsUnverified(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	review := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		require.NoError(t, p.RecordUnverifiedDecision(approval.ID, store.Decision{Decision: names.DecisionApprove, Actor: "someone"}))
		return p.RecordUnverifiedDecision(review.ID, store.Decision{Decision: names.DecisionRetry, Actor: "someone"})
	})

	decided, err := s.Approval(t.Context(), approval.ID)
	require.NoError(t, err)
	require.Equal(t, store.ApprovalApproved, decided.State)
	require.False(t, decided.ActorVerified)
	retried, err := s.Review(t.Context(), review.ID)
	require.NoError(t, err)
	require.Equal(t, store.ReviewRetried, retried.State)
	require.False(t, retried.ActorVerified)
}

func TestASignalForAnotherPersonsApprovalIsNotFound(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	approval := openApproval(t, s, "WD-1", "digest")

	err := s.WithPerson(t.Context(), "WD-2", func(_ context.Context, p *store.PersonTx) error {
		return p.RecordUnverifiedDecision(approval.ID, store.Decision{Decision: names.DecisionApprove})
	})

	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAnEqualReviewIsOpenOnce(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")

	first := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	again := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	other := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_Y")

	require.Equal(t, first.ID, again.ID)
	require.NotEqual(t, first.ID, other.ID)
	require.Equal(t, 2, count(t, conn, "timeline where kind = 'review.opened'"))
}

func TestADecidedReviewMayBeOpenedAgain(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	first := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	_, err := s.DecideReview(t.Context(), first.ID, store.Decision{Decision: names.DecisionRetry, Actor: "operator"})
	require.NoError(t, err)

	again := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")

	require.NotEqual(t, first.ID, again.ID)
}

func TestAReviewIsDecidedOnce(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	review := openReview(t, s, "WD-1", lifecycle.ReviewPlatformRefusal, "")
	_, err := s.DecideReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionDismiss, Actor: "first", Reason: "known"})
	require.NoError(t, err)

	standing, err := s.DecideReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionRetry, Actor: "second"})

	require.ErrorIs(t, err, store.ErrAlreadyDecided)
	require.Equal(t, store.ReviewDismissed, standing.State)
	require.Equal(t, "first", standing.DecidedBy)
}

func TestAResolvedReviewIsNobodysWork(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	review := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.ResolveReview(review.ID, store.ActorMuster, "mapping version 2 answers")
	})

	require.Empty(t, load(t, s, "WD-1").Reviews)
	resolved, err := s.Review(t.Context(), review.ID)
	require.NoError(t, err)
	require.Equal(t, store.ReviewResolved, resolved.State)
}

func TestADecisionNobodyTookUpIsDeliveredAgain(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	review := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	_, err := s.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionApprove, Actor: "lead", Reason: "go"})
	require.NoError(t, err)
	_, err = s.DecideReview(t.Context(), review.ID, store.Decision{Decision: names.DecisionDismiss, Actor: "operator"})
	require.NoError(t, err)
	young, err := s.UndeliveredDecisions(t.Context(), time.Minute, 10)
	require.NoError(t, err)
	require.Empty(t, young, "whoever decided delivers first")
	for _, table := range []string{"approvals", "reviews"} {
		_, err = conn.Exec(t.Context(), "update "+table+" set decided_at = now() - interval '2 minutes'")
		require.NoError(t, err)
	}

	late, err := s.UndeliveredDecisions(t.Context(), time.Minute, 10)

	require.NoError(t, err)
	require.Len(t, late, 2)
	require.Equal(t, approval.ID, late[0].ID)
	require.True(t, late[0].Approval)
	require.Equal(t, names.DecisionApprove, late[0].Decision)
	require.Equal(t, "hire/WD-1/1", late[0].WorkflowID)
	require.Equal(t, "go", late[0].Reason)
	require.Equal(t, names.DecisionDismiss, late[1].Decision)
	require.False(t, late[1].Approval)
	again, err := s.UndeliveredDecisions(t.Context(), time.Minute, 10)
	require.NoError(t, err)
	require.Empty(t, again, "not before another minute has passed")
}

func TestADecisionTakenUpIsNotDeliveredAgain(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	approval := openApproval(t, s, "WD-1", "digest")
	_, err := s.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionApprove, Actor: "lead"})
	require.NoError(t, err)
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.TakeUpApproval(approval.ID) })
	_, err = conn.Exec(t.Context(), "update approvals set decided_at = now() - interval '2 minutes'")
	require.NoError(t, err)

	late, err := s.UndeliveredDecisions(t.Context(), time.Minute, 10)

	require.NoError(t, err)
	require.Empty(t, late)
}

func TestQuestionsArePagedTheLongestOpenFirst(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	var want []string
	for i := range 7 {
		want = append(want, openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, number(i)).ID)
	}
	var seen []string
	filter := store.QuestionFilter{State: store.ReviewOpen, Kind: string(lifecycle.ReviewUnmapped), PersonID: "WD-1", Limit: 3}
	for {
		reviews, next, err := s.Reviews(t.Context(), filter)
		require.NoError(t, err)
		for _, review := range reviews {
			seen = append(seen, review.ID)
		}
		if filter.Cursor = next; next == "" {
			break
		}
	}

	require.Equal(t, want, seen)
}

func TestApprovalsAreFiltered(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	openApproval(t, s, "WD-1", "digest")
	for filter, want := range map[store.QuestionFilter]int{
		{}:                              1,
		{State: store.ApprovalOpen}:     1,
		{State: store.ApprovalRejected}: 0,
		{PersonID: "WD-2"}:              0,
		{Kind: "rehire"}:                0,
	} {
		approvals, _, err := s.Approvals(t.Context(), filter)
		require.NoError(t, err)
		require.Len(t, approvals, want, "%+v", filter)
	}
}
