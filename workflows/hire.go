package workflows

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
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

	if again, result, err = h.mayReturn(ctx); again || err != nil || result.Ended != "" {
		return again, result, err
	}

	h.list.set(ctx, stepIdentity, running, "")
	identity, err := establishIdentity(ctx, h.guarded(ctx))
	if err != nil {
		return h.parked(ctx, stepIdentity, err)
	}
	if identity.Guard != nil {
		v, err := h.held(ctx, stepIdentity, *identity.Guard, "No account was created, since it was not released. Retry asks an approver again, dismiss gives the hire up.")
		return h.decided(ctx, v, err)
	}
	h.accountID = identity.AccountID
	h.list.set(ctx, stepIdentity, done, fmt.Sprintf("%s, account %s", identity.Claim, identity.AccountID))
	if identity.Claim == lifecycle.ClaimAdopt {
		return false, lifecycle.OperationResult{Ended: lifecycle.Adopted}, nil
	}

	h.list.set(ctx, stepEntitlements, running, "")
	prepared, err := prepareEntitlements(ctx, lifecycle.EntitlementsInput{
		PhaseInput: h.phase(), AccountID: identity.AccountID, Fresh: identity.Claim == lifecycle.ClaimCreate && !identity.Incomplete,
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
	if _, err := join(ctx, lifecycle.JoinInput{PhaseInput: h.phase(), Approved: prepared.Gate != "", HeldUp: prepared.HeldUp}); err != nil {
		return h.parked(ctx, stepJoin, err)
	}
	h.list.set(ctx, stepJoin, done, "read back")
	h.state = lifecycle.Active
	return false, lifecycle.OperationResult{Ended: lifecycle.Done}, h.mark(ctx, false)
}

// planned makes the plan; a hire parks whole when the registry cannot answer for all of it.
func (h *hire) planned(ctx workflow.Context) (again bool, result lifecycle.OperationResult, err error) {
	h.list.set(ctx, stepPlan, running, "")
	if _, err := h.makePlan(ctx); err != nil {
		return false, result, err
	}
	if h.plan.Moot {
		result, err = h.close(ctx, lifecycle.Moot, cmp.Or(h.plan.MootBecause, "HR no longer wants this hire"))
		return false, result, err
	}
	if h.plan.Review == nil {
		h.list.set(ctx, stepPlan, done, fmt.Sprintf("mapping version %d", h.plan.MappingVersion))
		return false, result, nil
	}
	v, err := h.awaitReview(ctx, stepPlan, *h.plan.Review)
	return h.decided(ctx, v, err)
}

// parked waits for a person to decide about a phase's refusal.
func (h *hire) parked(ctx workflow.Context, step string, cause error) (again bool, result lifecycle.OperationResult, err error) {
	v, err := h.parkFor(ctx, step, cause)
	return h.decided(ctx, v, err)
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
	h.state = lifecycle.WaitingActivation
	v, err := h.approval(ctx, stepGate, lifecycle.OpenApprovalInput{
		PhaseInput: h.phase(), Kind: lifecycle.ApprovalActivation, Binds: h.plan.Digest, Question: question,
		Deadline: workflow.Now(ctx).Add(h.plan.ApprovalDeadline),
	})
	switch {
	case err != nil:
		return "", err
	case v == rejected:
		return h.rejected(ctx, stepGate, "The activation was rejected; the account is prepared and not joined. Retry asks again, dismiss gives the hire up.")
	case v == approved:
		h.list.set(ctx, stepGate, done, "approved")
	}
	return v, nil
}

// rehireDeadline is how long legal has until a rehire that nobody decided needs attention (RULES 10).
const rehireDeadline = 48 * time.Hour

// mayReturn waits for legal when somebody who was dismissed is hired again; until then nothing is touched. What is asked says nothing of
// the reason: Temporal's history is for operators.
func (h *hire) mayReturn(ctx workflow.Context) (again bool, result lifecycle.OperationResult, err error) {
	if h.plan.Rehire == "" {
		return false, result, nil
	}
	v, err := h.approval(ctx, stepPlan, lifecycle.OpenApprovalInput{
		PhaseInput: h.phase(), Kind: lifecycle.ApprovalRehire, Binds: h.plan.Rehire, Deadline: workflow.Now(ctx).Add(rehireDeadline),
		Question: "May this person come back? The record says why that is asked.",
	})
	if err == nil && v == rejected {
		v, err = h.rejected(ctx, stepPlan, "The return was not approved; nothing was touched. Retry asks again, dismiss gives the hire up.")
	}
	switch {
	case err != nil:
		return false, result, err
	case v == dismiss:
		result, err = h.close(ctx, lifecycle.EndedDismissed, "the return was not approved and the review dismissed")
		return false, result, err
	}
	h.list.set(ctx, stepPlan, done, fmt.Sprintf("mapping version %d", h.plan.MappingVersion))
	return v != approved, result, nil
}
