package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

func TestTwoThatAreJoinedIntoEachOtherAtOnceEndAsOne(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	asked := []string{askLink(t, s, "WD-1", "C-7").ID, askLink(t, s, "C-7", "WD-1").ID}

	var all sync.WaitGroup
	results := make([]error, len(asked))
	for i, id := range asked {
		all.Go(func() { _, results[i] = grantLink(t, s, id) })
	}
	all.Wait()

	granted := 0
	for _, err := range results {
		if err == nil {
			granted++
		}
	}
	require.Equal(t, 1, granted, "%v", results)
	agents, _, err := s.Agents(t.Context(), store.AgentFilter{})
	require.NoError(t, err)
	require.Len(t, agents, 1)
	require.Len(t, agents[0].ExternalIDs, 2)
}

// An event that is being received while two are joined is the kept person's, whichever of them commits first.
func TestWhatIsReceivedMeanwhileIsTheKepts(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	asked := askLink(t, s, "WD-1", "C-7")

	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			ingestQuietly(t, s, update("evt_meanwhile_"+number(i), "C-7", map[string]any{"department_code": "D" + number(i)}))
		})
	}
	all.Go(func() {
		_, err := grantLink(t, s, asked.ID)
		if err != nil {
			t.Error(err)
		}
	})
	all.Wait()

	require.Equal(t, 22, count(t, conn, "hr_events where person_id = 'WD-1'"))
	require.Zero(t, count(t, conn, "hr_events where person_id = 'C-7'"))
	require.Zero(t, count(t, conn, "rings where person_id = 'C-7' and due_at < now() - interval '1 hour'"))
}

// ingestQuietly is ingest for goroutines, which must not end the test.
func ingestQuietly(t *testing.T, s *store.Store, w wish) {
	t.Helper()
	if _, err := s.Ingest(t.Context(), []store.Incoming{incoming(t, w)}, false); err != nil {
		t.Error(err)
	}
}

func TestLinkingThenFoldingIsFoldingTheEventsOfBoth(t *testing.T) {
	s, conn := open(t)
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		kept, joined := "K-"+number(run), "J-"+number(run)
		sent := 0
		send := func(label string, people ...string) {
			for range rapid.IntRange(0, 5).Draw(r, label) {
				sent++
				ingest(t, s, someEvent(r, fmt.Sprintf("evt_%d_%d", run, sent), rapid.SampledFrom(people).Draw(r, "person"), run, sent))
			}
		}
		newcomer(t, s, kept)
		newcomer(t, s, joined)
		send("before", kept, joined)
		apart := append(accepted(load(t, s, kept)), accepted(load(t, s, joined))...)

		joinPersons(t, s, kept, joined)

		at := time.Date(2026, 3, rapid.IntRange(1, 28).Draw(r, "day"), 12, 0, 0, 0, time.UTC)
		require.Equal(r, hr.Fold(apart, at, hr.Zones{}), hr.Fold(accepted(load(t, s, kept)), at, hr.Zones{}))
		send("after", kept, joined)
		require.Empty(r, load(t, s, joined).Events)
		require.Equal(r, 2+sent, count(t, conn, "hr_events where person_id = $1", kept))
	})
}

// someEvent is any event of a person, taking back or replacing an earlier one of this run now and then.
func someEvent(r *rapid.T, id, person string, run, sent int) wish {
	w := create(id, person) // as it is unless it becomes something else
	w.at = fmt.Sprintf("2026-03-%02dT10:00:%02dZ", rapid.IntRange(1, 28).Draw(r, "issued"), sent%60)
	switch w.kind = rapid.SampledFrom([]string{"USER_CREATE", "USER_UPDATE", "USER_TERMINATE", "EVENT_RESCIND"}).Draw(r, "kind"); w.kind {
	case "USER_TERMINATE":
		w.payload = map[string]any{"termination": map[string]any{"last_day": fmt.Sprintf("2026-03-%02d", rapid.IntRange(1, 28).Draw(r, "last day"))}}
	case "EVENT_RESCIND":
		w.payload = nil
		w.top = map[string]any{"rescinds_event_id": fmt.Sprintf("evt_%d_%d", run, rapid.IntRange(0, sent-1).Draw(r, "target"))}
		if rapid.Bool().Draw(r, "the first") {
			w.top["rescinds_event_id"] = "evt_create_" + person
		}
	case "USER_UPDATE":
		w.payload = map[string]any{"department_code": rapid.SampledFrom([]string{"SALES", "SUPP_L2"}).Draw(r, "department")}
	}
	return w
}

func accepted(person store.Person) (events []hr.Accepted) {
	for _, e := range person.Events {
		events = append(events, e.Accepted)
	}
	return events
}

// Whoever holds one of the two keeps a joining waiting, as it keeps a second WithPerson.
func TestAJoiningWaitsForWhoeverHasEither(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	asked := askLink(t, s, "WD-1", "C-7")
	done := make(chan error, 1)

	withPerson(t, s, "C-7", func(p *store.PersonTx) error {
		go func() {
			_, err := grantLink(t, s, asked.ID)
			done <- err
		}()
		waiting(t, conn.Config().ConnString())
		return p.Settle("evt_create_C-7", lifecycle.Applied, "", "")
	})

	require.NoError(t, <-done)
	event, err := s.Event(t.Context(), "evt_create_C-7")
	require.NoError(t, err)
	require.Equal(t, lifecycle.Applied, event.Outcome)
	require.Equal(t, "WD-1", event.PersonID)
}

// Ingest holds the ids of whom it receives something for: a joining waits, and then sees what was received, questions too.
func TestAJoiningSeesWhatWasBeingReceived(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "C-7")
	asked := askLink(t, s, "WD-1", "C-7")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		_, err := p.OpenReview(store.Review{Kind: lifecycle.ReviewUnmapped, DedupeKey: "skill VIP", Question: "same"})
		return err
	})
	receiving, err := conn.Begin(t.Context())
	require.NoError(t, err)
	for _, sql := range []string{
		`update person_ids set last_seen_at = now() where external_id = 'C-7'`,
		`insert into reviews (id, person_id, kind, dedupe_key) values ('rev_meanwhile', 'C-7', 'unmapped', 'skill VIP')`,
	} {
		_, err = receiving.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := grantLink(t, s, asked.ID)
		done <- err
	}()
	waiting(t, conn.Config().ConnString())

	require.NoError(t, receiving.Commit(t.Context()))

	require.NoError(t, <-done)
	require.Len(t, load(t, s, "WD-1").Reviews, 1)
}
