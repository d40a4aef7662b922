package names

// RolloutInput is what the workflow of a rollout is started with: whoever finds that it does not run starts it with this.
type RolloutInput struct {
	RolloutID string `json:"rollout_id"`
}
