package genesystest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Statuses of a GDPR request [API: GDPRRequest.status].
const (
	erasureInitiated = "INITIATED"
	erasureCompleted = "COMPLETED"
	erasureError     = "ERROR"
)

const requestDelete = "GDPR_DELETE"

// erasure is a request to erase an account for good [API: GDPRRequest]. Exports and updates are not modelled.
type erasure struct {
	ID     string    `json:"id"`
	UserID string    `json:"user_id"`
	Status string    `json:"status"`
	MadeAt time.Time `json:"made_at"`
}

type erasureBody struct {
	RequestType string `json:"requestType"`
	Subject     struct {
		UserID string `json:"userId"`
	} `json:"subject"`
}

// requestErasure is POST /gdpr/requests. It accepts an account in any state and, like any POST of the platform, a second request
// for the same account. What becomes of it shows later.
func (s *Server) requestErasure(r *request) answer {
	var body erasureBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	confirmed, refused := r.flag("deleteConfirmed", false)
	switch u := s.world.byID[body.Subject.UserID]; {
	case refused != nil:
		return *refused
	case body.RequestType != requestDelete:
		return badField("requestType", "Value [%s] is not a type of request this simulator models: %s", body.RequestType, requestDelete)
	case !confirmed:
		return badField("deleteConfirmed", "a request of type %s needs deleteConfirmed=true", requestDelete)
	case body.Subject.UserID == "":
		return badField("subject.userId", "subject.userId is required")
	case u == nil:
		return missing("user", body.Subject.UserID)
	default:
		r.about(u)
		e := &erasure{ID: s.world.newID("erasure"), UserID: u.ID, Status: erasureInitiated, MadeAt: s.now()}
		s.world.Erasures = append(s.world.Erasures, e)
		shown := e.render()
		s.later(s.settings.ErasureLagMS, effect{Kind: effectErase, UserID: u.ID, Target: e.ID})
		return ok(shown)
	}
}

func (s *Server) getErasure(r *request) answer {
	for _, e := range s.world.Erasures {
		if e.ID == r.params["requestId"] {
			return ok(e.render())
		}
	}
	return fail(http.StatusNotFound, codeNotFound, "Unable to find a GDPR request with that id")
}

func (s *Server) listErasures(r *request) answer {
	return ok(entityListing(r, s.world.Erasures, (*erasure).render))
}

func (e *erasure) render() object {
	return object{
		"id": e.ID, "requestType": requestDelete, "status": e.Status, "createdDate": stamp(e.MadeAt),
		"createdBy": object{"id": ID("oauth_client", "muster"), "selfUri": "/api/v2/oauth/clients/" + ID("oauth_client", "muster")},
		"subject":   object{"userId": e.UserID}, "selfUri": "/api/v2/gdpr/requests/" + e.ID,
	}
}

// erase carries a request out, or lets it fail.
func (s *Server) erase(requestID, userID string) {
	status := erasureCompleted
	if s.settings.FailErasures {
		status = erasureError
	} else if u := s.world.byID[userID]; u != nil {
		s.world.remove(u)
	}
	for _, e := range s.world.Erasures {
		if e.ID == requestID {
			e.Status = status
		}
	}
}

// remove takes an account out of everything the platform knows. Conversations stay, without saying who served in them.
func (w *world) remove(u *user) {
	w.setAddresses(u, nil)
	for _, id := range u.ExternalIDs {
		delete(w.byExternal, id)
	}
	delete(w.byEmail, strings.ToLower(u.Email))
	delete(w.byID, u.ID)
	w.Users = slices.DeleteFunc(w.Users, func(each *user) bool { return each == u })
	w.index.remove(u.ID)
	for _, c := range w.byAgent[u.ID] {
		c.forget(u.ID)
		if kept, known := w.analytics[c.ID]; known {
			kept.Legs = slices.Clone(kept.Legs)
			kept.forget(u.ID)
			w.analytics[c.ID] = kept
		}
	}
	delete(w.byAgent, u.ID)
}

func (c *conversation) forget(userID string) {
	for i := range c.Legs {
		if c.Legs[i].UserID == userID {
			c.Legs[i].UserID = ""
		}
	}
}
