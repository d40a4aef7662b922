package workflows

import (
	"errors"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// operation is what Hire, Transfer and Termination share: the plan, the decisions of people, the checklist.
type operation struct {
	in        lifecycle.OperationInput
	kind      lifecycle.Operation
	plan      lifecycle.PlanResult
	rings     workflow.ReceiveChannel
	approvals workflow.ReceiveChannel
	reviews   workflow.ReceiveChannel
	list      *checklist
	// state is the lifecycle state shown last.
	state lifecycle.State
}

func newOperation(ctx workflow.Context, in lifecycle.OperationInput, kind lifecycle.Operation, state lifecycle.State, list *checklist) operation {
	return operation{
		in: in, kind: kind, state: state, list: list,
		rings:     workflow.GetSignalChannel(ctx, names.SignalRing),
		approvals: workflow.GetSignalChannel(ctx, names.SignalApprovalDecision),
		reviews:   workflow.GetSignalChannel(ctx, names.SignalReviewDecision),
	}
}

func (o *operation) phase() lifecycle.PhaseInput {
	return lifecycle.PhaseInput{OperationInput: o.in, Operation: o.kind, Digest: o.plan.Digest}
}

// makePlan plans anew and reports whether the plan is another one than before.
func (o *operation) makePlan(ctx workflow.Context) (changed bool, err error) {
	before := o.plan.Digest
	for o.rings.ReceiveAsync(nil) {
	}
	o.plan, err = makePlan(ctx, lifecycle.PlanInput{OperationInput: o.in, Operation: o.kind, Now: workflow.Now(ctx)})
	return o.plan.Digest != before, err
}

// verdict is what ended a wait for people.
type verdict string

const (
	retry    verdict = "retry"
	dismiss  verdict = "dismiss"
	approved verdict = "approved"
	rejected verdict = "rejected"
	replan   verdict = "replan" // rung: the plan may have changed
	expired  verdict = "expired"
)

// parkFor opens a review for an activity's refusal and waits for its decision. Other errors come back as they are.
func (o *operation) parkFor(ctx workflow.Context, step string, cause error) (verdict, error) {
	refusal, ok := needsReview(cause)
	if !ok {
		return "", cause
	}
	review, err := park(ctx, lifecycle.ParkInput{PhaseInput: o.phase(), Kind: refusal.Kind, Question: refusal.Question, Detail: refusal.Detail})
	if err != nil {
		return "", err
	}
	return o.awaitReview(ctx, step, review)
}

// needsReview returns what a person has to decide, if that is why an activity failed.
func needsReview(err error) (lifecycle.Refusal, bool) {
	var refusal lifecycle.Refusal
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != names.ErrorNeedsReview {
		return refusal, false
	}
	if !app.HasDetails() || app.Details(&refusal) != nil {
		refusal = lifecycle.Refusal{Kind: lifecycle.ReviewPlatformRefusal, Question: app.Message()}
	}
	return refusal, true
}

// awaitReview waits for the decision about a review: a signal, or a row that a ring points to. A ring without a decision is a
// reason to plan anew.
func (o *operation) awaitReview(ctx workflow.Context, step string, review lifecycle.Parked) (verdict, error) {
	o.list.set(ctx, step, parked, "waits for a review")
	o.list.ask(ctx, askForReview(review))
	if err := markState(ctx, o.state, true); err != nil {
		return "", err
	}
	v, err := o.reviewVerdict(ctx, review)
	if err != nil {
		return "", err
	}
	o.list.set(ctx, step, running, "")
	o.list.ask(ctx, "")
	return v, nil
}

func (o *operation) reviewVerdict(ctx workflow.Context, review lifecycle.Parked) (verdict, error) {
	for {
		in := lifecycle.TakeReviewInput{PhaseInput: o.phase(), ReviewID: review.ReviewID}
		rung, err := o.awaitSignal(ctx, o.reviews, nil, func(raw converter.RawValue) { in.Signal = decodeSignal[names.ReviewDecision](raw) })
		if err != nil {
			return "", err
		}
		decided, err := takeReview(ctx, in)
		if err != nil {
			return "", err
		}
		switch decided.Decision {
		case names.DecisionRetry:
			return retry, nil
		case names.DecisionDismiss:
			return dismiss, nil
		}
		if rung {
			return replan, nil
		}
		if decided.Refused != "" {
			o.list.ask(ctx, "The last signal was refused: "+decided.Refused+"\n\n"+askForReview(review))
		}
	}
}

// awaitSignal waits for a decision signal (take is called with it), a ring (rung is true) or the alarm.
func (o *operation) awaitSignal(ctx workflow.Context, decisions workflow.ReceiveChannel, deadline *alarm, take func(converter.RawValue)) (rung bool, err error) {
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(decisions, func(c workflow.ReceiveChannel, _ bool) {
		var raw converter.RawValue
		c.Receive(ctx, &raw)
		take(raw)
	})
	selector.AddReceive(o.rings, func(c workflow.ReceiveChannel, _ bool) {
		for c.ReceiveAsync(nil) {
		}
		rung = true
	})
	if deadline != nil {
		deadline.addTo(selector)
	}
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	selector.Select(ctx)
	return rung, ctx.Err()
}

// decodeSignal decodes a decision. The SDK drops a payload of a wrong shape without a word, so signals are taken raw; what
// cannot be decoded comes back as an empty decision, which the record refuses with the reason.
func decodeSignal[T any](raw converter.RawValue) *T {
	decision := new(T)
	if err := converter.GetDefaultDataConverter().FromPayload(raw.Payload(), decision); err != nil {
		return new(T)
	}
	return decision
}

// fencedOff reports that a newer operation has taken the person over: whoever is told so stops without another word.
func fencedOff(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.Type() == names.ErrorFenced
}

// end turns the error that ended an operation into its result, where it is not a failure.
func end(err error) (lifecycle.OperationResult, error) {
	if fencedOff(err) {
		return lifecycle.OperationResult{Ended: lifecycle.EndedFenced}, nil
	}
	return lifecycle.OperationResult{}, err
}

// dismissed closes an operation that a person decided not to carry out.
func (o *operation) close(ctx workflow.Context, ended lifecycle.Ended, reason string) (lifecycle.OperationResult, error) {
	if err := finish(ctx, lifecycle.FinishInput{PhaseInput: o.phase(), Ended: ended, Reason: reason}); err != nil {
		return end(err)
	}
	return lifecycle.OperationResult{Ended: ended}, nil
}
