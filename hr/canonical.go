package hr

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Canonical is the event as it is stored: JSON in the canonical form of RFC 8785, instants in UTC without trailing zeros,
// termination in the payload and rescinds_event_id at the top, absent fields left out, cleared ones null.
// FromCanonical is its inverse.
func Canonical(e Event) []byte { return canonicalJSON(document(e)) }

// Digest identifies the content of an event whatever event_id it was sent under: hex SHA-256 over its canonical JSON
// without event_id.
func Digest(e Event) string {
	content := document(e)
	delete(content, "event_id")
	sum := sha256.Sum256(canonicalJSON(content))
	return hex.EncodeToString(sum[:])
}

// FromCanonical reads an event that Canonical wrote. It does not judge again: rules and registry may have changed since the
// event was accepted. The error says what is not canonical about it.
func FromCanonical(canonical []byte) (Event, error) {
	root, err := parse(canonical)
	if err != nil {
		return Event{}, fmt.Errorf("reading canonical event: %w", err)
	}
	r := newReader(nil)
	e := r.event(root)
	if found := r.all(); len(found) > 0 {
		return Event{}, fmt.Errorf("reading canonical event: %w", &Refusal{
			Problems: found, EventID: e.EventID, ExternalUserID: e.Payload.ExternalUserID, Type: e.EventType,
		})
	}
	return e, nil
}

// MarshalJSON writes the canonical form.
func (e Event) MarshalJSON() ([]byte, error) { return Canonical(e), nil }

// UnmarshalJSON reads the canonical form.
func (e *Event) UnmarshalJSON(data []byte) error {
	read, err := FromCanonical(data)
	if err != nil {
		return err
	}
	*e = read
	return nil
}

// canonicalJSON writes what RFC 8785 prescribes: the encoder's own form of strings is the RFC's, names are sorted, and for
// these names, all ASCII, the order of bytes is the order of UTF-16. There are no numbers.
func canonicalJSON(content map[string]any) []byte {
	// Texts of an event are valid UTF-8 once decoded; for one that was built by hand a replacement character is better
	// than a panic.
	text, err := json.Marshal(content, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(fmt.Sprintf("hr: marshalling maps, slices and strings: %v", err))
	}
	return text
}

// document lays an event out as it is written.
func document(e Event) map[string]any {
	content := map[string]any{"payload": payloadDocument(e.Payload)}
	for name, value := range map[string]string{
		"event_id": e.EventID, "event_type": string(e.EventType), "source_system": e.SourceSystem,
		"replaces_event_id": e.ReplacesEventID, "rescinds_event_id": e.RescindsEventID,
	} {
		if value != "" {
			content[name] = value
		}
	}
	if !e.TimestampUTC.IsZero() {
		content["timestamp_utc"] = writtenInstant(e.TimestampUTC)
	}
	if e.EffectiveAt != nil {
		if e.EffectiveAt.Date != nil {
			content["effective_at"] = e.EffectiveAt.Date.String()
		} else {
			content["effective_at"] = writtenInstant(e.EffectiveAt.Instant)
		}
	}
	return content
}

func payloadDocument(p Payload) map[string]any {
	content := map[string]any{}
	if p.ExternalUserID != "" {
		content["external_user_id"] = p.ExternalUserID
	}
	for name, field := range map[string]Optional[string]{
		"email": p.Email, "first_name": p.FirstName, "last_name": p.LastName, "phone_extension": p.PhoneExtension,
		"department_code": p.DepartmentCode, "job_title_code": p.JobTitleCode, "location_code": p.LocationCode,
		"manager_external_id": p.ManagerExternalID, "timezone": p.Timezone,
	} {
		write(content, name, field, field.Value)
	}
	write(content, "skill_codes", p.SkillCodes, slices.Clone(p.SkillCodes.Value))
	write(content, "status", p.Status, string(p.Status.Value))
	write(content, "hire_date", p.HireDate, p.HireDate.Value.String())
	write(content, "leave_until", p.LeaveUntil, p.LeaveUntil.Value.String())
	if p.SkillMode != "" {
		content["skill_mode"] = string(p.SkillMode)
	}
	if p.Termination != nil {
		content["termination"] = terminationDocument(*p.Termination)
	}
	return content
}

func terminationDocument(t Termination) map[string]any {
	content := map[string]any{}
	if t.Reason != "" {
		content["reason"] = string(t.Reason)
	}
	if t.LastDay != nil {
		content["last_day"] = t.LastDay.String()
	}
	if t.LastWorkingDay != nil {
		content["last_working_day"] = t.LastWorkingDay.String()
	}
	return content
}

func write[T any](content map[string]any, name string, field Optional[T], value any) {
	switch {
	case !field.Present:
	case field.Null:
		content[name] = nil
	default:
		content[name] = value
	}
}
