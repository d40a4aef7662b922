package hr

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a JSON value as it was sent, faults included, so that every problem of a document can be told at once and a
// termination can be read in spite of them.
type node struct {
	kind    jsontext.Kind
	text    string // the unescaped string, or the literal of a number
	badUTF8 bool   // text holds U+FFFD where the string was not valid UTF-8
	members []member
	items   []*node
}

type member struct {
	name  string
	value *node
}

// readDepth is how deep a document is kept; no known field lies deeper (payload, termination, its members). What lies
// below is checked for syntax and skipped.
const readDepth = 4

// usualMembers is how many members an object of an event has, more or less.
const usualMembers = 12

// newDecoder lets duplicate names and invalid UTF-8 pass the tokenizer: they are faults of one event and are reported with
// its other problems, whereas an error of the tokenizer would hide everything after it.
func newDecoder(raw []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// parse reads one JSON document. With an error, the part before it is returned all the same.
func parse(raw []byte) (*node, error) {
	decoder := newDecoder(raw)
	root := &node{}
	if err := parseValue(decoder, root, 1); err != nil {
		return root, err
	}
	return root, atEnd(decoder)
}

// atEnd is an error when anything but white space follows.
func atEnd(decoder *jsontext.Decoder) error {
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more data after the document at byte %d", decoder.InputOffset())
	}
	return nil
}

func parseValue(decoder *jsontext.Decoder, into *node, depth int) error {
	into.kind = decoder.PeekKind()
	switch into.kind {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		if depth > readDepth {
			return located(decoder, decoder.SkipValue())
		}
		if _, err := decoder.ReadToken(); err != nil {
			return located(decoder, err)
		}
		if into.kind == jsontext.KindBeginObject {
			return parseMembers(decoder, into, depth)
		}
		return parseItems(decoder, into, depth)
	default:
		value, err := decoder.ReadValue()
		if err != nil {
			into.kind = jsontext.KindInvalid
			return located(decoder, err)
		}
		if into.kind == jsontext.KindString {
			into.text, into.badUTF8 = unquoted(value)
		} else {
			into.text = string(value)
		}
		return nil
	}
}

func parseMembers(decoder *jsontext.Decoder, into *node, depth int) error {
	for decoder.PeekKind() != jsontext.KindEndObject {
		name, err := decoder.ReadValue()
		if err != nil {
			return located(decoder, err)
		}
		text := nameOf(name)
		child := &node{}
		err = parseValue(decoder, child, depth+1)
		// A value cut off in the middle still shows where the document broke, but is not taken for a value.
		if err == nil || child.kind == jsontext.KindBeginObject {
			if into.members == nil {
				into.members = make([]member, 0, usualMembers)
			}
			into.members = append(into.members, member{name: text, value: child})
		}
		if err != nil {
			return err
		}
	}
	_, err := decoder.ReadToken()
	return located(decoder, err)
}

func parseItems(decoder *jsontext.Decoder, into *node, depth int) error {
	for decoder.PeekKind() != jsontext.KindEndArray {
		child := &node{}
		if err := parseValue(decoder, child, depth+1); err != nil {
			return err
		}
		into.items = append(into.items, child)
	}
	_, err := decoder.ReadToken()
	return located(decoder, err)
}

// nameOf is a member's name. Those of our fields come with every event and every line of a roster: there is one copy of each.
func nameOf(raw jsontext.Value) string {
	if name, ours := ownNames()[string(raw)]; ours {
		return name
	}
	text, _ := unquoted(raw)
	return text
}

// ownNames are the names of our fields by their usual form in JSON.
var ownNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for _, name := range slices.Concat(eventFields, payloadFields, terminationFields) {
		names[`"`+name+`"`] = name
	}
	return names
})

func unquoted(raw jsontext.Value) (text string, badUTF8 bool) {
	// The tokenizer has checked the syntax: between the quotes stands the text itself, unless something in it is escaped.
	if !bytes.ContainsRune(raw, '\\') && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1]), false
	}
	// The only error left is invalid UTF-8 (a lone surrogate included).
	content, err := jsontext.AppendUnquote(nil, []byte(raw))
	return string(content), err != nil
}

// located says where a document stops being JSON, without repeating any of it.
func located(decoder *jsontext.Decoder, err error) error {
	if err == nil {
		return nil
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return fmt.Errorf("malformed JSON at byte %d", syntactic.ByteOffset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the end of the data at byte %d", decoder.InputOffset())
	}
	return fmt.Errorf("malformed JSON at byte %d: %w", decoder.InputOffset(), err)
}

// all returns every value given under a name, in order.
func (n *node) all(name string) []*node {
	var found []*node
	for _, m := range n.members {
		if m.name == name {
			found = append(found, m.value)
		}
	}
	return found
}

// first returns the first value given under a name, and how many are.
func (n *node) first(name string) (value *node, count int) {
	for _, m := range n.members {
		if m.name != name {
			continue
		}
		if count++; count == 1 {
			value = m.value
		}
	}
	return value, count
}
