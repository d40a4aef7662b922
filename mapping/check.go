package mapping

import (
	"fmt"
	"time"
)

// check notes what no single rule can show: rules that contradict each other.
func check(r *reader, d *document) {
	overlapping(r, "skills", d.Skills)
	overlapping(r, "departments", d.Departments)
	overlapping(r, "job_titles", d.JobTitles)
	overlapping(r, "locations", d.Locations)

	// A date is read in the zone of a department or location before it is known which rule holds on it. So all rules for one
	// code must agree on what decides that.
	departmentZones, locationZones, nights := constant[string]{}, constant[string]{}, constant[time.Duration]{}
	for _, rule := range d.Departments {
		departmentZones.same(r, "departments", "time_zone", rule.rule, rule.TimeZone)
		nights.same(r, "departments", "policies.night_shift_grace", rule.rule, d.nightShiftGrace(rule))
	}
	for _, rule := range d.Locations {
		locationZones.same(r, "locations", "time_zone", rule.rule, rule.TimeZone)
	}
}

// constant is what the first rule for each code said.
type constant[T comparable] map[string]struct {
	value T
	line  int
}

func (c constant[T]) same(r *reader, kind, field string, of rule, value T) {
	first, known := c[of.Code]
	if !known {
		first.value, first.line = value, of.line
		c[of.Code] = first
		return
	}
	if first.value != value {
		found := fmt.Sprintf("%q, unlike the rule for %q in line %d", fmt.Sprint(value), of.Code, first.line)
		r.mistake(of.line, kind+"."+field, found, "the same in all rules for one code")
	}
}

func (d *document) nightShiftGrace(rule departmentRule) time.Duration {
	var grace time.Duration
	set(&grace, d.Defaults.Policies.NightShiftGrace)
	set(&grace, rule.Policies.NightShiftGrace)
	return grace
}
