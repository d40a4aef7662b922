package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"muster/hr"
)

// readDocument reads and checks a text. The document is complete only when the reader has no mistakes.
func readDocument(r *reader, text []byte) *document {
	d := &document{Legacy: map[string]string{}}
	s := r.root(text)
	if s == nil {
		return d
	}
	for _, field := range []string{"registry", "scope"} {
		s.require(field, "the section")
	}
	s.child("registry", func(c *section) {
		d.registryLine = c.line
		d.Platform = c.requiredText("platform")
		d.platformLine = c.lineOf("platform")
		c.require("time_zone", ianaExpected)
		d.Zone = c.zone("time_zone")
		d.OrganisationZone = cmp.Or(c.zone("organisation_zone"), d.Zone)
		d.SunsetWarning = c.duration("sunset_warning", 0, 365*day)
	})
	s.child("scope", func(c *section) { c.scope(d) })
	s.each("skills", func(c *section) { d.Skills = append(d.Skills, c.skillRule()) })
	s.each("departments", func(c *section) { d.Departments = append(d.Departments, c.departmentRule(d.Platform)) })
	s.each("job_titles", func(c *section) { d.JobTitles = append(d.JobTitles, c.jobTitleRule()) })
	s.each("locations", func(c *section) { d.Locations = append(d.Locations, c.locationRule()) })
	s.child("time_zones", func(c *section) { d.Legacy, d.legacyLines = c.legacyZones() })
	s.each("roles", func(c *section) { d.Roles = c.addRoleRule(d.Roles) })
	s.each("queues", func(c *section) { d.Queues = c.addQueueMinimum(d.Queues) })
	s.child("guards", func(c *section) { d.Guards, d.guardsLine = c.guards(), c.line })
	s.child("defaults", func(c *section) {
		d.defaultsLine = c.line
		d.Defaults.Roles = c.constructs(ConstructRole, "roles")
		c.policies(&d.Defaults.Policies)
	})
	s.child("unmanaged", func(c *section) { d.Unmanaged, d.unmanagedLine = c.unmanaged(r.references), c.line })
	s.each("owned_elsewhere", func(c *section) { d.Elsewhere = c.elsewhere(d.Elsewhere) })
	s.close()

	d.references = r.references
	d.fixTerms(r)
	check(r, d)
	sortRules(d.Skills)
	sortRules(d.Departments)
	sortRules(d.JobTitles)
	sortRules(d.Locations)
	slices.SortFunc(d.Roles, func(a, b roleRule) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Queues, func(a, b queueMinimum) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Elsewhere, compareElsewhere)
	return d
}

func sortRules[R dated](rules []R) {
	slices.SortStableFunc(rules, func(a, b R) int {
		x, y := a.common(), b.common()
		return cmp.Or(cmp.Compare(x.Code, y.Code), cmp.Compare(x.For, y.For), x.from.Compare(y.from))
	})
}

// fixTerms turns the dates of all rules into instants, and refuses a rule that would never hold.
func (d *document) fixTerms(r *reader) {
	zone := d.zone()
	fix := func(kind string, t *term) {
		t.in(zone)
		if t.Sunset != nil && t.Effective != nil && !t.Sunset.After(*t.Effective) {
			found := fmt.Sprintf("sunset_date %s, not after effective_date %s", t.Sunset, t.Effective)
			r.mistake(t.line, kind, found, "a rule that holds for a day at least")
		}
	}
	for i := range d.Scope {
		fix("scope.rules", &d.Scope[i].term)
	}
	for i := range d.Skills {
		fix("skills", &d.Skills[i].term)
	}
	for i := range d.Departments {
		fix("departments", &d.Departments[i].term)
	}
	for i := range d.JobTitles {
		fix("job_titles", &d.JobTitles[i].term)
	}
	for i := range d.Locations {
		fix("locations", &d.Locations[i].term)
	}
	for i := range d.references {
		d.references[i].owner.in(zone)
	}
}

// zone is the one in which the dates of rules begin.
func (d *document) zone() *time.Location {
	zone, err := hr.LoadZone(d.Zone)
	if err != nil {
		return time.UTC // the reader has refused the zone; the dates can still be compared
	}
	return zone
}

func (s *section) term() term {
	return term{
		Effective: s.date("effective_date"), Sunset: s.date("sunset_date"),
		path: s.path, line: s.line, sunsetLine: s.lineOf("sunset_date"),
	}
}

func (s *section) rule() rule {
	return rule{Code: s.requiredText("code"), term: s.term()}
}

// ruleFor is a rule that may be for one platform.
func (s *section) ruleFor() rule {
	r := s.rule()
	r.For, r.platformLine = s.text("platform"), s.lineOf("platform")
	return r
}

func (s *section) skillRule() skillRule {
	r, mark := skillRule{rule: s.ruleFor()}, len(s.reader.references)
	s.require("gives", "a list of skills and languages")
	s.each("gives", func(c *section) {
		skill, language := c.values["skill"] != nil, c.values["language"] != nil
		switch {
		case skill == language:
			c.asked = append(c.asked, "skill", "language", "proficiency", "weight")
			c.reader.mistake(c.line, c.name(), "both or none of skill and language", "exactly one of skill and language")
		case skill:
			c.asked = append(c.asked, "language")
			r.Skills = c.addTarget(ConstructSkill, r.Skills)
		default:
			c.asked = append(c.asked, "skill")
			r.Languages = c.addTarget(ConstructLanguage, r.Languages)
		}
	})
	if node := s.values["gives"]; node != nil && len(node.Content) == 0 {
		s.reader.mistake(node.Line, s.at("gives"), describe(node)+" without content", "at least one skill or language")
	}
	sortTargets(r.Skills)
	sortTargets(r.Languages)
	s.reader.owned(mark, KindSkill, r.rule, "")
	return r
}

