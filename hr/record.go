package hr

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// recordFields are the payload's fields that say how somebody is. The others say what an event does.
var recordFields = slices.DeleteFunc(slices.Clone(payloadFields), func(name string) bool {
	return name == "skill_mode" || name == "rescinds_event_id"
})

// payloadPrefix is where the fields of a record stand in an event; alone they have no prefix.
const payloadPrefix = "payload."

// DecodeRecord reads and judges what HR knows of one person at one moment: the fields of an event's payload as one JSON object,
// without an event around them, as a line of a roster has it.
//
// It is as strict as Decode, and without its exception: what is wrong with somebody who has left refuses the record like anything
// else. external_user_id and status are required; any status may go with a termination, which may still lie ahead. The error is a
// *Refusal with every problem found and the ExternalUserID as far as it could be read.
func DecodeRecord(raw []byte, zones Zones) (Payload, error) {
	if len(raw) > MaxBody {
		return Payload{}, refuse(bodyField, strconv.Itoa(len(raw))+" bytes", "at most "+strconv.Itoa(MaxBody)+" bytes")
	}
	r := newReader(&zones)
	root, err := parse(raw)
	if err != nil {
		r.wrong(bodyField, err.Error(), "one JSON object and nothing after it")
	}
	p := r.record(root)
	r.judgeRecord(&p)
	if found := r.all(); len(found) > 0 {
		for i := range found {
			found[i].Field = strings.TrimPrefix(found[i].Field, payloadPrefix)
		}
		return Payload{}, &Refusal{Problems: found, ExternalUserID: p.ExternalUserID}
	}
	return p, nil
}

// CanonicalRecord is a record as it is stored: JSON in the canonical form of RFC 8785, absent fields left out, cleared ones null.
// FromCanonicalRecord is its inverse.
func CanonicalRecord(p Payload) []byte { return canonicalJSON(payloadDocument(p)) }

// FromCanonicalRecord reads a record that CanonicalRecord wrote. It does not judge again. The error says what is not canonical
// about it.
func FromCanonicalRecord(canonical []byte) (Payload, error) {
	root, err := parse(canonical)
	if err != nil {
		return Payload{}, fmt.Errorf("reading canonical record: %w", err)
	}
	r := newReader(nil)
	p := r.record(root)
	if found := r.all(); len(found) > 0 {
		return Payload{}, fmt.Errorf("reading canonical record: %w", errors.New(found[0].String()))
	}
	return p, nil
}

func (r *reader) record(root *node) (p Payload) {
	if root.kind != jsontext.KindBeginObject {
		if root.kind != jsontext.KindInvalid {
			r.wrong(bodyField, shape(root), "a JSON object")
		}
		return p
	}
	r.refuseUnknown(root, payloadPrefix, recordFields)
	r.payload(root, &p)
	p.Termination = r.termination(root, payloadPrefix)
	return p
}

func (r *reader) judgeRecord(p *Payload) {
	if !r.failed[bodyField] {
		for _, field := range []Problem{
			{Field: payloadPrefix + "external_user_id", Expected: identifierRule.expected},
			{Field: payloadPrefix + "status", Expected: listed(statuses)},
		} {
			if !r.seen[field.Field] {
				r.add(field.Field, "nothing", field.Expected)
			}
		}
	}
	t := p.Termination
	if t != nil && t.LastDay != nil && t.LastWorkingDay != nil && t.LastWorkingDay.After(*t.LastDay) {
		r.add(payloadPrefix+"termination.last_working_day", strconv.Quote(t.LastWorkingDay.String()), "a day no later than last_day")
	}
}
