package activities

import (
	"time"

	"muster/hr"
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
}

// look folds the person's events at now. An event that this machine received a moment after now counts as received by now: the
// clocks of the server and of the front door are not the same.
func (a *Activities) look(p *store.PersonTx, now time.Time) (view, error) {
	person, err := p.Load()
	if err != nil {
		return view{}, err
	}
	registry, err := a.registry.latest(p)
	if err != nil {
		return view{}, err
	}
	v := view{person: person, unsettled: map[string]bool{}}
	var accepted []hr.Accepted
	for _, e := range person.Events {
		accepted = append(accepted, e.Accepted)
		v.unsettled[e.Event.EventID] = e.Outcome == lifecycle.Waiting
		if e.ReceivedAt.After(now) && e.ReceivedAt.Sub(now) < time.Minute {
			now = e.ReceivedAt
		}
	}
	v.picture = hr.Fold(accepted, now, registry.Zones())
	v.resolution = registry.Resolve(v.picture.State, now)
	return v, nil
}

// wantsWork says that HR and the registry want the person to have a working account.
func (v view) wantsWork() bool {
	return lifecycle.Want(v.picture.State, v.resolution.InScope) == lifecycle.AtWork
}
