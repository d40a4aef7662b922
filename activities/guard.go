package activities

import (
	"context"
	"slices"
	"time"

	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

// Option changes what New makes.
type Option func(*Activities)

// WithGuardLimits gives the mass-change guard other limits than those of the version of the registry that an operation was planned with.
func WithGuardLimits(of func(*mapping.Registry) lifecycle.GuardLimits) Option {
	return func(a *Activities) { a.guardLimits = of }
}

// guardRequest asks the guard about this phase's operation.
func (ph *phase) guardRequest(kind lifecycle.GuardKind, now time.Time, refused, question string) store.GuardRequest {
	return store.GuardRequest{
		Platform: ph.a.platform.Name(), Kind: kind, Generation: ph.in.Generation, Limits: ph.a.guardLimits(ph.registry),
		MappingVersion: ph.plan.MappingVersion, Question: question, WorkflowID: ph.workflowID(), Now: now, Refused: refused,
	}
}

// askGuard asks, and has the plan's events wait for the release where the guard holds the person.
func (ph *phase) askGuard(p *store.PersonTx, r store.GuardRequest) (*lifecycle.Guarded, error) {
	held, err := p.AskGuard(r)
	if err != nil || held == nil || held.Refused {
		return held, err
	}
	for _, id := range ph.plan.Settles {
		if err := p.SetWaiting(id, releaseWait(held.ApprovalID, held.Deadline, ph.workflowID())); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// releaseWait says of an event that it waits for somebody to release the person from the guard.
func releaseWait(approvalID string, until time.Time, workflowID string) store.Wait {
	return store.Wait{
		Until: until, For: "approver", What: "approval " + approvalID + ": " + string(lifecycle.ApprovalGuardRelease), WorkflowID: workflowID,
	}
}

// heldByGuard is the approval that the person's present operation waits for, of those loaded.
func heldByGuard(person store.Person) (store.Approval, bool) {
	for _, a := range person.Approvals {
		if a.Kind == lifecycle.ApprovalGuardRelease && a.State == store.ApprovalOpen && a.Generation == person.Agent.Generation {
			return a, true
		}
	}
	return store.Approval{}, false
}

// askHardStop is the guard before the isolation: whoever has no account at work is not cut off, and dismissals never wait.
func (l leaving) askHardStop(p *store.PersonTx, in lifecycle.GuardedInput) (*lifecycle.Guarded, error) {
	agent := l.person.Agent
	atWork := []lifecycle.State{lifecycle.Active, lifecycle.Isolating, lifecycle.Draining}
	if agent.PlatformUserID == "" || !slices.Contains(atWork, agent.State) {
		return nil, nil
	}
	r := l.guardRequest(lifecycle.GuardIsolation, in.Now, in.Refused, "May this access be cut off? Until then the account keeps it.")
	r.Subject, r.Anyway = l.source(), dismissed(l.hr)
	return l.askGuard(p, r)
}

// source is where the newest of the events that the plan carries out comes from. What no event has brought about is Muster's own doing.
func (ph *phase) source() string {
	source := store.ActorMuster
	for _, e := range ph.person.Events {
		if slices.Contains(ph.plan.Settles, e.Event.EventID) {
			source = e.Event.SourceSystem
		}
	}
	return source
}

// askDeactivation is the guard between the isolation and what cannot be undone.
func (l leaving) askDeactivation(p *store.PersonTx, in lifecycle.GuardedInput) (*lifecycle.Guarded, error) {
	if l.person.Agent.PlatformUserID == "" {
		return nil, nil
	}
	return l.askGuard(p, l.guardRequest(lifecycle.GuardDeactivation, in.Now, in.Refused,
		"May this account be made inactive? It takes no work any more and stays as it is until then."))
}

// createGuarded creates the account unless the guard holds the person. That there is one already often shows only by the email, when the
// platform refuses to create it: what is found is no creation, and neither waits nor counts.
func (i identification) createGuarded(ctx context.Context) (d lifecycle.IdentityDecision, held *lifecycle.Guarded, err error) {
	if held, err = i.askCreation(ctx); err != nil {
		return d, nil, err
	}
	if held == nil {
		if d, err = i.create(ctx); err != nil || d.Claim == lifecycle.ClaimCreate {
			return d, nil, err
		}
		return d, nil, i.record(ctx, func(p *store.PersonTx) error { return p.DoesNotCount(lifecycle.GuardCreation, i.in.Generation) })
	}
	if i.hr.Email == "" {
		return d, held, nil
	}
	byEmail, err := i.a.platform.AccountsByEmail(ctx, i.hr.Email)
	if err != nil || len(byEmail) == 0 {
		return d, held, err
	}
	if d, err = i.identify(ctx, nil, byEmail); err != nil || d.Claim == lifecycle.ClaimCreate {
		return d, held, err
	}
	return d, nil, i.record(ctx, func(p *store.PersonTx) error {
		return p.WithdrawReleases(i.in.Generation, "there is an account already")
	})
}

// askCreation is the guard before an account is created.
func (i identification) askCreation(ctx context.Context) (held *lifecycle.Guarded, err error) {
	err = i.record(ctx, func(p *store.PersonTx) error {
		held, err = i.askGuard(p, i.guardRequest(lifecycle.GuardCreation, i.guarded.Now, i.guarded.Refused, "May an account be created for this person?"))
		return err
	})
	return held, err
}
