package genesystest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas/genesys/genesystest"
)

// Whatever is called in whatever order: no email is held twice, versions only grow, a read by id agrees with the truth, and a
// restart changes nothing.
func TestWorldStaysConsistentUnderAnyCalls(t *testing.T) {
	folder, runs := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		runs++
		settings := genesystest.DefaultSettings()
		settings.SearchLagMS, settings.JoinLagMS, settings.GroupLagMS = 0, 0, 0
		options := genesystest.Options{Settings: &settings, StateFile: filepath.Join(folder, fmt.Sprint(runs)), Seed: "property"}
		server, err := genesystest.Start(options)
		require.NoError(t, err)
		defer server.Close()
		c := connect(t, server)

		versions := map[string]int{}
		for range rapid.IntRange(1, 25).Draw(r, "calls") {
			randomCall(r, c)
			emails := map[string]bool{}
			for _, truth := range server.Users(genesystest.TruthFilter{}) {
				email := strings.ToLower(truth.Email)
				require.False(r, emails[email], "email held twice")
				emails[email] = true
				require.GreaterOrEqual(r, truth.Version, versions[truth.ID])
				versions[truth.ID] = truth.Version
				if truth.State != "active" {
					require.Empty(r, truth.Roles)
				}
				query := ""
				if truth.State == "deleted" {
					query = "?state=deleted"
					require.Equal(r, "Home", truth.Division)
				}
				require.Equal(r, truth.State, c.want(200, "GET", "/api/v2/users/"+truth.ID+query, nil).text(t, "state"))
				require.Equal(r, []string{truth.ID}, c.search(truth.Email, everyState...))
			}
		}
		before := server.Users(genesystest.TruthFilter{})
		require.NoError(r, server.Close())
		again, err := genesystest.Start(options)
		require.NoError(r, err)
		defer again.Close()
		require.Equal(r, before, again.Users(genesystest.TruthFilter{}))
	})
}

// randomCall makes one call; whether the platform accepts it does not matter.
func randomCall(r *rapid.T, c *client) {
	email := fmt.Sprintf("%c@example.com", 'a'+rune(rapid.IntRange(0, 3).Draw(r, "email")))
	if rapid.Bool().Draw(r, "upper case") {
		email = strings.ToUpper(email)
	}
	users := c.server.Users(genesystest.TruthFilter{})
	kind := rapid.IntRange(0, 8).Draw(r, "call")
	if len(users) == 0 || kind == 0 {
		c.do("POST", "/api/v2/users", fields{"name": "A", "email": email, "divisionId": division("Sales"), "state": "active"})
		return
	}
	chosen := users[rapid.IntRange(0, len(users)-1).Draw(r, "user")]
	user, version := "/api/v2/users/"+chosen.ID, chosen.Version-rapid.IntRange(0, 1).Draw(r, "stale")
	switch kind {
	case 1:
		c.do("PATCH", user, fields{"version": version, "email": email})
	case 2:
		c.do("PATCH", user, fields{"version": version, "state": rapid.SampledFrom(everyState).Draw(r, "state")})
	case 3:
		c.do("DELETE", user, nil)
	case 4:
		if chosen.State == "active" {
			c.do("POST", "/api/v2/authorization/subjects/"+chosen.ID+"/bulkreplace", fields{"grants": []fields{pair("Agent", "Sales")}})
		}
	case 5:
		c.do("PUT", user+"/routingskills/bulk", []fields{{"id": skill("Billing_Support"), "proficiency": 1}})
	case 6:
		c.do("POST", "/api/v2/routing/queues/"+queue("Billing_Queue")+"/members", []fields{{"id": chosen.ID}})
	case 7:
		c.do("PATCH", user+"/queues", []fields{{"id": queue("Billing_Queue"), "joined": rapid.Bool().Draw(r, "joined")}})
	case 8:
		c.do("POST", user+"/externalid", fields{"authorityName": "a", "externalKey": email})
	}
}

func TestParallelPatchesOfOneVersionLetOneWin(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	statuses := make(chan int, 10)
	for i := range cap(statuses) {
		go func() {
			answer, err := c.try("PATCH", "/api/v2/users/"+id, fields{"version": 1, "title": fmt.Sprint(i)})
			if err != nil {
				answer.Status = -1
			}
			statuses <- answer.Status
		}()
	}
	counts := map[int]int{}
	for range cap(statuses) {
		select {
		case status := <-statuses:
			counts[status]++
		case <-time.After(10 * time.Second):
			t.Fatal("no answer")
		}
	}
	require.Equal(t, map[int]int{200: 1, 409: 9}, counts)
}
