package simulate

import (
	"cmp"
	"slices"
	"time"

	"muster/hr"
	"muster/mapping"
)

// CoverageRegistry is one version of the rules, as its coverage is asked for; *mapping.Registry is one.
type CoverageRegistry interface {
	Resolve(state hr.State, at time.Time) mapping.Resolution
	Codes() []mapping.CodeRule
	VersionNumber() int
}

var _ CoverageRegistry = (*mapping.Registry)(nil)

// Speaker is a person with what HR's events have said of them.
type Speaker struct {
	ID string
	// State is what HR says of the person now.
	State hr.State
	Says  []Saying
}

// Saying is the codes that one event says; a field the event does not speak of is empty.
type Saying struct {
	At time.Time // when it was received
	// Recent says that the event is among those that are counted; of older ones only the time is taken.
	Recent                                     bool
	DepartmentCode, JobTitleCode, LocationCode string
	SkillCodes                                 []string
}

// CoverageReport is where a version's rules and HR's codes do not meet.
type CoverageReport struct {
	Version int
	At      time.Time
	// Events are the recent ones that were looked at, People those whom HR employs.
	People, Events int
	// Missing are codes without an answer, those of most people first.
	Missing []MissingCode
	// Unused are the rules that hold and whose code nobody in the contact centre has and no recent event says.
	Unused []mapping.CodeRule
}

// MissingCode is a code that HR says and no rule answers. Codes of people out of scope need none.
type MissingCode struct {
	mapping.Unmapped
	// HasRule says that there is a rule, and the people are without a queue all the same.
	HasRule bool
	// People are those who have it now, Events the recent ones that say it.
	People    Some
	Events    int
	FirstSaid time.Time // by any event; zero: by none that is known
	LastSaid  time.Time
}

// Coverage looks at people that are handed to it page by page.
type Coverage struct {
	registry CoverageRegistry
	at       time.Time

	known          map[string]coverage
	people, events int
	codes          map[mapping.Unmapped]*sighting
}

// coverage is what the registry says about one set of codes.
type coverage struct {
	inScope  bool
	unmapped []mapping.Unmapped
}

// sighting is what is known about one code.
type sighting struct {
	missing       Some
	used          bool
	missingEvents int
	first, last   time.Time
}

// NewCoverage begins a look at how a version covers what HR says, by its rules at an instant.
func NewCoverage(registry CoverageRegistry, at time.Time) *Coverage {
	return &Coverage{registry: registry, at: at, known: map[string]coverage{}, codes: map[mapping.Unmapped]*sighting{}}
}

// People looks at a page of people. It is not for several goroutines at once. The order of pages and of people changes nothing.
func (c *Coverage) People(page []Speaker) {
	for _, speaker := range page {
		if employed(speaker.State) {
			c.person(speaker)
		}
		for _, saying := range speaker.Says {
			c.saying(speaker, saying)
		}
	}
}

func (c *Coverage) of(asked codes) coverage {
	key := asked.key()
	if found, known := c.known[key]; known {
		return found
	}
	resolved := c.registry.Resolve(asked.state(), c.at)
	if len(c.known) >= memory {
		clear(c.known)
	}
	c.known[key] = coverage{inScope: resolved.InScope, unmapped: resolved.Unmapped}
	return c.known[key]
}

func (c *Coverage) person(speaker Speaker) {
	c.people++
	has := codesOf(speaker.State)
	found := c.of(has)
	if !found.inScope {
		return
	}
	for _, code := range has.all() {
		of(c.codes, code).used = true
	}
	for _, code := range found.unmapped {
		of(c.codes, code).missing.add(speaker.ID)
	}
}

// saying looks at the codes of one event, in the scope that the person has or would have with them.
func (c *Coverage) saying(speaker Speaker, s Saying) {
	said := codes{department: s.DepartmentCode, jobTitle: s.JobTitleCode, location: s.LocationCode, skills: set(s.SkillCodes)}
	with := codesOf(speaker.State)
	with.department = cmp.Or(said.department, with.department)
	with.jobTitle = cmp.Or(said.jobTitle, with.jobTitle)
	with.location = cmp.Or(said.location, with.location)
	if len(said.skills) > 0 {
		with.skills = said.skills
	}
	if s.Recent {
		c.events++
	}
	found := c.of(with)
	for _, code := range said.all() {
		seen := of(c.codes, code)
		if seen.first.IsZero() || s.At.Before(seen.first) {
			seen.first = s.At
		}
		if s.At.After(seen.last) {
			seen.last = s.At
		}
		if s.Recent && found.inScope {
			seen.used = true
			seen.missingEvents += one(slices.Contains(found.unmapped, code))
		}
	}
}

// all are the codes with their kinds.
func (c codes) all() (named []mapping.Unmapped) {
	for _, code := range []mapping.Unmapped{
		{Kind: mapping.KindDepartment, Code: c.department},
		{Kind: mapping.KindJobTitle, Code: c.jobTitle},
		{Kind: mapping.KindLocation, Code: c.location},
	} {
		if code.Code != "" {
			named = append(named, code)
		}
	}
	for _, code := range c.skills {
		named = append(named, mapping.Unmapped{Kind: mapping.KindSkill, Code: code})
	}
	return named
}

// Report is the answer about all people handed in so far.
func (c *Coverage) Report() CoverageReport {
	report := CoverageReport{Version: c.registry.VersionNumber(), At: c.at, People: c.people, Events: c.events}
	answered := map[mapping.Unmapped]bool{}
	for _, rule := range c.registry.Codes() {
		code := mapping.Unmapped{Kind: rule.Kind, Code: rule.Code}
		if !rule.Holds(c.at) {
			continue
		}
		answered[code] = true
		if seen := c.codes[code]; seen == nil || !seen.used {
			report.Unused = append(report.Unused, rule)
		}
	}
	for code, seen := range c.codes {
		if seen.missing.People+seen.missingEvents == 0 {
			continue
		}
		report.Missing = append(report.Missing, MissingCode{
			Unmapped: code, HasRule: answered[code], People: seen.missing, Events: seen.missingEvents,
			FirstSaid: seen.first, LastSaid: seen.last,
		})
	}
	slices.SortFunc(report.Missing, func(a, b MissingCode) int {
		return cmp.Or(cmp.Compare(b.People.People, a.People.People), cmp.Compare(b.Events, a.Events), byCode(a.Unmapped, b.Unmapped))
	})
	return report
}
