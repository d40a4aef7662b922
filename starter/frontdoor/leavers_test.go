package frontdoor_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

// leaver sends a termination that takes effect at an instant.
func (h *house) leaver(id, person, effective string) {
	h.t.Helper()
	h.sent(event(h.t, id+"_update", person, map[string]any{"timestamp_utc": "2026-01-05T10:00:00Z"}, nil))
	h.sent(event(h.t, id, person, map[string]any{"event_type": "USER_TERMINATE", "timestamp_utc": "2026-01-06T10:00:00Z", "effective_at": effective},
		map[string]any{"department_code": nil, "termination": map[string]any{"reason": "INVOLUNTARY"}}))
}

func (h *house) leavers(token string, query api.LeaverQuery) []string {
	h.t.Helper()
	ids := []string{}
	for {
		page, err := h.as(token).Leavers(h.t.Context(), query)
		require.NoError(h.t, err)
		for _, l := range page.Items {
			ids = append(ids, l.EventID)
		}
		if query.Cursor = page.NextCursor; query.Cursor == "" {
			return ids
		}
	}
}

func day(d int) time.Time { return time.Date(2026, 2, d, 0, 0, 0, 0, time.UTC) }

func TestTheLeaversReportTellsTimesAndWhy(t *testing.T) {
	h := open(t)
	h.leaver("evt_end", "WD-1", "2026-02-01T09:00:00Z")
	err := h.store.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		return p.AddTimeline(store.TimelineEntry{Kind: string(store.MarkUnroutable), Text: "read back", WorkflowID: "termination/WD-1/1"})
	})
	require.NoError(t, err)

	page, err := h.as(auditorToken).Leavers(t.Context(), api.LeaverQuery{From: day(1), To: day(2)})

	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	got := page.Items[0]
	require.Equal(t, "WD-1", got.PersonID)
	require.Equal(t, "INVOLUNTARY", got.Reason)
	require.Equal(t, got.ReceivedAt, got.DueAt, "it was received after it took effect")
	require.NotNil(t, got.Unroutable.At)
	require.Less(t, *got.SecondsToUnroutable, 60.0)
	require.Equal(t, "not yet", got.Deleted.Why)
	require.Equal(t, "under way", got.Standing)
	read := h.audited("read.leavers")
	require.Len(t, read, 1)
	require.Equal(t, "WD-1", read[0].PersonID)
	require.Equal(t, "audra", read[0].Actor)
}

func TestTheLeaversReportIsByWhenTheAccessEnds(t *testing.T) {
	h := open(t)
	for i, effective := range []string{"2026-02-03T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"} {
		person := string(rune('A' + i))
		h.leaver("evt_"+person, "WD-"+person, effective)
	}

	require.Equal(t, []string{"evt_A", "evt_B", "evt_C"}, h.leavers(auditorToken, api.LeaverQuery{}))
	require.Equal(t, []string{"evt_B", "evt_C"}, h.leavers(auditorToken, api.LeaverQuery{To: day(3)}))
	require.Equal(t, []string{"evt_C"}, h.leavers(auditorToken, api.LeaverQuery{From: day(2), To: day(3)}))
	require.Equal(t, []string{"evt_C"}, h.leavers(auditorToken, api.LeaverQuery{From: day(2), To: day(3), PageQuery: api.PageQuery{Limit: 1}}))
}

func TestOnlyAuditorsAndLegalGetTheLeaversReport(t *testing.T) {
	h := open(t)
	for _, token := range []string{viewerToken, operatorToken, approverToken} {
		_, err := h.as(token).Leavers(t.Context(), api.LeaverQuery{})
		refused(t, err, http.StatusForbidden)
	}
	_, err := h.as(legalToken).Leavers(t.Context(), api.LeaverQuery{From: day(2), To: day(1)})
	require.Equal(t, "query.to", refused(t, err, http.StatusUnprocessableEntity).Errors[0].Field)
}

func TestATerminationToComeIsInNobodysReportButLegals(t *testing.T) {
	h := open(t)
	h.leaver("evt_end", "WD-1", time.Now().AddDate(0, 1, 0).UTC().Format(time.RFC3339))

	require.Empty(t, h.leavers(auditorToken, api.LeaverQuery{}))
	require.Equal(t, []string{"evt_end"}, h.leavers(legalToken, api.LeaverQuery{}))
	require.Len(t, h.audited("read.leavers"), 1, "nobody was read about in the other")
}

func TestATerminationThatWasCarriedOutStaysInTheReport(t *testing.T) {
	h := open(t)
	h.leaver("evt_end", "WD-1", "2026-02-01T09:00:00Z")
	err := h.store.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		return p.Settle("evt_end", lifecycle.Applied, "read back inactive", "termination/WD-1/1")
	})
	require.NoError(t, err)
	h.sent(event(t, "evt_back", "WD-1", map[string]any{"event_type": "USER_CREATE", "timestamp_utc": "2026-02-05T10:00:00Z"}, map[string]any{
		"email": "jane@enterprise.test", "first_name": "Jane", "last_name": "Doe", "hire_date": "2026-02-06",
	}))

	require.Equal(t, []string{"evt_end"}, h.leavers(auditorToken, api.LeaverQuery{From: day(1), To: day(2)}))
}
