package simulate

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"muster/hr"
	"muster/mapping"
)

// Registry is one version of the rules; *mapping.Registry is one.
type Registry interface {
	Resolve(state hr.State, at time.Time) mapping.Resolution
	RoleNeedsApproval(role string) bool
	VersionNumber() int
}

var _ Registry = (*mapping.Registry)(nil)

// Options are what a question is asked with.
type Options struct {
	// At is the instant for which the rules are asked, of people and of events alike.
	At time.Time
	// Minimums say under how many people a queue must not fall.
	Minimums Minimums
	// People is how many people are listed by id; the numbers count all.
	People int
}

// Minimums are how many people a queue must keep: a number of its own, else the one for all. 0: none is asked for.
type Minimums struct {
	All     int
	ByQueue map[string]int
}

// Of is a queue's minimum.
func (m Minimums) Of(queue string) int {
	if own, has := m.ByQueue[queue]; has {
		return own
	}
	return m.All
}

// Report is what a draft would change about a base.
type Report struct {
	Base, Draft int // version numbers
	At          time.Time
	// People are those whom HR employs, ScopeBefore and ScopeAfter those of them in the contact centre.
	People, ScopeBefore, ScopeAfter int
	// Changed are the people for whom anything is different; Changes are at most Options.People of them, by person id.
	Changed int
	Changes []PersonChange
	// Groups are the people with the same changes, the largest group first.
	Groups []Group
	// Unmapped are codes without a rule before or after, with numbers of people.
	Unmapped []UnmappedCode
	Queues   []Queue
	// Approvals are roles that people in scope would gain and that somebody must approve for each of them.
	Approvals []RoleGain
	// Constructs are the numbers for each thing that changes, by kind and name.
	Constructs []Construct
	Replay     Replay
}

// PersonChange is somebody for whom something is different.
type PersonChange struct {
	PersonID string
	Changes  []Change
}

// Group is a number of people with the same changes.
type Group struct {
	Some
	Changes []Change
}

// UnmappedCode is a code that no rule answers, with how many it concerns.
type UnmappedCode struct {
	mapping.Unmapped
	Before, After int
	Examples      []string // of those it concerns after
}

// Queue is what becomes of a queue's members. It counts everybody whom the rules give the queue, with those who are away.
type Queue struct {
	Name                        string
	Before, After, Gained, Lost int
	// Away are those of After who are on leave or suspended.
	Away int
	// Minimum is what it must keep, 0: nothing. Under says that it would have fewer, WasUnder that it has fewer already.
	Minimum         int
	Under, WasUnder bool
}

// RoleGain is a role that people would gain.
type RoleGain struct {
	Role string
	Some
}

// Construct is how many people gain or lose one thing, or have it changed.
type Construct struct {
	Kind                  Kind
	Name                  string
	Gained, Lost, Altered Some
	gainedInScope         Some
}

// Simulation compares two versions over people that are handed to it page by page.
type Simulation struct {
	base, draft Registry
	options     Options
	crew        crew
}

// New begins a simulation of what draft would change about base.
func New(base, draft Registry, options Options) *Simulation {
	asked := func(registry Registry) func(codes) mapping.Resolution {
		return func(c codes) mapping.Resolution { return registry.Resolve(c.state(), options.At) }
	}
	compared := comparison{before: asked(base), after: asked(draft)}
	return &Simulation{base: base, draft: draft, options: options, crew: newCrew(func() []*tally {
		return []*tally{newTally(compared, options.People)}
	})}
}

// People counts a page of people, and their events, on all processors. It is not for several goroutines at once. The order of pages
// and of people changes nothing; each person is to come once.
func (s *Simulation) People(page []Person) {
	s.crew.work(page, func(tallies []*tally, p Person) {
		if employed(p.State) {
			tallies[0].person(p)
		}
		for _, event := range p.Events {
			if employed(event.State) {
				tallies[0].event(p.ID, event)
			}
		}
	})
}

// Report is the answer about all people handed in so far. The simulation is over with it.
func (s *Simulation) Report() Report {
	t := s.crew.sum()[0]
	return Report{
		Base: s.base.VersionNumber(), Draft: s.draft.VersionNumber(), At: s.options.At,
		People: t.people, ScopeBefore: t.scopeBefore, ScopeAfter: t.scopeAfter,
		Changed: t.changed, Changes: smallest(t.listed, s.options.People), Groups: t.sortedGroups(),
		Unmapped: sortedUnmapped(t.unmapped), Queues: t.sortedQueues(s.options.Minimums), Approvals: t.approvals(s.draft),
		Constructs: t.sortedConstructs(), Replay: t.replay.report(s.options.People),
	}
}

func (t *tally) sortedGroups() []Group {
	groups := make([]Group, 0, len(t.groups))
	for _, key := range slices.Sorted(maps.Keys(t.groups)) {
		groups = append(groups, *t.groups[key])
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(b.People, a.People) })
	return groups
}

// sortedQueues lists queues by name, those with a minimum of their own and nobody in them included.
func (t *tally) sortedQueues(minimums Minimums) []Queue {
	for name := range minimums.ByQueue {
		of(t.queues, name)
	}
	queues := make([]Queue, 0, len(t.queues))
	for _, name := range slices.Sorted(maps.Keys(t.queues)) {
		queue := *t.queues[name]
		queue.Name, queue.Minimum = name, minimums.Of(name)
		queue.Under, queue.WasUnder = queue.After < queue.Minimum, queue.Before < queue.Minimum
		queues = append(queues, queue)
	}
	return queues
}

func (t *tally) sortedConstructs() []Construct {
	constructs := make([]Construct, 0, len(t.constructs))
	for key, counted := range t.constructs {
		found := *counted
		found.Kind, found.Name = key.kind, key.name
		constructs = append(constructs, found)
	}
	slices.SortFunc(constructs, func(a, b Construct) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return constructs
}

// approvals: who enters the contact centre gets the roles with the hire; who is in it is asked about.
func (t *tally) approvals(draft Registry) []RoleGain {
	var gains []RoleGain
	for _, c := range t.sortedConstructs() {
		if c.Kind == KindRole && c.gainedInScope.People > 0 && draft.RoleNeedsApproval(c.Name) {
			gains = append(gains, RoleGain{Role: c.Name, Some: c.gainedInScope})
		}
	}
	return gains
}

// crew shares the work on a page among the processors. Each member has tallies of its own, so that none waits for another.
type crew struct {
	members [][]*tally
}

func newCrew(tallies func() []*tally) crew {
	members := make([][]*tally, runtime.GOMAXPROCS(0))
	for i := range members {
		members[i] = tallies()
	}
	return crew{members}
}

func (c crew) work(page []Person, count func([]*tally, Person)) {
	share := (len(page) + len(c.members) - 1) / len(c.members)
	var group sync.WaitGroup
	for i, tallies := range c.members {
		from, until := min(i*share, len(page)), min((i+1)*share, len(page))
		group.Go(func() {
			for _, person := range page[from:until] {
				count(tallies, person)
			}
		})
	}
	group.Wait()
}

// sum is all members' tallies in one.
func (c crew) sum() []*tally {
	for _, member := range c.members[1:] {
		for i, t := range member {
			c.members[0][i].add(t)
		}
	}
	return c.members[0]
}
