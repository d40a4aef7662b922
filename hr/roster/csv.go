package roster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"muster/hr"
)

// HeaderError is every problem with the header of a CSV. Without it no row can be read.
type HeaderError struct{ Problems []hr.Problem }

// Error says all problems in one line.
func (e *HeaderError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, problem := range e.Problems {
		texts[i] = problem.String()
	}
	return "header refused: " + strings.Join(texts, "; ")
}

// CSV reads a roster in the form of RFC 4180 with a header.
type CSV struct {
	rows    *rowReader
	zones   hr.Zones
	columns Columns
	width   int              // of the header
	places  map[string][]int // by field: where its columns are
}

// NewCSV reads the header; the rows are read as they are asked for. A byte order mark and CRLF are accepted. The error is a
// *HeaderError, io.EOF of a text without any line, or the text's own.
func NewCSV(text io.Reader, columns Columns, zones hr.Zones) (*CSV, error) {
	if columns.Delimiter == 0 {
		columns.Delimiter = ','
	}
	c := &CSV{rows: &rowReader{lines: newPhysicalReader(text), delimiter: columns.Delimiter}, zones: zones, columns: columns}
	header, err := c.rows.next()
	if err != nil {
		return nil, err
	}
	if header.problem != "" {
		return nil, &HeaderError{Problems: []hr.Problem{{Field: "header", Found: header.problem, Expected: rowExpected}}}
	}
	c.width, c.rows.width = len(header.cells), len(header.cells)
	return c, c.place(header.cells)
}

// place finds the columns of each field.
func (c *CSV) place(header []string) error {
	var found []hr.Problem
	wrong := func(column, value, expected string) {
		found = append(found, hr.Problem{Field: "header " + quoted(column), Found: value, Expected: expected})
	}
	if len(c.columns.Fields) == 0 {
		c.columns.Fields = map[string]Column{}
		for _, name := range header {
			if slices.Contains(fields, name) {
				c.columns.Fields[name] = Column{Names: []string{name}}
			} else {
				wrong(name, "an unknown column", "one of "+strings.Join(fields, ", "))
			}
		}
	}
	c.places = map[string][]int{}
	for _, field := range sortedKeys(c.columns.Fields) {
		for _, name := range c.columns.Fields[field].Names {
			at := slices.Index(header, name)
			switch {
			case at < 0:
				wrong(name, "no such column", "the column of "+field)
			case slices.Contains(header[at+1:], name):
				wrong(name, "the column more than once", "it once")
			default:
				c.places[field] = append(c.places[field], at)
			}
		}
	}
	for _, problem := range c.columns.Check() {
		wrong(strings.TrimPrefix(problem.Field, "columns."), problem.Found, problem.Expected)
	}
	if len(found) > 0 {
		return &HeaderError{Problems: found}
	}
	return nil
}

// Next returns the next row; io.EOF after the last, ErrCut where the text ends within a row that cannot be read, else the text's
// own error. Empty lines are refused like any other row of too few cells.
func (c *CSV) Next() (Line, error) {
	row, err := c.rows.next()
	if err != nil {
		return Line{}, err
	}
	problem, expected := row.problem, rowExpected
	if problem == "" && len(row.cells) != c.width {
		problem, expected = strconv.Itoa(len(row.cells))+" cells", "the "+strconv.Itoa(c.width)+" of the header"
	}
	if problem != "" {
		if !row.ended {
			return Line{}, fmt.Errorf("line %d: %w", row.number, ErrCut)
		}
		return refused(row.number, lineField, problem, expected), nil
	}
	record, found := c.record(row.cells)
	line := read(row.number, record, c.zones)
	if len(found) > 0 || line.Refused() {
		// No field holds a line end, so the lines after the first may be other people's.
		c.rows.lines.giveBack(row.taken)
	}
	if len(found) == 0 {
		return line, nil
	}
	// A field that was wrong as a cell is not also missing from the record.
	for _, other := range line.Problems {
		if !slices.ContainsFunc(found, func(p hr.Problem) bool { return p.Field == other.Field }) {
			found = append(found, other)
		}
	}
	return Line{Number: row.number, ExternalUserID: line.ExternalUserID, Problems: found}, nil
}

// record writes a row as hr.DecodeRecord reads it, so that a table is held to the same rules as everything else.
func (c *CSV) record(cells []string) (record []byte, found []hr.Problem) {
	var person, termination []byte
	for _, field := range fields {
		column, given := c.columns.Fields[field]
		if !given {
			continue
		}
		value, problem := c.value(field, column, cells)
		switch name, ofTermination := strings.CutPrefix(field, terminationPrefix); {
		case problem != nil:
			found = append(found, *problem)
		case value == nil:
		case ofTermination:
			termination = appendMember(termination, name, value)
		default:
			person = appendMember(person, field, value)
		}
	}
	if termination != nil {
		person = appendMember(person, strings.TrimSuffix(terminationPrefix, "."), slices.Concat([]byte("{"), termination, []byte("}")))
	}
	return slices.Concat([]byte("{"), person, []byte("}")), found
}

func appendMember(object []byte, name string, value []byte) []byte {
	if len(object) > 0 {
		object = append(object, ',')
	}
	object = append(appendText(object, name), ':')
	return append(object, value...)
}

// appendText writes valid UTF-8, for which the encoder has no error.
func appendText(to []byte, text string) []byte {
	to, _ = jsontext.AppendQuote(to, text)
	return to
}

