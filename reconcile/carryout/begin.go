package carryout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// deltaTypes are all types in words.
func deltaTypes() []string {
	var types []string
	for _, t := range reconcile.DeltaTypes() {
		types = append(types, string(t))
	}
	return types
}

// Begin records that a reconciliation begins, unless whoever asked for it has: then it says of whom it is.
func (c *Carryout) Begin(ctx context.Context, in names.ReconcileInput) (lifecycle.ReconciliationBegun, error) {
	begun, err := c.begin(ctx, in.ReconciliationID)
	return begun, boundary(err)
}

func (c *Carryout) begin(ctx context.Context, id string) (lifecycle.ReconciliationBegun, error) {
	run, err := c.Store.Reconciliation(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		var modes map[string]store.ReconciliationMode
		if modes, err = c.Store.ModesFor(ctx, deltaTypes()); err == nil {
			run, _, err = c.Store.StartReconciliation(ctx, store.Reconciliation{ID: id, Platform: c.Platform.Name(), Modes: modes})
		}
	}
	if err != nil {
		return lifecycle.ReconciliationBegun{}, err
	}
	begun := lifecycle.ReconciliationBegun{PersonID: run.PersonID}
	if run.Status != store.ReconciliationRunning {
		begun.Ended = string(run.Status)
	}
	return begun, nil
}

// End records how a reconciliation ended, and raises or closes what is to be told of it.
func (c *Carryout) End(ctx context.Context, in lifecycle.ReconciliationEnd) (lifecycle.ReconciliationResult, error) {
	result, err := c.end(ctx, in)
	return result, boundary(err)
}

func (c *Carryout) end(ctx context.Context, in lifecycle.ReconciliationEnd) (result lifecycle.ReconciliationResult, err error) {
	run, err := c.Store.Reconciliation(ctx, in.ReconciliationID)
	if err != nil {
		return result, err
	}
	end := store.ReconciliationEnd{Status: store.ReconciliationCompleted, Counts: run.Counts}
	switch {
	case in.Refused != "":
		end.Status, end.Reason = store.ReconciliationRefused, in.Refused
	case in.Failed != "":
		end.Status, end.Reason = store.ReconciliationFailed, in.Failed
	default:
		if end.NotEvaluated, err = c.notEvaluated(ctx, run); err != nil {
			return result, err
		}
	}
	if run.Status == store.ReconciliationRunning {
		if err := c.tell(ctx, run, end); err != nil {
			return result, err
		}
	}
	if err := c.Store.EndReconciliation(ctx, run.ID, end); err != nil {
		return result, err
	}
	if c.Remedy != nil && end.Status == store.ReconciliationCompleted {
		if err := c.Remedy.Completed(ctx, run.ID); err != nil {
			return result, err
		}
	}
	if err := c.clean(ctx, run); err != nil {
		return result, err
	}
	if run, err = c.Store.Reconciliation(ctx, run.ID); err != nil {
		return result, err
	}
	var tally reconcile.Tally
	if err := json.Unmarshal(run.Counts, &tally); err != nil {
		return result, fmt.Errorf("read the counts of %s: %w", run.ID, err)
	}
	result = lifecycle.ReconciliationResult{ReconciliationID: run.ID, Status: string(run.Status), Reason: run.Reason, Deltas: map[string]int{}}
	for t, n := range tally.Deltas {
		result.Deltas[string(t)] = n
	}
	return result, nil
}

// tell raises that a reconciliation of everybody was refused, and closes that once one has completed. A person's is seen by whoever asked.
func (c *Carryout) tell(ctx context.Context, run store.Reconciliation, end store.ReconciliationEnd) error {
	if run.PersonID != "" {
		return nil
	}
	key := store.AlertKey(store.AlertReconciliationRefused, run.Platform)
	switch end.Status {
	case store.ReconciliationRefused:
		return c.Store.RaiseAlert(ctx, store.Alert{
			Kind: store.AlertReconciliationRefused, Severity: store.SeverityWarning, SubjectID: run.ID, DedupeKey: key,
			Text: fmt.Sprintf("Reconciliation %s was refused, nothing was compared: %.400s", run.ID, end.Reason),
		})
	case store.ReconciliationCompleted:
		return c.Store.CloseAlert(ctx, key, "reconciliation "+run.ID+" has completed")
	case store.ReconciliationRunning, store.ReconciliationFailed:
	}
	return nil
}

// keepStaged is how many runs' pages of the platform stay, for whoever looks into a delta; keepRosters how long HR's lines do.
const (
	keepStaged  = 3
	keepRosters = 7 * 24 * time.Hour
)

// clean takes away working material: that of this run, and of runs that nobody looks at any more.
func (c *Carryout) clean(ctx context.Context, run store.Reconciliation) error {
	if err := c.Store.DropCandidates(ctx, run.ID); err != nil {
		return err
	}
	if _, err := c.Store.DeletePlatformRosters(ctx, c.Now().Add(-24*time.Hour), keepStaged); err != nil {
		return err
	}
	_, err := c.Store.CleanRosters(ctx, c.Now().Add(-keepRosters), c.Now())
	return err
}

// notEvaluated is what was not compared for anybody.
func (c *Carryout) notEvaluated(ctx context.Context, run store.Reconciliation) (left []store.NotEvaluated, err error) {
	if run.PersonID != "" {
		return nil, nil
	}
	staged, err := c.Store.PlatformRoster(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	for _, hole := range staged.Incomplete {
		left = append(left, store.NotEvaluated{What: fmt.Sprintf("%d %s of the platform", hole.Missing, hole.What), Why: hole.Why})
	}
	lines, err := c.Store.Unidentified(ctx, rosterIDs(run))
	if err != nil {
		return nil, err
	}
	if lines > 0 {
		left = append(left, store.NotEvaluated{What: fmt.Sprintf("%d lines of HR's rosters", lines), Why: "they could not be read and name nobody whom Muster knows"})
	}
	with := map[string]bool{}
	for _, settings := range c.Sources {
		with[settings.Namespace] = true
	}
	namespaces, err := c.Store.PersonNamespaces(ctx)
	if err != nil {
		return nil, err
	}
	for _, namespace := range namespaces {
		if !with[namespace] {
			left = append(left, store.NotEvaluated{What: "HR's roster of " + namespace, Why: "no source is configured: HR's events alone were compared"})
		}
	}
	return append(left, store.NotEvaluated{
		What: "the work plan of whoever shows no other difference", Why: "the platform's lists do not tell it; it is compared where an account is read by its id",
	}), nil
}
