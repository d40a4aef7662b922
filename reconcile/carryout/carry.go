package carryout

import (
	"context"
	"fmt"

	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// deltasPerPage is how many deltas are read at once.
const deltasPerPage = 100

// CarryOut repairs the deltas whose type is in mode repair. The others have been recorded, or counted, already.
func (c *Carryout) CarryOut(ctx context.Context, in names.ReconcileInput) (lifecycle.ReconciliationStep, error) {
	return step(ctx, func(ctx context.Context) (lifecycle.ReconciliationStep, error) {
		return c.carryOut(ctx, in.ReconciliationID)
	})
}

func (c *Carryout) carryOut(ctx context.Context, id string) (lifecycle.ReconciliationStep, error) {
	run, err := c.Store.Reconciliation(ctx, id)
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	var repaired []string
	for _, t := range deltaTypes() {
		if run.Modes[t] == store.ModeRepair {
			repaired = append(repaired, t)
		}
	}
	switch {
	case len(repaired) == 0:
		return lifecycle.ReconciliationStep{Note: "nothing is repaired: no type is in mode repair"}, nil
	case c.Remedy == nil:
		return lifecycle.ReconciliationStep{Note: "nothing is repaired: this worker only reports"}, nil
	}
	carried := 0
	for _, t := range repaired {
		n, err := c.repair(ctx, run, t)
		if err != nil {
			return lifecycle.ReconciliationStep{}, err
		}
		carried += n
	}
	return lifecycle.ReconciliationStep{Note: fmt.Sprintf("%d deltas are being repaired", carried)}, nil
}

// repair has the deltas of a type carried out, also those that were before a crash: whoever was to be rung then may not have been.
func (c *Carryout) repair(ctx context.Context, run store.Reconciliation, deltaType string) (carried int, err error) {
	for cursor := ""; ; {
		rows, next, err := c.Store.Deltas(ctx, store.DeltaFilter{ReconciliationID: run.ID, DeltaType: deltaType, Cursor: cursor, Limit: deltasPerPage})
		if err != nil {
			return carried, err
		}
		for _, row := range rows {
			done, err := c.carry(ctx, run, row)
			if err != nil {
				return carried, fmt.Errorf("carry out delta %d: %w", row.ID, err)
			}
			if done {
				carried++
			}
		}
		if cursor = next; cursor == "" {
			return carried, nil
		}
	}
}

func (c *Carryout) carry(ctx context.Context, run store.Reconciliation, row store.Delta) (done bool, err error) {
	delta, err := reconcile.DeltaOf(row)
	if err != nil {
		return false, err
	}
	remedied, err := c.Remedy.Carry(ctx, run.ID, delta, run.Modes[row.DeltaType])
	if err != nil {
		return false, err
	}
	if remedied.RingWorkflow != "" {
		if err := c.Temporal.Ring(ctx, remedied.RingWorkflow); err != nil {
			return false, fmt.Errorf("ring %s: %w", remedied.RingWorkflow, err)
		}
	}
	return remedied.Outcome != "", nil
}
