package simulate

import (
	"slices"
	"strings"
	"time"

	"muster/hr"
	"muster/mapping"
)

// DrillRegistry is one version of the rules, as a drill asks it; *mapping.Registry is one.
type DrillRegistry interface {
	Registry
	DayBegins(date hr.Date) time.Time
}

var _ DrillRegistry = (*mapping.Registry)(nil)

// DrillReport is what a reorganisation would do to the people there are.
type DrillReport struct {
	Version int
	People  int // whom HR employs
	// Broken says that something would break at one of the stages.
	Broken bool
	// Stages are the dates of the changes, in their order.
	Stages []Stage
}

// Stage is what happens when a date begins: the changes of the date take effect, and the rules that begin or end with it. It is
// compared with the moment before, after all changes of earlier dates.
type Stage struct {
	Date hr.Date
	At   time.Time
	// Changes are those of the date, with what there is to know about each.
	Changes []ChangeUse
	// Breaks is what nobody can want; the rest may be what the reorganisation is for.
	Breaks Breaks
	// StillUnmapped are codes without a rule of people who had them the moment before too.
	StillUnmapped []UnmappedCode
	Changed       int
	EnteredScope  Some
	Platforms     Some // people who would move to another platform
	Queues        []Queue
	// Constructs are the numbers for each thing that changes, by kind and name.
	Constructs []Construct
	Approvals  []RoleGain
	Groups     []Group
	// People are at most Options.People of those for whom something changes, by person id.
	People []PersonChange
}

// Breaks are what would break at a stage.
type Breaks struct {
	// Unmapped are codes that have no rule from then on for people who had no such code before; their work would wait.
	Unmapped []UnmappedCode
	// LeftScope are people whom no scope rule takes into the contact centre any longer.
	LeftScope Some
	// WithoutQueue are people in the contact centre who lose every queue.
	WithoutQueue Some
	// Queues are those that lose people and have fewer than their minimum then.
	Queues []Queue
}

// Any says whether there is anything.
func (b Breaks) Any() bool {
	return len(b.Unmapped)+len(b.Queues)+b.LeftScope.People+b.WithoutQueue.People > 0
}

// ChangeUse is a change of a stage, and whom it meets.
type ChangeUse struct {
	HRChange
	// Some are the people who have the old code the moment before; nobody: the code may be misspelt, or gone already.
	Some
	// Merges names what the new code is equal to: the code of people who have it already, or the successor of other old codes.
	Merges []string
}

// Drill is a dry run of a reorganisation over people that are handed to it page by page.
type Drill struct {
	registry DrillRegistry
	options  Options
	stages   []stage
	crew     crew
}

// stage is one date with its changes.
type stage struct {
	date    hr.Date
	at      time.Time
	changes []HRChange
}

// NewDrill begins a dry run of changes that ParseChanges read. Of the options, At is not used: each date is its own instant, 00:00 in
// the registry's zone.
func NewDrill(registry DrillRegistry, changes []HRChange, options Options) *Drill {
	d := &Drill{registry: registry, options: options}
	for _, change := range changes {
		if last := len(d.stages) - 1; last >= 0 && d.stages[last].date == change.Effective {
			d.stages[last].changes = append(d.stages[last].changes, change)
			continue
		}
		d.stages = append(d.stages, stage{
			date: change.Effective, at: registry.DayBegins(change.Effective), changes: []HRChange{change},
		})
	}
	var compared []comparison
	for i := range d.stages {
		compared = append(compared, d.comparison(i))
	}
	d.crew = newCrew(func() []*tally {
		tallies := make([]*tally, len(compared))
		for i, c := range compared {
			tallies[i] = newTally(c, options.People)
		}
		return tallies
	})
	return d
}

// comparison is of the moment before a stage with its first one.
func (d *Drill) comparison(number int) comparison {
	var earlier []substitution
	for _, s := range d.stages[:number] {
		earlier = append(earlier, substitutionOf(s.changes))
	}
	now := d.stages[number]
	own := substitutionOf(now.changes)
	until := func(c codes) codes {
		for _, s := range earlier {
			c = s.apply(c)
		}
		return c
	}
	return comparison{
		before: func(c codes) mapping.Resolution {
			return d.registry.Resolve(until(c).state(), now.at.Add(-time.Nanosecond))
		},
		after: func(c codes) mapping.Resolution { return d.registry.Resolve(own.apply(until(c)).state(), now.at) },
		about: func(c codes) []int { return meets(now.changes, until(c)) },
	}
}

