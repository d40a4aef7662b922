package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// liveCallPause is how long a change waits before it looks again whether a conversation has ended, so that the email can change.
const liveCallPause = time.Minute

// rest waits for what a change left over. Several things may wait at once, each for itself; whatever comes first ends the wait, and the
// change then looks at the account again.
type rest struct {
	*operation
	left  lifecycle.Remainder
	alarm *alarm
	early []answer
}

// answer is a signal of a person about a review or an approval.
type answer struct {
	signal   converter.RawValue
	approval bool
	early    bool
}

func (o *operation) awaitRest(ctx workflow.Context, step string, left lifecycle.Remainder) (verdict, error) {
	r := &rest{operation: o, left: left, alarm: newAlarm()}
	defer r.alarm.clear()
	o.list.set(ctx, step, parked, r.note())
	o.list.ask(ctx, r.next())
	if err := o.mark(ctx, len(left.Reviews) > 0); err != nil {
		return "", err
	}
	r.setAlarm(ctx)
	v, err := r.verdict(ctx)
	if err != nil {
		return "", err
	}
	o.list.set(ctx, step, running, "")
	o.list.ask(ctx, "")
	return v, nil
}

func (r *rest) note() string {
	var waits []string
	if n := len(r.left.Reviews); n > 0 {
		waits = append(waits, fmt.Sprintf("%d reviews", n))
	}
	for _, a := range r.left.Approvals {
		waits = append(waits, "an approval until "+minute(a.Deadline))
	}
	if r.left.EmailWaits {
		waits = append(waits, "the end of a conversation")
	}
	return "waits for " + strings.Join(waits, ", ") + "; everything else is applied"
}

func (r *rest) next() string {
	var asked []string
	for _, review := range r.left.Reviews {
		asked = append(asked, askForReview(review))
	}
	for _, a := range r.left.Approvals {
		asked = append(asked, askForApproval(a.ApprovalID, lifecycle.OpenApprovalInput{Kind: a.Kind, Question: a.Question}))
	}
	return strings.Join(asked, "\n\n")
}

// setAlarm is for what time decides: the first deadline, or the next look at a running conversation.
func (r *rest) setAlarm(ctx workflow.Context) {
	var at time.Time
	for _, a := range r.left.Approvals {
		// What stays open after its deadline is kept in mind by whoever watches the clock.
		if a.Deadline.After(workflow.Now(ctx)) && (at.IsZero() || a.Deadline.Before(at)) {
			at = a.Deadline
		}
	}
	why := "what nobody has approved by then is refused, or goes on waiting"
	if look := workflow.Now(ctx).Add(liveCallPause); r.left.EmailWaits && (at.IsZero() || look.Before(at)) {
		at, why = look, "looks whether the conversation has ended"
	}
	r.alarm.set(ctx, at, why)
}

func (r *rest) verdict(ctx workflow.Context) (verdict, error) {
	r.takeEarly()
	for {
		heard, rung, err := r.hear(ctx)
		if err != nil {
			return "", err
		}
		var v verdict
		switch {
		case heard != nil && heard.approval:
			v, err = r.approvalSignal(ctx, *heard)
		case heard != nil:
			v, err = r.reviewSignal(ctx, *heard)
		case rung:
			if v, err = r.recorded(ctx); v == "" && err == nil {
				return replan, nil
			}
		default:
			return retry, r.overdue(ctx)
		}
		if v != "" || err != nil {
			return v, err
		}
	}
}

// takeEarly keeps what was sent before the questions were shown: it counts only where it names its question.
func (r *rest) takeEarly() {
	var raw converter.RawValue
	for r.reviews.ReceiveAsync(&raw) {
		r.early = append(r.early, answer{signal: raw, early: true})
	}
	for r.approvals.ReceiveAsync(&raw) {
		r.early = append(r.early, answer{signal: raw, early: true, approval: true})
	}
}

