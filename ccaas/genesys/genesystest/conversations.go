package genesystest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// conversation is a live conversation of an account's agent.
type conversation struct {
	ID          string    `json:"id"`
	Media       string    `json:"media"`
	State       string    `json:"state"`
	Queue       string    `json:"queue,omitempty"`
	AfterCallMS int       `json:"after_call_ms,omitempty"`
	AfterCall   bool      `json:"after_call,omitempty"`
	Began       time.Time `json:"began"`
}

// conversationMedia are the media of conversationSummary [API: UserConversationSummary].
var conversationMedia = []string{"call", "callback", "email", "message", "chat", "socialExpression", "video"}

var conversationStates = []string{"alerting", "connected", "held"}

// StartConversation describes a conversation to plant.
type StartConversation struct {
	// Media is one of call, callback, email, message, chat, socialExpression, video; empty means call.
	Media string `json:"media,omitempty"`
	// State is alerting, connected or held; empty means connected.
	State string `json:"state,omitempty"`
	// Queue is the name of the queue it came through; empty for none.
	Queue string `json:"queue,omitempty"`
	// EndsAfterMS ends it by itself; 0 means that only EndConversation does.
	EndsAfterMS int `json:"ends_after_ms,omitempty"`
	// AfterCallMS is the after-call work that follows its end.
	AfterCallMS int `json:"after_call_ms,omitempty"`
}

func (s *Server) startConversation(userID string, start StartConversation) (string, error) {
	u := s.world.living(userID)
	if u == nil {
		return "", unknown("user", userID, "an account that is not deleted")
	}
	c := conversation{
		ID: s.world.newID("conversation"), Media: "call", State: "connected", Queue: start.Queue, AfterCallMS: start.AfterCallMS,
		Began: s.now(),
	}
	if start.Media != "" {
		c.Media = start.Media
	}
	if start.State != "" {
		c.State = start.State
	}
	switch {
	case !slices.Contains(conversationMedia, c.Media):
		return "", unknown("media", c.Media, "one of "+strings.Join(conversationMedia, ", "))
	case !slices.Contains(conversationStates, c.State):
		return "", unknown("state", c.State, "one of "+strings.Join(conversationStates, ", "))
	case start.Queue != "" && s.world.byName(KindQueue, start.Queue) == nil:
		return "", unknown("queue", start.Queue, "a queue of the catalogue")
	case start.EndsAfterMS < 0 || start.AfterCallMS < 0:
		return "", fmt.Errorf("ends_after_ms and after_call_ms: expected zero or more")
	}
	u.Conversation = append(slices.Clone(u.Conversation), c)
	s.settleRouting(u)
	if start.EndsAfterMS > 0 {
		s.later(start.EndsAfterMS, effect{Kind: effectEndConversation, UserID: u.ID, Target: c.ID})
	}
	return c.ID, nil
}

// conversationHolder returns the account that has the conversation.
func (s *Server) conversationHolder(id string) *user {
	for _, u := range s.world.Users {
		if slices.ContainsFunc(u.Conversation, func(c conversation) bool { return c.ID == id }) {
			return u
		}
	}
	return nil
}

// endConversation ends the talking; after-call work follows where there is any.
func (s *Server) endConversation(u *user, id string) {
	live := slices.Clone(u.Conversation)
	at := slices.IndexFunc(live, func(c conversation) bool { return c.ID == id && !c.AfterCall })
	if at < 0 {
		return
	}
	if wrapUp := live[at].AfterCallMS; wrapUp > 0 {
		live[at].AfterCall = true
		s.later(wrapUp, effect{Kind: effectEndAfterCall, UserID: u.ID, Target: id})
	} else {
		live = slices.Delete(live, at, at+1)
	}
	u.Conversation = live
	s.settleRouting(u)
}

func (s *Server) endAfterCall(u *user, id string) {
	u.Conversation = slices.DeleteFunc(slices.Clone(u.Conversation), func(c conversation) bool { return c.ID == id && c.AfterCall })
	s.settleRouting(u)
}

// interacting says whether work is going on; an alerting conversation is not yet work.
func (u *user) interacting() bool {
	return slices.ContainsFunc(u.Conversation, func(c conversation) bool { return c.State != "alerting" })
}

// renderConversationSummary counts per medium what is active and what is in after-call work. All conversations of the
// simulator are the contact centre's.
func (u *user) renderConversationSummary() object {
	body := object{"userId": u.ID}
	for _, media := range conversationMedia {
		active, afterCall := 0, 0
		for _, c := range u.Conversation {
			switch {
			case c.Media != media:
			case c.AfterCall:
				afterCall++
			default:
				active++
			}
		}
		body[media] = object{
			"contactCenter": object{"active": active, "acw": afterCall}, "enterprise": object{"active": 0, "acw": 0},
		}
	}
	return body
}
