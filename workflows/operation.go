package workflows

import (
	"bytes"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
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
	// state is the lifecycle state the operation is in, attention whether the search attribute says that somebody is needed.
	state     lifecycle.State
	attention bool
	// refused is the release from the guard that was refused and is asked for again; empty: none.
	refused string
}

// mark shows the state, and whether somebody is needed.
func (o *operation) mark(ctx workflow.Context, attention bool) error {
	o.attention = attention
	return markState(ctx, o.state, attention)
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
	plan, err := makePlan(ctx, lifecycle.PlanInput{OperationInput: o.in, Operation: o.kind, Now: workflow.Now(ctx)})
	if err != nil {
		return false, err
	}
	if o.plan.Moot, o.plan.MootBecause = plan.Moot, plan.MootBecause; plan.Moot {
		// A moot plan is not kept: what was planned last is what the record knows.
		return false, nil
	}
	o.plan = plan
	return o.plan.Digest != before, nil
}

// verdict is what ended a wait for people.
type verdict string

const (
	retry    verdict = "retry"
	dismiss  verdict = "dismiss"
	approved verdict = "approved"
	rejected verdict = "rejected"
	replan   verdict = "replan" // the plan is another one than the question was asked about
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

// awaitReview waits for the decision about a review: a signal, or a row that a ring points to. A ring may also mean that the plan has
// changed, which settles the question in another way.
func (o *operation) awaitReview(ctx workflow.Context, step string, review lifecycle.Parked) (verdict, error) {
	o.list.set(ctx, step, parked, "waits for a review")
	o.list.ask(ctx, askForReview(review))
	if err := o.mark(ctx, true); err != nil {
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
	waiting := o.listen(ctx, o.reviews)
	for {
		message, err := waiting.next(ctx, nil)
		if err != nil {
			return "", err
		}
		in := lifecycle.TakeReviewInput{PhaseInput: o.phase(), ReviewID: review.ReviewID, Early: message.early}
		if message.signal != nil {
			in.Signal = decodeSignal[names.ReviewDecision](*message.signal)
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
		if decided.Refused != "" {
			o.list.ask(ctx, "The last signal was refused: "+decided.Refused+"\n\n"+askForReview(review))
		}
		if message.rung {
			if moved, err := o.planMoved(ctx); moved || err != nil {
				return replan, err
			}
		}
	}
}

// planMoved plans anew and reports whether the question that is being waited for is settled by that: another plan, none any more, or
// one that the registry now can, or can no longer, answer for.
func (o *operation) planMoved(ctx workflow.Context) (bool, error) {
	unanswered := o.plan.Review != nil
	changed, err := o.makePlan(ctx)
	return changed || o.plan.Moot || (o.plan.Review != nil) != unanswered, err
}

// listener waits for signals about a question. What was in the channel before the question was asked is early: it is handed on, to be
// refused unless it names the question.
type listener struct {
	o       *operation
	signals workflow.ReceiveChannel
	early   []converter.RawValue
}

// message is what ended a wait: a signal, a ring, or neither when the alarm went off.
type message struct {
	signal *converter.RawValue
	early  bool
	rung   bool
}

func (o *operation) listen(_ workflow.Context, signals workflow.ReceiveChannel) *listener {
	l := &listener{o: o, signals: signals}
	var raw converter.RawValue
	for signals.ReceiveAsync(&raw) {
		l.early = append(l.early, raw)
	}
	return l
}

func (l *listener) next(ctx workflow.Context, deadline *alarm) (m message, err error) {
	if len(l.early) > 0 {
		m = message{signal: &l.early[0], early: true}
		l.early = l.early[1:]
		return m, nil
	}
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(l.signals, func(c workflow.ReceiveChannel, _ bool) {
		m.signal = new(converter.RawValue)
		c.Receive(ctx, m.signal)
	})
	selector.AddReceive(l.o.rings, func(c workflow.ReceiveChannel, _ bool) {
		for c.ReceiveAsync(nil) {
		}
		m.rung = true
	})
	if deadline != nil {
		deadline.addTo(selector)
	}
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	selector.Select(ctx)
	return m, ctx.Err()
}

// decodeSignal decodes a decision. The SDK drops a payload of a wrong shape without a word, so signals are taken raw; what
// cannot be decoded comes back as an empty decision, which the record refuses with the reason. PostgreSQL keeps no NUL: a text with
// one is read as if a replacement character stood there.
func decodeSignal[T any](raw converter.RawValue) *T {
	decision := new(T)
	if err := converter.GetDefaultDataConverter().FromPayload(cleaned(raw), decision); err != nil {
		return new(T)
	}
	return decision
}

// cleaned is a payload that PostgreSQL can keep.
func cleaned(raw converter.RawValue) *commonpb.Payload {
	payload := raw.Payload()
	return &commonpb.Payload{Metadata: payload.GetMetadata(), Data: bytes.ReplaceAll(payload.GetData(), []byte(`\u0000`), []byte(`\ufffd`))}
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

// close closes an operation that does not end with its last phase.
func (o *operation) close(ctx workflow.Context, ended lifecycle.Ended, reason string) (lifecycle.OperationResult, error) {
	if err := finish(ctx, lifecycle.FinishInput{PhaseInput: o.phase(), Ended: ended, Reason: reason}); err != nil {
		return end(err)
	}
	return lifecycle.OperationResult{Ended: ended}, o.calm(ctx)
}

// decided is how an attempt goes on after a review: dismissed ends the operation, everything else starts the attempt over.
func (o *operation) decided(ctx workflow.Context, v verdict, err error) (again bool, result lifecycle.OperationResult, _ error) {
	if err != nil {
		return false, result, err
	}
	if v == dismiss {
		result, err = o.close(ctx, lifecycle.EndedDismissed, "the review was dismissed")
		return false, result, err
	}
	return true, result, nil
}

// calm takes back the mark that somebody is needed.
func (o *operation) calm(ctx workflow.Context) error {
	if !o.attention {
		return nil
	}
	return o.mark(ctx, false)
}
