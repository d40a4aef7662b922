package genesystest

import (
	"net/http"
	"slices"
	"strings"
)

// maximumGroupMembers is how many members one call adds or removes.
const maximumGroupMembers = 50

func (s *Server) listGroups(r *request) answer {
	return ok(entityListing(r, s.filterConstructs(r, KindGroup, strings.Contains), renderGroup))
}

func (s *Server) getGroup(r *request) answer {
	group := s.world.construct(KindGroup, r.params["groupId"])
	if group == nil {
		return missing("group", r.params["groupId"])
	}
	return ok(renderGroup(*group))
}

func renderGroup(c construct) object {
	return object{
		"id": c.ID, "name": c.Name, "type": "official", "state": stateActive, "version": c.Version, "rulesVisible": true,
		"visibility": "public", "rolesEnabled": len(c.RoleIDs) > 0,
		"selfUri": "/api/v2/groups/" + c.ID,
	}
}

func (s *Server) groupMembers(id string) []*user {
	var found []*user
	for _, u := range s.world.Users {
		if u.State != stateDeleted && slices.Contains(u.Groups, id) {
			found = append(found, u)
		}
	}
	return found
}

type groupSearchBody struct {
	Query      []criterion `json:"query"`
	PageSize   *int        `json:"pageSize"`
	PageNumber *int        `json:"pageNumber"`
	SortOrder  string      `json:"sortOrder"`
	SortBy     string      `json:"sortBy"`
	Sort       []ignored   `json:"sort"`
}

// searchGroups finds groups by name or id; groups do not change here, so this index has nothing to lag behind.
func (s *Server) searchGroups(r *request) answer {
	var body groupSearchBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	size, number := 25, 1
	set(&size, body.PageSize)
	set(&number, body.PageNumber)
	if refused := (searchBody{Query: body.Query, SortOrder: body.SortOrder}).check(size, number); refused != nil {
		return *refused
	}
	var hits []construct
	for _, group := range s.world.ofKind(KindGroup) {
		if all(body.Query, user{ID: group.ID, Name: group.Name, State: stateActive}) {
			hits = append(hits, group)
		}
	}
	return ok(object{
		"total": len(hits), "pageCount": (len(hits) + size - 1) / size, "pageSize": size, "pageNumber": number,
		"types": []string{"groups"}, "results": renderAll(pageOf(hits, size, number), renderGroup),
	})
}

func (s *Server) listGroupMembers(r *request) answer {
	expand, refused := r.expand()
	if refused != nil {
		return *refused
	}
	id := r.params["groupId"]
	if s.world.construct(KindGroup, id) == nil {
		return missing("group", id)
	}
	return ok(entityListing(r, s.groupMembers(id), func(u *user) object { return s.renderUser(u, expand) }))
}

type groupMembersBody struct {
	MemberIDs []string `json:"memberIds"`
	Version   *int     `json:"version"`
}

// addGroupMembers answers 202; the membership becomes effective later.
func (s *Server) addGroupMembers(r *request) answer {
	var body groupMembersBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	group := s.world.construct(KindGroup, r.params["groupId"])
	if group != nil && body.Version != nil && *body.Version != group.Version {
		return conflict("The version supplied does not match the current version of the group")
	}
	return s.changeGroup(r, group, body.MemberIDs, true)
}

func (s *Server) removeGroupMembers(r *request) answer {
	return s.changeGroup(r, s.world.construct(KindGroup, r.params["groupId"]), r.list("ids"), false)
}

func (s *Server) changeGroup(r *request, group *construct, ids []string, in bool) answer {
	switch {
	case group == nil:
		return missing("group", r.params["groupId"])
	case len(ids) == 0 || len(ids) > maximumGroupMembers:
		return badRequest("%d members: a call takes 1 to %d", len(ids), maximumGroupMembers)
	}
	for _, id := range ids {
		if s.world.living(id) == nil {
			return missing("user", id)
		}
	}
	group.Version++
	for _, id := range ids {
		r.about(s.world.living(id))
		s.later(s.settings.GroupLagMS, effect{Kind: effectGroup, UserID: id, Target: group.ID, On: in})
	}
	return answer{status: http.StatusAccepted, body: object{}}
}

func (s *Server) applyGroup(u *user, id string, in bool) {
	is := slices.Contains(u.Groups, id)
	if is == in || s.world.construct(KindGroup, id) == nil || u.State == stateDeleted {
		return
	}
	if in {
		u.Groups = append(slices.Clone(u.Groups), id)
	} else {
		u.Groups = slices.DeleteFunc(slices.Clone(u.Groups), func(each string) bool { return each == id })
	}
	s.bump(u)
}
