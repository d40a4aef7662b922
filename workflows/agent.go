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

// Agent is a person's mailbox: the one writer of the person. A ring has no content; at each one the mailbox asks what is due,
// by what PostgreSQL holds now, and carries the answer out. It closes when nothing is due, timed or running, so that a person
// costs nothing while nothing happens.
func Agent(ctx workflow.Context, in names.AgentInput) error {
	m := &mailbox{
		personID: in.PersonID,
		rings:    workflow.GetSignalChannel(ctx, names.SignalRing),
		alarm:    newAlarm(),
	}
	return m.run(ctx)
}

type mailbox struct {
	personID string
	rings    workflow.ReceiveChannel
	alarm    *alarm
	// child is the running Hire, Transfer or Erasure; nil when there is none. A Termination is not waited for.
	child *runningChild
	// failures counts children in a row that failed instead of ending; each makes the mailbox wait longer before it starts another.
	failures int
	// pausing: nothing is decided until the alarm goes off or somebody rings.
	pausing bool
}

type runningChild struct {
	operation lifecycle.Operation
	future    workflow.ChildWorkflowFuture
	cancel    workflow.CancelFunc
}

func (m *mailbox) run(ctx workflow.Context) error {
	for {
		m.drainRings()
		decision, err := decide(ctx, lifecycle.DecideInput{PersonID: m.personID, Now: workflow.Now(ctx), Running: m.running()})
		if err != nil {
			return err
		}
		if err := m.carryOut(ctx, decision); err != nil {
			return err
		}
		if decision.RingGrace != "" {
			// One that is closing needs no ring; one that is lost is restarted at the next look.
			_ = workflow.SignalExternalWorkflow(ctx, decision.RingGrace, "", names.SignalRing, nil).Get(ctx, nil)
		}
		m.alarm.set(ctx, decision.Wake, "the next event takes effect")
		m.show(ctx, decision)
		if m.child == nil {
			if m.rings.Len() > 0 {
				continue
			}
			if !m.alarm.isSet() {
				return nil
			}
			if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
				m.alarm.clear()
				return workflow.NewContinueAsNewError(ctx, names.WorkflowAgent, names.AgentInput{PersonID: m.personID})
			}
		}
		if err := m.awaitWork(ctx); err != nil {
			return err
		}
		if m.pausing {
			m.pausing = false
			if err := m.awaitWork(ctx); err != nil {
				return err
			}
		}
	}
}

func (m *mailbox) running() lifecycle.Operation {
	if m.child == nil {
		return lifecycle.None
	}
	return m.child.operation
}

// drainRings empties the channel: any number of rings asks for one look.
func (m *mailbox) drainRings() {
	for m.rings.ReceiveAsync(nil) {
	}
}

func (m *mailbox) carryOut(ctx workflow.Context, d lifecycle.DecideResult) error {
	switch d.Do {
	case lifecycle.Rest:
		return nil
	case lifecycle.Nudge:
		// The child may be closing at this moment; then its end wakes this mailbox anyway.
		_ = m.child.future.SignalChildWorkflow(ctx, names.SignalRing, nil).Get(ctx, nil)
		return nil
	case lifecycle.TakeOver:
		// The generation has moved on: the fence already refuses every write of the operation that runs. The leaver does not
		// wait for it to notice. A termination is not the mailbox's child: the fence alone ends it.
		child := m.child
		if child == nil {
			return m.start(ctx, d)
		}
		child.cancel()
		m.child = nil
		if err := m.start(ctx, d); err != nil {
			return err
		}
		_ = child.future.Get(ctx, nil)
		return ctx.Err()
	case lifecycle.Start, lifecycle.Restart:
		return m.start(ctx, d)
	}
	return temporal.NewNonRetryableApplicationError(fmt.Sprintf("unknown action %q", d.Do), "UnknownAction", nil)
}

