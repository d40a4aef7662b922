package source_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/hr/roster"
	"muster/reconcile/source"
	"muster/store"
	"muster/testenv"
)

func noZones() hr.Zones { return hr.Zones{} }

// desk reads rosters into a record of its own.
type desk struct {
	*source.Reader
	store *store.Store
	conn  *pgx.Conn
	now   time.Time
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	address := testenv.Database(t)
	records, err := store.Open(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(records.Close)
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	d := &desk{store: records, conn: conn, now: night}
	d.Reader = source.NewReader(records, func() time.Time { return d.now })
	return d
}

func (d *desk) count(t testing.TB, table string) (n int) {
	t.Helper()
	require.NoError(t, d.conn.QueryRow(t.Context(), "select count(*) from "+table).Scan(&n))
	return n
}

func from(place source.Place) source.Source {
	return source.Source{Name: "nightly", SourceSystem: "WORKDAY", Namespace: "workday", Limits: roster.DefaultLimits(), Place: place}
}

func TestAServersRosterIsStagedAndJudged(t *testing.T) {
	d, h := newDesk(t), newHRIS(t)
	var progress []int64
	result, err := d.Read(t.Context(), from(source.OverHTTP(h.settings(t))), source.Ask{
		RosterID: "rec_1/nightly", Progress: func(_ int, lines int64) { progress = append(progress, lines) },
	})
	require.NoError(t, err)
	require.True(t, result.Verdict.Healthy(), result.Verdict)
	require.False(t, result.Earlier)
	require.Equal(t, []int64{2, 3}, progress)
	require.Equal(t, int64(3), result.Roster.Figures.Records)
	require.Equal(t, store.RosterJudged, result.Roster.State)
	require.Equal(t, 3, d.count(t, "roster_records"))

	h.asked = nil
	again, err := d.Read(t.Context(), from(source.OverHTTP(h.settings(t))), source.Ask{RosterID: "rec_1/nightly"})
	require.NoError(t, err)
	require.Equal(t, result.Roster, again.Roster)
	require.Empty(t, h.asked)
}

func TestReadingGoesOnWhereItStopped(t *testing.T) {
	d, h := newDesk(t), newHRIS(t)
	h.before = status(503, "2")
	ask := source.Ask{RosterID: "rec_1"}
	_, err := d.Read(t.Context(), from(source.OverHTTP(h.settings(t))), ask)
	require.ErrorContains(t, err, "HTTP status 503")
	require.Equal(t, 2, d.count(t, "roster_records"))

	h.before, h.asked = nil, nil
	result, err := d.Read(t.Context(), from(source.OverHTTP(h.settings(t))), ask)
	require.NoError(t, err)
	require.True(t, result.Verdict.Healthy(), result.Verdict)
	require.Equal(t, []string{"2"}, h.asked)
	require.Equal(t, 3, d.count(t, "roster_records"))
}

func TestWhatIsNotTheWholeIsRefusedAndNeverASmallerRoster(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *hris)
		reason roster.Reason
	}{
		"cut on the second page":    {func(h *hris) { h.before = cut(100, "2") }, roster.Truncated},
		"cut on the first page":     {func(h *hris) { h.before = cut(100, "") }, roster.Truncated},
		"the second page forgotten": {func(h *hris) { h.links = nil }, roster.Truncated},
		"a circle":                  {func(h *hris) { h.links["2"] = "/roster" }, roster.Truncated},
		"nobody":                    {func(h *hris) { h.links, h.pages[""], h.total = nil, "", "0" }, roster.Empty},
		"bad lines":                 {func(h *hris) { h.pages["2"] = "{}\n" }, roster.Faulty},
		"yesterday's":               {func(h *hris) { h.asOf = "2026-05-12T20:00:00Z" }, roster.Stale},
		"no access":                 {func(h *hris) { h.before = status(401, "") }, roster.Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			d, h := newDesk(t), newHRIS(t)
			c.change(h)
			place := source.OverHTTP(h.settings(t))
			result, err := d.Read(t.Context(), from(place), source.Ask{RosterID: "rec_1"})
			require.NoError(t, err)
			require.False(t, result.Roster.Healthy)
			require.True(t, result.Verdict.Has(c.reason), result.Verdict.String())
			kept, err := d.store.Roster(t.Context(), "rec_1")
			require.NoError(t, err)
			require.Equal(t, result.Verdict, kept.Verdict)
			_, err = d.store.LastGoodRoster(t.Context(), "nightly")
			require.ErrorIs(t, err, store.ErrNotFound)
			again, err := d.Read(t.Context(), from(place), source.Ask{RosterID: "rec_1"})
			require.NoError(t, err)
			require.Equal(t, result.Verdict, again.Verdict)
		})
	}
}

