package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Kinds of timeline lines about deltas.
const (
	TimelineDeltaFound   = "delta.found"
	TimelineDeltaOutcome = "delta.outcome"
)

// Delta is a difference that a reconciliation found. Once added it is never changed; what became of it are its outcomes.
type Delta struct {
	ID               int64 // given by the store
	ReconciliationID string
	DeltaType        string
	// Subject is the person, or the account that is nobody's: with the type, it is unique in a reconciliation.
	Subject          string
	PersonID         string // empty for an account that is nobody's
	ExternalUserID   string
	AccountID        string
	ResolutionAction string
	OriginalEventID  string
	WorkflowID       string
	// Body is the delta whole, an object without personal data.
	Body         json.RawMessage
	TimestampUTC time.Time
	// Outcomes are set by Deltas, the oldest first.
	Outcomes []DeltaOutcome `db:"-"`
}

// DeltaOutcome is one thing that became of a delta.
type DeltaOutcome struct {
	DeltaID int64
	At      time.Time
	// Outcome is what happened, in a fixed word: OutcomeReemitted, …
	Outcome       string
	Actor         string // empty is recorded as ActorMuster, verified
	ActorVerified bool
	// Reference is the event, review, approval or workflow it is about; no personal data in Text.
	Reference string
	Text      string
}

// What may become of a delta.
const (
	DeltaReemitted = "reemitted" // a new event was sent; reference: its id
	DeltaRung      = "rung"      // the person's mailbox was asked to put the account back
	DeltaAsked     = "asked"     // a person was asked; reference: the review or approval
	DeltaDecided   = "decided"   // that person decided; reference: the review or approval
	DeltaReleased  = "released"  // somebody had it repaired in mode report; reference: the reconciliation of the person that does it
	DeltaRestarted = "restarted" // a workflow was started again, or ended; reference: its id
	DeltaRepaired  = "repaired"  // the account was read back as it must be
	DeltaFailed    = "failed"    // what was tried did not work
)

// AddDeltas adds what a reconciliation found and says so on the timelines of the people it is about. What was added before under the same
// reconciliation, type and subject stays as it is and does not count in added: a run that goes on after a crash never doubles a delta.
func (s *Store) AddDeltas(ctx context.Context, deltas []Delta) (added int, err error) {
	err = s.transact(ctx, "add deltas", func(tx pgx.Tx) error {
		added, err = addDeltas(ctx, tx, deltas)
		return err
	})
	return added, err
}

func addDeltas(ctx context.Context, tx pgx.Tx, deltas []Delta) (added int, err error) {
	batch := &pgx.Batch{}
	for _, d := range deltas {
		batch.Queue(`
			with added as (
				insert into deltas (reconciliation_id, delta_type, subject, person_id, external_user_id, account_id, resolution_action,
					original_event_id, workflow_id, body, timestamp_utc)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
				on conflict (reconciliation_id, delta_type, subject) do nothing
				returning id, person_id
			), told as (
				insert into timeline (person_id, kind, actor, actor_verified, text, detail)
				select person_id, $12, $13, true, $14, jsonb_build_object('delta_id', added.id)
				from added join persons using (person_id)
			)
			select from added`,
			d.ReconciliationID, d.DeltaType, d.Subject, d.PersonID, d.ExternalUserID, d.AccountID, d.ResolutionAction,
			d.OriginalEventID, d.WorkflowID, object(d.Body), d.TimestampUTC,
			TimelineDeltaFound, ActorMuster, fmt.Sprintf("reconciliation %s found %s: %s", d.ReconciliationID, d.DeltaType, d.ResolutionAction),
		).Exec(func(tag pgconn.CommandTag) error {
			added += int(tag.RowsAffected())
			return nil
		})
	}
	err = tx.SendBatch(ctx, batch).Close()
	return added, err
}

const deltaColumns = `id, reconciliation_id, delta_type, subject, person_id, external_user_id, account_id, resolution_action,
	original_event_id, workflow_id, body, timestamp_utc`

// DeltaFilter selects deltas; empty fields select all.
type DeltaFilter struct {
	ReconciliationID string
	DeltaType        string
	ResolutionAction string
	// PersonID selects those about the person, and about whoever was joined with them.
	PersonID string
	Cursor   string
	Limit    int
}

