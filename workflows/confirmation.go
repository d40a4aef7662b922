package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// How long somebody has to decide about an account that a reconciliation found active (RULES 10), and how often it is isolated again
// meanwhile if the agent has joined again.
const (
	confirmWithin = 24 * time.Hour
	isolateEvery  = 10 * time.Minute
)

// confirm waits for an approver where a reconciliation found the account active: it is isolated already, and that is all that is done on
// the word of a comparison. When nobody decides it becomes inactive all the same and is not deleted. Where the isolation was refused
// nothing is waited for: an access that could not be cut is not left while somebody thinks.
func (t *termination) confirm(ctx workflow.Context) error {
	if t.plan.Confirm == "" || !t.isolated {
		return nil
	}
	for {
		v, err := t.askToConfirm(ctx)
		if err != nil || v == approved || v == byDefault {
			return err
		}
		review, err := park(ctx, lifecycle.ParkInput{
			PhaseInput: t.phase(), Kind: lifecycle.ReviewFoundActive,
			Question: "The deactivation was rejected; the account stays isolated. Retry asks again, dismiss makes it inactive without deleting it.",
		})
		if err != nil {
			return err
		}
		if v, err = t.awaitReview(ctx, stepDeactivate, review); err != nil || v == dismiss {
			return err
		}
	}
}

// byDefault: nobody decided, and what RULES 10 has for that takes effect.
const byDefault verdict = "default"

func (t *termination) askToConfirm(ctx workflow.Context) (verdict, error) {
	in := lifecycle.OpenApprovalInput{
		PhaseInput: t.phase(), Kind: lifecycle.ApprovalTerminate, Binds: t.plan.Confirm, Deadline: workflow.Now(ctx).Add(confirmWithin),
		Question: "The account was " + t.plan.Confirm + " although nobody may reach it. It is isolated. May it become inactive?",
	}
	opened, err := openApproval(ctx, in)
	if err != nil {
		return "", err
	}
	if v := decision(opened.Decision); v != "" {
		return v, nil
	}
	in.Deadline = opened.Deadline
	t.list.set(ctx, stepDeactivate, parked, "isolated; waits for approval until "+minute(in.Deadline))
	t.list.ask(ctx, askForApproval(opened.ApprovalID, in))
	if err := t.mark(ctx, true); err != nil {
		return "", err
	}
	v, err := t.awaitConfirmation(ctx, opened.ApprovalID, in.Deadline)
	if err != nil {
		return "", err
	}
	t.list.set(ctx, stepDeactivate, done, string(v))
	t.list.ask(ctx, "")
	return v, t.mark(ctx, false)
}

// awaitConfirmation waits for the decision, and isolates again whoever has joined again meanwhile.
func (t *termination) awaitConfirmation(ctx workflow.Context, approvalID string, deadline time.Time) (verdict, error) {
	look := newAlarm()
	defer look.clear()
	waiting := t.listen(ctx, t.approvals)
	for {
		next := workflow.Now(ctx).Add(isolateEvery)
		if deadline.Before(next) {
			next = deadline
		}
		look.set(ctx, next, "isolates again whoever has joined again")
		message, err := waiting.next(ctx, look)
		if err != nil {
			return "", err
		}
		in := lifecycle.TakeApprovalInput{
			PhaseInput: t.phase(), ApprovalID: approvalID, Early: message.early, Overdue: !workflow.Now(ctx).Before(deadline),
		}
		if message.signal != nil {
			in.Signal = decodeSignal[names.ApprovalDecision](*message.signal)
		}
		decided, err := takeApproval(ctx, in)
		if err != nil {
			return "", err
		}
		if decided.Decision == names.DecisionDefault {
			return byDefault, nil
		}
		if v := decision(decided.Decision); v != "" {
			return v, nil
		}
		if message.signal != nil || message.rung {
			continue
		}
		if err := keepIsolated(ctx, t.phase()); err != nil && !refused(err) {
			return "", err
		}
	}
}

// refused says that an activity was refused for good: it is tried again at the next look, and the deactivation comes in any case.
func refused(err error) bool {
	_, is := needsReview(err)
	return is
}
