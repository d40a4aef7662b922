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
	return hr.Fold(Said(person), at, zones)
}

// Said are the events that Fold folds.
func Said(person store.Person) (said []hr.Accepted) {
	reposted := Reposted(person)
	for _, e := range person.Events {
		if !overridden(person.Override, e.Event.EventID) && !slices.Contains(reposted, e.Event.EventID) {
			said = append(said, e.Accepted)
		}
	}
	return said
}

func overridden(o *lifecycle.Override, eventID string) bool {
	return o != nil && slices.Contains(o.EventIDs, eventID)
}

// Reposted are the terminations without an outcome that came after a reversal and say no more than what was reversed, or that HR had issued
// before it: whether to carry them out is for a person to decide (RULES 6).
func Reposted(person store.Person) (ids []string) {
	for _, e := range sinceReversal(person) {
		if !decidedAnew(e, person) {
			ids = append(ids, e.Event.EventID)
		}
	}
	return ids
}

// EndedAnew says that HR has ended the employment in another way since a reversal: that is a decision of its own, and the reversal is over.
func EndedAnew(person store.Person) bool {
	return slices.ContainsFunc(sinceReversal(person), func(e store.StoredEvent) bool { return decidedAnew(e, person) })
}

// sinceReversal are the terminations without an outcome, of an employment whose end was reversed, that were not reversed themselves.
func sinceReversal(person store.Person) (later []store.StoredEvent) {
	reversed := reversedEmployments(person)
	for _, e := range person.Events {
		if e.Outcome == lifecycle.Waiting && e.Event.EventType == hr.UserTerminate && reversed[employmentOf(e)] && !overridden(person.Override, e.Event.EventID) {
			later = append(later, e)
		}
	}
	return later
}

// decidedAnew says that HR issued an event after everything that was reversed, and that it says something else.
func decidedAnew(e store.StoredEvent, person store.Person) bool {
	return !slices.ContainsFunc(person.Events, func(reversed store.StoredEvent) bool {
		return overridden(person.Override, reversed.Event.EventID) && employmentOf(reversed) == employmentOf(e) &&
			(!e.Event.TimestampUTC.After(reversed.Event.TimestampUTC) || leaving(e).saysNoMoreThan(leaving(reversed)))
	})
}

// Agreed says that HR no longer tells of the leaving that was reversed: the employments whose end it was go on.
func Agreed(person store.Person, at time.Time, zones hr.Zones) bool {
	reversed := reversedEmployments(person)
	for of := range reversed {
		var said []hr.Accepted
		for _, e := range person.Events {
			if employmentOf(e) == of {
				said = append(said, e.Accepted)
			}
		}
		picture := hr.Fold(said, at, zones)
		pending := slices.ContainsFunc(picture.Events, func(e hr.EventStanding) bool {
			return e.Standing == hr.Future && overridden(person.Override, e.EventID)
		})
		if picture.State.Employment != hr.Employed || pending {
			return false
		}
	}
	return len(reversed) > 0
}

// employment is what HR says under one id.
type employment struct{ namespace, externalUserID string }

func employmentOf(e store.StoredEvent) employment {
	return employment{e.Namespace, e.Event.Payload.ExternalUserID}
}

func reversedEmployments(person store.Person) map[employment]bool {
	reversed := map[employment]bool{}
	for _, e := range person.Events {
		if overridden(person.Override, e.Event.EventID) {
			reversed[employmentOf(e)] = true
		}
	}
	return reversed
}

// end is what a termination says about the leaving; nil: it does not say.
type end struct {
	reason                  *hr.TerminationReason
	lastDay, lastWorkingDay *hr.Date
	effectiveDay            *hr.Date
	effective               *time.Time
}

func leaving(e store.StoredEvent) (said end) {
	if t := e.Event.Payload.Termination; t != nil {
		said.lastDay, said.lastWorkingDay = t.LastDay, t.LastWorkingDay
		if t.Reason != "" {
			said.reason = &t.Reason
		}
	}
	if at := e.Event.EffectiveAt; at != nil {
		said.effectiveDay = at.Date
		if at.Date == nil {
			said.effective = new(at.Instant.UTC())
		}
	}
	return said
}

// saysNoMoreThan: whatever it says, the other says too. Many systems repeat a leaving every night without its particulars.
func (e end) saysNoMoreThan(other end) bool {
	return noMore(e.reason, other.reason) && noMore(e.lastDay, other.lastDay) && noMore(e.lastWorkingDay, other.lastWorkingDay) &&
		noMore(e.effectiveDay, other.effectiveDay) && noMore(e.effective, other.effective)
}

func noMore[T comparable](said, other *T) bool {
	return said == nil || other != nil && *said == *other
}
