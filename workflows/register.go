// Package workflows holds the durable procedures: the person's mailbox (Agent) and the operations it starts (Hire, Transfer,
// Termination, Erasure). They decide nothing about HR, mapping or the platform themselves and do no I/O: they ask activities, wait for
// people and for time, and show what they are doing.
package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"muster/names"
)

// Register registers every workflow under its explicit name.
func Register(registry worker.WorkflowRegistry) {
	for name, definition := range map[string]any{
		names.WorkflowAgent:            Agent,
		names.WorkflowHire:             Hire,
		names.WorkflowTransfer:         Transfer,
		names.WorkflowTermination:      Termination,
		names.WorkflowErasure:          Erasure,
		names.WorkflowRollout:          Rollout,
		names.WorkflowAdopt:            Adopt,
		names.WorkflowReconcile:        Reconcile,
		names.WorkflowReconcileNightly: ReconcileNightly,
	} {
		registry.RegisterWorkflowWithOptions(definition, workflow.RegisterOptions{Name: name})
	}
}
