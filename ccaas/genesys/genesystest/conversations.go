package genesystest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// conversation has legs, as the platform has it: the customer, the queue while one waits in it, and agents.
type conversation struct {
	ID          string    `json:"id"`
	Media       string    `json:"media"`
	AgentOwned  bool      `json:"agent_owned,omitempty"`
	AfterCallMS int       `json:"after_call_ms,omitempty"`
	Began       time.Time `json:"began"`
	Ended       time.Time `json:"ended,omitzero"`
	Recorded    bool      `json:"recorded,omitempty"`
	Legs        []leg     `json:"legs"`
}

// leg is a participant of a conversation.
type leg struct {
	ID       string    `json:"id"`
	Purpose  string    `json:"purpose"`
	UserID   string    `json:"user_id,omitempty"`
	QueueID  string    `json:"queue_id,omitempty"`
	State    string    `json:"state"`
	Held     bool      `json:"held,omitempty"`
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended,omitzero"`
	WrapUp   string    `json:"wrap_up,omitempty"` // state of after-call work; empty when there is none
	WrapFrom time.Time `json:"wrap_from,omitzero"`
	WrapTo   time.Time `json:"wrap_to,omitzero"`
}

// Purposes of legs [API: Participant.purpose].
const (
	purposeCustomer = "customer"
	purposeQueue    = "acd"
	purposeAgent    = "agent" // with work of a queue
	purposeUser     = "user"  // with a conversation of its own
)

// States of legs and of after-call work [API: Callback.state, AfterCallWork.state].
const (
	legAlerting     = "alerting"
	legConnected    = "connected"
	legScheduled    = "scheduled"
	legDisconnected = "disconnected"

	wrapPending  = "pending"
	wrapSkipped  = "skipped"
	wrapComplete = "complete"
)

const (
	mediaCall     = "call"
	mediaCallback = "callback"
	mediaVideo    = "video"

	startHeld = "held"
)

// conversationMedia are the media of conversationSummary [API: UserConversationSummary].
var conversationMedia = []string{mediaCall, mediaCallback, "email", "message", "chat", "socialExpression", mediaVideo}

var conversationStates = []string{legAlerting, legConnected, startHeld, legScheduled}

// StartConversation describes a conversation to plant.
type StartConversation struct {
	// Media is one of call, callback, email, message, chat, socialExpression, video; empty means call.
	Media string `json:"media,omitempty"`
	// State is alerting, connected, held (not for video) or scheduled (callbacks only); empty means connected, for an agent-owned
	// callback scheduled.
	State string `json:"state,omitempty"`
	// Queue is the name of the queue it came through; empty for none: a conversation of the agent itself, not of the contact
	// centre.
	Queue string `json:"queue,omitempty"`
	// AgentOwned makes it a callback that belongs to this agent.
	AgentOwned bool `json:"agent_owned,omitempty"`
	// BeganAgoMS is how long ago it began; 0 means now.
	BeganAgoMS int64 `json:"began_ago_ms,omitempty"`
	// Recorded makes the platform record the agent's sound in it.
	Recorded bool `json:"recorded,omitempty"`
	// EndsAfterMS ends it by itself, wherever it is by then; 0 means that only EndConversation does.
	EndsAfterMS int `json:"ends_after_ms,omitempty"`
	// AfterCallMS is the after-call work that follows on each leg on which an agent has served.
	AfterCallMS int `json:"after_call_ms,omitempty"`
}

func (start StartConversation) check(s *Server) error {
	switch {
	case !slices.Contains(conversationMedia, start.Media):
		return unknown("media", start.Media, "one of "+strings.Join(conversationMedia, ", "))
	case !slices.Contains(conversationStates, start.State):
		return unknown("state", start.State, "one of "+strings.Join(conversationStates, ", "))
	case start.State == legScheduled && start.Media != mediaCallback:
		return unknown("state", start.State, "a callback, other media are not scheduled")
	case start.State == startHeld && start.Media == mediaVideo:
		return unknown("state", start.State, "another medium, video is not held")
	case start.AgentOwned && start.Media != mediaCallback:
		return unknown("media", start.Media, "callback for what is agent-owned")
	case start.Queue != "" && s.world.byName(KindQueue, start.Queue) == nil:
		return unknown("queue", start.Queue, "a queue of the catalogue")
	case start.EndsAfterMS < 0 || start.AfterCallMS < 0 || start.BeganAgoMS < 0:
		return fmt.Errorf("ends_after_ms, after_call_ms and began_ago_ms: expected zero or more")
	}
	return nil
}

