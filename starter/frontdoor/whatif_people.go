package frontdoor

import (
	"context"
	"runtime"
	"sync"
	"time"

	"muster/hr"
	"muster/levers"
	"muster/mapping/simulate"
	"muster/store"
)

// walkPeople hands everybody in the record, as read sees them, to count a page at a time. It ends when the caller hangs up.
func walkPeople[P any](ctx context.Context, records *store.Store, read func(store.Person) P, count func([]P)) error {
	return records.WalkPeople(ctx, 0, func(people []store.Person) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		count(inParallel(people, read))
		return nil
	})
}

// inParallel reads a page on all processors: the folds are most of the work.
func inParallel[P any](people []store.Person, read func(store.Person) P) []P {
	done := make([]P, len(people))
	workers := runtime.GOMAXPROCS(0)
	share := (len(people) + workers - 1) / workers
	var group sync.WaitGroup
	for from := 0; from < len(people); from += share {
		until := min(from+share, len(people))
		group.Go(func() {
			for i := from; i < until; i++ {
				done[i] = read(people[i])
			}
		})
	}
	group.Wait()
	return done
}

// foldedReader sees a person by what HR says now, and by the changes that took effect after since.
func foldedReader(now, since time.Time, zones hr.Zones) func(store.Person) simulate.Person {
	return func(person store.Person) simulate.Person {
		picture := levers.Fold(person, now, zones)
		seen := simulate.Person{ID: person.PersonID, State: picture.State}
		settled := settledSince(person, picture)
		for _, event := range picture.Events {
			if !asksTheRegistry(event.Type) || event.Standing != hr.Contributes && event.Standing != hr.Superseded {
				continue
			}
			if !event.Effective.After(since) || event.Effective.After(now) {
				continue
			}
			then := picture.State
			if settled.IsZero() || event.Effective.Before(settled) {
				then = levers.Fold(person, event.Effective, zones).State
			}
			seen.Events = append(seen.Events, simulate.Event{ID: event.EventID, At: event.Effective, State: then})
		}
		return seen
	}
}

// settledSince is the instant from which on the person's state has been what it is now: when the last event took effect. It is zero where
// that cannot be told without another fold, since something was taken back or stood in for.
func settledSince(person store.Person, picture hr.Picture) (at time.Time) {
	for _, event := range person.Events {
		if event.Event.EventType == hr.EventRescind || event.Event.ReplacesEventID != "" {
			return time.Time{}
		}
	}
	for _, event := range picture.Events {
		if event.Standing != hr.Future && !event.Effective.After(picture.At) && event.Effective.After(at) {
			at = event.Effective
		}
	}
	return at
}

// asksTheRegistry says whether an event of this type gives somebody an account or changes it. A termination does not, and must not show
// before its day.
func asksTheRegistry(eventType hr.Type) bool {
	return eventType == hr.UserCreate || eventType == hr.UserUpdate || eventType == hr.SkillAssign
}

// speakerReader sees a person by what HR says now, and by the codes of all events; those received after since are recent.
func speakerReader(now, since time.Time, zones hr.Zones) func(store.Person) simulate.Speaker {
	return func(person store.Person) simulate.Speaker {
		seen := simulate.Speaker{ID: person.PersonID, State: levers.Fold(person, now, zones).State}
		for _, event := range person.Events {
			if asksTheRegistry(event.Event.EventType) {
				seen.Says = append(seen.Says, sayingOf(event, since))
			}
		}
		return seen
	}
}

func sayingOf(event store.StoredEvent, since time.Time) simulate.Saying {
	payload := event.Event.Payload
	said := simulate.Saying{
		At: event.ReceivedAt, Recent: event.ReceivedAt.After(since),
		DepartmentCode: payload.DepartmentCode.Value, JobTitleCode: payload.JobTitleCode.Value, LocationCode: payload.LocationCode.Value,
	}
	if payload.SkillMode != hr.SkillRemove {
		said.SkillCodes = payload.SkillCodes.Value
	}
	return said
}
