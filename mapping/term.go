package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"muster/hr"
)

// term is when a rule holds: from 00:00 of the effective date to 00:00 of the sunset date, in the registry's zone. Without a
// date that side is open.
type term struct {
	Effective *hr.Date `json:"effective_date,omitempty"`
	Sunset    *hr.Date `json:"sunset_date,omitempty"`

	line        int
	from, until time.Time
}

func (t term) holds(at time.Time) bool {
	return !at.Before(t.from) && (t.Sunset == nil || at.Before(t.until))
}

func (t term) overlaps(other term) bool {
	return (other.Sunset == nil || t.from.Before(other.until)) && (t.Sunset == nil || other.from.Before(t.until))
}

// in fixes the instants by the zone.
func (t *term) in(zone *time.Location) {
	if t.Effective != nil {
		t.from = t.Effective.StartIn(zone)
	}
	if t.Sunset != nil {
		t.until = t.Sunset.StartIn(zone)
	}
}

// rule is what every kind of rule about a code has in common.
type rule struct {
	Code string `json:"code"`
	term
}

func (r rule) common() rule { return r }

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
			return cmp.Or(a.common().from.Compare(b.common().from), cmp.Compare(a.common().line, b.common().line))
		})
	}
	return book
}

// holding finds the rule for a code that holds at the instant. Warnings say what the calendar has to do with the answer: a
// rule that ends, or one that ended or has yet to begin.
func (b rulebook[R]) holding(kind, code string, at time.Time) (found R, ok bool, warning string) {
	of := b[code]
	for i, r := range of {
		t := r.common()
		if t.holds(at) {
			if t.Sunset == nil {
				return r, true, ""
			}
			warning = fmt.Sprintf("%s %s is deprecated: its rule ends at 00:00 on %s", kind, code, t.Sunset)
			if i+1 < len(of) {
				warning += ", the next one begins at 00:00 on " + of[i+1].common().Effective.String()
			}
			return r, true, warning
		}
	}
	for _, r := range of {
		if t := r.common(); at.Before(t.from) {
			return found, false, fmt.Sprintf("%s %s has no rule yet: one begins at 00:00 on %s", kind, code, t.Effective)
		}
	}
	if len(of) > 0 {
		warning = fmt.Sprintf("%s %s has no rule any more: it ended at 00:00 on %s", kind, code, of[len(of)-1].common().Sunset)
	}
	return found, false, warning
}

// overlapping notes rules for one code that would hold at the same time.
func overlapping[R dated](r *reader, kind string, rules []R) {
	book := newRulebook(rules)
	for _, code := range slices.Sorted(maps.Keys(book)) {
		of := book[code]
		for i, one := range of {
			for _, other := range of[i+1:] {
				if one.common().overlaps(other.common().term) {
					r.mistake(other.common().line, kind, fmt.Sprintf("a second rule for %q that holds at the same time as the one in line %d",
						code, one.common().line), "one rule for a code at a time (effective_date, sunset_date)")
				}
			}
		}
	}
}
