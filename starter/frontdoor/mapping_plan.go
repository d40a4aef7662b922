package frontdoor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/mapping"
	"muster/store"
)

// judgedRules is what a text would change, and what is wrong with it.
type judgedRules struct {
	// registry is nil where the text cannot be read; base where nothing is published yet.
	registry, base *mapping.Registry
	// before: rules that say the same were published once, so that this is a way back.
	before     bool
	mistakes   []mapping.Mistake
	catalogues []platformCatalogue
}

// judgeRules holds a text against the newest publication, against today and against the names that exist on the platforms. A text that is no
// registry has its mistakes; an error is a failure to look.
func (d *Door) judgeRules(ctx context.Context, yaml []byte) (judgedRules, error) {
	var j judgedRules
	var err error
	if j.base, err = d.newestPublication(ctx); err != nil {
		return judgedRules{}, err
	}
	registry, err := mapping.Parse(1, "body", yaml)
	var parse *mapping.ParseError
	if errors.As(err, &parse) {
		j.mistakes = parse.Mistakes
		return j, nil
	}
	if err != nil {
		return judgedRules{}, err
	}
	j.registry = registry
	if j.before, err = d.wasPublished(ctx, registry.Digest()); err != nil {
		return judgedRules{}, err
	}
	for _, age := range []time.Duration{catalogueAge, catalogueFreshest} {
		if j.catalogues, err = d.catalogues(ctx, age); err != nil {
			return judgedRules{}, err
		}
		if j.mistakes = d.check(j); len(j.mistakes) == 0 {
			break // what is missing may have been made a minute ago: before anything is refused, the platform is asked anew
		}
	}
	return j, nil
}

// check holds a registry against the names that are known.
func (d *Door) check(j judgedRules) []mapping.Mistake {
	names := namesOf(j.catalogues)
	if len(names) == 0 {
		// No worker has run yet, so it is not known which platforms there are: none is called absent either.
		for _, platform := range j.registry.Platforms(d.Now()) {
			names[platform] = mapping.Catalogue{Unread: true}
		}
	}
	base := j.base
	if j.before {
		base = j.registry // what has ended since is no new rule
	}
	return j.registry.Check(names, base, d.Now())
}

// wasPublished says that a version with such rules was published, be it in force, superseded or still to come.
func (d *Door) wasPublished(ctx context.Context, digest string) (bool, error) {
	versions, err := d.Store.MappingVersions(ctx)
	return slices.ContainsFunc(versions, func(v store.MappingVersion) bool {
		return v.Digest == digest && v.EffectiveAt != nil && v.State != store.MappingWithdrawn
	}), err
}

// namesOf are the names on each platform of this installation. One whose names are not known as they are now is unread.
func namesOf(catalogues []platformCatalogue) map[string]mapping.Catalogue {
	known := map[string]mapping.Catalogue{}
	for _, c := range catalogues {
		known[c.platform] = mapping.Catalogue{Unread: true}
		if c.current {
			known[c.platform] = mappingCatalogue(*c.names)
		}
	}
	return known
}

func mappingCatalogue(names store.CatalogueNames) mapping.Catalogue {
	catalogue := mapping.Catalogue{
		Queues: names.Queues, Roles: names.Roles, Skills: names.Skills, Languages: names.Languages, Groups: names.Groups,
		Divisions: names.Divisions, Locations: names.Locations, WorkPlans: map[string][]string{},
	}
	for _, unit := range names.ManagementUnits {
		catalogue.ManagementUnits = append(catalogue.ManagementUnits, unit.Name)
		catalogue.WorkPlans[unit.Name] = unit.WorkPlans
	}
	return catalogue
}

func (d *Door) planMapping(ctx context.Context, in *planInput) (*document[api.MappingPlan], error) {
	j, err := d.judgeRules(ctx, []byte(in.Body.YAML))
	if err != nil {
		return nil, err
	}
	return &document[api.MappingPlan]{Body: j.plan(d.Now())}, nil
}

func (j judgedRules) plan(now time.Time) api.MappingPlan {
	plan := api.MappingPlan{
		Mistakes: []api.MappingFinding{}, Notices: []api.MappingFinding{}, Differences: []api.MappingDifference{},
		Catalogues: []api.CheckedCatalogue{}, Unchecked: []string{},
	}
	if j.base != nil {
		plan.BaseVersion = j.base.VersionNumber()
	}
	for _, m := range j.mistakes {
		plan.Mistakes = append(plan.Mistakes, api.MappingFinding{Line: m.Line, Field: m.Field, Found: m.Found, Expected: m.Expected})
	}
	if j.registry == nil {
		return plan
	}
	plan.Digest = j.registry.Digest()
	for _, n := range j.registry.Notices(now) {
		plan.Notices = append(plan.Notices, api.MappingFinding{Line: n.Line, Field: n.Rule, Found: n.Text})
	}
	if j.base != nil {
		plan.Differences = differences(mapping.Diff(j.base, j.registry))
	}
	if len(j.catalogues) == 0 {
		plan.Unchecked = append(plan.Unchecked, "no worker has run yet, so no platform is known")
	}
	for _, c := range j.catalogues {
		if c.current {
			plan.Catalogues = append(plan.Catalogues, api.CheckedCatalogue{Platform: c.platform, ReadAt: c.readAt})
		} else {
			plan.Unchecked = append(plan.Unchecked, c.platform+": "+c.why)
		}
	}
	return plan
}

func differences(list []mapping.Difference) []api.MappingDifference {
	found := make([]api.MappingDifference, len(list))
	for i, d := range list {
		rule := strings.TrimSpace(strings.ReplaceAll(d.Kind, "_", " ") + " " + d.Code)
		if d.Platform != "" {
			rule += " on " + d.Platform
		}
		found[i] = api.MappingDifference{Change: string(d.Change), Rule: rule, Text: d.String(), Line: d.Line}
	}
	return found
}
