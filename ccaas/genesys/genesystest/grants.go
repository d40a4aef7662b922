package genesystest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

func (s *Server) listRoles(r *request) answer {
	all := append(s.world.ofKind(KindRole), s.clientRoles()...)
	return ok(entityListing(r, selected(r, all, strings.Contains), renderRole))
}

// filterConstructs returns the constructs of a kind that the query parameters id and name select.
func (s *Server) filterConstructs(r *request, kind string, matches func(name, wanted string) bool) []construct {
	return selected(r, s.world.ofKind(kind), matches)
}

func selected(r *request, all []construct, matches func(name, wanted string) bool) []construct {
	ids, name := r.list("id"), strings.ToLower(strings.Trim(r.query.Get("name"), "*"))
	return slices.DeleteFunc(all, func(c construct) bool {
		return len(ids) > 0 && !slices.Contains(ids, c.ID) || name != "" && !matches(strings.ToLower(c.Name), name)
	})
}

// renderAuthorization is the account's authorization block: role names without divisions, inherited ones included.
func (s *Server) renderAuthorization(u *user) object {
	roles, seen := []object{}, map[string]bool{}
	for _, g := range append(slices.Clone(u.Grants), s.inherited(u)...) {
		if !seen[g.RoleID] {
			seen[g.RoleID] = true
			roles = append(roles, object{"id": g.RoleID, "name": s.world.nameOf(KindRole, g.RoleID)})
		}
	}
	return object{"roles": roles, "unusedRoles": []object{}, "permissions": []string{}, "permissionPolicies": []object{}}
}

// inherited are the grants an account has through its groups, in the Home division.
func (s *Server) inherited(u *user) []grant {
	var grants []grant
	for _, id := range u.Groups {
		if group := s.world.construct(KindGroup, id); group != nil {
			for _, role := range group.RoleIDs {
				grants = append(grants, grant{RoleID: role, DivisionID: s.world.byName(KindDivision, homeDivision).ID})
			}
		}
	}
	return grants
}

func (s *Server) getUserRoles(r *request) answer {
	u := s.world.living(r.params["subjectId"])
	if u == nil {
		return missing("user", r.params["subjectId"])
	}
	r.about(u)
	return ok(s.renderAuthorization(u))
}

// getSubject lists an account's grants. With includeDuplicates those of its groups follow, told apart by their subjectId;
// without it a role granted both ways in the same division is listed once, as the group's.
func (s *Server) getSubject(r *request) answer {
	u := s.world.living(r.params["subjectId"])
	if u == nil {
		return missing("subject", r.params["subjectId"])
	}
	duplicates, refused := r.flag("includeDuplicates", false)
	if refused != nil {
		return *refused
	}
	r.about(u)
	listed := []object{}
	type pair struct{ role, division string }
	fromGroup := map[pair]bool{}
	for _, id := range u.Groups {
		group := s.world.construct(KindGroup, id)
		if group == nil {
			continue
		}
		for _, role := range group.RoleIDs {
			g := grant{RoleID: role, DivisionID: s.world.byName(KindDivision, homeDivision).ID, MadeAt: u.StateChanged}
			fromGroup[pair{g.RoleID, g.DivisionID}] = true
			listed = append(listed, s.renderGrant(g, id))
		}
	}
	for _, g := range u.Grants {
		if duplicates || !fromGroup[pair{g.RoleID, g.DivisionID}] {
			listed = append(listed, s.renderGrant(g, u.ID))
		}
	}
	return ok(object{
		"id": u.ID, "name": u.Name, "grants": listed, "version": u.Version, "selfUri": "/api/v2/authorization/subjects/" + u.ID,
	})
}

func (s *Server) renderGrant(g grant, subjectID string) object {
	division := s.renderReference(KindDivision, g.DivisionID, "/api/v2/authorization/divisions/")
	division["description"], division["homeDivision"] = "", division["name"] == homeDivision
	return object{
		"subjectId": subjectID, "division": division, "grantMadeAt": stamp(g.MadeAt),
		"role": object{
			"id": g.RoleID, "name": s.world.nameOf(KindRole, g.RoleID), "policies": []object{},
			"selfUri": "/api/v2/authorization/roles/" + g.RoleID,
		},
	}
}

// grantsBody is the body of the bulk operations [API: RoleDivisionGrants].
type grantsBody struct {
	Grants *[]struct {
		RoleID     string `json:"roleId"`
		DivisionID string `json:"divisionId"`
	} `json:"grants"`
}

// readGrants returns the account and the grants of a bulk request; every role and division must exist.
func (s *Server) readGrants(r *request) (*user, []grant, *answer) {
	var body grantsBody
	if refused := r.decode(&body); refused != nil {
		return nil, nil, refused
	}
	u := s.world.living(r.params["subjectId"])
	var refused answer
	switch kind := r.query.Get("subjectType"); {
	case u == nil || s.unknownToAuthorization(u.MadeAt):
		refused = missing("subject", r.params["subjectId"])
	case kind != "" && kind != "PC_USER":
		refused = badField("subjectType", "subjectType is %q, the subject is a PC_USER", kind)
	case body.Grants == nil:
		refused = badField("grants", "grants is required")
	default:
		var grants []grant
		for _, each := range *body.Grants {
			g, refused := s.checkGrant(each.RoleID, each.DivisionID)
			if refused != nil {
				return nil, nil, refused
			}
			grants = append(grants, g)
		}
		r.about(u)
		return u, grants, nil
	}
	return nil, nil, &refused
}

