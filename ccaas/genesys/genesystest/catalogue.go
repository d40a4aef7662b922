package genesystest

import (
	"slices"
	"strings"
)

// listSkills is the catalogue of skills; name selects by beginning.
func (s *Server) listSkills(r *request) answer {
	return ok(entityListing(r, s.filterConstructs(r, KindSkill, strings.HasPrefix), renderNamed("/api/v2/routing/skills/")))
}

func (s *Server) listLanguages(r *request) answer {
	return ok(entityListing(r, s.filterConstructs(r, KindLanguage, strings.HasPrefix), renderNamed("/api/v2/routing/languages/")))
}

func renderNamed(path string) func(construct) object {
	return func(c construct) object {
		return object{"id": c.ID, "name": c.Name, "state": stateActive, "version": "1", "selfUri": path + c.ID}
	}
}

// listLocations is GET /locations.
func (s *Server) listLocations(r *request) answer {
	return ok(entityListing(r, s.filterConstructs(r, KindLocation, strings.Contains), func(c construct) object {
		return object{
			"id": c.ID, "name": c.Name, "state": stateActive, "version": c.Version, "selfUri": "/api/v2/locations/" + c.ID,
		}
	}))
}

// CatalogueChange adds constructs to the platform's catalogue and takes others away, as an administrator would.
type CatalogueChange struct {
	Add    []Construct `json:"add,omitempty"`
	Remove []Construct `json:"remove,omitempty"`
}

// Construct names an entry of the catalogue.
type Construct struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Parent is the name of a management unit's business unit, or of a work plan's management unit.
	Parent string `json:"parent,omitempty"`
	// TimeZone is a management unit's IANA time zone.
	TimeZone string `json:"time_zone,omitempty"`
	// Roles are the names of the roles that members of a group inherit.
	Roles []string `json:"roles,omitempty"`
}

var catalogueKinds = []string{
	KindDivision, KindRole, KindSkill, KindLanguage, KindQueue, KindGroup, KindLocation, KindManagementUnit, KindWorkPlan,
}

func (s *Server) changeCatalogue(change CatalogueChange) error {
	for _, each := range slices.Concat(change.Add, change.Remove) {
		if !slices.Contains(catalogueKinds, each.Kind) {
			return unknown("kind", each.Kind, "one of "+strings.Join(catalogueKinds, ", "))
		}
	}
	for _, each := range change.Add {
		if err := s.addConstruct(each); err != nil {
			return err
		}
	}
	for _, each := range change.Remove {
		c := s.world.byName(each.Kind, each.Name)
		if c == nil || each.Kind == KindDivision && each.Name == homeDivision {
			return unknown(each.Kind, each.Name, "one of the catalogue that can go")
		}
		s.removeConstruct(*c)
	}
	return nil
}

func (s *Server) addConstruct(each Construct) error {
	added := construct{Kind: each.Kind, ID: ID(each.Kind, each.Name), Name: each.Name, TimeZone: each.TimeZone, Version: 1, MadeAt: s.now()}
	if s.world.construct(each.Kind, added.ID) != nil {
		return unknown(each.Kind, each.Name, "a name that is free")
	}
	parents := map[string]string{KindManagementUnit: KindBusinessUnit, KindWorkPlan: KindManagementUnit}
	if kind := parents[each.Kind]; kind != "" {
		parent := s.world.byName(kind, each.Parent)
		if parent == nil {
			return unknown("parent", each.Parent, "a "+kind)
		}
		added.Parent = parent.ID
	}
	for _, name := range each.Roles {
		role := s.world.byName(KindRole, name)
		if role == nil {
			return unknown("role", name, "a role of the catalogue")
		}
		added.RoleIDs = append(added.RoleIDs, role.ID)
	}
	s.world.Catalogue = append(s.world.Catalogue, added)
	s.world.rebuildConstructs()
	return nil
}

// removeConstruct takes an entry away, and with it what accounts had of it.
func (s *Server) removeConstruct(gone construct) {
	s.world.Catalogue = slices.DeleteFunc(s.world.Catalogue, func(c construct) bool {
		return c.ID == gone.ID || c.Parent == gone.ID
	})
	s.world.rebuildConstructs()
	for _, u := range s.world.Users {
		delete(u.Queues, gone.ID)
		u.Skills, u.Languages = without(u.Skills, gone.ID), without(u.Languages, gone.ID)
		u.Groups = slices.DeleteFunc(slices.Clone(u.Groups), func(id string) bool { return id == gone.ID })
		u.Locations = slices.DeleteFunc(slices.Clone(u.Locations), func(l userLocation) bool { return l.ID == gone.ID })
		u.Grants = slices.DeleteFunc(slices.Clone(u.Grants), func(g grant) bool {
			return g.RoleID == gone.ID || g.DivisionID == gone.ID
		})
		if u.UnitID == gone.ID {
			u.UnitID, u.PlanID = "", ""
		}
		if u.PlanID == gone.ID {
			u.PlanID = ""
		}
		if u.DivisionID == gone.ID {
			u.DivisionID = s.world.byName(KindDivision, homeDivision).ID
		}
	}
}
