package carryout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// Person reconciles one person: with the last good rosters and with their account as it is now, read by its id.
func (c *Carryout) Person(ctx context.Context, in names.ReconcileInput) (lifecycle.ReconciliationStep, error) {
	return step(ctx, func(ctx context.Context) (lifecycle.ReconciliationStep, error) {
		return c.person(ctx, in.ReconciliationID)
	})
}

func (c *Carryout) person(ctx context.Context, id string) (lifecycle.ReconciliationStep, error) {
	compared, err := c.Store.Compared(ctx, id)
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	if !compared {
		if err := c.comparePerson(ctx, id); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return noRegistry(err)
			}
			return lifecycle.ReconciliationStep{}, err
		}
	}
	return c.confirm(ctx, id)
}

// comparePerson keeps the person as somebody to be read by id: the rest is as for everybody.
func (c *Carryout) comparePerson(ctx context.Context, id string) error {
	if _, err := c.registry(ctx, c.Now()); err != nil {
		return err
	}
	run, err := c.Store.Reconciliation(ctx, id)
	if err != nil {
		return err
	}
	verdicts, err := c.goodRosters(ctx)
	if err != nil {
		return err
	}
	if err := c.Store.NoteSources(ctx, id, verdicts); err != nil {
		return err
	}
	if err := c.Store.BeginComparing(ctx, id); err != nil {
		return err
	}
	workflows, err := c.Temporal.OpenOperations(ctx)
	if err != nil {
		return fmt.Errorf("list the open workflows: %w", err)
	}
	candidate := store.Candidate{PersonID: run.PersonID, Find: true, WorkflowIDs: reconcile.NewOpenWorkflows(workflows)[run.PersonID]}
	if err := c.Store.AddCandidates(ctx, id, []store.Candidate{candidate}); err != nil {
		return err
	}
	counts, err := json.Marshal(reconcile.NewTally())
	if err != nil {
		return fmt.Errorf("write the counts: %w", err)
	}
	return c.Store.EndComparing(ctx, id, counts)
}
