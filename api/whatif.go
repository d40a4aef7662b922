package api

import "time"

// SimulateRequest asks what another version of the registry would change for the people there are.
type SimulateRequest struct {
	YAML    string `json:"yaml,omitempty" doc:"The rules to try; or version"`
	Version int    `json:"version,omitempty" minimum:"0" doc:"The version to try, by number; the newest when there is neither this nor yaml"`
	Base    int    `json:"base,omitempty" minimum:"0" doc:"The version to compare with; the one in force when absent"`
	At      string `json:"at,omitempty" maxLength:"64" doc:"The instant, or the date (from 00:00 in the zone of the version tried), for which both versions are asked; now when absent. Who is employed is taken as of now" example:"2027-01-01"`
	Days    int    `json:"days,omitempty" minimum:"0" maximum:"366" doc:"Replay the events that took effect in so many days up to now; 0 replays none"`
	QueueLimits
	PeopleLimit
}

// QueueLimits say under how many people a queue must not fall.
type QueueLimits struct {
	QueueMinimum  int            `json:"queue_minimum,omitempty" minimum:"0" doc:"For every queue; 0 asks for none"`
	QueueMinimums map[string]int `json:"queue_minimums,omitempty" doc:"By name of the queue, before queue_minimum"`
}

// PeopleLimit says how many people are listed by id.
type PeopleLimit struct {
	People *int `json:"people,omitempty" minimum:"0" maximum:"100000" doc:"How many people are listed by id, 200 when absent; the numbers count all"`
}

// Simulation is what one version would change about another. Numbers of people count everybody whom HR employs now; a termination that
// is planned changes nothing in it.
type Simulation struct {
	Base        int             `json:"base" doc:"The version compared with"`
	Version     int             `json:"version" doc:"The version tried; 0 for rules that are no version yet"`
	At          time.Time       `json:"at" doc:"The instant for which the rules were asked"`
	People      int             `json:"people" doc:"Whom HR employs"`
	ScopeBefore int             `json:"scope_before" doc:"Those of them in the contact centre by the base"`
	ScopeAfter  int             `json:"scope_after"`
	Changed     int             `json:"changed" doc:"People for whom anything is different"`
	Queues      []QueueForecast `json:"queues" nullable:"false"`
	Unmapped    []UnmappedCount `json:"unmapped" nullable:"false" doc:"Codes without a rule, with numbers of people"`
	Approvals   []RoleGain      `json:"approvals" nullable:"false" doc:"Roles that people would gain only by approval"`
	Groups      []ChangeGroup   `json:"groups" nullable:"false" doc:"People with the same changes, the largest group first"`
	// GroupsLeftOut are groups beyond those listed.
	GroupsLeftOut int              `json:"groups_left_out" doc:"How many more groups there are"`
	Constructs    []ConstructCount `json:"constructs" nullable:"false" doc:"How many people gain or lose each thing"`
	Changes       []PersonChange   `json:"changes" nullable:"false" doc:"People with their changes, by person id, as many as were asked for"`
	Replay        *Replay          `json:"replay,omitempty" doc:"The same for past events, when it was asked for"`
}

