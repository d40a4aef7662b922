package lifecycle

import (
	"slices"

	"muster/hr"
)

// Field is a part of a change that may be held up by itself while the rest is applied (RULES 14).
type Field string

// The fields. FieldWork is what a department and a job title decide together: queues, for which a seat may be missing, and roles,
// for which an approval may be.
const (
	FieldEmail     Field = "email"
	FieldExtension Field = "extension"
	FieldWork      Field = "work"
)

// SaidBy reports whether an event says something about the field.
func (f Field) SaidBy(p hr.Payload) bool {
	switch f {
	case FieldEmail:
		return p.Email.Present
	case FieldExtension:
		return p.PhoneExtension.Present
	case FieldWork:
		return p.DepartmentCode.Present || p.JobTitleCode.Present
	}
	return false
}

// said reports whether what the event says is what the state has.
func (f Field) said(p hr.Payload, s hr.State) bool {
	switch f {
	case FieldEmail:
		return p.Email.Value == s.Email
	case FieldExtension:
		return p.PhoneExtension.Value == s.PhoneExtension
	case FieldWork:
	}
	return true
}

// Source is the id of the event that the state has the field from: the last of the events, in the order of their timestamps, that says
// it. A decision about the field holds as long as that is the same. Empty: no event says it.
func (f Field) Source(events []hr.Accepted, state hr.State) string {
	for _, e := range slices.Backward(events) {
		if f.SaidBy(e.Event.Payload) && f.said(e.Event.Payload, state) {
			return e.Event.EventID
		}
	}
	return ""
}