// meets are the numbers of the changes whose old code is among these codes (2 × its place), and of those whose new one is (2 × its
// place + 1).
func meets(changes []HRChange, c codes) (numbers []int) {
	for i, change := range changes {
		if c.has(change.Kind, change.Old) {
			numbers = append(numbers, 2*i)
		}
		if c.has(change.Kind, change.New) {
			numbers = append(numbers, 2*i+1)
		}
	}
	return numbers
}

func (c codes) has(kind, code string) bool {
	if code == "" {
		return false
	}
	switch kind {
	case mapping.KindDepartment:
		return c.department == code
	case mapping.KindJobTitle:
		return c.jobTitle == code
	case mapping.KindLocation:
		return c.location == code
	default:
		_, found := slices.BinarySearch(c.skills, code)
		return found
	}
}

// substitution is the changes of one date: by kind, from old to new codes.
type substitution map[string]map[string]string

func substitutionOf(changes []HRChange) substitution {
	s := substitution{}
	for _, change := range changes {
		if s[change.Kind] == nil {
			s[change.Kind] = map[string]string{}
		}
		s[change.Kind][change.Old] = change.New
	}
	return s
}

// apply puts new codes in the place of old ones, all at once.
func (s substitution) apply(c codes) codes {
	return codes{
		department: s.one(mapping.KindDepartment, c.department), jobTitle: s.one(mapping.KindJobTitle, c.jobTitle),
		location: s.one(mapping.KindLocation, c.location), skills: s.skills(c.skills),
	}
}

func (s substitution) one(kind, code string) string {
	if successor, changes := s[kind][code]; changes {
		return successor
	}
	return code
}

func (s substitution) skills(skills []string) []string {
	if len(s[mapping.KindSkill]) == 0 {
		return skills
	}
	var changed []string
	for _, code := range skills {
		if code = s.one(mapping.KindSkill, code); code != "" {
			changed = append(changed, code)
		}
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

// People counts a page of people; see Simulation.People.
func (d *Drill) People(page []Person) {
	d.crew.work(page, func(tallies []*tally, p Person) {
		if employed(p.State) {
			for _, t := range tallies {
				t.person(p)
			}
		}
	})
}

// Report is the answer about all people handed in so far. The drill is over with it.
func (d *Drill) Report() DrillReport {
	report := DrillReport{Version: d.registry.VersionNumber()}
	for i, t := range d.crew.sum() {
		report.People = t.people
		stage := d.report(d.stages[i], t)
		report.Broken = report.Broken || stage.Breaks.Any()
		report.Stages = append(report.Stages, stage)
	}
	return report
}

func (d *Drill) report(s stage, t *tally) Stage {
	found := Stage{
		Date: s.date, At: s.at, Changed: t.changed, Queues: t.sortedQueues(d.options.Minimums), Constructs: t.sortedConstructs(),
		Approvals: t.approvals(d.registry), Groups: t.sortedGroups(), People: smallest(t.listed, d.options.People),
	}
	found.Breaks.WithoutQueue = t.withoutQueue
	for _, code := range sortedUnmapped(t.unmapped) {
		switch newly := t.constructs[construct{KindUnmapped, unmappedName(code.Unmapped)}]; {
		case newly != nil && newly.Gained.People > 0:
			found.Breaks.Unmapped = append(found.Breaks.Unmapped, code)
		case code.After > 0:
			found.StillUnmapped = append(found.StillUnmapped, code)
		}
	}
	for _, queue := range found.Queues {
		if queue.Under && queue.Lost > 0 {
			found.Breaks.Queues = append(found.Breaks.Queues, queue)
		}
	}
	for _, c := range found.Constructs {
		if c.Kind == KindScope {
			found.EnteredScope, found.Breaks.LeftScope = c.Gained, c.Lost
		}
		if c.Kind == KindPlatform {
			found.Platforms = c.Altered
		}
	}
	for i, change := range s.changes {
		found.Changes = append(found.Changes, ChangeUse{
			HRChange: change, Some: *of(t.about, 2*i), Merges: merges(s.changes, i, of(t.about, 2*i+1).People),
		})
	}
	return found
}

// merges says what else the new code of a change is the code of. Holders who get another code on the same date are none: their code
// is free by then.
func merges(changes []HRChange, number, holders int) (with []string) {
	change := changes[number]
	movesAway := slices.ContainsFunc(changes, func(other HRChange) bool { return other.Kind == change.Kind && other.Old == change.New })
	if holders > 0 && !movesAway {
		with = append(with, "people who have "+change.New+" already")
	}
	var others []string
	for i, other := range changes {
		if i != number && other.Kind == change.Kind && other.New == change.New && change.New != "" {
			others = append(others, other.Old)
		}
	}
	if len(others) > 0 {
		with = append(with, "the successor of "+strings.Join(others, ", "))
	}
	return with
}
