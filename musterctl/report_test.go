package main

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
)

// officeWithALeaver is an office where HR has ended WD-1's employment on 1 February at nine.
func officeWithALeaver(t *testing.T) *office {
	t.Helper()
	o := openOffice(t)
	o.knows("evt_1", "WD-1")
	got := o.pipe(`{"event_id":"evt_end","event_type":"USER_TERMINATE","source_system":"WORKDAY","timestamp_utc":"2026-01-06T10:00:00Z",`+
		`"effective_at":"2026-02-01T09:00:00Z","payload":{"external_user_id":"WD-1"}}`, "events", "send", "-")
	require.Equal(t, exitDone, got.code, got.errors)
	return o
}

func TestTheLeaversReportIsATableJSONOrCSV(t *testing.T) {
	o := officeWithALeaver(t)

	require.Contains(t, o.done("report", "leavers", "--from", "2026-02-01", "--to", "2026-02-01"), "evt_end")
	page := answer[api.Page[api.Leaver]](o, "report", "leavers", "--from", "2026-02-01", "--json")
	require.Equal(t, "evt_end", page.Items[0].EventID)
	require.Equal(t, time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC), page.Items[0].EffectiveAt)

	rows, err := csv.NewReader(strings.NewReader(o.done("report", "leavers", "--from", "2026-02-01", "--csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	byColumn := map[string]string{}
	for i, name := range rows[0] {
		byColumn[name] = rows[1][i]
	}
	require.Equal(t, "WD-1", byColumn["person_id"])
	require.Equal(t, "2026-02-01T09:00:00Z", byColumn["effective_at"])
	require.Empty(t, byColumn["unroutable_at"])
	require.Equal(t, "not yet", byColumn["unroutable_why"])
}

func TestTheLeaversReportHoldsTheDaysAskedFor(t *testing.T) {
	o := officeWithALeaver(t)
	require.Equal(t, "none\n", o.done("report", "leavers", "--from", "2026-02-02"))
	require.Equal(t, "none\n", o.done("report", "leavers", "--from", "2026-01-01", "--to", "2026-01-31"))
	require.Equal(t, "none\n", o.done("report", "leavers", "--from", "2026-01-01", "--to", "2026-02-01T09:00:00Z"))
	require.Contains(t, o.done("report", "leavers", "--from", "2026-01-01", "--to", "2026-02-01T09:00:01Z"), "evt_end")
}

func TestTheLeaversReportRefusesWhatItCannotRead(t *testing.T) {
	o := openOffice(t)
	for _, arguments := range [][]string{
		{}, {"--from", "yesterday"}, {"--from", "2026-02-02", "--to", "2026-02-01"}, {"--from", "2026-02-02", "--csv", "--json"},
	} {
		got := o.run(append([]string{"report", "leavers"}, arguments...)...)
		require.Equal(t, exitUsage, got.code, arguments)
	}
}

func TestASpreadsheetTakesNoFormulaFromTheReport(t *testing.T) {
	for text, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "WD-1": "WD-1", "": ""} {
		require.Equal(t, want, harmless(text))
	}
}
