package simulate

import (
	"cmp"
	"slices"
	"time"

	"muster/mapping"
)

// Replay is what becomes of events that took effect, by the rules before and after.
type Replay struct {
	Events int
	// ParkedBefore and ParkedAfter are those that would have waited for a rule.
	ParkedBefore, ParkedAfter int
	// Differing are those whose person would have another account.
	Differing int
	// Unmapped are the codes that had no rule; the numbers are events, and the examples event ids.
	Unmapped []UnmappedCode
	// Differences are at most as many differing events as people may be listed, by time.
	Differences []EventChange
}

// EventChange is an event that would have led to something else.
type EventChange struct {
	EventID, PersonID string
	At                time.Time
	Changes           []Change
}

// replayTally counts events one by one.
type replayTally struct {
	events, parkedBefore, parkedAfter, differing int
	unmapped                                     map[mapping.Unmapped]*UnmappedCode
	listed                                       []EventChange
}

// event counts one event, whose person was employed when it took effect.
func (t *tally) event(personID string, e Event) {
	found, r := t.transition(codesOf(e.State)), &t.replay
	r.events++
	r.parkedBefore += one(len(found.unmappedBefore) > 0)
	r.parkedAfter += one(len(found.unmappedAfter) > 0)
	countUnmapped(r.unmapped, found, e.ID)
	if found.same() {
		return
	}
	r.differing++
	if t.limit <= 0 {
		return
	}
	r.listed = append(r.listed, EventChange{EventID: e.ID, PersonID: personID, At: e.At, Changes: found.changes})
	if len(r.listed) >= 2*t.limit+memory {
		r.listed = newest(r.listed, t.limit)
	}
}

// newest are the latest events, the latest first.
func newest(listed []EventChange, limit int) []EventChange {
	slices.SortFunc(listed, func(a, b EventChange) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.EventID, b.EventID), cmp.Compare(a.PersonID, b.PersonID))
	})
	return listed[:min(len(listed), limit)]
}

func (r *replayTally) add(other replayTally) {
	r.events += other.events
	r.parkedBefore += other.parkedBefore
	r.parkedAfter += other.parkedAfter
	r.differing += other.differing
	mergeUnmapped(r.unmapped, other.unmapped)
	r.listed = append(r.listed, other.listed...)
}

func (r *replayTally) report(limit int) Replay {
	return Replay{
		Events: r.events, ParkedBefore: r.parkedBefore, ParkedAfter: r.parkedAfter, Differing: r.differing,
		Unmapped: sortedUnmapped(r.unmapped), Differences: newest(r.listed, limit),
	}
}
