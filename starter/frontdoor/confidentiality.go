package frontdoor

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"muster/api"
	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

// Confidentiality: a termination that is not in effect is visible to role legal alone, until the person's last day. To all
// others it is a pending HR event without type, times or reason, so that nobody can tell that, or when, someone is to leave.
// One that never came into effect (re-dated, rescinded, refused) stays confidential, and so does whatever names it.

// secrecy knows which of a person's events a reader must not recognise.
type secrecy struct {
	// inEffect are the event ids of those that are, or were, in effect: terminations among them are no secret.
	inEffect map[string]bool
	// approvals are the ids of those that the reader must not know of.
	approvals map[string]bool
	events    []store.StoredEvent
	legal     bool
	auditor   bool
	// accepted and zones are what the person's standing at another time is folded from.
	accepted []hr.Accepted
	zones    hr.Zones
}

// secrecyOf folds a person's events at an instant to find which terminations are in effect.
func secrecyOf(events []store.StoredEvent, now time.Time, zones hr.Zones, reader Actor) secrecy {
	s := secrecy{
		inEffect: map[string]bool{}, events: events,
		legal: reader.Has(api.RoleLegal), auditor: reader.Has(api.RoleAuditor),
	}
	accepted := make([]hr.Accepted, 0, len(events))
	type content struct{ key, digest string }
	first := map[content]string{}
	for _, event := range events {
		if event.Admission != store.AdmissionAccepted {
			continue
		}
		accepted = append(accepted, event.Accepted)
		first[content{event.ProcessingKey, event.Digest}] = event.Event.EventID
		if event.Outcome == lifecycle.Applied || event.Outcome == lifecycle.NoChange {
			s.inEffect[event.Event.EventID] = true
		}
	}
	s.accepted, s.zones = accepted, zones
	dismissed := dismissedAt(events)
	for _, standing := range hr.Fold(accepted, now, zones).Events {
		// What legal turned back before its time never came into effect, though its day has come.
		at, turnedBack := dismissed[standing.EventID]
		if standing.Standing == hr.Contributes && (!turnedBack || !standing.Effective.After(at)) {
			s.inEffect[standing.EventID] = true
		}
	}
	for _, event := range events {
		if event.Admission == store.AdmissionDuplicate && s.inEffect[first[content{event.ProcessingKey, event.Digest}]] {
			s.inEffect[event.Event.EventID] = true
		}
	}
	return s
}

// dismissedAt says when people settled events without them being carried out.
func dismissedAt(events []store.StoredEvent) map[string]time.Time {
	dismissed := map[string]time.Time{}
	for _, event := range events {
		if event.Outcome == lifecycle.Dismissed && event.OutcomeAt != nil {
			dismissed[event.Event.EventID] = *event.OutcomeAt
		}
	}
	return dismissed
}

// hadLeft says whether by what HR says the person's employment was over at an instant: what was done about a termination then is no
// secret.
func (s secrecy) hadLeft(at time.Time) bool {
	return hr.Fold(s.accepted, at, s.zones).State.Employment == hr.Left
}

// hides says whether the reader must not recognise the event.
func (s secrecy) hides(event store.StoredEvent) bool {
	if s.legal {
		return false
	}
	if event.Admission == store.AdmissionRejected {
		// One whose type could not be read may have been a termination, too.
		return event.Event.EventType == hr.UserTerminate || event.Event.EventType == ""
	}
	return event.Event.EventType == hr.UserTerminate && !s.inEffect[event.Event.EventID]
}

// hiddenIDs are the ids of all events that the reader must not recognise.
func (s secrecy) hiddenIDs() map[string]bool {
	hidden := map[string]bool{}
	for _, event := range s.events {
		if s.hides(event) {
			hidden[event.Event.EventID] = true
		}
	}
	return hidden
}

