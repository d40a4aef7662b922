package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// What one hire may cost: the guides' own event, nothing parked.
const (
	mostActions       = 12
	mostPlatformCalls = 16
)

func TestAHireStaysWithinItsBudget(t *testing.T) {
	s := start(t)
	// A first hire warms what is read once for many: the token, the catalogue.
	first := s.newPerson()
	s.comesOut(t, first.post("USER_CREATE", nil, first.hire(nil)), "applied")
	s.mailboxCloses(t, first.id)
	before := s.actions(t)
	s.platform.ClearJournal()

	guides, err := os.ReadFile(filepath.Join("..", "hr", "testdata", "guide_user_update.json"))
	require.NoError(t, err)
	receipts, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_guides", guides)
	require.NoError(t, err)
	s.comesOut(t, receipts.Events[0].EventID, "applied")
	s.mailboxCloses(t, "WD-EMP-99284")

	used := s.actions(t)
	maps.DeleteFunc(used, func(kind string, count float64) bool { used[kind] = count - before[kind]; return used[kind] == 0 })
	var actions float64
	for _, count := range used {
		actions += count
	}
	calls := s.platform.Journal(genesystest.JournalFilter{Path: "/api/v2/**"})
	for _, call := range calls {
		t.Logf("%s %s?%s", call.Method, call.Path, call.Query)
	}
	t.Logf("%v actions: %v", actions, used)
	require.Positive(t, actions)
	require.LessOrEqual(t, actions, float64(mostActions), "Temporal actions: %v", used)
	require.LessOrEqual(t, len(calls), mostPlatformCalls, "platform calls")
}
