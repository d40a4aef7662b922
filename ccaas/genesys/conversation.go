package genesys

import (
	"slices"

	"muster/ccaas"
)

// listedConversation is definition AnalyticsConversationWithoutAttributes. Only analytics says whether a callback is the
// agent's own.
type listedConversation struct {
	ID           string `json:"conversationId"`
	Participants []struct {
		UserID   string `json:"userId"`
		Sessions []struct {
			AgentOwned bool `json:"agentOwned"`
		} `json:"sessions"`
	} `json:"participants"`
}

// agentOwned says whether it is a callback that belongs to the user.
func (l listedConversation) agentOwned(userID string) bool {
	for _, participant := range l.Participants {
		for _, session := range participant.Sessions {
			if participant.UserID == userID && session.AgentOwned {
				return true
			}
		}
	}
	return false
}

// conversation is definition Conversation.
type conversation struct {
	ID           string        `json:"id"`
	Participants []participant `json:"participants"`
}

// participant is definition Participant: one leg of a conversation, with a list of communications per medium.
type participant struct {
	ID        string `json:"id"`
	UserID    string `json:"userId"`
	QueueID   string `json:"queueId"`
	Purpose   string `json:"purpose"`
	Monitored string `json:"monitoredParticipantId"`
	Coached   string `json:"coachedParticipantId"`
	Barged    string `json:"bargedParticipantId"`
	// After-call work began and ended; where the communication says more, that counts.
	AfterCallFrom string `json:"startAcwTime"`
	AfterCallTo   string `json:"endAcwTime"`

	Calls             []communication `json:"calls"`
	Callbacks         []communication `json:"callbacks"`
	Emails            []communication `json:"emails"`
	Messages          []communication `json:"messages"`
	Chats             []communication `json:"chats"`
	SocialExpressions []communication `json:"socialExpressions"`
	Videos            []communication `json:"videos"`
}

// communication is what the definitions Call, Callback, Email, Message, ConversationChat, SocialExpression and Video share.
type communication struct {
	State     string `json:"state"`
	Held      bool   `json:"held"`
	AfterCall struct {
		State string `json:"state"`
	} `json:"afterCallWork"`
}

// communications by the media of conversationSummary, calls last: a callback that is being made has a call beside it on
// the same leg and is handed over as what it is.
func (p participant) communications() []struct {
	media string
	all   []communication
} {
	return []struct {
		media string
		all   []communication
	}{
		{"callback", p.Callbacks},
		{"email", p.Emails},
		{"message", p.Messages},
		{"chat", p.Chats},
		{"socialExpression", p.SocialExpressions},
		{"video", p.Videos},
		{"call", p.Calls},
	}
}

// agentPurposes are the purposes of a leg on which somebody works: work of a queue, and calls of the person itself.
var agentPurposes = []string{"agent", "user"}

// workOf lists the legs of the user that are live. The second result says that the user only listens in (monitors, coaches
// or has barged in), which counts as live and is nothing that anybody has to take over.
func (c conversation) workOf(userID string, agentOwned bool) (work []ccaas.LiveWork, listensIn bool) {
	for _, leg := range c.Participants {
		media, state := leg.liveState()
		switch {
		case leg.UserID != userID || state == "" || !slices.Contains(agentPurposes, leg.Purpose):
		case leg.Monitored != "" || leg.Coached != "" || leg.Barged != "":
			listensIn = true
		default:
			work = append(work, ccaas.LiveWork{
				ConversationID: c.ID, ParticipantID: leg.ID, Media: media, QueueID: leg.QueueID, State: state,
				AgentOwned: agentOwned,
			})
		}
	}
	return work, listensIn
}

// liveState returns the medium and the state of a leg; an empty state means that it has ended. A leg that talks counts as
// talking even while after-call work of an earlier communication is open.
func (p participant) liveState() (media, state string) {
	for _, each := range p.communications() {
		for _, one := range each.all {
			if found := one.liveState(); found != "" {
				return each.media, found
			}
		}
	}
	for _, each := range p.communications() {
		for _, one := range each.all {
			if p.afterCall(one) {
				return each.media, ccaas.WorkAfterCall
			}
		}
	}
	return "", ""
}

// liveState is the port's name of a communication's state; empty when it has ended.
func (c communication) liveState() string {
	switch c.State {
	case "", "disconnected", "terminated", "none":
		return ""
	case "alerting", "offering":
		return ccaas.WorkAlerting
	case "scheduled":
		return ccaas.WorkScheduled
	case "parked":
		return ccaas.WorkHeld
	default: // connected, and what leads to it: dialing, contacting, converting, uploading, transmitting
		if c.Held {
			return ccaas.WorkHeld
		}
		return ccaas.WorkConnected
	}
}

func (p participant) afterCall(c communication) bool {
	switch c.AfterCall.State {
	case "pending":
		return true
	case "notApplicable", "skipped", "complete":
		return false
	default:
		return p.AfterCallFrom != "" && p.AfterCallTo == ""
	}
}