func TestASuddenlySmallerRosterIsRefusedUntilItRecovers(t *testing.T) {
	d, h := newDesk(t), newHRIS(t)
	read := func(id, people string) source.Result {
		h.links, h.total, h.pages[""] = nil, "", people
		result, err := d.Read(t.Context(), from(source.OverHTTP(h.settings(t))), source.Ask{RosterID: id})
		require.NoError(t, err)
		return result
	}
	require.True(t, read("1", many(100)).Verdict.Healthy())
	smaller := read("2", many(89)).Verdict
	require.True(t, smaller.Has(roster.Shrunk) && smaller.Has(roster.Vanished), smaller.String())
	gone := read("3", strings.ReplaceAll(many(100), `WD-1`, `WD-X`)).Verdict // as many, others
	require.False(t, gone.Has(roster.Shrunk))
	require.True(t, gone.Has(roster.Vanished), gone.String())
	left := read("4", strings.Replace(many(100), "ACTIVE", "TERMINATED", 11)).Verdict
	require.True(t, left.Has(roster.Vanished), left.String())
	last := read("5", strings.Replace(many(99), "ACTIVE", "TERMINATED", 9))
	require.True(t, last.Verdict.Healthy(), last.Verdict.String())
	require.Equal(t, "1", last.Roster.ComparedWith, "what was refused is compared with by nobody")
}

