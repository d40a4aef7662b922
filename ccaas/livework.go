package ccaas

// LiveWork is one conversation that an agent has in hands. IDs are the platform's. One agent may have several, in several
// media, and one conversation twice (a leg in after-call work beside a new one).
type LiveWork struct {
	ConversationID string
	// ParticipantID is the agent's own leg in the conversation.
	ParticipantID string
	// Media is call, callback, email, message, chat, socialExpression or video.
	Media string
	// QueueID is the queue it came through; empty when it is not work of a queue.
	QueueID string
	// State is one of the Work states.
	State string
	// AgentOwned says that it is a callback which belongs to this agent: nobody else is offered it.
	AgentOwned bool
}

// States of live work.
const (
	WorkAlerting  = "alerting"  // offered, not taken: it ends by an answer, a timeout or a disconnection
	WorkConnected = "connected" // a customer is being served
	WorkHeld      = "held"      // on hold or parked by the agent
	WorkAfterCall = "acw"       // the customer is gone, the agent finishes: nobody can take it over, it can only be ended
	WorkScheduled = "scheduled" // a callback for later; the platform does not count it as live
)
