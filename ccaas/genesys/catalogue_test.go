package genesys

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

const skillsCall = "GET /api/v2/routing/skills"

// withCatalogue scripts an organisation with one construct of each kind.
func withCatalogue(t *testing.T) *scripted {
	t.Helper()
	s := newScripted(t)
	for path, body := range map[string]string{
		"authorization/roles":                 `{"entities":[{"id":"r1","name":"Agent"},{"id":"r0","name":"employee","base":true}],"pageCount":1}`,
		"authorization/divisions":             `{"entities":[{"id":"d1","name":"Home","homeDivision":true},{"id":"d2","name":"Sales"}]}`,
		"routing/skills":                      `{"entities":[{"id":"k1","name":"Billing","state":"active"},{"id":"k2","name":"Old","state":"inactive"}]}`,
		"routing/languages":                   `{"entities":[{"id":"l1","name":"Spanish"}],"pageCount":1}`,
		"routing/queues":                      `{"entities":[{"id":"q1","name":"General"}],"pageCount":1}`,
		"groups":                              `{"entities":[{"id":"g2","name":"Team"},{"id":"g1","name":"Team"}],"pageCount":1}`,
		"locations":                           `{"entities":[{"id":"o1","name":"Austin"}],"pageCount":1}`,
		"workforcemanagement/managementunits": `{"entities":[{"id":"m1","name":"Support MU","timeZone":"America/New_York"}]}`,
		"workforcemanagement/managementunits/m1/workplans": `{"entities":[{"id":"p1","name":"Full Time"}]}`,
	} {
		s.on("GET /api/v2/"+path, answering(http.StatusOK, body))
	}
	return s
}

func TestCatalogueHoldsUsableConstructsByName(t *testing.T) {
	s := withCatalogue(t)
	catalogue, err := s.platform().Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, &ccaas.Catalogue{
		HomeDivisionID:  "d1",
		Divisions:       map[string]string{"Home": "d1", "Sales": "d2"},
		Roles:           map[string]string{"Agent": "r1", "employee": "r0"},
		BaseRoles:       map[string]bool{"r0": true},
		Skills:          map[string]string{"Billing": "k1"},
		Languages:       map[string]string{"Spanish": "l1"},
		Queues:          map[string]string{"General": "q1"},
		Groups:          map[string]string{"Team": "g1"},
		Locations:       map[string]string{"Austin": "o1"},
		ManagementUnits: map[string]ccaas.ManagementUnit{"Support MU": {ID: "m1", TimeZone: "America/New_York"}},
		WorkPlans:       map[string]map[string]string{"m1": {"Full Time": "p1"}},
	}, catalogue)
}

func TestWorkPlanThatIsDisabledOrInvalidIsNotUsable(t *testing.T) {
	s := withCatalogue(t)
	s.on("GET /api/v2/workforcemanagement/managementunits/m1/workplans", answering(http.StatusOK, `{"entities":[
		{"id":"p1","name":"Full Time","enabled":true,"valid":false},{"id":"p2","name":"Full Time","enabled":true,"valid":true},
		{"id":"p3","name":"Retired","enabled":false,"valid":true},{"id":"p4","name":"Says nothing"}]}`))
	catalogue, err := s.platform().Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"Full Time": "p2", "Says nothing": "p4"}, catalogue.WorkPlans["m1"])
}

func TestHomeDivisionIsAskedForWhenTheListingDoesNotMarkIt(t *testing.T) {
	s := withCatalogue(t)
	s.on("GET /api/v2/authorization/divisions", answering(http.StatusOK, `{"entities":[{"id":"d2","name":"Sales"}]}`))
	s.on("GET /api/v2/authorization/divisions/home", answering(http.StatusOK, `{"id":"d7","name":"Home"}`))
	catalogue, err := s.platform().Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, "d7", catalogue.HomeDivisionID)
}

func TestCatalogueIsReadToItsLastPage(t *testing.T) {
	s := withCatalogue(t)
	pages := make([]http.HandlerFunc, 3)
	for i := range pages {
		pages[i] = answering(http.StatusOK, fmt.Sprintf(`{"entities":[{"id":"k%d","name":"Skill %d"}],"pageCount":3}`, i, i))
	}
	s.on(skillsCall, pages...)
	catalogue, err := s.platform().Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Len(t, catalogue.Skills, 3)
	for i, call := range s.calls(skillsCall) {
		query, err := url.ParseQuery(call.query)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i+1), query.Get("pageNumber"))
		require.Equal(t, "500", query.Get("pageSize"))
	}
}

