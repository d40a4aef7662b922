package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/reconcile"
	"muster/store"
	"muster/testenv"
)

const runID = "rec_20260302_0200"

// desk is a simulator with a store beside it.
type desk struct {
	t     *testing.T
	sim   *genesystest.Server
	store *store.Store
	url   string // of the database
}

func newDesk(t *testing.T, change ...func(*genesystest.Settings)) *desk {
	t.Helper()
	settings := genesystest.DefaultSettings()
	settings.SearchLagMS, settings.JoinLagMS, settings.GroupLagMS, settings.NewUserRole = 0, 0, 0, ""
	for _, c := range change {
		c(&settings)
	}
	sim := genesystest.New(t, genesystest.Options{
		Settings: &settings, Clients: []genesystest.Client{{ID: "reader", Secret: "s", Permissions: genesys.RosterPermissions()}},
	})
	url := testenv.Database(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return &desk{t: t, sim: sim, store: s, url: url}
}

// roster is a reader as a process that has just begun has it.
func (d *desk) roster(pause func(context.Context) error) ccaas.RosterReader {
	d.t.Helper()
	platform, err := genesys.New(genesys.Config{LoginURL: d.sim.LoginURL(), APIURL: d.sim.URL(), ClientID: "reader", ClientSecret: "s"})
	require.NoError(d.t, err)
	return platform.Roster(pause)
}

func (d *desk) reading() *reconcile.PlatformReading {
	d.t.Helper()
	return reconcile.NewPlatformReading(d.roster(nil), d.store)
}

// people plants 1,100 accounts of two kinds, most of them in queues.
func (d *desk) people() {
	d.t.Helper()
	for _, crowd := range []genesystest.Crowd{
		{Count: 900, From: 1, Like: genesystest.Plant{
			Name: new("Agent {n}"), Email: new("agent-{n}@example.com"), Skills: map[string]float64{"Billing_Support": 3}, Roles: []string{"Agent"},
			Queues: map[string]bool{"General_Support": true, "Billing_Queue": false}, EmployeeID: new("WD-{n}"),
		}},
		{Count: 200, From: 901, Like: genesystest.Plant{Name: new("Leaver {n}"), Email: new("leaver-{n}@example.com"), State: new("inactive")}},
	} {
		_, err := d.sim.Populate(crowd)
		require.NoError(d.t, err)
	}
}

func (d *desk) staged() map[string]store.StagedAccount {
	d.t.Helper()
	staged := map[string]store.StagedAccount{}
	for account, err := range d.store.StreamStagedAccounts(d.t.Context(), runID, "") {
		require.NoError(d.t, err)
		require.NotContains(d.t, staged, account.AccountID)
		staged[account.AccountID] = account
	}
	return staged
}

// requireTruth compares what is staged with everything the platform knows.
func (d *desk) requireTruth() {
	d.t.Helper()
	staged := d.staged()
	truths := d.sim.Users(genesystest.TruthFilter{})
	require.Len(d.t, staged, len(truths))
	for _, truth := range truths {
		d.requireSame(truth, staged[truth.ID])
	}
}

func (d *desk) requireSame(truth genesystest.Truth, account store.StagedAccount) {
	d.t.Helper()
	require.Equal(d.t, truth.State, string(account.State), truth.ID)
	require.Equal(d.t, store.EmailDigest(truth.Email), account.EmailDigest)
	require.Equal(d.t, store.NameDigest(truth.Name), account.NameDigest)
	require.Equal(d.t, truth.EmployeeID, account.EmployeeID)
	skills, roles, queues := map[string]float64{}, []string{}, map[string]bool{}
	for _, rated := range account.Skills {
		skills[rated.ID] = rated.Proficiency
	}
	roles = append(roles, account.RoleIDs...)
	for _, membership := range account.Queues {
		queues[membership.QueueID] = membership.Joined
	}
	wantedSkills, wantedRoles, wantedQueues := map[string]float64{}, []string{}, map[string]bool{}
	for name, proficiency := range truth.Skills {
		wantedSkills[genesystest.ID(genesystest.KindSkill, name)] = proficiency
	}
	for _, name := range truth.Roles {
		wantedRoles = append(wantedRoles, genesystest.ID(genesystest.KindRole, name))
	}
	for name, joined := range truth.Queues {
		wantedQueues[genesystest.ID(genesystest.KindQueue, name)] = joined
	}
	require.Equal(d.t, wantedSkills, skills)
	require.ElementsMatch(d.t, wantedRoles, roles)
	require.Equal(d.t, wantedQueues, queues)
}

func TestTheWholeRosterIsStagedAndAgreesWithThePlatform(t *testing.T) {
	d := newDesk(t)
	d.people()
	var last reconcile.Progress

	counts, err := d.reading().ReadPlatform(t.Context(), runID, func(p reconcile.Progress) {
		require.Equal(t, last.Pages+1, p.Pages)
		last = p
	})

	require.NoError(t, err)
	require.Equal(t, store.RosterCounts{Pages: last.Pages, Active: 900, Inactive: 200, Memberships: 1800}, counts)
	require.Equal(t, reconcile.Progress{Pages: last.Pages, Accounts: 1100, Memberships: 1800}, last)
	d.requireTruth()
	for _, entry := range d.sim.Journal(genesystest.JournalFilter{Path: "/api/v2/**"}) {
		require.Equal(t, []string{"GET", "reader"}, []string{entry.Method, entry.ClientID})
	}

	d.sim.ClearJournal()
	again, err := d.reading().ReadPlatform(t.Context(), runID, nil)
	require.NoError(t, err)
	require.Equal(t, counts, again)
	require.Empty(t, d.sim.Journal(genesystest.JournalFilter{}), "a run that is complete reads nothing")
}

// cutStaging fails one commit: before it, or after it as a connection does that is lost with the answer.
type cutStaging struct {
	*store.Store
	page  int // that fails, counted from 1
	after bool
	count int
}

var errCut = errors.New("cut")

func (c *cutStaging) StageRosterPage(ctx context.Context, runID, from string, page ccaas.RosterPage) error {
	c.count++
	if c.count != c.page {
		return c.Store.StageRosterPage(ctx, runID, from, page)
	}
	if c.after {
		if err := c.Store.StageRosterPage(ctx, runID, from, page); err != nil {
			return err
		}
	}
	return errCut
}

func TestAReadingThatIsCutAtAnyPageGoesOnAndEndsTheSame(t *testing.T) {
	d := newDesk(t)
	d.people()
	whole, err := d.reading().ReadPlatform(t.Context(), "rec_whole", nil)
	require.NoError(t, err)
	require.Greater(t, whole.Pages, 5)
	for _, after := range []bool{false, true} {
		for page := 1; page <= whole.Pages; page++ {
			run := fmt.Sprintf("rec_cut_%d_%t", page, after)
			staging := &cutStaging{Store: d.store, page: page, after: after}
			_, err := reconcile.NewPlatformReading(d.roster(nil), staging).ReadPlatform(t.Context(), run, nil)
			require.ErrorIs(t, err, errCut)
			stands, err := d.store.PlatformRoster(t.Context(), run)
			require.NoError(t, err)
			committed := page - 1
			if after {
				committed++
			}
			require.Equal(t, committed, stands.Pages)
			first := -1

			counts, err := d.reading().ReadPlatform(t.Context(), run, func(p reconcile.Progress) {
				if first < 0 {
					first = p.Pages
				}
			})

			require.NoError(t, err)
			require.Equal(t, whole, counts, run)
			if committed < whole.Pages {
				require.Equal(t, committed+1, first, "it goes on with the page after the last that was committed")
			}
		}
	}
}

// At every page one after the other: a reading that never gets further than one page still ends, with everybody in it.
func TestAReadingThatIsCutAtEveryPageEndsInTheEnd(t *testing.T) {
	d := newDesk(t)
	d.people()
	for calls := 1; ; calls++ {
		require.Less(t, calls, 100)
		ctx, stop := context.WithCancel(t.Context())
		_, err := d.reading().ReadPlatform(ctx, runID, func(reconcile.Progress) { stop() })
		stop()
		roster, readErr := d.store.PlatformRoster(t.Context(), runID)
		require.NoError(t, readErr)
		if roster.CompletedAt != nil {
			require.Greater(t, calls, 5)
			break
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	d.requireTruth()
}

func TestAReadingGoesOnAfterTheDatabaseAndThePlatformFailedIt(t *testing.T) {
	d := newDesk(t)
	d.people()
	killer, err := pgx.Connect(t.Context(), d.url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = killer.Close(context.Background()) })
	_, err = d.reading().ReadPlatform(t.Context(), runID, func(p reconcile.Progress) {
		if p.Pages == 2 {
			_, err := killer.Exec(t.Context(), `
				select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
			require.NoError(t, err)
		}
	})
	require.Error(t, err)
	require.NoError(t, d.sim.Fault(genesystest.Fault{Kind: genesystest.FaultTooMany, Skip: 3, RetryAfterSeconds: 30}))
	_, err = d.reading().ReadPlatform(t.Context(), runID, nil)
	var refused *ccaas.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, []any{ccaas.KindRateLimited, 30 * time.Second}, []any{refused.Kind, refused.RetryAfter})

	_, err = d.reading().ReadPlatform(t.Context(), runID, nil)

	require.NoError(t, err)
	d.requireTruth()
}

// What happens while it is read may be in it or not; what was there before and is there after is in it, as it is or was, and once.
func TestChangesWhileTheRosterIsReadCorruptNothing(t *testing.T) {
	d := newDesk(t)
	d.people()
	before := d.sim.Users(genesystest.TruthFilter{})
	created, deleted := map[string]bool{}, map[string]bool{}
	reading := d.reading()

	_, err := reading.ReadPlatform(t.Context(), runID, func(p reconcile.Progress) {
		newcomer, err := d.sim.Plant(genesystest.Plant{
			Name: new("A newcomer"), Email: new(fmt.Sprintf("new-%d@example.com", p.Pages)), Queues: map[string]bool{"Retention_Queue": true},
		})
		require.NoError(t, err)
		created[newcomer.ID] = true
		leaver := before[p.Pages*7].ID
		_, err = d.sim.Change(leaver, genesystest.Plant{State: new("deleted")})
		require.NoError(t, err)
		deleted[leaver] = true
	})

	require.NoError(t, err)
	staged := d.staged()
	for _, truth := range before {
		account, is := staged[truth.ID]
		require.True(t, is, truth.ID)
		require.Equal(t, store.EmailDigest(truth.Email), account.EmailDigest)
		if !deleted[truth.ID] {
			require.Equal(t, truth.State, string(account.State))
		}
	}
	for id := range staged {
		_, known := d.sim.User(id)
		require.True(t, known, "nobody is made up")
	}
	require.LessOrEqual(t, len(staged), len(before)+len(created))
}

func TestTheIndexThatLagsIsNotWhatIsRead(t *testing.T) {
	d := newDesk(t, func(s *genesystest.Settings) { s.SearchLagMS = int(time.Hour.Milliseconds()) })
	d.people()
	first := d.sim.Users(genesystest.TruthFilter{})[0]
	_, err := d.sim.Change(first.ID, genesystest.Plant{Email: new("changed@example.com"), State: new("inactive"), Skills: map[string]float64{}})
	require.NoError(t, err)

	_, err = d.reading().ReadPlatform(t.Context(), runID, nil)

	require.NoError(t, err)
	d.requireTruth()
	require.Equal(t, store.EmailDigest("changed@example.com"), d.staged()[first.ID].EmailDigest)
}

func TestTwoReadersOfOneRunStageEverythingOnce(t *testing.T) {
	d := newDesk(t)
	d.people()
	results := make(chan error, 2)
	for range 2 {
		reading := d.reading()
		go func() {
			_, err := reading.ReadPlatform(t.Context(), runID, nil)
			results <- err
		}()
	}
	errs := []error{<-results, <-results}
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, store.ErrRosterMoved)
		}
	}
	require.False(t, errs[0] != nil && errs[1] != nil, "one of them ends: %v", errs)
	d.requireTruth()
}

func TestAReadingYieldsInTheMiddleAndGoesOn(t *testing.T) {
	d := newDesk(t)
	d.people()
	terminations, yielded := make(chan struct{}), make(chan struct{})
	requests := 0
	reader := d.roster(func(ctx context.Context) error {
		if requests++; requests != 6 {
			return nil
		}
		close(yielded)
		select {
		case <-terminations:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	done := make(chan error)
	go func() {
		_, err := reconcile.NewPlatformReading(reader, d.store).ReadPlatform(t.Context(), runID, nil)
		done <- err
	}()
	<-yielded
	require.Len(t, d.sim.Journal(genesystest.JournalFilter{Path: "/api/v2/**"}), 5)
	close(terminations)
	require.NoError(t, <-done)
	d.requireTruth()
}