// Change is one difference for one person.
type Change struct {
	Kind string `json:"kind" doc:"scope, unmapped, platform, queue, role, skill, language, group, division, department, title, location, management_unit, work_plan, owned_elsewhere, activation_approval, approval_deadline, drain_window or grace"`
	// Action is add, remove or change.
	Action string `json:"action" enum:"add,remove,change"`
	Name   string `json:"name,omitempty" doc:"The construct; empty where a person has one only"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Text is the change in one line.
	Text string `json:"text" example:"+ skill Technical_Support 4"`
}

// Some is a number of people, and a few of their ids.
type Some struct {
	People   int      `json:"people"`
	Examples []string `json:"examples,omitempty" doc:"Some of their person ids"`
}

// PersonChange is somebody for whom something is different.
type PersonChange struct {
	PersonID string   `json:"person_id"`
	Changes  []Change `json:"changes" nullable:"false"`
}

// ChangeGroup is people with the same changes.
type ChangeGroup struct {
	Some
	Changes []Change `json:"changes" nullable:"false"`
}

// QueueForecast is what becomes of a queue's members. It counts everybody whom the rules give the queue, with those who are away.
type QueueForecast struct {
	Name     string `json:"name"`
	Before   int    `json:"before"`
	After    int    `json:"after"`
	Gained   int    `json:"gained"`
	Lost     int    `json:"lost"`
	Away     int    `json:"away" doc:"Those of after who are on leave or suspended"`
	Minimum  int    `json:"minimum,omitempty"`
	Under    bool   `json:"under,omitempty" doc:"It would have fewer than the minimum"`
	WasUnder bool   `json:"was_under,omitempty" doc:"It has fewer already"`
}

// UnmappedCount is a code that no rule answers. An empty code of kind department is people without a department, or without a queue.
type UnmappedCount struct {
	Kind     string   `json:"kind" enum:"skill,department,job_title,location"`
	Code     string   `json:"code"`
	Before   int      `json:"before"`
	After    int      `json:"after"`
	Examples []string `json:"examples,omitempty" doc:"Some of those it concerns after, by id"`
}

// RoleGain is a role that people would gain.
type RoleGain struct {
	Role string `json:"role"`
	Some
}

// ConstructCount is how many people gain or lose one thing, or have it changed.
type ConstructCount struct {
	Kind    string `json:"kind"`
	Name    string `json:"name,omitempty"`
	Gained  int    `json:"gained"`
	Lost    int    `json:"lost"`
	Altered int    `json:"altered"`
}

// Replay is what would have become of events that took effect, had the rules been these.
type Replay struct {
	Since        time.Time       `json:"since"`
	Events       int             `json:"events" doc:"Changes that took effect since then, of people who were employed; terminations ask the registry nothing"`
	ParkedBefore int             `json:"parked_before" doc:"Those that wait for a rule by the base"`
	ParkedAfter  int             `json:"parked_after"`
	Differing    int             `json:"differing" doc:"Those that lead to another account"`
	Unmapped     []UnmappedCount `json:"unmapped" nullable:"false" doc:"Codes without a rule, with numbers of events"`
	Differences  []EventChange   `json:"differences" nullable:"false" doc:"Differing events, the newest first, as many as people were asked for"`
}

// EventChange is an event that would have led to another account.
type EventChange struct {
	EventID  string    `json:"event_id"`
	PersonID string    `json:"person_id"`
	At       time.Time `json:"at" doc:"When it took effect"`
	Changes  []Change  `json:"changes" nullable:"false"`
}

// CoverageQuery asks where a version's rules and HR's codes do not meet; zero values are the defaults.
type CoverageQuery struct {
	// Days is how far back events are counted; 0: 90.
	Days int
	// Version is a version's number; 0: the one in force.
	Version int
	// At is the instant, or the date (from 00:00 in the registry's zone), for which the rules are asked; empty: now.
	At string
}

// Coverage is where a version's rules and HR's codes do not meet.
type Coverage struct {
	Version int           `json:"version"`
	At      time.Time     `json:"at"`
	Since   time.Time     `json:"since" doc:"Events received since then are counted"`
	People  int           `json:"people" doc:"Whom HR employs"`
	Events  int           `json:"events"`
	Missing []MissingCode `json:"missing" nullable:"false" doc:"Codes that no rule answers, those of most people first"`
	Unused  []UnusedRule  `json:"unused" nullable:"false" doc:"Rules in force whose code nobody has and no event says"`
}

// MissingCode is a code that HR says and no rule answers. Codes of people out of scope need none.
type MissingCode struct {
	Kind string `json:"kind" enum:"skill,department,job_title,location"`
	Code string `json:"code" doc:"Empty for people without a department"`
	// HasRule says that there is a rule, and the people are without a queue all the same.
	HasRule bool `json:"has_rule,omitempty" doc:"There is a rule, which gives these people no queue"`
	Some
	Events    int        `json:"events" doc:"Events that say it"`
	FirstSeen *time.Time `json:"first_seen,omitempty" doc:"When the first event that says it was received, however long ago"`
	LastSeen  *time.Time `json:"last_seen,omitempty"`
}

// UnusedRule is a rule whose code nobody has.
type UnusedRule struct {
	Kind          string `json:"kind" enum:"skill,department,job_title,location"`
	Code          string `json:"code"`
	Line          int    `json:"line" doc:"Of the version's text"`
	EffectiveDate string `json:"effective_date,omitempty"`
	SunsetDate    string `json:"sunset_date,omitempty"`
}

// DrillRequest asks what a reorganisation at HR would break.
type DrillRequest struct {
	Changes string `json:"changes" minLength:"1" doc:"The file: kind, old_code, new_code, effective_date"`
	Format  string `json:"format" enum:"csv,yaml" doc:"csv with a header, or a YAML list"`
	Name    string `json:"name,omitempty" maxLength:"200" doc:"What mistakes call the file"`
	YAML    string `json:"yaml,omitempty" doc:"The rules to try; or version"`
	Version int    `json:"version,omitempty" minimum:"0" doc:"The version to try, by number; the one in force when there is neither this nor yaml"`
	QueueLimits
	PeopleLimit
}

// Drill is what a reorganisation would do to the people there are. Numbers of people count everybody whom HR employs now.
type Drill struct {
	Version int  `json:"version" doc:"0 for rules that are no version yet"`
	People  int  `json:"people" doc:"Whom HR employs"`
	Broken  bool `json:"broken" doc:"Something would break"`
	// Stages are the dates of the changes, in their order.
	Stages []DrillStage `json:"stages" nullable:"false"`
}

// DrillStage is what happens when a date begins, compared with the moment before.
type DrillStage struct {
	Date          string           `json:"date"`
	At            time.Time        `json:"at" doc:"00:00 of the date in the registry's zone"`
	Breaks        DrillBreaks      `json:"breaks"`
	Changes       []HRChange       `json:"changes" nullable:"false"`
	StillUnmapped []UnmappedCount  `json:"still_unmapped" nullable:"false" doc:"Codes without a rule that had none before either"`
	Changed       int              `json:"changed" doc:"People for whom anything is different"`
	EnteredScope  Some             `json:"entered_scope"`
	Platforms     Some             `json:"platforms" doc:"People who would move to another platform"`
	Queues        []QueueForecast  `json:"queues" nullable:"false"`
	Constructs    []ConstructCount `json:"constructs" nullable:"false"`
	Approvals     []RoleGain       `json:"approvals" nullable:"false"`
	Groups        []ChangeGroup    `json:"groups" nullable:"false"`
	GroupsLeftOut int              `json:"groups_left_out"`
	PersonChanges []PersonChange   `json:"person_changes" nullable:"false"`
}

// DrillBreaks is what would break on a date.
type DrillBreaks struct {
	Unmapped     []UnmappedCount `json:"unmapped" nullable:"false" doc:"Codes that have no rule from then on"`
	LeftScope    Some            `json:"left_scope" doc:"People whom no scope rule takes in any longer"`
	WithoutQueue Some            `json:"without_queue" doc:"People who lose every queue"`
	Queues       []QueueForecast `json:"queues" nullable:"false" doc:"Queues that lose people and fall under their minimum, or are under it"`
}

// HRChange is one change of a reorganisation.
type HRChange struct {
	Line    int    `json:"line" doc:"Of the file"`
	Kind    string `json:"kind" enum:"skill,department,job_title,location"`
	OldCode string `json:"old_code"`
	NewCode string `json:"new_code" doc:"Empty for a skill that goes without a successor"`
	Some
	Merges []string `json:"merges,omitempty" doc:"What the new code is equal to"`
}
