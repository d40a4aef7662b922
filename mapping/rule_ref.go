package mapping

import (
	"cmp"
	"fmt"
	"slices"

	"muster/hr"
)

// KindScope is the kind of a rule of the scope, for RuleRef; it is about no code.
const KindScope = "scope"

// RuleRef says which rule of a version is meant.
type RuleRef struct {
	Kind string `json:"kind"` // scope | skill | department | job_title | location
	Code string `json:"code,omitempty"`
	// Platform is the one that the rule is for; empty: for any.
	Platform  string   `json:"platform,omitempty"`
	Effective *hr.Date `json:"effective_date,omitempty"`
	Sunset    *hr.Date `json:"sunset_date,omitempty"`
	Line      int      `json:"line"`
}

// String is the rule as explanations name it, with its line, e.g. "skill SVC_TECH on genesys (line 12)".
func (r RuleRef) String() string { return fmt.Sprintf("%s (line %d)", r.name(), r.Line) }

func (r RuleRef) name() string {
	name := words(r.Kind)
	if r.Code != "" {
		name += " " + r.Code
	}
	if r.Platform != "" {
		name += " on " + r.Platform
	}
	return name
}

func (r rule) ref(kind string) RuleRef {
	return RuleRef{Kind: kind, Code: r.Code, Platform: r.For, Effective: copied(r.Effective), Sunset: copied(r.Sunset), Line: r.line}
}

// copied keeps a version from being changed through what it gave.
func copied[T any](value *T) *T {
	if value == nil {
		return nil
	}
	return new(*value)
}

// kindRule is a rule of any kind.
type kindRule struct {
	kind string
	rule
}

// rules are all of a version, those of the scope first and in their order, the others by kind, code, platform and date.
func (r *Registry) rules() []kindRule {
	var list []kindRule
	for _, s := range r.document.Scope {
		list = append(list, kindRule{KindScope, rule{Code: s.words(), term: s.term}})
	}
	for _, kind := range []struct {
		name  string
		rules []rule
	}{
		{KindSkill, commons(r.document.Skills)},
		{KindDepartment, commons(r.document.Departments)},
		{KindJobTitle, commons(r.document.JobTitles)},
		{KindLocation, commons(r.document.Locations)},
	} {
		for _, of := range kind.rules {
			list = append(list, kindRule{kind.name, of})
		}
	}
	return list
}

func (k kindRule) ref() RuleRef { return k.rule.ref(k.kind) }

// compareRules orders by kind, code, platform and date, and by line alone where all of these are equal.
func compareRules(a, b RuleRef) int {
	return cmp.Or(
		cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Platform, b.Platform),
		compareDates(a.Effective, b.Effective), compareDates(a.Sunset, b.Sunset), cmp.Compare(a.Line, b.Line),
	)
}

var kinds = []string{KindScope, KindSkill, KindDepartment, KindJobTitle, KindLocation}

func compareDates(a, b *hr.Date) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(a.String(), b.String())
}
