package carryout

import (
	"context"
	"fmt"

	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// deltasPerPage is how many deltas are repaired before it is looked for the next.
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
	carried, after := 0, int64(0)
	for {
		deltas, err := c.Store.UndoneDeltas(ctx, id, repaired, after, deltasPerPage)
		if err != nil {
			return lifecycle.ReconciliationStep{}, err
		}
		for _, delta := range deltas {
			after = delta.ID
			done, err := c.carry(ctx, run, delta)
			if err != nil {
				return lifecycle.ReconciliationStep{}, fmt.Errorf("carry out delta %d: %w", delta.ID, err)
			}
			if done {
				carried++
			}
		}
		if len(deltas) < deltasPerPage {
			return lifecycle.ReconciliationStep{Note: fmt.Sprintf("%d deltas are being repaired", carried)}, nil
		}
	}
}

// carry repairs one delta and records what became of it, the history of what is put back first: the outcome says that the rest is there.
func (c *Carryout) carry(ctx context.Context, run store.Reconciliation, row store.Delta) (done bool, err error) {
	delta, err := reconcile.DeltaOf(row)
	if err != nil {
		return false, err
	}
	outcome, err := c.Remedy.Carry(ctx, run, row, run.Modes[row.DeltaType])
	if err != nil || outcome.Outcome == "" {
		return false, err
	}
	if outcome.Outcome == store.DeltaRung {
		if err := c.Store.AddPutBacks(ctx, delta.PutBackRows()); err != nil {
			return false, err
		}
	}
	outcome.DeltaID = row.ID
	return true, c.Store.AddDeltaOutcome(ctx, outcome)
}
