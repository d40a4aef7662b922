package store_test

import (
	"encoding/json"
	"testing"

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
