package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/hr"
	"muster/lifecycle"
)

// Admission is what ingest decided about an event. It never changes.
type Admission string

// The admissions.
const (
	AdmissionAccepted  Admission = "accepted"
	AdmissionDuplicate Admission = "duplicate" // same processing key and content as an accepted one, under another event_id
	AdmissionRejected  Admission = "rejected"
)

// Wait says until when, for whom and for what an event waits.
type Wait struct {
	Until time.Time // zero: no time is set
	For   string    // time, operator, approver, registry, platform, …
	What  string
	// ParkedVersion is the mapping version that had no answer; 0 when the wait is not for the registry.
	ParkedVersion int
	WorkflowID    string
}

// StoredEvent is an event as the store has it.
type StoredEvent struct {
	// Accepted is the event for the fold. Of a rejected one, Event holds only what could be read: ids, type and source.
	hr.Accepted
	PersonID  string // empty for a rejected one
	Digest    string
	Admission Admission
	// Outcome is lifecycle.Waiting until there is a final one.
	Outcome       lifecycle.Outcome
	OutcomeAt     *time.Time // nil while waiting
	OutcomeReason string
	WorkflowID    string
	// Wait is what it waits for; meaningful while Outcome is lifecycle.Waiting.
	Wait    Wait
	Defects []hr.Problem
}

// Final reports whether the event has its outcome.
func (e StoredEvent) Final() bool { return e.Outcome != lifecycle.Waiting }

type eventRow struct {
	EventID         string
	SourceSystem    string
	Namespace       string
	ExternalUserID  string
	PersonID        string
	EventType       string
	TimestampUTC    *time.Time
	Canonical       []byte
	Digest          string
	ProcessingKey   string
	ReceivedAt      time.Time
	Admission       Admission
	Outcome         *string
	OutcomeAt       *time.Time
	OutcomeReason   string
	WorkflowID      string
	WaitingUntil    *time.Time
	WaitingFor      string
	WaitingWhat     string
	ParkedVersion   int
	ReplacesEventID string
	RescindsEventID string
	Defects         []byte
}

const eventColumns = `event_id, source_system, namespace, external_user_id, coalesce(person_id, '') as person_id, event_type,
	timestamp_utc, canonical, digest, processing_key, received_at, admission, outcome, outcome_at, outcome_reason, workflow_id,
	waiting_until, waiting_for, waiting_what, parked_version, replaces_event_id, rescinds_event_id, defects`

func (r eventRow) event() (StoredEvent, error) {
	e := StoredEvent{
		Accepted: hr.Accepted{Namespace: r.Namespace, ProcessingKey: r.ProcessingKey, ReceivedAt: r.ReceivedAt},
		PersonID: r.PersonID, Digest: r.Digest, Admission: r.Admission,
		Outcome: lifecycle.Waiting, OutcomeAt: r.OutcomeAt, OutcomeReason: r.OutcomeReason, WorkflowID: r.WorkflowID,
		Wait: Wait{For: r.WaitingFor, What: r.WaitingWhat, ParkedVersion: r.ParkedVersion, WorkflowID: r.WorkflowID},
	}
	if r.Outcome != nil {
		e.Outcome = lifecycle.Outcome(*r.Outcome)
	}
	if r.WaitingUntil != nil {
		e.Wait.Until = *r.WaitingUntil
	}
	if err := json.Unmarshal(r.Defects, &e.Defects); err != nil {
		return StoredEvent{}, fmt.Errorf("event %s: read its defects: %w", r.EventID, err)
	}
	if r.Admission == AdmissionRejected {
		e.Event = r.legible()
		return e, nil
	}
	var err error
	if e.Event, err = hr.FromCanonical(r.Canonical); err != nil {
		return StoredEvent{}, fmt.Errorf("event %s: read its canonical form: %w", r.EventID, err)
	}
	return e, nil
}

// legible is what the columns tell of an event that was refused.
func (r eventRow) legible() hr.Event {
	e := hr.Event{
		EventID: r.EventID, EventType: hr.Type(r.EventType), SourceSystem: r.SourceSystem,
		ReplacesEventID: r.ReplacesEventID, RescindsEventID: r.RescindsEventID,
		Payload: hr.Payload{ExternalUserID: r.ExternalUserID},
	}
	if r.TimestampUTC != nil {
		e.TimestampUTC = *r.TimestampUTC
	}
	return e
}

