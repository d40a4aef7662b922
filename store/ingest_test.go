package store_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

func TestAnAcceptedEventMakesItsPersonAndRingsTheMailbox(t *testing.T) {
	s, conn := open(t)

	verdict := ingest(t, s, create("evt_1", "WD-EMP-1"))[0]

	require.Equal(t, store.VerdictAccepted, verdict.Status)
	require.Equal(t, "WD-EMP-1", verdict.PersonID)
	person := load(t, s, "WD-EMP-1")
	require.Equal(t, []store.ExternalID{{Namespace: "workday", ID: "WD-EMP-1"}}, person.ExternalIDs)
	require.Equal(t, lifecycle.Unknown, person.Agent.State)
	require.Len(t, person.Events, 1)
	require.Equal(t, lifecycle.Waiting, person.Events[0].Outcome)
	require.NotZero(t, person.RingSeq)
	require.Equal(t, 1, count(t, conn, "timeline where kind = 'event.received' and event_id = 'evt_1'"))
}

func TestAStoredEventIsTheOneThatWasSent(t *testing.T) {
	s, _ := open(t)
	sent := incoming(t, update("evt_1", "WD-1", map[string]any{"skill_codes": []string{"LANG_ES"}, "phone_extension": nil}))
	_, err := s.Ingest(t.Context(), []store.Incoming{sent}, false)
	require.NoError(t, err)

	stored, err := s.Event(t.Context(), "evt_1")

	require.NoError(t, err)
	require.Equal(t, *sent.Event, stored.Event)
	require.Equal(t, sent.Digest, stored.Digest)
	require.Equal(t, sent.ProcessingKey, stored.ProcessingKey)
}

func TestTheSameEventFiftyTimesAtOnceIsAcceptedOnce(t *testing.T) {
	s, conn := open(t)
	event := incoming(t, create("evt_1", "WD-1"))
	var (
		deliveries sync.WaitGroup
		lock       sync.Mutex
		verdicts   = map[store.VerdictStatus]int{}
	)

	for range 50 {
		deliveries.Go(func() {
			answer, err := s.Ingest(t.Context(), []store.Incoming{event}, false)
			lock.Lock()
			defer lock.Unlock()
			if err == nil {
				verdicts[answer[0].Status]++
			}
		})
	}
	deliveries.Wait()

	require.Equal(t, map[store.VerdictStatus]int{store.VerdictAccepted: 1, store.VerdictDuplicate: 49}, verdicts)
	require.Equal(t, 1, count(t, conn, "hr_events"))
	require.Equal(t, 1, count(t, conn, "timeline"))
}

func TestTheSameContentUnderFiftyIdsAtOnceIsAcceptedOnce(t *testing.T) {
	s, conn := open(t)
	var deliveries sync.WaitGroup
	for i := range 50 {
		event := incoming(t, create("evt_"+number(i), "WD-1"))
		deliveries.Go(func() { _, _ = s.Ingest(t.Context(), []store.Incoming{event}, false) })
	}

	deliveries.Wait()

	require.Equal(t, 1, count(t, conn, "hr_events where admission = 'accepted'"))
	require.Equal(t, 49, count(t, conn, "hr_events where outcome = 'duplicate'"))
}

func TestAnEventTwiceInOneBatchIsAcceptedOnce(t *testing.T) {
	s, conn := open(t)

	verdicts := ingest(t, s, create("evt_1", "WD-1"), create("evt_1", "WD-1"), create("evt_2", "WD-1"))

	require.Equal(t, store.VerdictAccepted, verdicts[0].Status)
	require.Equal(t, store.VerdictDuplicate, verdicts[1].Status)
	require.Equal(t, store.VerdictDuplicate, verdicts[2].Status)
	require.Equal(t, 2, count(t, conn, "hr_events"), "the content's second id is kept")
}

func TestADuplicateUnderAnotherIdIsKeptWithItsOutcome(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "WD-1"))

	verdict := ingest(t, s, create("evt_2", "WD-1"))[0]

	require.Equal(t, store.VerdictDuplicate, verdict.Status)
	stored, err := s.Event(t.Context(), "evt_2")
	require.NoError(t, err)
	require.Equal(t, lifecycle.Duplicate, stored.Outcome)
	require.NotNil(t, stored.OutcomeAt)
	person := load(t, s, "WD-1")
	require.Len(t, person.Events, 1, "the mailbox sees accepted events only")
	require.Equal(t, []string{"evt_2"}, person.Events[0].AlsoSentAs, "a rescind may name it by either id")
}

