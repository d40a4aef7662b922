package activities

import (
	"context"
	"errors"
	"time"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// Deactivate makes the account inactive, ends its sessions and takes it off its phone, reads it back and brings the events to their outcome. The account
// is kept: nothing here deletes. Whom the mass-change guard holds stays isolated, and that is all.
func (a *Activities) Deactivate(ctx context.Context, in lifecycle.DeactivateInput) (lifecycle.PhaseResult, error) {
	var result lifecycle.PhaseResult
	err := beating(ctx, func(ctx context.Context) error {
		var held *lifecycle.Guarded
		ph, err := a.beginAfter(ctx, in.PhaseInput, func(ph *phase, p *store.PersonTx) (err error) {
			if !in.OnlyCut {
				held, err = leaving{ph}.askDeactivation(p, in.GuardedInput)
			}
			return err
		})
		if err != nil {
			return err
		}
		if held != nil || in.OnlyCut {
			result.Guard = held
			return leaving{ph}.stayIsolated(ctx)
		}
		result, err = leaving{ph}.deactivate(ctx)
		return err
	})
	return result, boundary(err)
}

// stayIsolated isolates again whoever has joined again while the guard holds them. What the platform refuses is for the deactivation to say.
func (l leaving) stayIsolated(ctx context.Context) error {
	accountID := l.person.Agent.PlatformUserID
	account, err := l.a.platform.Account(ctx, accountID, ccaas.Want{})
	if err != nil || account.State != ccaas.Active {
		return err
	}
	if err := l.cutIfJoined(ctx, accountID); !final(err) {
		return err
	}
	return nil
}

func (l leaving) deactivate(ctx context.Context) (lifecycle.PhaseResult, error) {
	accountID := l.person.Agent.PlatformUserID
	if accountID == "" {
		return lifecycle.PhaseResult{}, refuse(lifecycle.Refusal{
			Kind: lifecycle.ReviewPlatformRefusal, Question: "The leaver's account could not be looked up; there may be one that is still active.",
		})
	}
	account, err := l.a.platform.Account(ctx, accountID, ccaas.Want{})
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	if account.State == ccaas.Active {
		// However long this had to wait: nobody who has joined again stays joined. A refusal does not hold up the next cut.
		if err := l.cutIfJoined(ctx, accountID); err != nil && !final(err) {
			return lifecycle.PhaseResult{}, err
		}
	}
	if err := l.cutOff(ctx, account); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	err = l.until(ctx, "the deactivation", func(ctx context.Context) (string, error) {
		account, err := l.a.platform.Account(ctx, accountID, ccaas.Want{})
		if err != nil || account.State != ccaas.Active {
			return "", err
		}
		return "state " + string(account.State), nil
	})
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	above, err := l.above(ctx)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	return lifecycle.PhaseResult{Changed: "deactivated", Writes: l.writes, Grace: l.plan.Ended}, l.record(ctx, func(p *store.PersonTx) error {
		if err := l.settle(p, lifecycle.Applied, "read back inactive, sessions revoked"); err != nil {
			return err
		}
		decided, err := l.decided(p)
		if err != nil {
			return err
		}
		if err := l.beginGrace(p, decided); err != nil {
			return err
		}
		if err := l.moveReports(p, above); err != nil {
			return err
		}
		if err := p.AwaitManager(""); err != nil {
			return err
		}
		if err := l.repaired(p); err != nil {
			return err
		}
		return l.a.closeOperation(p, l.in, l.restingState(decided), "verified inactive, sessions revoked")
	})
}

// decided says that somebody decided, or nobody had to, that the account is deleted in the end (RULES 10).
func (l leaving) decided(p *store.PersonTx) (bool, error) {
	binds := confirms(l.person.Agent)
	if binds == "" {
		return true, nil
	}
	_, granted, err := p.Approved(lifecycle.ApprovalTerminate, binds, l.in.Generation)
	return granted, err
}

// beginGrace starts the clock of RULES 7 for somebody who has left; leave and scope exit have none.
func (l leaving) beginGrace(p *store.PersonTx, decided bool) error {
	if !l.plan.Ended {
		return nil
	}
	now := time.Now().UTC()
	err := p.BeginGrace(lifecycle.Grace{
		Generation: l.in.Generation, Platform: l.a.platform.Name(), PlatformUserID: l.person.Agent.PlatformUserID,
		StartedAt: now, Deadline: now.Add(l.plan.Policies.Grace),
	})
	if err != nil || decided {
		return err
	}
	return l.suspendGrace(p)
}

// suspendGrace: nobody has agreed that the account which a reconciliation found active is deleted, so it is kept until somebody does.
func (l leaving) suspendGrace(p *store.PersonTx) error {
	return errors.Join(
		p.ChangeGrace(l.in.Generation, store.GraceChange{Phase: new(lifecycle.GraceSuspended)}),
		p.RaiseAlert(store.Alert{
			Kind: store.AlertGraceSuspended, Severity: store.SeverityCritical,
			Text: "An account that was found active was made inactive and nobody decided about it. Nothing is deleted until somebody resumes its grace.",
		}),
		l.note(p, "grace.suspended", "nobody approved the deactivation: nothing is deleted until the grace is resumed"))
}

// restingState is where the person comes to rest: under a hold from the first moment, where one was placed before.
func (l leaving) restingState(decided bool) lifecycle.State {
	switch {
	case l.plan.Ended && len(l.person.Holds) > 0:
		return lifecycle.Held
	case l.plan.Ended && !decided:
		return lifecycle.Suspended
	}
	return l.plan.Resting
}

// cutOff makes the cuts that are independent of each other: one that fails never stops the next. The order matters where both work:
// sessions end after the account is inactive, since until then single sign-on could begin a new one.
func (l leaving) cutOff(ctx context.Context, account ccaas.Account) error {
	var inactive error
	if account.State == ccaas.Active {
		inactive = l.writer.Deactivate(ctx, account.ID)
	}
	sessions := l.writer.RevokeSessions(ctx, account.ID)
	station := l.writer.ClearStation(ctx, account.ID)
	for _, err := range []error{inactive, sessions, station} {
		if err != nil {
			return err
		}
	}
	return nil
}