// value is what the row says of a field, in JSON; nil when it says nothing.
func (c *CSV) value(field string, column Column, cells []string) (value []byte, wrong *hr.Problem) {
	var said []string
	if column.Constant != "" {
		said = []string{column.Constant}
	}
	for _, at := range c.places[field] {
		cell := cells[at]
		if cell == "" || slices.Contains(column.Absent, cell) {
			continue
		}
		if !utf8.ValidString(cell) {
			return nil, &hr.Problem{Field: field, Found: "a text that is not valid UTF-8", Expected: "UTF-8"}
		}
		said = append(said, cell)
	}
	if len(said) == 0 {
		return nil, nil
	}
	if field == skillField {
		return c.list(column, said), nil
	}
	cell := said[0]
	if c.columns.Null != "" && cell == c.columns.Null {
		return []byte("null"), nil
	}
	if translated, known := column.Values[cell]; known {
		return appendText(nil, translated), nil
	}
	if column.Format != "" {
		date, ok := asDate(cell, column.Format)
		if !ok {
			return nil, &hr.Problem{Field: field, Found: quoted(cell), Expected: "a date " + column.Format}
		}
		cell = date
	}
	return appendText(nil, cell), nil
}

// list is the codes of all cells. Where a cell clears the list, the others still count.
func (c *CSV) list(column Column, said []string) []byte {
	separator := column.Separator
	if separator == "" {
		separator = defaultSeparator
	}
	codes, cleared := []byte("["), false
	for _, cell := range said {
		if c.columns.Null != "" && cell == c.columns.Null {
			cleared = true
			continue
		}
		for code := range strings.SplitSeq(cell, separator) {
			code = strings.TrimSpace(code)
			if translated, known := column.Values[code]; known {
				code = translated
			}
			if code == "" {
				continue // "A||B", or a translation to nothing
			}
			if len(codes) > 1 {
				codes = append(codes, ',')
			}
			codes = appendText(codes, code)
		}
	}
	if len(codes) == 1 && cleared {
		return []byte("null")
	}
	return append(codes, ']')
}

const rowExpected = "a row of RFC 4180: a quote only around a whole cell, doubled inside it"

// maxRowLines is over how many lines a row may go, because its cells hold line ends.
const maxRowLines = 16

// row is one row of the table, or what is wrong with it.
type row struct {
	number  int64
	cells   []string
	problem string
	ended   bool
	taken   []physical // the lines after its first
}

// rowReader finds the rows in the lines. A quote that is never closed spoils its own line alone: the lines that it seemed to take in
// are read again by themselves.
type rowReader struct {
	lines     *physicalReader
	delimiter rune
	width     int // of the header, once it is known
}

func (r *rowReader) next() (row, error) {
	first, err := r.lines.next()
	if err != nil {
		return row{}, err
	}
	if first.tooLong {
		return row{number: first.number, problem: "a longer line", ended: first.ended}, nil
	}
	if bytes.Count(first.text, []byte{'"'})%2 == 0 {
		return r.parse(first, string(first.text)), nil
	}
	return r.join(first)
}

func (r *rowReader) parse(line physical, text string) row {
	cells, problem := cellsOf(text, r.delimiter)
	return row{number: line.number, cells: cells, problem: problem, ended: line.ended}
}

// join reads on until the quotes are even, and takes the lines for one row if they make one.
func (r *rowReader) join(first physical) (row, error) {
	text := string(first.text)
	alone := row{number: first.number, problem: "a quote that is not closed", ended: first.ended}
	ended := first.ended
	var taken []physical
	for range maxRowLines - 1 {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			// The text ends within quotes. If this line is the only one, it may have been cut off; of several, the first is wrong.
			break
		}
		if err != nil {
			return row{}, err
		}
		line.text = bytes.Clone(line.text)
		taken = append(taken, line)
		text += "\n" + string(line.text)
		if line.tooLong || len(text) > MaxLine {
			break
		}
		if bytes.Count(line.text, []byte{'"'})%2 == 0 {
			continue
		}
		joined := r.parse(physical{number: first.number, ended: line.ended}, text)
		if joined.problem == "" && (r.width == 0 || len(joined.cells) == r.width) {
			joined.taken = taken
			return joined, nil
		}
		break
	}
	if len(taken) > 0 {
		ended = true
	}
	alone.ended = ended
	r.lines.giveBack(taken)
	return alone, nil
}

// cellsOf cuts a row into its cells; problem says why it is none.
func cellsOf(text string, delimiter rune) (cells []string, problem string) {
	between := string(delimiter)
	for {
		var cell string
		if inside, isQuoted := strings.CutPrefix(text, `"`); isQuoted {
			if cell, text, isQuoted = unquote(inside); !isQuoted {
				return nil, "a quote that is not closed"
			}
			if text != "" && !strings.HasPrefix(text, between) {
				return nil, "something after a closing quote"
			}
		} else {
			end := strings.Index(text, between)
			if end < 0 {
				end = len(text)
			}
			cell, text = text[:end], text[end:]
			if strings.Contains(cell, `"`) {
				return nil, "a quote within a cell without quotes"
			}
		}
		cells = append(cells, cell)
		if text == "" {
			return cells, ""
		}
		text = text[len(between):]
	}
}

// unquote reads to the closing quote; a doubled one is a quote of the cell.
func unquote(text string) (cell, rest string, closed bool) {
	var whole strings.Builder
	for {
		before, after, found := strings.Cut(text, `"`)
		if !found {
			return "", "", false
		}
		whole.WriteString(before)
		if !strings.HasPrefix(after, `"`) {
			return whole.String(), after, true
		}
		whole.WriteByte('"')
		text = after[1:]
	}
}
