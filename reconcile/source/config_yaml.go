package source

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// configReader collects every mistake it meets; what could not be read is left at its zero value.
type configReader struct {
	file, folder string
	mistakes     []Mistake
}

func (r *configReader) mistake(line int, field, found, expected string) {
	r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: line, Field: field, Found: found, Expected: expected})
}

// root is nil when there is nothing to read.
func (r *configReader) root(text []byte) *section {
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		line := 0
		var syntax *yaml.LoadError
		if errors.As(err, &syntax) {
			line = syntax.Mark.Line
		}
		r.mistake(line, "document", strings.TrimPrefix(err.Error(), "yaml: "), "one YAML document")
		return nil
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		r.mistake(document.Line, "document", "nothing", "one YAML document")
		return nil
	}
	return r.section(document.Content[0], "")
}

// section is a YAML mapping being read. A field that nobody asked for is a mistake.
type section struct {
	reader *configReader
	path   string
	line   int
	keys   []*yaml.Node
	values map[string]*yaml.Node
	asked  []string
}

func (r *configReader) section(node *yaml.Node, path string) *section {
	s := &section{reader: r, path: path, line: node.Line, values: map[string]*yaml.Node{}}
	if node.Kind != yaml.MappingNode {
		r.mistake(node.Line, s.at(""), describe(node), "named fields (field: value)")
		return s
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.mistake(key.Line, s.at(""), describe(key)+" as a field's name", "text")
		case s.values[key.Value] != nil:
			r.mistake(key.Line, s.at(key.Value), "the field a second time", "each field once")
		default:
			s.keys = append(s.keys, key)
			s.values[key.Value] = value
		}
	}
	return s
}

func (s *section) at(field string) string {
	switch {
	case s.path == "" && field == "":
		return "document"
	case s.path == "":
		return field
	case field == "":
		return s.path
	default:
		return s.path + "." + field
	}
}

// mistake notes one about a field; empty: about the section.
func (s *section) mistake(field, found, expected string) {
	line := s.line
	if node := s.values[field]; node != nil {
		line = node.Line
	}
	s.reader.mistake(line, s.at(field), found, expected)
}

func (s *section) value(field string) *yaml.Node {
	s.asked = append(s.asked, field)
	return s.values[field]
}

// names are the fields in the order of the file.
func (s *section) names() []string {
	names := make([]string, len(s.keys))
	for i, key := range s.keys {
		names[i] = key.Value
	}
	return names
}

func (s *section) close() {
	slices.Sort(s.asked)
	for _, key := range s.keys {
		if !slices.Contains(s.asked, key.Value) {
			s.reader.mistake(key.Line, s.at(key.Value), "an unknown field", "one of "+strings.Join(slices.Compact(s.asked), ", "))
		}
	}
}

func (s *section) require(field string) {
	if s.values[field] == nil {
		s.mistake(field, "nothing", "the field")
	}
}

// text reads a field that holds one line; otherwise is its value when it is absent.
func (s *section) text(field, otherwise string) string {
	node := s.value(field)
	if node == nil {
		return otherwise
	}
	return s.reader.text(node, s.at(field))
}

func (r *configReader) text(node *yaml.Node, path string) string {
	if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" || node.Value == "" || strings.ContainsAny(node.Value, "\x00\r\n") {
		r.mistake(node.Line, path, describe(node), "one line of text")
		return ""
	}
	return node.Value
}

// scalarText is the text of a field that may also be a section; then, and where it is absent, it is empty.
func (s *section) scalarText(field string) string {
	if node := s.value(field); node != nil && node.Kind == yaml.ScalarNode {
		return s.reader.text(node, s.at(field))
	}
	return ""
}

func (s *section) texts(field string) (texts []string) {
	node := s.value(field)
	if node == nil {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		s.mistake(field, describe(node), "a list of texts")
		return nil
	}
	for i, item := range node.Content {
		texts = append(texts, s.reader.text(item, fmt.Sprintf("%s[%d]", s.at(field), i)))
	}
	return texts
}

// translation reads a mapping of texts to texts.
func (s *section) translation(field string) map[string]string {
	var words map[string]string
	s.child(field, func(c *section) {
		words = map[string]string{}
		for _, word := range c.names() {
			words[word] = c.text(word, "")
		}
	})
	return words
}

// filePath is found from the folder of the file.
func (s *section) filePath(field string) string {
	file := s.text(field, "")
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.reader.folder, file)
}

// oneOf is the first of the words where the field is absent.
func (s *section) oneOf(field string, words ...string) string {
	word := s.text(field, words[0])
	if word != "" && !slices.Contains(words, word) {
		s.mistake(field, quote(word), "one of "+strings.Join(words, ", "))
	}
	return word
}

func (s *section) duration(field string, otherwise time.Duration) time.Duration {
	text := s.text(field, otherwise.String())
	length, err := time.ParseDuration(text)
	if text != "" && (err != nil || length <= 0) {
		s.mistake(field, quote(text), "a length of time such as 30s or 26h")
	}
	return length
}

func (s *section) share(field string, otherwise float64) float64 {
	text := s.text(field, strconv.FormatFloat(otherwise, 'g', -1, 64))
	share, err := strconv.ParseFloat(text, 64)
	if text != "" && (err != nil || !(share >= 0 && share <= 1)) {
		s.mistake(field, quote(text), "a share from 0 to 1")
	}
	return share
}

func (s *section) number(field string, otherwise, least, most int64) int64 {
	text := s.text(field, strconv.FormatInt(otherwise, 10))
	n, err := strconv.ParseInt(text, 10, 64)
	if text != "" && (err != nil || n < least || n > most) {
		s.mistake(field, quote(text), fmt.Sprintf("a number from %d to %d", least, most))
		return otherwise
	}
	return n
}

// child reads a section; false: there is none.
func (s *section) child(field string, read func(c *section)) bool {
	node := s.value(field)
	if node == nil {
		return false
	}
	read(s.reader.section(node, s.at(field)))
	return true
}

func (s *section) each(field string, read func(c *section)) {
	node := s.value(field)
	if node == nil {
		return
	}
	if node.Kind != yaml.SequenceNode {
		s.mistake(field, describe(node), "a list")
		return
	}
	for i, item := range node.Content {
		read(s.reader.section(item, fmt.Sprintf("%s[%d]", s.at(field), i)))
	}
}

func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "named fields"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if node.ShortTag() == "!!null" {
			return "nothing"
		}
		return quote(node.Value)
	default:
		return "something else"
	}
}

func quote(text string) string { return strconv.Quote(shortened(text)) }
