package frontdoor_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/store"
)

func namesOfTest(queues ...string) store.CatalogueNames {
	return store.CatalogueNames{
		Queues: queues, Roles: []string{"Agent"}, Skills: []string{"Billing"}, Languages: []string{"Spanish"}, Groups: []string{"Team"},
		Divisions: []string{"Home"}, Locations: []string{"Austin"}, ManagementUnits: []store.CatalogueUnit{
			{Name: "Sales MU", TimeZone: "Europe/Madrid", WorkPlans: []string{"Full Time"}},
			{Name: "Support MU", TimeZone: "America/New_York", WorkPlans: []string{"Full Time", "Half Time"}},
		},
	}
}

// worked lets a worker for the platform try once, whatever is wanted: it reads the names, or fails where it is told why.
func (h *house) worked(platform string, names store.CatalogueNames, failure string) {
	h.t.Helper()
	require.NoError(h.t, h.store.SeePlatform(h.t.Context(), platform))
	claim, claimed, err := h.store.ClaimCatalogue(h.t.Context(), platform, 0, time.Minute)
	require.NoError(h.t, err)
	require.True(h.t, claimed)
	if failure != "" {
		require.NoError(h.t, h.store.FailCatalogue(h.t.Context(), claim, failure, time.Hour))
		return
	}
	require.NoError(h.t, h.store.KeepCatalogue(h.t.Context(), claim, names))
}

func (h *house) catalogues(query api.PlatformCatalogueQuery) []api.PlatformCatalogue {
	h.t.Helper()
	page, err := h.as(editorToken).PlatformCatalogues(h.t.Context(), query)
	require.NoError(h.t, err)
	return page.Items
}

func TestAnAuthorSeesTheNamesThatExistOnThePlatform(t *testing.T) {
	h := open(t)
	require.Empty(t, h.catalogues(api.PlatformCatalogueQuery{}), "no worker has run")
	h.worked("genesys", namesOfTest("Sales", "Service"), "")
	h.worked("cxone", namesOfTest("Elsewhere"), "")

	all := h.catalogues(api.PlatformCatalogueQuery{})
	require.Equal(t, []string{"cxone", "genesys"}, []string{all[0].Platform, all[1].Platform})
	one := h.catalogues(api.PlatformCatalogueQuery{Platform: "genesys"})
	require.Len(t, one, 1)
	require.True(t, one[0].Current)
	require.Empty(t, one[0].Why)
	require.WithinDuration(t, time.Now(), *one[0].ReadAt, time.Minute)
	require.Equal(t, []api.PlatformConstruct{
		{Kind: "queue", Name: "Sales"},
		{Kind: "queue", Name: "Service"},
		{Kind: "role", Name: "Agent"},
		{Kind: "skill", Name: "Billing"},
		{Kind: "language", Name: "Spanish"},
		{Kind: "group", Name: "Team"},
		{Kind: "division", Name: "Home"},
		{Kind: "location", Name: "Austin"},
		{Kind: "management_unit", Name: "Sales MU", TimeZone: "Europe/Madrid"},
		{Kind: "management_unit", Name: "Support MU", TimeZone: "America/New_York"},
		{Kind: "work_plan", Name: "Full Time", Unit: "Sales MU"},
		{Kind: "work_plan", Name: "Full Time", Unit: "Support MU"},
		{Kind: "work_plan", Name: "Half Time", Unit: "Support MU"},
	}, one[0].Constructs)
	for _, kind := range api.ConstructKinds() {
		shown := h.catalogues(api.PlatformCatalogueQuery{Platform: "genesys", Kind: kind})[0].Constructs
		require.NotEmpty(t, shown, kind)
		for _, construct := range shown {
			require.Equal(t, kind, construct.Kind)
		}
	}
}

func TestAPlatformThatCouldNotBeReadSaysWhyAtOnce(t *testing.T) {
	h := open(t)
	h.worked("genesys", store.CatalogueNames{}, "the OAuth client lacks a permission (HTTP 403, correlation id 0b1c)")
	began := time.Now()
	never := h.catalogues(api.PlatformCatalogueQuery{})[0]
	require.Less(t, time.Since(began), 5*time.Second, "the next try is an hour away: there is nothing to wait for")
	require.False(t, never.Current)
	require.Nil(t, never.ReadAt)
	require.Empty(t, never.Constructs)
	require.Regexp(t, `^the OAuth client lacks a permission \(HTTP 403, correlation id 0b1c\); tried at 20\S+Z, next at 20\S+Z$`, never.Why)
}

func TestARequestWaitsForTheWorkerToReadWhatItWants(t *testing.T) {
	h := open(t)
	require.NoError(t, h.store.SeePlatform(t.Context(), "genesys"))
	ctx, cancel := context.WithCancel(t.Context())
	var worker sync.WaitGroup
	defer worker.Wait()
	defer cancel()
	worker.Go(func() { serveWishes(ctx, h.store, "genesys", namesOfTest("Sales")) })

	shown := h.catalogues(api.PlatformCatalogueQuery{Kind: api.ConstructQueue})
	require.True(t, shown[0].Current, shown[0].Why)
	require.Equal(t, []api.PlatformConstruct{{Kind: "queue", Name: "Sales"}}, shown[0].Constructs)
}

// serveWishes is a worker that reads these names once they are wanted.
func serveWishes(ctx context.Context, records *store.Store, platform string, names store.CatalogueNames) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		rows, err := records.PlatformCatalogues(ctx)
		if err != nil || rows[0].WantedAt == nil {
			continue
		}
		if claim, claimed, err := records.ClaimCatalogue(ctx, platform, time.Hour, time.Minute); err == nil && claimed {
			_ = records.KeepCatalogue(ctx, claim, names)
		}
	}
}

func TestWhoMayReadTheCatalogueAndWhatItTakes(t *testing.T) {
	h := open(t)
	h.worked("genesys", namesOfTest("Sales"), "")
	for _, token := range []string{viewerToken, operatorToken, approverToken, legalToken, auditorToken, editorToken} {
		_, err := h.as(token).PlatformCatalogues(t.Context(), api.PlatformCatalogueQuery{})
		require.NoError(t, err)
	}
	_, err := h.as(ingestToken).PlatformCatalogues(t.Context(), api.PlatformCatalogueQuery{})
	refused(t, err, http.StatusForbidden)
	_, err = h.as("").PlatformCatalogues(t.Context(), api.PlatformCatalogueQuery{})
	refused(t, err, http.StatusUnauthorized)
	_, err = h.as(editorToken).PlatformCatalogues(t.Context(), api.PlatformCatalogueQuery{Platform: "cxone"})
	require.Contains(t, refused(t, err, http.StatusNotFound).Detail, "no such platform")
	_, err = h.as(editorToken).PlatformCatalogues(t.Context(), api.PlatformCatalogueQuery{Kind: "person"})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(editorToken).PlatformCatalogues(t.Context(), api.PlatformCatalogueQuery{MaxAge: 9 * time.Second})
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as(editorToken).PlatformCatalogues(t.Context(), api.PlatformCatalogueQuery{MaxAge: 10 * time.Second})
	require.NoError(t, err)
}
