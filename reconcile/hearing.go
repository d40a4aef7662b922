package reconcile

import (
	"time"

	"muster/hr"
)

// Hear fills in what HR's events say: events are all accepted ones of the person but those that legal has taken the say from, picture is
// their fold at the run's instant.
func (e Expected) Hear(events []hr.Accepted, picture hr.Picture) Expected {
	e.Fold = WordOf(picture.State)
	if picture.State.Employment != hr.NeverEmployed {
		e.ExternalUserID = picture.State.ExternalUserID
	}
	e.StartsAt, e.Heard = time.Time{}, time.Time{}
	if picture.State.Employment != hr.Employed && picture.Ahead.Employment == hr.Employed {
		e.StartsAt = picture.Next
	}
	hears := func(at time.Time) {
		if at.After(e.Heard) {
			e.Heard = at
		}
	}
	rescinded, inEffect := map[string]bool{}, map[string]bool{}
	for _, standing := range picture.Events {
		rescinded[standing.EventID] = standing.Standing == hr.Rescinded
		if !standing.Effective.After(picture.At) {
			hears(standing.Effective)
			inEffect[standing.EventID] = true
		}
	}
	var hire, change, leave time.Time
	newest := func(id *string, at *time.Time, event hr.Accepted) {
		if *id == "" || event.Event.TimestampUTC.After(*at) {
			*id, *at = event.Event.EventID, event.Event.TimestampUTC
		}
	}
	e.HireEventID, e.ChangeEventID, e.LeaveEventID, e.HireDates = "", "", "", nil
	for _, event := range events {
		hears(event.Event.TimestampUTC)
		hears(event.ReceivedAt)
		if rescinded[event.Event.EventID] {
			continue
		}
		if day := event.Event.Payload.HireDate; day.Present && !day.Null && inEffect[event.Event.EventID] {
			e.HireDates = append(e.HireDates, day.Value)
		}
		switch event.Event.EventType {
		case hr.UserCreate:
			newest(&e.HireEventID, &hire, event)
		case hr.UserUpdate, hr.SkillAssign:
			newest(&e.ChangeEventID, &change, event)
		case hr.UserTerminate:
			newest(&e.LeaveEventID, &leave, event)
		case hr.EventRescind:
		}
	}
	return e
}