func TestADuplicateUnderAnotherIdRingsForWhatRefersToItByThatId(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "WD-1"))
	before := load(t, s, "WD-1").RingSeq
	ingest(t, s, create("evt_2", "WD-1"))
	require.Greater(t, load(t, s, "WD-1").RingSeq, before)
}

func TestTheSameKeyWithOtherContentIsAccepted(t *testing.T) {
	s, _ := open(t)

	verdicts := ingest(t, s,
		update("evt_1", "WD-1", map[string]any{"phone_extension": "4452"}),
		update("evt_2", "WD-1", map[string]any{"phone_extension": "4453"}))

	require.Equal(t, verdicts[0].ProcessingKey, verdicts[1].ProcessingKey)
	require.Equal(t, store.VerdictAccepted, verdicts[1].Status)
}

func TestAnEventIdUsedForOtherContentIsRefusedKeptAndReviewed(t *testing.T) {
	s, conn := open(t)
	ingest(t, s, create("evt_1", "WD-1"))

	verdict := ingest(t, s, create("evt_1", "WD-2"))[0]

	require.Equal(t, store.VerdictRejected, verdict.Status)
	require.True(t, verdict.Conflict)
	require.Equal(t, 1, count(t, conn, "hr_events where admission = 'rejected' and raw is not null and outcome = 'rejected'"))
	reviews, _, err := s.Reviews(t.Context(), store.QuestionFilter{State: store.ReviewOpen})
	require.NoError(t, err)
	var asked []string
	for _, review := range reviews {
		require.Equal(t, lifecycle.ReviewEventConflict, review.Kind)
		require.False(t, review.Blocking)
		require.Contains(t, review.Question, "WD-1")
		require.Contains(t, review.Question, "WD-2")
		asked = append(asked, review.PersonID)
		require.True(t, load(t, s, review.PersonID).Agent.NeedsAttention, review.PersonID)
	}
	require.ElementsMatch(t, []string{"WD-1", "WD-2"}, asked, "both the person of the event that stands and of the one that was refused")
	standing, err := s.Event(t.Context(), "evt_1")
	require.NoError(t, err)
	require.Equal(t, "WD-1", standing.PersonID, "what came first stands")
	require.Zero(t, count(t, conn, "rings where person_id = 'WD-2'"), "nothing is done for a refused event")
}

func TestAConflictWithinOneBatchIsAskedOfBothPeople(t *testing.T) {
	s, conn := open(t)

	verdicts := ingest(t, s, create("evt_1", "WD-1"), create("evt_1", "WD-2"))

	require.Equal(t, store.VerdictAccepted, verdicts[0].Status)
	require.True(t, verdicts[1].Conflict)
	require.Equal(t, 2, count(t, conn, "agents where needs_attention"))
	require.Len(t, load(t, s, "WD-2").Reviews, 1)
}

func TestAConflictOfOnePersonIsOneReview(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "WD-1"))

	ingest(t, s, update("evt_1", "WD-1", map[string]any{"department_code": "BILLING"}))

	require.Len(t, load(t, s, "WD-1").Reviews, 1)
	require.True(t, load(t, s, "WD-1").Agent.NeedsAttention)
}

func TestAConflictDeliveredAgainIsOneRowAndOneReview(t *testing.T) {
	s, conn := open(t)
	ingest(t, s, create("evt_1", "WD-1"))

	for range 3 {
		ingest(t, s, create("evt_1", "WD-2"))
	}

	require.Equal(t, 1, count(t, conn, "hr_events where admission = 'rejected'"))
	require.Equal(t, 2, count(t, conn, "reviews"), "one of each person")
}

func TestTwoContentsForOneEventIdAtOnceEndAsOneAcceptedAndOneConflict(t *testing.T) {
	for round := range 10 {
		t.Run(number(round), func(t *testing.T) {
			s, conn := open(t)
			var deliveries sync.WaitGroup
			for i := range 8 {
				event := incoming(t, create("evt_1", "WD-"+number(i%2)))
				deliveries.Go(func() { _, _ = s.Ingest(t.Context(), []store.Incoming{event}, false) })
			}
			deliveries.Wait()

			require.Equal(t, 1, count(t, conn, "hr_events where admission = 'accepted'"))
			require.Equal(t, 1, count(t, conn, "hr_events where admission = 'rejected'"))
		})
	}
}

