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
// Every code of a person in scope is either answered by a rule or listed in Unmapped, but for skill codes that stand for nothing: one that
// is retired, whose rule had a published end and nothing follows, with a warning; and one without a rule where somebody else owns skills and
// languages. A person in scope whom no rule gives a queue, where queues are Muster's to give, is Unmapped by department, with an empty code
// when HR has said none; Desired then holds what the other rules give and must not be taken for the whole. Out of scope, Desired is empty.
func (r *Registry) Resolve(state hr.State, at time.Time) Resolution {
	return r.gather(state, at, nil).out
}

// gather does the work of Resolve, and tells answered of each rule that answers; nil is nobody to tell.
func (r *Registry) gather(state hr.State, at time.Time, answered func(RuleUse)) *gathering {
	g := &gathering{
		tell: answered,
		at:   at,
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
	g.scope(r.inScope(state, at))
	if !g.out.InScope {
		return g
	}

	g.out.Desired.Platform = r.document.Platform
	g.defaults(r.document.Defaults)
	g.warn(departmentWarning)
	if hasDepartment {
		g.department(department)
	}
	g.out.Desired.OwnedElsewhere = r.FieldsElsewhere(g.out.Desired.Platform)
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
		switch {
		case found:
			g.skill(rule)
		case r.skills.retired(code, g.out.Desired.Platform, at):
			// Its end was published, so nobody is asked what it means now: the skill goes (DESIGN section 8).
		case g.owned(OwnableSkills) && g.owned(OwnableLanguages):
			// What it would give is not Muster's to give.
		default:
			g.unmapped(KindSkill, code)
		}
	}
	if !hasDepartment || len(g.queues) == 0 && !g.owned(OwnableQueues) {
		g.unmapped(KindDepartment, state.DepartmentCode)
	}
	g.settle()
	g.owners(r.document.Elsewhere)
	return g
}

// inScope finds the first scope rule that holds and matches; nil is the default.
func (r *Registry) inScope(state hr.State, at time.Time) (in bool, by *scopeRule) {
	for i := range r.document.Scope {
		if s := &r.document.Scope[i]; s.holds(at) && s.Match.match(state) {
			return s.Include, s
		}
	}
	return r.document.ScopeDefault, nil
}

// gathering is a resolution in the making.
type gathering struct {
	at                time.Time
	out               Resolution
	queues            map[string]Queue
	roles, groups     names
	skills, languages contest
	tell              func(RuleUse)
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

func (g *gathering) scope(in bool, by *scopeRule) {
	g.out.InScope = in
	if by == nil {
		g.out.Rules = append(g.out.Rules, "scope: "+scopeWord(in)+" by default")
		return
	}
	g.out.Rules = append(g.out.Rules, by.String())
	g.answered(KindScope, rule{Code: by.words(), term: by.term}, func() gifts { return nil })
}

// used names a rule for the explanation, with what it gives.
func (g *gathering) used(rule string, gives gifts) {
	if len(gives) > 0 {
		rule += " → " + strings.Join(gives, ", ")
	}
	g.out.Rules = append(g.out.Rules, rule)
}

func (g *gathering) answered(kind string, of rule, gives func() gifts) {
	if g.tell != nil {
		g.tell(RuleUse{RuleRef: of.ref(kind), Gives: gives()})
	}
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
	g.used(rule.named(KindDepartment), rule.gives())
	g.answered(KindDepartment, rule.rule, rule.gives)
}

func (r departmentRule) gives() gifts {
	return gifts{}.queues(r.Queues).one("division", r.Division).one("management unit", r.ManagementUnit).one("work plan", r.WorkPlan).
		many("role", r.Roles).many("group", r.Groups)
}

func (g *gathering) jobTitle(rule jobTitleRule) {
	name := rule.named(KindJobTitle)
	g.out.Desired.Title = rule.Title
	g.addQueues(rule.Queues)
	g.roles.add(rule.Roles)
	g.groups.add(rule.Groups)
	g.skills.enter(name, rule.Skills)
	g.languages.enter(name, rule.Languages)
	g.used(name, rule.gives())
	g.answered(KindJobTitle, rule.rule, func() gifts { return rule.gives().targets("skill", rule.Skills).targets("language", rule.Languages) })
}

func (r jobTitleRule) gives() gifts {
	return gifts{}.one("title", r.Title).queues(r.Queues).many("role", r.Roles).many("group", r.Groups)
}

func (g *gathering) location(rule locationRule) {
	g.out.Desired.Location = rule.Location
	g.groups.add(rule.Groups)
	g.used(rule.named(KindLocation), rule.gives())
	g.answered(KindLocation, rule.rule, rule.gives)
}

func (r locationRule) gives() gifts {
	return gifts{}.one("location", r.Location).many("group", r.Groups)
}

func (g *gathering) skill(rule skillRule) {
	name := rule.named(KindSkill)
	g.skills.enter(name, rule.Skills)
	g.languages.enter(name, rule.Languages)
	g.answered(KindSkill, rule.rule, rule.gives)
}

func (r skillRule) gives() gifts {
	return gifts{}.targets("skill", r.Skills).targets("language", r.Languages)
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

func (g *gathering) settle() {
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
		g = g.one("queue", q.words())
	}
	return g
}

func (g gifts) targets(what string, targets []Target) gifts {
	for _, t := range targets {
		g = g.one(what, t.words())
	}
	return g
}
