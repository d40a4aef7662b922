package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// phase is one phase of an operation on the platform: the plan it carries out, the person as the plan saw them, and the guarded
// writer that the fence stands behind.
type phase struct {
	a      *Activities
	in     lifecycle.PhaseInput
	plan   lifecycle.Plan
	person store.Person
	// hr is the state HR wanted at the plan's instant, folded from the plan's own events.
	hr     hr.State
	writer ccaas.Writer
	writes int
	// attempt counts from 1.
	attempt int32
}

// begin loads what a phase needs. It fails with ErrFenced when the person has been taken over.
func (a *Activities) begin(ctx context.Context, in lifecycle.PhaseInput) (*phase, error) {
	info := activity.GetInfo(ctx)
	ph := &phase{a: a, in: in, attempt: info.Attempt}
	var err error
	if ph.plan, err = a.store.PlanOf(ctx, in.PersonID, in.Generation, in.Digest); err != nil {
		return nil, err
	}
	err = a.inOperation(ctx, in, func(_ context.Context, _ *store.PersonTx, person store.Person) error {
		ph.person = person
		return nil
	})
	if err != nil {
		return nil, err
	}
	registry, err := a.registry.version(ctx, ph.plan.MappingVersion)
	if err != nil {
		return nil, err
	}
	ph.hr = hr.Fold(plannedEvents(ph.person, ph.plan), ph.plan.At, registry.Zones()).State
	guard := a.store.Guard(store.Fence{
		PersonID: in.PersonID, Generation: in.Generation, Actor: store.ActorMuster,
		WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID,
	})
	ph.writer = a.platform.Writer(func(ctx context.Context, w ccaas.Write, call func(context.Context) (ccaas.Receipt, error)) error {
		ph.writes++
		return guard(ctx, w, call)
	})
	return ph, nil
}

// plannedEvents are the events the plan was made from: the same events give the same state, whatever has come since.
func plannedEvents(person store.Person, plan lifecycle.Plan) (planned []hr.Accepted) {
	wanted := map[string]bool{}
	for _, id := range plan.EventIDs {
		wanted[id] = true
	}
	for _, e := range person.Events {
		if wanted[e.Event.EventID] {
			planned = append(planned, e.Accepted)
		}
	}
	return planned
}

// externalKey is how an id of the person is written on the platform: ids of other namespaces than the default one carry theirs, so
// that two HR systems may use the same number.
func externalKey(id store.ExternalID) string {
	if id.Namespace == "" || id.Namespace == defaultNamespace {
		return id.ID
	}
	return id.Namespace + ":" + id.ID
}

// defaultNamespace is the namespace of sources that were not given one of their own.
const defaultNamespace = "default"

// identity is what is known of the person for finding the account.
func (ph *phase) identity(creationTried bool) lifecycle.Identity {
	who := lifecycle.Identity{
		FirstName: ph.hr.FirstName, LastName: ph.hr.LastName, Email: ph.hr.Email, CreationTried: creationTried,
	}
	for _, id := range ph.person.ExternalIDs {
		who.ExternalIDs = append(who.ExternalIDs, externalKey(id))
	}
	return who
}

// target binds the plan to the platform's ids. A construct the platform does not have is looked for in a fresh catalogue before
// it is refused.
func (ph *phase) target(ctx context.Context) (reconcile.Target, reconcile.ManagedIDs, error) {
	registry, err := ph.a.registry.version(ctx, ph.plan.MappingVersion)
	if err != nil {
		return reconcile.Target{}, nil, err
	}
	manager, err := ph.manager(ctx)
	if err != nil {
		return reconcile.Target{}, nil, err
	}
	for _, fresh := range []bool{false, true} {
		catalogue, err := ph.a.platform.Catalogue(ctx, fresh)
		if err != nil {
			return reconcile.Target{}, nil, err
		}
		target, missing := reconcile.Bind(ph.plan.Desired, ph.hr, manager, catalogue)
		if len(missing) == 0 {
			return target, reconcile.BindManaged(registry.Managed(), catalogue), nil
		}
		if fresh {
			return target, nil, refuse(lifecycle.Refusal{
				Kind: lifecycle.ReviewMissingConstruct,
				Question: fmt.Sprintf("Mapping version %d names what the platform does not have: %v. Create it there or publish a version without it.",
					ph.plan.MappingVersion, missing),
				Detail: map[string]string{"missing": fmt.Sprint(missing)},
			})
		}
	}
	panic("unreachable: the second round returns")
}

// manager is the platform id of the person's manager; empty when HR names none, the manager has no account yet, or the id is that of
// several people.
func (ph *phase) manager(ctx context.Context) (string, error) {
	if ph.hr.ManagerExternalID == "" {
		return "", nil
	}
	manager, err := ph.a.store.Agent(ctx, ph.hr.ManagerExternalID)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguousID) {
		return "", nil
	}
	return manager.PlatformUserID, err
}

// record runs fn on the person's record in one transaction while the operation holds the person.
func (ph *phase) record(ctx context.Context, fn func(p *store.PersonTx) error) error {
	return ph.a.inOperation(ctx, ph.in, func(_ context.Context, p *store.PersonTx, _ store.Person) error { return fn(p) })
}

// settle brings the plan's events to their outcome; those that name a code without a rule keep waiting.
func (ph *phase) settle(p *store.PersonTx, o lifecycle.Outcome, reason string) error {
	waiting := map[string]bool{}
	if ph.in.Operation != lifecycle.Termination {
		waiting = naming(ph.plan, ph.person)
	}
	return settlePlan(p, ph.plan, ph.person, o, reason, waiting)
}

// settlePlan brings the events that a plan settles to their outcome, but for those that keep waiting.
func settlePlan(p *store.PersonTx, plan lifecycle.Plan, person store.Person, o lifecycle.Outcome, reason string, waiting map[string]bool) error {
	for _, e := range person.Events {
		id := e.Event.EventID
		if waiting[id] || !slices.Contains(plan.Settles, id) {
			continue
		}
		outcome, why := plan.OutcomeOf(e.Event.EventType, o, reason)
		if err := p.Settle(id, outcome, why, workflowID(plan.Operation, plan.PersonID, plan.Generation)); err != nil {
			return err
		}
	}
	return nil
}

func (ph *phase) workflowID() string {
	return workflowID(ph.in.Operation, ph.in.PersonID, ph.in.Generation)
}

// note adds a line to the timeline.
func (ph *phase) note(p *store.PersonTx, kind, text string) error {
	return p.AddTimeline(store.TimelineEntry{Kind: kind, Text: text, WorkflowID: ph.workflowID()})
}

// beating heartbeats while fn runs, so that another worker takes over within seconds when this one dies.
func beating(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ticker := time.NewTicker(4 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return fn(ctx)
}