func TestWhatIsRefusedIsKeptOncePerContent(t *testing.T) {
	s, conn := open(t)
	refused := store.Incoming{
		Raw: []byte("{\"event_id\":\"evt\x00\xff"), SourceSystem: source, Namespace: "workday", EventID: "evt\x00\xff",
		Rejection: &store.Rejection{Reason: "not JSON\x00", Problems: []hr.Problem{{Field: "body", Found: "\x00", Expected: "JSON"}}},
	}

	for range 2 {
		verdicts, err := s.Ingest(t.Context(), []store.Incoming{refused, incoming(t, create("evt_good", "WD-1"))}, false)
		require.NoError(t, err)
		require.Equal(t, store.VerdictRejected, verdicts[0].Status)
		require.NotEqual(t, store.VerdictRejected, verdicts[1].Status, "a bad item never blocks the others")
	}

	require.Equal(t, 1, count(t, conn, "hr_events where admission = 'rejected'"))
	var raw []byte
	require.NoError(t, conn.QueryRow(t.Context(), "select raw from hr_events where admission = 'rejected'").Scan(&raw))
	require.Equal(t, refused.Raw, raw)
}

func TestARefusedEventCanBeLookedUpUntilAGoodOneHasItsId(t *testing.T) {
	s, _ := open(t)
	_, err := s.Ingest(t.Context(), []store.Incoming{{
		Raw: []byte("{}"), SourceSystem: source, Namespace: "workday", EventID: "evt_1", Rejection: &store.Rejection{Reason: "unknown zone"},
	}}, false)
	require.NoError(t, err)
	refused, err := s.Event(t.Context(), "evt_1")
	require.NoError(t, err)
	require.Equal(t, lifecycle.Rejected, refused.Outcome)
	require.Equal(t, "unknown zone", refused.OutcomeReason)

	ingest(t, s, create("evt_1", "WD-1"))

	accepted, err := s.Event(t.Context(), "evt_1")
	require.NoError(t, err)
	require.Equal(t, store.AdmissionAccepted, accepted.Admission)
}

func TestAnUnknownEventIsNotFound(t *testing.T) {
	s, _ := open(t)
	_, err := s.Event(t.Context(), "evt_none")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAPersonIdIsPrefixedOnlyWhenThereAreSeveralNamespaces(t *testing.T) {
	s, _ := open(t)
	one, err := s.Ingest(t.Context(), []store.Incoming{incoming(t, create("evt_1", "WD-1"))}, false)
	require.NoError(t, err)
	several, err := s.Ingest(t.Context(), []store.Incoming{incoming(t, create("evt_2", "WD-2"))}, true)
	require.NoError(t, err)

	require.Equal(t, "WD-1", one[0].PersonID)
	require.Equal(t, "workday:WD-2", several[0].PersonID)
}

func TestTheSameIdInTwoNamespacesIsTwoPeople(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "E-1"))
	other := incoming(t, create("evt_2", "E-1"))
	other.Namespace, other.ProcessingKey = "SAP", hr.ProcessingKey("SAP", *other.Event)

	verdicts, err := s.Ingest(t.Context(), []store.Incoming{other}, false)

	require.NoError(t, err)
	require.Equal(t, store.VerdictAccepted, verdicts[0].Status)
	require.Equal(t, "sap:E-1", verdicts[0].PersonID)
	require.Len(t, load(t, s, "E-1").Events, 1)
}

func TestAnEventOfAnyOfAPersonsIdsIsThePersons(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	_, err := conn.Exec(t.Context(), "insert into person_ids (namespace, external_id, person_id) values ('workday', 'WD-7', 'WD-1')")
	require.NoError(t, err)

	verdict := ingest(t, s, update("evt_2", "WD-7", map[string]any{"phone_extension": "4452"}))[0]

	require.Equal(t, "WD-1", verdict.PersonID)
	require.Len(t, load(t, s, "WD-1").Events, 2)
	require.Zero(t, count(t, conn, "persons where person_id = 'WD-7'"))
}

