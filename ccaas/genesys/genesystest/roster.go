package genesystest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"
)

const (
	// maximumIDFilter is how many ids GET /users takes [API 2018: max.user.ids].
	maximumIDFilter = 100
	// inactiveWindow is how far GET /users?state=inactive reads, whatever its page count says.
	inactiveWindow = 10_000
)

var rosterStates = []string{stateActive, stateInactive, stateDeleted, "any"}

// rosterState reads a roster's state parameter, active by default.
func rosterState(r *request) (string, *answer) {
	state := r.query.Get("state")
	if state == "" {
		state = stateActive
	}
	if !slices.Contains(rosterStates, state) {
		refused := badField("state", "Value [%s] is not valid for field type [state]. Allowable values are: %s",
			state, strings.Join(rosterStates, ", "))
		return state, &refused
	}
	return state, nil
}

// inState returns the first accounts of a state among some, at most limit.
func inState(users []*user, state string, limit int) (found []*user) {
	for _, u := range users {
		if len(found) == limit {
			break
		}
		if state == "any" || u.State == state {
			found = append(found, u)
		}
	}
	return found
}

func (s *Server) listUsers(r *request) answer {
	expand, refused := r.expand()
	if refused != nil {
		return *refused
	}
	state, refused := rosterState(r)
	if refused != nil {
		return *refused
	}
	found := inState(s.world.Users, state, len(s.world.Users))
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

// queryUsers is GET /users/query, the roster without a cap. Its cursor is the last account listed, so that accounts that come
// and go between two pages shift nothing.
func (s *Server) queryUsers(r *request) answer {
	expand, refused := r.expand()
	if refused != nil {
		return *refused
	}
	state, refused := rosterState(r)
	if refused != nil {
		return *refused
	}
	from, refused := s.queryFrom(r)
	if refused != nil {
		return *refused
	}
	size, _ := r.page()
	found := inState(s.world.Users[from:], state, size+1) // one more: it tells whether there is another page
	page := found[:min(len(found), size)]
	body := object{
		"entities": renderAll(page, func(u *user) object { return s.renderUser(u, expand) }), "results": len(page),
		"selfUri": r.URL.RequestURI(),
	}
	if len(page) < len(found) {
		cursor := rosterCursor{Last: page[len(page)-1].Number, GivenAt: s.now()}.encode()
		query := r.URL.Query()
		query.Set("cursor", cursor)
		body["cursor"], body["nextUri"] = cursor, r.URL.Path+"?"+query.Encode()
	}
	return ok(body)
}

// rosterCursor is where a listing by cursor goes on.
type rosterCursor struct {
	Last    int       `json:"last"` // number of the last account listed
	GivenAt time.Time `json:"given_at"`
}

func (c rosterCursor) encode() string {
	content, err := json.Marshal(c)
	if err != nil {
		panic(err) // two plain fields
	}
	return base64.RawURLEncoding.EncodeToString(content)
}

// queryFrom is the place among all accounts where the request's cursor goes on.
func (s *Server) queryFrom(r *request) (int, *answer) {
	text := r.query.Get("cursor")
	if text == "" {
		return 0, nil
	}
	var cursor rosterCursor
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(content, &cursor)
	}
	life := time.Duration(s.settings.CursorMS) * time.Millisecond
	if err != nil || life > 0 && s.now().Sub(cursor.GivenAt) > life {
		refused := badField("cursor", "the cursor is not one this API gave, or no longer good")
		return 0, &refused
	}
	users := s.world.Users
	return sort.Search(len(users), func(i int) bool { return users[i].Number > cursor.Last }), nil
}
