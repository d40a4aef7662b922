package frontdoor_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/reconcile"
	"muster/store"
)

func TestTheTypesOfDeltasAreThoseOfTheComparison(t *testing.T) {
	var types []string
	for _, deltaType := range reconcile.DeltaTypes() {
		types = append(types, string(deltaType))
	}
	require.Equal(t, types, api.DeltaTypes())
}

// found is a reconciliation that has ended with one delta about somebody.
func (h *house) found(id, person, eventID string) {
	h.t.Helper()
	_, _, err := h.store.StartReconciliation(h.t.Context(), store.Reconciliation{ID: id, Platform: "genesys"})
	require.NoError(h.t, err)
	row, err := reconcile.Delta{
		ReconciliationID: id, DeltaType: reconcile.SkillMismatch, ExternalUserID: person, PersonID: person, ExpectedSkills: []string{"SVC_TECH"},
		ActualSkills: []string{}, ResolutionAction: reconcile.Transfer, OriginalEventID: eventID, Because: "skills differ",
		TimestampUTC: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC),
	}.Row()
	require.NoError(h.t, err)
	_, err = h.store.AddDeltas(h.t.Context(), []store.Delta{row})
	require.NoError(h.t, err)
	require.NoError(h.t, h.store.EndReconciliation(h.t.Context(), id, store.ReconciliationEnd{
		Status: store.ReconciliationCompleted, Counts: json.RawMessage(`{"people":3,"deltas":{"SKILL_MISMATCH":1}}`),
	}))
}

func TestAReconciliationIsAskedForOnceAMinute(t *testing.T) {
	h := open(t)
	h.clock.now = time.Date(2026, 3, 2, 2, 0, 30, 0, time.UTC)
	first, err := h.as(operatorToken).StartReconciliation(t.Context(), "observe")
	require.NoError(t, err)
	require.Equal(t, "rec_20260302_0200", first.ID)
	require.Equal(t, "running", first.Status)
	require.Equal(t, "otto", first.RequestedBy)
	require.Equal(t, "reconcile/rec_20260302_0200", first.WorkflowID)
	require.Equal(t, "observe", first.Modes["SKILL_MISMATCH"])
	again, err := h.as(otherOperator).StartReconciliation(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, first.RequestedBy, again.RequestedBy)
	_, err = h.as(operatorToken).StartReconciliation(t.Context(), "observe")
	require.NoError(t, err)
	_, err = h.as(operatorToken).StartReconciliation(t.Context(), "repair")
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "ask again in the next")
	for _, token := range []string{viewerToken, auditorToken, approverToken, legalToken} {
		_, err = h.as(token).StartReconciliation(t.Context(), "")
		refused(t, err, http.StatusForbidden)
	}
	_, err = h.as(operatorToken).StartReconciliation(t.Context(), "destroy")
	refused(t, err, http.StatusUnprocessableEntity)
}

func TestDeltasAreListedAndTheirReadingIsOnRecord(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	h.found("rec_20260302_0200", "WD-1", "evt_1")
	page, err := h.as(viewerToken).Deltas(t.Context(), "rec_20260302_0200", api.DeltaQuery{Type: "SKILL_MISMATCH"})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Equal(t, "evt_1", page.Items[0].OriginalEventID)
	require.Equal(t, []string{"SVC_TECH"}, page.Items[0].ExpectedSkills)
	require.Len(t, h.audited("read.deltas"), 1)
	none, err := h.as(viewerToken).Deltas(t.Context(), "rec_20260302_0200", api.DeltaQuery{Action: "REEMIT_HIRE"})
	require.NoError(t, err)
	require.Empty(t, none.Items)
	_, err = h.as(viewerToken).Deltas(t.Context(), "rec_20260302_9999", api.DeltaQuery{})
	refused(t, err, http.StatusNotFound)
	shown, err := h.as(auditorToken).Reconciliation(t.Context(), "rec_20260302_0200")
	require.NoError(t, err)
	require.Equal(t, 3, shown.Counts.People)
}

