package genesys

import (
	"context"
	"net/http"
	"net/url"

	"golang.org/x/sync/errgroup"

	"muster/ccaas"
)

// opCatalogue is the verb of catalogue reads in errors.
const opCatalogue = "catalogue.read"

// Page sizes: the largest that official code uses on these listings.
const (
	pageOfRouting   = 500 // skills, queues
	pageOfDirectory = 100 // languages, divisions, roles, groups, locations
)

// Catalogue returns the organisation's constructs by name. It is read once per CatalogueTTL by one goroutine and shared:
// callers must not change it. fresh reads it anew. One load costs a call per listing page and one per management unit.
//
// Of two constructs with the same name the one with the smaller id is taken. An organisation without workforce
// management, or a client without permission to see it, has no management units.
func (p *Platform) Catalogue(ctx context.Context, fresh bool) (*ccaas.Catalogue, error) {
	catalogue, err := p.catalogue.get(ctx, p.now, p.catalogueTTL, fresh, p.loadCatalogue)
	if err != nil && asError(err) == nil {
		return nil, unanswered(opCatalogue, err)
	}
	return catalogue, err
}

func (p *Platform) loadCatalogue(ctx context.Context) (*ccaas.Catalogue, error) {
	catalogue := &ccaas.Catalogue{}
	listings := []struct {
		into     *map[string]string
		path     []string
		query    url.Values
		pageSize int
	}{
		{&catalogue.Skills, []string{"routing", "skills"}, nil, pageOfRouting},
		{&catalogue.Languages, []string{"routing", "languages"}, nil, pageOfDirectory},
		{&catalogue.Queues, []string{"routing", "queues"}, nil, pageOfRouting},
		{&catalogue.Groups, []string{"groups"}, nil, pageOfDirectory},
		{&catalogue.Locations, []string{"locations"}, nil, pageOfDirectory},
	}
	loads, ctx := errgroup.WithContext(ctx)
	for _, listing := range listings {
		loads.Go(func() error {
			list, err := all[entity](ctx, p.calls, opCatalogue, listing.path, listing.query, listing.pageSize)
			if err != nil {
				return err
			}
			*listing.into = byName(list)
			return nil
		})
	}
	loads.Go(func() error { return p.loadRoles(ctx, catalogue) })
	loads.Go(func() error { return p.loadDivisions(ctx, catalogue) })
	loads.Go(func() error { return p.loadManagementUnits(ctx, catalogue) })
	if err := loads.Wait(); err != nil {
		return nil, err
	}
	return catalogue, nil
}

// loadRoles fills in the roles and which of them everybody has.
func (p *Platform) loadRoles(ctx context.Context, into *ccaas.Catalogue) error {
	type role struct {
		entity
		Base bool `json:"base"`
	}
	roles, err := all[role](ctx, p.calls, opCatalogue, []string{"authorization", "roles"}, url.Values{"userCount": {"false"}}, pageOfDirectory)
	if err != nil {
		return err
	}
	entities := make([]entity, 0, len(roles))
	into.BaseRoles = map[string]bool{}
	for _, r := range roles {
		entities = append(entities, r.entity)
		if r.Base {
			into.BaseRoles[r.ID] = true
		}
	}
	into.Roles = byName(entities)
	return nil
}

// loadDivisions fills in the divisions and which of them is home, where restored users land.
func (p *Platform) loadDivisions(ctx context.Context, into *ccaas.Catalogue) error {
	type division struct {
		entity
		Home bool `json:"homeDivision"`
	}
	divisions, err := all[division](ctx, p.calls, opCatalogue, []string{"authorization", "divisions"}, nil, pageOfDirectory)
	if err != nil {
		return err
	}
	entities := make([]entity, 0, len(divisions))
	for _, d := range divisions {
		entities = append(entities, d.entity)
		if d.Home {
			into.HomeDivisionID = d.ID
		}
	}
	into.Divisions = byName(entities)
	if into.HomeDivisionID != "" {
		return nil
	}
	var home entity
	path := []string{"authorization", "divisions", "home"}
	if _, err := p.calls.do(ctx, request{op: opCatalogue, method: http.MethodGet, path: path}, &home); err != nil {
		return err
	}
	into.HomeDivisionID = home.ID
	return nil
}

// loadManagementUnits fills in the units (their listing does not page) and each unit's work plans that are enabled and
// valid.
func (p *Platform) loadManagementUnits(ctx context.Context, into *ccaas.Catalogue) error {
	into.ManagementUnits = map[string]ccaas.ManagementUnit{}
	into.WorkPlans = map[string]map[string]string{}
	type unit struct {
		entity
		TimeZone string `json:"timeZone"`
	}
	path := []string{"workforcemanagement", "managementunits"}
	units, err := all[unit](ctx, p.calls, opCatalogue, path, nil, 0)
	if ccaas.IsKind(err, ccaas.KindForbidden) || ccaas.IsKind(err, ccaas.KindNotFound) {
		p.calls.log.Warn("genesys: no management units are visible to the OAuth client", "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	type plan struct {
		entity
		Enabled *bool `json:"enabled"`
		Valid   *bool `json:"valid"`
	}
	plans := make([]map[string]string, len(units))
	loads, ctx := errgroup.WithContext(ctx)
	for i, u := range units {
		if known, taken := into.ManagementUnits[u.Name]; !taken || u.ID < known.ID {
			into.ManagementUnits[u.Name] = ccaas.ManagementUnit{ID: u.ID, TimeZone: u.TimeZone}
		}
		loads.Go(func() error {
			path := []string{"workforcemanagement", "managementunits", u.ID, "workplans"}
			list, err := all[plan](ctx, p.calls, opCatalogue, path, nil, 0)
			usable := make([]entity, 0, len(list))
			for _, each := range list {
				// Neither field is required: only a plain no makes a plan unusable.
				if (each.Enabled == nil || *each.Enabled) && (each.Valid == nil || *each.Valid) {
					usable = append(usable, each.entity)
				}
			}
			plans[i] = byName(usable)
			return err
		})
	}
	if err := loads.Wait(); err != nil {
		return err
	}
	for i, u := range units {
		into.WorkPlans[u.ID] = plans[i]
	}
	return nil
}

// byName indexes what is usable: constructs that are deactivated or deleted are as good as absent.
func byName(list []entity) map[string]string {
	named := make(map[string]string, len(list))
	for _, e := range list {
		if e.State != "" && e.State != string(ccaas.Active) {
			continue
		}
		if known, taken := named[e.Name]; !taken || e.ID < known {
			named[e.Name] = e.ID
		}
	}
	return named
}