// listen returns a signal, that somebody rang, or neither when the alarm went off.
func (r *rest) hear(ctx workflow.Context) (heard *answer, rung bool, err error) {
	if len(r.early) > 0 {
		heard, r.early = &r.early[0], r.early[1:]
		return heard, false, nil
	}
	selector := workflow.NewSelector(ctx)
	for _, from := range []struct {
		channel  workflow.ReceiveChannel
		approval bool
	}{{r.reviews, false}, {r.approvals, true}} {
		selector.AddReceive(from.channel, func(c workflow.ReceiveChannel, _ bool) {
			heard = &answer{approval: from.approval}
			c.Receive(ctx, &heard.signal)
		})
	}
	selector.AddReceive(r.rings, func(c workflow.ReceiveChannel, _ bool) {
		for c.ReceiveAsync(nil) {
		}
		rung = true
	})
	r.alarm.addTo(selector)
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	selector.Select(ctx)
	return heard, rung, ctx.Err()
}

// reviewSignal hands a signal to the review it names, else to the one that is open. Where none is, it is about nothing.
func (r *rest) reviewSignal(ctx workflow.Context, a answer) (verdict, error) {
	signal := decodeSignal[names.ReviewDecision](a.signal)
	for i, review := range r.left.Reviews {
		if review.ReviewID == signal.ReviewID || i == len(r.left.Reviews)-1 {
			return r.takeReview(ctx, review, lifecycle.TakeReviewInput{Signal: signal, Early: a.early, Several: len(r.left.Reviews) > 1})
		}
	}
	return "", nil
}

func (r *rest) approvalSignal(ctx workflow.Context, a answer) (verdict, error) {
	signal := decodeSignal[names.ApprovalDecision](a.signal)
	for i, asked := range r.left.Approvals {
		if asked.ApprovalID == signal.ApprovalID || i == len(r.left.Approvals)-1 {
			return r.takeApproval(ctx, asked, lifecycle.TakeApprovalInput{Signal: signal, Early: a.early, Several: len(r.left.Approvals) > 1})
		}
	}
	return "", nil
}

// recorded takes up what the record says about the questions; empty when nothing is decided.
func (r *rest) recorded(ctx workflow.Context) (v verdict, err error) {
	for _, review := range r.left.Reviews {
		decided, err := r.takeReview(ctx, review, lifecycle.TakeReviewInput{})
		if err != nil {
			return "", err
		}
		if decided != "" {
			v = decided
		}
	}
	for _, asked := range r.left.Approvals {
		decided, err := r.takeApproval(ctx, asked, lifecycle.TakeApprovalInput{})
		if err != nil {
			return "", err
		}
		if decided != "" {
			v = decided
		}
	}
	return v, nil
}

// review takes a decision up. Dismissing the only question that is left ends the operation; of several, each is given up for itself.
func (r *rest) takeReview(ctx workflow.Context, review lifecycle.Parked, in lifecycle.TakeReviewInput) (verdict, error) {
	in.PhaseInput, in.ReviewID = r.phase(), review.ReviewID
	decided, err := takeReview(ctx, in)
	if err != nil {
		return "", err
	}
	r.refused(ctx, decided.Refused)
	switch decided.Decision {
	case names.DecisionRetry:
		return retry, nil
	case names.DecisionDismiss:
		if review.Kind == lifecycle.ReviewUnmapped && len(r.left.Reviews)+len(r.left.Approvals) == 1 && !r.left.EmailWaits {
			return dismiss, nil
		}
		return retry, nil
	}
	return "", nil
}

// approval takes a decision up: whichever it is, the change looks at the record and carries it out.
func (r *rest) takeApproval(ctx workflow.Context, asked lifecycle.Asked, in lifecycle.TakeApprovalInput) (verdict, error) {
	in.PhaseInput, in.ApprovalID = r.phase(), asked.ApprovalID
	decided, err := takeApproval(ctx, in)
	if err != nil {
		return "", err
	}
	r.refused(ctx, decided.Refused)
	if decision(decided.Decision) != "" {
		return retry, nil
	}
	return "", nil
}

// overdue lets the default take effect on every approval whose deadline has passed.
func (r *rest) overdue(ctx workflow.Context) error {
	for _, asked := range r.left.Approvals {
		if workflow.Now(ctx).Before(asked.Deadline) {
			continue
		}
		if _, err := r.takeApproval(ctx, asked, lifecycle.TakeApprovalInput{Overdue: true}); err != nil {
			return err
		}
	}
	return nil
}

func (r *rest) refused(ctx workflow.Context, why string) {
	if why != "" {
		r.list.ask(ctx, "The last signal was refused: "+why+"\n\n"+r.next())
	}
}
