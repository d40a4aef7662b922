package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

// Hire brings a person onto the platform: the only way in, and the only way back.
//
//	plan → identity → entitlements → gate → join
//
// Nothing is joined before the gate lets it. What cannot be done is parked for a person to decide; being told to look again
// while parked means to plan anew.
func Hire(ctx workflow.Context, in lifecycle.OperationInput) (lifecycle.OperationResult, error) {
	h := &hire{operation: newOperation(ctx, in, lifecycle.Hire, lifecycle.Preparing, newChecklist(
		"Hire of "+in.PersonID, stepPlan, stepIdentity, stepEntitlements, stepGate, stepJoin))}
	result, err := h.run(ctx)
	if err != nil {
		return end(err)
	}
	return result, nil
}

const (
	stepPlan         = "Plan: what HR and the mapping registry say"
	stepIdentity     = "Identity: find, restore or create the account, link it"
	stepEntitlements = "Entitlements: roles, division, skills, queues (not joined), work plan"
	stepGate         = "Gate: may the agent get work"
	stepJoin         = "Join the queues, read back, active"
)

type hire struct {
	operation
	accountID string
}

func (h *hire) run(ctx workflow.Context) (lifecycle.OperationResult, error) {
	for {
		again, result, err := h.attempt(ctx)
		if err != nil || !again {
			return result, err
		}
	}
}

// attempt goes through the phases once. again means that something changed on the way and the phases start over; each phase
// leaves alone what is already as planned.
func (h *hire) attempt(ctx workflow.Context) (again bool, result lifecycle.OperationResult, err error) {
	if again, result, err = h.planned(ctx); again || err != nil || result.Ended != "" {
		return again, result, err
	}

	h.list.set(ctx, stepIdentity, running, "")
	identity, err := establishIdentity(ctx, h.phase())
	if err != nil {
		return h.parked(ctx, stepIdentity, err)
	}
	h.accountID = identity.AccountID
	h.list.set(ctx, stepIdentity, done, fmt.Sprintf("%s, account %s", identity.Claim, identity.AccountID))
	if identity.Claim == lifecycle.ClaimAdopt {
		return false, lifecycle.OperationResult{Ended: lifecycle.Adopted}, nil
	}

	h.list.set(ctx, stepEntitlements, running, "")
	prepared, err := prepareEntitlements(ctx, lifecycle.EntitlementsInput{
		PhaseInput: h.phase(), AccountID: identity.AccountID, Fresh: identity.Claim == lifecycle.ClaimCreate,
	})
	if err != nil {
		return h.parked(ctx, stepEntitlements, err)
	}
	h.list.set(ctx, stepEntitlements, done, "changed: "+prepared.Changed)

	h.list.set(ctx, stepGate, running, "")
	passed, err := h.gate(ctx, prepared.Gate)
	switch {
	case err != nil:
		return false, result, err
	case passed == dismiss:
		result, err = h.close(ctx, lifecycle.EndedDismissed, "the activation was rejected and the review dismissed")
		return false, result, err
	case passed != approved:
		return true, result, nil
	}

	h.list.set(ctx, stepJoin, running, "")
	if _, err := join(ctx, lifecycle.JoinInput{PhaseInput: h.phase(), Approved: prepared.Gate != ""}); err != nil {
		return h.parked(ctx, stepJoin, err)
	}
	h.list.set(ctx, stepJoin, done, "read back")
	h.state = lifecycle.Active
	return false, lifecycle.OperationResult{Ended: lifecycle.Done}, markState(ctx, lifecycle.Active, false)
}

// planned makes the plan; a hire parks whole when the registry cannot answer for all of it.
func (h *hire) planned(ctx workflow.Context) (again bool, result lifecycle.OperationResult, err error) {
	h.list.set(ctx, stepPlan, running, "")
	if _, err := h.makePlan(ctx); err != nil {
		return false, result, err
	}
	if h.plan.Moot {
		result, err = h.close(ctx, lifecycle.Moot, "HR no longer wants this hire")
		return false, result, err
	}
	if h.plan.Review == nil {
		h.list.set(ctx, stepPlan, done, fmt.Sprintf("mapping version %d", h.plan.MappingVersion))
		return false, result, nil
	}
	v, err := h.awaitReview(ctx, stepPlan, *h.plan.Review)
	if err != nil {
		return false, result, err
	}
	if v == dismiss {
		result, err = h.close(ctx, lifecycle.EndedDismissed, "the review was dismissed")
		return false, result, err
	}
	return true, result, nil
}

