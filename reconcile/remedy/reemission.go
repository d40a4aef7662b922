package remedy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/hr"
	"muster/names"
	"muster/store"
)

// afterOriginal is how long after its original a re-emission says it was issued: it takes the original's place in the order of HR's
// events, so that whatever HR corrected since still counts.
const afterOriginal = time.Millisecond

// emission is an event that a reconciliation sends in HR's name.
type emission struct {
	event     hr.Event
	namespace string
	source    string
}

// reemitHire sends the hire again: the one that HR sent, word for word and in its place, or what HR's roster says where HR's events do not
// tell of it. Before that the record says what is so: without that an active agent would be changed and not hired.
func (c carrying) reemitHire(ctx context.Context) (Outcome, error) {
	if c.delta.PersonID == "" {
		return c.emitFromRoster(ctx, hires)
	}
	registry, err := c.registry(ctx)
	if err != nil {
		return Outcome{}, err
	}
	var again *emission
	done, err := c.onRecord(ctx, func(p *store.PersonTx, person store.Person) (Outcome, error) {
		again = nil
		if stale, err := c.stale(p, person); err != nil || stale.Outcome == store.DeltaRung {
			return stale, err
		}
		if err := c.gone(p, person); err != nil {
			return Outcome{}, err
		}
		if hr.Fold(accepted(person), time.Now().UTC(), registry.Zones()).State.Employment != hr.Employed {
			return Outcome{}, nil
		}
		if again = c.again(person); again == nil {
			return Outcome{Outcome: store.DeltaRung, Reference: names.AgentWorkflowID(person.PersonID), Text: "HR never sent a hire: the mailbox hires by what HR said since"}, p.Ring()
		}
		return Outcome{}, nil
	})
	switch {
	case err != nil || done.Outcome != "":
		return done, err
	case again != nil:
		return c.emit(ctx, *again)
	}
	return c.emitFromRoster(ctx, hires)
}

func accepted(person store.Person) (events []hr.Accepted) {
	for _, e := range person.Events {
		events = append(events, e.Accepted)
	}
	return events
}

// again is the hire that HR sent, said again; nil where HR never sent one.
func (c carrying) again(person store.Person) *emission {
	i := slices.IndexFunc(person.Events, func(e store.StoredEvent) bool { return e.Event.EventID == c.delta.OriginalEventID })
	if i < 0 || person.Events[i].Event.EventType != hr.UserCreate {
		return nil
	}
	original := person.Events[i]
	event := original.Event
	event.ReplacesEventID = event.EventID
	if hired := event.Payload.HireDate; event.EffectiveAt == nil && (!hired.Present || hired.Null) {
		event.EffectiveAt = &hr.Moment{Instant: event.TimestampUTC}
	}
	event.TimestampUTC = event.TimestampUTC.Add(afterOriginal)
	return &emission{event: event, namespace: original.Namespace, source: event.SourceSystem}
}

// hires is the hire that HR's roster tells of.
func hires(word store.RosterWord) hr.Event {
	payload := word.Person
	payload.Termination = nil
	return hr.Event{EventType: hr.UserCreate, Payload: payload}
}

// reemitUpdate sends what HR's roster says of somebody whose update was lost: the skill codes where those differ, else the rest.
func (c carrying) reemitUpdate(ctx context.Context) (Outcome, error) {
	return c.emitFromRoster(ctx, func(word store.RosterWord) hr.Event {
		if c.delta.DeltaType == "SKILL_MISMATCH" {
			return hr.Event{EventType: hr.SkillAssign, Payload: hr.Payload{
				ExternalUserID: word.Person.ExternalUserID, SkillCodes: word.Person.SkillCodes, SkillMode: hr.SkillReplace,
			}}
		}
		payload := word.Person
		payload.SkillCodes, payload.SkillMode, payload.Termination = hr.Optional[[]string]{}, "", nil
		return hr.Event{EventType: hr.UserUpdate, Payload: payload}
	})
}

// reemitTermination sends the termination that HR's roster tells of. The account has no access, or the person has another employment.
func (c carrying) reemitTermination(ctx context.Context) (Outcome, error) {
	return c.emitTermination(ctx)
}

func (c carrying) emitTermination(ctx context.Context) (Outcome, error) {
	return c.emitFromRoster(ctx, leaves)
}

