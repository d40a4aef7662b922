package hr

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// entry is one distinct event on its way through a fold.
type entry struct {
	Accepted
	at         time.Time // when it takes effect
	lastDayEnd time.Time // of a termination: a new employment may start from here
	// rescindedBy and replacedBy are the events that take it back or stand in for it, as soon as they are known.
	rescindedBy, replacedBy *entry
	// matched: a rescind that acts on an event.
	matched bool
	// overruledBy is the later event that decides instead of it; only among hires and terminations.
	overruledBy *entry
}

// live says whether the event has a say at all, whatever the time.
func (e *entry) live() bool {
	return e.rescindedBy == nil && e.replacedBy == nil && e.overruledBy == nil
}

// makesWayFor says whether other stands in for e, directly or through further replacements.
func (e *entry) makesWayFor(other *entry) bool {
	for by := e.replacedBy; by != nil; by = by.replacedBy {
		if by == other {
			return true
		}
	}
	return false
}

// canOverrule says whether e, as the later of two hires or two terminations, can decide instead of the other. A rescinded one
// cannot. A replaced one can, since its replacement stands in for it, though not against that replacement.
func (e *entry) canOverrule(other *entry) bool {
	return e.rescindedBy == nil && byIssue(e, other) > 0 && !e.makesWayFor(other)
}

func (e *entry) is(eventType Type) bool { return e.Event.EventType == eventType }

// isChange says whether e changes somebody who is there; the two types differ in what they can say only.
func (e *entry) isChange() bool { return e.is(UserUpdate) || e.is(SkillAssign) }

// typeRank orders events of the same instants: someone is created before they are changed, and changed before they leave.
func typeRank(eventType Type) int {
	return slices.Index([]Type{UserCreate, UserUpdate, SkillAssign, UserTerminate, EventRescind}, eventType)
}

// byIssue orders events as HR issued them.
func byIssue(a, b *entry) int {
	return cmp.Or(
		a.Event.TimestampUTC.Compare(b.Event.TimestampUTC),
		cmp.Compare(typeRank(a.Event.EventType), typeRank(b.Event.EventType)),
		cmp.Compare(a.ProcessingKey, b.ProcessingKey),
		// The same processing key with other content: both are folded, so something has to order them.
		cmp.Compare(a.Event.EventID, b.Event.EventID),
		cmp.Compare(a.Namespace, b.Namespace),
	)
}

// byEffect orders events as they take effect.
func byEffect(a, b *entry) int { return cmp.Or(a.at.Compare(b.at), byIssue(a, b)) }

// distinct makes one entry of each event, however often it was delivered, in the order of issue. The store holds one content
// per event_id; should two ever meet here, the first in the order of issue stands, so that the answer does not depend on the
// order of delivery.
func distinct(events []Accepted) []*entry {
	type identity struct{ namespace, eventID string }
	known := map[identity]*entry{}
	for _, accepted := range events {
		candidate := &entry{Accepted: accepted}
		key := identity{accepted.Namespace, accepted.Event.EventID}
		standing, repeated := known[key]
		if !repeated {
			known[key] = candidate
			continue
		}
		received := earlier(standing.ReceivedAt, candidate.ReceivedAt)
		if cmp.Or(byIssue(candidate, standing), bytes.Compare(Canonical(candidate.Event), Canonical(standing.Event))) < 0 {
			known[key] = candidate
		}
		known[key].ReceivedAt = received
	}
	entries := make([]*entry, 0, len(known))
	for _, e := range known {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, byIssue)
	return entries
}
