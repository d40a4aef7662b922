package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2/clientcredentials"

	"muster/ccaas/genesys/genesystest"
)

// The oracle is worth as much as it sees. What it must see is done behind Muster's back, with Muster's own credentials.
func TestTheOracleSeesWhatIsPlanted(t *testing.T) {
	t.Parallel()
	s := startWith(t, hurried(t))
	leaver, waits := s.agentOf(t, graceOfHours), s.newPerson()
	s.comesOut(t, leaver.leaves(), "applied")
	leaver.isArchived(t)
	waits.post("USER_CREATE", nil, waits.hire(fields{"department_code": graceGated}))
	waits.openApproval(t)
	s.theRecordIsWhole(t)
	require.Empty(t, s.evidence(t).findings(), "before anything is planted")

	credentials := clientcredentials.Config{
		ClientID: s.platform.ClientID(), ClientSecret: s.platform.ClientSecret(), TokenURL: s.platform.LoginURL() + "/oauth/token",
	}
	platform := credentials.Client(t.Context())
	send := func(t *testing.T, method, path, body string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, s.platform.URL()+path, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		response, err := platform.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Less(t, response.StatusCode, 300, "%s %s", method, path)
	}
	// sees plants something and returns which invariants are broken more than they were.
	sees := func(t *testing.T, plant func()) (broken []int) {
		t.Helper()
		before := map[finding]bool{}
		for _, f := range s.evidence(t).findings() {
			before[f] = true
		}
		plant()
		for _, f := range s.evidence(t).findings() {
			if !before[f] {
				t.Logf("invariant %d: %s", f.invariant, f.what)
				broken = append(broken, f.invariant)
			}
		}
		return broken
	}
	queue := genesystest.ID(genesystest.KindQueue, "General_Support")
	join := `[{"id":"` + queue + `","joined":true}]`

	t.Run("a join before the activation was approved", func(t *testing.T) {
		require.Subset(t, sees(t, func() { send(t, "PATCH", "/api/v2/users/"+waits.account(t).ID+"/queues", join) }), []int{3, 6})
	})
	t.Run("a join after a termination took over", func(t *testing.T) {
		require.Subset(t, sees(t, func() { send(t, "PATCH", "/api/v2/users/"+leaver.account(t).ID+"/queues", join) }), []int{3, 6})
	})
	t.Run("a membership after a termination took over", func(t *testing.T) {
		body := `[{"id":"` + leaver.account(t).ID + `"}]`
		require.Subset(t, sees(t, func() { send(t, "POST", "/api/v2/routing/queues/"+queue+"/members?delete=false", body) }), []int{3, 6})
	})
	t.Run("a leaver who is active again", func(t *testing.T) {
		require.Subset(t, sees(t, func() {
			_, err := s.platform.Change(leaver.account(t).ID, genesystest.Plant{State: new("active"), Presence: new("Available")})
			require.NoError(t, err)
		}), []int{5, 8})
	})
	t.Run("another account of the same person", func(t *testing.T) {
		require.Contains(t, sees(t, func() {
			_, err := s.platform.Plant(genesystest.Plant{
				Name: new("Another One"), Email: new("another-one@example.com"),
				ExternalIDs: []genesystest.ExternalID{{Authority: "somebody else", Key: leaver.id}},
			})
			require.NoError(t, err)
		}), 2)
	})
	t.Run("a deletion in the middle of the grace", func(t *testing.T) {
		require.Subset(t, sees(t, func() { send(t, "DELETE", "/api/v2/users/"+leaver.account(t).ID, "") }), []int{4, 6})
	})
}