// emitFromRoster sends what HR's roster of this reconciliation says, as of the moment it tells of.
func (c carrying) emitFromRoster(ctx context.Context, say func(store.RosterWord) hr.Event) (Outcome, error) {
	word, err := c.store.RosterWordOf(ctx, c.delta.ReconciliationID, c.delta.PersonID, c.delta.Namespace, c.delta.ExternalUserID)
	if errors.Is(err, store.ErrNotFound) {
		return c.giveUp(ctx, failed("no roster of this reconciliation has %s, so there is nothing to say in HR's name", c.delta.ExternalUserID))
	}
	if err != nil {
		return Outcome{}, err
	}
	if left, err := c.leftToHR(ctx); err != nil || left.Outcome != "" {
		return left, err
	}
	event := say(word)
	event.SourceSystem, event.TimestampUTC = word.SourceSystem, word.AsOf
	return c.emit(ctx, emission{event: event, namespace: word.Namespace, source: word.SourceSystem})
}

// leftToHR lets a person alone about whom HR has said something since the comparison: a roster that is older than HR's newest word
// contradicts nothing, however late that word came.
func (c carrying) leftToHR(ctx context.Context) (Outcome, error) {
	if c.delta.PersonID == "" {
		return Outcome{}, nil
	}
	return c.onRecord(ctx, func(p *store.PersonTx, person store.Person) (Outcome, error) {
		if !c.heardSince(person) {
			return Outcome{}, nil
		}
		return c.newerWord(p)
	})
}

// heardSince says whether HR has said something about the person since the reconciliation began.
func (c carrying) heardSince(person store.Person) bool {
	return slices.ContainsFunc(person.Events, func(e store.StoredEvent) bool {
		return !e.Event.Reemitted() && e.ReceivedAt.After(c.delta.TimestampUTC)
	})
}

func (c carrying) newerWord(p *store.PersonTx) (Outcome, error) {
	text := "HR has said something since the comparison: the mailbox goes by that, and the next reconciliation compares anew"
	return Outcome{Outcome: store.DeltaRung, Text: text}, p.Ring()
}

// emit hands the event in on the way that every event takes. Its id is the same however often it is sent.
func (c carrying) emit(ctx context.Context, e emission) (Outcome, error) {
	e.event.EventID = hr.ReemissionID(c.key())
	registry, err := c.registry(ctx)
	if err != nil {
		return Outcome{}, err
	}
	raw := hr.Canonical(e.event)
	decoded, err := hr.Decode(raw, registry.Zones())
	var refusal *hr.Refusal
	if errors.As(err, &refusal) {
		return c.giveUp(ctx, failed("what is known is not enough for a %s: %s", e.event.EventType, fields(refusal)))
	}
	if err != nil {
		return Outcome{}, err
	}
	verdicts, err := c.store.Ingest(ctx, []store.Incoming{{
		Raw: raw, SourceSystem: e.source, Namespace: e.namespace, EventID: e.event.EventID, ExternalUserID: e.event.Payload.ExternalUserID,
		Event: &decoded.Event, Canonical: decoded.Canonical, Digest: decoded.Digest,
		ProcessingKey: hr.ProcessingKey(e.namespace, decoded.Event), Defects: decoded.Defects,
	}}, c.severalNamespaces)
	if err != nil {
		return Outcome{}, err
	}
	if verdicts[0].Status == store.VerdictRejected {
		return c.giveUp(ctx, failed("event %s was refused: %s", e.event.EventID, verdicts[0].Reason))
	}
	done := Outcome{Outcome: store.DeltaReemitted, Reference: e.event.EventID, Text: fmt.Sprintf("%s %s was sent in HR's name", e.event.EventType, e.event.EventID)}
	if original := c.delta.OriginalEventID; original != "" {
		done.Text += "; it names " + original
	}
	return done, c.note(ctx, done)
}

// giveUp records that nothing could be done, and has somebody told.
func (c carrying) giveUp(ctx context.Context, o Outcome) (Outcome, error) {
	if c.delta.PersonID == "" {
		return o, c.note(ctx, o)
	}
	return c.onRecord(ctx, func(*store.PersonTx, store.Person) (Outcome, error) { return o, nil })
}

// key identifies what is sent: by reconciliation, subject and type.
func (c carrying) key() string {
	sum := sha256.New()
	for _, part := range []string{c.delta.ReconciliationID, c.delta.Subject(), c.delta.ExternalUserID, string(c.delta.DeltaType)} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// fields are the names of the fields that an event was refused for: what was found in them may be personal data.
func fields(refusal *hr.Refusal) (found []string) {
	for _, problem := range refusal.Problems {
		found = append(found, problem.Field)
	}
	return found
}
