package workflows

import (
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// Reconcile proves that HR, the record and the platform agree, or says where they do not:
//
//	HR's rosters → the platform → compare → confirm by id → carry out → end
//
// All that is found and how far it has come is in PostgreSQL, so that it can be stopped anywhere and goes on there. A source that may not be
// believed ends it: nothing is compared and nothing is changed.
func Reconcile(ctx workflow.Context, in names.ReconcileInput) (lifecycle.ReconciliationResult, error) {
	r := &reconciling{in: in, list: newChecklist("Reconciliation "+in.ReconciliationID,
		stepRosters, stepPlatform, stepCompare, stepConfirm, stepCarryOut, stepEnd)}
	end, err := r.run(ctx)
	if temporal.IsCanceledError(err) {
		ctx, _ = workflow.NewDisconnectedContext(ctx)
		end, err = lifecycle.ReconciliationEnd{Failed: "it was cancelled"}, nil
	}
	if err != nil {
		return lifecycle.ReconciliationResult{}, err
	}
	return r.end(ctx, end)
}

const (
	stepRosters  = "Read HR's rosters; refuse what may not be believed"
	stepPlatform = "Read the platform with a client that cannot write"
	stepCompare  = "Compare everybody"
	stepConfirm  = "Read by id whatever differs"
	stepCarryOut = "Carry out, by the mode of each type"
	stepEnd      = "Record the result"
)

type reconciling struct {
	in   names.ReconcileInput
	list *checklist
}

func (r *reconciling) run(ctx workflow.Context) (lifecycle.ReconciliationEnd, error) {
	var begun lifecycle.ReconciliationBegun
	err := workflow.ExecuteActivity(recordWork(ctx, "Begin"), names.ActivityBeginReconciliation, r.in).Get(ctx, &begun)
	if err != nil || begun.Ended != "" {
		return lifecycle.ReconciliationEnd{}, err
	}
	if begun.PersonID != "" {
		r.list.setAll(skipped, stepRosters, stepPlatform, stepCompare)
		refused, err := r.step(ctx, stepConfirm, reconcileRead(ctx, "Read one person and their account by id"), names.ActivityReconcilePerson)
		if err != nil || refused != "" {
			return lifecycle.ReconciliationEnd{Refused: refused}, err
		}
		return r.carryOut(ctx)
	}
	for _, s := range []struct {
		name     string
		ctx      workflow.Context
		activity string
	}{
		{stepRosters, recordWork(ctx, "Read HR's rosters"), names.ActivityReadRosters},
		{stepPlatform, reconcileRead(ctx, "Read the platform's accounts and queues"), names.ActivityReadPlatform},
		{stepCompare, recordWork(ctx, "Compare everybody"), names.ActivityCompare},
		{stepConfirm, reconcileRead(ctx, "Read by id whatever differs"), names.ActivityConfirm},
	} {
		refused, err := r.step(ctx, s.name, s.ctx, s.activity)
		if err != nil || refused != "" {
			return lifecycle.ReconciliationEnd{Refused: refused}, err
		}
	}
	return r.carryOut(ctx)
}

func (r *reconciling) carryOut(ctx workflow.Context) (lifecycle.ReconciliationEnd, error) {
	_, err := r.step(ctx, stepCarryOut, recordWork(ctx, "Carry out, by the mode of each type"), names.ActivityCarryOutDeltas)
	return lifecycle.ReconciliationEnd{}, err
}

// step runs an activity, stretch after stretch, and shows what it has come to.
func (r *reconciling) step(ctx workflow.Context, name string, options workflow.Context, activity string) (refused string, err error) {
	r.list.set(ctx, name, running, "")
	for {
		var came lifecycle.ReconciliationStep
		if err := workflow.ExecuteActivity(options, activity, r.in).Get(ctx, &came); err != nil {
			return "", err
		}
		switch {
		case came.Refused != "":
			r.list.set(ctx, name, parked, "refused: "+came.Refused)
			return came.Refused, nil
		case came.More:
			r.list.set(ctx, name, running, came.Note)
		default:
			r.list.set(ctx, name, done, came.Note)
			return "", nil
		}
	}
}

func (r *reconciling) end(ctx workflow.Context, end lifecycle.ReconciliationEnd) (result lifecycle.ReconciliationResult, err error) {
	end.ReconciliationID = r.in.ReconciliationID
	if err := workflow.ExecuteActivity(recordWork(ctx, "Record the result"), names.ActivityEndReconciliation, end).Get(ctx, &result); err != nil {
		return result, err
	}
	r.list.set(ctx, stepEnd, done, result.Status)
	if result.Status == "refused" {
		r.list.ask(ctx, fmt.Sprintf("%s. Nothing was compared and nothing was changed. When the source is well again: `musterctl reconcile run`", result.Reason))
	} else {
		r.list.ask(ctx, fmt.Sprintf("`musterctl reconcile show %s`", r.in.ReconciliationID))
	}
	return result, nil
}

// ReconcileNightly is what the Schedule starts. A Schedule puts its time behind the IDs of its workflows, so the reconciliation itself,
// whose ID is made of its own, is a child. The next one is not started while this one waits for it.
func ReconcileNightly(ctx workflow.Context) (lifecycle.ReconciliationResult, error) {
	id := "rec_" + workflow.Now(ctx).UTC().Format("20060102_1504")
	workflow.SetCurrentDetails(ctx, "Started reconciliation `"+id+"`: `musterctl reconcile show "+id+"`")
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.ReconcileWorkflowID(id), ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		StaticSummary: "Compares HR, the record and the platform", WaitForCancellation: true,
	})
	var result lifecycle.ReconciliationResult
	err := workflow.ExecuteChildWorkflow(child, names.WorkflowReconcile, names.ReconcileInput{ReconciliationID: id}).Get(ctx, &result)
	var started *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &started) { // somebody has started one in this very minute
		return lifecycle.ReconciliationResult{ReconciliationID: id, Status: "running"}, nil
	}
	return result, err
}

// reconcileRead is for what a reconciliation asks of the platform: a queue of its own, which nobody's operation waits behind, and patience.
func reconcileRead(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: unbounded,
		TaskQueue:              names.QueueReconcile,
		StartToCloseTimeout:    2 * time.Hour,
		HeartbeatTimeout:       15 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                summary,
		WaitForCancellation:    true,
	})
}
