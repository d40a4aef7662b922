package mapping

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"muster/hr"
)

// scopeRule takes people into the contact centre or leaves them out. All of its criteria must match.
type scopeRule struct {
	term
	Include bool     `json:"include"`
	Match   criteria `json:"match"`
}

// criteria are patterns for each code; an empty list matches every person.
type criteria struct {
	DepartmentCode []string `json:"department_code,omitempty"`
	JobTitleCode   []string `json:"job_title_code,omitempty"`
	LocationCode   []string `json:"location_code,omitempty"`
}

func (c criteria) match(state hr.State) bool {
	return anyPattern(c.DepartmentCode, state.DepartmentCode) &&
		anyPattern(c.JobTitleCode, state.JobTitleCode) &&
		anyPattern(c.LocationCode, state.LocationCode)
}

func anyPattern(patterns []string, code string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern string) bool { return matchPattern(pattern, code) })
}

// matchPattern compares a code with a pattern: the code itself, a prefix followed by *, or * for any code. A code HR has not
// said matches no pattern.
func matchPattern(pattern, code string) bool {
	prefix, isPrefix := strings.CutSuffix(pattern, "*")
	switch {
	case code == "":
		return false
	case isPrefix:
		return strings.HasPrefix(code, prefix)
	default:
		return code == pattern
	}
}

// String is the rule as the explanation shows it, e.g. "scope: exclude department_code RETAIL*".
func (r scopeRule) String() string { return "scope: " + r.words() }

func (r scopeRule) words() string {
	var parts []string
	add := func(field string, patterns []string) {
		if len(patterns) > 0 {
			parts = append(parts, field+" "+strings.Join(patterns, " or "))
		}
	}
	add("department_code", r.Match.DepartmentCode)
	add("job_title_code", r.Match.JobTitleCode)
	add("location_code", r.Match.LocationCode)
	return scopeWord(r.Include) + " " + strings.Join(parts, " and ")
}

func scopeWord(include bool) string {
	if include {
		return "include"
	}
	return "exclude"
}

// scope reads the scope section.
func (s *section) scope(d *document) {
	d.scopeLine = s.line
	s.require("default", "include or exclude")
	switch word := s.text("default"); word {
	case "include", "exclude":
		d.ScopeDefault = word == "include"
	case "":
	default:
		s.reader.mistake(s.values["default"].Line, s.at("default"), fmt.Sprintf("%q", word), "include or exclude")
	}
	s.each("rules", func(item *section) {
		r := scopeRule{term: item.term()}
		chosen := 0
		for _, word := range []string{"include", "exclude"} {
			item.child(word, func(c *section) {
				chosen++
				r.Include = word == "include"
				r.Match = criteria{
					DepartmentCode: c.patterns("department_code"),
					JobTitleCode:   c.patterns("job_title_code"),
					LocationCode:   c.patterns("location_code"),
				}
				if len(c.keys) == 0 {
					c.reader.mistake(c.line, c.name(), "no criterion", "department_code, job_title_code or location_code")
				}
			})
		}
		if chosen != 1 {
			found := fmt.Sprintf("%d of include and exclude", chosen)
			item.reader.mistake(item.line, item.name(), found, "exactly one of include and exclude")
		}
		d.Scope = append(d.Scope, r)
	})
}

// patterns reads one pattern or a list of them.
func (s *section) patterns(field string) []string {
	var patterns []string
	if node := s.values[field]; node != nil && node.Kind == yaml.SequenceNode {
		patterns = s.texts(field)
		if len(node.Content) == 0 {
			s.reader.mistake(node.Line, s.at(field), "an empty list", "at least one code or pattern")
		}
	} else if pattern := s.text(field); pattern != "" {
		patterns = []string{pattern}
	}
	for _, pattern := range patterns {
		if strings.Contains(strings.TrimSuffix(pattern, "*"), "*") {
			found := fmt.Sprintf("%q", pattern)
			s.reader.mistake(s.values[field].Line, s.at(field), found, "a code, or the beginning of codes followed by one *")
		}
	}
	return patterns
}
