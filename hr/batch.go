package hr

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one request.
const (
	// MaxBody is the largest body, and the largest event, in bytes.
	MaxBody = 1 << 20
	// MaxBatch is the largest number of events in one body.
	MaxBatch = 1000
)

// SplitBatch takes a body apart: a single event comes back as the one item, {"events":[…]} as its items with batch true.
//
// Items are not judged here, so that a bad one never blocks the others; Decode does that. A body that is not JSON comes
// back as a single item for the same reason: Decode knows what may still be read of a termination. The error is a *Refusal of
// the whole body: too large, more than MaxBatch events or none, an envelope with anything but events.
func SplitBatch(raw []byte) (items [][]byte, batch bool, err error) {
	if len(raw) > MaxBody {
		return nil, false, refuse(bodyField, strconv.Itoa(len(raw))+" bytes", "at most "+strconv.Itoa(MaxBody)+" bytes")
	}
	envelope, broken := topMembers(raw)
	var events jsontext.Value
	var found problems
	seen := 0
	for _, m := range envelope {
		switch m.name {
		case "event_type":
			// A single event that happens to have an unknown field "events".
			return [][]byte{raw}, false, nil
		case "events":
			events = m.value
			seen++
		default:
			found.add(fieldName(m.name), "an unknown field", "events and nothing else beside it")
		}
	}
	if seen == 0 {
		return [][]byte{raw}, false, nil
	}
	if seen > 1 {
		found.add("events", "the field "+strconv.Itoa(seen)+" times", "the field once")
	}
	items, isArray := arrayItems(events)
	switch {
	case broken != nil:
		found.add(bodyField, broken.Error(), "one JSON object")
	case !isArray:
		found.add("events", "no array", "an array of 1 to "+strconv.Itoa(MaxBatch)+" events")
	case len(items) == 0 || len(items) > MaxBatch:
		found.add("events", strconv.Itoa(len(items))+" events", "1 to "+strconv.Itoa(MaxBatch)+" events")
	}
	if len(found.list) > 0 {
		return nil, true, &Refusal{Problems: found.all()}
	}
	return items, true, nil
}

func refuse(field, found, expected string) *Refusal {
	return &Refusal{Problems: []Problem{{Field: field, Found: found, Expected: expected}}}
}

type rawMember struct {
	name  string
	value jsontext.Value
}

// topMembers reads the members of the object raw is, as far as it is one, their values unparsed.
func topMembers(raw []byte) (members []rawMember, broken error) {
	decoder := newDecoder(raw)
	if decoder.PeekKind() != jsontext.KindBeginObject {
		return nil, nil
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, located(decoder, err)
	}
	for decoder.PeekKind() != jsontext.KindEndObject {
		name, err := decoder.ReadValue()
		if err != nil {
			return members, located(decoder, err)
		}
		text, _ := unquoted(name)
		value, err := decoder.ReadValue()
		if err != nil {
			// The name alone still tells a batch from an event.
			return append(members, rawMember{name: text}), located(decoder, err)
		}
		members = append(members, rawMember{name: text, value: value.Clone()})
	}
	if _, err := decoder.ReadToken(); err != nil {
		return members, located(decoder, err)
	}
	return members, atEnd(decoder)
}

// arrayItems cuts an array that has been read before into its items; false when value is no array.
func arrayItems(value jsontext.Value) ([][]byte, bool) {
	decoder := newDecoder(value)
	if decoder.PeekKind() != jsontext.KindBeginArray {
		return nil, false
	}
	var items [][]byte
	if _, err := decoder.ReadToken(); err != nil {
		return nil, false
	}
	for decoder.PeekKind() != jsontext.KindEndArray {
		item, err := decoder.ReadValue()
		if err != nil {
			return nil, false
		}
		items = append(items, bytes.Clone(item))
	}
	return items, true
}
