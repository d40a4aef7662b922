package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v4"

	"muster/hr"
)

// reader walks a YAML tree and collects every mistake it meets, so that an author sees all of them at once. After a mistake
// it goes on with the zero value of what it could not read.
type reader struct {
	mistakes   []Mistake
	references []reference
}

func (r *reader) mistake(line int, field, found, expected string) {
	r.mistakes = append(r.mistakes, Mistake{Line: line, Field: field, Found: found, Expected: expected})
}

// root reads the text's one document. It returns nil when there is none to go on with.
func (r *reader) root(text []byte) *section {
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		line, message := 0, err.Error()
		var syntax *yaml.LoadError
		if errors.As(err, &syntax) {
			line, message = syntax.Mark.Line, syntax.Message
		}
		r.mistake(line, "document", strings.TrimPrefix(message, "yaml: "), "one YAML document")
		return nil
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		r.mistake(document.Line, "document", describe(&document), "one YAML document")
		return nil
	}
	return r.section(document.Content[0], "")
}

// section is a YAML mapping being read. A key nobody asked for by the time of close is a mistake.
type section struct {
	reader *reader
	path   string
	line   int
	keys   []*yaml.Node
	values map[string]*yaml.Node
	asked  []string
}

// section returns an empty section when the node is no mapping, after noting the mistake.
func (r *reader) section(node *yaml.Node, path string) *section {
	s := &section{reader: r, path: path, line: node.Line, values: map[string]*yaml.Node{}}
	if node.Kind != yaml.MappingNode {
		r.mistake(node.Line, s.name(), describe(node), "named fields (field: value)")
		return s
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			r.mistake(key.Line, s.name(), describe(key)+" as a field's name", "text (put it in quotes); merge keys are not supported")
		case s.values[key.Value] != nil:
			r.mistake(key.Line, s.at(key.Value), "the field a second time", "each field once")
		default:
			s.keys = append(s.keys, key)
			s.values[key.Value] = value
		}
	}
	return s
}

func (s *section) name() string {
	if s.path == "" {
		return "document"
	}
	return s.path
}

// at is the path of a field. A name that is not plain (it may be anything an author mistyped) is quoted.
func (s *section) at(field string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-+/:", r)
	}
	if field == "" || strings.ContainsFunc(field, func(r rune) bool { return !plain(r) }) {
		field = strconv.Quote(field)
	}
	if s.path == "" {
		return field
	}
	return s.path + "." + field
}

// value returns nil when the field is absent.
func (s *section) value(field string) *yaml.Node {
	s.asked = append(s.asked, field)
	return s.values[field]
}

// lineOf is the line of a field's value, that of the section where the field is absent.
func (s *section) lineOf(field string) int {
	if node := s.values[field]; node != nil {
		return node.Line
	}
	return s.line
}

// close notes every field that is not one of those asked for.
func (s *section) close() {
	slices.Sort(s.asked)
	for _, key := range s.keys {
		if _, asked := slices.BinarySearch(s.asked, key.Value); !asked {
			s.reader.mistake(key.Line, s.at(key.Value), "an unknown field", "one of "+strings.Join(s.asked, ", "))
		}
	}
}

func (s *section) require(field, expected string) {
	if s.values[field] == nil {
		s.reader.mistake(s.line, s.at(field), "nothing", expected)
	}
}

// text reads a name; absent is "".
func (s *section) text(field string) string {
	node := s.value(field)
	if node == nil {
		return ""
	}
	return s.reader.text(node, s.at(field))
}

func (s *section) requiredText(field string) string {
	s.require(field, "text")
	return s.text(field)
}

func (r *reader) text(node *yaml.Node, path string) string {
	if node.Kind != yaml.ScalarNode || node.ShortTag() != "!!str" {
		expected := "text"
		if node.Kind == yaml.ScalarNode && node.ShortTag() != "!!null" {
			expected = "text (put it in quotes)"
		}
		r.mistake(node.Line, path, describe(node), expected)
		return ""
	}
	const longest = 256
	switch {
	case node.Value == "" || strings.TrimSpace(node.Value) != node.Value:
		r.mistake(node.Line, path, describe(node), "text without spaces around it")
	case len(node.Value) > longest || strings.ContainsFunc(node.Value, unicode.IsControl):
		r.mistake(node.Line, path, describe(node), fmt.Sprintf("one line of at most %d bytes", longest))
	default:
		return node.Value
	}
	return ""
}

// texts reads a list of different names and returns them sorted.
func (s *section) texts(field string) []string {
	return s.eachText(field, func(string, int, string) {})
}

