package mapping

import (
	"slices"
	"time"
)

// Boundary is an instant at which a version's answers can change, because rules begin or end.
type Boundary struct {
	At     time.Time `json:"at"`
	Begins []RuleRef `json:"begins,omitempty"`
	Ends   []Ending  `json:"ends,omitempty"`
}

// Ending is a rule that ends, with what answers in its place from that instant on: the successors, each once, and the platforms on which
// nothing does. A rule that begins after a gap is no successor. Of a scope rule it says neither.
type Ending struct {
	RuleRef
	Successors []RuleRef `json:"successors,omitempty"`
	Without    []string  `json:"without,omitempty"`
}

// Boundaries are the instants after the given one at which rules begin or end, earliest first. Rules of one instant are by kind, code,
// platform and date.
func (r *Registry) Boundaries(after time.Time) []Boundary {
	at := map[time.Time]*Boundary{}
	boundary := func(instant time.Time) *Boundary {
		if at[instant] == nil {
			at[instant] = &Boundary{At: instant}
		}
		return at[instant]
	}
	for _, of := range r.rules() {
		if of.Sunset != nil && !of.from.Before(of.until) {
			continue // its only day is one that its zone skipped
		}
		if of.Effective != nil && of.from.After(after) {
			b := boundary(of.from)
			b.Begins = append(b.Begins, of.ref())
		}
		if of.Sunset != nil && of.until.After(after) {
			b := boundary(of.until)
			b.Ends = append(b.Ends, r.ending(of))
		}
	}
	list := make([]Boundary, 0, len(at))
	for _, b := range at {
		slices.SortFunc(b.Begins, compareRules)
		slices.SortFunc(b.Ends, func(x, y Ending) int { return compareRules(x.RuleRef, y.RuleRef) })
		list = append(list, *b)
	}
	slices.SortFunc(list, func(a, b Boundary) int { return a.At.Compare(b.At) })
	return list
}

// ending looks at each platform on which a rule answers until its end.
func (r *Registry) ending(of kindRule) Ending {
	end := Ending{RuleRef: of.ref()}
	if of.kind == KindScope {
		return end
	}
	last := of.until.Add(-time.Nanosecond)
	for _, platform := range r.platformsOf(of, last) {
		if current, ok := r.answering(of.kind, of.Code, platform, last); !ok || current.path != of.path {
			continue // a rule for the platform stands before it
		}
		next, ok := r.answering(of.kind, of.Code, platform, of.until)
		switch {
		case !ok:
			end.Without = append(end.Without, platform)
		case !slices.ContainsFunc(end.Successors, func(s RuleRef) bool { return compareRules(s, next.ref(of.kind)) == 0 }):
			end.Successors = append(end.Successors, next.ref(of.kind))
		}
	}
	return end
}

// platformsOf are those that a rule can answer on at the instant.
func (r *Registry) platformsOf(of kindRule, at time.Time) []string {
	if of.For != "" {
		return []string{of.For}
	}
	if of.kind == KindDepartment {
		for _, d := range r.departments[of.Code] {
			if d.path == of.path {
				return []string{d.Platform}
			}
		}
	}
	return r.Platforms(at)
}

// answering is the rule of a kind that answers for a code on a platform at the instant.
func (r *Registry) answering(kind, code, platform string, at time.Time) (rule, bool) {
	switch kind {
	case KindSkill:
		return common(r.skills.answering(code, platform, at))
	case KindDepartment:
		return common(r.departments.answering(code, "", at))
	case KindJobTitle:
		return common(r.jobTitles.answering(code, platform, at))
	case KindLocation:
		return common(r.locations.answering(code, platform, at))
	}
	return rule{}, false
}

func common[R dated](found R, ok bool) (rule, bool) { return found.common(), ok }
