package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/store"
)

func TestARingThatCameInBetweenIsNotSilenced(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	seen := load(t, s, "WD-1").RingSeq
	ingest(t, s, update("evt_2", "WD-1", map[string]any{"phone_extension": "4452"}))

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RingAt(seen, time.Time{}) })

	require.Equal(t, 1, count(t, conn, "rings"))
	require.NotEqual(t, seen, load(t, s, "WD-1").RingSeq)
}

func TestAFinishedPersonHasNoRing(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		person, err := p.Load()
		require.NoError(t, err)
		return p.RingAt(person.RingSeq, time.Time{})
	})

	require.Zero(t, count(t, conn, "rings"))
}

func TestARingSeqIsNeverUsedTwice(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	old := load(t, s, "WD-1").RingSeq
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RingAt(old, time.Time{}) })
	ingest(t, s, update("evt_2", "WD-1", map[string]any{"phone_extension": "4452"}))

	// A straggler that read the old number must not take the new ring away.
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RingAt(old, time.Time{}) })

	require.Equal(t, 1, count(t, conn, "rings"))
}

func TestARingCanBeSetForLaterWhereThereWasNone(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	_, err := conn.Exec(t.Context(), "delete from rings")
	require.NoError(t, err)

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RingAt(0, time.Now().Add(time.Hour)) })

	require.Equal(t, 1, count(t, conn, "rings where due_at > now() + interval '59 minutes'"))
}

func TestIngestBringsALaterRingForward(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		person, err := p.Load()
		require.NoError(t, err)
		return p.RingAt(person.RingSeq, time.Now().Add(time.Hour))
	})

	ingest(t, s, update("evt_2", "WD-1", map[string]any{"phone_extension": "4452"}))

	require.Equal(t, 1, count(t, conn, "rings where due_at < now() + interval '6 seconds'"))
}

func TestARingIsNotDueBeforeItsTime(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")

	due, err := s.DueRings(t.Context(), 10, time.Minute)

	require.NoError(t, err)
	require.Empty(t, due, "whoever committed rings itself within five seconds")
}

func TestTwoRelaysAtOnceGetDifferentPeopleAndEachOnce(t *testing.T) {
	s, conn := open(t)
	var wishes []wish
	for i := range 60 {
		wishes = append(wishes, create("evt_"+number(i), "WD-"+number(i)))
	}
	ingest(t, s, wishes...)
	_, err := conn.Exec(t.Context(), "update rings set due_at = now() - interval '1 second'")
	require.NoError(t, err)
	var (
		relays sync.WaitGroup
		lock   sync.Mutex
		rung   = map[string]int{}
	)

	for range 4 {
		relays.Go(func() {
			for {
				due, err := s.DueRings(t.Context(), 7, time.Minute)
				if err != nil || len(due) == 0 {
					return
				}
				lock.Lock()
				for _, person := range due {
					rung[person]++
				}
				lock.Unlock()
			}
		})
	}
	relays.Wait()

	require.Len(t, rung, 60)
	for person, times := range rung {
		require.Equal(t, 1, times, person)
	}
}

func TestARelayDoesNotWaitForARingThatIsBeingSeenTo(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	_, err := conn.Exec(t.Context(), "update rings set due_at = now() - interval '1 second'")
	require.NoError(t, err)
	other, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = other.Rollback(context.Background()) }()
	_, err = other.Exec(t.Context(), "select from rings where person_id = 'WD-1' for update")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()

	due, err := s.DueRings(ctx, 10, time.Minute)

	require.NoError(t, err)
	require.Equal(t, []string{"WD-2"}, due)
}

func TestARingComesBackAfterItsBackoff(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	_, err := conn.Exec(t.Context(), "update rings set due_at = now() - interval '1 second'")
	require.NoError(t, err)
	_, err = s.DueRings(t.Context(), 10, 50*time.Millisecond)
	require.NoError(t, err)

	eventually(t, "due again", func() bool {
		due, err := s.DueRings(t.Context(), 10, time.Minute)
		return err == nil && len(due) == 1
	})
}
