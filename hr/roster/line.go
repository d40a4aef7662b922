// Package roster reads what HR says of everybody at one moment: a roster, line by line, as JSON lines or CSV, and judges whether a
// roster may be believed.
//
// A line that is wrong is kept with what is wrong about it; it never keeps the others from being read and is never passed over.
// Everything here is a pure function over values and readers, and holds no more of a roster than a few lines.
package roster

import (
	"errors"

	"muster/hr"
)

// MaxLine is the longest line, in bytes: far more than the fields of one person need.
const MaxLine = 128 << 10

// ErrCut says that the roster breaks off in the middle of a line. What came before it is not the whole.
var ErrCut = errors.New("the roster breaks off in the middle of a line")

// Line is one line of a roster: what it says about a person, or why it says nothing.
type Line struct {
	// Number counts the lines of the text from 1; the header of a CSV counts. A CSV row over several lines has its first.
	Number int64
	// ExternalUserID is also set where the line was refused and it could still be read; else empty.
	ExternalUserID string
	// Person is what the line says; the zero value when it was refused.
	Person hr.Payload
	// Problems are why the line was refused; none: it was not.
	Problems []hr.Problem
}

// Refused says whether the line tells nothing that may be used.
func (l Line) Refused() bool { return len(l.Problems) > 0 }

// read makes a line of a record in JSON.
func read(number int64, record []byte, zones hr.Zones) Line {
	person, err := hr.DecodeRecord(record, zones)
	var refusal *hr.Refusal
	if errors.As(err, &refusal) {
		return Line{Number: number, ExternalUserID: refusal.ExternalUserID, Problems: refusal.Problems}
	}
	return Line{Number: number, ExternalUserID: person.ExternalUserID, Person: person}
}

func refused(number int64, field, found, expected string) Line {
	return Line{Number: number, Problems: []hr.Problem{{Field: field, Found: found, Expected: expected}}}
}

// lineField is the Field of a problem with a line as a whole, as hr has it for a document.
const lineField = "body"
