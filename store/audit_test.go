package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/store"
	"muster/testenv"
)

func record(t testing.TB, s *store.Store, facts int) {
	t.Helper()
	for i := range facts {
		require.NoError(t, s.Audit(t.Context(), fact(i)))
	}
}

func fact(i int) store.AuditFact {
	return store.AuditFact{
		Actor: "alex", ActorVerified: true, Action: "agent.read", PersonID: "WD-" + number(i),
		Detail: json.RawMessage(fmt.Sprintf(`{"z": %d, "a": 1.50, "text": "é \" <x>"}`, i)),
	}
}

func verify(t testing.TB, s *store.Store) store.AuditVerdict {
	t.Helper()
	verdict, err := s.VerifyAudit(t.Context(), "")
	require.NoError(t, err)
	return verdict
}

func seal(t testing.TB, s *store.Store) int {
	t.Helper()
	sealed, err := s.SealAudit(t.Context())
	require.NoError(t, err)
	return sealed
}

// tamper does what the application cannot: as superuser, with triggers off.
func tamper(t testing.TB, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range append([]string{"set session_replication_role = replica"}, statements...) {
		_, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func TestASealedTrailVerifies(t *testing.T) {
	s, _ := open(t)
	record(t, s, 25)

	require.Equal(t, 25, seal(t, s))

	verdict := verify(t, s)
	require.True(t, verdict.Intact, verdict.Reason)
	require.Equal(t, int64(25), verdict.Sealed)
	require.Zero(t, verdict.Unsealed)
	require.Len(t, verdict.HeadHash, 64)
}

func TestSealingGoesOnWhereItStopped(t *testing.T) {
	s, _ := open(t)
	record(t, s, 3)
	seal(t, s)
	head := verify(t, s).HeadHash
	record(t, s, 2)

	require.Equal(t, 2, seal(t, s))

	verdict := verify(t, s)
	require.True(t, verdict.Intact, verdict.Reason)
	require.Equal(t, int64(5), verdict.Sealed)
	require.NotEqual(t, head, verdict.HeadHash)
}

func TestAChangedRowIsFound(t *testing.T) {
	s, conn := open(t)
	record(t, s, 10)
	seal(t, s)
	tamper(t, conn, `update audit set actor = 'nobody' where id = (select audit_id from audit_chain where pos = 7)`)

	verdict := verify(t, s)

	require.False(t, verdict.Intact)
	require.Equal(t, int64(7), verdict.BrokenAt)
	require.Contains(t, verdict.Reason, "not what was sealed")
}

func TestADetailThatWasChangedIsFound(t *testing.T) {
	s, conn := open(t)
	record(t, s, 4)
	seal(t, s)
	tamper(t, conn, `update audit set detail = detail || '{"z": 99}' where id = (select audit_id from audit_chain where pos = 2)`)

	require.Equal(t, int64(2), verify(t, s).BrokenAt)
}

func TestARemovedRowIsFound(t *testing.T) {
	s, conn := open(t)
	record(t, s, 10)
	seal(t, s)
	tamper(t, conn, `delete from audit where id = (select audit_id from audit_chain where pos = 4)`)

	verdict := verify(t, s)

	require.Equal(t, int64(4), verdict.BrokenAt)
	require.Contains(t, verdict.Reason, "missing")
}

func TestARowRemovedWithItsLinkIsFound(t *testing.T) {
	s, conn := open(t)
	record(t, s, 10)
	seal(t, s)
	tamper(t, conn,
		`delete from audit where id = (select audit_id from audit_chain where pos = 4)`, `delete from audit_chain where pos = 4`)

	verdict := verify(t, s)

	require.Equal(t, int64(4), verdict.BrokenAt)
	require.Contains(t, verdict.Reason, "position 4 is missing")
}

func TestLinksThatChangedPlacesAreFound(t *testing.T) {
	s, conn := open(t)
	record(t, s, 3)
	seal(t, s)
	// The rows of two links change places: each row and its hash fit each other, the chain does not.
	tamper(t, conn,
		`create temp table swapped as select pos, audit_id, row_hash from audit_chain where pos in (2, 3)`,
		`update audit_chain set audit_id = -audit_id where pos in (2, 3)`,
		`update audit_chain c set audit_id = o.audit_id, row_hash = o.row_hash from swapped o where c.pos + o.pos = 5 and c.pos in (2, 3)`)

	verdict := verify(t, s)

	require.Equal(t, int64(2), verdict.BrokenAt)
	require.Contains(t, verdict.Reason, "does not continue")
}

func TestARowKeptOutOfTheChainIsFound(t *testing.T) {
	s, conn := open(t)
	record(t, s, 2)
	seal(t, s)
	tamper(t, conn, `insert into audit (at, action, phase) values (now() - interval '2 minutes', 'planted', 'fact')`)

	verdict := verify(t, s)

	require.False(t, verdict.Intact)
	require.Zero(t, verdict.BrokenAt)
	require.Contains(t, verdict.Reason, "not sealed")
}

func TestAnEarlierHeadIsFoundInTheChainThatWentOn(t *testing.T) {
	s, _ := open(t)
	record(t, s, 3)
	seal(t, s)
	head := verify(t, s).HeadHash
	record(t, s, 2)
	seal(t, s)

	verdict, err := s.VerifyAudit(t.Context(), head)

	require.NoError(t, err)
	require.True(t, verdict.Intact, verdict.Reason)
	require.Equal(t, int64(3), verdict.ExpectedAt)
	require.NotEqual(t, head, verdict.HeadHash)
}

func TestAChainThatWasCutOffLacksTheHeadThatWasKept(t *testing.T) {
	s, conn := open(t)
	record(t, s, 5)
	seal(t, s)
	head := verify(t, s).HeadHash
	tamper(t, conn, `delete from audit where id = (select audit_id from audit_chain where pos = 5)`, `delete from audit_chain where pos = 5`)
	require.True(t, verify(t, s).Intact, "by itself it does not show")

	verdict, err := s.VerifyAudit(t.Context(), head)

	require.NoError(t, err)
	require.False(t, verdict.Intact)
	require.Zero(t, verdict.BrokenAt)
	require.Contains(t, verdict.Reason, "cut off")
}

func TestAnIntentThatNeverGotItsResultIsAFault(t *testing.T) {
	s, conn := open(t)
	_, err := conn.Exec(t.Context(), `insert into audit (at, action, phase) values
		(now() - interval '121 seconds', 'queues.join', 'intent'), (now() - interval '100 seconds', 'queues.leave', 'intent')`)
	require.NoError(t, err)
	tamper(t, conn, `delete from audit_open_intents`)
	seal(t, s)

	verdict := verify(t, s)

	require.False(t, verdict.Intact)
	require.Equal(t, int64(1), verdict.OpenIntents)
	require.Contains(t, verdict.Reason, "1 platform writes have no result")
	require.Zero(t, verdict.BrokenAt)
}

func TestAFreshTailIsNoFault(t *testing.T) {
	s, _ := open(t)
	record(t, s, 2)

	verdict := verify(t, s)

	require.True(t, verdict.Intact)
	require.Equal(t, int64(2), verdict.Unsealed)
}

func TestSequencersInSeveralProcessesMakeOneChain(t *testing.T) {
	s, _ := open(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said := make(chan []byte, 64)
	for range 4 {
		go s.RunSequencer(ctx, slog.New(slog.NewTextHandler(writer(said), nil)))
	}
	for range 8 {
		go func() {
			for i := range 25 {
				_ = s.Audit(ctx, fact(i)) // one that is missing fails the count below
			}
		}()
	}

	eventually(t, "200 rows sealed", func() bool { return verify(t, s).Sealed == 200 })
	verdict := verify(t, s)
	require.True(t, verdict.Intact, verdict.Reason)
	require.Empty(t, said, "they take turns, so none runs into another")
}

func TestAResultThatCommitsLateIsTheOnlyOne(t *testing.T) {
	s, conn := open(t)
	_, err := conn.Exec(t.Context(), `insert into audit (at, action, phase) values (now() - interval '61 seconds', 'queues.join', 'intent')`)
	require.NoError(t, err)
	guard, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = guard.Exec(t.Context(), `
		insert into audit (action, phase, intent_id, detail) select action, 'result', id, '{"result": "done"}' from audit`)
	require.NoError(t, err)
	sealed := make(chan error, 1)
	go func() {
		_, err := s.SealAudit(t.Context())
		sealed <- err
	}()
	waiting(t, conn.Config().ConnString())

	require.NoError(t, guard.Commit(t.Context()))

	require.NoError(t, <-sealed)
	rows := trail(t, s)
	require.Len(t, rows, 2)
	require.Equal(t, "done", resultOf(t, rows[1]).Result)
}

func TestAnIntentWhoseProcessDiedGetsAnUnknownResult(t *testing.T) {
	s, conn := open(t)
	var lost int64
	err := conn.QueryRow(t.Context(), `
		insert into audit (at, action, phase, person_id) values (now() - interval '61 seconds', 'queues.join', 'intent', 'WD-1')
		returning id`).Scan(&lost)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `insert into audit (action, phase, person_id) values ('queues.leave', 'intent', 'WD-1')`)
	require.NoError(t, err)

	seal(t, s)
	seal(t, s)

	rows := trail(t, s)
	require.Len(t, rows, 3, "the younger intent may still get its own result")
	require.Equal(t, lost, *rows[2].IntentID)
	require.Equal(t, "unknown", resultOf(t, rows[2]).Result)
}

func TestTheRecordRefusesChangesFromEveryone(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	record(t, s, 1)
	seal(t, s)
	submit(t, s, rules("A"), "ana")
	for _, table := range []string{"audit", "audit_chain", "timeline", "mapping_versions"} {
		for _, statement := range []string{"delete from " + table, "truncate " + table + " cascade", "update " + table + " set " + map[string]string{
			"audit": "actor = ''", "audit_chain": "pos = 0", "timeline": "text = ''", "mapping_versions": "author = ''",
		}[table]} {
			t.Run(statement, func(t *testing.T) {
				_, err := conn.Exec(t.Context(), statement) // as superuser
				require.ErrorContains(t, err, "never changed")
			})
		}
	}
}

func TestTheApplicationRoleHasNoRightToChangeTheRecord(t *testing.T) {
	_, conn := open(t)
	for _, table := range []string{"audit", "audit_chain", "timeline", "mapping_versions"} {
		for _, right := range []string{"update", "delete", "truncate"} {
			var may bool
			require.NoError(t, conn.QueryRow(t.Context(), "select has_table_privilege('muster_app', $1, $2)", table, right).Scan(&may))
			require.False(t, may, "%s %s", right, table)
		}
	}
}

func TestTheStoreWorksUnderTheApplicationRole(t *testing.T) {
	url := testenv.Database(t)
	s, err := store.Open(t.Context(), url+"&application_name=role-test")
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Ping(t.Context()))

	require.Equal(t, "muster_app", s.CurrentRole(t))
}

func TestAuditPagesFollowEachOther(t *testing.T) {
	s, _ := open(t)
	record(t, s, 7)
	var seen []int64
	cursor := ""
	for {
		rows, next, err := s.AuditTrail(t.Context(), store.AuditFilter{Actor: "alex", Since: time.Now().Add(-time.Hour)}, cursor, 3)
		require.NoError(t, err)
		for _, row := range rows {
			seen = append(seen, row.ID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}

	require.Len(t, seen, 7)
	require.IsIncreasing(t, seen)
}

func TestTheAuditTrailIsFiltered(t *testing.T) {
	s, _ := open(t)
	record(t, s, 3)
	require.NoError(t, s.Audit(t.Context(), store.AuditFact{Action: "approval.approve", PersonID: "WD-0001"}))
	for _, c := range []struct {
		filter store.AuditFilter
		want   int
	}{
		{store.AuditFilter{}, 4},
		{store.AuditFilter{PersonID: "WD-0001"}, 2},
		{store.AuditFilter{Actor: store.ActorMuster}, 1},
		{store.AuditFilter{Action: "approval."}, 1},
		{store.AuditFilter{Action: "approval"}, 0},
		{store.AuditFilter{Since: time.Now().Add(time.Hour)}, 0},
		{store.AuditFilter{Until: time.Now().Add(-time.Hour)}, 0},
	} {
		rows, _, err := s.AuditTrail(t.Context(), c.filter, "", 0)
		require.NoError(t, err)
		require.Len(t, rows, c.want, "%+v", c.filter)
	}
}

func TestTheReadsOfAPersonAreFoundAlsoWhereAListWasRead(t *testing.T) {
	s, _ := open(t)
	for _, detail := range []string{`{"person_ids": ["WD-1", "WD-2"]}`, `{"person_ids": ["WD-11"]}`, `{"other": ["WD-1"]}`} {
		require.NoError(t, s.Audit(t.Context(), store.AuditFact{Action: "read.agents", Detail: json.RawMessage(detail)}))
	}
	require.NoError(t, s.Audit(t.Context(), store.AuditFact{Action: "read.agent", PersonID: "WD-1"}))

	rows, _, err := s.AuditTrail(t.Context(), store.AuditFilter{PersonID: "WD-1"}, "", 0)

	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, []string{"read.agents", "read.agent"}, []string{rows[0].Action, rows[1].Action})
}

func TestASequencerThatCannotSealSaysSo(t *testing.T) {
	s, conn := open(t)
	record(t, s, 1)
	_, err := conn.Exec(t.Context(), "alter table audit_chain rename to elsewhere")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	said := make(chan []byte, 64)
	go s.RunSequencer(ctx, slog.New(slog.NewTextHandler(writer(said), nil)))

	require.True(t, bytes.Contains(<-said, []byte("could not be sealed")))
	stop()
}

type writer chan []byte

func (w writer) Write(line []byte) (int, error) {
	select {
	case w <- bytes.Clone(line):
	default:
	}
	return len(line), nil
}
