package bell

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"muster/names"
)

// start starts a workflow unless it runs; one that has ended is started again under the same ID.
func (b *Bell) start(ctx context.Context, workflowID, workflowType, summary string, input any) error {
	_, err := b.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflowID,
		TaskQueue:                names.QueueMuster,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            summary,
	}, workflowType, input)
	if err != nil {
		return fmt.Errorf("start %s: %w", workflowID, err)
	}
	return nil
}
