package remedy

import (
	"context"
	"errors"
	"time"

	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// isolate has the mailbox end an access that nobody should have: it isolates at once and asks before the account becomes inactive. Where
// HR's roster alone says that the employment has ended, the termination that was lost is sent.
func (c carrying) isolate(ctx context.Context) (Outcome, error) {
	registry, err := c.registry(ctx)
	if err != nil {
		return Outcome{}, err
	}
	lost := false
	done, err := c.onRecord(ctx, func(p *store.PersonTx, person store.Person) (Outcome, error) {
		state := levers.Fold(person, time.Now().UTC(), registry.Zones()).State
		atWork := lifecycle.Want(state, registry.Resolve(state, c.delta.TimestampUTC).InScope) == lifecycle.AtWork
		if atWork && c.heardSince(person) {
			return c.newerWord(p)
		}
		done, err := c.found(p, person)
		lost = done.Outcome == store.DeltaRung && person.Agent.Operation == lifecycle.None && atWork
		if lost {
			done = Outcome{} // not before the event is there
		}
		return done, err
	})
	if err != nil || !lost {
		return done, err
	}
	return c.emitTermination(ctx)
}

// found puts on record that the account is active, and that a reconciliation said so: what follows asks before it makes the account
// inactive. Nothing is put there while an operation has the person, or has had since the comparison: what was read is not so any more.
func (c carrying) found(p *store.PersonTx, person store.Person) (Outcome, error) {
	if stale, err := c.stale(p, person); err != nil || stale.Outcome != "" {
		return stale, err
	}
	if person.Grace != nil && person.Grace.Phase == lifecycle.GraceDeleting {
		return failed("the account is being deleted, which only goes forward"), nil
	}
	change := store.AgentChange{State: new(lifecycle.Active), FoundBy: &c.delta.ReconciliationID}
	text := "account " + c.delta.AccountID + " was read as active by reconciliation " + c.delta.ReconciliationID
	if err := errors.Join(p.UpdateAgent(change), c.tell(p, "account.found_active", text), p.Ring()); err != nil {
		return Outcome{}, err
	}
	return Outcome{Outcome: store.DeltaRung, Reference: names.AgentWorkflowID(person.PersonID), Text: "isolated at once, deactivated by approval"}, nil
}

// stale says why what was compared does not hold any more; its outcome is empty when it does.
func (c carrying) stale(p *store.PersonTx, person store.Person) (Outcome, error) {
	since, err := p.TakenOverSince(c.delta.TimestampUTC)
	switch {
	case err != nil:
		return Outcome{}, err
	case since && person.Agent.Operation == lifecycle.None:
		// Nothing is on its way any more, so nothing refers to it.
		return Outcome{Outcome: store.DeltaRung, Text: "an operation has had the person since the comparison"}, p.Ring()
	case person.Agent.Operation != lifecycle.None:
		return Outcome{Outcome: store.DeltaRung, Reference: names.AgentWorkflowID(person.PersonID), Text: "an operation has the person already"}, p.Ring()
	case person.Agent.PlatformUserID != "" && c.delta.AccountID != "" && person.Agent.PlatformUserID != c.delta.AccountID:
		return failed("account %s is not the person's by the record, which has %s", c.delta.AccountID, person.Agent.PlatformUserID), nil
	}
	return Outcome{}, nil
}

func (c carrying) tell(p *store.PersonTx, kind, text string) error {
	return p.AddTimeline(store.TimelineEntry{Kind: kind, Text: text})
}

// gone puts on record that there is no working account, so that the mailbox brings one back by a hire. Where the record says so already
// nothing changes.
func (c carrying) gone(p *store.PersonTx, person store.Person) error {
	if person.Agent.State != lifecycle.Active {
		return nil
	}
	what := "there is no account"
	if c.delta.AccountID != "" {
		what = "account " + c.delta.AccountID + " is not a working one of this person's"
	}
	return errors.Join(
		p.UpdateAgent(store.AgentChange{State: new(lifecycle.Deactivated), PlanDigest: new("")}),
		c.tell(p, "account.lost", "read by reconciliation "+c.delta.ReconciliationID+": "+what))
}

// leaves is the event that ends an employment by what HR's roster says.
func leaves(word store.RosterWord) hr.Event {
	return hr.Event{EventType: hr.UserTerminate, Payload: hr.Payload{ExternalUserID: word.Person.ExternalUserID, Termination: word.Person.Termination}}
}
