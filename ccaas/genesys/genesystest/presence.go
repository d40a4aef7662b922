package genesystest

import (
	"slices"
	"strings"
)

// Routing statuses [API: RoutingStatus.status].
const (
	routingOffQueue      = "OFF_QUEUE"
	routingIdle          = "IDLE"
	routingInteracting   = "INTERACTING"
	routingNotResponding = "NOT_RESPONDING"
)

var routingStatuses = []string{routingOffQueue, routingIdle, routingInteracting, routingNotResponding, "COMMUNICATING"}

const presenceOnQueue = "OnQueue"

func (s *Server) listPresences(r *request) answer {
	definitions := renderAll(s.world.ofKind(KindPresence), func(c construct) object {
		return object{
			"id": c.ID, "name": shownPresence(c.Name), "type": "System", "systemPresence": c.Name, "deactivated": false,
			"languageLabels": object{"en_US": shownPresence(c.Name)}, "selfUri": "/api/v2/presence/definitions/" + c.ID,
		}
	})
	return ok(object{"total": len(definitions), "entities": definitions, "selfUri": r.URL.RequestURI()})
}

// shownPresence is how an account's presence writes what definitions call OnQueue.
func shownPresence(system string) string {
	if system == presenceOnQueue {
		return "On Queue"
	}
	return system
}

func (s *Server) getPresence(r *request) answer {
	u, refused := s.presenceUser(r)
	if refused != nil {
		return *refused
	}
	return ok(u.renderPresence())
}

func (s *Server) presenceUser(r *request) (*user, *answer) {
	u := s.world.living(r.params["userId"])
	var refused answer
	switch {
	case u == nil:
		refused = missing("user", r.params["userId"])
	case !strings.EqualFold(r.params["sourceId"], "purecloud"):
		refused = missing("presence source", r.params["sourceId"])
	default:
		r.about(u)
		return u, nil
	}
	return nil, &refused
}

type presenceBody struct {
	ID                 ignored `json:"id"`
	Name               ignored `json:"name"`
	Source             ignored `json:"source"`
	SourceID           ignored `json:"sourceId"`
	Primary            ignored `json:"primary"`
	Message            ignored `json:"message"`
	ModifiedDate       ignored `json:"modifiedDate"`
	SelfURI            ignored `json:"selfUri"`
	PresenceDefinition *struct {
		ID             string  `json:"id"`
		SystemPresence ignored `json:"systemPresence"`
		SelfURI        ignored `json:"selfUri"`
	} `json:"presenceDefinition"`
}

// patchPresence sets an account's presence by the id of a definition.
func (s *Server) patchPresence(r *request) answer {
	var body presenceBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	u, refused := s.presenceUser(r)
	if refused != nil {
		return *refused
	}
	if body.PresenceDefinition == nil {
		return badField("presenceDefinition", "presenceDefinition is required")
	}
	definition := s.world.construct(KindPresence, body.PresenceDefinition.ID)
	if definition == nil {
		return badField("presenceDefinition.id", "%s is not a presence definition", body.PresenceDefinition.ID)
	}
	s.setPresence(u, definition.Name)
	return ok(u.renderPresence())
}

// setPresence changes presence and, with it, routing: On Queue makes idle; leaving it makes off queue, but for an agent with a
// live conversation, who stays interacting until it ends.
func (s *Server) setPresence(u *user, system string) {
	if u.Presence != system {
		u.Presence, u.PresenceAt = system, s.now()
	}
	s.settleRouting(u)
}

// settleRouting derives the routing status from presence and live conversations.
func (s *Server) settleRouting(u *user) {
	status := routingOffQueue
	switch {
	case s.interacting(u):
		status = routingInteracting
	case u.Presence == presenceOnQueue:
		status = routingIdle
	}
	s.setRouting(u, status)
}

func (s *Server) setRouting(u *user, status string) {
	if u.Routing != status {
		u.Routing, u.RoutingAt = status, s.now()
	}
}

func (u *user) renderPresence() object {
	return object{
		"id": u.ID, "source": "PURECLOUD", "primary": true, "modifiedDate": stamp(u.PresenceAt),
		"presenceDefinition": object{
			"id": ID(KindPresence, u.Presence), "systemPresence": shownPresence(u.Presence),
			"selfUri": "/api/v2/presence/definitions/" + ID(KindPresence, u.Presence),
		},
		"selfUri": "/api/v2/users/" + u.ID + "/presences/purecloud",
	}
}

// getRoutingStatus answers OFF_QUEUE for unknown users, too.
func (s *Server) getRoutingStatus(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return ok(object{"userId": r.params["userId"], "status": routingOffQueue})
	}
	r.about(u)
	return ok(u.renderRouting())
}

func (u *user) renderRouting() object {
	return object{"userId": u.ID, "status": u.Routing, "startTime": stamp(u.RoutingAt)}
}

// putRoutingStatus allows what the platform allows others to set: off queue for who is not interacting, and idle after not
// responding. Nobody is put on queue by it.
func (s *Server) putRoutingStatus(r *request) answer {
	var body struct {
		UserID    ignored `json:"userId"`
		Status    string  `json:"status"`
		StartTime ignored `json:"startTime"`
	}
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	u := s.world.living(r.params["userId"])
	switch {
	case u == nil:
		return missing("user", r.params["userId"])
	case !slices.Contains(routingStatuses, body.Status):
		return badField("status", "Value [%s] is not valid for field type [status]. Allowable values are: %s",
			body.Status, strings.Join(routingStatuses, ", "))
	}
	r.about(u)
	allowed := body.Status == u.Routing || body.Status == routingOffQueue && u.Routing != routingInteracting ||
		body.Status == routingIdle && u.Routing == routingNotResponding
	if !allowed {
		return badRequest("invalid routing status transition")
	}
	if body.Status == routingOffQueue && u.Presence == presenceOnQueue {
		s.setPresence(u, "Available")
	}
	s.setRouting(u, body.Status)
	return ok(u.renderRouting())
}
