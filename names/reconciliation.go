package names

// The reconciliation: its workflow, the one that the Schedule starts, and its activities.
const (
	WorkflowReconcileNightly = "ReconcileNightly"
	// ScheduleReconcile is the ID of the Schedule, and the beginning of the IDs of the workflows that it starts.
	ScheduleReconcile = "reconcile-nightly"
	// QueueReconcile carries what a reconciliation asks of the platform, in the lowest lane: it waits while access is being cut.
	QueueReconcile = "muster-reconcile"

	ActivityBeginReconciliation   = "BeginReconciliation"
	ActivityReadRosters           = "ReadHRRosters"
	ActivityReadPlatform          = "ReadPlatformRoster"
	ActivityCompare               = "Compare"
	ActivityConfirm               = "ConfirmByID"
	ActivityReconcilePerson       = "ReconcilePerson"
	ActivityCarryOutDeltas        = "CarryOutDeltas"
	ActivityEndReconciliation     = "EndReconciliation"
	reconcileWorkflowIDBeginsWith = "reconcile/"
)

// ReconcileInput is what the workflow of a reconciliation is started with. Whoever starts it by hand has recorded it before.
type ReconcileInput struct {
	ReconciliationID string `json:"reconciliation_id"`
}

// ReconcileWorkflowID is the ID of the workflow of a reconciliation.
func ReconcileWorkflowID(reconciliationID string) string {
	return reconcileWorkflowIDBeginsWith + reconciliationID
}
