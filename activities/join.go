package activities

import (
	"context"
	"fmt"
	"time"

	"muster/ccaas"
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
		result, err = ph.join(ctx, in.HeldUp)
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

func (ph *phase) join(ctx context.Context, held []lifecycle.Field) (lifecycle.PhaseResult, error) {
	b, err := ph.bind(ctx)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	accountID := ph.person.Agent.PlatformUserID
	queues, err := ph.queuesToJoin(ctx, b, accountID)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	if err := ph.writer.SetJoined(ctx, accountID, queues, true); err != nil {
		if ccaas.IsKind(err, ccaas.KindNoSeat) {
			seat := noSeat(err)
			return lifecycle.PhaseResult{}, refuse(lifecycle.Refusal{Kind: lifecycle.ReviewConflict, Question: seat.question, Detail: seat.detail("")})
		}
		return lifecycle.PhaseResult{}, err
	}
	if err := ph.joined(ctx, accountID, queues); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	more, err := ph.isMoreToDo(ctx, b, held)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	now := time.Now()
	return lifecycle.PhaseResult{Changed: "joined", Writes: ph.writes}, ph.record(ctx, func(p *store.PersonTx) error {
		if err := ph.settle(p, lifecycle.Applied, "the account was read back as planned and joined to its queues", held...); err != nil {
			return err
		}
		if err := p.Joined(); err != nil {
			return err
		}
		change := store.AgentChange{ActivatedAt: &now}
		if more {
			change.PlanDigest = new("") // the plan has not been carried out whole: a Transfer has to
		}
		if err := p.UpdateAgent(change); err != nil {
			return err
		}
		if err := managerAppeared(p, b.target.ManagerID); err != nil {
			return err
		}
		if err := ph.ringReports(p); err != nil {
			return err
		}
		if err := ph.repairedHire(p); err != nil {
			return err
		}
		text := fmt.Sprintf("verified active: joined to %d queues", len(queues))
		return ph.a.closeOperation(p, ph.in, lifecycle.Active, text)
	})
}

// queuesToJoin are the queues of the plan, but that one somebody has excepted is joined if the account is its member, whatever the plan says.
func (ph *phase) queuesToJoin(ctx context.Context, b bound, accountID string) ([]string, error) {
	allowed, err := ph.allowances(ctx, b.catalogue, time.Now())
	if err != nil || allowed.none() {
		return b.target.JoinIDs(), err
	}
	account, err := ph.a.platform.Account(ctx, accountID, ccaas.Want{Queues: true})
	return allowed.on(b.target, account).JoinIDs(), err
}

// isMoreToDo says whether a Transfer has to follow: for a field that is held up, for roles that somebody who returns gets by approval only,
// or that a reversal gives back by one. Nobody waits for any of it to start work.
func (ph *phase) isMoreToDo(ctx context.Context, b bound, held []lifecycle.Field) (bool, error) {
	more := len(held)+len(b.heldBack) > 0
	if more || ph.plan.RestoresGeneration == 0 {
		return more, nil
	}
	extras, err := ph.extras(ctx, b)
	return len(extras.Roles) > 0, err
}

// ringReports has the account filled in as the manager's on those of the people this person manages who wait for it.
func (ph *phase) ringReports(p *store.PersonTx) error {
	reports, err := p.RingReports()
	if err != nil || reports == 0 {
		return err
	}
	return ph.note(p, "manager.appeared", fmt.Sprintf("the accounts of %d people get their manager", reports))
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
