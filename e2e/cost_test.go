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
	actions := spent(before, used)
	calls := s.platform.Journal(genesystest.JournalFilter{Path: "/api/v2/**"})
	for _, call := range calls {
		t.Logf("%s %s?%s", call.Method, call.Path, call.Query)
	}
	t.Logf("%v actions: %v", actions, used)
	require.Positive(t, actions)
	require.LessOrEqual(t, actions, float64(mostActions), "Temporal actions: %v", used)
	require.LessOrEqual(t, len(calls), mostPlatformCalls, "platform calls")
}

// What a change and a leaver may cost, nothing parked; a leaver on a call costs the drain beside.
const (
	mostTransferActions    = 9
	mostTerminationActions = 13
	mostDrainActions       = 8
)

func TestAChangeAndALeaverStayWithinTheirBudgets(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.newPerson()
	s.comesOut(t, p.post("USER_CREATE", nil, p.hire(nil)), "applied")
	s.mailboxCloses(t, p.id)

	before := s.actions(t)
	s.comesOut(t, p.post("USER_UPDATE", nil, fields{"external_user_id": p.id, "skill_codes": []string{"SVC_TECH"}}), "applied")
	s.mailboxCloses(t, p.id)
	after := s.actions(t)
	transfer := spent(before, maps.Clone(after))
	t.Logf("a transfer: %v actions", transfer)
	require.LessOrEqual(t, transfer, float64(mostTransferActions))

	_, err := s.platform.StartConversation(p.account(t).ID, genesystest.StartConversation{Queue: "Tier_2_Escalation", EndsAfterMS: 1500})
	require.NoError(t, err)
	s.comesOut(t, p.post("USER_TERMINATE", nil, fields{"external_user_id": p.id}), "applied")
	p.becomes(t, "deactivated")
	s.mailboxCloses(t, p.id)
	termination := spent(after, s.actions(t))
	t.Logf("a termination with its drain: %v actions", termination)
	require.LessOrEqual(t, termination, float64(mostTerminationActions+mostDrainActions))
}

// spent is how many actions were counted between two readings; after is left with those of each kind.
func spent(before, after map[string]float64) (actions float64) {
	maps.DeleteFunc(after, func(kind string, count float64) bool { after[kind] = count - before[kind]; return after[kind] == 0 })
	for _, count := range after {
		actions += count
	}
	return actions
}
