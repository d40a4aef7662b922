package workflows

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// Termination takes access away, and only that: coming back is the mailbox's Hire.
//
//	plan → isolate → drain → hand over → deactivate → archive → grace → delete
//
// It runs apart from the mailbox; its activities have their own queue and are tried until they succeed. Nothing that is done to it stops
// the cut-off; cancelling it suspends the deletion. The same steps end a leave, a suspension or the scope: they end with the
// deactivation, and only the state the person comes to rest in differs.
func Termination(ctx workflow.Context, in lifecycle.TerminationInput) (lifecycle.OperationResult, error) {
	apart, _ := workflow.NewDisconnectedContext(ctx)
	t := &termination{
		operation: newOperation(apart, in.OperationInput, lifecycle.Termination, lifecycle.Isolating, newChecklist(
			"Access of "+in.PersonID+" ends", stepIsolate, stepDrain, stepHandOver, stepDeactivate, stepArchive, stepGrace)),
		cancelled: ctx, ear: listenForLevers(apart, in.OperationInput),
	}
	ctx = apart
	if in.InGrace {
		t.list.setAll(done, stepIsolate, stepDrain, stepHandOver, stepDeactivate)
		t.state = lifecycle.Deactivated
		return t.grace(ctx, in.Cancelled)
	}
	result, err := t.run(ctx)
	if err := t.ear.finish(ctx); err != nil {
		return result, err
	}
	if err != nil {
		return end(err)
	}
	return result, nil
}

const (
	stepIsolate    = "Isolate: no queue joined, offline, off queue; read back"
	stepDrain      = "Drain: running conversations end by themselves"
	stepHandOver   = "Hand over: what is left goes to queue, department or manager"
	stepDeactivate = "Deactivate: inactive, sessions revoked; read back"
)

type termination struct {
	operation
	// cancelled is the context that ends when somebody cancels the workflow; the steps run apart from it.
	cancelled workflow.Context
	ear       *ear
	// inGrace: the account is deactivated and is to be deleted after a time.
	inGrace bool
	// isolated: it was read back that no work reaches the account.
	isolated bool
	// cut stops the alarms about an access that is not cut in time.
	cut workflow.CancelFunc
}

func (t *termination) run(ctx workflow.Context) (lifecycle.OperationResult, error) {
	if _, err := t.makePlan(ctx); err != nil {
		return lifecycle.OperationResult{}, err
	}
	if t.plan.Moot {
		return t.close(ctx, lifecycle.Moot, "HR no longer wants the access to end")
	}
	t.watch(ctx, workflow.Now(ctx).Add(-t.plan.Underway))
	defer t.cut()
	isolated, v, err := t.isolate(ctx)
	switch {
	case err != nil:
		return lifecycle.OperationResult{}, err
	case v == dismiss:
		return t.close(ctx, lifecycle.EndedDismissed, "a person decided that the account in question is not this leaver's")
	case v == replan:
		return t.close(ctx, lifecycle.Moot, "HR no longer wants the access to end")
	case isolated.NoAccount:
		return t.close(ctx, lifecycle.Done, "no account on the platform, looked for twice")
	}
	if err := t.drain(ctx, isolated); err != nil {
		return lifecycle.OperationResult{}, err
	}
	if err := t.handOver(ctx); err != nil {
		return lifecycle.OperationResult{}, err
	}
	if err := t.confirm(ctx); err != nil {
		return lifecycle.OperationResult{}, err
	}
	if err := t.deactivate(ctx); err != nil {
		return lifecycle.OperationResult{}, err
	}
	t.state = t.plan.Resting
	if t.inGrace {
		// The long wait begins in a run of its own, with a short history.
		return lifecycle.OperationResult{}, workflow.NewContinueAsNewError(ctx, names.WorkflowTermination, lifecycle.TerminationInput{
			OperationInput: t.in, InGrace: true, Cancelled: t.cancelled.Err() != nil,
		})
	}
	t.list.setAll(skipped, stepArchive, stepGrace)
	return lifecycle.OperationResult{Ended: lifecycle.Done}, t.mark(ctx, false)
}

// isolate cuts new work off. Whose account it is may be a question for a person, who can also say that it is not the leaver's; any
// other refusal does not hold up the next cut-off: it is put on record and the account is deactivated all the same.
func (t *termination) isolate(ctx workflow.Context) (lifecycle.IsolateResult, verdict, error) {
	t.list.set(ctx, stepIsolate, running, "")
	looked := false
	for {
		isolated, err := isolate(ctx, t.guarded(ctx))
		if err == nil && isolated.Guard != nil {
			if v, err := t.hardStop(ctx, *isolated.Guard); err != nil || v == replan {
				return isolated, v, err
			}
			continue
		}
		if err == nil && isolated.NoAccount && !looked {
			looked = true
			if err := t.lookAgainLater(ctx); err != nil {
				return isolated, "", err
			}
			continue
		}
		if err == nil {
			t.cut()
			t.isolated = true
			t.list.set(ctx, stepIsolate, done, fmt.Sprintf("%d conversations running", isolated.Live))
			return isolated, "", nil
		}
		refusal, refused := needsReview(err)
		if refused && refusal.Kind != lifecycle.ReviewIdentity {
			return t.notIsolated(ctx, refusal)
		}
		v, err := t.parkFor(ctx, stepIsolate, err)
		if err != nil || v == dismiss || v == replan && t.plan.Moot {
			return isolated, v, err
		}
	}
}

// secondLook is when an account that was not found is looked for once more: the platform's search lags, and somebody may have made one
// by hand a moment ago.
const secondLook = 5 * time.Minute

