package levers_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const personID = "WD-1"

// now is when everything here is looked at; HR's events are issued in the days before.
var now = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

// record is one person's record in a database of the test's own.
type record struct {
	t     *testing.T
	store *store.Store
}

// hired is somebody whom HR has hired on the first of the month.
func hired(t *testing.T) record {
	t.Helper()
	r := record{t: t, store: testenv.Store(t)}
	r.says("hire", hr.UserCreate, 1, nil, map[string]any{"email": "jane@example.com", "first_name": "Jane", "last_name": "Doe", "department_code": "SUPP_L2"})
	return r
}

// says takes in an event that HR issued on a day of the month at 08:00.
func (r record) says(id string, eventType hr.Type, day int, top, payload map[string]any) {
	r.t.Helper()
	said := map[string]any{"external_user_id": personID}
	for field, value := range payload {
		said[field] = value
	}
	document := map[string]any{
		"event_id": id, "event_type": eventType, "source_system": "WORKDAY", "payload": said,
		"timestamp_utc": time.Date(2026, 3, day, 8, 0, 0, 0, time.UTC).Format(time.RFC3339),
	}
	for field, value := range top {
		document[field] = value
	}
	raw, err := json.Marshal(document)
	require.NoError(r.t, err)
	decoded, err := hr.Decode(raw, hr.Zones{})
	require.NoError(r.t, err)
	verdicts, err := r.store.Ingest(r.t.Context(), []store.Incoming{{
		Raw: raw, SourceSystem: "WORKDAY", Namespace: "workday", EventID: id, ExternalUserID: personID, Event: &decoded.Event,
		Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey("workday", decoded.Event),
	}}, false)
	require.NoError(r.t, err)
	require.Equal(r.t, store.VerdictAccepted, verdicts[0].Status, verdicts[0].Reason)
}

// ends takes in a termination.
func (r record) ends(id string, day int, termination map[string]any) {
	r.t.Helper()
	payload := map[string]any{}
	if termination != nil {
		payload["termination"] = termination
	}
	r.says(id, hr.UserTerminate, day, nil, payload)
}

// change changes the record as the workflows do.
func (r record) change(steps ...func(p *store.PersonTx) error) {
	r.t.Helper()
	require.NoError(r.t, r.store.WithPerson(r.t.Context(), personID, func(_ context.Context, p *store.PersonTx) error {
		for _, step := range steps {
			if err := step(p); err != nil {
				return err
			}
		}
		return nil
	}))
}

// look returns the person and what the levers make of HR's word.
func (r record) look() (person store.Person, picture hr.Picture) {
	r.t.Helper()
	r.change(func(p *store.PersonTx) (err error) {
		person, err = p.Load()
		return err
	})
	return person, levers.Fold(person, now, hr.Zones{})
}

func (r record) standing() lifecycle.LeaverStanding {
	r.t.Helper()
	person, picture := r.look()
	return levers.Standing(person, picture)
}

func (r record) pull(p lifecycle.Pull) (levers.Outcome, error) {
	r.t.Helper()
	p.Verified, p.At, p.Reason = true, now, "a test"
	if p.Actor == "" {
		p.Actor = "lena"
	}
	return levers.Pull(r.t.Context(), r.store, hr.Zones{}, personID, p)
}

func (r record) reversed() {
	r.t.Helper()
	_, err := r.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.NoError(r.t, err)
}

func state(s lifecycle.State) func(*store.PersonTx) error {
	return func(p *store.PersonTx) error { return p.UpdateAgent(store.AgentChange{State: &s}) }
}

func takeOver(op lifecycle.Operation) func(*store.PersonTx) error {
	return func(p *store.PersonTx) error {
		_, err := p.TakeOver(op, "test")
		return err
	}
}

func noOperation(p *store.PersonTx) error {
	return p.UpdateAgent(store.AgentChange{Operation: new(lifecycle.None)})
}

func grace(phases ...lifecycle.GracePhase) func(*store.PersonTx) error {
	return func(p *store.PersonTx) error {
		err := p.BeginGrace(lifecycle.Grace{Generation: 1, Platform: "genesys", PlatformUserID: "user-1", StartedAt: now, Deadline: now.Add(30 * 24 * time.Hour)})
		for _, phase := range phases {
			if err == nil {
				err = p.ChangeGrace(1, store.GraceChange{Phase: &phase, EndedBecause: because(phase)})
			}
		}
		return err
	}
}

func because(phase lifecycle.GracePhase) *string {
	if phase == lifecycle.GraceEnded {
		return new("the person came back")
	}
	return nil
}

func hold(matter string) func(*store.PersonTx) error {
	return func(p *store.PersonTx) error {
		_, err := p.PlaceHold(lifecycle.Hold{Matter: matter, PlacedBy: "lena", PlacedVerified: true, PlacedAt: now, Reason: "a test"})
		return err
	}
}
