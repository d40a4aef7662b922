package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// returning is what a Hire binds beside the rules. For somebody who was here before it gives back what the deactivation itself took, and
// where a termination was reversed what no rule manages (RULES 6); roles that are an escalation only where they were held at work: the
// Transfer that follows asks for the others (RULES 10).
func (ph *phase) returning(ctx context.Context, b bound) (bound, error) {
	before, found, err := ph.lastAtWork(ctx)
	if err != nil {
		return bound{}, err
	}
	if found || ph.person.Agent.ActivatedAt != nil {
		b.heldBack = notHeld(b, before)
		b.target = b.target.WithoutRoles(b.heldBack)
	}
	extras, err := ph.extras(ctx, b)
	if err != nil {
		return bound{}, err
	}
	if found && ph.plan.RestoresGeneration == 0 {
		extras.Basics = reconcile.ExtrasOf(before, b.managed, b.catalogue).Basics
	}
	b.target = b.target.With(extras)
	return b, nil
}

// lastAtWork is what the person's account held when it was at work last; found is false for an account that never was, or that is another
// than then.
func (ph *phase) lastAtWork(ctx context.Context) (snapshot lifecycle.Snapshot, found bool, err error) {
	var kept store.Snapshot
	err = ph.record(ctx, func(p *store.PersonTx) error {
		kept, err = p.LastAtWork(ph.person.Agent.PlatformUserID, ph.in.Generation)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return snapshot, false, nil
	}
	if err != nil {
		return snapshot, false, err
	}
	if err := json.Unmarshal(kept.Body, &snapshot); err != nil {
		return snapshot, false, fmt.Errorf("read the snapshot of generation %d: %w", kept.Generation, err)
	}
	return snapshot, snapshot.Platform == ph.a.platform.Name(), nil
}

// notHeld are the roles of the target that ask for approval and that the snapshot does not have in any division.
func notHeld(b bound, before lifecycle.Snapshot) (roleIDs []string) {
	held := map[string]bool{}
	for _, g := range before.Roles {
		held[g.RoleID] = true
	}
	for _, id := range b.target.RoleIDs {
		if _, asks := b.escalating[id]; asks && !held[id] {
			roleIDs = append(roleIDs, id)
		}
	}
	slices.Sort(roleIDs)
	return roleIDs
}
