package hr

import (
	"slices"
	"time"
)

// Fold is the person's desired HR state at an instant, and how each event stands in it. events are all accepted events of one
// person, in any order and any number of times; the answer depends on the set alone.
//
// Events are applied field by field in the order of (effective instant, timestamp_utc, type, processing key), the types in the
// order create, update, skill, terminate. What has been rescinded or replaced has no say. Beyond EffectiveInstant:
//
//   - A replacement counts only between events of one kind: a create, a change (update and skill are one kind) or a termination.
//     An event that names one of another kind is applied as if it named nothing: a change never undoes a hire or a
//     termination; a rescind does. A rescind counts only if it is about the external id that its target is about; until such
//     a target comes it is Unmatched.
//   - One hire and one termination can be pending: of hires, the one issued later replaces an earlier one that was pending when
//     it was issued; of terminations, the one issued later replaces the earlier even after it took effect (the leaver is
//     re-dated), unless a new employment began in between. An update with another hire_date re-dates a pending hire.
//   - A USER_CREATE revives a leaver only if it is newer than the termination and starts after the last day. It begins a
//     new employment: of the old one only the ids, email and names stay. A termination cancels a hire that was issued
//     before it and starts after it. ACTIVE in an update never revives.
//   - An update for someone whose hire never came employs them. One for someone whose hire is pending takes effect with the
//     hire; one for a leaver changes the record and nothing else.
//   - A rescinded termination is as if it had never come, and so is a hire that was rescinded before it began: an update that
//     employed before that hire was issued goes on employing, one issued after it does not begin to. A hire that had begun
//     by then leaves the person Left from the rescind on (LeftAt; no Reason), unless another hire employs them; the same
//     holds for a begun hire that a replacement moves into the future.
//
// A person may have several employments, one per external id. The state is that of the primary one: of those employed the one
// hired first, else the one that ended last; every event stands within its own employment.
func Fold(events []Accepted, at time.Time, zones Zones) Picture {
	at = at.UTC()
	entries := distinct(events)
	revoke(entries)
	all := employments(entries, zones, newAtlas(zones))

	picture := Picture{At: at}
	walks := make(map[*employment]*walk, len(all))
	for _, m := range all {
		walks[m] = m.at(at)
		if next := m.next(at); !next.IsZero() && (picture.Next.IsZero() || next.Before(picture.Next)) {
			picture.Next = next
		}
	}
	primary := primaryOf(all, at)
	if primary != nil {
		picture.State = walks[primary].result()
		picture.CreateSeen = slices.ContainsFunc(each(primary.entries, UserCreate), func(e *entry) bool {
			return e.rescindedBy == nil
		})
	}
	if !picture.Next.IsZero() {
		picture.Ahead = primaryOf(all, picture.Next).at(picture.Next).result()
	}
	picture.Events = standings(entries, all, walks, at)
	return picture
}

// primaryOf chooses the employment that speaks for the person at an instant; nil when there is none. Ties go to the id.
func primaryOf(all []*employment, at time.Time) *employment {
	if len(all) == 1 {
		return all[0]
	}
	var primary *employment
	var best State
	for _, m := range all {
		if state := m.at(at).state; primary == nil || speaksBefore(state, best) {
			primary, best = m, state
		}
	}
	return primary
}

func speaksBefore(a, b State) bool {
	rank := map[Employment]int{Employed: 0, Left: 1, NeverEmployed: 2}
	if rank[a.Employment] != rank[b.Employment] {
		return rank[a.Employment] < rank[b.Employment]
	}
	switch {
	case a.Employment == Employed && !a.HiredAt.Equal(b.HiredAt):
		return a.HiredAt.Before(b.HiredAt)
	case a.Employment == Left && !a.LeftAt.Equal(b.LeftAt):
		return a.LeftAt.After(b.LeftAt)
	case a.Namespace != b.Namespace:
		return a.Namespace < b.Namespace
	default:
		return a.ExternalUserID < b.ExternalUserID
	}
}

// standings lists how every event stands, in the order of effect, pending ones last.
func standings(entries []*entry, all []*employment, walks map[*employment]*walk, at time.Time) []EventStanding {
	walkOf := map[*entry]*walk{}
	for _, m := range all {
		for _, e := range m.entries {
			walkOf[e] = walks[m]
		}
	}
	for _, e := range entries {
		if e.is(EventRescind) {
			e.at = atOnce(e.Event, e.ReceivedAt)
		}
	}
	var now, pending []EventStanding
	for _, e := range slices.SortedFunc(slices.Values(entries), byEffect) {
		standing := EventStanding{EventID: e.Event.EventID, Type: e.Event.EventType, Effective: e.at}
		standing.Standing, standing.By = standingOf(e, walkOf[e], at)
		if standing.Standing == Future {
			pending = append(pending, standing)
		} else {
			now = append(now, standing)
		}
	}
	return append(now, pending...)
}

func standingOf(e *entry, w *walk, at time.Time) (standing Standing, by string) {
	switch {
	case e.rescindedBy != nil:
		return Rescinded, e.rescindedBy.Event.EventID
	case e.is(EventRescind):
		// It has its effect on another event, for as long as it is not taken back itself.
		if !e.matched {
			return Unmatched, ""
		}
		return Contributes, ""
	case e.replacedBy != nil:
		return Superseded, e.replacedBy.Event.EventID
	case e.overruledBy != nil:
		return Superseded, e.overruledBy.Event.EventID
	case e.at.After(at):
		return Future, ""
	default:
		return w.standing(e)
	}
}
