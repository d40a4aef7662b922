package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"muster/ccaas/genesys/genesystest"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

const (
	// pageOfUsers and pageOfMembers are the largest pages that the platform gives.
	pageOfUsers   = 500
	pageOfMembers = 100
)

// BenchmarkReconcile reconciles centres of growing size, everybody in them as HR and the registry say: begin, HR's roster from a folder, the
// platform's accounts and queues, the comparison, end. The reference of its speed is the same pages fetched over bare HTTP, one after the
// other, and copied into PostgreSQL as they are, with HR's lines.
func BenchmarkReconcile(b *testing.B) {
	var first reconciled
	for _, people := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			measured := reconcileOnce(b, people)
			if first.people == 0 {
				first = measured
			}
			measured.report(b, first)
		})
	}
}

// reconciled is what a reconciliation of so many people took.
type reconciled struct {
	people int
	wall   time.Duration
	// rosters, platform and compare are the parts of wall.
	rosters, platform, compare time.Duration
	// Processor time.
	worker, simulator, postgres time.Duration
	memory                      float64 // of the worker, at its largest, in bytes
	allocations, rows           float64
	calls, pages, least         int // of calls, pages are those of lists
	reference                   time.Duration
}

func reconcileOnce(b *testing.B, people int) reconciled {
	b.Helper()
	s := start(b)
	began := time.Now()
	c := s.settle(b, people)
	b.Logf("%d people settled in %s", people, time.Since(began))
	s.startWorker(b)
	s.catalogueIsRead(b)

	m := reconciled{people: people, least: c.leastPages(b, s)}
	rows := s.rows(b)
	before := s.used(b)
	b.ResetTimer()
	began = time.Now()
	run := s.reconcile(b)
	m.wall = time.Since(began)
	b.StopTimer()
	after := s.used(b)
	m.rows = s.rows(b) - rows
	m.worker, m.simulator, m.postgres = after.worker-before.worker, after.simulator-before.simulator, after.postgres-before.postgres
	m.allocations, m.memory = after.allocations-before.allocations, peakMemory(b, s.worker.pid())
	for _, call := range s.simulator.journal(b, before.sequence) {
		m.calls++
		if listing(call) {
			m.pages++
		}
	}

	requireNothingFound(b, run, people)
	s.query(b, func(conn *pgx.Conn) {
		require.NoError(b, conn.QueryRow(b.Context(), `
			select h.read_at - h.begun_at, p.completed_at - p.started_at, r.compared_at - p.completed_at
			from reconciliations r join platform_rosters p on p.run_id = r.id join hr_rosters h on h.id = r.id || '/workday' where r.id = $1`, run.ID).
			Scan(&m.rosters, &m.platform, &m.compare))
	})
	m.reference = s.copyBare(b)
	return m
}

// report prints the figures of a run. Figures of growth are by person and refer to those of the smallest centre.
func (m reconciled) report(b *testing.B, smallest reconciled) {
	b.Helper()
	people := float64(m.people)
	name := func(of string) string { return fmt.Sprintf("reconcile %d: %s", m.people, of) }
	speed := func(d time.Duration) float64 { return people / d.Seconds() }
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / people }
	report(b,
		figure{name("whole"), speed(m.wall), "people/s", speed(m.reference)},
		figure{name("HR's roster"), speed(m.rosters), "people/s", speed(m.wall)},
		figure{name("platform's lists"), speed(m.platform), "people/s", speed(m.wall)},
		figure{name("comparison"), speed(m.compare), "people/s", speed(m.wall)},
		figure{name("worker, processor"), each(m.worker), "µs/person", each(m.wall)},
		figure{name("simulator, processor"), each(m.simulator), "µs/person", each(m.wall)},
		figure{name("PostgreSQL, processor"), each(m.postgres), "µs/person", each(m.wall)},
		figure{name("worker, largest memory"), m.memory / (1 << 20), "MiB", 200},
		figure{name("pages of the platform's lists"), float64(m.pages), "calls", float64(m.least)},
		figure{name("all platform calls"), float64(m.calls), "calls", float64(m.least)},
	)
	if m.people > smallest.people {
		of := float64(smallest.people)
		report(b,
			figure{name("growth, platform reads"), float64(m.calls) / people, "calls/person", float64(smallest.calls) / of},
			figure{name("growth, rows"), m.rows / people, "rows/person", smallest.rows / of},
			figure{name("growth, allocations"), m.allocations / people, "allocs/person", smallest.allocations / of},
		)
	}
}

// listing says whether a call asked for a page of what the platform lists to the client that does nothing else. The others are its token, the
// proof that it cannot write, how many users there are, and the names of the platform's constructs.
func listing(call genesystest.Entry) bool {
	return call.ClientID == readerID && (call.Path == "/api/v2/users/query" || strings.HasPrefix(call.Path, "/api/v2/routing/queues"))
}

// usage is what has been used of everything so far.
type usage struct {
	worker, simulator, postgres time.Duration
	allocations                 float64
	sequence                    int64 // of the platform's journal
}

func (s *stack) used(b *testing.B) usage {
	b.Helper()
	u := usage{
		allocations: s.allocations(b),
		worker:      processorTime(b, s.worker.pid()), simulator: processorTime(b, s.simulator.pid()), postgres: processorTimeOfTree(b, s.postgres),
	}
	if entries := s.simulator.journal(b, 0); len(entries) > 0 {
		u.sequence = entries[len(entries)-1].Sequence
	}
	return u
}

