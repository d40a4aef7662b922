package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// Nothing that is not needed stands between the acceptance of a termination and the first cut.
func TestTheFirstThingDoneToALeaverIsToCutNewWorkOff(t *testing.T) {
	t.Parallel()
	s := startWith(t, hurried(t))
	// Somebody leaves before, so that what is read once for all is read.
	people := s.agentsOf(t, graceOfHours, 2)
	s.comesOut(t, people[0].leaves(), "applied")
	people[0].isArchived(t)
	p := people[1]
	account := p.account(t).ID

	sequence, posted := s.sequence(), time.Now()
	s.comesOut(t, p.leaves(), "applied")
	requests := s.platform.Journal(genesystest.JournalFilter{After: sequence})
	for i, request := range requests {
		require.Contains(t, request.Path+request.Query, account, "%s %s is about nobody else", request.Method, request.Path)
		if request.Method == http.MethodGet {
			t.Logf("read before the first cut: %s?%s", request.Path, request.Query)
			continue
		}
		require.Equal(t, "PATCH /api/v2/users/"+account+"/queues", request.Method+" "+request.Path)
		require.Contains(t, string(request.Body), `"joined":false`)
		require.NotContains(t, string(request.Body), `"joined":true`)
		require.LessOrEqual(t, i, 9, "what a snapshot of the account takes, and no more")
		break
	}
	lines, _, err := s.store.Timeline(t.Context(), p.id, "", 500)
	require.NoError(t, err)
	for _, line := range lines {
		if strings.HasPrefix(line.Kind, "account.unroutable") {
			t.Logf("read back unroutable %s after it was posted", line.At.Sub(posted))
			return
		}
	}
	t.Error("never read back unroutable")
}