func (s *Server) startConversation(userID string, start StartConversation) (string, error) {
	u := s.world.living(userID)
	if u == nil {
		return "", unknown("user", userID, "an account that is not deleted")
	}
	if start.Media == "" {
		start.Media = mediaCall
	}
	if start.State == "" {
		start.State = legConnected
		if start.AgentOwned {
			start.State = legScheduled
		}
	}
	if err := start.check(s); err != nil {
		return "", err
	}
	c := &conversation{
		ID: s.world.newID("conversation"), Media: start.Media, AgentOwned: start.AgentOwned, AfterCallMS: start.AfterCallMS,
		Began: s.now().Add(-time.Duration(start.BeganAgoMS) * time.Millisecond), Recorded: start.Recorded,
	}
	if start.State != legScheduled {
		c.Legs = append(c.Legs, s.newLeg(purposeCustomer, "", "", legConnected))
	}
	purpose, queueID := purposeUser, ""
	if start.Queue != "" {
		purpose, queueID = purposeAgent, ID(KindQueue, start.Queue)
		waited := s.newLeg(purposeQueue, "", queueID, legDisconnected)
		waited.Ended = s.now()
		if start.State == legAlerting { // the queue keeps it until the agent has answered
			waited.State, waited.Ended = legConnected, time.Time{}
		}
		c.Legs = append(c.Legs, waited)
	}
	state := start.State
	if state == startHeld {
		state = legConnected
	}
	served := s.newLeg(purpose, u.ID, queueID, state)
	served.Held = start.State == startHeld
	c.Legs = append(c.Legs, served)
	for i := range c.Legs {
		if c.Legs[i].Began = c.Began; !c.Legs[i].live() {
			c.Legs[i].Ended = c.Began // it waited for no time at all
		}
	}
	s.world.addConversation(c)
	s.changed(c)
	if start.EndsAfterMS > 0 {
		s.later(start.EndsAfterMS, effect{Kind: effectEndConversation, Target: c.ID})
	}
	return c.ID, nil
}

func (s *Server) newLeg(purpose, userID, queueID, state string) leg {
	return leg{
		ID: s.world.newID("participant"), Purpose: purpose, UserID: userID, QueueID: queueID, State: state, Began: s.now(),
	}
}

func (w *world) addConversation(c *conversation) {
	w.Conversations = append(w.Conversations, c)
	w.conversations[c.ID] = c
	w.indexLegs(c)
}

// indexLegs notes who takes or has taken part in a conversation.
func (w *world) indexLegs(c *conversation) {
	for _, l := range c.Legs {
		if l.UserID != "" && !slices.Contains(w.byAgent[l.UserID], c) {
			w.byAgent[l.UserID] = append(w.byAgent[l.UserID], c)
		}
	}
}

func (c *conversation) leg(id string) *leg {
	for i := range c.Legs {
		if c.Legs[i].ID == id {
			return &c.Legs[i]
		}
	}
	return nil
}

func (l leg) live() bool { return l.State != legDisconnected }

// live says whether anybody, the queue included, is still in it. After-call work is not.
func (c *conversation) live() bool { return slices.ContainsFunc(c.Legs, leg.live) }

// served says whether an agent is on it, alerting or scheduled included.
func (c *conversation) served() bool {
	return slices.ContainsFunc(c.Legs, func(l leg) bool { return l.UserID != "" && l.live() })
}

// legsOf lists what an account has in hands: live legs and those in after-call work.
func (s *Server) legsOf(u *user) (legs []leg, media []string) {
	for _, c := range s.world.byAgent[u.ID] {
		for _, l := range c.Legs {
			if l.UserID == u.ID && (l.live() || l.WrapUp == wrapPending) {
				legs, media = append(legs, l), append(media, c.Media)
			}
		}
	}
	return legs, media
}

// interacting says whether work is going on; what alerts or is scheduled is not yet work.
func (s *Server) interacting(u *user) bool {
	legs, _ := s.legsOf(u)
	return slices.ContainsFunc(legs, func(l leg) bool { return l.State == legConnected || l.WrapUp == wrapPending })
}

// liveCount counts what conversationSummary counts: everything but what is scheduled for later.
func (s *Server) liveCount(u *user) int {
	legs, _ := s.legsOf(u)
	return len(slices.DeleteFunc(legs, func(l leg) bool { return l.State == legScheduled }))
}

// renderConversationSummary counts per medium what is active and what is in after-call work; what came through no queue is
// the enterprise's.
func (s *Server) renderConversationSummary(u *user) object {
	body := object{"userId": u.ID}
	legs, medium := s.legsOf(u)
	for _, media := range conversationMedia {
		counts := map[string]map[string]int{"contactCenter": {"active": 0, "acw": 0}, "enterprise": {"active": 0, "acw": 0}}
		for i, l := range legs {
			side, phase := "contactCenter", "active"
			if l.Purpose == purposeUser {
				side = "enterprise"
			}
			if !l.live() {
				phase = "acw"
			}
			if medium[i] == media && l.State != legScheduled {
				counts[side][phase]++
			}
		}
		body[media] = counts
	}
	return body
}
