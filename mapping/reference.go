package mapping

import (
	"cmp"
	"slices"
	"time"
)

// Construct is a kind of thing that a platform has and a rule names.
type Construct string

// The kinds of construct.
const (
	ConstructQueue          Construct = "queue"
	ConstructRole           Construct = "role"
	ConstructSkill          Construct = "skill"
	ConstructLanguage       Construct = "language"
	ConstructGroup          Construct = "group"
	ConstructDivision       Construct = "division"
	ConstructLocation       Construct = "location"
	ConstructManagementUnit Construct = "management unit"
	ConstructWorkPlan       Construct = "work plan"
)

// Reference is one place of the text that names a construct of a platform.
type Reference struct {
	Construct Construct `json:"construct"`
	Name      string    `json:"name"`
	// Unit is the management unit that a work plan belongs to.
	Unit string `json:"unit,omitempty"`
	// Platforms are those it has to exist on, all of them, or one at least where Any is set.
	Platforms []string `json:"platforms"`
	Any       bool     `json:"any,omitempty"`
	Field     string   `json:"field"`
	Line      int      `json:"line"`
	// Over: its rule holds no more, and never will again.
	Over bool `json:"over,omitempty"`

	fallback string // of a queue that has one
}

// reference is what the reader notes of one; where it has to exist is known once the whole text is.
type reference struct {
	Reference
	kind  string // of the rule, empty for what holds whatever anybody's code is
	owner rule
	on    string // the platform that a department's rule gives
}

// construct reads a field that names one construct; absent is "".
func (s *section) construct(c Construct, field string) string {
	name := s.text(field)
	if name != "" {
		s.reader.refer(Reference{Construct: c, Name: name, Field: s.at(field), Line: s.values[field].Line})
	}
	return name
}

func (s *section) requiredConstruct(c Construct, field string) string {
	s.require(field, "text")
	return s.construct(c, field)
}

// requiredAnywhere is for what a version says of a construct on whichever platform it is.
func (s *section) requiredAnywhere(c Construct, field string) string {
	name := s.requiredConstruct(c, field)
	if name != "" {
		s.reader.references[len(s.reader.references)-1].Any = true
	}
	return name
}

// constructs reads a list of different names of constructs and returns them sorted.
func (s *section) constructs(c Construct, field string) []string {
	return s.eachText(field, func(name string, line int, path string) {
		s.reader.refer(Reference{Construct: c, Name: name, Field: path, Line: line})
	})
}

func (r *reader) refer(to Reference) {
	r.references = append(r.references, reference{Reference: to})
}

// owned says of the references noted since the mark whose they are.
func (r *reader) owned(since int, kind string, owner rule, on string) {
	for i := range r.references[since:] {
		ref := &r.references[since+i]
		ref.kind, ref.owner, ref.on = kind, owner, on
	}
}

// References are all the places of the text that name a construct, by line; the instant is for telling which rules are over. A rule for
// any platform needs its constructs on each platform on which it can answer from then on: one that a department or the registry names,
// and on which no rule of its own stands before it all the time.
func (r *Registry) References(at time.Time) []Reference {
	list := make([]Reference, 0, len(r.document.references))
	everywhere := r.Platforms(at)
	for _, ref := range r.document.references {
		to := ref.Reference
		to.Over = ref.owner.over(at)
		switch {
		case ref.on != "":
			to.Platforms = []string{ref.on}
		case ref.owner.For != "":
			to.Platforms = []string{ref.owner.For}
		case ref.kind == "":
			to.Platforms = slices.Clone(everywhere)
		default:
			to.Platforms = slices.DeleteFunc(slices.Clone(everywhere), func(platform string) bool {
				return r.supplanted(ref.kind, ref.owner, platform, at)
			})
		}
		list = append(list, to)
	}
	slices.SortStableFunc(list, func(a, b Reference) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field)) })
	return list
}

// Platforms are those that people can be on from the instant on: the registry's, and those of department rules that are not over. Sorted.
func (r *Registry) Platforms(at time.Time) []string {
	platforms := []string{r.document.Platform}
	for _, d := range r.document.Departments {
		if !d.over(at) {
			platforms = append(platforms, d.Platform)
		}
	}
	slices.Sort(platforms)
	return slices.Compact(platforms)
}

// supplanted says that rules for the platform stand before a rule for any as long as it holds from the instant on.
func (r *Registry) supplanted(kind string, of rule, platform string, at time.Time) bool {
	open := at
	if of.from.After(open) {
		open = of.from
	}
	for _, special := range r.rulesFor(kind, of.Code) {
		if special.For != platform || special.over(open) {
			continue
		}
		if special.from.After(open) {
			return false
		}
		if special.Sunset == nil || of.Sunset != nil && !special.until.Before(of.until) {
			return true
		}
		open = special.until
	}
	return false
}

// rulesFor are the rules of a kind about a code, earliest first.
func (r *Registry) rulesFor(kind, code string) []rule {
	switch kind {
	case KindSkill:
		return commons(r.skills[code])
	case KindDepartment:
		return commons(r.departments[code])
	case KindJobTitle:
		return commons(r.jobTitles[code])
	case KindLocation:
		return commons(r.locations[code])
	}
	return nil
}

func commons[R dated](rules []R) []rule {
	list := make([]rule, 0, len(rules))
	for _, r := range rules {
		list = append(list, r.common())
	}
	return list
}
