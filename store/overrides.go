package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/lifecycle"
)

const overridePrefix = "ovr_"

const overrideColumns = `id, person_id, generation, event_ids, made_by, reason, made_at, remind_at, closed_at, closed_because`

// AddOverride records a reversal: until it is closed, the termination events it names have no say. It takes Generation, EventIDs,
// MadeBy, Reason, MadeAt and RemindAt. One that is in force is closed: at most one is per person; but an equal one (generation, maker
// and time) is returned as it stands.
func (p *PersonTx) AddOverride(o lifecycle.Override) (lifecycle.Override, error) {
	standing, err := overrideInForce(p.ctx, p.tx, p.personID)
	if err != nil {
		return lifecycle.Override{}, err
	}
	madeAt := o.MadeAt.Truncate(time.Microsecond) // as PostgreSQL keeps it
	if standing != nil {
		if standing.Generation == o.Generation && standing.MadeBy == o.MadeBy && standing.MadeAt.Equal(madeAt) {
			return *standing, nil
		}
		if err := p.CloseOverride(standing.ID, "a newer reversal", o.MadeAt); err != nil {
			return lifecycle.Override{}, err
		}
	}
	if o.EventIDs == nil {
		o.EventIDs = []string{}
	}
	return one[lifecycle.Override](p.ctx, p.tx, "the added override", `
		insert into overrides (id, person_id, generation, event_ids, made_by, reason, made_at, remind_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		returning `+overrideColumns,
		newID(overridePrefix), p.personID, o.Generation, o.EventIDs, o.MadeBy, o.Reason, madeAt, o.RemindAt)
}

// CloseOverride ends an override: HR agrees, or something newer decides. One that is closed stays as it is. ErrNotFound when it is
// not this person's.
func (p *PersonTx) CloseOverride(id, because string, at time.Time) error {
	if _, err := p.override(id); err != nil {
		return err
	}
	_, err := p.tx.Exec(p.ctx, `
		update overrides set closed_at = $2, closed_because = $3 where id = $1 and closed_at is null`, id, at, because)
	if err != nil {
		return fmt.Errorf("close override %s: %w", id, err)
	}
	return p.CloseAlert(AlertKey(AlertReversalAwaitsHR, id), "it waits for HR no longer")
}

// OverrideEvents adds events without a say to an override: HR has told of the reversed termination again. ErrNotFound when it is not
// this person's.
func (p *PersonTx) OverrideEvents(id string, eventIDs []string) error {
	standing, err := p.override(id)
	if err != nil {
		return err
	}
	_, err = p.tx.Exec(p.ctx, `update overrides set event_ids = $2 where id = $1`, id, union(standing.EventIDs, eventIDs))
	if err != nil {
		return fmt.Errorf("add events to override %s: %w", id, err)
	}
	return nil
}

// RemindOverride tells somebody that HR has not agreed to a reversal yet and sets when to tell them next. The alert of the reminder
// before is closed, so that this one is told to every endpoint as well. A reminder that is not later than the one set, and one for an
// override that is closed, change nothing. ErrNotFound when it is not this person's.
func (p *PersonTx) RemindOverride(id string, next time.Time) error {
	standing, err := p.override(id)
	if err != nil {
		return err
	}
	if standing.ClosedAt != nil || !next.Truncate(time.Microsecond).After(standing.RemindAt) {
		return nil
	}
	if _, err := p.tx.Exec(p.ctx, `update overrides set remind_at = $2 where id = $1`, id, next); err != nil {
		return fmt.Errorf("set the next reminder of override %s: %w", id, err)
	}
	if err := p.CloseAlert(AlertKey(AlertReversalAwaitsHR, id), "reminded again"); err != nil {
		return err
	}
	alert := Alert{
		Kind: AlertReversalAwaitsHR, Severity: SeverityWarning, PersonID: p.personID, SubjectID: id,
		Text: "HR has not agreed to a reversal yet.",
	}
	if standing.Generation == 0 {
		// The termination had not begun, so it may be confidential still: whose it is stays inside.
		alert.PersonID = ""
	}
	return raiseAlert(p.ctx, p.tx, alert)
}

func (p *PersonTx) override(id string) (lifecycle.Override, error) {
	return one[lifecycle.Override](p.ctx, p.tx, "override "+id, `
		select `+overrideColumns+` from overrides where id = $1 and person_id = $2`, id, p.personID)
}

// overrideInForce is the person's override that is not closed; nil when there is none.
func overrideInForce(ctx context.Context, db database, personID string) (*lifecycle.Override, error) {
	found, err := one[lifecycle.Override](ctx, db, "the person's override", `
		select `+overrideColumns+` from overrides where person_id = $1 and closed_at is null`, personID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil //nolint:nilnil // "none" is an ordinary answer inside the package
	}
	if err != nil {
		return nil, err
	}
	return &found, nil
}

// union keeps the order in which ids came first.
func union(have, more []string) []string {
	all, seen := []string{}, map[string]bool{}
	for _, ids := range [][]string{have, more} {
		for _, id := range ids {
			if !seen[id] {
				all, seen[id] = append(all, id), true
			}
		}
	}
	return all
}
