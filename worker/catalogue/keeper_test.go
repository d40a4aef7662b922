package catalogue_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/store"
	"muster/testenv"
	"muster/worker/catalogue"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// place is a platform beside the record its names are kept in.
type place struct {
	t     *testing.T
	sim   *genesystest.Server
	store *store.Store
	conn  *pgx.Conn
}

func open(t *testing.T) *place {
	t.Helper()
	settings := genesystest.DefaultSettings()
	settings.RequestsPerMinute = 0
	url := testenv.Database(t)
	p := &place{t: t, sim: genesystest.New(t, genesystest.Options{Settings: &settings, Seed: "catalogue"})}
	var err error
	p.store, err = store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(p.store.Close)
	p.conn, err = pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.conn.Close(context.Background()) })
	return p
}

// pace is a brisk one; the hour stays an hour.
func pace() catalogue.Pace {
	return catalogue.Pace{
		Every: 10 * time.Millisecond, Sign: 10 * time.Millisecond, Oldest: time.Hour, ReadWithin: 20 * time.Second,
		FirstRetry: 50 * time.Millisecond, LastRetry: 100 * time.Millisecond,
	}
}

// worker is a process with its own adapter. stop ends its keeper and waits for that.
func (p *place) worker(pace catalogue.Pace) (stop func()) {
	p.t.Helper()
	platform, err := genesys.New(genesys.Config{
		LoginURL: p.sim.LoginURL(), APIURL: p.sim.URL(), ClientID: p.sim.ClientID(), ClientSecret: p.sim.ClientSecret(),
	})
	require.NoError(p.t, err)
	keeper := catalogue.New(p.store, platform, pace, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { keeper.Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	p.t.Cleanup(stop)
	return stop
}

func (p *place) row() store.PlatformCatalogue {
	p.t.Helper()
	rows, err := p.store.PlatformCatalogues(p.t.Context())
	require.NoError(p.t, err)
	if len(rows) == 0 {
		return store.PlatformCatalogue{}
	}
	require.Len(p.t, rows, 1)
	require.Equal(p.t, genesys.Name, rows[0].Platform)
	return rows[0]
}

// until polls until the row is as described, and returns it.
func (p *place) until(what string, is func(store.PlatformCatalogue) bool) (row store.PlatformCatalogue) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		row = p.row()
		return is(row)
	}, 15*time.Second, 5*time.Millisecond, what)
	return row
}

func (p *place) read() store.PlatformCatalogue {
	p.t.Helper()
	return p.until("the names are read", func(c store.PlatformCatalogue) bool { return c.Names != nil })
}

func (p *place) want(age time.Duration) time.Time {
	p.t.Helper()
	wanted, err := p.store.WantCatalogue(p.t.Context(), age, genesys.Name)
	require.NoError(p.t, err)
	return wanted
}

// readings counts how often the platform was asked for its catalogue.
func (p *place) readings() int {
	return len(p.sim.Journal(genesystest.JournalFilter{Path: "/api/v2/routing/queues"}))
}

func (p *place) elapse(by time.Duration) {
	p.t.Helper()
	_, err := p.conn.Exec(p.t.Context(), `update platform_catalogues set read_at = read_at - $1::interval`, by)
	require.NoError(p.t, err)
}

// looks waits until the keeper has looked a few more times.
func (p *place) looks() {
	p.t.Helper()
	for range 3 {
		seen := p.row().SeenAt
		p.until("the keeper signs again", func(c store.PlatformCatalogue) bool { return c.SeenAt.After(seen) })
	}
}

func TestAWorkerReadsTheNamesWhenItStarts(t *testing.T) {
	p := open(t)
	p.worker(pace())
	names := p.read().Names
	require.Contains(t, names.Queues, "Tier_2_Escalation")
	require.IsIncreasing(t, names.Queues)
	require.Contains(t, names.Roles, "Agent")
	require.Contains(t, names.Skills, "Technical_Support")
	require.Contains(t, names.Languages, "Spanish")
	require.Contains(t, names.Groups, "Austin Site")
	require.Contains(t, names.Divisions, "Customer Care")
	require.Contains(t, names.Locations, "Madrid")
	require.Equal(t, []store.CatalogueUnit{
		{Name: "Sales MU", TimeZone: "Europe/Madrid", WorkPlans: []string{"Sales Full Time"}},
		{Name: "Support MU", TimeZone: "America/New_York", WorkPlans: []string{"Support Full Time"}},
	}, names.ManagementUnits)
}

