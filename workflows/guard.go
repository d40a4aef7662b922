package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
)

// How often somebody whom the guard holds is looked at, so that an agent who joins a queue again is isolated again: for as long as
// an answer is expected soon, and after that.
const (
	looksWhileHeld  = 5 * time.Minute
	expectedSoon    = 4 * time.Hour
	looksWhenItLast = time.Hour
)

func (o *operation) guarded(ctx workflow.Context) lifecycle.GuardedInput {
	return lifecycle.GuardedInput{PhaseInput: o.phase(), Now: workflow.Now(ctx), Refused: o.refused}
}

// held waits until somebody is released from the mass-change guard: approved. What was refused is a review, and retry asks again. replan:
// the plan has changed meanwhile.
func (o *operation) held(ctx workflow.Context, step string, g lifecycle.Guarded, refused string) (verdict, error) {
	if !g.Refused {
		asked := lifecycle.OpenApprovalInput{PhaseInput: o.phase(), Kind: g.Kind, Question: g.Question, Deadline: g.Deadline}
		o.list.set(ctx, step, parked, "the guard holds it; an approver decides by "+minute(g.Deadline))
		o.list.ask(ctx, askForApproval(g.ApprovalID, asked))
		if err := o.mark(ctx, false); err != nil {
			return "", err
		}
		v, err := o.awaitApproval(ctx, step, g.ApprovalID, asked)
		o.list.ask(ctx, "")
		if err != nil || v != rejected {
			return v, err
		}
	}
	o.refused = g.ApprovalID
	review, err := park(ctx, lifecycle.ParkInput{PhaseInput: o.phase(), Kind: lifecycle.ReviewGuardRefused, Question: refused})
	if err != nil {
		return "", err
	}
	return o.awaitReview(ctx, step, review)
}

// hardStop waits before the isolation. It returns replan when HR wants no isolation any more, and nothing where it is to be tried again.
// While it waits nobody is told that the access is not cut in time: the hard stop itself tells.
func (t *termination) hardStop(ctx workflow.Context, g lifecycle.Guarded) (verdict, error) {
	t.cut()
	v, err := t.held(ctx, stepIsolate, g, "The access was not cut off, since it was not released from the hard stop. HR's termination stands: retry asks an approver again.")
	if err != nil || v == replan && t.plan.Moot {
		return replan, err
	}
	t.watch(ctx, workflow.Now(ctx))
	t.list.set(ctx, stepIsolate, running, "")
	return "", nil
}

// holdIsolated waits between the isolation and the deactivation, and has the account looked at meanwhile.
func (t *termination) holdIsolated(ctx workflow.Context, g lifecycle.Guarded) error {
	looking, stop := workflow.WithCancel(ctx)
	workflow.GoNamed(looking, "stays isolated", t.lookWhileHeld)
	_, err := t.held(ctx, stepDeactivate, g, "The deactivation was not released, and the account stays isolated. HR's termination stands: retry asks an approver again.")
	stop()
	// Work is cut off already: the way back is a hire, once this has ended.
	t.plan.Moot = false
	t.list.set(ctx, stepDeactivate, running, "")
	return err
}

func (t *termination) lookWhileHeld(ctx workflow.Context) {
	begun := workflow.Now(ctx)
	for {
		pause := looksWhileHeld
		if workflow.Now(ctx).Sub(begun) >= expectedSoon {
			pause = looksWhenItLast
		}
		timer := workflow.NewTimerWithOptions(ctx, pause, workflow.TimerOptions{Summary: "looks whether the account is still isolated"})
		if timer.Get(ctx, nil) != nil {
			return
		}
		_, err := deactivate(ctx, lifecycle.DeactivateInput{GuardedInput: t.guarded(ctx), OnlyCut: true})
		if ctx.Err() != nil || fencedOff(err) {
			return
		}
	}
}

// deletionHeld is the grace while the guard holds the deletion: whoever decides wakes it.
func (g *graceWait) deletionHeld(ctx workflow.Context, look lifecycle.GraceResult, held lifecycle.Guarded) lifecycle.GraceResult {
	look.Do, look.Wake = lifecycle.GraceWait, workflow.Now(ctx).Add(archiveAgain)
	look.Because = fmt.Sprintf("the guard holds the deletion until approval %s is granted; asked again then", held.ApprovalID)
	if held.Refused {
		look.Because, look.Attention = "the deletion was not released from the guard; a review says so", true
	}
	return look
}
