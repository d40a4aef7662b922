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
		d.Platform = c.requiredText("platform")
		c.require("time_zone", ianaExpected)
		d.Zone = c.zone("time_zone")
		d.OrganisationZone = cmp.Or(c.zone("organisation_zone"), d.Zone)
	})
	s.child("scope", func(c *section) { c.scope(d) })
	s.each("skills", func(c *section) { d.Skills = append(d.Skills, c.skillRule()) })
	s.each("departments", func(c *section) { d.Departments = append(d.Departments, c.departmentRule(d.Platform)) })
	s.each("job_titles", func(c *section) { d.JobTitles = append(d.JobTitles, c.jobTitleRule()) })
	s.each("locations", func(c *section) { d.Locations = append(d.Locations, c.locationRule()) })
	s.child("time_zones", func(c *section) { d.Legacy = c.legacyZones() })
	s.each("roles", func(c *section) { d.Roles = c.addRoleRule(d.Roles) })
	s.child("defaults", func(c *section) {
		d.Defaults.Roles = c.texts("roles")
		c.policies(&d.Defaults.Policies)
	})
	s.close()

	d.fixTerms(r)
	check(r, d)
	sortRules(d.Skills)
	sortRules(d.Departments)
	sortRules(d.JobTitles)
	sortRules(d.Locations)
	slices.SortFunc(d.Roles, func(a, b roleRule) int { return cmp.Compare(a.Name, b.Name) })
	return d
}

func sortRules[R dated](rules []R) {
	slices.SortStableFunc(rules, func(a, b R) int {
		x, y := a.common(), b.common()
		return cmp.Or(cmp.Compare(x.Code, y.Code), x.from.Compare(y.from))
	})
}

// fixTerms turns the dates of all rules into instants, and refuses a rule that would never hold.
func (d *document) fixTerms(r *reader) {
	zone, err := hr.LoadZone(d.Zone)
	if err != nil {
		zone = time.UTC // the reader has refused the zone; the dates can still be compared
	}
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
}

func (s *section) term() term {
	return term{Effective: s.date("effective_date"), Sunset: s.date("sunset_date"), line: s.line}
}

func (s *section) rule() rule {
	return rule{Code: s.requiredText("code"), term: s.term()}
}

func (s *section) skillRule() skillRule {
	r := skillRule{rule: s.rule()}
	s.require("gives", "a list of skills and languages")
	s.each("gives", func(c *section) {
		skill, language := c.values["skill"] != nil, c.values["language"] != nil
		switch {
		case skill == language:
			c.asked = append(c.asked, "skill", "language", "proficiency", "weight")
			c.reader.mistake(c.line, c.name(), "both or none of skill and language", "exactly one of skill and language")
		case skill:
			c.asked = append(c.asked, "language")
			r.Skills = c.addTarget("skill", r.Skills)
		default:
			c.asked = append(c.asked, "skill")
			r.Languages = c.addTarget("language", r.Languages)
		}
	})
	if node := s.values["gives"]; node != nil && len(node.Content) == 0 {
		s.reader.mistake(node.Line, s.at("gives"), describe(node)+" without content", "at least one skill or language")
	}
	sortTargets(r.Skills)
	sortTargets(r.Languages)
	return r
}

// addTarget reads one skill or language. A rule that names it twice contradicts itself.
func (s *section) addTarget(field string, to []target) []target {
	const mostProficiency, mostWeight = 5, 1000
	s.require("proficiency", fmt.Sprintf("a number from 0 to %d", mostProficiency))
	t := target{
		Name:        s.requiredText(field),
		Proficiency: s.number("proficiency", mostProficiency, false),
		Weight:      int(s.number("weight", mostWeight, true)),
	}
	if slices.ContainsFunc(to, func(other target) bool { return other.Name == t.Name }) {
		s.reader.mistake(s.line, s.at(field), fmt.Sprintf("%q a second time in one rule", t.Name), "each "+field+" once")
		return to
	}
	return append(to, t)
}

func sortTargets(targets []target) {
	slices.SortFunc(targets, func(a, b target) int { return cmp.Compare(a.Name, b.Name) })
}

func (s *section) targets(list, field string) []target {
	var targets []target
	s.each(list, func(c *section) { targets = c.addTarget(field, targets) })
	sortTargets(targets)
	return targets
}

func (s *section) departmentRule(platform string) departmentRule {
	r := departmentRule{
		rule:           s.rule(),
		Platform:       cmp.Or(s.text("platform"), platform),
		Department:     s.text("department"),
		Division:       s.text("division"),
		ManagementUnit: s.text("management_unit"),
		WorkPlan:       s.text("work_plan"),
		TimeZone:       s.zone("time_zone"),
		Queues:         s.queues(),
		Roles:          s.texts("roles"),
		Groups:         s.texts("groups"),
	}
	s.policies(&r.Policies)
	if r.WorkPlan != "" && r.ManagementUnit == "" {
		s.reader.mistake(s.line, s.at("management_unit"), "nothing", "the management unit that the work plan belongs to")
	}
	return r
}

func (s *section) jobTitleRule() jobTitleRule {
	return jobTitleRule{
		rule:      s.rule(),
		Title:     s.text("title"),
		Queues:    s.queues(),
		Roles:     s.texts("roles"),
		Skills:    s.targets("skills", "skill"),
		Languages: s.targets("languages", "language"),
		Groups:    s.texts("groups"),
	}
}

func (s *section) locationRule() locationRule {
	return locationRule{
		rule:     s.rule(),
		Location: s.text("location"),
		Groups:   s.texts("groups"),
		TimeZone: s.zone("time_zone"),
	}
}

// addRoleRule reads what holds for one role. A role that is named twice contradicts itself.
func (s *section) addRoleRule(to []roleRule) []roleRule {
	s.require("approval", "true or false")
	r := roleRule{Name: s.requiredText("name")}
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
		q := Queue{Name: c.requiredText("name"), Fallback: c.text("fallback")}
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
