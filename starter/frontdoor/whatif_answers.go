package frontdoor

import (
	"maps"
	"slices"
	"time"

	"muster/api"
	"muster/mapping/simulate"
)

// listedGroups bounds how many groups of people an answer shows; the largest come first.
const listedGroups = 200

// telling turns reports into answers. It remembers whom it named, for the audit trail.
type telling struct {
	// limit is how many people may be named at one place.
	limit int
	named map[string]bool
}

// people are those who were named, sorted.
func (t *telling) people() []string { return slices.Sorted(maps.Keys(t.named)) }

func (t *telling) name(id string) {
	if t.named == nil {
		t.named = map[string]bool{}
	}
	t.named[id] = true
}

func (t *telling) some(s simulate.Some) api.Some {
	return api.Some{People: s.People, Examples: t.examples(s.Examples)}
}

func (t *telling) examples(ids []string) []string {
	shown := ids[:min(len(ids), t.limit)]
	for _, id := range shown {
		t.name(id)
	}
	return shown
}

// each turns every one of a list; the answer is never null.
func each[F, T any](from []F, turn func(F) T) []T {
	turned := make([]T, len(from))
	for i, one := range from {
		turned[i] = turn(one)
	}
	return turned
}

func (t *telling) simulation(r simulate.Report) api.Simulation {
	groups, more := t.groups(r.Groups)
	return api.Simulation{
		Base: r.Base, Version: r.Draft, At: r.At.UTC(), People: r.People, ScopeBefore: r.ScopeBefore, ScopeAfter: r.ScopeAfter, Changed: r.Changed,
		Queues: each(r.Queues, queueForecast), Unmapped: each(r.Unmapped, t.unmapped), Approvals: each(r.Approvals, t.roleGain),
		Groups: groups, GroupsLeftOut: more, Constructs: each(r.Constructs, constructCount), Changes: each(r.Changes, t.personChange),
		Replay: &api.Replay{
			Events: r.Replay.Events, ParkedBefore: r.Replay.ParkedBefore, ParkedAfter: r.Replay.ParkedAfter, Differing: r.Replay.Differing,
			Unmapped: each(r.Replay.Unmapped, t.unmappedEvents), Differences: each(r.Replay.Differences, t.eventChange),
		},
	}
}

func (t *telling) groups(groups []simulate.Group) (shown []api.ChangeGroup, more int) {
	first := groups[:min(len(groups), listedGroups)]
	return each(first, func(g simulate.Group) api.ChangeGroup {
		return api.ChangeGroup{Some: t.some(g.Some), Changes: each(g.Changes, changeOf)}
	}), len(groups) - len(first)
}

func changeOf(c simulate.Change) api.Change {
	return api.Change{
		Kind: string(c.Kind), Action: string(c.Action), Name: c.Name, Before: c.Before, After: c.After, Text: c.String(),
	}
}

func (t *telling) personChange(c simulate.PersonChange) api.PersonChange {
	t.name(c.PersonID)
	return api.PersonChange{PersonID: c.PersonID, Changes: each(c.Changes, changeOf)}
}

func (t *telling) eventChange(c simulate.EventChange) api.EventChange {
	t.name(c.PersonID)
	return api.EventChange{EventID: c.EventID, PersonID: c.PersonID, At: c.At.UTC(), Changes: each(c.Changes, changeOf)}
}

func queueForecast(q simulate.Queue) api.QueueForecast { return api.QueueForecast(q) }

func (t *telling) unmapped(u simulate.UnmappedCode) api.UnmappedCount {
	return api.UnmappedCount{Kind: u.Kind, Code: u.Code, Before: u.Before, After: u.After, Examples: t.examples(u.Examples)}
}

// unmappedEvents is unmapped for events: whose they are is not said.
func (t *telling) unmappedEvents(u simulate.UnmappedCode) api.UnmappedCount {
	return api.UnmappedCount{Kind: u.Kind, Code: u.Code, Before: u.Before, After: u.After, Examples: u.Examples[:min(len(u.Examples), t.limit)]}
}

func (t *telling) roleGain(r simulate.RoleGain) api.RoleGain {
	return api.RoleGain{Role: r.Role, Some: t.some(r.Some)}
}

func constructCount(c simulate.Construct) api.ConstructCount {
	return api.ConstructCount{
		Kind: string(c.Kind), Name: c.Name, Gained: c.Gained.People, Lost: c.Lost.People, Altered: c.Altered.People,
	}
}

func (t *telling) coverage(r simulate.CoverageReport) api.Coverage {
	answer := api.Coverage{
		Version: r.Version, At: r.At.UTC(), People: r.People, Events: r.Events,
		Missing: each(r.Missing, t.missingCode), Unused: []api.UnusedRule{},
	}
	for _, rule := range r.Unused {
		unused := api.UnusedRule{Kind: rule.Kind, Code: rule.Code, Line: rule.Line}
		if rule.Effective != nil {
			unused.EffectiveDate = rule.Effective.String()
		}
		if rule.Sunset != nil {
			unused.SunsetDate = rule.Sunset.String()
		}
		answer.Unused = append(answer.Unused, unused)
	}
	return answer
}

func (t *telling) missingCode(m simulate.MissingCode) api.MissingCode {
	return api.MissingCode{
		Kind: m.Kind, Code: m.Code, HasRule: m.HasRule, Some: t.some(m.People), Events: m.Events,
		FirstSeen: unlessZero(m.FirstSaid), LastSeen: unlessZero(m.LastSaid),
	}
}

func unlessZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return new(at.UTC())
}

func (t *telling) drill(r simulate.DrillReport) api.Drill {
	return api.Drill{Version: r.Version, People: r.People, Broken: r.Broken, Stages: each(r.Stages, t.drillStage)}
}

func (t *telling) drillStage(s simulate.Stage) api.DrillStage {
	groups, more := t.groups(s.Groups)
	return api.DrillStage{
		Date: s.Date.String(), At: s.At.UTC(), Changed: s.Changed,
		Breaks: api.DrillBreaks{
			Unmapped: each(s.Breaks.Unmapped, t.unmapped), LeftScope: t.some(s.Breaks.LeftScope),
			WithoutQueue: t.some(s.Breaks.WithoutQueue), Queues: each(s.Breaks.Queues, queueForecast),
		},
		Changes: each(s.Changes, t.hrChange), StillUnmapped: each(s.StillUnmapped, t.unmapped),
		EnteredScope: t.some(s.EnteredScope), Platforms: t.some(s.Platforms), Queues: each(s.Queues, queueForecast),
		Constructs: each(s.Constructs, constructCount), Approvals: each(s.Approvals, t.roleGain),
		Groups: groups, GroupsLeftOut: more, PersonChanges: each(s.People, t.personChange),
	}
}

func (t *telling) hrChange(c simulate.ChangeUse) api.HRChange {
	return api.HRChange{
		Line: c.Line, Kind: c.Kind, OldCode: c.Old, NewCode: c.New, Some: t.some(c.Some), Merges: c.Merges,
	}
}
