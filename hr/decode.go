package hr

import (
	"strconv"
	"strings"
)

// Decoded is an event that was accepted.
type Decoded struct {
	Event Event
	// Canonical is the event as it is stored, see Canonical.
	Canonical []byte
	// Digest identifies the content whatever event_id it was sent under, see Digest.
	Digest string
	// Defects are what was wrong with a termination that acts all the same; nil for every other event.
	Defects []Problem
}

// Decode reads and judges one event.
//
// It is strict: one JSON object of known fields, each given once, of the right type and form, and consistent with the type of
// the event; nothing after it; valid UTF-8; at most MaxBody bytes. The error is a *Refusal with every problem found.
// An update to status TERMINATED comes back as a USER_TERMINATE. Skill codes come back sorted and without repeats, since
// they are a set.
//
// One exception: a USER_TERMINATE (or an update to TERMINATED) whose event_id, external_user_id and timestamp_utc can be read
// is never refused for anything else. What is wrong is left out of the event and returned as Defects; in particular a
// termination without a usable date acts at once, and one without a usable source_system comes back with none. Nobody keeps
// access because of a typing error.
func Decode(raw []byte, zones Zones) (Decoded, error) {
	if len(raw) > MaxBody {
		return Decoded{}, refuse(bodyField, strconv.Itoa(len(raw))+" bytes", "at most "+strconv.Itoa(MaxBody)+" bytes")
	}
	r := newReader(&zones)
	root, err := parse(raw)
	if err != nil {
		r.wrong(bodyField, err.Error(), "one JSON object and nothing after it")
	}
	e := r.event(root)
	r.judge(&e)
	found := r.all()
	readable := e.EventID != "" && e.Payload.ExternalUserID != "" && !e.TimestampUTC.IsZero()
	if len(found) > 0 && (e.EventType != UserTerminate || !readable) {
		return Decoded{}, &Refusal{
			Problems: found, EventID: e.EventID, ExternalUserID: e.Payload.ExternalUserID, Type: e.EventType,
		}
	}
	return Decoded{Event: e, Canonical: Canonical(e), Digest: Digest(e), Defects: found}, nil
}

// judge applies the rules between fields. For a termination it also takes out what breaks them.
func (r *reader) judge(e *Event) {
	r.judgeReferences(e)
	r.judgeRequired(e)
	switch e.EventType {
	case UserTerminate:
		r.judgeTermination(e)
	case EventRescind:
		r.judgeRescind()
	case UserCreate, UserUpdate, SkillAssign:
		r.judgeEmployment(e)
	}
}

func (r *reader) judgeReferences(e *Event) {
	const expected = "another event's id"
	if e.ReplacesEventID != "" && e.ReplacesEventID == e.EventID {
		r.add("replaces_event_id", "the event's own id", expected)
		e.ReplacesEventID = ""
	}
	if e.RescindsEventID != "" && e.RescindsEventID == e.EventID {
		r.add("rescinds_event_id", "the event's own id", expected)
		e.RescindsEventID = ""
	}
	if e.RescindsEventID != "" && e.EventType != EventRescind {
		r.add("rescinds_event_id", "the field in a "+string(e.EventType), "it in an EVENT_RESCIND only")
		e.RescindsEventID = ""
	}
}

// required are the fields without which an event of the type says nothing. A hire needs what an account cannot be made or
// recognised without; everything else about the person may follow in an update.
func required(eventType Type) []Problem {
	fields := []Problem{
		{Field: "event_id", Expected: identifierRule.expected},
		{Field: "event_type", Expected: listed(eventTypes)},
		{Field: "source_system", Expected: sourceRule.expected},
		{Field: "timestamp_utc", Expected: timestampExpected},
		{Field: "payload", Expected: "an object with external_user_id"},
		{Field: "payload.external_user_id", Expected: identifierRule.expected},
	}
	switch eventType {
	case UserCreate:
		return append(fields,
			Problem{Field: "payload.email", Expected: emailRule.expected},
			Problem{Field: "payload.first_name", Expected: nameRule.expected},
			Problem{Field: "payload.last_name", Expected: nameRule.expected})
	case SkillAssign:
		return append(fields, Problem{Field: "payload.skill_codes", Expected: "the codes to add, remove or replace with"})
	default:
		return fields
	}
}

// judgeRequired reports what is missing. A field that is there and wrong has been reported already, and in a document that
// broke off, or in a payload that is none, nothing can be called missing.
func (r *reader) judgeRequired(e *Event) {
	if r.failed[bodyField] {
		return
	}
	for _, field := range required(e.EventType) {
		inPayload := strings.HasPrefix(field.Field, "payload.")
		if r.seen[field.Field] || inPayload && (r.failed["payload"] || !r.seen["payload"]) {
			continue
		}
		r.add(field.Field, "nothing", field.Expected)
	}
	if e.EventType == EventRescind && !r.seen["rescinds_event_id"] && !r.seen["payload.rescinds_event_id"] {
		r.add("rescinds_event_id", "nothing", "the id of the event that is taken back")
	}
}

func (r *reader) judgeEmployment(e *Event) {
	p := &e.Payload
	if p.Status.Value == StatusTerminated {
		// An update to TERMINATED has become a USER_TERMINATE before.
		r.add("payload.status", strconv.Quote(string(StatusTerminated)), "it in a USER_UPDATE or a USER_TERMINATE only")
	}
	if p.Termination != nil {
		r.add("payload.termination", "the field in a "+string(e.EventType), "it in a USER_TERMINATE only")
	}
	if e.EventType != SkillAssign {
		r.refuseSkillMode(e)
		return
	}
	if p.SkillCodes.Present && len(p.SkillCodes.Value) == 0 && p.SkillMode != SkillReplace && !r.failed["payload.skill_codes"] {
		r.add("payload.skill_codes", "no code", "at least one, or skill_mode REPLACE to take all away")
	}
}

func (r *reader) refuseSkillMode(e *Event) {
	if e.Payload.SkillMode != "" {
		r.add("payload.skill_mode", "the field in a "+string(e.EventType), "it in a SKILL_ASSIGN only")
		e.Payload.SkillMode = ""
	}
}

func (r *reader) judgeTermination(e *Event) {
	r.refuseSkillMode(e)
	if status := e.Payload.Status; status.Present && status.Value != StatusTerminated {
		r.add("payload.status", strconv.Quote(string(status.Value)), "TERMINATED or nothing in a USER_TERMINATE")
	}
	// The type says it already, so that both ways of writing a termination have the same content.
	e.Payload.Status = Optional[Status]{}
	t := e.Payload.Termination
	if t != nil && t.LastDay != nil && t.LastWorkingDay != nil && t.LastWorkingDay.After(*t.LastDay) {
		r.add("payload.termination.last_working_day", strconv.Quote(t.LastWorkingDay.String()),
			"a day no later than last_day")
		t.LastWorkingDay = nil
	}
}

// judgeRescind keeps a rescind to what it can do: it has no effect of its own, no time and no person to describe.
func (r *reader) judgeRescind() {
	const expected = "nothing: an EVENT_RESCIND only names the event that it takes back"
	for _, field := range append([]string{"effective_at", "replaces_event_id", "termination"}, personFields...) {
		if r.seen[field] {
			r.add(field, "the field in an EVENT_RESCIND", expected)
		}
	}
}
