package mapping

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"muster/hr"
)

// Kinds of code that Unmapped names.
const (
	KindSkill      = "skill"
	KindDepartment = "department"
	KindJobTitle   = "job_title"
	KindLocation   = "location"
)

// Resolve says what state a person must have at the instant, by the codes HR has given. It looks at codes only: whether the
// person is employed, on leave or still to come is for the caller to weigh.
//
// Every code of a person in scope is either answered by a rule or listed in Unmapped. A person in scope whom no rule gives a
// queue is Unmapped by department, with an empty code when HR has said none; Desired then holds what the other rules give and
// must not be taken for the whole. Out of scope, Desired is empty.
func (r *Registry) Resolve(state hr.State, at time.Time) Resolution {
	g := &gathering{
		at: at,
		out: Resolution{
			Version:  r.version,
			Policies: r.document.Defaults.Policies.over(DefaultPolicies()),
		},
		queues: map[string]Queue{}, roles: names{}, groups: names{}, skills: contest{}, languages: contest{},
	}
	department, hasDepartment, departmentWarning := r.departments.holding(KindDepartment, state.DepartmentCode, "", at)
	if hasDepartment {
		g.out.Policies = department.Policies.over(g.out.Policies)
	}
	var scopeRule string
	g.out.InScope, scopeRule = r.inScope(state, at)
	g.out.Rules = append(g.out.Rules, scopeRule)
	if !g.out.InScope {
		return g.out
	}

	g.out.Desired.Platform = r.document.Platform
	g.defaults(r.document.Defaults)
	g.warn(departmentWarning)
	if hasDepartment {
		g.department(department)
	}
	if code := state.JobTitleCode; code != "" {
		rule, found, warning := r.jobTitles.holding(KindJobTitle, code, g.out.Desired.Platform, at)
		g.warn(warning)
		if found {
			g.jobTitle(rule)
		} else {
			g.unmapped(KindJobTitle, code)
		}
	}
	if code := state.LocationCode; code != "" {
		rule, found, warning := r.locations.holding(KindLocation, code, g.out.Desired.Platform, at)
		g.warn(warning)
		if found {
			g.location(rule)
		} else {
			g.unmapped(KindLocation, code)
		}
	}
	for _, code := range slices.Compact(slices.Sorted(slices.Values(state.SkillCodes))) {
		rule, found, warning := r.skills.holding(KindSkill, code, g.out.Desired.Platform, at)
		g.warn(warning)
		if found {
			g.skill(rule)
		} else {
			g.unmapped(KindSkill, code)
		}
	}
	if !hasDepartment || len(g.queues) == 0 {
		g.unmapped(KindDepartment, state.DepartmentCode)
	}
	return g.resolution()
}

// inScope finds the first scope rule that holds and matches, and names it.
func (r *Registry) inScope(state hr.State, at time.Time) (in bool, rule string) {
	for _, s := range r.document.Scope {
		if s.holds(at) && s.Match.match(state) {
			return s.Include, s.String()
		}
	}
	return r.document.ScopeDefault, "scope: " + scopeWord(r.document.ScopeDefault) + " by default"
}

// gathering is a resolution in the making.
type gathering struct {
	at                time.Time
	out               Resolution
	queues            map[string]Queue
	roles, groups     names
	skills, languages contest
}

// names is a set of names.
type names map[string]bool

func (n names) add(more []string) {
	for _, name := range more {
		n[name] = true
	}
}

func (n names) sorted() []string { return slices.Sorted(maps.Keys(n)) }

func (g *gathering) warn(warning string) {
	if warning != "" {
		g.out.Warnings = append(g.out.Warnings, warning)
	}
}

func (g *gathering) unmapped(kind, code string) {
	g.out.Unmapped = append(g.out.Unmapped, Unmapped{Kind: kind, Code: code})
}

// used names a rule for the explanation, with what it gives.
func (g *gathering) used(rule string, gives gifts) {
	if len(gives) > 0 {
		rule += " → " + strings.Join(gives, ", ")
	}
	g.out.Rules = append(g.out.Rules, rule)
}

func (g *gathering) defaults(d defaults) {
	if len(d.Roles) == 0 {
		return
	}
	g.roles.add(d.Roles)
	g.used("defaults", gifts{}.many("role", d.Roles))
}

func (g *gathering) department(rule departmentRule) {
	desired := &g.out.Desired
	desired.Platform = rule.Platform
	desired.Department = rule.Department
	desired.Division = rule.Division
	desired.ManagementUnit = rule.ManagementUnit
	desired.WorkPlan = rule.WorkPlan
	g.addQueues(rule.Queues)
	g.roles.add(rule.Roles)
	g.groups.add(rule.Groups)
	g.used(rule.named(KindDepartment), gifts{}.queues(rule.Queues).one("division", rule.Division).
		one("management unit", rule.ManagementUnit).one("work plan", rule.WorkPlan).
		many("role", rule.Roles).many("group", rule.Groups))
}

func (g *gathering) jobTitle(rule jobTitleRule) {
	name := rule.named(KindJobTitle)
	g.out.Desired.Title = rule.Title
	g.addQueues(rule.Queues)
	g.roles.add(rule.Roles)
	g.groups.add(rule.Groups)
	g.skills.enter(name, rule.Skills)
	g.languages.enter(name, rule.Languages)
	g.used(name, gifts{}.one("title", rule.Title).queues(rule.Queues).many("role", rule.Roles).many("group", rule.Groups))
}

func (g *gathering) location(rule locationRule) {
	g.out.Desired.Location = rule.Location
	g.groups.add(rule.Groups)
	g.used(rule.named(KindLocation), gifts{}.one("location", rule.Location).many("group", rule.Groups))
}

func (g *gathering) skill(rule skillRule) {
	name := rule.named(KindSkill)
	g.skills.enter(name, rule.Skills)
	g.languages.enter(name, rule.Languages)
}

// addQueues keeps the fallback that was said first: the department is asked before the job title.
func (g *gathering) addQueues(queues []Queue) {
	for _, q := range queues {
		if known, found := g.queues[q.Name]; found && known.Fallback != "" {
			continue
		}
		g.queues[q.Name] = q
	}
}

func (g *gathering) resolution() Resolution {
	desired := &g.out.Desired
	for _, name := range slices.Sorted(maps.Keys(g.queues)) {
		desired.Queues = append(desired.Queues, g.queues[name])
	}
	desired.Roles, desired.Groups = g.roles.sorted(), g.groups.sorted()
	var explained []string
	desired.Skills, explained = g.skills.settle("")
	g.out.Rules = append(g.out.Rules, explained...)
	desired.Languages, explained = g.languages.settle("language ")
	g.out.Rules = append(g.out.Rules, explained...)
	slices.SortFunc(g.out.Unmapped, func(a, b Unmapped) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
	})
	return g.out
}

// gifts is what a rule gives, in words.
type gifts []string

func (g gifts) one(what, name string) gifts {
	if name == "" {
		return g
	}
	return append(g, what+" "+name)
}

func (g gifts) many(what string, names []string) gifts {
	for _, name := range names {
		g = g.one(what, name)
	}
	return g
}

func (g gifts) queues(queues []Queue) gifts {
	for _, q := range queues {
		text := q.Name
		if q.Fallback != "" {
			text += " (else " + q.Fallback + ")"
		}
		g = g.one("queue", text)
	}
	return g
}
