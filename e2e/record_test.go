package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/store"
)

var errNotYet = errors.New("not yet")

// goesWrong arms a fault of the platform.
func (s *stack) goesWrong(t *testing.T, faults ...genesystest.Fault) {
	t.Helper()
	for _, fault := range faults {
		require.NoError(t, s.platform.Fault(fault))
	}
}

// allFaultsHit fails unless every fault has met its request.
func (s *stack) allFaultsHit(t *testing.T) {
	t.Helper()
	require.Empty(t, s.platform.Faults(), "faults that met no request")
}

// inFlight waits until a request that the filter selects is being held by the platform.
func (s *stack) inFlight(t *testing.T, filter genesystest.JournalFilter) (held genesystest.Entry) {
	t.Helper()
	eventually(t, "a request is in flight", func() error {
		for _, entry := range s.platform.Journal(filter) {
			if entry.Ended.IsZero() {
				held = entry
				return nil
			}
		}
		return fmt.Errorf("none of %+v", filter)
	})
	return held
}

// sequence is the number of the platform's latest request.
func (s *stack) sequence() int64 {
	entries := s.platform.Journal(genesystest.JournalFilter{})
	if len(entries) == 0 {
		return 0
	}
	return entries[len(entries)-1].Sequence
}

// changes are the requests among these that ask the platform to change something.
func changes(entries []genesystest.Entry) (changing []genesystest.Entry) {
	for _, entry := range entries {
		reads := entry.Method == http.MethodGet || entry.Method == http.MethodHead ||
			strings.HasSuffix(entry.Path, "/search") || strings.HasSuffix(entry.Path, "/query")
		if !reads && !strings.HasPrefix(entry.Path, "/oauth") {
			changing = append(changing, entry)
		}
	}
	return changing
}

// theOnlyAccount is the person's account: nobody else carries the email or the external id.
func (p *person) theOnlyAccount(t *testing.T) genesystest.Truth {
	t.Helper()
	account := p.account(t)
	linked := p.s.platform.Users(genesystest.TruthFilter{ExternalKey: p.id})
	require.Len(t, linked, 1)
	require.Equal(t, account.ID, linked[0].ID)
	require.Equal(t, account.ID, p.agent(t).PlatformUserID)
	return account
}

// isSettled waits until an event has a final outcome, whichever.
func (s *stack) isSettled(t *testing.T, eventID string) (outcome string) {
	t.Helper()
	eventually(t, "event is settled", func() error {
		e, err := s.api.Event(t.Context(), eventID)
		if err == nil && e.Outcome == "waiting" {
			err = fmt.Errorf("waiting %+v", e.Waiting)
		}
		outcome = e.Outcome
		return err
	})
	return outcome
}

// openApproval is the one approval that somebody has to decide for the person.
func (p *person) openApproval(t *testing.T) (approval api.Approval) {
	t.Helper()
	eventually(t, "one open approval of "+p.id, func() error {
		page, err := p.s.api.Approvals(t.Context(), api.DecisionQuery{State: "open", PersonID: p.id})
		if err != nil {
			return err
		}
		if len(page.Items) != 1 {
			return fmt.Errorf("open approvals: %+v", page.Items)
		}
		approval = page.Items[0]
		return nil
	})
	return approval
}

// isApproved has an approver let the person get work.
func (p *person) isApproved(t *testing.T) {
	t.Helper()
	approver := p.s.as("approver")
	_, err := approver.Approve(t.Context(), p.openApproval(t).ID, "trained")
	require.NoError(t, err)
}

// write is a platform write as the audit trail has it.
type write struct {
	Action string
	Result string // "" while it is open
}

// writes are the person's platform writes in the order of their intents.
func (p *person) writes(t *testing.T) (writes []write) {
	t.Helper()
	var rows []store.AuditRow
	for cursor := ""; ; {
		page, next, err := p.s.store.AuditTrail(t.Context(), store.AuditFilter{PersonID: p.id}, cursor, 200)
		require.NoError(t, err)
		rows = append(rows, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	position := map[int64]int{}
	for _, row := range rows {
		switch row.Phase {
		case store.AuditIntent:
			position[row.ID] = len(writes)
			writes = append(writes, write{Action: row.Action})
		case store.AuditResult:
			var detail struct{ Result string }
			require.NoError(t, json.Unmarshal(row.Detail, &detail))
			writes[position[*row.IntentID]].Result = detail.Result
		}
	}
	return writes
}

// theRecordIsWhole checks that every write comes to have a result and that the chain verifies. A process that was killed leaves
// intents behind, which the sequencer calls unknown after a minute: that minute is made to have passed.
func (s *stack) theRecordIsWhole(t *testing.T) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close(t.Context())) }()
	_, err = connection.Exec(t.Context(), `update audit_open_intents set at = at - interval '2 minutes'`)
	require.NoError(t, err)
	eventually(t, "every intent has its result", func() error {
		var open int
		err := connection.QueryRow(t.Context(), `select count(*) from audit i where i.phase = 'intent'
			and not exists (select from audit r where r.intent_id = i.id)`).Scan(&open)
		if err == nil && open > 0 {
			err = fmt.Errorf("%d intents have none", open)
		}
		return err
	})
	auditor := s.as("auditor")
	eventually(t, "the chain is sealed and verifies", func() error {
		verdict, err := auditor.VerifyAudit(t.Context())
		if err == nil && (!verdict.Intact || verdict.Unsealed > 0) {
			err = fmt.Errorf("intact %t, unsealed %d: %s", verdict.Intact, verdict.Unsealed, verdict.Reason)
		}
		return err
	})
}
