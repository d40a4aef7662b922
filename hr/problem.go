package hr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Problem is one thing wrong with an event: where, what was found and what would have been right.
//
// Found never repeats a whole document, and for an email address, a name or a number it tells the shape of the value only:
// problems travel further (logs, problem documents, reviews) than the event itself may.
type Problem struct {
	// Field is a dotted path such as payload.timezone or payload.skill_codes[2]; "body" is the document itself.
	Field    string `json:"field"`
	Found    string `json:"found"`
	Expected string `json:"expected"`
}

func (p Problem) String() string {
	return fmt.Sprintf("%s: found %s, expected %s", p.Field, p.Found, p.Expected)
}

// Refusal is the error of an event, or of a batch, that is not accepted. It holds every problem, not only the first, and
// what could be read of the event so that the refusal can be kept and found again.
type Refusal struct {
	Problems       []Problem
	EventID        string
	ExternalUserID string
	Type           Type
}

// Error says all problems in one line.
func (r *Refusal) Error() string {
	texts := make([]string, len(r.Problems))
	for i, problem := range r.Problems {
		texts[i] = problem.String()
	}
	return "event refused: " + strings.Join(texts, "; ")
}

// bodyField is the Field of a problem with the document as a whole.
const bodyField = "body"

// Limits on what a problem repeats: enough to recognise the fault, too little to carry a document.
const (
	maxFound     = 48
	maxFieldName = 64
	maxProblems  = 100
)

// problems collects; beyond maxProblems it only counts, so that a hostile document cannot buy an endless answer.
type problems struct {
	list    []Problem
	dropped int
}

func (p *problems) add(field, found, expected string) {
	if len(p.list) >= maxProblems {
		p.dropped++
		return
	}
	p.list = append(p.list, Problem{Field: field, Found: found, Expected: expected})
}

func (p *problems) all() []Problem {
	if p.dropped == 0 {
		return p.list
	}
	return append(p.list[:len(p.list):len(p.list)], Problem{
		Field: bodyField, Found: strconv.Itoa(p.dropped) + " further problems", Expected: "none",
	})
}

// shown is a value as Found may repeat it: scalars shortened, the rest by shape.
func shown(n *node) string {
	switch n.kind {
	case jsontext.KindString:
		return strconv.Quote(shortened(n.text, maxFound))
	case jsontext.KindNumber:
		return "the number " + shortened(n.text, maxFound)
	default:
		return shape(n)
	}
}

// shape says what kind of value is there and how large, and nothing of its content.
func shape(n *node) string {
	switch n.kind {
	case jsontext.KindString:
		return "a text of " + strconv.Itoa(utf8.RuneCountInString(n.text)) + " characters"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "a boolean"
	case jsontext.KindNull:
		return "null"
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "an array of " + strconv.Itoa(len(n.items))
	default:
		return "nothing readable"
	}
}

// fieldName is a member name as a path may repeat it: unknown names come from outside and may be anything.
func fieldName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, name)
	if strings.TrimSpace(clean) == "" {
		return strconv.Quote(clean)
	}
	return shortened(clean, maxFieldName)
}

func shortened(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit]) + "…"
}
