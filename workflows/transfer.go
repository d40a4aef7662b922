package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
)

// Transfer brings an active agent's account to what HR and the registry now say: a move, a new skill, a changed name. What the
// registry cannot answer for waits in a review while the rest is applied.
func Transfer(ctx workflow.Context, in lifecycle.OperationInput) (lifecycle.OperationResult, error) {
	t := &transfer{operation: newOperation(ctx, in, lifecycle.Transfer, lifecycle.Active, newChecklist(
		"Transfer of "+in.PersonID, stepPlan, stepChange, stepRest))}
	result, err := t.run(ctx)
	if err != nil {
		return end(err)
	}
	return result, nil
}

const (
	stepChange = "Change: read, compare, stop wrong work, add right work, read back"
	stepRest   = "What waits for a decision"
)

type transfer struct{ operation }

func (t *transfer) run(ctx workflow.Context) (lifecycle.OperationResult, error) {
	for {
		v, err := t.attempt(ctx)
		if err != nil {
			return lifecycle.OperationResult{}, err
		}
		switch v {
		case dismiss:
			return t.close(ctx, lifecycle.EndedDismissed, "the review was dismissed")
		case approved:
			t.list.set(ctx, stepRest, done, "nothing")
			return lifecycle.OperationResult{Ended: lifecycle.Done}, nil
		case expired:
			return t.close(ctx, lifecycle.Moot, "HR no longer wants this change")
		}
	}
}

// attempt plans and applies once. It returns approved when all is done, expired when there is nothing to do any more, dismiss,
// or retry and replan, which both mean once more.
func (t *transfer) attempt(ctx workflow.Context) (verdict, error) {
	t.list.set(ctx, stepPlan, running, "")
	if _, err := t.makePlan(ctx); err != nil {
		return "", err
	}
	if t.plan.Moot {
		return expired, nil
	}
	t.list.set(ctx, stepPlan, done, fmt.Sprintf("mapping version %d", t.plan.MappingVersion))
	t.list.set(ctx, stepChange, running, "")
	changed, err := change(ctx, t.phase())
	if err != nil {
		return t.parkFor(ctx, stepChange, err)
	}
	t.list.set(ctx, stepChange, done, "changed: "+changed.Changed)
	if t.plan.Review == nil {
		return approved, nil
	}
	return t.awaitReview(ctx, stepRest, *t.plan.Review)
}
