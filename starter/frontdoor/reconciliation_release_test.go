package frontdoor_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/store"
)

func TestAReleaseBeginsAReconciliationOfThePersonThatRepairsThatTypeAlone(t *testing.T) {
	h := open(t)
	h.clock.now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	const found = "rec_20260302_0200"
	h.found(found, "WD-1", "evt_1")
	released, err := h.as(operatorToken).ReleaseDeltas(t.Context(), found, api.ReleaseDeltas{People: []string{"WD-1"}, Reason: "the supervisor agrees"})
	require.NoError(t, err)
	require.Len(t, released.Items, 1)
	require.Equal(t, "SKILL_MISMATCH", released.Items[0].DeltaType)
	require.Empty(t, released.Items[0].Why)
	require.Regexp(t, `^rec_20260302_0930_[0-9a-f]{8}$`, released.Items[0].ReconciliationID)

	run, err := h.store.Reconciliation(t.Context(), released.Items[0].ReconciliationID)
	require.NoError(t, err)
	require.Equal(t, "WD-1", run.PersonID)
	require.Equal(t, "otto", run.RequestedBy)
	for deltaType, mode := range run.Modes {
		want := store.ModeReport
		if deltaType == "SKILL_MISMATCH" {
			want = store.ModeRepair
		}
		require.Equal(t, want, mode, deltaType)
	}
	require.Len(t, run.Modes, len(api.DeltaTypes()))
	due, err := h.store.DueReconciliations(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, []string{run.ID}, due, "the relay starts it")
	page, err := h.as(viewerToken).Deltas(t.Context(), found, api.DeltaQuery{})
	require.NoError(t, err)
	require.Len(t, page.Items[0].Outcomes, 1)
	require.Equal(t, "released", page.Items[0].Outcomes[0].Outcome)
	require.Equal(t, run.ID, page.Items[0].Outcomes[0].Reference)
	require.Equal(t, "otto", page.Items[0].Outcomes[0].Actor)
	require.Len(t, h.audited("reconciliation.release"), 1)

	again, err := h.as(operatorToken).ReleaseDeltas(t.Context(), found, api.ReleaseDeltas{DeltaTypes: []string{"SKILL_MISMATCH"}, Reason: "once more"})
	require.NoError(t, err)
	require.Contains(t, again.Items[0].Why, "being compared right now")
	require.Empty(t, again.Items[0].ReconciliationID)
}

func TestAReleaseIsRefusedForWhatIsNotThere(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	h.sent(event(t, "evt_2", "WD-2", nil, nil))
	const found = "rec_20260302_0200"
	h.found(found, "WD-1", "evt_1")
	_, _, err := h.store.StartReconciliation(t.Context(), store.Reconciliation{ID: "rec_20260303_0200", Platform: "genesys"})
	require.NoError(t, err)
	for _, is := range []struct {
		name, run string
		what      api.ReleaseDeltas
		status    int
		says      string
	}{
		{"nothing selected", found, api.ReleaseDeltas{Reason: "x"}, http.StatusUnprocessableEntity, "delta_types"},
		{"no reason", found, api.ReleaseDeltas{People: []string{"WD-1"}}, http.StatusUnprocessableEntity, "reason"},
		{"an unknown type", found, api.ReleaseDeltas{DeltaTypes: []string{"NOTHING"}, Reason: "x"}, http.StatusUnprocessableEntity, "NOTHING"},
		{"an unknown person", found, api.ReleaseDeltas{People: []string{"WD-9"}, Reason: "x"}, http.StatusNotFound, "nobody has this id"},
		{"a person without a delta", found, api.ReleaseDeltas{People: []string{"WD-1", "WD-2"}, Reason: "x"}, http.StatusConflict, "WD-2"},
		{"a type without a delta", found, api.ReleaseDeltas{DeltaTypes: []string{"QUEUE_MISMATCH"}, Reason: "x"}, http.StatusConflict, "of this type"},
		{"one that runs", "rec_20260303_0200", api.ReleaseDeltas{People: []string{"WD-1"}, Reason: "x"}, http.StatusConflict, "is running"},
		{"one that is not there", "rec_20260304_0200", api.ReleaseDeltas{People: []string{"WD-1"}, Reason: "x"}, http.StatusNotFound, ""},
	} {
		t.Run(is.name, func(t *testing.T) {
			_, err := h.as(operatorToken).ReleaseDeltas(t.Context(), is.run, is.what)
			require.Contains(t, refused(t, err, is.status).Error(), is.says)
		})
	}
	for _, token := range []string{viewerToken, auditorToken, approverToken, legalToken} {
		_, err := h.as(token).ReleaseDeltas(t.Context(), found, api.ReleaseDeltas{People: []string{"WD-1"}, Reason: "x"})
		refused(t, err, http.StatusForbidden)
	}
	page, err := h.as(viewerToken).Deltas(t.Context(), found, api.DeltaQuery{})
	require.NoError(t, err)
	require.Empty(t, page.Items[0].Outcomes, "a refusal leaves nothing behind")
}
