package activities

import (
	"context"
	"fmt"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// Change brings an active account to the plan: it reads what is, takes away what is wrong, adds what is missing, and reads back.
// Queues the agent keeps stay joined or not as they are; what no rule names is left alone.
func (a *Activities) Change(ctx context.Context, in lifecycle.PhaseInput) (lifecycle.PhaseResult, error) {
	var result lifecycle.PhaseResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in)
		if err != nil {
			return err
		}
		result, err = ph.change(ctx)
		return err
	})
	return result, boundary(err)
}

func (ph *phase) change(ctx context.Context) (lifecycle.PhaseResult, error) {
	accountID := ph.person.Agent.PlatformUserID
	target, managed, err := ph.target(ctx)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	if ph.plan.Partial() {
		managed = reconcile.ManagedIDs{}
	}
	want := ccaas.Want{Grants: true, Queues: true, Workforce: target.ManagementUnitID != "", ManagementUnitID: target.ManagementUnitID}
	actual, err := ph.a.platform.Account(ctx, accountID, want)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	if actual.State != ccaas.Active {
		return lifecycle.PhaseResult{}, refuse(lifecycle.Refusal{
			Kind: lifecycle.ReviewPlatformRefusal, Detail: map[string]string{"account_id": accountID},
			Question: fmt.Sprintf("The account is %s on the platform although HR wants the person at work: somebody changed it there. Make it active there and retry, or dismiss.", actual.State),
		})
	}
	changes := reconcile.Diff(target, managed, actual)
	join := changes.AddQueues
	if ph.attempt > 1 {
		// An attempt that ended early may have made the account a member without joining it.
		join = missingFrom(target.QueueIDs, joinedQueues(actual))
	}
	if !changes.Empty() || len(join) > 0 {
		if err := ph.carryOut(ctx, accountID, target, changes, join); err != nil {
			return lifecycle.PhaseResult{}, err
		}
		err := ph.until(ctx, "the change", func(ctx context.Context) (string, error) {
			actual, err := ph.a.platform.Account(ctx, accountID, want)
			if err != nil {
				return "", err
			}
			if left := reconcile.Diff(target, managed, actual); !left.Empty() {
				return left.String(), nil
			}
			if len(missingFrom(join, joinedQueues(actual))) > 0 {
				return "a new queue is not joined", nil
			}
			return "", nil
		})
		if err != nil {
			return lifecycle.PhaseResult{}, err
		}
	}
	return lifecycle.PhaseResult{Changed: changes.String(), Writes: ph.writes}, ph.changed(ctx, changes)
}

func (ph *phase) carryOut(ctx context.Context, accountID string, target reconcile.Target, c reconcile.Changes, join []string) error {
	if err := ph.stop(ctx, accountID, c); err != nil {
		return err
	}
	if err := ph.add(ctx, accountID, target, c, false); err != nil {
		return err
	}
	if err := ph.addQueues(ctx, accountID, c.AddQueues); err != nil {
		return err
	}
	if len(join) > 0 {
		if err := ph.writer.SetJoined(ctx, accountID, join, true); err != nil {
			return err
		}
	}
	return ph.profile(ctx, accountID, c)
}

// changed records the proof and, unless part of the plan is parked, the end of the operation.
func (ph *phase) changed(ctx context.Context, c reconcile.Changes) error {
	return ph.record(ctx, func(p *store.PersonTx) error {
		outcome, reason := lifecycle.Applied, "the account was read back as planned; changed: "+c.String()
		if c.Empty() && ph.attempt == 1 {
			outcome, reason = lifecycle.NoChange, "the account already was as planned"
		}
		if err := ph.settle(p, outcome, reason); err != nil {
			return err
		}
		if err := ph.unmanaged(p, c); err != nil {
			return err
		}
		if len(naming(ph.plan, ph.person)) > 0 {
			return ph.note(p, "transfer.part", "what the registry answers for was read back; the rest waits; changed: "+c.String())
		}
		return ph.a.closeOperation(p, ph.in, lifecycle.Active, "verified: "+reason)
	})
}