func listEvents(ctx context.Context, db database, condition string, args ...any) ([]StoredEvent, error) {
	rows, err := list[eventRow](ctx, db, "events", `select `+eventColumns+` from hr_events where `+condition, args...)
	if err != nil {
		return nil, err
	}
	events := make([]StoredEvent, 0, len(rows))
	for _, row := range rows {
		event, err := row.event()
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

// withOtherIDs are the accepted events, each with the ids of its duplicates: a source that sends an event again under another id may
// rescind it by either.
func withOtherIDs(events []StoredEvent) (accepted []StoredEvent) {
	others := map[content][]string{}
	for _, e := range events {
		if e.Admission == AdmissionDuplicate {
			same := content{e.ProcessingKey, e.Digest}
			others[same] = append(others[same], e.Event.EventID)
		}
	}
	for _, e := range events {
		if e.Admission == AdmissionAccepted {
			e.AlsoSentAs = others[content{e.ProcessingKey, e.Digest}]
			accepted = append(accepted, e)
		}
	}
	return accepted
}

// Event returns the event of an id: the one that was admitted, else the newest that was refused, else ErrNotFound.
func (s *Store) Event(ctx context.Context, eventID string) (StoredEvent, error) {
	found, err := listEvents(ctx, s.pool, `event_id = $1 order by (admission = 'rejected'), id desc limit 1`, eventID)
	if err != nil {
		return StoredEvent{}, err
	}
	if len(found) == 0 {
		return StoredEvent{}, fmt.Errorf("event %s: %w", eventID, ErrNotFound)
	}
	return found[0], nil
}

// PersonEvents returns all events of a person, duplicates too, in the order of their timestamps.
func (s *Store) PersonEvents(ctx context.Context, personID string) ([]StoredEvent, error) {
	return listEvents(ctx, s.pool, `person_id = $1 order by timestamp_utc, id`, personID)
}

// Settle gives an accepted event its final outcome and ends its wait. An outcome it has already stays: settling twice changes
// nothing. ErrNotFound when the person has no such accepted event.
func (p *PersonTx) Settle(eventID string, o lifecycle.Outcome, reason, workflowID string) error {
	if o == lifecycle.Waiting || o == "" {
		return fmt.Errorf("settle event %s: outcome %q is not final", eventID, o)
	}
	settled, err := p.tx.Exec(p.ctx, `
		update hr_events
		set outcome = $3, outcome_at = clock_timestamp(), outcome_reason = $4,
		    workflow_id = case when $5 = '' then workflow_id else $5 end,
		    waiting_until = null, waiting_for = '', waiting_what = '', parked_version = 0
		where event_id = $1 and person_id = $2 and admission = 'accepted' and outcome is null`,
		eventID, p.personID, o, reason, workflowID)
	if err != nil {
		return fmt.Errorf("settle event %s: %w", eventID, err)
	}
	if settled.RowsAffected() == 0 {
		return p.hasEvent(eventID)
	}
	return p.AddTimeline(TimelineEntry{
		Kind: TimelineEventSettled, Text: settledText(eventID, o, reason), EventID: eventID, WorkflowID: workflowID,
	})
}

func settledText(eventID string, o lifecycle.Outcome, reason string) string {
	text := fmt.Sprintf("event %s: %s", eventID, o)
	if reason != "" {
		text += ": " + reason
	}
	return text
}

// SetWaiting records what an event waits for. An event with a final outcome does not wait: nothing changes. ErrNotFound when
// the person has no such accepted event.
func (p *PersonTx) SetWaiting(eventID string, w Wait) error {
	set, err := p.tx.Exec(p.ctx, `
		update hr_events
		set waiting_until = $3, waiting_for = $4, waiting_what = $5, parked_version = $6,
		    due_at = case when $4 = 'time' then $3 else due_at end,
		    workflow_id = case when $7 = '' then workflow_id else $7 end
		where event_id = $1 and person_id = $2 and admission = 'accepted' and outcome is null`,
		eventID, p.personID, instant(w.Until), w.For, w.What, w.ParkedVersion, w.WorkflowID)
	if err != nil {
		return fmt.Errorf("set what event %s waits for: %w", eventID, err)
	}
	if set.RowsAffected() == 0 {
		return p.hasEvent(eventID)
	}
	return nil
}

// hasEvent is nil when the person has the accepted event.
func (p *PersonTx) hasEvent(eventID string) error {
	var has bool
	err := p.tx.QueryRow(p.ctx, `
		select exists (select from hr_events where event_id = $1 and person_id = $2 and admission = 'accepted')`, eventID, p.personID).Scan(&has)
	if err != nil {
		return fmt.Errorf("look for event %s: %w", eventID, err)
	}
	if !has {
		return fmt.Errorf("event %s of person %s: %w", eventID, p.personID, ErrNotFound)
	}
	return nil
}
