package activities

import (
	"context"
	"slices"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
)

// A platform without a seat refuses what needs one: a role, a queue, joining it. By then a change has taken old work away, so what it
// cannot give waits for a seat by itself and everything else goes on (RULES 14).

// give adds what is missing, all but queues and profile. Roles that there is no seat for wait; those that are to go, go.
func (c *changing) give(ctx context.Context, changes reconcile.Changes) error {
	roles := reconcile.Changes{DivisionID: changes.DivisionID, Roles: changes.Roles, SetRoles: changes.SetRoles}
	err := c.add(ctx, c.accountID, c.target, roles, false)
	if ccaas.IsKind(err, ccaas.KindNoSeat) {
		err = c.withoutNewRoles(ctx, err)
	}
	if err != nil {
		return err
	}
	changes.DivisionID, changes.SetRoles = "", false
	return c.add(ctx, c.accountID, c.target, changes, false)
}

// withoutNewRoles has new roles wait for a seat. Where the platform refuses even to take roles away, they stay as they are meanwhile.
func (c *changing) withoutNewRoles(ctx context.Context, refusal error) error {
	if err := c.waitForSeat(ctx, refusal); err != nil {
		return err
	}
	c.target = c.target.WithoutNewRoles(c.actual)
	less := reconcile.Diff(c.target, c.managed, c.actual)
	if !less.SetRoles {
		return nil
	}
	err := c.writer.SetRoles(ctx, c.accountID, less.Roles)
	if ccaas.IsKind(err, ccaas.KindNoSeat) {
		c.rolesWait = true
		return nil
	}
	return err
}

// enlist makes the account a member of the queues, and returns which of those to join can be joined: a queue that there is no seat for
// waits.
func (c *changing) enlist(ctx context.Context, add, join []string) ([]string, error) {
	for _, id := range add {
		err := c.addQueues(ctx, c.accountID, []string{id})
		if ccaas.IsKind(err, ccaas.KindNoSeat) {
			if err := c.waitForSeat(ctx, err); err != nil {
				return nil, err
			}
			c.target.QueueIDs = missingFrom(c.target.QueueIDs, []string{id})
			join = missingFrom(join, []string{id})
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return join, nil
}

// joinQueues joins, and returns what was joined: all of it, or nothing where there is no seat.
func (c *changing) joinQueues(ctx context.Context, join []string) ([]string, error) {
	if len(join) == 0 {
		return nil, nil
	}
	err := c.writer.SetJoined(ctx, c.accountID, join, true)
	if ccaas.IsKind(err, ccaas.KindNoSeat) {
		c.unjoined = join
		c.held = slices.DeleteFunc(c.held, func(h heldUp) bool { return h.field == lifecycle.FieldWork })
		held := withoutSeat(err)
		held.unjoined = join
		c.held = append(c.held, held)
		return nil, nil
	}
	c.joined = err == nil
	return join, err
}

// waitForSeat holds the work up once, unless somebody has decided to do without what it needs a seat for.
func (c *changing) waitForSeat(ctx context.Context, refusal error) error {
	given, err := c.givenUp(ctx, lifecycle.FieldWork)
	if err != nil || len(given) > 0 || slices.Contains(fieldsOf(c.held), lifecycle.FieldWork) {
		return err
	}
	c.held = append(c.held, withoutSeat(refusal))
	return nil
}

func withoutSeat(refusal error) heldUp {
	return holdUp(lifecycle.FieldWork, refusal, "No seat is left on the platform for all of the work: roles or queues that need one wait, everything else is "+
		"applied. Free or buy one and retry, or dismiss: then the account stays without them, and unjoined where it was not joined.")
}
