package e2e

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/names"
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

// What a change and a leaver may cost, nothing parked. The grace is what comes in the run that waits, the archive included; it costs the
// same however long it is, since legal is told of the deadline by the starter.
const (
	mostTransferActions = 9
	mostCutOffActions   = 13
	mostDrainActions    = 8
	mostGraceActions    = 6
	// waitingAlready is what the waiting run has done when the archive is written: a look, the archive, what the UI shows, the timer.
	waitingAlready = 4
)

func TestAChangeAndALeaverStayWithinTheirBudgets(t *testing.T) {
	t.Parallel()
	s := startWith(t, hurried(t))
	department := func(code string) fields { return fields{"department_code": code} }
	p, quiet, short := s.newPerson(), s.newPerson(), s.newPerson()
	for who, code := range map[*person]string{p: graceOfHours, quiet: graceOfHours, short: graceOfSeconds} {
		s.comesOut(t, who.post("USER_CREATE", nil, who.hire(department(code))), "applied")
		s.mailboxCloses(t, who.id)
	}

	before := s.actions(t)
	s.comesOut(t, p.post("USER_UPDATE", nil, fields{"external_user_id": p.id, "skill_codes": []string{"SVC_TECH"}}), "applied")
	s.mailboxCloses(t, p.id)
	after := s.actions(t)
	transfer := spent(before, maps.Clone(after))
	t.Logf("a transfer: %v actions", transfer)
	require.LessOrEqual(t, transfer, float64(mostTransferActions))

	_, err := s.platform.StartConversation(p.account(t).ID, genesystest.StartConversation{Queue: "General_Support", EndsAfterMS: 1500})
	require.NoError(t, err)
	before = after
	p.leaves()
	s.waitsOutItsGrace(t, p)
	s.ringIsOver(t, p)
	after = s.actions(t)
	withDrain := maps.Clone(after)
	drained := spent(before, withDrain) - waitingAlready
	t.Logf("a termination with its drain: %v actions: %v", drained, withDrain)

	before = after
	quiet.leaves()
	s.waitsOutItsGrace(t, quiet)
	s.ringIsOver(t, quiet)
	after = s.actions(t)
	withoutDrain := maps.Clone(after)
	termination := spent(before, withoutDrain) - waitingAlready
	t.Logf("a termination without a call: %v actions: %v", termination, withoutDrain)

	before = after
	short.leaves()
	short.isGone(t)
	s.isClosed(t, names.TerminationWorkflowID(short.id, short.agent(t).Generation))
	s.mailboxCloses(t, short.id)
	after = s.actions(t)
	whole := maps.Clone(after)
	grace := spent(before, whole) - termination
	t.Logf("a grace, archive and deletion included: %v actions; all of the leaver: %v", grace, whole)

	require.LessOrEqual(t, drained, float64(mostCutOffActions+mostDrainActions))
	require.LessOrEqual(t, termination, float64(mostCutOffActions))
	require.LessOrEqual(t, grace, float64(mostGraceActions))
}

// ringIsOver waits until nobody has to ring the person's mailbox any more: the relay rings it some seconds after a termination, which it
// does not wait for.
func (s *stack) ringIsOver(t *testing.T, p *person) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close(context.WithoutCancel(t.Context()))) }()
	eventually(t, "the mailbox of "+p.id+" was rung", func() error {
		var open int
		err := connection.QueryRow(t.Context(), `select count(*) from rings where person_id = $1`, p.id).Scan(&open)
		if err == nil && open > 0 {
			err = errNotYet
		}
		return err
	})
	s.mailboxCloses(t, p.id)
}

// waitsOutItsGrace waits until the run that counts a leaver's grace down is the one that waits, and the mailbox has closed.
func (s *stack) waitsOutItsGrace(t *testing.T, p *person) {
	t.Helper()
	p.isArchived(t)
	eventually(t, "the long wait has begun", func() error {
		description, err := s.temporal.DescribeWorkflowExecution(t.Context(), names.TerminationWorkflowID(p.id, p.agent(t).Generation), "")
		if err != nil {
			return err
		}
		info := description.GetWorkflowExecutionInfo()
		if info.GetFirstRunId() == info.GetExecution().GetRunId() || description.GetPendingWorkflowTask() != nil {
			return errNotYet
		}
		return nil
	})
	s.mailboxCloses(t, p.id)
}

// spent is how many actions were counted between two readings; after is left with those of each kind.
func spent(before, after map[string]float64) (actions float64) {
	maps.DeleteFunc(after, func(kind string, count float64) bool { after[kind] = count - before[kind]; return after[kind] == 0 })
	for _, count := range after {
		actions += count
	}
	return actions
}