func TestAnIdThatDiffersInCaseOnlyIsAPersonOfItsOwnWithABlockingReview(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "WD-abc"))

	verdict := ingest(t, s, create("evt_2", "WD-ABC"))[0]

	require.Equal(t, store.VerdictAccepted, verdict.Status)
	require.Equal(t, "WD-ABC", verdict.PersonID)
	reviews := load(t, s, "WD-ABC").Reviews
	require.Len(t, reviews, 1)
	require.Equal(t, lifecycle.ReviewAmbiguousID, reviews[0].Kind)
	require.True(t, reviews[0].Blocking)
	require.True(t, load(t, s, "WD-ABC").Agent.NeedsAttention)

	first := load(t, s, "WD-abc")
	require.Len(t, first.Reviews, 1, "the event may have been meant for who was there first")
	require.Contains(t, first.Reviews[0].Question, "WD-ABC")
	require.False(t, first.Reviews[0].Blocking, "who was there first is not held up")
	require.True(t, first.Agent.NeedsAttention)
}

func TestATerminationUnderAMistypedIdIsAskedOfThePersonItMayBeMeantFor(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-abc")

	ingest(t, s, wish{id: "evt_leave", person: "WD-ABC", kind: "USER_TERMINATE"})

	reviews := load(t, s, "WD-abc").Reviews
	require.Len(t, reviews, 1)
	require.Contains(t, reviews[0].Question, "WD-ABC")
	require.NotContains(t, reviews[0].Question, "terminat", "it may lie ahead")
}

func TestOfTwoCaseTwinsInOneBatchTheLaterIsHeldUp(t *testing.T) {
	s, conn := open(t)

	ingest(t, s, create("evt_2", "WD-abc"), create("evt_1", "WD-ABC"))

	require.Equal(t, 1, count(t, conn, "reviews where person_id = 'WD-ABC' and blocking"))
	require.Zero(t, count(t, conn, "reviews where person_id = 'WD-abc' and blocking"))
}

func TestOfTwoCaseTwinsAtOnceExactlyOneIsReviewed(t *testing.T) {
	for round := range 10 {
		t.Run(number(round), func(t *testing.T) {
			s, conn := open(t)
			var deliveries sync.WaitGroup
			for i, person := range []string{"WD-abc", "WD-ABC"} {
				event := incoming(t, create("evt_"+number(i), person))
				deliveries.Go(func() { _, _ = s.Ingest(t.Context(), []store.Incoming{event}, false) })
			}
			deliveries.Wait()
			require.Equal(t, 1, count(t, conn, "reviews where kind = 'ambiguous_id' and blocking"))
		})
	}
}

func TestATerminationWithDefectsActsAndIsReviewed(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	leaving := wish{id: "evt_leave", person: "WD-1", kind: "USER_TERMINATE", payload: map[string]any{"timezone": "Nowhere/At_All"}}

	verdict := ingest(t, s, leaving)[0]

	require.Equal(t, store.VerdictAccepted, verdict.Status)
	person := load(t, s, "WD-1")
	require.Len(t, person.Reviews, 1)
	require.Equal(t, lifecycle.ReviewEventDefect, person.Reviews[0].Kind)
	require.True(t, person.Agent.NeedsAttention)
	require.False(t, person.Reviews[0].Blocking)
	stored, err := s.Event(t.Context(), "evt_leave")
	require.NoError(t, err)
	require.NotEmpty(t, stored.Defects)
}

func TestTheTimelineDoesNotNameALeavingThatLiesAhead(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	lastDay := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)

	ingest(t, s, wish{id: "evt_leave", person: "WD-1", kind: "USER_TERMINATE", payload: map[string]any{
		"termination": map[string]any{"reason": "VOLUNTARY", "last_day": lastDay},
	}})

	lines, _, err := s.Timeline(t.Context(), "WD-1", "", 0)
	require.NoError(t, err)
	last := lines[len(lines)-1]
	require.Equal(t, "pending HR event received", last.Text)
	require.NotContains(t, string(last.Detail), "TERMINATE")
}

