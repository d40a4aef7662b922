package bell

import (
	"context"
	"time"

	"muster/names"
)

// rolloutCheck is how often it is seen to that the workflow of a rollout under way runs.
const rolloutCheck = 30 * time.Second

// StartRollout starts the workflow of a rollout, unless it runs.
func (b *Bell) StartRollout(ctx context.Context, rolloutID string) error {
	return b.start(ctx, names.RolloutWorkflowID(rolloutID), names.WorkflowRollout,
		"Brings a change of the mapping registry to everybody whom it concerns", names.RolloutInput{RolloutID: rolloutID})
}
