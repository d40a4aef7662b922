package hr

import (
	"slices"
	"time"
)

// arrange decides between the hires and terminations of one employment and returns its live events in the order in which
// they take effect. Everything is decided by what HR said when, never by what has already happened at some instant, so
// that the answer is the same whenever it is asked for.
func arrange(entries []*entry, a *atlas) []*entry {
	for _, e := range entries {
		e.overruledBy = nil
	}
	redateHires(entries, a)
	overruleHires(entries)
	overruleTerminations(entries)
	cancelHires(entries)
	var live []*entry
	for _, e := range entries {
		if e.live() {
			live = append(live, e)
		}
	}
	closeGap(live)
	slices.SortFunc(live, byEffect)
	return deferUpdates(live, entries)
}

func each(entries []*entry, eventType Type) []*entry {
	var found []*entry
	for _, e := range entries {
		if e.is(eventType) {
			found = append(found, e)
		}
	}
	return found
}

// outlives says whether a hire starts an employment that the termination does not end: it is newer, and starts after the
// last day.
func outlives(hire, termination *entry) bool {
	return hire.Event.TimestampUTC.After(termination.Event.TimestampUTC) && !hire.at.Before(termination.lastDayEnd)
}

// redateHires lets an update that names another hire date move a hire that was pending when the update was issued; the
// update issued last decides.
func redateHires(entries []*entry, a *atlas) {
	for _, hire := range each(entries, UserCreate) {
		start := hire.at
		for _, update := range each(entries, UserUpdate) { // in the order of issue
			date := update.Event.Payload.HireDate
			issued := update.Event.TimestampUTC
			if update.live() && date.Present && !date.Null && byIssue(update, hire) > 0 && start.After(issued) {
				start = date.Value.StartIn(a.placeOf(update.Event, State{
					Timezone:       hire.Event.Payload.Timezone.Value,
					LocationCode:   hire.Event.Payload.LocationCode.Value,
					DepartmentCode: hire.Event.Payload.DepartmentCode.Value,
				}))
			}
		}
		hire.at = start
	}
}

// overruleHires: at most one hire is pending; the one issued later replaces the earlier that was still pending then. A hire
// that is not pending itself does so only within the same employment: it says nothing about a comeback after a termination.
func overruleHires(entries []*entry) {
	hires, terminations := each(entries, UserCreate), each(entries, UserTerminate)
	for _, earlierHire := range hires {
		for _, later := range hires { // in the order of issue, so the last one found decides
			issued := later.Event.TimestampUTC
			if !later.canOverrule(earlierHire) || !earlierHire.at.After(issued) {
				continue
			}
			sameEmployment := !slices.ContainsFunc(terminations, func(t *entry) bool {
				return t.rescindedBy == nil && t.replacedBy == nil && outlives(earlierHire, t) && later.at.Before(t.lastDayEnd)
			})
			if later.at.After(issued) || sameEmployment {
				earlierHire.overruledBy = later
			}
		}
	}
}

// overruleTerminations: an employment ends once; the termination issued later replaces the earlier, pending or not (that
// is how a leaver is re-dated), unless a new employment began in between.
func overruleTerminations(entries []*entry) {
	hires, terminations := each(entries, UserCreate), each(entries, UserTerminate)
	for _, earlierEnd := range terminations {
		for _, later := range terminations {
			if !later.canOverrule(earlierEnd) {
				continue
			}
			newEmployment := slices.ContainsFunc(hires, func(hire *entry) bool {
				return hire.live() && outlives(hire, earlierEnd) && hire.at.Before(later.lastDayEnd)
			})
			if !newEmployment {
				earlierEnd.overruledBy = later
			}
		}
	}
}

// cancelHires: a termination cancels a hire that was issued before it and starts after it.
func cancelHires(entries []*entry) {
	for _, hire := range each(entries, UserCreate) {
		for _, end := range each(entries, UserTerminate) {
			issuedBefore := !hire.Event.TimestampUTC.After(end.Event.TimestampUTC)
			if hire.live() && end.live() && issuedBefore && !end.at.After(hire.at) {
				hire.overruledBy = end
			}
		}
	}
}

// closeGap ends the old employment no later than the new one starts: night-shift grace must not end the new one.
func closeGap(live []*entry) {
	for _, end := range each(live, UserTerminate) {
		for _, hire := range each(live, UserCreate) {
			if outlives(hire, end) && hire.at.Before(end.at) {
				end.at = hire.at
			}
		}
	}
}

// deferUpdates moves an update that would meet nobody employed to the start of the hire it was issued after: HR corrects
// the record of someone who has not begun yet, and an older hire must not undo that when it takes effect.
func deferUpdates(live, all []*entry) []*entry {
	if !slices.ContainsFunc(live, func(e *entry) bool { return e.isChange() && hireAhead(e, live) != nil }) {
		return live
	}
	w := newWalk(all, Zones{})
	for i := 0; i < len(live); {
		e := live[i]
		if start, found := awaitedHire(e, w, live[i+1:]); found {
			e.at = start
			slices.SortFunc(live[i:], byEffect)
			continue
		}
		w.apply(e)
		i++
	}
	return live
}

func awaitedHire(e *entry, w *walk, ahead []*entry) (start time.Time, found bool) {
	if w.state.Employment == Employed || !e.isChange() {
		return time.Time{}, false
	}
	if hire := hireAhead(e, ahead); hire != nil {
		return hire.at, true
	}
	return time.Time{}, false
}

// hireAhead is the first of the hires that a change was issued after and takes effect before; nil when there is none.
func hireAhead(change *entry, live []*entry) *entry {
	for _, hire := range live {
		if hire.is(UserCreate) && hire.at.After(change.at) && !hire.Event.TimestampUTC.After(change.Event.TimestampUTC) {
			return hire
		}
	}
	return nil
}
