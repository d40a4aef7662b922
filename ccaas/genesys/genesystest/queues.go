package genesystest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// maximumMembers is how many members or queues one call takes.
const maximumMembers = 100

func (s *Server) listQueues(r *request) answer {
	return ok(entityListing(r, s.filterConstructs(r, KindQueue, strings.Contains), s.renderQueue))
}

func (s *Server) getQueue(r *request) answer {
	queue := s.world.construct(KindQueue, r.params["queueId"])
	if queue == nil {
		return missing("queue", r.params["queueId"])
	}
	return ok(s.renderQueue(*queue))
}

func (s *Server) renderQueue(c construct) object {
	return object{
		"id": c.ID, "name": c.Name, "selfUri": "/api/v2/routing/queues/" + c.ID,
		"division": s.renderReference(KindDivision, ID(KindDivision, homeDivision), "/api/v2/authorization/divisions/"),
	}
}

// membersOf are the accounts of a queue that are not deleted, by name.
func (s *Server) membersOf(queueID string) []*user {
	if kept, known := s.members[queueID]; known {
		return kept
	}
	var found []*user
	for _, u := range s.world.Users {
		if u.State != stateDeleted && u.Queues[queueID] != nil {
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(a, b *user) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	if s.members == nil {
		s.members = map[string][]*user{}
	}
	s.members[queueID] = found
	return found
}

// listQueueMembers has no total: a client pages until a page is empty.
func (s *Server) listQueueMembers(r *request) answer {
	queueID := r.params["queueId"]
	if s.world.construct(KindQueue, queueID) == nil {
		return missing("queue", queueID)
	}
	found := s.membersOf(queueID)
	if r.query.Has("joined") {
		joined, refused := r.flag("joined", true)
		if refused != nil {
			return *refused
		}
		found = slices.DeleteFunc(slices.Clone(found), func(u *user) bool { return u.Queues[queueID].Joined != joined })
	}
	switch by := r.query.Get("memberBy"); by {
	case "", "user":
	case "group":
		found = nil // no queue of the simulator has member groups
	default:
		return badField("memberBy", "Value [%s] is not valid for field type [memberBy]. Allowable values are: user, group", by)
	}
	body := entityListing(r, found, func(u *user) object { return s.renderMember(u, queueID) })
	for _, absent := range []string{"total", "pageCount", "lastUri"} {
		delete(body, absent)
	}
	return ok(body)
}

func (s *Server) renderMember(u *user, queueID string) object {
	return object{
		"id": u.ID, "name": u.Name, "joined": u.Queues[queueID].Joined, "memberBy": "user", "ringNumber": 1,
		"user":    object{"id": u.ID, "name": u.Name, "version": u.Version, "selfUri": "/api/v2/users/" + u.ID},
		"selfUri": "/api/v2/routing/queues/" + queueID + "/members/" + u.ID,
	}
}

// changeQueueMembers adds accounts to a queue or, with delete=true, takes them out. A new member is joined at once, unless it
// has no seat; who is a member already keeps its joined flag.
func (s *Server) changeQueueMembers(r *request) answer {
	var bodies []struct {
		ID string `json:"id"`
	}
	if refused := r.decode(&bodies); refused != nil {
		return *refused
	}
	remove, refused := r.flag("delete", false)
	if refused != nil {
		return *refused
	}
	queueID := r.params["queueId"]
	switch {
	case s.world.construct(KindQueue, queueID) == nil:
		return missing("queue", queueID)
	case len(bodies) == 0 || len(bodies) > maximumMembers:
		return badRequest("%d members: a call takes 1 to %d", len(bodies), maximumMembers)
	}
	for _, body := range bodies {
		if s.world.living(body.ID) == nil {
			return missing("user", body.ID)
		}
	}
	for _, body := range bodies {
		u := s.world.living(body.ID)
		r.about(u)
		switch {
		case remove:
			delete(u.Queues, queueID)
		case u.Queues[queueID] == nil:
			u.Queues[queueID] = &membership{Joined: s.hasSeat(u)}
		}
	}
	return done()
}

// hasSeat says whether an account may be joined to a queue under the seat limit.
func (s *Server) hasSeat(u *user) bool {
	return s.settings.Seats == 0 || u.joinedAnywhere() || s.world.seated(u) < s.settings.Seats
}

func noSeat() answer {
	return badRequest("No license is available: every seat of the organization is taken")
}

// joinBody is an entry of the calls that join and unjoin; of a queue's or member's other fields only these make sense there.
type joinBody struct {
	ID     string  `json:"id"`
	Joined *bool   `json:"joined"`
	Name   ignored `json:"name"`
}

// join accepts a change of joined flags; it becomes effective later. Non-members are disregarded in silence.
func (s *Server) join(r *request, pairs []joinPair) *answer {
	for _, pair := range pairs {
		if pair.joined && pair.user.Queues[pair.queueID] != nil && !s.hasSeat(pair.user) {
			refused := noSeat()
			return &refused
		}
	}
	for _, pair := range pairs {
		r.about(pair.user)
		if pair.user.Queues[pair.queueID] != nil {
			s.later(s.settings.JoinLagMS, effect{Kind: effectJoin, UserID: pair.user.ID, Target: pair.queueID, On: pair.joined})
		}
	}
	return nil
}

type joinPair struct {
	user    *user
	queueID string
	joined  bool
}

func readJoins(r *request) ([]joinBody, *answer) {
	var bodies []joinBody
	if refused := r.decode(&bodies); refused != nil {
		return nil, refused
	}
	if len(bodies) == 0 || len(bodies) > maximumMembers {
		refused := badRequest("%d entries: a call takes 1 to %d", len(bodies), maximumMembers)
		return nil, &refused
	}
	for _, body := range bodies {
		if refused := body.check(); refused != nil {
			return nil, refused
		}
	}
	return bodies, nil
}

func (b joinBody) check() *answer {
	var refused answer
	switch {
	case b.ID == "":
		refused = badField("id", "id is required")
	case b.Joined == nil:
		refused = badField("joined", "joined is required")
	default:
		return nil
	}
	return &refused
}

// joinUserQueues is PATCH /users/{id}/queues. Its answer shows the state before the change is effective.
func (s *Server) joinUserQueues(r *request) answer {
	bodies, refused := readJoins(r)
	if refused != nil {
		return *refused
	}
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	var pairs []joinPair
	var named []string
	for _, body := range bodies {
		pairs = append(pairs, joinPair{u, body.ID, *body.Joined})
		if u.Queues[body.ID] != nil {
			named = append(named, body.ID)
		}
	}
	if refused := s.join(r, pairs); refused != nil {
		return *refused
	}
	return ok(wholeListing(named, func(id string) object { return s.renderUserQueue(u, id) }))
}

func (s *Server) joinUserQueue(r *request) answer {
	u, queueID := s.world.living(r.params["userId"]), r.params["queueId"]
	if u == nil {
		return missing("user", r.params["userId"])
	}
	if u.Queues[queueID] == nil {
		return missing("queue member", queueID)
	}
	if refused := s.joinOne(r, u, queueID, queueID); refused != nil {
		return *refused
	}
	return ok(s.renderUserQueue(u, queueID))
}

// joinOne reads a single joined flag; the body may repeat the id of the path.
func (s *Server) joinOne(r *request, u *user, queueID, id string) *answer {
	var body joinBody
	if refused := r.decode(&body); refused != nil {
		return refused
	}
	if body.ID == "" {
		body.ID = id
	}
	if body.ID != id {
		refused := badField("id", "id differs from the path's")
		return &refused
	}
	if refused := body.check(); refused != nil {
		return refused
	}
	return s.join(r, []joinPair{{u, queueID, *body.Joined}})
}

func (s *Server) joinQueueMembers(r *request) answer {
	bodies, refused := readJoins(r)
	if refused != nil {
		return *refused
	}
	queueID := r.params["queueId"]
	if s.world.construct(KindQueue, queueID) == nil {
		return missing("queue", queueID)
	}
	var pairs []joinPair
	var members []*user
	for _, body := range bodies {
		if u := s.world.living(body.ID); u != nil && u.Queues[queueID] != nil {
			pairs, members = append(pairs, joinPair{u, queueID, *body.Joined}), append(members, u)
		}
	}
	if refused := s.join(r, pairs); refused != nil {
		return *refused
	}
	return ok(object{
		"entities":   renderAll(members, func(u *user) object { return s.renderMember(u, queueID) }),
		"pageNumber": 1, "pageSize": max(1, len(members)),
	})
}

func (s *Server) joinQueueMember(r *request) answer {
	u, refused := s.member(r)
	if refused != nil {
		return *refused
	}
	if refused := s.joinOne(r, u, r.params["queueId"], u.ID); refused != nil {
		return *refused
	}
	return accepted(nil)
}

func (s *Server) removeQueueMember(r *request) answer {
	u, refused := s.member(r)
	if refused != nil {
		return *refused
	}
	r.about(u)
	delete(u.Queues, r.params["queueId"])
	return answer{status: http.StatusNoContent}
}

func (s *Server) member(r *request) (*user, *answer) {
	u := s.world.living(r.params["memberId"])
	if u == nil || u.Queues[r.params["queueId"]] == nil {
		refused := missing("queue member", r.params["memberId"])
		return nil, &refused
	}
	return u, nil
}

// listUserQueues lists queues by the joined parameter, which is true where it is not given: members that are not joined are
// easily overlooked.
func (s *Server) listUserQueues(r *request) answer {
	u := s.world.living(r.params["userId"])
	if u == nil {
		return missing("user", r.params["userId"])
	}
	joined, refused := r.flag("joined", true)
	if refused != nil {
		return *refused
	}
	r.about(u)
	var found []string
	for _, id := range slices.Sorted(maps.Keys(u.Queues)) {
		if u.Queues[id].Joined == joined {
			found = append(found, id)
		}
	}
	return ok(entityListing(r, found, func(id string) object { return s.renderUserQueue(u, id) }))
}

func (s *Server) renderUserQueue(u *user, id string) object {
	body := object{"id": id, "name": s.world.nameOf(KindQueue, id), "selfUri": "/api/v2/routing/queues/" + id}
	if m := u.Queues[id]; m != nil {
		body["joined"] = m.Joined
	}
	return body
}
