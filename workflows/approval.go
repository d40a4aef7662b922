package workflows

import (
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

func decision(word string) verdict {
	switch word {
	case names.DecisionApprove:
		return approved
	case names.DecisionReject:
		return rejected
	}
	return ""
}

// approval asks, and waits for the answer: approved, rejected, or replan when the plan has changed meanwhile.
func (o *operation) approval(ctx workflow.Context, step string, in lifecycle.OpenApprovalInput) (verdict, error) {
	opened, err := openApproval(ctx, in)
	if err != nil {
		return "", err
	}
	if v := decision(opened.Decision); v != "" {
		return v, nil
	}
	if err := o.mark(ctx, false); err != nil {
		return "", err
	}
	in.Deadline = opened.Deadline
	o.list.set(ctx, step, parked, "waits for approval until "+minute(in.Deadline))
	o.list.ask(ctx, askForApproval(opened.ApprovalID, in))
	v, err := o.awaitApproval(ctx, step, opened.ApprovalID, in)
	o.list.ask(ctx, "")
	return v, err
}

func (o *operation) awaitApproval(ctx workflow.Context, step, approvalID string, asked lifecycle.OpenApprovalInput) (verdict, error) {
	overdue := newAlarm()
	overdue.set(ctx, asked.Deadline, "the approval is overdue")
	defer overdue.clear()
	waiting := o.listen(ctx, o.approvals)
	for {
		message, err := waiting.next(ctx, overdue)
		if err != nil {
			return "", err
		}
		in := lifecycle.TakeApprovalInput{PhaseInput: o.phase(), ApprovalID: approvalID, Early: message.early}
		if message.signal != nil {
			in.Signal = decodeSignal[names.ApprovalDecision](*message.signal)
		}
		if message.signal == nil && !message.rung {
			if err := o.overdue(ctx, step, approvalID); err != nil {
				return "", err
			}
			continue
		}
		decided, err := takeApproval(ctx, in)
		if err != nil {
			return "", err
		}
		if v := decision(decided.Decision); v != "" {
			return v, nil
		}
		if decided.Refused != "" {
			o.list.ask(ctx, "The last signal was refused: "+decided.Refused+"\n\n"+askForApproval(approvalID, asked))
		}
		if message.rung {
			if moved, err := o.planMoved(ctx); moved || err != nil {
				return replan, err
			}
		}
	}
}

// overdue: the default is that nothing is given, and that somebody is told.
func (o *operation) overdue(ctx workflow.Context, step, approvalID string) error {
	if err := raiseAttention(ctx, lifecycle.AttentionInput{
		PhaseInput: o.phase(), Text: "approval " + approvalID + " is overdue; nothing is given until somebody decides",
	}); err != nil {
		return err
	}
	o.list.set(ctx, step, parked, "overdue: nothing is given until somebody decides")
	return o.mark(ctx, true)
}

// rejected leaves everything as it is; whether to ask again or to give up is a review.
func (o *operation) rejected(ctx workflow.Context, step, question string) (verdict, error) {
	review, err := park(ctx, lifecycle.ParkInput{PhaseInput: o.phase(), Kind: lifecycle.ReviewActivation, Question: question})
	if err != nil {
		return "", err
	}
	return o.awaitReview(ctx, step, review)
}
