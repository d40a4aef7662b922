package simulate

import (
	"cmp"
	"maps"
	"slices"

	"muster/mapping"
)

// examples is how many people are named for a number of people.
const examples = 5

// memory bounds how many different sets of codes are kept with their answers; beyond it the answers are asked for again.
const memory = 20_000

// comparison asks two questions about the same codes.
type comparison struct {
	before, after func(codes) mapping.Resolution
	// about, where there is one, notes what else is to be known about the codes: any numbers, which are counted.
	about func(codes) []int
}

// transition is what a comparison says about one set of codes.
type transition struct {
	scopeBefore, scopeAfter       bool
	queuesBefore, queuesAfter     []string
	unmappedBefore, unmappedAfter []mapping.Unmapped
	changes                       []Change
	signature                     string
	about                         []int
}

// same says that both questions had the same answer.
func (t *transition) same() bool { return len(t.changes) == 0 }

// withoutQueue says that somebody stays in scope and loses every queue.
func (t *transition) withoutQueue() bool {
	return t.scopeBefore && t.scopeAfter && len(t.queuesBefore) > 0 && len(t.queuesAfter) == 0
}

// tally counts people one by one. It is for one goroutine; several are put together by add.
type tally struct {
	comparison
	limit int // people that are listed
	known map[string]*transition

	people, scopeBefore, scopeAfter, changed int
	listed                                   []PersonChange
	groups                                   map[string]*Group
	queues                                   map[string]*Queue
	unmapped                                 map[mapping.Unmapped]*UnmappedCode
	constructs                               map[construct]*Construct
	withoutQueue                             Some
	about                                    map[int]*Some
	replay                                   replayTally
}

// construct is what a change is about, without its values.
type construct struct {
	kind Kind
	name string
}

func newTally(c comparison, limit int) *tally {
	return &tally{
		comparison: c, limit: limit, known: map[string]*transition{}, groups: map[string]*Group{}, queues: map[string]*Queue{},
		unmapped: map[mapping.Unmapped]*UnmappedCode{}, constructs: map[construct]*Construct{}, about: map[int]*Some{},
		replay: replayTally{unmapped: map[mapping.Unmapped]*UnmappedCode{}},
	}
}

// transition compares the answers about these codes, once for each set of them.
func (t *tally) transition(c codes) *transition {
	key := c.key()
	if found, known := t.known[key]; known {
		return found
	}
	before, after := t.before(c), t.after(c)
	found := &transition{
		scopeBefore: before.InScope, scopeAfter: after.InScope,
		queuesBefore: queueNames(before), queuesAfter: queueNames(after),
		unmappedBefore: before.Unmapped, unmappedAfter: after.Unmapped,
		changes: differences(before, after),
	}
	found.signature = signature(found.changes)
	if t.comparison.about != nil {
		found.about = t.comparison.about(c)
	}
	if len(t.known) >= memory {
		clear(t.known)
	}
	t.known[key] = found
	return found
}

func queueNames(r mapping.Resolution) []string {
	names := make([]string, len(r.Desired.Queues))
	for i, q := range r.Desired.Queues {
		names[i] = q.Name
	}
	return names
}

