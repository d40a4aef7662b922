package genesys_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
)

// org is an adapter beside the simulator it talks to.
type org struct {
	*genesys.Platform
	t   *testing.T
	sim *genesystest.Server

	mu     sync.Mutex
	writes []ccaas.Write
}

func newOrg(t *testing.T, change ...func(*genesystest.Settings)) *org {
	t.Helper()
	settings := genesystest.DefaultSettings()
	settings.SearchLagMS, settings.JoinLagMS, settings.GroupLagMS, settings.NewUserRole = 0, 0, 0, ""
	settings.ConversationLagMS, settings.AnalyticsLagMS = 0, 0
	for _, c := range change {
		c(&settings)
	}
	return newOrgOf(t, genesystest.Options{Settings: &settings, Seed: "adapter"})
}

func newOrgOf(t *testing.T, options genesystest.Options) *org {
	t.Helper()
	sim := genesystest.New(t, options)
	platform, err := genesys.New(genesys.Config{
		LoginURL: sim.LoginURL(), APIURL: sim.URL(), ClientID: sim.ClientID(), ClientSecret: sim.ClientSecret(),
	})
	require.NoError(t, err)
	return &org{Platform: platform, t: t, sim: sim}
}

// guard lets every write pass and keeps it.
func (o *org) guard(ctx context.Context, w ccaas.Write, call func(context.Context) (ccaas.Receipt, error)) error {
	_, err := call(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes = append(o.writes, w)
	return err
}

func (o *org) writer() ccaas.Writer { return o.Writer(o.guard) }

// hired creates an account in Customer Care.
func (o *org) hired() ccaas.Account {
	o.t.Helper()
	account, err := o.writer().Create(o.t.Context(), ccaas.NewAccount{
		Name: "Jane Doe", Email: "jane.doe@example.com", DivisionID: division("Customer Care"), Department: "SUPP_L2",
		Title: "Agent", Extension: "4452",
	})
	require.NoError(o.t, err)
	return account
}

func (o *org) plant(p genesystest.Plant) genesystest.Truth {
	o.t.Helper()
	truth, err := o.sim.Plant(p)
	require.NoError(o.t, err)
	return truth
}

func (o *org) read(id string) ccaas.Account {
	o.t.Helper()
	account, err := o.Account(o.t.Context(), id, ccaas.Everything)
	require.NoError(o.t, err)
	return account
}

func (o *org) truth(id string) genesystest.Truth {
	o.t.Helper()
	truth, found := o.sim.User(id)
	require.True(o.t, found)
	return truth
}

// changing counts the requests to the platform that change something.
func (o *org) changing() int {
	count := 0
	for _, entry := range o.sim.Journal(genesystest.JournalFilter{}) {
		if entry.Method != http.MethodGet && !slices.Contains([]string{
			"/oauth/token", "/api/v2/users/search", "/api/v2/analytics/conversations/details/query",
		}, entry.Path) {
			count++
		}
	}
	return count
}

// calls counts all requests to the platform but those for tokens.
func (o *org) calls() int {
	return len(o.sim.Journal(genesystest.JournalFilter{Path: "/api/v2/**"}))
}

func (o *org) fault(f genesystest.Fault) {
	o.t.Helper()
	require.NoError(o.t, o.sim.Fault(f))
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 5*time.Second, 5*time.Millisecond)
}

func division(name string) string { return genesystest.ID(genesystest.KindDivision, name) }
func role(name string) string     { return genesystest.ID(genesystest.KindRole, name) }
func skill(name string) string    { return genesystest.ID(genesystest.KindSkill, name) }
func language(name string) string { return genesystest.ID(genesystest.KindLanguage, name) }
func queue(name string) string    { return genesystest.ID(genesystest.KindQueue, name) }
func group(name string) string    { return genesystest.ID(genesystest.KindGroup, name) }
func location(name string) string { return genesystest.ID(genesystest.KindLocation, name) }
func unit(name string) string     { return genesystest.ID(genesystest.KindManagementUnit, name) }
func plan(name string) string     { return genesystest.ID(genesystest.KindWorkPlan, name) }

func requireKind(t *testing.T, err error, kind ccaas.Kind) {
	t.Helper()
	require.Error(t, err)
	require.True(t, ccaas.IsKind(err, kind), "want %s, found %v", kind, err)
}
