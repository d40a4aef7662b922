package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/store"
)

const (
	hourly  = time.Hour
	reading = time.Minute
)

// someNames are those of a platform with these queues.
func someNames(queues ...string) store.CatalogueNames {
	return store.CatalogueNames{
		Queues: queues, Roles: []string{"Agent"}, Skills: []string{}, Languages: []string{"Spanish"}, Groups: []string{},
		Divisions: []string{"Home"}, Locations: []string{}, ManagementUnits: []store.CatalogueUnit{
			{Name: "Support MU", TimeZone: "America/New_York", WorkPlans: []string{"Support Full Time"}},
		},
	}
}

func catalogueOf(t *testing.T, s *store.Store, platform string) store.PlatformCatalogue {
	t.Helper()
	rows, err := s.PlatformCatalogues(t.Context())
	require.NoError(t, err)
	for _, row := range rows {
		if row.Platform == platform {
			return row
		}
	}
	require.Fail(t, "no such platform", platform)
	return store.PlatformCatalogue{}
}

func claimable(t *testing.T, s *store.Store, platform string) (claim store.CatalogueClaim, claimed bool) {
	t.Helper()
	claim, claimed, err := s.ClaimCatalogue(t.Context(), platform, hourly, reading)
	require.NoError(t, err)
	return claim, claimed
}

func claimed(t *testing.T, s *store.Store, platform string) store.CatalogueClaim {
	t.Helper()
	claim, claimed := claimable(t, s, platform)
	require.True(t, claimed, "the catalogue is due")
	return claim
}

func notDue(t *testing.T, s *store.Store, platform, why string) {
	t.Helper()
	_, claimed := claimable(t, s, platform)
	require.False(t, claimed, why)
}

// elapse makes everything that is known of the catalogues so much older.
func elapse(t *testing.T, conn *pgx.Conn, by time.Duration) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `
		update platform_catalogues set seen_at = seen_at - $1::interval, read_at = read_at - $1::interval, wanted_at = wanted_at - $1::interval,
		    failed_at = failed_at - $1::interval, retry_at = retry_at - $1::interval, claimed_at = claimed_at - $1::interval,
		    claimed_until = claimed_until - $1::interval`, by)
	require.NoError(t, err)
}

func TestAPlatformIsKnownBeforeItsNamesAre(t *testing.T) {
	s, conn := open(t)
	rows, err := s.PlatformCatalogues(t.Context())
	require.NoError(t, err)
	require.Empty(t, rows)

	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	row := catalogueOf(t, s, "genesys")
	require.Nil(t, row.Names)
	require.Nil(t, row.ReadAt)
	require.Less(t, row.At.Sub(row.SeenAt), time.Minute)
	require.False(t, row.NewerThan(row.At.Add(-hourly)), "what was never read is not new")

	elapse(t, conn, 2*hourly)
	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	row = catalogueOf(t, s, "genesys")
	require.Less(t, row.At.Sub(row.SeenAt), time.Minute)
}

func TestNamesAreKeptAsOfWhenTheirReadingBegan(t *testing.T) {
	s, _ := open(t)
	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	claim := claimed(t, s, "genesys")
	require.NoError(t, s.KeepCatalogue(t.Context(), claim, someNames("Sales", "Service")))
	row := catalogueOf(t, s, "genesys")
	require.Equal(t, someNames("Sales", "Service"), *row.Names)
	require.True(t, row.ReadAt.Equal(claim.At))
	require.True(t, row.NewerThan(claim.At))
	require.False(t, row.NewerThan(claim.At.Add(time.Microsecond)))
}

func TestNamesAreDueWhenOldOrWanted(t *testing.T) {
	s, conn := open(t)
	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	require.NoError(t, s.KeepCatalogue(t.Context(), claimed(t, s, "genesys"), someNames("Sales")))
	notDue(t, s, "genesys", "they were just read")
	notDue(t, s, "cxone", "there is no such platform")

	elapse(t, conn, 10*time.Minute)
	notDue(t, s, "genesys", "nobody wants newer ones")
	wanted, err := s.WantCatalogue(t.Context(), 15*time.Minute, "genesys", "cxone")
	require.NoError(t, err)
	require.True(t, catalogueOf(t, s, "genesys").NewerThan(wanted))
	notDue(t, s, "genesys", "they are as new as is wanted")
	wanted, err = s.WantCatalogue(t.Context(), 5*time.Minute, "cxone", "genesys")
	require.NoError(t, err)
	require.True(t, catalogueOf(t, s, "genesys").WantedAt.Equal(wanted))
	less, err := s.WantCatalogue(t.Context(), 15*time.Minute, "genesys")
	require.NoError(t, err)
	require.True(t, less.Before(wanted))
	require.True(t, catalogueOf(t, s, "genesys").WantedAt.Equal(wanted), "whoever wants the newest is served")
	require.NoError(t, s.KeepCatalogue(t.Context(), claimed(t, s, "genesys"), someNames("Sales")))
	notDue(t, s, "genesys", "the wish is fulfilled")
	require.True(t, catalogueOf(t, s, "genesys").NewerThan(wanted))

	elapse(t, conn, hourly+time.Second)
	claimed(t, s, "genesys")
}

