package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing wrong in a registry's text.
type Mistake struct {
	Line     int    `json:"line"`     // from 1; 0 when the text as a whole is meant
	Field    string `json:"field"`    // where, e.g. "skills[2].gives[0].proficiency"
	Found    string `json:"found"`    // what stands there
	Expected string `json:"expected"` // what may stand there
}

// ParseError is every mistake of a registry's text, in the order of its lines.
type ParseError struct {
	Source   string // the name of the text, as given to Parse
	Mistakes []Mistake
}

// Error has one line for each mistake, each beginning with source:line.
func (e *ParseError) Error() string {
	lines := make([]string, 0, len(e.Mistakes))
	for _, m := range e.Mistakes {
		lines = append(lines, fmt.Sprintf("%s:%d: %s: found %s, expected %s", e.Source, m.Line, m.Field, m.Found, m.Expected))
	}
	return strings.Join(lines, "\n")
}

// parseError returns nil when there is no mistake.
func parseError(source string, mistakes []Mistake) error {
	if len(mistakes) == 0 {
		return nil
	}
	ordered := slices.Clone(mistakes)
	slices.SortStableFunc(ordered, func(a, b Mistake) int { return a.Line - b.Line })
	return &ParseError{Source: source, Mistakes: ordered}
}
