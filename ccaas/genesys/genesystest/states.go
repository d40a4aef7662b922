package genesystest

import (
	"slices"
	"strings"
	"time"
)

// setState moves an account between active, inactive and deleted.
//
// Going inactive drops directly granted roles. Deleting also frees the extension, takes the account out of the directory
// (manager of nobody) and puts it into the Home division. Coming back restores none of that.
func (s *Server) setState(u *user, state, reason string) *answer {
	switch state {
	case stateActive:
	case stateInactive:
		u.Grants = nil
	case stateDeleted:
		u.Grants, u.Sessions, u.Station, u.DefaultStation = nil, 0, "", ""
		u.DivisionID = s.world.byName(KindDivision, homeDivision).ID
		s.dropExtensions(u)
		s.setPresence(u, "Offline")
		if s.settings.DeleteDropsMemberships {
			u.Skills, u.Languages, u.Groups, u.Queues, u.UnitID, u.PlanID = nil, nil, nil, map[string]*membership{}, "", ""
		}
	default:
		refused := badField("state", "Value [%s] is not valid for field type [state]. Allowable values are: active, inactive, deleted", state)
		return &refused
	}
	if u.State != state {
		u.State, u.StateReason, u.StateChanged = state, reason, s.now()
	}
	s.bump(u)
	return nil
}

var stateChangeReasons = []string{"Voluntary", "Seasonal", "Leave", "Performance", "Conduct", "Unknown"}

type userStateBody struct {
	State   string  `json:"state"`
	Version *int    `json:"version"`
	Reason  string  `json:"stateChangeReason"`
	Date    *string `json:"stateChangeDate"` // read-only
}

func (s *Server) getUserState(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	r.about(u)
	return ok(u.renderState())
}

// putUserState is PUT /users/{id}/state. Whether it brings back deleted accounts is not documented: here it does not.
func (s *Server) putUserState(r *request) answer {
	var body userStateBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	u := s.world.living(r.params["userId"])
	switch {
	case u == nil:
		return missing("user", r.params["userId"])
	case body.Version == nil:
		return badField("version", "version is required")
	case body.Reason != "" && !slices.Contains(stateChangeReasons, body.Reason):
		return badField("stateChangeReason", "Value [%s] is not valid for field type [stateChangeReason]. Allowable values are: %s",
			body.Reason, strings.Join(stateChangeReasons, ", "))
	case *body.Version != u.Version:
		return versionConflict()
	}
	r.about(u)
	if refused := s.setState(u, body.State, body.Reason); refused != nil {
		return *refused
	}
	return ok(u.renderState())
}

func (u *user) renderState() object {
	body := object{"state": u.State, "version": u.Version, "stateChangeDate": stamp(u.StateChanged)}
	if u.StateReason != "" {
		body["stateChangeReason"] = u.StateReason
	}
	return body
}

// stamp writes a time as the platform does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
