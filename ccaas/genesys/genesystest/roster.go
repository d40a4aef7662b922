package genesystest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

const (
	// maximumIDFilter is how many ids GET /users takes [API 2018: max.user.ids].
	maximumIDFilter = 100
	// inactiveWindow is how far GET /users?state=inactive reads, whatever its page count says.
	inactiveWindow = 10_000
)

var rosterStates = []string{stateActive, stateInactive, stateDeleted, "any"}

// inState returns the accounts of a roster's state parameter, active ones by default.
func (s *Server) inState(r *request) ([]*user, string, *answer) {
	state := r.query.Get("state")
	if state == "" {
		state = stateActive
	}
	if !slices.Contains(rosterStates, state) {
		refused := badField("state", "Value [%s] is not valid for field type [state]. Allowable values are: %s",
			state, strings.Join(rosterStates, ", "))
		return nil, state, &refused
	}
	var found []*user
	for _, u := range s.world.Users {
		if state == "any" || u.State == state {
			found = append(found, u)
		}
	}
	return found, state, nil
}

func (s *Server) listUsers(r *request) answer {
	expand, refused := r.expand()
	if refused != nil {
		return *refused
	}
	found, state, refused := s.inState(r)
	if refused != nil {
		return *refused
	}
	if ids := r.list("id"); len(ids) > 0 {
		if len(ids) > maximumIDFilter {
			return fail(400, "max.user.ids", "Only %d user ids can be requested at a time", maximumIDFilter)
		}
		found = slices.DeleteFunc(found, func(u *user) bool { return !slices.Contains(ids, u.ID) })
	}
	if size, number := r.page(); state == stateInactive && size*number > inactiveWindow {
		return badField("pageNumber", "only the first %d inactive users can be listed", inactiveWindow)
	}
	return ok(entityListing(r, found, func(u *user) object { return s.renderUser(u, expand) }))
}

// queryUsers is GET /users/query, the roster without a cap: a cursor instead of pages.
func (s *Server) queryUsers(r *request) answer {
	expand, refused := r.expand()
	if refused != nil {
		return *refused
	}
	found, _, refused := s.inState(r)
	if refused != nil {
		return *refused
	}
	from := 0
	if cursor := r.query.Get("cursor"); cursor != "" {
		text, err := base64.RawURLEncoding.DecodeString(cursor)
		if err == nil {
			from, err = strconv.Atoi(string(text))
		}
		if err != nil || from < 0 || from > len(found) {
			return badField("cursor", "the cursor is not one this API gave")
		}
	}
	size, _ := r.page()
	page := found[from:min(len(found), from+size)]
	body := object{
		"entities": renderAll(page, func(u *user) object { return s.renderUser(u, expand) }), "results": len(page),
		"selfUri": r.URL.RequestURI(),
	}
	if next := from + len(page); next < len(found) {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(next)))
		query := r.URL.Query()
		query.Set("cursor", cursor)
		body["cursor"], body["nextUri"] = cursor, r.URL.Path+"?"+query.Encode()
	}
	return ok(body)
}