func TestListingWithoutAPageCountEndsWithAShortPage(t *testing.T) {
	s := withCatalogue(t)
	s.on(skillsCall, answering(http.StatusOK, `{"entities":[{"id":"k1","name":"Billing"}]}`))
	_, err := s.platform().Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Len(t, s.calls(skillsCall), 1)
}

func TestCatalogueIsKeptForItsTimeAndReadAnewWhenAsked(t *testing.T) {
	s := withCatalogue(t)
	platform := s.platform(func(c *Config) { c.CatalogueTTL = time.Minute })
	time0 := &clock{at: time.Now()}
	platform.now = time0.now
	read := func(fresh bool) {
		_, err := platform.Catalogue(t.Context(), fresh)
		require.NoError(t, err)
	}
	read(false)
	time0.advance(59 * time.Second)
	read(false)
	require.Len(t, s.calls(skillsCall), 1)
	read(true)
	require.Len(t, s.calls(skillsCall), 2)
	time0.advance(61 * time.Second)
	read(false)
	require.Len(t, s.calls(skillsCall), 3)
}

func TestCatalogueIsLoadedByOneCallerAtATime(t *testing.T) {
	s := withCatalogue(t)
	release := make(chan struct{})
	s.on(skillsCall, func(w http.ResponseWriter, r *http.Request) {
		<-release
		answering(http.StatusOK, `{"entities":[]}`)(w, r)
	})
	platform := s.platform()
	var callers, begun sync.WaitGroup
	for range 20 {
		begun.Add(1)
		callers.Go(func() {
			begun.Done()
			_, err := platform.Catalogue(t.Context(), false)
			require.NoError(t, err)
		})
	}
	begun.Wait()
	require.Eventually(t, func() bool { return len(s.calls(skillsCall)) > 0 }, 5*time.Second, time.Millisecond)
	close(release)
	callers.Wait()
	require.Len(t, s.calls(skillsCall), 1)
}

func TestFreshCatalogueDoesNotJoinALoadThatBeganEarlierAndIsTheOneKept(t *testing.T) {
	s := withCatalogue(t)
	release := make(chan struct{})
	old := func(w http.ResponseWriter, r *http.Request) {
		<-release
		answering(http.StatusOK, `{"entities":[{"id":"k1","name":"Old"}]}`)(w, r)
	}
	s.on(skillsCall, old, answering(http.StatusOK, `{"entities":[{"id":"k2","name":"New"}]}`))
	platform := s.platform()
	var earlier sync.WaitGroup
	earlier.Go(func() {
		_, err := platform.Catalogue(t.Context(), false)
		require.NoError(t, err)
	})
	require.Eventually(t, func() bool { return len(s.calls(skillsCall)) == 1 }, 5*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	fresh, err := platform.Catalogue(ctx, true)
	close(release)
	earlier.Wait()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"New": "k2"}, fresh.Skills)
	kept, err := platform.Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"New": "k2"}, kept.Skills)
	require.Len(t, s.calls(skillsCall), 2)
}

func TestCatalogueThatFailsIsNotKept(t *testing.T) {
	s := withCatalogue(t)
	s.on(skillsCall, answering(http.StatusForbidden, ""), answering(http.StatusOK, `{"entities":[]}`))
	platform := s.platform()
	_, err := platform.Catalogue(t.Context(), false)
	requireKind(t, err, ccaas.KindForbidden)
	_, err = platform.Catalogue(t.Context(), false)
	require.NoError(t, err)
}

func TestOrganisationWithoutWorkforceManagementHasNoUnits(t *testing.T) {
	s := withCatalogue(t)
	s.on("GET /api/v2/workforcemanagement/managementunits", answering(http.StatusForbidden, `{"code":"missing.permissions"}`))
	catalogue, err := s.platform().Catalogue(t.Context(), false)
	require.NoError(t, err)
	require.Empty(t, catalogue.ManagementUnits)
	require.Equal(t, "r1", catalogue.Roles["Agent"])
}

func TestEndlessListingIsStopped(t *testing.T) {
	s := newScripted(t)
	pages := 0
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			s.issueToken(w, r)
			return
		}
		pages++
		answering(http.StatusOK, `{"entities":[{"id":"q1"}],"pageCount":1000000}`)(w, httptest.NewRequest(http.MethodGet, "/", nil))
	})
	_, err := s.platform().QueueIDs(t.Context(), "u1", true)
	requireKind(t, err, ccaas.KindInvalid)
	require.Equal(t, maxPages, pages)
}
