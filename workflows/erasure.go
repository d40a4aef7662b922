package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// eraseAgain is when an erasure that was refused is tried again.
const eraseAgain = 24 * time.Hour

const stepErase = "Erase: on the platform, in the archive, here; for good"

// Erasure erases what is left of a deleted account and of the person's data, which legal has approved. What the platform refuses waits
// for somebody.
func Erasure(ctx workflow.Context, in lifecycle.OperationInput) (lifecycle.OperationResult, error) {
	e := &erasure{operation: newOperation(ctx, in, lifecycle.Erasure, lifecycle.Deleted, newChecklist("Erasure of "+in.PersonID, stepErase))}
	result, err := e.run(ctx)
	if err != nil {
		return end(err)
	}
	return result, nil
}

type erasure struct{ operation }

func (e *erasure) run(ctx workflow.Context) (lifecycle.OperationResult, error) {
	for {
		e.list.set(ctx, stepErase, running, "")
		result, err := erase(ctx, e.in)
		if err != nil {
			return result.OperationResult, err
		}
		if result.Refused == nil {
			e.list.set(ctx, stepErase, done, string(result.Ended))
			return result.OperationResult, e.calm(ctx)
		}
		if err := e.refused(ctx, *result.Refused); err != nil {
			return result.OperationResult, err
		}
	}
}

// refused waits until somebody has settled it with the platform, or for a day: past its point of no return an erasure goes on whatever is
// decided about its review.
func (e *erasure) refused(ctx workflow.Context, review lifecycle.Parked) error {
	e.list.set(ctx, stepErase, parked, "refused by the platform; tried every day")
	e.list.ask(ctx, askForReview(review))
	defer func() { e.list.ask(ctx, "") }()
	if err := e.mark(ctx, true); err != nil {
		return err
	}
	again := newAlarm()
	defer again.clear()
	again.set(ctx, workflow.Now(ctx).Add(eraseAgain), "erases again")
	waiting := e.listen(ctx, e.reviews)
	for {
		message, err := waiting.next(ctx, again)
		if err != nil || message.signal == nil {
			return err // rung, or a day is over: the next try takes up what was decided
		}
		decided, err := takeReview(ctx, lifecycle.TakeReviewInput{
			PhaseInput: e.phase(), ReviewID: review.ReviewID, Early: message.early, Signal: decodeSignal[names.ReviewDecision](*message.signal),
		})
		if err != nil || decided.Decision != "" {
			return err
		}
		e.list.ask(ctx, "The last signal was refused: "+decided.Refused+"\n\n"+askForReview(review))
	}
}
