package genesystest

import "net/http"

// Codes of refusals on conversations [README: the codes of the 2018 specification]; the calls of today list none.
const (
	codeNotConnected   = "conversations.error.transfer.not.connected"
	codeNoQueue        = "conversations.error.queue.not.found"
	codeNotParticipant = "conversation.error.not.conversation.participant"
	codeNothingActive  = "conversation.error.participant.no.active.conversations"
)

// communicationsOf are the lists of a participant by medium [API: Participant].
var communicationsOf = map[string]string{
	mediaCall: "calls", mediaCallback: "callbacks", "email": "emails", "message": "messages", "chat": "chats",
	"socialExpression": "socialExpressions", mediaVideo: "videos",
}

// getConversation finds ended conversations, too.
func (s *Server) getConversation(r *request) answer {
	c := s.world.conversations[r.params["conversationId"]]
	if c == nil {
		return missing("conversation", r.params["conversationId"])
	}
	s.aboutLegs(r, c)
	state := legConnected
	if !c.live() {
		state = legDisconnected
	}
	body := object{
		"id": c.ID, "startTime": stamp(c.Began), "state": state, "recordingState": "NONE",
		"participants": renderAll(c.Legs, func(l leg) object { return s.renderLeg(c, l) }),
		"selfUri":      "/api/v2/conversations/" + c.ID,
	}
	if !c.Ended.IsZero() {
		body["endTime"] = stamp(c.Ended)
	}
	return ok(body)
}

func (s *Server) aboutLegs(r *request, c *conversation) {
	for _, l := range c.Legs {
		if u := s.world.byID[l.UserID]; u != nil && (l.live() || l.WrapUp == wrapPending) {
			r.about(u)
		}
	}
}

func (s *Server) renderLeg(c *conversation, l leg) object {
	communication := object{"id": ID("communication", l.ID), "state": l.State}
	if l.Held {
		communication["held"] = true
	}
	body := object{
		"id": l.ID, "startTime": stamp(l.Began), "purpose": l.Purpose,
		"wrapupRequired": l.UserID != "" && c.AfterCallMS > 0, communicationsOf[c.Media]: []object{communication},
	}
	if l.State != legAlerting && l.State != legScheduled {
		body["connectedTime"] = stamp(l.Began)
	}
	if !l.live() {
		body["endTime"] = stamp(l.Ended)
	}
	if l.UserID != "" {
		body["userId"], body["userUri"] = l.UserID, "/api/v2/users/"+l.UserID
	}
	if l.QueueID != "" {
		body["queueId"], body["queueName"] = l.QueueID, s.world.nameOf(KindQueue, l.QueueID)
	}
	if l.WrapUp != "" {
		work := object{"state": l.WrapUp, "startTime": stamp(l.WrapFrom)}
		body["startAcwTime"], body["wrapupSkipped"] = stamp(l.WrapFrom), l.WrapUp == wrapSkipped
		if l.WrapUp != wrapPending {
			work["endTime"], body["endAcwTime"] = stamp(l.WrapTo), stamp(l.WrapTo)
		}
		communication["afterCallWork"] = work
	}
	return body
}

// addressed finds the leg a request is about.
func (s *Server) addressed(r *request) (*conversation, *leg, *answer) {
	c := s.world.conversations[r.params["conversationId"]]
	if c == nil {
		refused := missing("conversation", r.params["conversationId"])
		return nil, nil, &refused
	}
	l := c.leg(r.params["participantId"])
	if l == nil {
		refused := fail(http.StatusNotFound, codeNotParticipant, "User is not a participant in the conversation.")
		return nil, nil, &refused
	}
	s.aboutLegs(r, c)
	return c, l, nil
}

// patchParticipant models the end of a leg and of its after-call work. It is accepted before it is effective.
func (s *Server) patchParticipant(r *request) answer {
	var body struct {
		State         string `json:"state"`
		WrapUpSkipped bool   `json:"wrapupSkipped"`
	}
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	c, l, refused := s.addressed(r)
	switch {
	case refused != nil:
		return *refused
	case body.State != "" && body.State != legDisconnected:
		return badField("state", "Value [%s] is not a state this simulator lets a participant be set to", body.State)
	case body.State == "" && !body.WrapUpSkipped:
		return badRequest("the request changes nothing")
	case !l.live() && (l.WrapUp != wrapPending || !body.WrapUpSkipped):
		return fail(http.StatusBadRequest, codeNothingActive, "Participant has no active conversations")
	case l.live() && body.State == "":
		return badField("wrapupSkipped", "the participant has no after-call work yet")
	}
	s.later(s.settings.ConversationLagMS, effect{Kind: effectHangUp, Target: c.ID, Leg: l.ID, On: body.WrapUpSkipped})
	return accepted(nil)
}

// transferBody is what TransferToQueueRequest and TransferToAgentRequest share.
type transferBody struct {
	TransferType string `json:"transferType"`
	KeepAlive    bool   `json:"keepInternalMessageAlive"`
}

// check refuses what the platform refuses, and attended transfers, which are not modelled. What alerts cannot be
// transferred [README: codes of 2018]; that a scheduled callback can is this simulator's choice.
func (b transferBody) check(l *leg) *answer {
	var refused answer
	switch {
	case b.TransferType != "Unattended":
		refused = badField("transferType", "Value [%s] is not a transfer this simulator models: Unattended", b.TransferType)
	case l.UserID == "" || l.State != legConnected && l.State != legScheduled:
		refused = fail(http.StatusBadRequest, codeNotConnected, "You can only transfer conversations that are in the connected state.")
	default:
		return nil
	}
	return &refused
}

// replaceByQueue and replaceByAgent answer as the media forms of these calls do; their own status is not recorded.
func (s *Server) replaceByQueue(r *request) answer {
	var body struct {
		transferBody
		QueueID   string `json:"queueId"`
		QueueName string `json:"queueName"`
	}
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	c, l, refused := s.addressed(r)
	if refused == nil {
		refused = body.check(l)
	}
	switch {
	case refused != nil:
		return *refused
	case body.QueueID == "" && s.world.byName(KindQueue, body.QueueName) != nil:
		body.QueueID = s.world.byName(KindQueue, body.QueueName).ID
	case s.world.construct(KindQueue, body.QueueID) == nil:
		return fail(http.StatusBadRequest, codeNoQueue, "Interaction cannot be transferred to a queue that does not exist.")
	}
	s.later(s.settings.ConversationLagMS, effect{Kind: effectToQueue, Target: c.ID, Leg: l.ID, To: body.QueueID})
	return accepted(nil)
}

func (s *Server) replaceByAgent(r *request) answer {
	var body struct {
		transferBody
		UserID      string  `json:"userId"`
		UserName    ignored `json:"userName"`
		DisplayName ignored `json:"userDisplayName"`
		VoiceMail   bool    `json:"voicemail"`
	}
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	c, l, refused := s.addressed(r)
	if refused == nil {
		refused = body.check(l)
	}
	taker := s.world.living(body.UserID)
	switch {
	case refused != nil:
		return *refused
	case body.VoiceMail:
		return badField("voicemail", "this simulator has no voicemail")
	case taker == nil || taker.State != stateActive || taker.ID == l.UserID:
		return badField("userId", "%s is not another active user", body.UserID)
	}
	r.about(taker)
	s.later(s.settings.ConversationLagMS, effect{Kind: effectToAgent, Target: c.ID, Leg: l.ID, To: taker.ID})
	return accepted(nil)
}