// Deltas returns a page of deltas with their outcomes, in the order they were found, and the cursor of the next page (empty at the end).
func (s *Store) Deltas(ctx context.Context, f DeltaFilter) ([]Delta, string, error) {
	from, err := afterNumber(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	ids := []string{}
	if f.PersonID != "" {
		if ids, err = samePerson(ctx, s.pool, f.PersonID); err != nil {
			return nil, "", err
		}
	}
	size := pageSize(f.Limit)
	rows, err := list[Delta](ctx, s.pool, "the deltas", `
		select `+deltaColumns+` from deltas
		where id > $1 and ($2 = '' or reconciliation_id = $2) and ($3 = '' or delta_type = $3) and ($4 = '' or resolution_action = $4)
		  and (cardinality($5::text[]) = 0 or person_id = any($5))
		order by id limit $6`, from, f.ReconciliationID, f.DeltaType, f.ResolutionAction, ids, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(d Delta) string { return numberKey(d.ID) })
	return items, next, s.fillOutcomes(ctx, items)
}

func (s *Store) fillOutcomes(ctx context.Context, deltas []Delta) error {
	place := map[int64]int{}
	ids := make([]int64, 0, len(deltas))
	for i, d := range deltas {
		place[d.ID] = i
		ids = append(ids, d.ID)
	}
	outcomes, err := list[DeltaOutcome](ctx, s.pool, "what became of the deltas", `
		select delta_id, at, outcome, actor, actor_verified, reference, text from delta_outcomes where delta_id = any($1) order by id`, ids)
	for _, o := range outcomes {
		d := &deltas[place[o.DeltaID]]
		d.Outcomes = append(d.Outcomes, o)
	}
	return err
}

// AddDeltaOutcome records what became of a delta. The same outcome with the same reference is recorded once. ErrNotFound.
func (s *Store) AddDeltaOutcome(ctx context.Context, o DeltaOutcome) error {
	err := s.transact(ctx, "record what became of a delta", func(tx pgx.Tx) error { return addDeltaOutcome(ctx, tx, o) })
	if isCode(err, "23503") { // foreign_key_violation: there is no such delta
		return fmt.Errorf("delta %d: %w", o.DeltaID, ErrNotFound)
	}
	return err
}

func addDeltaOutcome(ctx context.Context, db database, o DeltaOutcome) error {
	if o.Actor == "" {
		o.Actor, o.ActorVerified = ActorMuster, true
	}
	added, err := db.Exec(ctx, `
			insert into delta_outcomes (delta_id, outcome, actor, actor_verified, reference, text) values ($1, $2, $3, $4, $5, $6)
			on conflict (delta_id, outcome, reference) do nothing`, o.DeltaID, o.Outcome, o.Actor, o.ActorVerified, o.Reference, o.Text)
	if err != nil || added.RowsAffected() == 0 {
		return err
	}
	_, err = db.Exec(ctx, `
			insert into timeline (person_id, kind, actor, actor_verified, text, detail)
			select person_id, $2, $3, $4, $5, jsonb_build_object('delta_id', d.id, 'reference', $6::text)
			from deltas d join persons using (person_id) where d.id = $1`,
		o.DeltaID, TimelineDeltaOutcome, o.Actor, o.ActorVerified, outcomeText(o), o.Reference)
	return err
}

// decidedDeltas says of the deltas that a question was asked about that it is decided.
func decidedDeltas(ctx context.Context, tx pgx.Tx, questionID string, d Decision, verified bool) error {
	asked, err := list[struct{ DeltaID int64 }](ctx, tx, "what was asked about", `
		select delta_id from delta_outcomes where outcome = 'asked' and reference = $1`, questionID)
	for _, a := range asked {
		if err == nil {
			err = addDeltaOutcome(ctx, tx, DeltaOutcome{
				DeltaID: a.DeltaID, Outcome: DeltaDecided, Actor: d.Actor, ActorVerified: verified, Reference: questionID, Text: d.Decision,
			})
		}
	}
	return err
}

// outcomeText is a line of the timeline. Text holds no personal data, so it may be kept for ever.
func outcomeText(o DeltaOutcome) string {
	text := "what reconciliation found: " + o.Outcome
	if o.Text != "" && o.Actor == ActorMuster {
		text += ": " + o.Text
	}
	return text
}

// PutBack is one entry of the history of a construct that somebody else writes too.
type PutBack struct {
	PersonID  string
	Part      string
	Construct string
	At        time.Time
	// Decided: a person decided about it; what was put back before counts no more.
	Decided bool
	// Reference is the reconciliation that put it back, or the review that was decided.
	Reference string
}

// AddPutBacks adds to the history; At is given by the store. The same construct counts once for a reference.
func (s *Store) AddPutBacks(ctx context.Context, entries []PutBack) error {
	return addPutBacks(ctx, s.pool, entries)
}

func addPutBacks(ctx context.Context, db interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}, entries []PutBack,
) error {
	batch := &pgx.Batch{}
	for _, p := range entries {
		batch.Queue(`
			insert into put_backs (person_id, part, construct, decided, reference) values ($1, $2, $3, $4, $5)
			on conflict do nothing`, p.PersonID, p.Part, p.Construct, p.Decided, p.Reference)
	}
	if err := db.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("add to the history of what was put back: %w", err)
	}
	return nil
}

// PutBacks is the history of these people by person, the oldest first; of whoever was joined into them too.
func (s *Store) PutBacks(ctx context.Context, people []string) (map[string][]PutBack, error) {
	type row struct {
		Person string
		PutBack
	}
	rows, err := list[row](ctx, s.pool, "what was put back", `
		select person, person_id, part, construct, at, decided, reference from put_backs p `+heldBy+` p.person_id order by p.id`, people)
	history := map[string][]PutBack{}
	for _, r := range rows {
		history[r.Person] = append(history[r.Person], r.PutBack)
	}
	return history, err
}
