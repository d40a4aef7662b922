package store_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/store"
)

// found is a reconciliation that has completed with these deltas.
func found(t *testing.T, s *store.Store, id string, rows ...store.Delta) {
	t.Helper()
	reconciliation(t, s, id)
	_, err := s.AddDeltas(t.Context(), rows)
	require.NoError(t, err)
	require.NoError(t, s.EndReconciliation(t.Context(), id, store.ReconciliationEnd{Status: store.ReconciliationCompleted, Counts: json.RawMessage(`{}`)}))
}

// releasing is a release whose reconciliations are numbered.
func releasing(id string, types ...string) store.DeltaRelease {
	n := 0
	return store.DeltaRelease{
		ReconciliationID: id, DeltaTypes: types, AllTypes: []string{"SKILL_MISMATCH", "QUEUE_MISMATCH", "PLATFORM_ONLY"},
		NewID: func() string { n++; return fmt.Sprintf("%s_%08d", id, n) }, Actor: "otto", Verified: true, Reason: "looked through",
	}
}

func TestSeveralDeltasOfAPersonAreReleasedTogetherAndWhatNobodyCanRepairIsNot(t *testing.T) {
	s, _ := open(t)
	ingest(t, s, create("evt_1", "WD-1"), create("evt_2", "WD-2"))
	const id = "rec_20260302_0200"
	stray := delta(id, "PLATFORM_ONLY", "")
	stray.Subject, stray.AccountID, stray.ResolutionAction = "a-1", "a-1", "REVIEW_OUTSTANDING"
	unknown := delta(id, "SKILL_MISMATCH", "")
	unknown.Subject, unknown.ExternalUserID = "default:WD-8", "WD-8"
	found(t, s, id, delta(id, "SKILL_MISMATCH", "WD-1"), delta(id, "QUEUE_MISMATCH", "WD-1"), delta(id, "SKILL_MISMATCH", "WD-2"), stray, unknown)
	released, err := s.ReleaseDeltas(t.Context(), releasing(id))
	require.NoError(t, err)
	runs := map[string]string{}
	for _, r := range released {
		runs[r.DeltaType+" "+r.Subject] = r.ReconciliationID
		require.Equal(t, r.ReconciliationID == "", r.Why != "", r.Subject)
	}
	require.Equal(t, map[string]string{
		"SKILL_MISMATCH WD-1": id + "_00000001", "QUEUE_MISMATCH WD-1": id + "_00000001", "SKILL_MISMATCH WD-2": id + "_00000002",
		"PLATFORM_ONLY a-1": "", "SKILL_MISMATCH default:WD-8": "",
	}, runs)
	run, err := s.Reconciliation(t.Context(), id+"_00000001")
	require.NoError(t, err)
	require.Equal(t, map[string]store.ReconciliationMode{"SKILL_MISMATCH": "repair", "QUEUE_MISMATCH": "repair", "PLATFORM_ONLY": "report"}, run.Modes)
}

func TestNoMorePeopleAreReleasedAtOnceThanSomebodyLooksThrough(t *testing.T) {
	s, _ := open(t)
	const id = "rec_20260302_0200"
	var rows []store.Delta
	for n := range store.PeopleReleasedAtOnce + 1 {
		rows = append(rows, delta(id, "SKILL_MISMATCH", fmt.Sprintf("WD-%d", n)))
	}
	found(t, s, id, rows...)
	_, err := s.ReleaseDeltas(t.Context(), releasing(id, "SKILL_MISMATCH"))
	var refusal *store.ReleaseRefusal
	require.ErrorAs(t, err, &refusal)
	require.Contains(t, refusal.Why, "set the mode")
}