// eachText is texts that also calls each with the name, its line and its path, in the order of the text.
func (s *section) eachText(field string, each func(name string, line int, path string)) []string {
	var names []string
	known := map[string]bool{}
	for i, node := range s.items(field) {
		path := fmt.Sprintf("%s[%d]", s.at(field), i)
		name := s.reader.text(node, path)
		if name == "" {
			continue
		}
		if known[name] {
			s.reader.mistake(node.Line, path, strconv.Quote(name)+" a second time", "each name once")
			continue
		}
		names, known[name] = append(names, name), true
		each(name, node.Line, path)
	}
	slices.Sort(names)
	return names
}

func (s *section) items(field string) []*yaml.Node {
	node := s.value(field)
	if node == nil {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		s.reader.mistake(node.Line, s.at(field), describe(node), "a list")
		return nil
	}
	return node.Content
}

// each reads a list of mappings.
func (s *section) each(field string, read func(*section)) {
	for i, node := range s.items(field) {
		item := s.reader.section(node, fmt.Sprintf("%s[%d]", s.at(field), i))
		if node.Kind != yaml.MappingNode {
			continue
		}
		read(item)
		item.close()
	}
}

// child reads a mapping inside this one; absent leaves read uncalled.
func (s *section) child(field string, read func(*section)) {
	node := s.value(field)
	if node == nil {
		return
	}
	inner := s.reader.section(node, s.at(field))
	if node.Kind != yaml.MappingNode {
		return
	}
	read(inner)
	inner.close()
}

// flag reads true or false; nil is absent.
func (s *section) flag(field string) *bool {
	node := s.value(field)
	if node == nil {
		return nil
	}
	if node.Kind != yaml.ScalarNode || node.ShortTag() != "!!bool" {
		s.reader.mistake(node.Line, s.at(field), describe(node), "true or false")
		return nil
	}
	set := strings.EqualFold(node.Value, "true")
	return &set
}

// duration reads a duration within the bounds, both allowed; nil is absent.
func (s *section) duration(field string, least, most time.Duration) *time.Duration {
	node := s.value(field)
	if node == nil {
		return nil
	}
	expected := fmt.Sprintf("a duration from %s to %s, with its unit (300s, 4h, 30d)", writeDuration(least), writeDuration(most))
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!str" {
		if d, err := parseDuration(node.Value); err == nil && d >= least && d <= most {
			return &d
		}
	}
	s.reader.mistake(node.Line, s.at(field), describe(node), expected)
	return nil
}

// number reads a number within the bounds, both allowed; absent is 0.
func (s *section) number(field string, least, most float64, whole bool) float64 {
	node := s.value(field)
	if node == nil {
		return 0
	}
	kind := "a number"
	if whole {
		kind = "a whole number"
	}
	tag := node.ShortTag()
	if node.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float" && !whole) {
		// Only plain decimal notation: YAML would also read 010 as 8 and .inf as infinity.
		n, err := strconv.ParseFloat(node.Value, 64)
		octal := len(node.Value) > 1 && node.Value[0] == '0' && node.Value[1] != '.'
		if err == nil && !octal && !strings.ContainsAny(node.Value, "-_xXpPiInN") && n >= least && n <= most {
			return n
		}
	}
	s.reader.mistake(node.Line, s.at(field), describe(node), fmt.Sprintf("%s from %g to %g", kind, least, most))
	return 0
}

// date reads a calendar date as YYYY-MM-DD; nil is absent.
func (s *section) date(field string) *hr.Date {
	node := s.value(field)
	if node == nil {
		return nil
	}
	if node.Kind == yaml.ScalarNode && (node.ShortTag() == "!!str" || node.ShortTag() == "!!timestamp") {
		if date, err := hr.ParseDate(node.Value); err == nil {
			return &date
		}
	}
	s.reader.mistake(node.Line, s.at(field), describe(node), "a date written YYYY-MM-DD")
	return nil
}

// describe says what stands at a node, cut short.
func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "named fields"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias (*" + node.Value + "), which is not supported"
	case yaml.ScalarNode:
		value := node.Value
		const shown = 60
		if runes := []rune(value); len(runes) > shown {
			value = string(runes[:shown]) + "…"
		}
		switch node.ShortTag() {
		case "!!null":
			return "nothing"
		case "!!str":
			return strconv.Quote(value)
		default:
			return fmt.Sprintf("%s (%s)", strconv.Quote(value), strings.TrimLeft(node.ShortTag(), "!"))
		}
	default:
		return "nothing"
	}
}