// addTarget reads one skill or language. A rule that names it twice contradicts itself.
func (s *section) addTarget(c Construct, to []Target) []Target {
	const mostProficiency, mostWeight = 5, 1000
	field := string(c)
	s.require("proficiency", fmt.Sprintf("a number from 0 to %d", mostProficiency))
	t := Target{
		Name:        s.requiredConstruct(c, field),
		Proficiency: s.number("proficiency", 0, mostProficiency, false),
		Weight:      int(s.number("weight", 0, mostWeight, true)),
	}
	if slices.ContainsFunc(to, func(other Target) bool { return other.Name == t.Name }) {
		s.reader.mistake(s.line, s.at(field), fmt.Sprintf("%q a second time in one rule", t.Name), "each "+field+" once")
		return to
	}
	return append(to, t)
}

func sortTargets(targets []Target) {
	slices.SortFunc(targets, func(a, b Target) int { return cmp.Compare(a.Name, b.Name) })
}

func (s *section) targets(list string, kind Construct) []Target {
	var targets []Target
	s.each(list, func(c *section) { targets = c.addTarget(kind, targets) })
	sortTargets(targets)
	return targets
}

func (s *section) departmentRule(platform string) departmentRule {
	mark := len(s.reader.references)
	r := departmentRule{
		rule:           s.rule(),
		Platform:       cmp.Or(s.text("platform"), platform),
		Department:     s.text("department"),
		Division:       s.construct(ConstructDivision, "division"),
		ManagementUnit: s.construct(ConstructManagementUnit, "management_unit"),
		WorkPlan:       s.text("work_plan"),
		TimeZone:       s.zone("time_zone"),
		Queues:         s.queues(),
		Roles:          s.constructs(ConstructRole, "roles"),
		Groups:         s.constructs(ConstructGroup, "groups"),
	}
	r.platformLine = s.lineOf("platform")
	s.policies(&r.Policies)
	switch {
	case r.WorkPlan != "" && r.ManagementUnit == "":
		s.reader.mistake(s.line, s.at("management_unit"), "nothing", "the management unit that the work plan belongs to")
	case r.WorkPlan != "":
		s.reader.refer(Reference{
			Construct: ConstructWorkPlan, Name: r.WorkPlan, Unit: r.ManagementUnit, Field: s.at("work_plan"), Line: s.lineOf("work_plan"),
		})
	}
	s.reader.owned(mark, KindDepartment, r.rule, r.Platform)
	return r
}

func (s *section) jobTitleRule() jobTitleRule {
	mark := len(s.reader.references)
	r := jobTitleRule{
		rule:      s.ruleFor(),
		Title:     s.text("title"),
		Queues:    s.queues(),
		Roles:     s.constructs(ConstructRole, "roles"),
		Skills:    s.targets("skills", ConstructSkill),
		Languages: s.targets("languages", ConstructLanguage),
		Groups:    s.constructs(ConstructGroup, "groups"),
	}
	s.reader.owned(mark, KindJobTitle, r.rule, "")
	return r
}

func (s *section) locationRule() locationRule {
	mark := len(s.reader.references)
	r := locationRule{
		rule:     s.ruleFor(),
		Location: s.construct(ConstructLocation, "location"),
		Groups:   s.constructs(ConstructGroup, "groups"),
		TimeZone: s.zone("time_zone"),
	}
	s.reader.owned(mark, KindLocation, r.rule, "")
	return r
}

// addRoleRule reads what holds for one role. A role that is named twice contradicts itself.
func (s *section) addRoleRule(to []roleRule) []roleRule {
	s.require("approval", "true or false")
	r := roleRule{Name: s.requiredAnywhere(ConstructRole, "name"), line: s.line}
	if approval := s.flag("approval"); approval != nil {
		r.Approval = *approval
	}
	if slices.ContainsFunc(to, func(other roleRule) bool { return r.Name != "" && other.Name == r.Name }) {
		s.reader.mistake(s.line, s.at("name"), fmt.Sprintf("%q a second time", r.Name), "each role once")
		return to
	}
	return append(to, r)
}

func (s *section) queues() []Queue {
	var queues []Queue
	s.each("queues", func(c *section) {
		mark := len(c.reader.references)
		q := Queue{Name: c.requiredConstruct(ConstructQueue, "name"), Fallback: c.construct(ConstructQueue, "fallback")}
		if q.Name != "" {
			c.reader.references[mark].fallback = q.Fallback
		}
		switch {
		case q.Name != "" && q.Name == q.Fallback:
			c.reader.mistake(c.line, c.at("fallback"), fmt.Sprintf("the queue %q itself", q.Name), "another queue")
		case slices.ContainsFunc(queues, func(other Queue) bool { return other.Name == q.Name }):
			c.reader.mistake(c.line, c.at("name"), fmt.Sprintf("%q a second time", q.Name), "each queue once")
		default:
			queues = append(queues, q)
		}
	})
	slices.SortFunc(queues, func(a, b Queue) int { return cmp.Compare(a.Name, b.Name) })
	return queues
}