func TestTheTimelineNamesALeavingThatIsOver(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")

	ingest(t, s, wish{id: "evt_leave", person: "WD-1", kind: "USER_TERMINATE", payload: map[string]any{
		"termination": map[string]any{"reason": "VOLUNTARY", "last_day": "2026-01-31"},
	}})

	lines, _, err := s.Timeline(t.Context(), "WD-1", "", 0)
	require.NoError(t, err)
	require.Contains(t, lines[len(lines)-1].Text, "USER_TERMINATE")
}

func TestSearchColumnsHoldWhatTheNewestEventsSay(t *testing.T) {
	s, _ := open(t)
	renamed := update("evt_2", "WD-1", map[string]any{"last_name": "Roe", "email": "jane.roe@enterprise.test"})
	renamed.at = "2026-03-05T10:00:00Z"
	stale := update("evt_3", "WD-1", map[string]any{"email": "old@enterprise.test"})
	stale.at = "2026-03-03T10:00:00Z"

	// The newest arrives first.
	ingest(t, s, renamed)
	ingest(t, s, create("evt_1", "WD-1"), stale)

	view, err := s.Agent(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Equal(t, "jane.roe@enterprise.test", view.Email)
	require.Equal(t, "Jane", view.FirstName)
	require.Equal(t, "Roe", view.LastName)
}

func TestAnIncomingEventWithoutItsPartsIsRefusedByName(t *testing.T) {
	s, _ := open(t)
	event := incoming(t, create("evt_1", "WD-1"))
	event.ProcessingKey = ""

	_, err := s.Ingest(t.Context(), []store.Incoming{event}, false)

	require.ErrorContains(t, err, "ProcessingKey is missing")
}

func TestAThousandEventsAreIngestedTogether(t *testing.T) {
	s, conn := open(t)
	var wishes []wish
	for i := range 1000 {
		wishes = append(wishes, create("evt_"+number(i), "WD-"+number(i)))
	}
	began := time.Now()

	verdicts := ingest(t, s, wishes...)

	require.Len(t, verdicts, 1000)
	require.Equal(t, 1000, count(t, conn, "hr_events where outcome is null"))
	require.Equal(t, 1000, count(t, conn, "rings"))
	require.Less(t, time.Since(began), 10*time.Second, "set-based: far from one round trip per row")
}

func TestOverlappingBatchesAtOnceNeitherBlockNorDouble(t *testing.T) {
	s, conn := open(t)
	var all []store.Incoming
	for i := range 120 {
		all = append(all, incoming(t, create("evt_"+number(i), "WD-"+number(i%40))))
	}
	errs := make(chan error, 12)

	for range 12 {
		batch := append([]store.Incoming(nil), all...)
		rand.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		go func() {
			_, err := s.Ingest(t.Context(), batch, false)
			errs <- err
		}()
	}

	for range 12 {
		require.NoError(t, <-errs)
	}
	require.Equal(t, 40, count(t, conn, "hr_events where admission = 'accepted'"), "three ids each for the same content")
	require.Equal(t, 80, count(t, conn, "hr_events where admission = 'duplicate'"))
}

// However a set of events is cut into batches, repeated and ordered, the same contents are accepted, each once.
func TestAnyCutOfTheSameEventsAdmitsTheSameContents(t *testing.T) {
	s, conn := open(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++ // people and ids of this round's own
		var pool []store.Incoming
		contents := map[string]bool{}
		for i := range 6 {
			in := incoming(t, update(fmt.Sprintf("evt_%d_%d", round, i), fmt.Sprintf("WD-%d-%d", round, i%2),
				map[string]any{"phone_extension": number(i / 4)}))
			pool = append(pool, in)
			contents[in.ProcessingKey+in.Digest] = true
		}
		deliveries := rapid.SliceOfN(rapid.SampledFrom(pool), 0, 10).Draw(rt, "repeats")
		deliveries = rapid.Permutation(append(deliveries, pool...)).Draw(rt, "deliveries")
		for len(deliveries) > 0 {
			size := rapid.IntRange(1, len(deliveries)).Draw(rt, "batch")
			_, err := s.Ingest(t.Context(), deliveries[:size], false)
			require.NoError(rt, err)
			deliveries = deliveries[size:]
		}
		mine := fmt.Sprintf("hr_events where event_id like 'evt\\_%d\\_%%'", round)
		require.Equal(rt, len(contents), count(t, conn, mine+" and admission = 'accepted'"))
		require.Equal(rt, len(pool), count(t, conn, mine))
	})
}
