package mapping

import (
	"cmp"
	"slices"
	"time"

	"muster/hr"
)

// CodeRule is where a version answers for a code, and when.
type CodeRule struct {
	Kind string // KindSkill, KindDepartment, KindJobTitle or KindLocation
	Code string
	Line int // of the version's text, from 1
	// Effective is the first day on, Sunset the first day off, both from 00:00 in the registry's zone; nil leaves that side open.
	Effective, Sunset *hr.Date
	from, until       time.Time
}

// Holds says whether the rule answers at the instant.
func (r CodeRule) Holds(at time.Time) bool {
	return !at.Before(r.from) && (r.Sunset == nil || at.Before(r.until))
}

// Codes are the rules about codes, by kind, code and effective date. The caller may keep them.
func (r *Registry) Codes() []CodeRule {
	var all []CodeRule
	all = appendCodes(all, KindSkill, r.document.Skills)
	all = appendCodes(all, KindDepartment, r.document.Departments)
	all = appendCodes(all, KindJobTitle, r.document.JobTitles)
	all = appendCodes(all, KindLocation, r.document.Locations)
	slices.SortFunc(all, func(a, b CodeRule) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code), a.from.Compare(b.from), cmp.Compare(a.Line, b.Line))
	})
	return all
}

func appendCodes[R dated](all []CodeRule, kind string, rules []R) []CodeRule {
	for _, one := range rules {
		r := one.common()
		all = append(all, CodeRule{
			Kind: kind, Code: r.Code, Line: r.line, Effective: clone(r.Effective), Sunset: clone(r.Sunset), from: r.from, until: r.until,
		})
	}
	return all
}

func clone(date *hr.Date) *hr.Date {
	if date == nil {
		return nil
	}
	return new(*date)
}

// DayBegins is the instant at which a date begins for the version's rules: 00:00 in the registry's zone.
func (r *Registry) DayBegins(date hr.Date) time.Time {
	zone, err := hr.LoadZone(r.document.Zone)
	if err != nil {
		// Parse loaded it: there is no registry without its zone.
		panic("mapping: the zone of a registry: " + err.Error())
	}
	return date.StartIn(zone)
}
