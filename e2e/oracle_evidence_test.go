package e2e

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/archive"
	"muster/ccaas/genesys/genesystest"
	"muster/lifecycle"
)

// evidence is all that a chaos run leaves behind: what was posted, what the platform was asked and what its accounts really are, and what
// Muster's record says. The oracle judges nothing else.
type evidence struct {
	at       time.Time
	posted   []string
	journal  []genesystest.Entry
	accounts map[string]genesystest.Truth

	people    []personRow
	events    []eventRow
	starts    map[string][]startRow
	timeline  []timelineRow
	graces    []graceRow
	archives  map[string]archiveRow
	holds     []holdRow
	overrides []overrideRow
	approvals []approvalRow
	plans     []planRow
	writes    []writeRow
	// troubled are the people of whom somebody is told that their access is not cut, or asked what stands in its way.
	troubled map[string]bool
	// unreadable says why an archive, by its id, cannot be read back as it was written.
	unreadable map[string]error
}

type (
	personRow struct {
		PersonID, Email, State, Operation, Account, PlanDigest string
		ExternalIDs                                            []string
		Generation                                             int64
	}
	eventRow struct {
		EventID, PersonID, Type, Outcome, WaitingFor, WaitingWhat string
		ReceivedAt                                                time.Time
		WaitingUntil                                              *time.Time
	}
	// startRow is an operation that took a person over.
	startRow struct {
		Operation  lifecycle.Operation
		Generation int64
		At         time.Time
	}
	timelineRow struct {
		PersonID, Kind, Text, WorkflowID string
		At                               time.Time
	}
	graceRow struct {
		PersonID, Account, Phase, ArchiveID string
		Generation                          int64
		StartedAt, Deadline                 time.Time
	}
	archiveRow struct {
		ID, Key, SHA256 string
		Size            int64
		VerifiedAt      *time.Time
		ErasedAt        *time.Time
	}
	holdRow struct {
		PersonID   string
		PlacedAt   time.Time
		ReleasedAt *time.Time
	}
	overrideRow struct {
		PersonID   string
		Generation int64
		MadeAt     time.Time
	}
	approvalRow struct {
		PersonID, Kind, PlanDigest, State string
		DecidedAt                         *time.Time
	}
	planRow struct {
		PersonID, Digest string
		Generation       int64
		CreatedAt        time.Time
		Body             lifecycle.Plan
	}
	// writeRow is a platform write: its intent with its result.
	writeRow struct {
		PersonID, Action, Account, Conversation, Result, CorrelationID string
		At                                                             time.Time
		EndedAt                                                        *time.Time
	}
)

// evidence gathers it all. The platform is asked first: what its journal shows was put on record before it was done.
func (s *stack) evidence(t *testing.T) *evidence {
	t.Helper()
	s.mu.Lock()
	e := &evidence{at: time.Now(), posted: append([]string{}, s.posted...), accounts: map[string]genesystest.Truth{}}
	s.mu.Unlock()
	e.journal = s.platform.Journal(genesystest.JournalFilter{Path: "/api/v2/**"})
	for _, account := range s.platform.Users(genesystest.TruthFilter{}) {
		e.accounts[account.ID] = account
	}
	connection, err := pgx.Connect(t.Context(), s.database)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close(context.WithoutCancel(t.Context()))) }()
	e.people = read[personRow](t, connection, `
		select a.person_id, coalesce(p.email, '') as email, a.lifecycle_state as state, a.operation, coalesce(a.platform_user_id, '') as account,
		       coalesce(a.plan_digest, '') as plan_digest, a.generation,
		       array(select i.external_id from person_ids i where i.person_id = a.person_id) as external_ids
		from agents a join persons p using (person_id) where p.joined_into is null`)
	e.events = read[eventRow](t, connection, `
		select event_id, coalesce(person_id, '') as person_id, event_type as type, coalesce(outcome, '') as outcome, waiting_for, waiting_what,
		       received_at, waiting_until
		from hr_events where admission = 'accepted'`)
	e.timeline = read[timelineRow](t, connection, `select person_id, kind, text, workflow_id, at from timeline order by id`)
	e.graces = read[graceRow](t, connection, `
		select person_id, platform_user_id as account, phase, coalesce(archive_id, '') as archive_id, generation, started_at, deadline from graces`)
	e.holds = read[holdRow](t, connection, `select person_id, placed_at, released_at from holds`)
	e.overrides = read[overrideRow](t, connection, `select person_id, generation, made_at from overrides`)
	e.approvals = read[approvalRow](t, connection, `select person_id, kind, plan_digest, state, decided_at from approvals`)
	e.plans = read[planRow](t, connection, `select person_id, digest, generation, created_at, body from plans order by created_at`)
	e.writes = read[writeRow](t, connection, `
		select i.person_id, i.action, coalesce(i.detail ->> 'account_id', r.detail ->> 'account_id', '') as account, i.at, r.at as ended_at,
		       coalesce(i.detail -> 'detail' ->> 'conversation_id', '') as conversation,
		       coalesce(r.detail ->> 'result', '') as result, coalesce(r.detail ->> 'correlation_id', '') as correlation_id
		from audit i left join audit r on r.intent_id = i.id where i.phase = 'intent' order by i.id`)
	e.troubled = map[string]bool{}
	for _, open := range read[struct{ PersonID string }](t, connection, `
		select person_id from alerts where closed_at is null and kind in ('access_not_cut', 'access_escalated')
		union select person_id from reviews where state = 'open' and kind in ('identity', 'platform_refusal')`) {
		e.troubled[open.PersonID] = true
	}
	e.readArchives(t, s, read[archiveRow](t, connection, `select id, key, sha256, size, verified_at, erased_at from archives`))
	e.readStarts(t)
	return e
}

