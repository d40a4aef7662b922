package bell

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"muster/names"
	"muster/store"
)

// rolloutCheck is how often it is seen to that the workflow of a rollout under way runs.
const rolloutCheck = 30 * time.Second

// rolloutWatch starts the workflows of rollouts that are due: a version that takes effect, or a date in it. One that was ended from outside
// is started again.
type rolloutWatch struct {
	store  *store.Store
	bell   *Bell
	server Server
	pace   Pace
	log    *slog.Logger
}

// run starts what is due until the context ends.
func (w rolloutWatch) run(ctx context.Context) {
	pause := w.pace.Every
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := w.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = min(2*max(pause, w.pace.Every), w.pace.MaxBackoff)
			w.log.WarnContext(ctx, "rollouts that are due could not be started; they are tried again", "pause", pause, "error", err)
		default:
			pause = w.pace.Every
		}
		timer.Reset(pause)
	}
}

func (w rolloutWatch) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	// Rollouts count as checked when they are taken, so none is taken while Temporal could not start it.
	if err := w.server.Reachable(ctx); err != nil {
		return err
	}
	due, err := w.store.DueRollouts(ctx, rolloutCheck)
	if err != nil {
		return err
	}
	for _, id := range due {
		if err := w.bell.StartRollout(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

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
