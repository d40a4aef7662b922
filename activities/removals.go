package activities

import (
	"context"
	"slices"
	"strings"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// removal is a queue or a skill that a change takes from somebody at work.
type removal struct {
	id, queue, skill string // queue and skill are names; one of them is empty
}

func (r removal) subject() string {
	if r.queue != "" {
		return "queue " + r.id
	}
	return "skill " + r.id
}

func (r removal) String() string {
	if r.queue != "" {
		return "queue " + r.queue
	}
	return "skill " + r.skill
}

// removals are what the changes take away, in an order that is the same for everybody: the guard's locks are taken in it.
func (c *changing) removals(changes reconcile.Changes) (found []removal) {
	for _, id := range changes.RemoveQueues {
		found = append(found, removal{id: id, queue: nameOf(id, c.catalogue.Queues)})
	}
	for _, has := range c.actual.Skills {
		stays := slices.ContainsFunc(changes.Skills, func(s ccaas.Rated) bool { return s.ID == has.ID })
		if changes.SetSkills && !stays {
			found = append(found, removal{id: has.ID, skill: nameOf(has.ID, c.catalogue.Skills)})
		}
	}
	slices.SortFunc(found, func(x, y removal) int { return strings.Compare(x.subject(), y.subject()) })
	return found
}

// guardRemovals puts back into the target what the mass-change guard does not let go yet; everything else of the change is applied. A
// removal that was refused is not made by this operation.
func (c *changing) guardRemovals(ctx context.Context, changes reconcile.Changes) error {
	removals := c.removals(changes)
	if len(removals) == 0 {
		return nil
	}
	target := c.target
	return c.record(ctx, func(p *store.PersonTx) error {
		c.target, c.guards, c.kept, c.keptQueues = target, nil, nil, nil // the transaction may run again
		for _, r := range removals {
			request := c.guardRequest(lifecycle.GuardRemoval, c.in.Now, "", "May "+r.String()+" be taken from this agent? Everything else of the change is applied.")
			request.Subject, request.Queue, request.Skill = r.subject(), r.queue, r.skill
			request.NothingNew = len(c.plan.Settles) == 0 // a reconciliation that finds again what was kept
			held, err := c.askGuard(p, request)
			if err != nil {
				return err
			}
			if held != nil {
				c.keep(r, *held)
			}
		}
		return nil
	})
}

// keep leaves the account what it would lose.
func (c *changing) keep(r removal, held lifecycle.Guarded) {
	if held.Refused {
		c.kept = append(c.kept, r.String())
	} else {
		c.guards = append(c.guards, held.Asked)
	}
	if r.queue != "" {
		c.keptQueues = append(c.keptQueues, r.id)
		c.target.QueueIDs = append(slices.Clone(c.target.QueueIDs), r.id)
		return
	}
	for _, has := range c.actual.Skills {
		if has.ID == r.id {
			c.target.Skills = append(slices.Clone(c.target.Skills), has)
		}
	}
}
