package frontdoor

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/store"
	"muster/testenv"
)

// TestWhatBecomesOfNamesThatAreWanted is the table of what a row says to who waits: the names, why not, or nothing yet.
func TestWhatBecomesOfNamesThatAreWanted(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	wanted, deadline := noon.Add(-5*time.Minute), noon.Add(10*time.Second)
	names := &store.CatalogueNames{Queues: []string{"Sales"}}
	present := store.PlatformCatalogue{Platform: "genesys", SeenAt: noon.Add(-time.Minute), At: noon.Add(time.Second)}
	changed := func(change func(*store.PlatformCatalogue)) store.PlatformCatalogue {
		row := present
		change(&row)
		return row
	}
	failed := func(at, retry time.Duration) func(*store.PlatformCatalogue) {
		return func(row *store.PlatformCatalogue) {
			row.FailedAt, row.RetryAt, row.Failure, row.Failures = new(noon.Add(at)), new(noon.Add(retry)), "it is down", 1
		}
	}
	rows := map[string]struct {
		row     store.PlatformCatalogue
		current bool
		why     string
	}{
		"just new enough": {row: changed(func(row *store.PlatformCatalogue) { row.Names, row.ReadAt = names, &wanted }), current: true},
		"new enough, though the worker is gone": {
			row: changed(func(row *store.PlatformCatalogue) {
				row.Names, row.ReadAt, row.SeenAt = names, &wanted, noon.Add(-time.Hour)
			}), current: true,
		},
		"new enough, though a later try failed": {
			row: changed(func(row *store.PlatformCatalogue) {
				failed(0, time.Minute)(row)
				row.Names, row.ReadAt = names, new(noon.Add(-time.Minute))
			}), current: true,
		},
		"too old": {row: changed(func(row *store.PlatformCatalogue) {
			row.Names, row.ReadAt = names, new(wanted.Add(-time.Microsecond))
		})},
		"never read":                   {row: present},
		"failed, and tried again soon": {row: changed(failed(0, 5*time.Second))},
		"failed, and tried too late": {
			row: changed(failed(0, 10*time.Second)),
			why: "it is down; tried at 2026-03-02T12:00:00Z, next at 2026-03-02T12:00:10Z",
		},
		"a failure that was not the end": {
			row: changed(func(row *store.PlatformCatalogue) {
				failed(8*time.Second, 9*time.Second)(row)
				row.At = deadline
			}),
			why: "it is down; tried at 2026-03-02T12:00:08Z, next at 2026-03-02T12:00:09Z",
		},
		"no worker": {
			row: changed(func(row *store.PlatformCatalogue) { row.SeenAt = noon.Add(-3 * time.Minute) }),
			why: "no worker for this platform has been heard of since 2026-03-02T11:57:00Z",
		},
		"a worker, but nothing in time": {
			row: changed(func(row *store.PlatformCatalogue) { row.At = deadline }), why: "no worker has read it in time",
		},
	}
	for name, test := range rows {
		t.Run(name, func(t *testing.T) {
			found := catalogueOf(test.row, wanted, deadline)
			require.Equal(t, test.current, found.current)
			require.Equal(t, test.why, found.why)
			require.Equal(t, test.row.Names, found.names)
			if test.row.ReadAt != nil {
				require.Equal(t, test.row.At.Sub(*test.row.ReadAt), found.age)
				require.Equal(t, *test.row.ReadAt, found.readAt)
			}
		})
	}
}

func TestPatienceEndsWithTheLastNamesAndTheReason(t *testing.T) {
	url := testenv.Database(t)
	records, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(records.Close)
	none, err := askCatalogues(t.Context(), records, catalogueAge, time.Minute)
	require.NoError(t, err)
	require.Empty(t, none, "without a platform there is nothing to wait for")

	for _, platform := range []string{"cxone", "genesys"} {
		require.NoError(t, records.SeePlatform(t.Context(), platform))
		claim, _, err := records.ClaimCatalogue(t.Context(), platform, time.Hour, time.Minute)
		require.NoError(t, err)
		require.NoError(t, records.KeepCatalogue(t.Context(), claim, store.CatalogueNames{Queues: []string{platform}}))
	}
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	_, err = conn.Exec(t.Context(), `update platform_catalogues set read_at = read_at - interval '6 minutes' where platform = 'genesys'`)
	require.NoError(t, err)

	found, err := askCatalogues(t.Context(), records, catalogueAge, 500*time.Millisecond)
	require.NoError(t, err)
	require.True(t, found[0].current, "the other platform's names are new enough")
	require.False(t, found[1].current)
	require.Equal(t, "no worker has read it in time", found[1].why)
	require.Equal(t, []string{"genesys"}, found[1].names.Queues)
	require.InDelta(t, 6*time.Minute, found[1].age, float64(30*time.Second))
	_, due, err := records.ClaimCatalogue(t.Context(), "genesys", time.Hour, time.Minute)
	require.NoError(t, err)
	require.True(t, due, "a worker that comes back finds that it is wanted")
	_, due, err = records.ClaimCatalogue(t.Context(), "cxone", time.Hour, time.Minute)
	require.NoError(t, err)
	require.False(t, due)
}
