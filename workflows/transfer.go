package workflows

import (
	"cmp"
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

type transfer struct {
	operation
	// tried is what earlier tries left over.
	tried lifecycle.ChangeInput
}

func (t *transfer) run(ctx workflow.Context) (lifecycle.OperationResult, error) {
	for {
		again, result, err := t.attempt(ctx)
		if err != nil || !again {
			return result, err
		}
	}
}

// attempt plans and applies once. again means that a person decided, or the plan changed, and it starts over.
func (t *transfer) attempt(ctx workflow.Context) (again bool, result lifecycle.OperationResult, err error) {
	t.list.set(ctx, stepPlan, running, "")
	if _, err := t.makePlan(ctx); err != nil {
		return false, result, err
	}
	if t.plan.Moot {
		result, err = t.close(ctx, lifecycle.Moot, cmp.Or(t.plan.MootBecause, "HR no longer wants this change"))
		return false, result, err
	}
	t.list.set(ctx, stepPlan, done, fmt.Sprintf("mapping version %d", t.plan.MappingVersion))
	t.list.set(ctx, stepChange, running, "")
	left, err := t.change(ctx)
	if err != nil {
		v, err := t.parkFor(ctx, stepChange, err)
		return t.decided(ctx, v, err)
	}
	if t.plan.Review != nil {
		left.Reviews = append(left.Reviews, *t.plan.Review)
	}
	if !left.Empty() {
		v, err := t.awaitRest(ctx, stepRest, left)
		return t.decided(ctx, v, err)
	}
	t.list.set(ctx, stepRest, done, "nothing")
	return false, lifecycle.OperationResult{Ended: lifecycle.Done}, t.calm(ctx)
}

// change applies what can be applied, and returns what waits.
func (t *transfer) change(ctx workflow.Context) (lifecycle.Remainder, error) {
	in := t.tried
	in.PhaseInput, in.Now = t.phase(), workflow.Now(ctx)
	changed, err := change(ctx, in)
	if err != nil {
		return lifecycle.Remainder{}, err
	}
	t.list.set(ctx, stepChange, done, "changed: "+changed.Changed)
	t.tried = lifecycle.ChangeInput{
		Again: true, Changed: in.Changed || changed.Changed != lifecycle.NothingChanged, Unjoined: changed.Rest.Unjoined,
	}
	return changed.Rest, nil
}
