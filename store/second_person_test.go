package store_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// parkedTermination opens a review that a person's termination waits for.
func parkedTermination(t testing.TB, s *store.Store, personID, question string) (opened store.Review) {
	t.Helper()
	withPerson(t, s, personID, func(p *store.PersonTx) (err error) {
		opened, err = p.OpenReview(store.Review{
			Kind: lifecycle.ReviewPlatformRefusal, DedupeKey: "isolate", WorkflowID: "termination/" + personID + "/2", Generation: 2,
			Question: question,
		})
		return err
	})
	return opened
}

func dismissing(actor string) store.Decision {
	return store.Decision{Decision: names.DecisionDismiss, Actor: actor, Reason: "done by hand"}
}

func TestATerminationsReviewIsDismissedByTwoPersons(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	review := parkedTermination(t, s, "WD-1", "the platform refuses")

	for range 2 { // the same person twice is one person
		answer, err := s.DismissReview(t.Context(), review.ID, dismissing("otto"))
		require.NoError(t, err)
		require.Equal(t, store.ReviewOpen, answer.State)
	}
	standing, err := s.Dismissals(t.Context(), review.ID)
	require.NoError(t, err)
	require.True(t, standing[review.ID].TwoPersons)
	require.Equal(t, "otto", standing[review.ID].Asked.AskedBy)
	require.Equal(t, "done by hand", standing[review.ID].Asked.Reason)
	answer, err := s.DismissReview(t.Context(), review.ID, dismissing("OTTO"))
	require.NoError(t, err)
	require.Equal(t, store.ReviewOpen, answer.State, "a name written otherwise is the same person")

	answer, err = s.DismissReview(t.Context(), review.ID, dismissing("olga"))
	require.NoError(t, err)
	require.Equal(t, store.ReviewDismissed, answer.State)
	require.Equal(t, "olga", answer.DecidedBy)
	_, err = s.DismissReview(t.Context(), review.ID, dismissing("ole"))
	require.ErrorIs(t, err, store.ErrAlreadyDecided)
	rows, _, err := s.AuditTrail(t.Context(), store.AuditFilter{PersonID: "WD-1", Action: "review."}, "", 0)
	require.NoError(t, err)
	require.Len(t, rows, 2, "one who asked, one who dismissed")
}

func TestAnotherReviewIsDismissedByOnePerson(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	review := openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	answer, err := s.DismissReview(t.Context(), review.ID, dismissing("otto"))
	require.NoError(t, err)
	require.Equal(t, store.ReviewDismissed, answer.State)
}

func TestAReviewAboutAnEventThatEndsAnEmploymentNeedsTwoPersons(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	ingest(t, s, wish{id: "evt_leave", person: "WD-1", kind: "USER_TERMINATE", at: "2026-03-02T11:00:00Z"})
	var review store.Review
	withPerson(t, s, "WD-1", func(p *store.PersonTx) (err error) {
		review, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewReposted, EventID: "evt_leave", Question: "HR says again what was reversed"})
		return err
	})
	answer, err := s.DismissReview(t.Context(), review.ID, dismissing("otto"))
	require.NoError(t, err)
	require.Equal(t, store.ReviewOpen, answer.State)
}

func TestWhoeverHadATerminationTriedAgainLastIsNotTheOneWhoDismissesIt(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	first := parkedTermination(t, s, "WD-1", "the platform refuses")
	_, err := s.DecideReview(t.Context(), first.ID, store.Decision{Decision: names.DecisionRetry, Actor: "otto"})
	require.NoError(t, err)
	again := parkedTermination(t, s, "WD-1", "the platform refuses")
	require.NotEqual(t, first.ID, again.ID)

	_, err = s.DismissReview(t.Context(), again.ID, dismissing("olga"))
	require.NoError(t, err)
	_, err = s.DismissReview(t.Context(), again.ID, dismissing("otto"))
	var notSecond *store.SecondPersonError
	require.ErrorAs(t, err, &notSecond)
	answer, err := s.DismissReview(t.Context(), again.ID, dismissing("ole"))
	require.NoError(t, err)
	require.Equal(t, store.ReviewDismissed, answer.State)
}

func TestAWordToDismissDoesNotCountForAnotherQuestion(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	review := parkedTermination(t, s, "WD-1", "the platform refuses to unjoin")
	_, err := s.DismissReview(t.Context(), review.ID, dismissing("otto"))
	require.NoError(t, err)
	changed := parkedTermination(t, s, "WD-1", "the platform refuses to deactivate")
	require.Equal(t, review.ID, changed.ID)
	answer, err := s.DismissReview(t.Context(), review.ID, dismissing("olga"))
	require.NoError(t, err)
	require.Equal(t, store.ReviewOpen, answer.State)
	answer, err = s.DismissReview(t.Context(), review.ID, dismissing("otto"))
	require.NoError(t, err)
	require.Equal(t, store.ReviewDismissed, answer.State)
}

func TestOfManyWhoDismissAtOnceTheSecondDoes(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	review := parkedTermination(t, s, "WD-1", "the platform refuses")
	var (
		people  sync.WaitGroup
		results = make(chan error, 8)
	)
	for i := range 8 {
		people.Go(func() {
			_, err := s.DismissReview(t.Context(), review.ID, dismissing("person-"+number(i)))
			results <- err
		})
	}
	people.Wait()
	close(results)
	taken := 0
	for err := range results {
		if err == nil {
			taken++
			continue
		}
		require.ErrorIs(t, err, store.ErrAlreadyDecided)
	}
	require.Equal(t, 2, taken, "one asked, one dismissed, the others were late")
}