// event is an event as the reader may see it.
func (s secrecy) event(stored store.StoredEvent) api.Event {
	shown := api.Event{
		EventID: stored.Event.EventID, SourceSystem: stored.Event.SourceSystem, Namespace: stored.Namespace,
		ExternalUserID: stored.Event.Payload.ExternalUserID, PersonID: stored.PersonID, ReceivedAt: stored.ReceivedAt,
		Outcome: string(stored.Outcome),
	}
	if s.hides(stored) {
		shown.Confidential = true
		return shown
	}
	shown.EventType = string(stored.Event.EventType)
	if !stored.Event.TimestampUTC.IsZero() {
		issued := stored.Event.TimestampUTC
		shown.TimestampUTC = &issued
	}
	shown.ProcessingKey, shown.WorkflowID = stored.ProcessingKey, stored.WorkflowID
	shown.OutcomeAt, shown.Reason = stored.OutcomeAt, stored.OutcomeReason
	if s.names(shown.Reason) {
		shown.Reason = withheldText
	}
	if !stored.Final() {
		shown.Waiting = waitOf(stored.Wait)
		if shown.Waiting != nil && s.names(shown.Waiting.What) {
			shown.Waiting.What = withheldText
		}
	}
	if stored.Admission == store.AdmissionRejected {
		shown.Problems = s.problems(stored.Defects, "termination")
	} else {
		shown.Defects = s.problems(stored.Defects, "termination.reason")
	}
	return shown
}

// problems are those of an event that the reader may see: what was found in fields whose path holds secret is for legal, and
// HR's reason for auditors too.
func (s secrecy) problems(found []hr.Problem, secret string) []api.FieldProblem {
	problems := fieldProblems(found)
	for i, problem := range problems {
		mayKnow := s.legal || (s.auditor && secret == "termination.reason")
		if (strings.Contains(problem.Field, secret) && !mayKnow) || s.names(problem.Found) {
			problems[i] = api.FieldProblem{Field: "payload", Found: "withheld", Expected: "withheld"}
		}
	}
	return problems
}

func waitOf(wait store.Wait) *api.Wait {
	if wait.Until.IsZero() && wait.For == "" && wait.What == "" {
		return nil
	}
	shown := &api.Wait{For: wait.For, What: wait.What}
	if !wait.Until.IsZero() {
		shown.Until = &wait.Until
	}
	return shown
}

// nextDue is the earliest instant an event that the reader may see waits for.
func (s secrecy) nextDue() *time.Time {
	var earliest *time.Time
	for _, event := range s.events {
		if event.Final() || s.hides(event) || event.Wait.Until.IsZero() {
			continue
		}
		if until := event.Wait.Until; earliest == nil || until.Before(*earliest) {
			earliest = &until
		}
	}
	return earliest
}

// pendingKind and pendingText stand in for a line of the timeline about an event that the reader must not recognise.
const (
	pendingKind = "event.pending"
	pendingText = "pending HR event"
)

// timelineEntry is a line of the timeline as the reader may see it.
func timelineEntry(stored store.TimelineEntry, hidden map[string]bool) api.TimelineEntry {
	shown := api.TimelineEntry{ID: stored.ID, At: stored.At, Kind: pendingKind, Actor: store.ActorMuster, Text: pendingText, EventID: stored.EventID}
	if stored.EventID != "" && hidden[stored.EventID] {
		return shown
	}
	shown.Kind, shown.Text, shown.Detail = stored.Kind, stored.Text, detail(stored.Detail)
	shown.Actor, shown.ActorVerified = stored.Actor, stored.ActorVerified
	shown.WorkflowID, shown.RunID = stored.WorkflowID, stored.RunID
	if mentions(stored.Text, hidden) || holds(stored.Detail, hidden) {
		shown.Text, shown.Detail = withheldText, nil
	}
	return shown
}

// detail leaves out an object without members.
func detail(raw json.RawMessage) json.RawMessage {
	if string(raw) == "{}" {
		return nil
	}
	return raw
}

// secrecyFor reads a person's events and finds what of them, and of what people were asked about them, the caller must not recognise.
func (d *Door) secrecyFor(ctx context.Context, personID string) (secrecy, error) {
	s, err := d.eventSecrecy(ctx, personID)
	if err != nil {
		return secrecy{}, err
	}
	s.approvals, err = d.hiddenApprovals(ctx, personID, s)
	return s, err
}

// eventSecrecy is secrecyFor without the approvals.
func (d *Door) eventSecrecy(ctx context.Context, personID string) (secrecy, error) {
	zones, err := d.registry.zones(ctx)
	if err != nil {
		return secrecy{}, err
	}
	events, err := d.Store.PersonEvents(ctx, personID)
	if err != nil {
		return secrecy{}, err
	}
	return secrecyOf(events, d.Now(), zones, actorOf(ctx)), nil
}
