package genesystest

import (
	"encoding/json"
	"slices"
)

// ExternalID is a key under an authority; both are compared exactly.
type ExternalID struct {
	Authority string `json:"authority"`
	Key       string `json:"key"`
}

// maximumExternalIDs is how many one account may have [API].
const maximumExternalIDs = 100

func (s *Server) userByExternalID(r *request) answer {
	expand, refused := r.expand()
	if refused != nil {
		return *refused
	}
	id := ExternalID{r.params["authorityName"], r.params["externalKey"]}
	u := s.world.byExternal[id]
	if u == nil || u.State == stateDeleted && !s.settings.ExternalIDFindsDeleted {
		return missing("user", id.Key)
	}
	r.about(u)
	return ok(s.renderUser(u, expand))
}

// listExternalIDs answers for deleted accounts, too.
func (s *Server) listExternalIDs(r *request) answer {
	u := s.world.byID[r.params["userId"]]
	if u == nil {
		return missing("user", r.params["userId"])
	}
	r.about(u)
	return ok(u.renderExternalIDs())
}

type externalIDBody struct {
	AuthorityName string          `json:"authorityName"`
	ExternalKey   string          `json:"externalKey"`
	SelfURI       json.RawMessage `json:"selfUri"` // read-only
}

func (s *Server) addExternalID(r *request) answer {
	var body externalIDBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	u := s.world.living(r.params["userId"])
	id := ExternalID{body.AuthorityName, body.ExternalKey}
	switch {
	case u == nil:
		return missing("user", r.params["userId"])
	case id.Authority == "":
		return badField("authorityName", "authorityName is required")
	case id.Key == "":
		return badField("externalKey", "externalKey is required")
	case len(u.ExternalIDs) >= maximumExternalIDs && !slices.Contains(u.ExternalIDs, id):
		return badRequest("a user can have %d external ids at most", maximumExternalIDs)
	}
	r.about(u)
	if holder := s.world.byExternal[id]; holder != nil && holder != u {
		if holder.State != stateDeleted || !s.settings.DeletedReleasesExternalID {
			return conflict("The external id is already in use by another user")
		}
		s.dropExternalID(holder, id)
	}
	s.giveExternalID(u, id)
	return ok(u.renderExternalIDs())
}

func (s *Server) removeExternalID(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	r.about(u)
	id := ExternalID{r.params["authorityName"], r.params["externalKey"]}
	if !slices.Contains(u.ExternalIDs, id) {
		return missing("external id", id.Key)
	}
	s.dropExternalID(u, id)
	return done()
}

func (s *Server) giveExternalID(u *user, id ExternalID) {
	if !slices.Contains(u.ExternalIDs, id) {
		u.ExternalIDs = append(slices.Clone(u.ExternalIDs), id)
	}
	s.world.byExternal[id] = u
}

func (s *Server) dropExternalID(u *user, id ExternalID) {
	u.ExternalIDs = slices.DeleteFunc(slices.Clone(u.ExternalIDs), func(each ExternalID) bool { return each == id })
	delete(s.world.byExternal, id)
}

func (u *user) renderExternalIDs() []object {
	return renderAll(u.ExternalIDs, func(id ExternalID) object {
		return object{
			"authorityName": id.Authority, "externalKey": id.Key, "selfUri": "/api/v2/users/" + u.ID + "/externalid/" + id.Authority,
		}
	})
}