// Without a good one before it, a roster that is cut short would make everybody missing from HR.
func TestAFirstRosterOfAFewOfThosePeopleAtWorkIsRefused(t *testing.T) {
	d, h := newDesk(t), newHRIS(t)
	for _, statement := range []string{
		`insert into persons (person_id, origin_namespace, origin_external_id) select 'WD-' || n, 'workday', 'WD-' || n from generate_series(1, 100) n`,
		`insert into person_ids (namespace, external_id, person_id) select 'workday', 'WD-' || n, 'WD-' || n from generate_series(1, 100) n`,
		`insert into agents (person_id, lifecycle_state) select 'WD-' || n, 'active' from generate_series(1, 100) n
			on conflict (person_id) do update set lifecycle_state = excluded.lifecycle_state`,
	} {
		_, err := d.conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	read := func(id, people string, limits roster.Limits) roster.Verdict {
		h.links, h.total, h.pages[""] = nil, "", people
		of := from(source.OverHTTP(h.settings(t)))
		of.Limits = limits
		result, err := d.Read(t.Context(), of, source.Ask{RosterID: id})
		require.NoError(t, err)
		return result.Verdict
	}
	few := read("1", many(5), roster.DefaultLimits())
	require.True(t, few.Has(roster.Vanished), few.String())
	require.Contains(t, few.String(), "found 95 of the 100 whom the record has at work missing or terminated")
	again := read("2", many(5), roster.DefaultLimits())
	require.False(t, again.Healthy(), "what was refused is nothing to compare with")
	meant := roster.DefaultLimits()
	meant.MaxGone = 1
	require.True(t, read("3", many(5), meant).Healthy(), "an operator knows better")
	whole := read("4", many(90), roster.DefaultLimits())
	require.True(t, whole.Healthy(), whole.String())
}

func TestAFileIsProcessedOnce(t *testing.T) {
	d, files := newDesk(t), newDrop(t, "roster-{date}.jsonl")
	files.complete(t, "roster-20260514.jsonl", many(10))
	read := func(id string, again bool) source.Result {
		result, err := d.Read(t.Context(), from(files.place()), source.Ask{RosterID: id, Again: again})
		require.NoError(t, err)
		return result
	}
	first := read("rec_1", false)
	require.True(t, first.Verdict.Healthy(), first.Verdict)
	require.NotEmpty(t, first.Roster.ETag)

	same := read("rec_2", false)
	require.True(t, same.Earlier)
	require.Equal(t, first.Roster, same.Roster)
	files.put(t, "roster-20260514.jsonl", many(10), night.Add(time.Minute))
	require.True(t, read("rec_3", false).Earlier, "written again with the same content")
	require.Equal(t, 1, d.count(t, "hr_rosters"))

	d.now = night.Add(48 * time.Hour)
	stale := read("rec_4", false)
	require.True(t, stale.Earlier)
	require.True(t, stale.Verdict.Has(roster.Stale), "it has become too old")
	d.now = night

	asked := read("rec_5", true)
	require.False(t, asked.Earlier)
	require.Equal(t, 20, d.count(t, "roster_records"))
	files.complete(t, "roster-20260514.jsonl", many(11))
	require.False(t, read("rec_6", false).Earlier, "another content")
}

func TestAFileThatChangedSinceItWasBegunIsRefused(t *testing.T) {
	d, files := newDesk(t), newDrop(t, "*.jsonl")
	files.complete(t, "a.jsonl", many(5))
	ctx, stop := context.WithCancel(t.Context())
	files.complete(t, "a.jsonl", many(6000))
	_, err := d.Read(ctx, from(files.place()), source.Ask{RosterID: "rec_1", Progress: func(int, int64) { stop() }})
	require.ErrorIs(t, err, context.Canceled)
	files.put(t, "a.jsonl", many(7000), night.Add(time.Minute))
	files.sum(t, "a.jsonl", many(7000))

	result, err := d.Read(t.Context(), from(files.place()), source.Ask{RosterID: "rec_1"})
	require.NoError(t, err)
	require.True(t, result.Verdict.Has(roster.Truncated), result.Verdict.String())
	next, err := d.Read(t.Context(), from(files.place()), source.Ask{RosterID: "rec_2"})
	require.NoError(t, err)
	require.True(t, next.Verdict.Healthy(), next.Verdict.String())
	require.Equal(t, int64(7000), next.Roster.Figures.Records)
}

func TestNoFileAtAllIsAVerdictAndABrokenFolderAnError(t *testing.T) {
	d, files := newDesk(t), newDrop(t, "*.jsonl")
	result, err := d.Read(t.Context(), from(files.place()), source.Ask{RosterID: "rec_1"})
	require.NoError(t, err)
	require.True(t, result.Verdict.Has(roster.Unreadable))
	require.Equal(t, "the roster is unreadable: found no file of that name, expected a complete file *.jsonl with its checksum beside it", result.Verdict.String())
	require.NoError(t, os.Remove(filepath.Clean(files.folder)))
	_, err = d.Read(t.Context(), from(files.place()), source.Ask{RosterID: "rec_2"})
	require.ErrorContains(t, err, "open the bucket")
}

func TestASourceIsMadeFromItsSettings(t *testing.T) {
	h := newHRIS(t)
	config, err := configOf(t, "sources:\n- {name: a, source_system: A, format: jsonl, http: {url: '"+h.URL+"/roster', backoff: 1ms}}\n"+
		"- {name: b, source_system: B, format: jsonl, bucket: {url: 'file:///srv/drop?no_tmp_dir=true', name: 'x*.jsonl'}}\n")
	require.NoError(t, err)
	server := config.Sources[0].Source(time.Now)
	found, err := server.Place.Find(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(3), *found.Declared)
	require.Equal(t, "file:///srv/drop/x*.jsonl", config.Sources[1].Source(time.Now).Place.String())
}