// parked waits for a person to decide about a phase's refusal.
func (h *hire) parked(ctx workflow.Context, step string, cause error) (again bool, result lifecycle.OperationResult, err error) {
	v, err := h.parkFor(ctx, step, cause)
	if err != nil {
		return false, result, err
	}
	if v == dismiss {
		result, err = h.close(ctx, lifecycle.EndedDismissed, "the review was dismissed")
		return false, result, err
	}
	return true, result, nil
}

// gate says whether the agent may be joined: at once, or by approval where the department's rule or the work plan's zone asks
// for one. It returns approved, replan when the plan has changed, or dismiss.
func (h *hire) gate(ctx workflow.Context, zone string) (verdict, error) {
	if !h.plan.NeedsActivation && zone == "" {
		h.list.set(ctx, stepGate, done, "no approval asked for")
		return approved, nil
	}
	question := "May the prepared account " + h.accountID + " be joined to its queues and get work?"
	if zone != "" {
		question += " Mind: " + zone + "."
	}
	deadline := workflow.Now(ctx).Add(h.plan.ApprovalDeadline)
	approval, err := openApproval(ctx, lifecycle.OpenApprovalInput{
		PhaseInput: h.phase(), Kind: lifecycle.ApprovalActivation, Question: question, Deadline: deadline,
	})
	if err != nil {
		return "", err
	}
	v := decision(approval.Decision)
	if v == "" {
		v, err = h.awaitActivation(ctx, approval.ApprovalID, question, deadline)
		if err != nil {
			return "", err
		}
	}
	if v == rejected {
		return h.activationRejected(ctx)
	}
	if v == approved {
		h.list.set(ctx, stepGate, done, "approved")
	}
	return v, nil
}

func decision(word string) verdict {
	switch word {
	case names.DecisionApprove:
		return approved
	case names.DecisionReject:
		return rejected
	}
	return ""
}

func (h *hire) awaitActivation(ctx workflow.Context, approvalID, question string, deadline time.Time) (verdict, error) {
	h.state = lifecycle.WaitingActivation
	if err := markState(ctx, h.state, false); err != nil {
		return "", err
	}
	h.list.set(ctx, stepGate, parked, "waits for approval until "+minute(deadline))
	h.list.ask(ctx, askForApproval(approvalID, question))
	overdue := newAlarm()
	overdue.set(ctx, deadline, "the approval is overdue")
	defer overdue.clear()
	for {
		in := lifecycle.TakeApprovalInput{PhaseInput: h.phase(), ApprovalID: approvalID}
		wasSet := overdue.isSet()
		rung, err := h.awaitSignal(ctx, h.approvals, overdue, func(raw converter.RawValue) { in.Signal = decodeSignal[names.ApprovalDecision](raw) })
		if err != nil {
			return "", err
		}
		if wasSet && !overdue.isSet() {
			if err := h.activationOverdue(ctx, approvalID); err != nil {
				return "", err
			}
			continue
		}
		decided, err := takeApproval(ctx, in)
		if err != nil {
			return "", err
		}
		if v := decision(decided.Decision); v != "" {
			h.list.ask(ctx, "")
			return v, nil
		}
		if decided.Refused != "" {
			h.list.ask(ctx, "The last signal was refused: "+decided.Refused+"\n\n"+askForApproval(approvalID, question))
		}
		if rung {
			changed, err := h.makePlan(ctx)
			if err != nil || changed || h.plan.Moot || h.plan.Review != nil {
				return replan, err
			}
		}
	}
}

// activationOverdue: the default is that the agent stays unjoined, and that somebody is told.
func (h *hire) activationOverdue(ctx workflow.Context, approvalID string) error {
	if err := raiseAttention(ctx, lifecycle.AttentionInput{
		PhaseInput: h.phase(), Text: "activation approval " + approvalID + " is overdue; the agent stays unjoined",
	}); err != nil {
		return err
	}
	h.list.set(ctx, stepGate, parked, "overdue: the agent stays unjoined until somebody decides")
	return markState(ctx, h.state, true)
}

// activationRejected leaves the agent prepared and unjoined; whether to ask again or to give up is a review.
func (h *hire) activationRejected(ctx workflow.Context) (verdict, error) {
	review, err := park(ctx, lifecycle.ParkInput{
		PhaseInput: h.phase(), Kind: lifecycle.ReviewActivation,
		Question: "The activation was rejected; the account is prepared and not joined. Retry asks again, dismiss gives the hire up.",
	})
	if err != nil {
		return "", err
	}
	return h.awaitReview(ctx, stepGate, review)
}
