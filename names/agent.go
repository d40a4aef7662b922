package names

// AgentInput is what the mailbox is started with: whoever rings a mailbox that is not running starts it with this.
type AgentInput struct {
	// PersonID is the person whose mailbox it is.
	PersonID string `json:"person_id"`
}
