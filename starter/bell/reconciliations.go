package bell

import (
	"context"
	"time"

	"muster/names"
)

// reconciliationCheck is how often it is seen to that the workflow of a reconciliation under way runs.
const reconciliationCheck = 30 * time.Second

// StartReconciliation starts the workflow of a reconciliation, unless it runs.
func (b *Bell) StartReconciliation(ctx context.Context, reconciliationID string) error {
	return b.start(ctx, names.ReconcileWorkflowID(reconciliationID), names.WorkflowReconcile,
		"Compares HR, the record and the platform", names.ReconcileInput{ReconciliationID: reconciliationID})
}
