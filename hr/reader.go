package hr

import "github.com/go-json-experiment/json/jsontext"

// The fields of an event, by where they stand. termination and rescinds_event_id are accepted at the top and in the payload;
// the canonical form has the first in the payload and the second at the top.
var (
	eventFields = []string{
		"event_id", "event_type", "source_system", "timestamp_utc", "effective_at", "replaces_event_id", "rescinds_event_id",
		"termination", "payload",
	}
	payloadFields = []string{
		"external_user_id", "email", "first_name", "last_name", "phone_extension", "department_code", "job_title_code",
		"location_code", "manager_external_id", "timezone", "skill_codes", "skill_mode", "status", "hire_date", "leave_until",
		"termination", "rescinds_event_id",
	}
	terminationFields = []string{"reason", "last_day", "last_working_day"}
	// personFields are what an event can say about a person, as paths.
	personFields = []string{
		"payload.email", "payload.first_name", "payload.last_name", "payload.phone_extension", "payload.department_code",
		"payload.job_title_code", "payload.location_code", "payload.manager_external_id", "payload.timezone",
		"payload.skill_codes", "payload.skill_mode", "payload.status", "payload.hire_date", "payload.leave_until",
		"payload.termination",
	}
)

// maxSkillCodes bounds one event; far more than any person has.
const maxSkillCodes = 500

// reader turns a parsed document into an event. What is wrong is reported and left out of the event.
type reader struct {
	problems
	// zones is nil for an event that was accepted before: it is not judged again by rules that may have changed since.
	zones  *Zones
	seen   map[string]bool // paths that were given, right or wrong
	failed map[string]bool // paths that were given and are wrong
}

func newReader(zones *Zones) *reader {
	return &reader{zones: zones, seen: make(map[string]bool, len(payloadFields)), failed: map[string]bool{}}
}

// wrong reports a field that was given and cannot be taken.
func (r *reader) wrong(path, found, expected string) {
	r.failed[path] = true
	r.add(path, found, expected)
}

func (r *reader) event(root *node) Event {
	var e Event
	if root.kind != jsontext.KindBeginObject {
		if root.kind != jsontext.KindInvalid {
			r.wrong(bodyField, shape(root), "a JSON object")
		}
		return e
	}
	r.refuseUnknown(root, "", eventFields)
	e.EventID = r.text(root, "", "event_id", identifierRule).Value
	e.EventType = Type(r.oneOf(root, "", "event_type", eventTypes).Value)
	e.SourceSystem = r.text(root, "", "source_system", sourceRule).Value
	e.TimestampUTC = r.timestamp(root)
	e.EffectiveAt = r.moment(root, "", "effective_at")
	e.ReplacesEventID = r.text(root, "", "replaces_event_id", identifierRule).Value
	payload := r.one(root, "", "payload")
	if payload != nil {
		payload = r.asObject(payload, "payload", payloadFields)
	}
	r.payload(payload, &e.Payload)
	e.Payload.Termination = r.termination(payload, "payload.")
	if atTop := r.termination(root, ""); e.Payload.Termination == nil {
		e.Payload.Termination = atTop
	}
	r.inOnePlace("termination")
	e.RescindsEventID = r.text(root, "", "rescinds_event_id", identifierRule).Value
	if inPayload := r.text(payload, "payload.", "rescinds_event_id", identifierRule).Value; e.RescindsEventID == "" {
		e.RescindsEventID = inPayload
	}
	r.inOnePlace("rescinds_event_id")
	if e.EventType == UserUpdate && e.Payload.Status.Value == StatusTerminated {
		e.EventType = UserTerminate
	}
	return e
}

func (r *reader) payload(payload *node, p *Payload) {
	const at = "payload."
	p.ExternalUserID = r.text(payload, at, "external_user_id", identifierRule).Value
	p.Email = r.text(payload, at, "email", emailRule)
	p.FirstName = r.text(payload, at, "first_name", nameRule)
	p.LastName = r.text(payload, at, "last_name", nameRule)
	p.PhoneExtension = r.text(payload, at, "phone_extension", extensionRule)
	p.DepartmentCode = r.text(payload, at, "department_code", codeRule)
	p.JobTitleCode = r.text(payload, at, "job_title_code", codeRule)
	p.LocationCode = r.text(payload, at, "location_code", codeRule)
	p.ManagerExternalID = r.text(payload, at, "manager_external_id", managerRule)
	p.Timezone = r.timezone(payload)
	p.SkillCodes = r.skillCodes(payload)
	p.SkillMode = SkillMode(r.oneOf(payload, at, "skill_mode", skillModes).Value)
	if status := r.oneOf(payload, at, "status", statuses); status.Present {
		p.Status = Optional[Status]{Present: true, Value: Status(status.Value)}
	}
	p.HireDate = r.date(payload, at, "hire_date")
	p.LeaveUntil = r.date(payload, at, "leave_until")
}

// inOnePlace refuses a field that is given at the top and in the payload. The payload's is kept for a termination, the top's
// for a rescind, each where the canonical form has it.
func (r *reader) inOnePlace(name string) {
	if r.seen[name] && r.seen["payload."+name] {
		r.wrong(name, "the field at the top and in the payload", "it in one place")
	}
}