func TestThePlatformIsLeftAloneWhileNobodyWantsNewNames(t *testing.T) {
	p := open(t)
	stop := p.worker(pace())
	p.read()
	p.looks()
	require.Equal(t, 1, p.readings())
	stop()
	p.worker(pace())
	p.elapse(50 * time.Minute)
	p.looks()
	require.Equal(t, 1, p.readings(), "a new process takes what is there")

	p.elapse(11 * time.Minute)
	p.until("names of an hour are read anew", func(c store.PlatformCatalogue) bool { return c.At.Sub(*c.ReadAt) < time.Minute })
	p.looks()
	require.Equal(t, 2, p.readings())
}

func TestWhatIsWantedIsReadSoonAndFromThePlatformItself(t *testing.T) {
	p := open(t)
	p.worker(pace())
	p.read()
	require.NoError(t, p.sim.ChangeCatalogue(genesystest.CatalogueChange{
		Add:    []genesystest.Construct{{Kind: genesystest.KindQueue, Name: "Brand_New"}},
		Remove: []genesystest.Construct{{Kind: genesystest.KindQueue, Name: "Sales_Inbound"}},
	}))
	wanted := p.want(0)
	row := p.until("newer names are read", func(c store.PlatformCatalogue) bool { return c.NewerThan(wanted) })
	require.Contains(t, row.Names.Queues, "Brand_New")
	require.NotContains(t, row.Names.Queues, "Sales_Inbound")
	p.looks()
	require.Equal(t, 2, p.readings())

	p.want(5 * time.Minute)
	p.looks()
	require.Equal(t, 2, p.readings(), "what is there is new enough")
}

func TestOfTwoWorkersOneReads(t *testing.T) {
	p := open(t)
	require.NoError(t, p.sim.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/v2/routing/queues", DelayMS: 200, Times: -1}))
	p.worker(pace())
	p.worker(pace())
	p.read()
	p.looks()
	require.Equal(t, 1, p.readings())
	wanted := p.want(0)
	p.until("newer names are read", func(c store.PlatformCatalogue) bool { return c.NewerThan(wanted) })
	p.looks()
	require.Equal(t, 2, p.readings())
}

func TestAPlatformThatIsDownIsRecordedAndReadWhenItIsBack(t *testing.T) {
	p := open(t)
	p.worker(pace())
	before := p.read()
	require.NoError(t, p.sim.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Path: "/api/v2/authorization/roles", Times: -1}))
	wanted := p.want(0)
	failed := p.until("tries fail", func(c store.PlatformCatalogue) bool { return c.Failures >= 2 })
	require.Regexp(t, `^the OAuth client lacks a permission \(HTTP 403, correlation id [0-9A-Za-z-]+\)$`, failed.Failure)
	require.True(t, failed.FailedAt.After(wanted))
	require.Equal(t, before.Names, failed.Names, "the last names stay")
	require.False(t, failed.NewerThan(wanted))

	p.sim.ClearFaults()
	row := p.until("it is read", func(c store.PlatformCatalogue) bool { return c.NewerThan(wanted) })
	require.Nil(t, row.FailedAt)
	require.Empty(t, row.Failure)
}

func TestAPlatformThatNeverAnsweredIsKnownAllTheSame(t *testing.T) {
	p := open(t)
	require.NoError(t, p.sim.Close())
	p.worker(pace())
	row := p.until("a try fails", func(c store.PlatformCatalogue) bool { return c.FailedAt != nil })
	require.Nil(t, row.Names)
	require.Equal(t, "the platform did not answer", row.Failure)
}

func TestAReadingThatTakesTooLongIsAFailure(t *testing.T) {
	p := open(t)
	require.NoError(t, p.sim.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/v2/routing/queues", DelayMS: 60_000, Times: -1}))
	hasty := pace()
	hasty.ReadWithin = 100 * time.Millisecond
	p.worker(hasty)
	row := p.until("a try fails", func(c store.PlatformCatalogue) bool { return c.FailedAt != nil })
	require.Equal(t, "the platform did not answer", row.Failure)
}

func TestAWorkerThatStopsInTheMiddleLeavesTheReadingToTheNext(t *testing.T) {
	p := open(t)
	require.NoError(t, p.sim.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/v2/routing/queues", DelayMS: 60_000}))
	stop := p.worker(pace())
	require.Eventually(t, func() bool { return p.readings() == 1 }, 15*time.Second, 5*time.Millisecond)
	stop()
	require.Nil(t, p.row().FailedAt, "stopping is no failure of the platform's")
	p.worker(pace())
	p.read()
}
