package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/store"
	"muster/testenv"
)

const source = "WORKDAY"

// wish is an event to be sent; empty fields get a value that stands for nothing in particular.
type wish struct {
	id, person, kind string
	at               string // timestamp_utc
	payload          map[string]any
	top              map[string]any
}

func create(id, person string) wish {
	return wish{id: id, person: person, kind: "USER_CREATE", payload: map[string]any{
		"email": person + "@enterprise.test", "first_name": "Jane", "last_name": "Doe", "department_code": "SUPP_L2",
	}}
}

func update(id, person string, payload map[string]any) wish {
	return wish{id: id, person: person, kind: "USER_UPDATE", payload: payload}
}

// incoming decodes the wish as the front door does.
func incoming(t testing.TB, w wish) store.Incoming {
	t.Helper()
	payload := map[string]any{"external_user_id": w.person}
	for name, value := range w.payload {
		payload[name] = value
	}
	if w.at == "" {
		w.at = "2026-03-02T10:00:00Z"
	}
	document := map[string]any{
		"event_id": w.id, "event_type": w.kind, "source_system": source, "timestamp_utc": w.at, "payload": payload,
	}
	for name, value := range w.top {
		document[name] = value
	}
	raw, err := json.Marshal(document)
	require.NoError(t, err)
	decoded, err := hr.Decode(raw, hr.Zones{})
	require.NoError(t, err)
	return store.Incoming{
		Raw: raw, SourceSystem: source, Namespace: "workday", EventID: decoded.Event.EventID,
		ExternalUserID: decoded.Event.Payload.ExternalUserID, Event: &decoded.Event, Canonical: decoded.Canonical, Digest: decoded.Digest,
		ProcessingKey: hr.ProcessingKey("workday", decoded.Event), Defects: decoded.Defects,
	}
}

func ingest(t testing.TB, s *store.Store, wishes ...wish) []store.Verdict {
	t.Helper()
	var items []store.Incoming
	for _, w := range wishes {
		items = append(items, incoming(t, w))
	}
	verdicts, err := s.Ingest(t.Context(), items, false)
	require.NoError(t, err)
	return verdicts
}

// newcomer ingests a hire and returns the person's id.
func newcomer(t testing.TB, s *store.Store, person string) string {
	t.Helper()
	verdicts := ingest(t, s, create("evt_create_"+person, person))
	require.Equal(t, store.VerdictAccepted, verdicts[0].Status, verdicts[0].Reason)
	return verdicts[0].PersonID
}

func withPerson(t testing.TB, s *store.Store, personID string, fn func(p *store.PersonTx) error) {
	t.Helper()
	require.NoError(t, s.WithPerson(t.Context(), personID, func(_ context.Context, p *store.PersonTx) error { return fn(p) }))
}

func load(t testing.TB, s *store.Store, personID string) (person store.Person) {
	t.Helper()
	withPerson(t, s, personID, func(p *store.PersonTx) (err error) {
		person, err = p.Load()
		return err
	})
	return person
}

// open returns a store and a connection to the same database that is not under the application role.
func open(t testing.TB) (*store.Store, *pgx.Conn) {
	t.Helper()
	url := testenv.Database(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return s, conn
}

func count(t testing.TB, conn *pgx.Conn, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from "+sql, args...).Scan(&n))
	return n
}

// eventually polls until the condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 10*time.Second, 5*time.Millisecond, what)
}

// waiting polls until a connection of the database waits for a lock.
func waiting(t testing.TB, url string) {
	t.Helper()
	observer, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = observer.Close(context.Background()) }()
	eventually(t, "somebody waits for a lock", func() bool {
		return count(t, observer, "pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") > 0
	})
}

func number(n int) string { return fmt.Sprintf("%04d", n) }