// person counts one person, who is employed.
func (t *tally) person(p Person) {
	found := t.transition(codesOf(p.State))
	t.people++
	t.scopeBefore += one(found.scopeBefore)
	t.scopeAfter += one(found.scopeAfter)
	t.countQueues(found, away(p.State))
	countUnmapped(t.unmapped, found, p.ID)
	for _, number := range found.about {
		of(t.about, number).add(p.ID)
	}
	if found.withoutQueue() {
		t.withoutQueue.add(p.ID)
	}
	if found.same() {
		return
	}
	t.changed++
	t.list(PersonChange{PersonID: p.ID, Changes: found.changes})
	group := of(t.groups, found.signature)
	group.Changes = found.changes
	group.add(p.ID)
	for _, change := range found.changes {
		t.countConstruct(change, found, p.ID)
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// of is a map's value, made when it is not there.
func of[K comparable, V any](in map[K]*V, key K) *V {
	if in[key] == nil {
		in[key] = new(V)
	}
	return in[key]
}

func (t *tally) countQueues(found *transition, away bool) {
	for _, name := range found.queuesBefore {
		queue := of(t.queues, name)
		queue.Before++
		queue.Lost += one(!slices.Contains(found.queuesAfter, name))
	}
	for _, name := range found.queuesAfter {
		queue := of(t.queues, name)
		queue.After++
		queue.Away += one(away)
		queue.Gained += one(!slices.Contains(found.queuesBefore, name))
	}
}

func countUnmapped(in map[mapping.Unmapped]*UnmappedCode, found *transition, id string) {
	for _, code := range found.unmappedBefore {
		of(in, code).Before++
	}
	for _, code := range found.unmappedAfter {
		code := of(in, code)
		code.After++
		code.Examples = withExample(code.Examples, id)
	}
}

func (t *tally) countConstruct(change Change, found *transition, id string) {
	counted := of(t.constructs, construct{change.Kind, change.Name})
	switch change.Action {
	case Add:
		counted.Gained.add(id)
		if found.scopeBefore {
			counted.gainedInScope.add(id)
		}
	case Remove:
		counted.Lost.add(id)
	default:
		counted.Altered.add(id)
	}
}

// list keeps those with the smallest ids, so that the list does not depend on the order in which people come.
func (t *tally) list(change PersonChange) {
	if t.limit <= 0 {
		return
	}
	t.listed = append(t.listed, change)
	if len(t.listed) >= 2*t.limit+memory {
		t.listed = smallest(t.listed, t.limit)
	}
}

func smallest(listed []PersonChange, limit int) []PersonChange {
	slices.SortFunc(listed, func(a, b PersonChange) int { return cmp.Compare(a.PersonID, b.PersonID) })
	return listed[:min(len(listed), limit)]
}

// Some is a number of people, and a few of them by id.
type Some struct {
	People   int
	Examples []string // the smallest ids, sorted
}

func (s *Some) add(id string) {
	s.People++
	s.Examples = withExample(s.Examples, id)
}

func (s *Some) merge(other Some) {
	s.People += other.People
	for _, id := range other.Examples {
		s.Examples = withExample(s.Examples, id)
	}
}

// withExample keeps the smallest ids, each once.
func withExample(ids []string, id string) []string {
	place, found := slices.BinarySearch(ids, id)
	if found || place == examples {
		return ids
	}
	ids = slices.Insert(ids, place, id)
	return ids[:min(len(ids), examples)]
}

// add puts another tally's numbers to these.
func (t *tally) add(other *tally) {
	t.people += other.people
	t.scopeBefore += other.scopeBefore
	t.scopeAfter += other.scopeAfter
	t.changed += other.changed
	t.listed = append(t.listed, other.listed...)
	for key, group := range other.groups {
		into := of(t.groups, key)
		into.Changes = group.Changes
		into.merge(group.Some)
	}
	for name, queue := range other.queues {
		into := of(t.queues, name)
		into.Before, into.After = into.Before+queue.Before, into.After+queue.After
		into.Gained, into.Lost = into.Gained+queue.Gained, into.Lost+queue.Lost
		into.Away += queue.Away
	}
	mergeUnmapped(t.unmapped, other.unmapped)
	for key, counted := range other.constructs {
		into := of(t.constructs, key)
		into.Gained.merge(counted.Gained)
		into.Lost.merge(counted.Lost)
		into.Altered.merge(counted.Altered)
		into.gainedInScope.merge(counted.gainedInScope)
	}
	t.withoutQueue.merge(other.withoutQueue)
	for number, some := range other.about {
		of(t.about, number).merge(*some)
	}
	t.replay.add(other.replay)
}

func mergeUnmapped(into, from map[mapping.Unmapped]*UnmappedCode) {
	for code, counted := range from {
		sum := of(into, code)
		sum.Before, sum.After = sum.Before+counted.Before, sum.After+counted.After
		for _, id := range counted.Examples {
			sum.Examples = withExample(sum.Examples, id)
		}
	}
}

// sortedUnmapped lists codes, those that concern most first.
func sortedUnmapped(in map[mapping.Unmapped]*UnmappedCode) []UnmappedCode {
	listed := make([]UnmappedCode, 0, len(in))
	for _, code := range slices.SortedFunc(maps.Keys(in), byCode) {
		counted := *in[code]
		counted.Unmapped = code
		listed = append(listed, counted)
	}
	slices.SortStableFunc(listed, func(a, b UnmappedCode) int { return cmp.Compare(max(b.Before, b.After), max(a.Before, a.After)) })
	return listed
}

func byCode(a, b mapping.Unmapped) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
}