// start starts an operation and waits until it has started. A Hire or Transfer becomes the mailbox's child.
func (m *mailbox) start(ctx workflow.Context, d lifecycle.DecideResult) error {
	options := workflow.ChildWorkflowOptions{
		TaskQueue:             names.QueueMuster,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes: startAttributes(d),
		StaticSummary:         fmt.Sprintf("%s of %s: %s", d.Operation, d.ExternalUserID, d.Because),
		StaticDetails: fmt.Sprintf("`%s` of person `%s`, generation %d. Started by the mailbox `%s`: %s. The current details say what is "+
			"done, what it waits for and who can do what; `musterctl agents explain %s` says why.",
			d.Operation, m.personID, d.Generation, names.AgentWorkflowID(m.personID), d.Because, m.personID),
	}
	workflowType := ""
	switch d.Operation {
	case lifecycle.Hire:
		workflowType, options.WorkflowID = names.WorkflowHire, names.HireWorkflowID(m.personID, d.Generation)
	case lifecycle.Transfer:
		workflowType, options.WorkflowID = names.WorkflowTransfer, names.TransferWorkflowID(m.personID, d.Generation)
	case lifecycle.Termination:
		workflowType, options.WorkflowID = names.WorkflowTermination, names.TerminationWorkflowID(m.personID, d.Generation)
		return m.startLeaver(ctx, workflowType, options, d)
	case lifecycle.Erasure:
		workflowType, options.WorkflowID = names.WorkflowErasure, names.ErasureWorkflowID(m.personID, d.Generation)
	case lifecycle.None:
		return temporal.NewNonRetryableApplicationError("a decision to start nothing", "UnknownAction", nil)
	}
	options.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL
	options.WaitForCancellation = true
	childCtx, cancel := workflow.WithCancel(workflow.WithChildOptions(ctx, options))
	future := workflow.ExecuteChildWorkflow(childCtx, workflowType, m.input(d))
	if err := started(ctx, future); err != nil {
		cancel()
		return err
	}
	m.child = &runningChild{operation: d.Operation, future: future, cancel: cancel}
	return nil
}

// startLeaver starts a Termination that nothing done to the mailbox can end. One that already runs under this ID is the one meant:
// the generation is in the ID.
func (m *mailbox) startLeaver(ctx workflow.Context, workflowType string, options workflow.ChildWorkflowOptions, d lifecycle.DecideResult) error {
	options.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_ABANDON
	apart, _ := workflow.NewDisconnectedContext(ctx)
	in := lifecycle.TerminationInput{OperationInput: m.input(d), InGrace: d.Do == lifecycle.Restart}
	err := started(apart, workflow.ExecuteChildWorkflow(workflow.WithChildOptions(apart, options), workflowType, in))
	var already *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &already) {
		return nil
	}
	return err
}

func (m *mailbox) input(d lifecycle.DecideResult) lifecycle.OperationInput {
	return lifecycle.OperationInput{PersonID: m.personID, Generation: d.Generation}
}

// started waits until the child has started: one whose start is pending when its parent closes is never started.
func started(ctx workflow.Context, future workflow.ChildWorkflowFuture) error {
	return future.GetChildWorkflowExecution().Get(ctx, nil)
}

// awaitWork returns when rung, when the child has ended, when the alarm goes off, or with an error when cancelled.
func (m *mailbox) awaitWork(ctx workflow.Context) error {
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(m.rings, func(workflow.ReceiveChannel, bool) {})
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	m.alarm.addTo(selector)
	if m.child != nil {
		selector.AddFuture(m.child.future, func(workflow.Future) { m.childEnded(ctx) })
	}
	selector.Select(ctx)
	return ctx.Err()
}

// childEnded forgets the child: how it ended is on the person's record, and what follows from it is decided there. One that
// failed is a defect (operations park what they cannot do), so the next waits longer each time instead of spinning.
func (m *mailbox) childEnded(ctx workflow.Context) {
	err := m.child.future.Get(ctx, nil)
	m.child = nil
	if err == nil || temporal.IsCanceledError(err) {
		m.failures = 0
		return
	}
	m.failures++
	pause := time.Minute << min(m.failures-1, 6)
	workflow.GetLogger(ctx).Error("an operation failed instead of ending", "person_id", m.personID, "error", err, "pause", pause)
	m.alarm.set(ctx, workflow.Now(ctx).Add(pause), "looks again after a failed operation")
	m.pausing = true
}

func (m *mailbox) show(ctx workflow.Context, d lifecycle.DecideResult) {
	text := "**" + m.personID + "**: " + d.Because
	if m.child != nil {
		text += fmt.Sprintf("\n\nRunning: `%s`", m.child.operation)
	}
	if !d.Wake.IsZero() {
		text += "\n\nLooks again at " + minute(d.Wake) + " or when rung."
	}
	workflow.SetCurrentDetails(ctx, text)
}
