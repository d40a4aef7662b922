package simulate

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"muster/hr"
	"muster/mapping"
)

// HRChange is one change of a reorganisation: from the effective date on, HR says the new code where it said the old one.
type HRChange struct {
	Kind string // mapping.KindDepartment, KindJobTitle, KindLocation or KindSkill
	Old  string
	// New is empty only for a skill that goes without a successor.
	New       string
	Effective hr.Date
	Line      int // of the file, from 1
}

// String is the change in one line.
func (c HRChange) String() string {
	return fmt.Sprintf("%s %s → %s on %s", strings.ReplaceAll(c.Kind, "_", " "), c.Old, cmp.Or(c.New, "(none)"), c.Effective)
}

// The forms of a file of changes.
const (
	FormatCSV  = "csv"  // a header, then one change in each record
	FormatYAML = "yaml" // a list of changes
)

const (
	// maxChanges and maxDates bound a drill; a real reorganisation has far fewer.
	maxChanges = 10_000
	maxDates   = 60
	maxCode    = 128
)

// changeFields are a change's fields, in a record as in a list.
func changeFields() []string { return []string{"kind", "old_code", "new_code", "effective_date"} }

// ParseChanges reads a file of changes, in the order of their dates. source names it in errors. A file with anything wrong in it, an
// unknown column included, is a *mapping.ParseError with every mistake. Changes of one date happen at once: two codes may be swapped.
func ParseChanges(source, format string, text []byte) ([]HRChange, error) {
	r := &changeReader{}
	switch format {
	case FormatCSV:
		r.csv(text)
	case FormatYAML:
		r.yaml(text)
	default:
		r.mistake(0, "format", strconv.Quote(format), FormatCSV+" or "+FormatYAML)
	}
	r.judge()
	if len(r.mistakes) > 0 {
		slices.SortStableFunc(r.mistakes, func(a, b mapping.Mistake) int { return a.Line - b.Line })
		return nil, &mapping.ParseError{Source: source, Mistakes: r.mistakes}
	}
	slices.SortStableFunc(r.changes, func(a, b HRChange) int { return cmp.Compare(a.Effective.String(), b.Effective.String()) })
	return r.changes, nil
}

// changeReader collects changes and every mistake it meets.
type changeReader struct {
	changes  []HRChange
	mistakes []mapping.Mistake
}

func (r *changeReader) mistake(line int, field, found, expected string) {
	r.mistakes = append(r.mistakes, mapping.Mistake{Line: line, Field: field, Found: found, Expected: expected})
}

// csv reads records. Spreadsheets put a byte order mark before the first one.
func (r *changeReader) csv(text []byte) {
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\uFEFF")))
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if err != nil {
		r.broken(err, "a header: "+strings.Join(changeFields(), ","))
		return
	}
	if !r.header(header) {
		return
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.broken(err, "comma-separated values")
			return
		}
		line, _ := reader.FieldPos(0)
		if len(record) != len(header) {
			r.mistake(line, "record", fmt.Sprintf("%d fields", len(record)), fmt.Sprintf("%d, as the header has", len(header)))
			continue
		}
		given := map[string]string{}
		for i, name := range header {
			given[name] = record[i]
		}
		r.change(line, given)
	}
}

func (r *changeReader) broken(err error, expected string) {
	line, found := 1, err.Error()
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &syntax):
		line, found = syntax.Line, syntax.Err.Error()
	case errors.Is(err, io.EOF):
		found = "nothing"
	}
	r.mistake(line, "file", found, expected)
}

func (r *changeReader) header(header []string) bool {
	if got := slices.Sorted(slices.Values(header)); !slices.Equal(got, slices.Sorted(slices.Values(changeFields()))) {
		r.mistake(1, "header", shown(strings.Join(header, ",")), "each once: "+strings.Join(changeFields(), ","))
		return false
	}
	return true
}

// yaml reads a list of changes.
func (r *changeReader) yaml(text []byte) {
	const expected = "a list of changes, each with " + "kind, old_code, new_code and effective_date"
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		line, found := 0, err.Error()
		var syntax *yaml.LoadError
		if errors.As(err, &syntax) {
			line, found = syntax.Mark.Line, syntax.Message
		}
		r.mistake(line, "file", strings.TrimPrefix(found, "yaml: "), expected)
		return
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 || document.Content[0].Kind != yaml.SequenceNode {
		r.mistake(max(document.Line, 1), "file", "something else", expected)
		return
	}
	for _, item := range document.Content[0].Content {
		if item.Kind != yaml.MappingNode {
			r.mistake(item.Line, "change", "something else", "named fields: "+strings.Join(changeFields(), ", "))
			continue
		}
		if given, readable := r.fields(item); readable {
			r.change(item.Line, given)
		}
	}
}