func read[T any](t *testing.T, connection *pgx.Conn, query string) []T {
	t.Helper()
	rows, err := connection.Query(t.Context(), query)
	require.NoError(t, err, query)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	require.NoError(t, err, query)
	return found
}

func (e *evidence) readArchives(t *testing.T, s *stack, rows []archiveRow) {
	t.Helper()
	e.archives, e.unreadable = map[string]archiveRow{}, map[string]error{}
	bucket, err := archive.Open(t.Context(), s.archiveURL())
	require.NoError(t, err)
	defer func() { require.NoError(t, bucket.Close()) }()
	for _, a := range rows {
		e.archives[a.ID] = a
		if a.ErasedAt != nil {
			continue
		}
		if err := bucket.Verify(t.Context(), archive.Written{Key: a.Key, SHA256: a.SHA256, Size: a.Size}); err != nil {
			e.unreadable[a.ID] = err
		}
	}
}

var takeOver = regexp.MustCompile(`^(\w+) takes over, generation (\d+):`)

// readStarts reads from the timeline who took people over. A line is written while the take-over has the person to itself, before it is
// committed: no write of Muster under way began before it and ended after it.
func (e *evidence) readStarts(t *testing.T) {
	t.Helper()
	e.starts = map[string][]startRow{}
	for _, line := range e.timeline {
		if line.Kind != "operation.started" {
			continue
		}
		match := takeOver.FindStringSubmatch(line.Text)
		require.NotNil(t, match, line.Text)
		generation, err := strconv.ParseInt(match[2], 10, 64)
		require.NoError(t, err)
		e.starts[line.PersonID] = append(e.starts[line.PersonID], startRow{lifecycle.Operation(match[1]), generation, line.At})
	}
}

// holder is who had the person at an instant; nil: nobody ever had.
func (e *evidence) holder(personID string, at time.Time) (holder *startRow) {
	for _, start := range e.starts[personID] {
		if start.At.Before(at) {
			holder = &start
		}
	}
	return holder
}

// owners are the people by account, as the intents of Muster's writes name them.
func (e *evidence) owners() map[string]string {
	owners := map[string]string{}
	for _, w := range e.writes {
		if w.Account != "" {
			owners[w.Account] = w.PersonID
		}
	}
	for _, p := range e.people {
		if p.Account != "" {
			owners[p.Account] = p.PersonID
		}
	}
	return owners
}

// about are the accounts among these that a request is about.
func about(entry genesystest.Entry, owners map[string]string) (accounts []string) {
	text := entry.Path + "?" + entry.Query + string(entry.Body) + strings.Join(entry.UserIDs, ",")
	for account := range owners {
		if strings.Contains(text, account) {
			accounts = append(accounts, account)
		}
	}
	return accounts
}

// request is how a request is named in a finding.
func request(entry genesystest.Entry) string {
	return fmt.Sprintf("request %d (%s %s at %s)", entry.Sequence, entry.Method, entry.Path, entry.Time.UTC().Format(time.StampMicro))
}
