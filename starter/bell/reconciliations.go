package bell

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"muster/names"
)

// reconciliationCheck is how often it is seen to that the workflow of a reconciliation under way runs.
const reconciliationCheck = 30 * time.Second

// StartReconciliation starts the workflow of a reconciliation, unless it runs.
func (b *Bell) StartReconciliation(ctx context.Context, reconciliationID string) error {
	workflowID := names.ReconcileWorkflowID(reconciliationID)
	_, err := b.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflowID,
		TaskQueue:                names.QueueMuster,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Compares HR, the record and the platform",
	}, names.WorkflowReconcile, names.ReconcileInput{ReconciliationID: reconciliationID})
	if err != nil {
		return fmt.Errorf("start %s: %w", workflowID, err)
	}
	return nil
}
