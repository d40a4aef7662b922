package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
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
	e.list.set(ctx, stepErase, running, "")
	result, err := erase(ctx, e.in)
	if refusal, refused := needsReview(err); refused {
		// Past its point of no return: it goes on when somebody has settled it with the platform, or in a day.
		e.list.set(ctx, stepErase, parked, refusal.Question)
		if err := e.mark(ctx, true); err != nil {
			return result, err
		}
		if err := raiseAttention(ctx, lifecycle.AttentionInput{PhaseInput: e.phase(), Text: "an erasure is refused by the platform: " + refusal.Question}); err != nil {
			return result, err
		}
		again := newAlarm()
		again.set(ctx, workflow.Now(ctx).Add(eraseAgain), "erases again")
		if _, err := e.listen(ctx, e.rings).next(ctx, again); err != nil {
			return result, err
		}
		return e.run(ctx)
	}
	if err != nil {
		return result, err
	}
	e.list.set(ctx, stepErase, done, string(result.Ended))
	return result, e.calm(ctx)
}
