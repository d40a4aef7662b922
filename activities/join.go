package activities

import (
	"context"
	"fmt"
	"time"

	"muster/lifecycle"
	"muster/store"
)

// Join lets work reach the agent: the queues of the plan are joined, read back, and the person is active. It asks the record
// once more whether it may: an activation that needs approval is not carried out on anybody's word but a granted approval's.
func (a *Activities) Join(ctx context.Context, in lifecycle.JoinInput) (lifecycle.PhaseResult, error) {
	var result lifecycle.PhaseResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in.PhaseInput)
		if err != nil {
			return err
		}
		if err := ph.mayJoin(ctx, in.Approved); err != nil {
			return err
		}
		result, err = ph.join(ctx)
		return err
	})
	return result, boundary(err)
}

func (ph *phase) mayJoin(ctx context.Context, approvalAsked bool) error {
	if !approvalAsked && !ph.plan.Policies.ActivationApproval {
		return nil
	}
	return ph.record(ctx, func(p *store.PersonTx) error {
		_, granted, err := p.Approved(lifecycle.ApprovalActivation, ph.plan.Digest, ph.in.Generation)
		if err == nil && !granted {
			return refuse(lifecycle.Refusal{Kind: lifecycle.ReviewActivation, Question: "The activation of this plan has not been approved."})
		}
		return err
	})
}

func (ph *phase) join(ctx context.Context) (lifecycle.PhaseResult, error) {
	target, _, err := ph.target(ctx)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	accountID := ph.person.Agent.PlatformUserID
	if err := ph.writer.SetJoined(ctx, accountID, target.QueueIDs, true); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	if err := ph.joined(ctx, accountID, target.QueueIDs); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	now := time.Now()
	return lifecycle.PhaseResult{Changed: "joined", Writes: ph.writes}, ph.record(ctx, func(p *store.PersonTx) error {
		if err := ph.settle(p, lifecycle.Applied, "the account was read back as planned and joined to its queues"); err != nil {
			return err
		}
		if err := p.UpdateAgent(store.AgentChange{ActivatedAt: &now}); err != nil {
			return err
		}
		text := fmt.Sprintf("verified active: joined to %d queues", len(target.QueueIDs))
		return ph.a.closeOperation(p, ph.in, lifecycle.Active, text)
	})
}

// joined reads back that the account is joined to the queues.
func (ph *phase) joined(ctx context.Context, accountID string, queueIDs []string) error {
	return ph.until(ctx, "the join", func(ctx context.Context) (string, error) {
		have, err := ph.a.platform.QueueIDs(ctx, accountID, true)
		if err != nil {
			return "", err
		}
		if missing := missingFrom(queueIDs, have); len(missing) > 0 {
			return fmt.Sprintf("%d queues not joined", len(missing)), nil
		}
		return "", nil
	})
}