// catalogueIsRead waits until the worker has read the names of what the platform has, which it does when it starts.
func (s *stack) catalogueIsRead(b *testing.B) {
	b.Helper()
	last := -1
	eventually(b, "the worker has read the platform's catalogue", func() error {
		before := last
		if last = len(s.simulator.journal(b, 0)); last == 0 || last > before {
			return fmt.Errorf("%d requests so far", last)
		}
		return nil
	})
}

// reconcile reconciles everybody, as the starter starts it, and returns once that has ended.
func (s *stack) reconcile(b *testing.B) store.Reconciliation {
	b.Helper()
	modes := map[string]store.ReconciliationMode{}
	for _, deltaType := range reconcile.DeltaTypes() {
		modes[string(deltaType)] = store.ModeReport
	}
	id := "rec_" + time.Now().UTC().Format("20060102_1504")
	_, _, err := s.store.StartReconciliation(b.Context(), store.Reconciliation{ID: id, Platform: "genesys", Modes: modes, RequestedBy: "otto"})
	require.NoError(b, err)
	run, err := s.temporal.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{ID: names.ReconcileWorkflowID(id), TaskQueue: names.QueueMuster},
		names.WorkflowReconcile, names.ReconcileInput{ReconciliationID: id})
	require.NoError(b, err)
	require.NoError(b, run.Get(b.Context(), nil))
	ended, err := s.store.Reconciliation(b.Context(), id)
	require.NoError(b, err)
	return ended
}

// requireNothingFound makes sure that what was measured was the comparison of everybody.
func requireNothingFound(b *testing.B, run store.Reconciliation, people int) {
	b.Helper()
	require.Equal(b, store.ReconciliationCompleted, run.Status, run.Reason)
	var tally reconcile.Tally
	require.NoError(b, json.Unmarshal(run.Counts, &tally))
	require.Equal(b, people, tally.People)
	require.Equal(b, map[reconcile.Class]int{reconcile.Equal: people}, tally.Classes, "%+v", tally)
}

// leastPages is the fewest requests that tell everything: pages of users, of queues, and of the members of each queue.
func (c *centre) leastPages(b *testing.B, s *stack) int {
	b.Helper()
	pages := (len(c.people) + pageOfUsers - 1) / pageOfUsers
	bare := s.bareClient(b)
	queues := bare.queues(b)
	pages++
	for _, queue := range queues {
		pages += max(1, (c.queues[queue.Name]+pageOfMembers-1)/pageOfMembers)
	}
	return pages
}

// copyBare fetches what a reconciliation reads with nothing but net/http, one page after the other, and copies it into PostgreSQL as it is.
func (s *stack) copyBare(b *testing.B) time.Duration {
	b.Helper()
	bare := s.bareClient(b)
	var taken time.Duration
	s.query(b, func(conn *pgx.Conn) {
		_, err := conn.Exec(b.Context(), `
			create table bare_lines (line jsonb); create table bare_accounts (id text primary key, account jsonb);
			create table bare_members (queue text, id text, joined boolean, primary key (queue, id))`)
		require.NoError(b, err)
		began := time.Now()
		s.copyLines(b, conn)
		for cursor := ""; ; {
			page := bare.get(b, "/api/v2/users/query?state=any&pageSize=500&expand=skills&expand=languages&expand=groups&expand=locations"+
				"&expand=employerInfo&expand=authorization&cursor="+cursor)
			copyRows(b, conn, "bare_accounts", []string{"id", "account"}, page.Entities, func(e json.RawMessage, of bareEntity) []any {
				return []any{of.ID, e}
			})
			if cursor = page.Cursor; cursor == "" {
				break
			}
		}
		for _, queue := range bare.queues(b) {
			for number, members := 1, pageOfMembers; members == pageOfMembers; number++ {
				page := bare.get(b, fmt.Sprintf("/api/v2/routing/queues/%s/members?pageSize=100&pageNumber=%d", queue.ID, number))
				members = len(page.Entities)
				copyRows(b, conn, "bare_members", []string{"queue", "id", "joined"}, page.Entities, func(_ json.RawMessage, of bareEntity) []any {
					return []any{queue.ID, of.ID, of.Joined}
				})
			}
		}
		taken = time.Since(began)
	})
	return taken
}

// copyLines copies HR's roster.
func (s *stack) copyLines(b *testing.B, conn *pgx.Conn) {
	b.Helper()
	entries, err := os.ReadDir(s.rosters())
	require.NoError(b, err)
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".jsonl") {
			continue
		}
		content, err := os.ReadFile(s.rosters() + "/" + entry.Name())
		require.NoError(b, err)
		lines := strings.Split(strings.TrimSpace(string(content)), "\n")
		_, err = conn.CopyFrom(b.Context(), pgx.Identifier{"bare_lines"}, []string{"line"},
			pgx.CopyFromSlice(len(lines), func(i int) ([]any, error) { return []any{lines[i]}, nil }))
		require.NoError(b, err)
	}
}

func copyRows(b *testing.B, conn *pgx.Conn, table string, columns []string, entities []json.RawMessage, row func(json.RawMessage, bareEntity) []any) {
	b.Helper()
	_, err := conn.CopyFrom(b.Context(), pgx.Identifier{table}, columns, pgx.CopyFromSlice(len(entities), func(i int) ([]any, error) {
		var of bareEntity
		err := json.Unmarshal(entities[i], &of)
		return row(entities[i], of), err
	}))
	require.NoError(b, err)
}