func TestOneOfManyWorkersReadsACatalogue(t *testing.T) {
	s, _ := open(t)
	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	var workers sync.WaitGroup
	claims := make(chan store.CatalogueClaim, 20)
	for range cap(claims) {
		workers.Go(func() {
			claim, claimed, err := s.ClaimCatalogue(t.Context(), "genesys", hourly, reading)
			if err != nil || claimed {
				claims <- claim
			}
		})
	}
	workers.Wait()
	close(claims)
	require.Len(t, claims, 1)
	require.NoError(t, s.KeepCatalogue(t.Context(), <-claims, someNames("Sales")))
	require.NotNil(t, catalogueOf(t, s, "genesys").Names)
}

func TestAWorkerThatDiedOverACatalogueDoesNotBlockTheOthers(t *testing.T) {
	s, conn := open(t)
	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	lost := claimed(t, s, "genesys")
	notDue(t, s, "genesys", "somebody is at it")
	elapse(t, conn, reading)
	lost.At = lost.At.Add(-reading)
	next := claimed(t, s, "genesys")

	// It was not dead but slow: what it says does not disturb whoever took over.
	require.NoError(t, s.FailCatalogue(t.Context(), lost, "the platform did not answer", time.Minute))
	require.NoError(t, s.ReleaseCatalogue(t.Context(), lost))
	require.Nil(t, catalogueOf(t, s, "genesys").FailedAt)
	notDue(t, s, "genesys", "the next one is at it")
	require.NoError(t, s.KeepCatalogue(t.Context(), next, someNames("New")))
	require.NoError(t, s.KeepCatalogue(t.Context(), lost, someNames("Old")))
	require.Equal(t, []string{"New"}, catalogueOf(t, s, "genesys").Names.Queues)
}

func TestAWorkerThatStopsLeavesTheCatalogueToTheOthers(t *testing.T) {
	s, _ := open(t)
	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	require.NoError(t, s.ReleaseCatalogue(t.Context(), claimed(t, s, "genesys")))
	claimed(t, s, "genesys")
}

func TestAFailureIsKeptUntilATrySucceeds(t *testing.T) {
	s, conn := open(t)
	require.NoError(t, s.SeePlatform(t.Context(), "genesys"))
	require.NoError(t, s.KeepCatalogue(t.Context(), claimed(t, s, "genesys"), someNames("Sales")))
	elapse(t, conn, 2*hourly)
	for failures := range 3 {
		claim := claimed(t, s, "genesys")
		require.Equal(t, failures, claim.Failures)
		require.NoError(t, s.FailCatalogue(t.Context(), claim, "the platform did not answer", time.Minute))
		row := catalogueOf(t, s, "genesys")
		require.Equal(t, "the platform did not answer", row.Failure)
		require.Equal(t, failures+1, row.Failures)
		require.InDelta(t, time.Minute, row.RetryAt.Sub(*row.FailedAt), float64(time.Second))
		require.Equal(t, []string{"Sales"}, row.Names.Queues, "the last names stay")
		_, err := s.WantCatalogue(t.Context(), 0, "genesys")
		require.NoError(t, err)
		notDue(t, s, "genesys", "it waits after a failure, whoever wants it")
		elapse(t, conn, time.Minute)
	}
	require.NoError(t, s.KeepCatalogue(t.Context(), claimed(t, s, "genesys"), someNames("Sales")))
	row := catalogueOf(t, s, "genesys")
	require.Empty(t, row.Failure)
	require.Zero(t, row.Failures)
	require.Nil(t, row.FailedAt)
	require.Nil(t, row.RetryAt)
}
