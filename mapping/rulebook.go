package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// rule is what every kind of rule about a code has in common. A rule For a platform answers only for people on it, and stands before
// the rule for any platform. Where a department's people are is what its rule gives, so a department's rule is for any.
type rule struct {
	Code string `json:"code"`
	For  string `json:"platform,omitempty"`
	term

	platformLine int
}

func (r rule) common() rule { return r }

// named is the rule as explanations name it, e.g. "skill SVC_TECH on genesys".
func (r rule) named(kind string) string {
	name := words(kind) + " " + r.Code
	if r.For != "" {
		name += " on " + r.For
	}
	return name
}

// words is a kind as people read it.
func words(kind string) string { return strings.ReplaceAll(kind, "_", " ") }

// dated is a rule about a code.
type dated interface{ common() rule }

// rulebook holds the rules of one kind by code, earliest first.
type rulebook[R dated] map[string][]R

func newRulebook[R dated](rules []R) rulebook[R] {
	book := rulebook[R]{}
	for _, r := range rules {
		book[r.common().Code] = append(book[r.common().Code], r)
	}
	for _, of := range book {
		slices.SortStableFunc(of, func(a, b R) int {
			x, y := a.common(), b.common()
			return cmp.Or(x.from.Compare(y.from), cmp.Compare(x.For, y.For), cmp.Compare(x.line, y.line))
		})
	}
	return book
}

// answering finds the rule for a code on a platform at the instant: the one for the platform, else the one for any.
func (b rulebook[R]) answering(code, platform string, at time.Time) (found R, ok bool) {
	for _, r := range b[code] {
		switch c := r.common(); {
		case !c.holds(at):
		case c.For == platform:
			return r, true
		case c.For == "":
			found, ok = r, true
		}
	}
	return found, ok
}

// following finds the first rule for a code on a platform that begins at the instant or later.
func (b rulebook[R]) following(code, platform string, at time.Time) (found R, ok bool) {
	for _, r := range b[code] {
		if c := r.common(); (c.For == "" || c.For == platform) && c.Effective != nil && !c.from.Before(at) {
			return r, true
		}
	}
	return found, false
}

// retired says that a code had a rule on a platform whose end was published, and has none any more: it is known, and stands for nothing.
func (b rulebook[R]) retired(code, platform string, at time.Time) bool {
	if _, answered := b.answering(code, platform, at); answered {
		return false
	}
	if _, follows := b.following(code, platform, at); follows {
		return false
	}
	return slices.ContainsFunc(b[code], func(r R) bool {
		c := r.common()
		return (c.For == "" || c.For == platform) && c.over(at)
	})
}

// holding is answering, with a warning of what the calendar has to do with the answer: a rule that ends, or one that ended or has
// yet to begin.
func (b rulebook[R]) holding(kind, code, platform string, at time.Time) (found R, ok bool, warning string) {
	if found, ok = b.answering(code, platform, at); ok {
		return found, true, b.deprecation(kind, platform, found)
	}
	what := words(kind) + " " + code
	if next, soon := b.following(code, platform, at); soon {
		return found, false, fmt.Sprintf("%s has no rule yet: one begins at 00:00 on %s", what, next.common().Effective)
	}
	var last rule
	var elsewhere []string
	for _, r := range b[code] {
		switch c := r.common(); {
		case c.For != "" && c.For != platform:
			elsewhere = append(elsewhere, c.For)
		case c.Sunset != nil && (last.Sunset == nil || c.until.After(last.until)):
			last = c
		}
	}
	switch {
	case last.Sunset != nil:
		warning = fmt.Sprintf("%s has no rule any more: it ended at 00:00 on %s", what, last.Sunset)
	case len(elsewhere) > 0:
		slices.Sort(elsewhere)
		warning = fmt.Sprintf("%s has no rule for platform %s, only for %s", what, platform, strings.Join(slices.Compact(elsewhere), ", "))
	}
	return found, false, warning
}

// deprecation says that a rule has a published end, and what comes then; empty without one.
func (b rulebook[R]) deprecation(kind, platform string, of R) string {
	r := of.common()
	if r.Sunset == nil {
		return ""
	}
	warning := fmt.Sprintf("%s is deprecated: its rule ends at 00:00 on %s", r.named(kind), r.Sunset)
	next, ok := b.answering(r.Code, platform, r.until)
	if ok && next.common().For == "" && next.common().from.Before(r.until) {
		return warning + ", the rule for any platform holds from then on"
	}
	if !ok {
		next, ok = b.following(r.Code, platform, r.until)
	}
	if ok {
		warning += ", the next one begins at 00:00 on " + next.common().Effective.String()
	}
	return warning
}

// overlapping notes rules for one code and platform that would hold at the same time as an earlier one: each once, however many it meets,
// so that a code that is repeated thousands of times is as many mistakes and no more.
func overlapping[R dated](r *reader, kind string, rules []R) {
	book := newRulebook(rules)
	for _, code := range slices.Sorted(maps.Keys(book)) {
		longest := map[string]rule{} // by platform, of those that begin earlier
		for _, of := range book[code] {
			one := of.common()
			earlier, met := longest[one.For]
			if met && earlier.overlaps(one.term) {
				what := fmt.Sprintf("%q", code)
				if one.For != "" {
					what += " on " + one.For
				}
				r.mistake(one.line, kind, fmt.Sprintf("a second rule for %s that holds at the same time as the one in line %d", what, earlier.line),
					"one rule for a code at a time (effective_date, sunset_date) on one platform")
			}
			if !met || one.outlasts(earlier.term) {
				longest[one.For] = one
			}
		}
	}
}
