package roster

import (
	"fmt"
	"io"

	"muster/hr"
)

// JSONLines reads a roster of one JSON object a line, in the form of hr.DecodeRecord.
type JSONLines struct {
	lines *physicalReader
	zones hr.Zones
}

// NewJSONLines reads text as it is asked for lines. A byte order mark and CRLF are accepted. The zones are the registry's, for the
// names it translates.
func NewJSONLines(text io.Reader, zones hr.Zones) *JSONLines {
	return &JSONLines{lines: newPhysicalReader(text), zones: zones}
}

// Next returns the next line; io.EOF after the last, ErrCut where the text ends within a line that cannot be read, else the text's
// own error. An empty line is refused like any other that says nothing.
func (j *JSONLines) Next() (Line, error) {
	raw, err := j.lines.next()
	if err != nil {
		return Line{}, err
	}
	if raw.tooLong {
		return refused(raw.number, lineField, "a longer line", fmt.Sprintf("at most %d bytes", MaxLine)), nil
	}
	line := read(raw.number, raw.text, j.zones)
	if !raw.ended && line.Refused() && line.brokeOff() {
		return Line{}, fmt.Errorf("line %d: %w", raw.number, ErrCut)
	}
	return line, nil
}

// brokeOff says whether it was the line as a whole that could not be read.
func (l Line) brokeOff() bool {
	for _, problem := range l.Problems {
		if problem.Field == lineField {
			return true
		}
	}
	return false
}