// unknownToAuthorization says whether what was made then is not in the authorization service's cache yet.
func (s *Server) unknownToAuthorization(madeAt time.Time) bool {
	return s.now().Sub(madeAt) < time.Duration(s.settings.AuthorizationLagMS)*time.Millisecond
}

func (s *Server) checkGrant(roleID, divisionID string) (grant, *answer) {
	role, division := s.world.construct(KindRole, roleID), s.world.construct(KindDivision, divisionID)
	var refused answer
	switch {
	case role == nil || s.unknownToAuthorization(role.MadeAt):
		refused = missing("role", roleID)
	case division == nil || s.unknownToAuthorization(division.MadeAt):
		refused = missing("division", divisionID)
	default:
		return grant{RoleID: roleID, DivisionID: divisionID, MadeAt: s.now()}, nil
	}
	return grant{}, &refused
}

func sameGrant(a, b grant) bool { return a.RoleID == b.RoleID && a.DivisionID == b.DivisionID }

func mergeGrants(have, more []grant) []grant {
	merged := slices.Clone(have)
	for _, g := range more {
		if !slices.ContainsFunc(merged, func(h grant) bool { return sameGrant(g, h) }) {
			merged = append(merged, g)
		}
	}
	return merged
}

func (s *Server) addGrants(r *request) answer {
	u, grants, refused := s.readGrants(r)
	if refused != nil {
		return *refused
	}
	u.Grants = mergeGrants(u.Grants, grants)
	return done()
}

func (s *Server) removeGrants(r *request) answer {
	u, grants, refused := s.readGrants(r)
	if refused != nil {
		return *refused
	}
	u.Grants = slices.DeleteFunc(slices.Clone(u.Grants), func(h grant) bool {
		return slices.ContainsFunc(grants, func(g grant) bool { return sameGrant(g, h) })
	})
	return done()
}

// replaceGrants makes the directly granted roles exactly these; those of groups stay.
func (s *Server) replaceGrants(r *request) answer {
	u, grants, refused := s.readGrants(r)
	if refused != nil {
		return *refused
	}
	u.Grants = mergeGrants(nil, grants)
	return done()
}

func (s *Server) addGrant(r *request) answer {
	u := s.world.living(r.params["subjectId"])
	if u == nil || s.unknownToAuthorization(u.MadeAt) {
		return missing("subject", r.params["subjectId"])
	}
	g, refused := s.checkGrant(r.params["roleId"], r.params["divisionId"])
	if refused != nil {
		return *refused
	}
	r.about(u)
	u.Grants = mergeGrants(u.Grants, []grant{g})
	return done()
}

func (s *Server) removeGrant(r *request) answer {
	u := s.world.living(r.params["subjectId"])
	if u == nil {
		return missing("subject", r.params["subjectId"])
	}
	g := grant{RoleID: r.params["roleId"], DivisionID: r.params["divisionId"]}
	if !slices.ContainsFunc(u.Grants, func(h grant) bool { return sameGrant(g, h) }) {
		return missing("grant", g.RoleID)
	}
	r.about(u)
	u.Grants = slices.DeleteFunc(slices.Clone(u.Grants), func(h grant) bool { return sameGrant(g, h) })
	return done()
}

func (s *Server) listDivisions(r *request) answer {
	return ok(entityListing(r, s.filterConstructs(r, KindDivision, strings.Contains), renderDivision))
}

func (s *Server) getHomeDivision(*request) answer {
	return ok(renderDivision(*s.world.byName(KindDivision, homeDivision)))
}

func renderDivision(c construct) object {
	return object{
		"id": c.ID, "name": c.Name, "description": "", "homeDivision": c.Name == homeDivision,
		"selfUri": "/api/v2/authorization/divisions/" + c.ID,
	}
}

// moveToDivision sets the division of accounts; the path's object type must be USER.
func (s *Server) moveToDivision(r *request) answer {
	var ids []string
	if refused := r.decode(&ids); refused != nil {
		return *refused
	}
	division := s.world.construct(KindDivision, r.params["divisionId"])
	switch {
	case r.params["objectType"] != "USER":
		return badField("objectType", "object type %s is not modelled, only USER is", r.params["objectType"])
	case division == nil:
		return missing("division", r.params["divisionId"])
	case len(ids) == 0:
		return badRequest("no object ids given")
	}
	for _, id := range ids {
		if s.world.living(id) == nil {
			return missing("user", id)
		}
	}
	for _, id := range ids {
		u := s.world.living(id)
		r.about(u)
		u.DivisionID = division.ID
		s.bump(u)
	}
	return done()
}

// ignored is a read-only field of a request body: accepted, as the platform accepts it, and not looked at.
type ignored = json.RawMessage
