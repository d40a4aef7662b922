package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
)

// Termination takes access away, and only that: coming back is the mailbox's Hire.
//
//	plan → isolate → drain → deactivate
//
// It runs apart from the mailbox and cannot be cancelled; its activities have their own queue and are tried until they succeed.
// The same steps end a leave, a suspension or the scope: only the state it comes to rest in differs.
func Termination(ctx workflow.Context, in lifecycle.OperationInput) (lifecycle.OperationResult, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	t := &termination{operation: newOperation(ctx, in, lifecycle.Termination, lifecycle.Isolating, newChecklist(
		"Access of "+in.PersonID+" ends", stepIsolate, stepDrain, stepDeactivate))}
	result, err := t.run(ctx)
	if err != nil {
		return end(err)
	}
	return result, nil
}

const (
	stepIsolate    = "Isolate: no queue joined, offline, off queue; read back"
	stepDrain      = "Drain: running conversations end by themselves"
	stepDeactivate = "Deactivate: inactive, sessions revoked; read back"
)

type termination struct{ operation }

func (t *termination) run(ctx workflow.Context) (lifecycle.OperationResult, error) {
	if _, err := t.makePlan(ctx); err != nil {
		return lifecycle.OperationResult{}, err
	}
	if t.plan.Moot {
		return t.close(ctx, lifecycle.Moot, "HR no longer wants the access to end")
	}
	isolated, err := t.isolate(ctx)
	if err != nil {
		return lifecycle.OperationResult{}, err
	}
	if isolated.AccountID == "" {
		return t.close(ctx, lifecycle.Done, "no account on the platform")
	}
	if err := t.drain(ctx, isolated.Live); err != nil {
		return lifecycle.OperationResult{}, err
	}
	if err := t.deactivate(ctx); err != nil {
		return lifecycle.OperationResult{}, err
	}
	return lifecycle.OperationResult{Ended: lifecycle.Done}, markState(ctx, t.plan.Resting, false)
}

func (t *termination) isolate(ctx workflow.Context) (lifecycle.IsolateResult, error) {
	t.list.set(ctx, stepIsolate, running, "")
	for {
		isolated, err := isolate(ctx, t.phase())
		if err == nil {
			t.list.set(ctx, stepIsolate, done, fmt.Sprintf("%d conversations running", isolated.Live))
			return isolated, nil
		}
		v, err := t.parkFor(ctx, stepIsolate, err)
		if err != nil {
			return isolated, err
		}
		if v == dismiss {
			return lifecycle.IsolateResult{}, nil
		}
	}
}

func (t *termination) drain(ctx workflow.Context, live int) error {
	if t.plan.SkipDrain || live == 0 {
		t.list.set(ctx, stepDrain, done, "nothing to wait for")
		return nil
	}
	t.list.set(ctx, stepDrain, running, "at most "+t.plan.DrainWindow.String())
	drained, err := drain(ctx, lifecycle.DrainInput{PhaseInput: t.phase(), Window: t.plan.DrainWindow})
	if err != nil {
		return err
	}
	t.list.set(ctx, stepDrain, done, fmt.Sprintf("%d still running at its end", drained.Live))
	return nil
}

func (t *termination) deactivate(ctx workflow.Context) error {
	t.list.set(ctx, stepDeactivate, running, "")
	for {
		_, err := deactivate(ctx, t.phase())
		if err == nil {
			t.list.set(ctx, stepDeactivate, done, "read back")
			return nil
		}
		if _, err = t.parkFor(ctx, stepDeactivate, err); err != nil {
			return err
		}
	}
}
