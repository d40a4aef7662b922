package bell

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"muster/names"
)

// rolloutCheck is how often it is seen to that the workflow of a rollout under way runs.
const rolloutCheck = 30 * time.Second

// StartRollout starts the workflow of a rollout, unless it runs.
func (b *Bell) StartRollout(ctx context.Context, rolloutID string) error {
	workflowID := names.RolloutWorkflowID(rolloutID)
	_, err := b.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflowID,
		TaskQueue:                names.QueueMuster,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Brings a change of the mapping registry to everybody whom it concerns",
	}, names.WorkflowRollout, names.RolloutInput{RolloutID: rolloutID})
	if err != nil {
		return fmt.Errorf("start %s: %w", workflowID, err)
	}
	return nil
}
