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
	pace := rounds{
		first: w.pace.Every, every: w.pace.Every, least: w.pace.Every, most: w.pace.MaxBackoff,
		failed: func(pause time.Duration, err error) {
			w.log.WarnContext(ctx, "rollouts that are due could not be started; they are tried again", "pause", pause, "error", err)
		},
	}
	pace.run(ctx, w.round)
}

func (w rolloutWatch) round(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	// Rollouts count as checked when they are taken, so none is taken while Temporal could not start it.
	if err := w.server.Reachable(ctx); err != nil {
		return false, err
	}
	due, err := w.store.DueRollouts(ctx, rolloutCheck)
	if err != nil {
		return false, err
	}
	for _, id := range due {
		if err := w.bell.StartRollout(ctx, id); err != nil {
			return false, err
		}
	}
	return false, nil
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
