package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/lifecycle"
)

const holdPrefix = "hld_"

// Kinds of timeline lines about holds. They name the hold by its id: matter and reason are for legal and auditors.
const (
	TimelineHoldPlaced   = "hold.placed"
	TimelineHoldReleased = "hold.released"
)

const holdColumns = `id, person_id, matter, placed_by, placed_at, reason, placed_verified, released_by, released_at, release_reason`

// PlaceHold places a hold on the person for a matter; from the commit on it counts. It takes Matter, PlacedBy, PlacedVerified, Reason
// and PlacedAt (zero: now). One in force for the same matter is returned instead, as it stands.
func (p *PersonTx) PlaceHold(h lifecycle.Hold) (lifecycle.Hold, error) {
	standing, err := p.holdInForce(h.Matter)
	if !errors.Is(err, ErrNotFound) {
		return standing, err
	}
	placed, err := one[lifecycle.Hold](p.ctx, p.tx, "the placed hold", `
		insert into holds (id, person_id, matter, placed_by, placed_at, placed_verified, reason)
		values ($1, $2, $3, $4, coalesce($5, clock_timestamp()), $6, $7)
		returning `+holdColumns, newID(holdPrefix), p.personID, h.Matter, h.PlacedBy, instant(h.PlacedAt), h.PlacedVerified, h.Reason)
	if err != nil {
		return lifecycle.Hold{}, err
	}
	return placed, p.recordHold(placed, TimelineHoldPlaced, "hold.place", placed.PlacedBy, placed.PlacedVerified, "placed: nothing of this person is deleted")
}

// ReleaseHold releases the hold that is in force for a matter, in the name of an authenticated actor. ErrNotFound when none is.
func (p *PersonTx) ReleaseHold(matter, actor, reason string, at time.Time) error {
	standing, err := p.holdInForce(matter)
	if err != nil {
		return err
	}
	released, err := one[lifecycle.Hold](p.ctx, p.tx, "the released hold", `
		update holds set released_by = $2, released_at = $3, release_reason = $4 where id = $1
		returning `+holdColumns, standing.ID, actor, at, reason)
	if err != nil {
		return err
	}
	return p.recordHold(released, TimelineHoldReleased, "hold.release", actor, true, "released")
}

// recordHold writes the line for people and the fact for auditors. Reasons may name people, so they stay in the hold's row.
func (p *PersonTx) recordHold(h lifecycle.Hold, kind, action, actor string, verified bool, what string) error {
	err := p.AddTimeline(TimelineEntry{
		Kind: kind, Actor: actor, ActorVerified: verified, Text: fmt.Sprintf("legal hold %s %s", h.ID, what),
		Detail: detail(map[string]string{"hold_id": h.ID}),
	})
	if err != nil {
		return err
	}
	return p.Audit(AuditFact{
		Actor: actor, ActorVerified: verified, Action: action, Detail: detail(map[string]string{"hold_id": h.ID, "matter": h.Matter}),
	})
}

func (p *PersonTx) holdInForce(matter string) (lifecycle.Hold, error) {
	return one[lifecycle.Hold](p.ctx, p.tx, "hold in force for this matter", `
		select `+holdColumns+` from holds where person_id = $1 and matter = $2 and released_at is null`, p.personID, matter)
}

// holdsInForce are the person's holds that have not been released, the oldest first.
func holdsInForce(ctx context.Context, db database, personID string) ([]lifecycle.Hold, error) {
	return list[lifecycle.Hold](ctx, db, "the person's holds", `
		select `+holdColumns+` from holds where person_id = $1 and released_at is null order by placed_at, id`, personID)
}

// HoldFilter selects holds; empty fields select all.
type HoldFilter struct {
	PersonID string
	Matter   string // exact
	InForce  *bool
	Cursor   string
	Limit    int
}

// Holds returns a page of holds, the oldest first, and the cursor of the next page (empty at the end).
func (s *Store) Holds(ctx context.Context, f HoldFilter) ([]lifecycle.Hold, string, error) {
	from, err := afterInstant(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	rows, err := list[lifecycle.Hold](ctx, s.pool, "the holds", `
		select `+holdColumns+` from holds
		where (placed_at, id) > ($1, $2) and ($3 = '' or person_id = $3) and ($4 = '' or matter = $4)
		  and ($5::boolean is null or (released_at is null) = $5)
		order by placed_at, id limit $6`, from.at, from.id, f.PersonID, f.Matter, f.InForce, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(h lifecycle.Hold) string { return instantKey(h.PlacedAt, h.ID) })
	return items, next, nil
}
