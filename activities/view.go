package activities

import (
	"time"

	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

// view is a person as of an instant: the record, what HR wants, what the registry says to it.
type view struct {
	person     store.Person
	picture    hr.Picture
	resolution mapping.Resolution
	unsettled  map[string]bool
	zones      hr.Zones
	// owner is who owns the person's account in Muster's place; empty: nobody does. ended are the questions about that (lifecycle.OwnerQuestion),
	// by their key, that somebody has dismissed.
	owner string
	ended map[string]bool
}

// look folds the person's events at now, but for what legal has reversed. An event that this machine received a moment after now counts as received by now: the
// clocks of the server and of the front door are not the same.
func (a *Activities) look(p *store.PersonTx, now time.Time) (view, error) {
	person, err := p.Load()
	if err != nil {
		return view{}, err
	}
	registry, err := a.registry.inForce(p, now)
	if err != nil {
		return view{}, err
	}
	v := view{person: person, unsettled: map[string]bool{}}
	for _, e := range person.Events {
		v.unsettled[e.Event.EventID] = e.Outcome == lifecycle.Waiting
		if e.ReceivedAt.After(now) && e.ReceivedAt.Sub(now) < time.Minute {
			now = e.ReceivedAt
		}
	}
	v.zones = registry.Zones()
	v.picture = levers.Fold(person, now, v.zones)
	v.resolution = registry.Resolve(v.picture.State, now)
	if v.owner = a.ownerOf(person, registry); v.owner != "" {
		v.ended, err = p.GivenUp(lifecycle.ReviewOwnedElsewhere)
	}
	return v, err
}

// wantsWork says that HR and the registry want the person to have a working account, and no dismissal stands before it.
func (v view) wantsWork() bool {
	agent := v.person.Agent
	return lifecycle.WantAfter(dismissedLast(agent) || v.dismissalDue(), agent.State, v.picture.State, v.resolution.InScope) == lifecycle.AtWork
}

// dismissalDue says that a dismissal is in effect that nobody has carried out: the person's state is one of somebody dismissed, or
// a hire that came in the same breath hides it.
func (v view) dismissalDue() bool {
	if dismissed(v.picture.State) {
		return !dismissedLast(v.person.Agent)
	}
	inEffect := map[string]time.Time{}
	for _, e := range v.picture.Events {
		if (e.Standing == hr.Contributes || e.Standing == hr.Superseded) && !e.Effective.After(v.picture.At) {
			inEffect[e.EventID] = e.Effective
		}
	}
	for _, e := range v.person.Events {
		at, takesEffect := inEffect[e.Event.EventID]
		if takesEffect && v.unsettled[e.Event.EventID] && isDismissal(e.Event) && v.endedAll(e, at) {
			return true
		}
	}
	return false
}

func isDismissal(e hr.Event) bool {
	end := e.Payload.Termination
	return e.EventType == hr.UserTerminate && end != nil && end.Reason == hr.Involuntary
}

// endedAll says that the end of an employment was the end of all: it was that of the primary one, which has begun again since, or no
// other went on at that instant. The end of one of two leaves the account alone (RULES 3).
func (v view) endedAll(end store.StoredEvent, at time.Time) bool {
	primary := v.picture.State
	if end.Namespace == primary.Namespace && end.Event.Payload.ExternalUserID == primary.ExternalUserID {
		return true
	}
	return dismissed(levers.Fold(v.person, at, v.zones).State)
}
