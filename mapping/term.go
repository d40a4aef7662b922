package mapping

import (
	"time"

	"muster/hr"
)

// term is when a rule holds: from 00:00 of the effective date to 00:00 of the sunset date, in the registry's zone. Without a
// date that side is open.
type term struct {
	Effective *hr.Date `json:"effective_date,omitempty"`
	Sunset    *hr.Date `json:"sunset_date,omitempty"`

	path             string // e.g. "skills[2]"
	line, sunsetLine int
	from, until      time.Time
}

func (t term) holds(at time.Time) bool {
	return !at.Before(t.from) && (t.Sunset == nil || at.Before(t.until))
}

func (t term) overlaps(other term) bool {
	return (other.Sunset == nil || t.from.Before(other.until)) && (t.Sunset == nil || other.from.Before(t.until))
}

// outlasts says that a term ends after another.
func (t term) outlasts(other term) bool {
	return other.Sunset != nil && (t.Sunset == nil || t.until.After(other.until))
}

// over says that a rule is one of the past.
func (t term) over(at time.Time) bool { return t.Sunset != nil && !at.Before(t.until) }

// in fixes the instants by the zone.
func (t *term) in(zone *time.Location) {
	if t.Effective != nil {
		t.from = t.Effective.StartIn(zone)
	}
	if t.Sunset != nil {
		t.until = t.Sunset.StartIn(zone)
	}
}
