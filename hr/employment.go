package hr

import (
	"cmp"
	"slices"
	"time"
)

// employment is everything HR said under one external id.
type employment struct {
	namespace, externalUserID string
	entries                   []*entry // in the order of issue
	live                      []*entry // in the order of effect
	// withdrawals are the moments, in their order, when a hire was taken back that had begun.
	withdrawals []time.Time
	zones       Zones
}

// employments sorts a person's events by the external id they are about; rescinds have no effect of their own and are in none.
func employments(entries []*entry, zones Zones, a *atlas) []*employment {
	type identity struct{ namespace, externalUserID string }
	byID := map[identity]*employment{}
	var all []*employment
	for _, e := range entries {
		if e.is(EventRescind) {
			continue
		}
		id := identity{e.Namespace, e.Event.Payload.ExternalUserID}
		if byID[id] == nil {
			byID[id] = &employment{namespace: id.namespace, externalUserID: id.externalUserID, zones: zones}
			all = append(all, byID[id])
		}
		byID[id].entries = append(byID[id].entries, e)
	}
	for _, m := range all {
		m.settle(a)
	}
	// An id of which nothing is left is none: what was taken back is as if it had never come. One under which a hire was
	// announced stays the person's.
	return slices.DeleteFunc(all, func(m *employment) bool { return len(m.live) == 0 && len(each(m.entries, UserCreate)) == 0 })
}

// settle finds the instant of every event. A date is read where the person is then, and where the person is depends on the
// order of the events: a first round reads each event by itself, the second by the state the first one shows before it. Where that
// makes no difference, which is nearly always, the first round stands.
func (m *employment) settle(a *atlas) {
	alone := m.readings(a, map[*entry]State{})
	m.arrange(alone, a)
	if placed := m.readings(a, m.statesBefore()); !slices.Equal(placed, alone) {
		m.arrange(placed, a)
	}
	m.findWithdrawals()
}

// reading is when an event takes effect, read by itself, see entry.
type reading struct{ at, lastDayEnd time.Time }

func (m *employment) readings(a *atlas, before map[*entry]State) []reading {
	read := make([]reading, len(m.entries))
	for i, e := range m.entries {
		read[i].at, read[i].lastDayEnd = a.effective(e.Event, e.ReceivedAt, before[e])
	}
	return read
}

// arrange orders the events by their readings.
func (m *employment) arrange(readings []reading, a *atlas) {
	for i, e := range m.entries {
		e.at, e.lastDayEnd = readings[i].at, readings[i].lastDayEnd
	}
	m.live = arrange(m.entries, a)
}

func (m *employment) statesBefore() map[*entry]State {
	before := make(map[*entry]State, len(m.entries))
	w := newWalk(m.entries, m.zones)
	for _, e := range slices.SortedFunc(slices.Values(m.entries), byEffect) {
		before[e] = w.state
		if e.live() {
			w.apply(e)
		}
	}
	return before
}

// findWithdrawals: a hire that had begun when it was rescinded, or re-dated by a replacement, leaves an account behind that
// has to be taken away. So the person counts as having left from then on, unless another hire employs them. One that had not
// begun ends nothing: whom an update employs was employed before that hire was issued (see walk.update), hence not by it.
func (m *employment) findWithdrawals() {
	for _, hire := range each(m.entries, UserCreate) {
		by := cmp.Or(hire.rescindedBy, hire.replacedBy)
		if by == nil {
			continue
		}
		if at := atOnce(by.Event, by.ReceivedAt); !hire.at.After(at) {
			m.withdrawals = append(m.withdrawals, at)
		}
	}
	slices.SortFunc(m.withdrawals, time.Time.Compare)
}

// at walks up to and including an instant.
func (m *employment) at(instant time.Time) *walk {
	w := newWalk(m.entries, m.zones)
	w.state.ExternalUserID, w.state.Namespace = m.externalUserID, m.namespace
	withdrawals := m.withdrawals
	for _, e := range m.live {
		if e.at.After(instant) {
			break
		}
		for len(withdrawals) > 0 && withdrawals[0].Before(e.at) {
			w.withdraw(withdrawals[0])
			withdrawals = withdrawals[1:]
		}
		w.apply(e)
	}
	for _, taken := range withdrawals {
		if !taken.After(instant) {
			w.withdraw(taken)
		}
	}
	return w
}

// next is the earliest instant after another at which something takes effect; zero when nothing does.
func (m *employment) next(after time.Time) time.Time {
	var earliest time.Time
	consider := func(at time.Time) {
		if at.After(after) && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	for _, e := range m.live {
		consider(e.at)
	}
	for _, taken := range m.withdrawals {
		consider(taken)
	}
	return earliest
}
