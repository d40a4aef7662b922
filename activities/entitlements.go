package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// PrepareEntitlements gives the account everything the plan names, as a member of its queues but joined to none, and reads it
// back. A first attempt on an account that was created a moment ago knows what it holds without asking.
func (a *Activities) PrepareEntitlements(ctx context.Context, in lifecycle.EntitlementsInput) (lifecycle.PhaseResult, error) {
	var result lifecycle.PhaseResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in.PhaseInput)
		if err != nil {
			return err
		}
		result, err = entitling{phase: ph, accountID: in.AccountID}.run(ctx, in.Fresh && ph.attempt == 1)
		return err
	})
	return result, boundary(err)
}

type entitling struct {
	*phase
	accountID string
	allowed   allowances
}

func (e entitling) run(ctx context.Context, fresh bool) (lifecycle.PhaseResult, error) {
	b, err := e.bind(ctx)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	target, managed := b.target, b.managed
	if e.allowed, err = e.allowances(ctx, b.catalogue, time.Now()); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	actual := blankAccount(e.accountID, target)
	if !fresh {
		if actual, err = e.a.platform.Account(ctx, e.accountID, e.want(target)); err != nil {
			return lifecycle.PhaseResult{}, err
		}
		// Whatever the account was joined to in an earlier life: nothing reaches it before the gate.
		if err := e.unjoin(ctx, e.accountID, joinedQueues(actual)); err != nil {
			return lifecycle.PhaseResult{}, err
		}
	}
	changes := reconcile.Diff(e.allowed.on(target, actual), managed, actual)
	given, err := e.givenUp(ctx, profileFields(changes.Profile)...)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	target = leaveAlone(target, given...)
	changes = reconcile.Diff(e.allowed.on(target, actual), managed, actual)
	if err := e.stop(ctx, e.accountID, withoutNewSkills(changes)); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	if err := e.addQueues(ctx, e.accountID, changes.AddQueues); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	if len(changes.AddQueues) > 0 {
		if err := e.writer.SetJoined(ctx, e.accountID, changes.AddQueues, false); err != nil {
			return lifecycle.PhaseResult{}, err
		}
	}
	if changes.SetSkills {
		if err := e.writer.SetSkills(ctx, e.accountID, changes.Skills); err != nil {
			return lifecycle.PhaseResult{}, err
		}
	}
	if err := e.add(ctx, e.accountID, target, changes, fresh); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	held, err := e.profile(ctx, e.accountID, changes.Profile)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	target = leaveAlone(target, fieldsOf(held)...)
	if err := e.readBack(ctx, target, managed, fresh); err != nil {
		return lifecycle.PhaseResult{}, err
	}
	manager, err := e.manager(ctx)
	if err != nil {
		return lifecycle.PhaseResult{}, err
	}
	result := lifecycle.PhaseResult{
		Changed: changes.String(), Writes: e.writes, HeldUp: fieldsOf(held), Gate: zoneGate(e.hr.Timezone, target.UnitTimeZone, time.Now()),
	}
	return result, e.record(ctx, func(p *store.PersonTx) error {
		if err := e.unmanaged(p, changes); err != nil {
			return err
		}
		if err := e.manages(p, target.ManagerID, manager); err != nil {
			return err
		}
		return e.note(p, "entitlements.verified", "prepared and read back, joined to no queue; changed: "+changes.String())
	})
}

// withoutNewSkills leaves the skills to the adding half: an account that is joined to nothing can lose and gain them in one call.
func withoutNewSkills(c reconcile.Changes) reconcile.Changes {
	c.SetSkills = false
	return c
}

// blankAccount is what an account holds right after its creation.
func blankAccount(id string, t reconcile.Target) ccaas.Account {
	return ccaas.Account{
		ID: id, State: ccaas.Active, Name: t.CreateName, Email: t.CreateEmail, Department: t.Department, Title: t.Title,
		Extension: t.Extension, DivisionID: t.CreateIn,
	}
}

func (e entitling) want(t reconcile.Target) ccaas.Want {
	return ccaas.Want{Grants: true, Queues: true, Workforce: t.ManagementUnitID != "", ManagementUnitID: t.ManagementUnitID}
}

// readBack proves the phase. For a fresh account the half of its queues that are not joined says it all: it is a member of
// exactly these, and none is joined.
func (e entitling) readBack(ctx context.Context, target reconcile.Target, managed reconcile.ManagedIDs, fresh bool) error {
	want := e.want(target)
	want.Queues = !fresh
	return e.until(ctx, "the prepared account", func(ctx context.Context) (string, error) {
		actual, err := e.a.platform.Account(ctx, e.accountID, want)
		if err != nil {
			return "", err
		}
		if fresh {
			unjoined, err := e.a.platform.QueueIDs(ctx, e.accountID, false)
			if err != nil {
				return "", err
			}
			for _, id := range unjoined {
				actual.Queues = append(actual.Queues, ccaas.Membership{QueueID: id})
			}
		}
		return prepared(reconcile.Diff(e.allowed.on(target, actual), managed, actual), actual), nil
	})
}

// prepared names what is not as it must be before the gate; "" when all is.
func prepared(c reconcile.Changes, a ccaas.Account) string {
	var wrong []string
	if a.State != ccaas.Active {
		wrong = append(wrong, "state "+string(a.State))
	}
	if !c.Empty() {
		wrong = append(wrong, c.String())
	}
	if joined := joinedQueues(a); len(joined) > 0 {
		wrong = append(wrong, fmt.Sprintf("joined to %d queues", len(joined)))
	}
	return strings.Join(wrong, "; ")
}

// zoneGate says why the person's zone does not fit the work plan's unit: at this instant their clocks differ. Empty when they
// agree or either is not known.
func zoneGate(person, unit string, now time.Time) string {
	if person == "" || unit == "" || person == unit {
		return ""
	}
	personZone, err := time.LoadLocation(person)
	if err != nil {
		return ""
	}
	unitZone, err := time.LoadLocation(unit)
	if err != nil {
		return ""
	}
	_, personOffset := now.In(personZone).Zone()
	_, unitOffset := now.In(unitZone).Zone()
	if personOffset == unitOffset {
		return ""
	}
	return fmt.Sprintf("the person's zone %s does not fit the work plan's %s", person, unit)
}
