package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
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
	hr hr.State
	// registry is the version the plan was made with.
	registry *mapping.Registry
	writer   ccaas.Writer
	writes   int
	// attempt counts from 1.
	attempt int32
	// incomplete: the account was created without a field that the platform refused.
	incomplete bool
}

// begin loads what a phase needs. It fails with ErrFenced when the person has been taken over.
func (a *Activities) begin(ctx context.Context, in lifecycle.PhaseInput) (*phase, error) {
	return a.beginAfter(ctx, in, func(*phase, *store.PersonTx) error { return nil })
}

// beginAfter is begin with something to ask the person's record first, in the same transaction: what stands before the phase.
func (a *Activities) beginAfter(ctx context.Context, in lifecycle.PhaseInput, ask func(*phase, *store.PersonTx) error) (*phase, error) {
	info := activity.GetInfo(ctx)
	ph := &phase{a: a, in: in, attempt: info.Attempt}
	var err error
	if ph.plan, err = a.store.PlanOf(ctx, in.PersonID, in.Generation, in.Digest); err != nil {
		return nil, err
	}
	if ph.registry, err = a.registry.version(ctx, ph.plan.MappingVersion); err != nil {
		return nil, err
	}
	err = a.inOperation(ctx, in, func(_ context.Context, p *store.PersonTx, person store.Person) error {
		ph.person = person
		ph.hr = hr.Fold(plannedEvents(person, ph.plan), ph.plan.At, ph.registry.Zones()).State
		return ask(ph, p)
	})
	if err != nil {
		return nil, err
	}
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

// identity is what is known of the person for finding the account.
func (ph *phase) identity(creationTried bool) lifecycle.Identity {
	who := lifecycle.Identity{
		FirstName: ph.hr.FirstName, LastName: ph.hr.LastName, Email: ph.hr.Email, CreationTried: creationTried,
	}
	for _, id := range ph.person.ExternalIDs {
		who.ExternalIDs = append(who.ExternalIDs, id.OnPlatform())
	}
	return who
}

// bound is a plan in ids of the platform.
type bound struct {
	target  reconcile.Target
	managed reconcile.ManagedIDs
	// escalating are the roles, by id, that somebody who is at work gets only by approval, with their names.
	escalating map[string]string
	// heldBack are the roles, by id, that the target is without: a return gives back what was there before, and no more.
	heldBack  []string
	catalogue *ccaas.Catalogue
}

// target is the plan bound to the platform's ids.
func (ph *phase) target(ctx context.Context) (reconcile.Target, error) {
	b, err := ph.bind(ctx)
	return b.target, err
}

// bind binds the plan to the platform's ids; what somebody else owns of the account the target does not speak of. A construct the platform
// does not have is looked for in a fresh catalogue before it is refused. A Hire that gives back what a reversed termination took has what no rule manages in its target too.
func (ph *phase) bind(ctx context.Context) (b bound, err error) {
	if wanted, here := ph.plan.Desired.Platform, ph.a.platform.Name(); wanted != here {
		return bound{}, refuse(lifecycle.Refusal{
			Kind: lifecycle.ReviewMissingConstruct,
			Question: fmt.Sprintf("Mapping version %d names platform %s, which this installation does not have; it has %s. Publish a version without it.",
				ph.plan.MappingVersion, wanted, here),
			Detail: map[string]string{"platform": wanted},
		})
	}
	registry, err := ph.a.registry.version(ctx, ph.plan.MappingVersion)
	if err != nil {
		return bound{}, err
	}
	manager, err := ph.manager(ctx)
	if err != nil {
		return bound{}, err
	}
	elsewhere := reconcile.ElsewhereOf(ph.plan.Desired.OwnedElsewhere)
	for _, fresh := range []bool{false, true} {
		var missing []reconcile.Missing
		if b.catalogue, err = ph.a.platform.Catalogue(ctx, fresh); err != nil {
			return bound{}, err
		}
		b.target, missing = reconcile.Bind(ph.plan.Desired, ph.hr, manager, b.catalogue)
		if missing = elsewhere.Needed(missing); len(missing) == 0 {
			break
		}
		if fresh {
			return b, refuse(lifecycle.Refusal{
				Kind: lifecycle.ReviewMissingConstruct,
				Question: fmt.Sprintf("Mapping version %d names what the platform does not have: %v. Create it there or publish a version without it.",
					ph.plan.MappingVersion, missing),
				Detail: map[string]string{"missing": fmt.Sprint(missing)},
			})
		}
	}
	if ph.plan.Operation != lifecycle.Termination { // which gives nothing, and hands over to what the rules name, whoever owns it
		b.target = b.target.Leaving(elsewhere)
	}
	b.managed = reconcile.BindManaged(registry.Managed(), b.catalogue)
	b.escalating = map[string]string{}
	for _, name := range ph.plan.Desired.Roles {
		if registry.RoleNeedsApproval(name) {
			b.escalating[b.catalogue.Roles[name]] = name
		}
	}
	if ph.plan.Operation == lifecycle.Hire {
		return ph.returning(ctx, b)
	}
	return b, nil
}

// extras are what the snapshot of a reversed termination holds and no rule manages; none where the plan reverses nothing, or where
// the termination was turned back before it took a snapshot.
func (ph *phase) extras(ctx context.Context, b bound) (reconcile.Extras, error) {
	if ph.plan.RestoresGeneration == 0 {
		return reconcile.Extras{}, nil
	}
	kept, err := ph.a.store.Snapshot(ctx, ph.in.PersonID, ph.plan.RestoresGeneration)
	if errors.Is(err, store.ErrNotFound) {
		return reconcile.Extras{}, nil
	}
	if err != nil {
		return reconcile.Extras{}, err
	}
	var snapshot lifecycle.Snapshot
	if err := json.Unmarshal(kept.Body, &snapshot); err != nil {
		return reconcile.Extras{}, fmt.Errorf("read the snapshot of generation %d: %w", kept.Generation, err)
	}
	if snapshot.Platform != ph.a.platform.Name() {
		return reconcile.Extras{}, nil
	}
	return reconcile.ExtrasOf(snapshot, b.managed, b.catalogue).Leaving(b.target), nil
}

// manager is the account of the person's manager, or of whoever is next up the line where that one has left (superior); empty when
// nobody's is known.
func (ph *phase) manager(ctx context.Context) (string, error) {
	account, err := ph.a.superior(ctx, ph.hr.ManagerExternalID)
	if account == ph.person.Agent.PlatformUserID {
		account = "" // HR's word goes round in a circle, and nobody manages themselves
	}
	return account, err
}

// manages keeps what the account knows of its manager: one whom HR names and who has no account yet, or has left, is waited for
// (RULES 12 and 14). applied is the manager that the account was given, now the one it would be given now.
func (ph *phase) manages(p *store.PersonTx, applied, now string) error {
	if ph.hr.ManagerExternalID == "" || slices.Contains(ph.plan.Desired.OwnedElsewhere, mapping.OwnableManager) {
		return p.AwaitManager("")
	}
	is, err := p.IsAccountOf(ph.hr.ManagerExternalID, applied)
	if err != nil {
		return err
	}
	if is && applied == now {
		return p.AwaitManager("")
	}
	if err := p.AwaitManager(ph.hr.ManagerExternalID); err != nil {
		return err
	}
	return managerAppeared(p, now)
}

// managerAppeared has a manager who was waited for, and is there by now, filled in by another operation.
func managerAppeared(p *store.PersonTx, now string) error {
	awaited, err := p.AwaitedManager()
	if err != nil || awaited == "" || now == "" {
		return err
	}
	if is, err := p.IsAccountOf(awaited, now); err != nil || !is {
		return err
	}
	return p.UpdateAgent(store.AgentChange{PlanDigest: new("")})
}

// record runs fn on the person's record in one transaction while the operation holds the person.
func (ph *phase) record(ctx context.Context, fn func(p *store.PersonTx) error) error {
	return ph.a.inOperation(ctx, ph.in, func(_ context.Context, p *store.PersonTx, _ store.Person) error { return fn(p) })
}

// settle brings the plan's events to their outcome; those that name a code without a rule, or say a field that is held up, keep waiting.
func (ph *phase) settle(p *store.PersonTx, o lifecycle.Outcome, reason string, heldUp ...lifecycle.Field) error {
	waiting := map[string]bool{}
	if ph.in.Operation != lifecycle.Termination {
		waiting = naming(ph.plan, ph.person)
	}
	for _, field := range heldUp {
		for _, id := range saying(field, ph.plan, ph.person) {
			waiting[id] = true
		}
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