func (r *changeReader) fields(item *yaml.Node) (given map[string]string, readable bool) {
	given, readable = map[string]string{}, true
	refuse := func(line int, field, found, expected string) {
		readable = false
		r.mistake(line, field, found, expected)
	}
	for i := 0; i+1 < len(item.Content); i += 2 {
		name, value := item.Content[i], item.Content[i+1]
		_, repeated := given[name.Value]
		switch {
		case !slices.Contains(changeFields(), name.Value):
			refuse(name.Line, shown(name.Value), "an unknown field", "one of "+strings.Join(changeFields(), ", "))
		case repeated:
			refuse(name.Line, name.Value, "the field twice", "it once")
		case value.Kind != yaml.ScalarNode:
			refuse(value.Line, name.Value, "something else", "a text")
		case value.ShortTag() == "!!null":
			given[name.Value] = ""
		default:
			given[name.Value] = value.Value
		}
	}
	return given, readable
}

// change judges one change by itself.
func (r *changeReader) change(line int, given map[string]string) {
	c := HRChange{Kind: given["kind"], Old: given["old_code"], New: given["new_code"], Line: line}
	before := len(r.mistakes)
	kinds := []string{mapping.KindDepartment, mapping.KindJobTitle, mapping.KindLocation, mapping.KindSkill}
	if !slices.Contains(kinds, c.Kind) {
		r.mistake(line, "kind", shown(c.Kind), "one of "+strings.Join(kinds, ", "))
	}
	r.code(line, "old_code", c.Old)
	if c.New != "" || c.Kind != mapping.KindSkill {
		r.code(line, "new_code", c.New)
	}
	if c.Old != "" && c.Old == c.New {
		r.mistake(line, "new_code", "the old code", "another code")
	}
	date, err := hr.ParseDate(given["effective_date"])
	if err != nil {
		r.mistake(line, "effective_date", shown(given["effective_date"]), "a date YYYY-MM-DD")
	}
	c.Effective = date
	if len(r.mistakes) == before {
		r.changes = append(r.changes, c)
	}
}

// code holds a code to what HR's events may say.
func (r *changeReader) code(line int, field, code string) {
	const expected = "a code of 1 to 128 printable characters without spaces around it"
	bad := func(c rune) bool { return !unicode.IsPrint(c) }
	if code == "" || len([]rune(code)) > maxCode || strings.TrimSpace(code) != code || strings.ContainsFunc(code, bad) {
		r.mistake(line, field, shown(code), expected)
	}
}

// judge finds what is wrong about the changes together.
func (r *changeReader) judge() {
	type place struct{ kind, old, date string }
	first, dates := map[place]int{}, map[string]bool{}
	for _, c := range r.changes {
		at := place{c.Kind, c.Old, c.Effective.String()}
		if line, known := first[at]; known {
			r.mistake(c.Line, "old_code", fmt.Sprintf("a second change of %s on %s, beside line %d", shown(c.Old), c.Effective, line),
				"one change of a code on a date")
			continue
		}
		first[at], dates[at.date] = c.Line, true
	}
	switch {
	case len(r.mistakes) == 0 && len(r.changes) == 0:
		r.mistake(1, "file", "no change", "at least one")
	case len(r.changes) > maxChanges:
		r.mistake(0, "file", fmt.Sprintf("%d changes", len(r.changes)), fmt.Sprintf("at most %d", maxChanges))
	case len(dates) > maxDates:
		r.mistake(0, "effective_date", fmt.Sprintf("%d different dates", len(dates)), fmt.Sprintf("at most %d", maxDates))
	}
}

// shown is a wrong value as a mistake repeats it.
func shown(text string) string {
	const most = 60
	switch runes := []rune(text); {
	case text == "":
		return "nothing"
	case len(runes) > most:
		return strconv.Quote(string(runes[:most]) + "…")
	default:
		return strconv.Quote(text)
	}
}