func (t *termination) lookAgainLater(ctx workflow.Context) error {
	t.list.set(ctx, stepIsolate, parked, "no account found; looks again in "+secondLook.String())
	return workflow.NewTimerWithOptions(ctx, secondLook, workflow.TimerOptions{Summary: "looks for an account once more"}).Get(ctx, nil)
}

// When an access that is due to end has not been read back unroutable, somebody is told, and told again (RULES 11).
const (
	unroutableWithin   = time.Minute
	unroutableEscalate = 15 * time.Minute
)

// watch tells people while the access is not read back as cut, whatever it waits for: the platform, the answer to a question, a second
// look. due is when the access had to end; what was missed before this run began is told at once.
func (t *termination) watch(ctx workflow.Context, due time.Time) {
	watching, stop := workflow.WithCancel(ctx)
	t.cut = stop
	workflow.GoNamed(watching, "access not cut", func(ctx workflow.Context) {
		for _, limit := range []time.Duration{unroutableWithin, unroutableEscalate} {
			late := workflow.NewTimerWithOptions(ctx, until(ctx, due.Add(limit)), workflow.TimerOptions{Summary: "not unroutable yet: somebody is told " + minute(due.Add(limit))})
			// What stops the telling stops the steps too, where it is more than the end of the watch.
			if late.Get(ctx, nil) != nil || t.tooLate(ctx, limit) != nil {
				return
			}
		}
	})
}

func (t *termination) tooLate(ctx workflow.Context, limit time.Duration) error {
	text := "the access that ends has not been read back unroutable within " + limit.String()
	if err := raiseAttention(ctx, lifecycle.AttentionInput{
		PhaseInput: t.phase(), Text: text, NotCut: true, Escalated: limit == unroutableEscalate,
	}); err != nil {
		return err
	}
	t.list.add(ctx, stepIsolate, text)
	return t.mark(ctx, true)
}

// notIsolated asks for somebody and goes on. The watch goes on too, until the account is inactive.
func (t *termination) notIsolated(ctx workflow.Context, refusal lifecycle.Refusal) (lifecycle.IsolateResult, verdict, error) {
	_, err := park(ctx, lifecycle.ParkInput{PhaseInput: t.phase(), Kind: refusal.Kind, Question: refusal.Question, Detail: refusal.Detail})
	if err != nil {
		return lifecycle.IsolateResult{}, "", err
	}
	t.list.set(ctx, stepIsolate, parked, "refused: "+refusal.Question)
	return lifecycle.IsolateResult{}, "", t.mark(ctx, true)
}

// drain waits for running conversations. What goes wrong with waiting is no reason not to cut the access.
func (t *termination) drain(ctx workflow.Context, isolated lifecycle.IsolateResult) error {
	if t.plan.SkipDrain || isolated.Live == 0 && !isolated.Training {
		t.list.set(ctx, stepDrain, done, "nothing to wait for")
		return nil
	}
	t.list.set(ctx, stepDrain, running, "at most "+t.plan.DrainWindow.String())
	drained, err := drain(ctx, lifecycle.DrainInput{PhaseInput: t.phase(), Window: t.plan.DrainWindow, Training: isolated.Training})
	if refusal, refused := needsReview(err); refused {
		t.list.set(ctx, stepDrain, done, "refused: "+refusal.Question)
		return nil
	}
	if err != nil {
		return err
	}
	t.plan.SkipDrain = t.plan.SkipDrain || drained.Dismissed
	t.list.set(ctx, stepDrain, done, fmt.Sprintf("%d still running at its end", drained.Live))
	return nil
}

// handOverWindow is how long the hand-over may take before the access is cut all the same: what the plan's policies say, and for a
// dismissal at most 15 s (DESIGN section 5). A plan without that policy has a minute.
func handOverWindow(plan lifecycle.PlanResult) time.Duration {
	window := cmp.Or(plan.HandOverWindow, time.Minute)
	if plan.SkipDrain {
		window = min(window, 15*time.Second)
	}
	return window
}

// handOver looks after everything that is still in the leaver's hands, callbacks for later included. What goes wrong with it is no
// reason not to cut the access either.
func (t *termination) handOver(ctx workflow.Context) error {
	t.list.set(ctx, stepHandOver, running, "")
	result, err := handOver(ctx, lifecycle.HandOverInput{PhaseInput: t.phase(), Window: handOverWindow(t.plan)})
	if fencedOff(err) {
		return err
	}
	if err != nil {
		t.list.set(ctx, stepHandOver, done, "given up: "+err.Error())
		return raiseAttention(ctx, lifecycle.AttentionInput{PhaseInput: t.phase(), Text: "live work could not be handed over; the access is cut all the same"})
	}
	t.list.set(ctx, stepHandOver, done, fmt.Sprintf("%d to queues, %d to the manager, %d ended, %d left", result.ToQueue, result.ToAgent, result.WrappedUp, result.Left))
	return nil
}

// deactivate does not give up: a refusal waits for a person to make it possible, and dismissing it only tries again.
func (t *termination) deactivate(ctx workflow.Context) error {
	t.list.set(ctx, stepDeactivate, running, "")
	for {
		deactivated, err := deactivate(ctx, lifecycle.DeactivateInput{GuardedInput: t.guarded(ctx)})
		if err == nil && deactivated.Guard != nil {
			if err := t.holdIsolated(ctx, *deactivated.Guard); err != nil {
				return err
			}
			continue
		}
		if err == nil {
			t.cut()
			t.inGrace = deactivated.Grace
			t.list.set(ctx, stepDeactivate, done, "read back")
			return nil
		}
		if _, err = t.parkFor(ctx, stepDeactivate, err); err != nil {
			return err
		}
		// Work is cut off already: the way back is a hire, once this has ended.
		t.plan.Moot = false
	}
}
