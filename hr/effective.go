package hr

import "time"

// EffectiveInstant is when an event takes effect, read alone: before is the person's state when it does, received is when
// Muster got it. The result is in UTC.
//
// Dates are read in the person's zone, else the location's, the department's, the organisation's, else UTC; what the event
// itself says about zone, location and department counts. A date begins at its first instant in the zone and ends where the
// next one begins (see Date.StartIn for days whose midnight is missing or comes twice).
//
//   - USER_CREATE: effective_at, else the beginning of hire_date, else timestamp_utc.
//   - USER_UPDATE, SKILL_ASSIGN: effective_at (a date: its beginning), else timestamp_utc.
//   - USER_TERMINATE: the end of last_working_day, else of last_day, else of effective_at where that is a date; each plus
//     the department's night-shift grace (12 h at most). Else the instant of effective_at; else at once, that is at
//     timestamp_utc, or on receipt if the sender's clock is ahead.
//   - INVOLUNTARY: when that day is the day of receipt or an earlier one, on receipt (or where the day ended, if that was
//     before). A later day ends access at its end, without grace. An instant in effective_at is waited for: whoever names the
//     minute means it.
//   - EVENT_RESCIND: at once.
//
// Fold may move an instant further because of other events: see there.
func EffectiveInstant(e Event, received time.Time, before State, zones Zones) time.Time {
	at, _ := newAtlas(zones).effective(e, received, before)
	return at
}

// effective is EffectiveInstant, and for a termination the end of the last day, after which a new employment may start.
func (a *atlas) effective(e Event, received time.Time, before State) (at, lastDayEnd time.Time) {
	switch e.EventType {
	case UserTerminate:
		return a.endOfAccess(e, received, before)
	case EventRescind:
		return atOnce(e, received), time.Time{}
	case UserCreate, UserUpdate, SkillAssign:
	}
	hired := e.Payload.HireDate
	switch {
	case e.EffectiveAt == nil && e.EventType == UserCreate && hired.Present && !hired.Null:
		at = hired.Value.StartIn(a.placeOf(e, before))
	case e.EffectiveAt == nil:
		at = e.TimestampUTC.UTC()
	case e.EffectiveAt.Date != nil:
		at = e.EffectiveAt.Date.StartIn(a.placeOf(e, before))
	default:
		at = e.EffectiveAt.Instant.UTC()
	}
	return at, time.Time{}
}

func (a *atlas) endOfAccess(e Event, received time.Time, before State) (at, lastDayEnd time.Time) {
	var stated Termination
	if e.Payload.Termination != nil {
		stated = *e.Payload.Termination
	}
	var effective Moment
	if e.EffectiveAt != nil {
		effective = *e.EffectiveAt
	}
	accessDay := firstDate(stated.LastWorkingDay, stated.LastDay, effective.Date)
	if accessDay == nil {
		at = atOnce(e, received)
		if e.EffectiveAt != nil {
			at = effective.Instant.UTC()
		}
		return at, at
	}
	zone := a.placeOf(e, before)
	// The employment may go on after the last day at work (garden leave); a new one starts after its end.
	lastDayEnd = firstDate(stated.LastDay, accessDay).Next().StartIn(zone)
	at = accessDay.Next().StartIn(zone)
	if stated.Reason != Involuntary {
		return at.Add(a.zones.nightShiftGrace(said(e.Payload.DepartmentCode, before.DepartmentCode))), lastDayEnd
	}
	if receipt := receivedOr(received, e.TimestampUTC); !accessDay.After(DateOf(receipt, zone)) {
		at = earlier(at, receipt)
	}
	return at, lastDayEnd
}

// atOnce is when something without a date takes effect: when it was issued, and no later than it was received.
func atOnce(e Event, received time.Time) time.Time {
	return earlier(e.TimestampUTC.UTC(), receivedOr(received, e.TimestampUTC))
}

func receivedOr(received, otherwise time.Time) time.Time {
	if received.IsZero() {
		return otherwise.UTC()
	}
	return received.UTC()
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func firstDate(dates ...*Date) *Date {
	for _, date := range dates {
		if date != nil {
			return date
		}
	}
	return nil
}
