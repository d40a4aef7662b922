package genesystest

import (
	"slices"
	"time"
)

// What happens to conversations. Where the platform's behaviour is not documented: an offer that is declined goes back to its
// queue; when the last agent leg of a call ends, the customer stays on the line with nobody; other media end with it.

// disconnect ends one leg. After-call work follows where an agent has served, unless it is skipped.
func (s *Server) disconnect(c *conversation, l *leg, skipWrapUp bool) {
	if l.WrapUp == wrapPending && skipWrapUp {
		l.WrapUp, l.WrapTo = wrapSkipped, s.now()
	}
	if !l.live() {
		return
	}
	served := l.State == legConnected && l.UserID != ""
	l.State, l.Held, l.Ended = legDisconnected, false, s.now()
	switch {
	case !served || c.AfterCallMS == 0:
	case skipWrapUp:
		l.WrapUp, l.WrapFrom, l.WrapTo = wrapSkipped, s.now(), s.now()
	default:
		l.WrapUp, l.WrapFrom = wrapPending, s.now()
		s.later(c.AfterCallMS, effect{Kind: effectEndAfterCall, Target: c.ID, Leg: l.ID})
	}
}

// changed settles what depends on a conversation: its end, the agents' routing status, and, later, analytics.
func (s *Server) changed(c *conversation) {
	if c.Ended.IsZero() && !c.live() {
		c.Ended = s.now()
	}
	for _, l := range c.Legs {
		if u := s.world.byID[l.UserID]; u != nil {
			s.settleRouting(u)
		}
	}
	snapshot := *c
	snapshot.Legs = slices.Clone(c.Legs)
	s.later(s.settings.AnalyticsLagMS, effect{Kind: effectAnalytics, Target: c.ID, Conversation: &snapshot})
}

// endConversation ends it for everybody; after-call work follows where there is any.
func (s *Server) endConversation(c *conversation) {
	for i := range c.Legs {
		s.disconnect(c, &c.Legs[i], false)
	}
	s.changed(c)
}

func (s *Server) endAfterCall(c *conversation, legID string) {
	if l := c.leg(legID); l != nil && l.WrapUp == wrapPending {
		l.WrapUp, l.WrapTo = wrapComplete, s.now()
		s.changed(c)
	}
}

// hangUp ends one leg and what cannot go on without it.
func (s *Server) hangUp(c *conversation, l *leg, skipWrapUp bool) {
	declined := l.State == legAlerting
	queueID, was := l.QueueID, l.live()
	s.disconnect(c, l, skipWrapUp)
	switch {
	case !was:
	case l.Purpose == purposeCustomer:
		s.endConversation(c)
		return
	case declined && queueID != "":
		s.enqueue(c, queueID)
	case !c.served() && c.Media != mediaCall:
		s.endConversation(c)
		return
	}
	s.changed(c)
}

// enqueue puts the conversation into a queue, unless it waits in that one already.
func (s *Server) enqueue(c *conversation, queueID string) {
	for i := range c.Legs {
		if l := &c.Legs[i]; l.Purpose == purposeQueue && l.live() {
			if l.QueueID == queueID {
				return
			}
			s.disconnect(c, l, false)
		}
	}
	c.Legs = append(c.Legs, s.newLeg(purposeQueue, "", queueID, legConnected))
}

// toQueue replaces an agent's leg by a queue. A callback then is nobody's own.
func (s *Server) toQueue(c *conversation, legID, queueID string) {
	l := c.leg(legID)
	if l == nil || !l.live() {
		return
	}
	s.disconnect(c, l, false)
	c.AgentOwned = false
	s.enqueue(c, queueID)
	s.changed(c)
}

// toAgent replaces an agent's leg by another agent, whom it alerts. A scheduled callback stays scheduled, for the other one.
func (s *Server) toAgent(c *conversation, legID, userID string) {
	l := c.leg(legID)
	if l == nil || !l.live() {
		return
	}
	state := legAlerting
	if l.State == legScheduled {
		state = legScheduled
	}
	purpose, queueID := l.Purpose, l.QueueID
	s.disconnect(c, l, false)
	c.Legs = append(c.Legs, s.newLeg(purpose, userID, queueID, state))
	s.world.indexLegs(c)
	s.changed(c)
}

// dropConversations cuts an account's connections, as the end of its sessions does. What is scheduled needs none.
func (s *Server) dropConversations(u *user) {
	for _, c := range slices.Clone(s.world.byAgent[u.ID]) {
		for i := range c.Legs {
			if l := &c.Legs[i]; l.UserID == u.ID && l.State != legScheduled && (l.live() || l.WrapUp == wrapPending) {
				s.hangUp(c, l, true)
			}
		}
	}
}

// ConversationFilter selects conversations; empty fields select everything.
type ConversationFilter struct {
	// AgentID is an account that has or had it in hands.
	AgentID string
	// State is one of ConversationTruth's.
	State string
}

// ConversationTruth is where a conversation really is now.
type ConversationTruth struct {
	ID    string `json:"id"`
	Media string `json:"media"`
	// State is, of who has it: alerting, connected, held, scheduled; queued: it waits in Queue; unattended: a customer is left with
	// neither agent nor queue; acw: only after-call work is left; ended.
	State string `json:"state"`
	// Queue is the name of the queue in which it waits or through which the agent got it; empty for none.
	Queue string `json:"queue"`
	// AgentID is the account that has it, in after-call work, too; empty for nobody.
	AgentID    string    `json:"agent_id"`
	AgentOwned bool      `json:"agent_owned"`
	Began      time.Time `json:"began"`
	Ended      time.Time `json:"ended,omitzero"`
}

// Where a conversation is when no agent talks [ConversationTruth.State].
const (
	truthQueued     = "queued"
	truthUnattended = "unattended"
	truthAfterCall  = "acw"
	truthEnded      = "ended"
)

func (s *Server) conversationTruth(c *conversation) ConversationTruth {
	t := ConversationTruth{ID: c.ID, Media: c.Media, State: truthEnded, AgentOwned: c.AgentOwned, Began: c.Began, Ended: c.Ended}
	rank := -1
	for _, l := range c.Legs {
		state, weight := l.truth()
		if weight <= rank {
			continue
		}
		rank = weight
		t.State, t.AgentID, t.Queue = state, l.UserID, ""
		if l.QueueID != "" {
			t.Queue = s.world.nameOf(KindQueue, l.QueueID)
		}
	}
	return t
}

// truth is what a leg says about its conversation, and how much that counts against what other legs say.
func (l leg) truth() (state string, weight int) {
	switch {
	case l.live() && l.UserID != "" && l.Held:
		return startHeld, 4
	case l.live() && l.UserID != "":
		return l.State, 4
	case l.live() && l.Purpose == purposeQueue:
		return truthQueued, 3
	case l.live():
		return truthUnattended, 2
	case l.WrapUp == wrapPending:
		return truthAfterCall, 1
	default:
		return truthEnded, 0
	}
}

func (s *Server) conversationTruths(filter ConversationFilter) []ConversationTruth {
	found := []ConversationTruth{}
	for _, c := range s.world.Conversations {
		t := s.conversationTruth(c)
		took := slices.ContainsFunc(c.Legs, func(l leg) bool { return l.UserID == filter.AgentID })
		if (filter.AgentID == "" || took) && (filter.State == "" || t.State == filter.State) {
			found = append(found, t)
		}
	}
	return found
}
