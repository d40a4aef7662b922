package ccaas

import "time"

// Conversation is one conversation that an agent had a part in, as the platform's history has it. IDs are the platform's. Its
// JSON is the form in which archives keep it.
type Conversation struct {
	ID        string    `json:"id"`
	StartedAt time.Time `json:"started_at"`        // UTC, of the conversation, not of the agent's part in it
	EndedAt   time.Time `json:"ended_at,omitzero"` // zero: it had not ended when it was read
	// Media are those of the agent's part, sorted: call, callback, chat, email, message, video, or what the platform says.
	Media []string `json:"media"`
	// QueueIDs are the queues through which it came to the agent, sorted; empty when it was not work of a queue.
	QueueIDs []string `json:"queue_ids,omitempty"`
	// Recorded says that the platform recorded sound or screen in it. The history has no ids of recordings: they are found on the
	// platform by the conversation's id, as long as it keeps them.
	Recorded bool `json:"recorded,omitempty"`
}
