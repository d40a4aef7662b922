package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// stretchesPerRun is how many stretches of a rollout share a history.
const stretchesPerRun = 200

// Rollout brings a change of the mapping registry to everybody whom it concerns: a version that takes effect, or a rule that begins or
// ends on a date. It rings mailboxes, a few at a time; what happens to a person is decided there, as for any other ring. How far it has
// come is in PostgreSQL, so that it can be stopped and started anywhere. Paused, it ends, and is started again when it is resumed.
func Rollout(ctx workflow.Context, in names.RolloutInput) (lifecycle.RolloutResult, error) {
	for range stretchesPerRun {
		var result lifecycle.RolloutResult
		err := workflow.ExecuteActivity(recordWork(ctx, "Tell the mailboxes"), names.ActivityCarryOutRollout, in).Get(ctx, &result)
		if err != nil {
			return result, err
		}
		workflow.SetCurrentDetails(ctx, describeRollout(in, result))
		if result.State != lifecycle.RolloutGoesOn {
			return result, nil
		}
	}
	return lifecycle.RolloutResult{}, workflow.NewContinueAsNewError(ctx, names.WorkflowRollout, in)
}

func describeRollout(in names.RolloutInput, r lifecycle.RolloutResult) string {
	text := fmt.Sprintf("### Rollout of mapping version %d: %s\n\n%d of %d people done", r.Version, r.State, r.Done, r.Concerned)
	if r.Waits > 0 {
		text += fmt.Sprintf(", %d wait for something else (`musterctl reviews list`, `musterctl approvals list`)", r.Waits)
	}
	if r.State == lifecycle.RolloutGoesOn {
		text += fmt.Sprintf(", %d under way\n\n**To stop here:** `musterctl mapping rollouts pause %s --reason '…'`", r.UnderWay, in.RolloutID)
	}
	return text
}