func TestATerminationThatIsNotInEffectIsNotNamedByADelta(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	later := time.Now().AddDate(0, 0, 30).UTC().Format(time.DateOnly)
	h.sent(event(t, "evt_secret", "WD-1", map[string]any{"event_type": "USER_TERMINATE"}, map[string]any{
		"department_code": nil, "termination": map[string]any{"reason": "VOLUNTARY", "last_day": later},
	}))
	h.found("rec_20260302_0200", "WD-1", "evt_secret")
	for token, named := range map[string]bool{viewerToken: false, operatorToken: false, auditorToken: false, legalToken: true} {
		page, err := h.as(token).Deltas(t.Context(), "rec_20260302_0200", api.DeltaQuery{})
		require.NoError(t, err)
		require.Equal(t, named, page.Items[0].OriginalEventID == "evt_secret")
		for _, format := range []string{"html", "csv", "json"} {
			report, err := h.as(token).ReconciliationReport(t.Context(), "rec_20260302_0200", format)
			require.NoError(t, err)
			if !named {
				require.NotContains(t, string(report), "evt_secret", format)
			}
		}
	}
}

func TestAReportComesInTheFormThatIsAskedFor(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	h.found("rec_20260302_0200", "WD-1", "evt_1")
	for query, kind := range map[string]string{"": "text/html", "?format=csv": "text/csv", "?format=json": "application/json", "?format=html": "text/html"} {
		status, header, body := h.answer(http.MethodGet, "/v1/reconciliations/rec_20260302_0200/report"+query, viewerToken, "", nil)
		require.Equal(t, http.StatusOK, status, body)
		require.True(t, strings.HasPrefix(header.Get("Content-Type"), kind), header.Get("Content-Type"))
		require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
		require.Contains(t, body, "SKILL_MISMATCH")
	}
	require.NotEmpty(t, h.audited("read.reconciliation_report"))
	status, _, _ := h.answer(http.MethodGet, "/v1/reconciliations/rec_20260302_0200/report?format=pdf", viewerToken, "", nil)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	status, _, _ = h.answer(http.MethodGet, "/v1/reconciliations/rec_20260302_0200/report", ingestToken, "", nil)
	require.Equal(t, http.StatusForbidden, status)
}

func TestAModeIsForOperatorsAndNeedsAReason(t *testing.T) {
	h := open(t)
	set, err := h.as(operatorToken).SetDeltaMode(t.Context(), "SKILL_MISMATCH", "repair", "two quiet weeks")
	require.NoError(t, err)
	require.Equal(t, "otto", set.ChangedBy)
	page, err := h.as(viewerToken).DeltaModes(t.Context())
	require.NoError(t, err)
	require.Len(t, page.Items, len(api.DeltaTypes()))
	for _, mode := range page.Items {
		require.Equal(t, mode.DeltaType == "SKILL_MISMATCH", mode.Mode == "repair", mode.DeltaType)
	}
	require.Len(t, h.audited("reconciliation.mode"), 1)
	_, err = h.as(operatorToken).SetDeltaMode(t.Context(), "SKILL_MISMATCH", "repair", " ")
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(operatorToken).SetDeltaMode(t.Context(), "ANYTHING", "repair", "x")
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(auditorToken).SetDeltaMode(t.Context(), "SKILL_MISMATCH", "repair", "x")
	refused(t, err, http.StatusForbidden)
}

func TestOnePersonIsAnsweredForOnceTheirReconciliationHasEnded(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	ended := make(chan error, 1)
	go func() {
		for {
			runs, _, err := h.store.Reconciliations(t.Context(), store.ReconciliationFilter{Status: store.ReconciliationRunning})
			if err != nil || len(runs) > 0 {
				if err == nil {
					err = h.store.EndReconciliation(t.Context(), runs[0].ID, store.ReconciliationEnd{Status: store.ReconciliationCompleted})
				}
				ended <- err
				return
			}
		}
	}()
	answer, err := h.as(operatorToken).ReconcilePerson(t.Context(), "WD-1")
	require.NoError(t, <-ended)
	require.NoError(t, err)
	require.Equal(t, "completed", answer.Status)
	require.Equal(t, "WD-1", answer.PersonID)
	_, err = h.as(operatorToken).ReconcilePerson(t.Context(), "nobody")
	refused(t, err, http.StatusNotFound)
}
