package levers

import (
	"slices"
	"time"

	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

// Fold is hr.Fold of what HR says of a person, without the terminations that legal has reversed and without those that only say again
// what was reversed.
func Fold(person store.Person, at time.Time, zones hr.Zones) hr.Picture {
	reposted := Reposted(person)
	var said []hr.Accepted
	for _, e := range person.Events {
		if !overridden(person.Override, e.Event.EventID) && !slices.Contains(reposted, e.Event.EventID) {
			said = append(said, e.Accepted)
		}
	}
	return hr.Fold(said, at, zones)
}

func overridden(o *lifecycle.Override, eventID string) bool {
	return o != nil && slices.Contains(o.EventIDs, eventID)
}

// Reposted are the terminations without an outcome that HR has sent since a reversal and that say no more than what was reversed: whether
// to carry them out is for a person to decide (RULES 6).
func Reposted(person store.Person) (ids []string) {
	if person.Override == nil {
		return nil
	}
	for _, e := range person.Events {
		if e.Outcome == lifecycle.Waiting && ends(e) && !overridden(person.Override, e.Event.EventID) && saysAgain(e, person) {
			ids = append(ids, e.Event.EventID)
		}
	}
	return ids
}

// EndedAnew says that HR has ended the employment in another way since a reversal: that is a decision of its own, and the reversal is over.
func EndedAnew(person store.Person) bool {
	if person.Override == nil {
		return false
	}
	reposted := Reposted(person)
	return slices.ContainsFunc(person.Events, func(e store.StoredEvent) bool {
		return e.Outcome == lifecycle.Waiting && ends(e) && !overridden(person.Override, e.Event.EventID) && !slices.Contains(reposted, e.Event.EventID)
	})
}

// Agreed says that HR no longer tells of the leaving that was reversed.
func Agreed(person store.Person, at time.Time, zones hr.Zones) bool {
	if person.Override == nil {
		return false
	}
	var all []hr.Accepted
	for _, e := range person.Events {
		all = append(all, e.Accepted)
	}
	picture := hr.Fold(all, at, zones)
	if picture.State.Employment != hr.Employed {
		return false
	}
	return !slices.ContainsFunc(picture.Events, func(e hr.EventStanding) bool {
		return e.Standing == hr.Future && overridden(person.Override, e.EventID)
	})
}

func ends(e store.StoredEvent) bool { return e.Event.EventType == hr.UserTerminate }

// saysAgain compares when and why somebody leaves, by what the events themselves say.
func saysAgain(e store.StoredEvent, person store.Person) bool {
	return slices.ContainsFunc(person.Events, func(reversed store.StoredEvent) bool {
		return overridden(person.Override, reversed.Event.EventID) &&
			reversed.Event.Payload.ExternalUserID == e.Event.Payload.ExternalUserID && reversed.Namespace == e.Namespace &&
			same(leaving(reversed), leaving(e))
	})
}

// end is what a termination says about the leaving.
type end struct {
	reason                   hr.TerminationReason
	lastDay, lastWorkingDay  hr.Date
	effectiveDay             hr.Date
	effective                time.Time
	hasLast, hasWorking, day bool
}

func leaving(e store.StoredEvent) (said end) {
	if t := e.Event.Payload.Termination; t != nil {
		said.reason = t.Reason
		said.lastDay, said.hasLast = dateOf(t.LastDay)
		said.lastWorkingDay, said.hasWorking = dateOf(t.LastWorkingDay)
	}
	if at := e.Event.EffectiveAt; at != nil {
		said.effectiveDay, said.day = dateOf(at.Date)
		said.effective = at.Instant.UTC()
	}
	return said
}

func dateOf(d *hr.Date) (hr.Date, bool) {
	if d == nil {
		return hr.Date{}, false
	}
	return *d, true
}

func same(a, b end) bool { return a == b }
