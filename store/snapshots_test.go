package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/store"
)

func TestTheFirstSnapshotOfATerminationStays(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	for _, body := range []string{`{"queues":["q1"]}`, `{"queues":[]}`} {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.SaveSnapshot(2, json.RawMessage(body)) })
	}

	snapshot, err := s.Snapshot(t.Context(), "WD-1", 2)
	require.NoError(t, err)
	require.JSONEq(t, `{"queues":["q1"]}`, string(snapshot.Body))
	require.Equal(t, int64(2), snapshot.Generation)
	require.False(t, snapshot.TakenAt.IsZero())
}

func TestEachTerminationHasItsOwnSnapshot(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.SaveSnapshot(2, json.RawMessage(`{"n":2}`)) })

	_, err := s.Snapshot(t.Context(), "WD-1", 3)

	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestWhatAnAccountHeldAtWorkIsInTheNewestSnapshotSinceItWasActivated(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	save := func(generation int64, account, state string) {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
			return p.SaveSnapshot(generation, json.RawMessage(fmt.Sprintf(`{"account_id":%q,"state":%q}`, account, state)))
		})
	}
	before := func(account string, generation int64) (found int64) {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
			kept, err := p.LastAtWork(account, generation)
			if err != nil {
				require.ErrorIs(t, err, store.ErrNotFound)
			}
			found = kept.Generation
			return nil
		})
		return found
	}
	save(2, "a", "active")
	save(3, "a", "inactive")
	save(4, "b", "active")
	require.Equal(t, int64(2), before("a", 5), "not that of an account without access, nor of another one")
	require.Zero(t, before("a", 2), "only an earlier one")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{ActivatedAt: new(time.Now().Add(time.Second))})
	})
	require.Zero(t, before("a", 5), "the account has been given back since")
}
