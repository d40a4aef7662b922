package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/store"
)

// peoplePerPage is how many people are looked at in one go where everybody is.
const peoplePerPage = 2000

// CarryOutRollout goes on with a rollout for a stretch: it finds out whom the change concerns, has their mailboxes rung a few at a time,
// and looks how they stand. All it knows is in PostgreSQL; whoever is rung twice is none the worse for it.
func (a *Activities) CarryOutRollout(ctx context.Context, in names.RolloutInput) (lifecycle.RolloutResult, error) {
	var result lifecycle.RolloutResult
	err := beating(ctx, func(ctx context.Context) (err error) {
		result, err = a.carryOutRollout(ctx, in.RolloutID)
		return err
	})
	return result, boundary(err)
}

func (a *Activities) carryOutRollout(ctx context.Context, id string) (lifecycle.RolloutResult, error) {
	rollout, err := a.store.BeginRollout(ctx, id)
	if err != nil {
		return lifecycle.RolloutResult{}, err
	}
	until := time.Now().Add(a.rolloutPace.Stretch)
	looks := time.NewTicker(a.rolloutPace.Every)
	defer looks.Stop()
	rungAgain := map[string]bool{}
	for rollout.State == store.RolloutRunning {
		ended, err := a.rolloutRound(ctx, rollout, rungAgain)
		if err != nil {
			return lifecycle.RolloutResult{}, err
		}
		if rollout, err = a.store.Rollout(ctx, id); err != nil {
			return lifecycle.RolloutResult{}, err
		}
		activity.RecordHeartbeat(ctx, rolloutResult(rollout))
		if ended || time.Now().After(until) {
			break
		}
		select {
		case <-ctx.Done():
			return lifecycle.RolloutResult{}, ctx.Err()
		case <-looks.C:
		}
	}
	return rolloutResult(rollout), nil
}

func rolloutResult(r store.Rollout) lifecycle.RolloutResult {
	return lifecycle.RolloutResult{
		State: string(r.State), Version: r.Version, Concerned: r.Concerned, Done: r.Done, Waits: r.Waits, UnderWay: r.UnderWay,
	}
}

// rolloutRound takes the next people and lets those go who are through. It says whether there is nobody left. rungAgain are those whom this
// stretch has told once more.
func (a *Activities) rolloutRound(ctx context.Context, rollout store.Rollout, rungAgain map[string]bool) (ended bool, err error) {
	now := rollout.Instant(time.Now()).UTC()
	version, err := a.store.MappingInForce(ctx, now)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if version.Version != rollout.Version {
		return true, a.store.EndRollout(ctx, rollout.ID, store.RolloutSuperseded)
	}
	registry, err := a.registry.parse(version)
	if err != nil {
		return false, err
	}
	if rollout.ScopedAt == nil {
		people, err := a.concernedBy(ctx, registry, now)
		if err != nil {
			return false, err
		}
		if err := a.store.ScopeRollout(ctx, rollout.ID, people); err != nil {
			return false, err
		}
	}
	underWay, err := a.settleUnderWay(ctx, rollout.ID, registry, now, rungAgain)
	if err != nil {
		return false, err
	}
	rung, err := a.store.RingForRollout(ctx, rollout.ID, a.rolloutPace.UnderWay-underWay)
	if err != nil || rung+underWay > 0 {
		return false, err
	}
	return true, a.store.EndRollout(ctx, rollout.ID, store.RolloutDone)
}

// concernedBy are the people for whom something is to be done, in the order in which they are taken: first whoever waits for rules, the
// longest first.
func (a *Activities) concernedBy(ctx context.Context, registry *mapping.Registry, now time.Time) ([]string, error) {
	people, waiting, err := a.answered(ctx, registry, now)
	if err != nil {
		return nil, err
	}
	zones := registry.Zones()
	err = a.store.WalkPeople(ctx, peoplePerPage, func(page []store.Person) error {
		changes := map[string]time.Time{}
		for _, person := range page {
			picture := levers.Fold(person, now, zones)
			if !picture.Next.IsZero() {
				changes[person.PersonID] = picture.Next
			}
			if !waiting[person.PersonID] && a.concerned(person, picture, registry, now) {
				people = append(people, person.PersonID)
			}
		}
		// Other zones, or another grace for night shifts: what is to come for somebody may come before the instant their mailbox waits for.
		return a.store.RingAtLatest(ctx, changes)
	})
	if err != nil {
		return nil, fmt.Errorf("find out whom mapping version %d concerns: %w", registry.VersionNumber(), err)
	}
	return people, nil
}

// answered are those of whoever waits for rules for whom the registry now says something else, or leaves nothing open, the longest waiting
// first; and everybody who waits.
func (a *Activities) answered(ctx context.Context, registry *mapping.Registry, now time.Time) (people []string, waiting map[string]bool, err error) {
	ids, err := a.store.WaitingForRules(ctx)
	if err != nil {
		return nil, nil, err
	}
	waiting = map[string]bool{}
	for _, id := range ids {
		waiting[id] = true
	}
	found, err := a.store.PeopleByID(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	is, zones := map[string]bool{}, registry.Zones()
	for _, person := range found {
		picture := levers.Fold(person, now, zones)
		is[person.PersonID] = a.concerned(person, picture, registry, now) || len(registry.Resolve(picture.State, now).Unmapped) == 0
	}
	for _, id := range ids {
		if is[id] {
			people = append(people, id)
		}
	}
	return people, waiting, nil
}

func (a *Activities) concerned(person store.Person, picture hr.Picture, registry *mapping.Registry, now time.Time) bool {
	standing := lifecycle.Standing{
		PersonID: person.PersonID, State: person.Agent.State, PlanDigest: person.Agent.PlanDigest, Dismissed: dismissedLast(person.Agent),
		UnderWay:  person.Agent.Operation == lifecycle.Hire || person.Agent.Operation == lifecycle.Transfer,
		Elsewhere: a.elsewhereOf(person, registry),
	}
	return lifecycle.Concerned(standing, picture, registry.Resolve(picture.State, now))
}

// settleUnderWay looks how those stand who have been told, and returns how many are still under way. Who is as before is told once more:
// a ring may have come a moment too early, or while no worker ran.
func (a *Activities) settleUnderWay(
	ctx context.Context, id string, registry *mapping.Registry, now time.Time, rungAgain map[string]bool,
) (underWay int, err error) {
	told, err := a.store.RolloutUnderWay(ctx, id)
	if err != nil || len(told) == 0 {
		return 0, err
	}
	ids := make([]string, len(told))
	rungAt := make(map[string]time.Time, len(told))
	for i, person := range told {
		ids[i], rungAt[person.PersonID] = person.PersonID, person.RungAt
	}
	people, err := a.store.PeopleByID(ctx, ids)
	if err != nil {
		return 0, err
	}
	waiting, err := a.store.WaitingForRules(ctx)
	if err != nil {
		return 0, err
	}
	asked, err := a.store.AskedAbout(ctx, ids)
	if err != nil {
		return 0, err
	}
	through, zones := map[string][]string{}, registry.Zones()
	var again []string
	for _, person := range people {
		is := person.PersonID
		stands := lifecycle.RolloutStanding{
			Told: now.Sub(rungAt[is]), Idle: person.Agent.Operation == lifecycle.None,
			Concerned:  a.concerned(person, levers.Fold(person, now, zones), registry, now),
			Unanswered: slices.Contains(waiting, is), Asked: asked[is],
		}
		delete(rungAt, is)
		if result := a.rolloutPace.Result(stands); result != "" {
			through[result] = append(through[result], is)
			continue
		}
		underWay++
		if stands.Idle && stands.Told > a.rolloutPace.RingAgain && !rungAgain[is] {
			rungAgain[is] = true
			again = append(again, is)
		}
	}
	for gone := range rungAt { // joined into somebody else meanwhile, who has a mailbox of their own
		through[lifecycle.RolloutPersonDone] = append(through[lifecycle.RolloutPersonDone], gone)
	}
	for result, done := range through {
		if err := a.store.EndForPeople(ctx, id, result, done); err != nil {
			return 0, err
		}
	}
	return underWay, a.store.RingPeople(ctx, again)
}
