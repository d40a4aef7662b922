package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

const batchPrefix = "bat_"

// Batch announces a planned layoff or a seasonal intake. Once a second person has confirmed it, these people pass the guard on these
// days and do not count.
type Batch struct {
	ID   string // "bat_…", given by the store
	Kind lifecycle.BatchKind
	// Namespace is the one that its people's ids belong to: another HR system may use the same ids for other people.
	Namespace string
	// FirstDay and LastDay are calendar dates in Zone (IANA), both included; StartsAt and EndsAt the instants they stand for.
	FirstDay, LastDay time.Time
	Zone              string
	StartsAt, EndsAt  time.Time
	Reason            string
	RequestedBy       string
	RequestedAt       time.Time
	ConfirmedBy       string
	ConfirmedAt       *time.Time // nil: it exempts nobody yet
	// People is how many external ids it names.
	People int
}

const batchColumns = `id, kind, namespace, first_day, last_day, zone, starts_at, ends_at, reason, requested_by, requested_at, confirmed_by, confirmed_at,
	(select count(*) from guard_batch_people where batch_id = id) as people`

// AnnounceBatch records a batch with the external ids of its people; whoever is to be hired need not be known. It exempts nobody before
// ConfirmBatch. What the store gives (ID, RequestedAt) is filled in.
func (s *Store) AnnounceBatch(ctx context.Context, b Batch, externalIDs []string) (announced Batch, err error) {
	err = s.transact(ctx, "announce a batch", func(tx pgx.Tx) error {
		id := newID(batchPrefix)
		if _, err := tx.Exec(ctx, `
			insert into guard_batches (id, kind, namespace, first_day, last_day, zone, starts_at, ends_at, reason, requested_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			id, b.Kind, b.Namespace, b.FirstDay, b.LastDay, b.Zone, b.StartsAt, b.EndsAt, b.Reason, b.RequestedBy); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			insert into guard_batch_people (batch_id, external_id) select $1, unnest($2::text[]) on conflict do nothing`, id, externalIDs); err != nil {
			return err
		}
		if err := auditBatch(ctx, tx, "batch.announce", id, b.RequestedBy); err != nil {
			return err
		}
		announced, err = readBatch(ctx, tx, id)
		return err
	})
	return announced, err
}

// ConfirmBatch is the second person's word: from its commit on the batch counts. Whoever of its people the guard holds is rung. Confirming
// it again changes nothing. ErrNotFound; *SecondPersonError when the actor is who requested it.
func (s *Store) ConfirmBatch(ctx context.Context, id string, by Decision) (confirmed Batch, err error) {
	err = s.transact(ctx, "confirm a batch", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select from guard_batches where id = $1 for no key update`, id); err != nil {
			return err
		}
		if confirmed, err = readBatch(ctx, tx, id); err != nil || confirmed.ConfirmedAt != nil {
			return err
		}
		if by.by(confirmed.RequestedBy) {
			return &SecondPersonError{Why: "whoever announced a batch cannot confirm it"}
		}
		if _, err := tx.Exec(ctx, `update guard_batches set confirmed_by = $2, confirmed_at = clock_timestamp() where id = $1`, id, by.Actor); err != nil {
			return err
		}
		if err := auditBatch(ctx, tx, "batch.confirm", id, by.Actor); err != nil {
			return err
		}
		if err := ringHeld(ctx, tx, id); err != nil {
			return err
		}
		confirmed, err = readBatch(ctx, tx, id)
		return err
	})
	return confirmed, err
}

// ringHeld rings those of a batch whom the guard holds now.
func ringHeld(ctx context.Context, tx pgx.Tx, batchID string) error {
	rows, err := list[struct{ PersonID string }](ctx, tx, "whom of the batch the guard holds", `
		select distinct i.person_id from guard_batches b join guard_batch_people m on m.batch_id = b.id
		join person_ids i on i.external_id = m.external_id and i.namespace = b.namespace
		join approvals a on a.person_id = i.person_id and a.kind = $2 and a.state = 'open' where m.batch_id = $1`,
		batchID, lifecycle.ApprovalGuardRelease)
	if err != nil {
		return err
	}
	people := make([]string, len(rows))
	for i, row := range rows {
		people[i] = row.PersonID
	}
	return ringAll(ctx, tx, people)
}

// auditBatch puts a batch on the audit trail by its id: its reason may name people, and stays in its row.
func auditBatch(ctx context.Context, tx pgx.Tx, action, id, actor string) error {
	return addAudit(ctx, tx, AuditFact{Actor: actor, ActorVerified: true, Action: action, Detail: detail(map[string]string{"batch_id": id})})
}

// Batch returns a batch, or ErrNotFound.
func (s *Store) Batch(ctx context.Context, id string) (Batch, error) {
	return readBatch(ctx, s.pool, id)
}

func readBatch(ctx context.Context, db database, id string) (Batch, error) {
	return one[Batch](ctx, db, "batch "+id, `select `+batchColumns+` from guard_batches where id = $1`, id)
}

// BatchPeople are the external ids that a batch names.
func (s *Store) BatchPeople(ctx context.Context, id string) ([]string, error) {
	rows, err := list[struct{ ExternalID string }](ctx, s.pool, "the people of batch "+id, `
		select external_id from guard_batch_people where batch_id = $1 order by external_id`, id)
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ExternalID
	}
	return ids, err
}

// Batches returns a page of batches of these kinds, the oldest first, and the cursor of the next page (empty at the end).
func (s *Store) Batches(ctx context.Context, kinds []lifecycle.BatchKind, cursor string, limit int) ([]Batch, string, error) {
	from, err := afterInstant(cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	rows, err := list[Batch](ctx, s.pool, "the batches", `
		select `+batchColumns+` from guard_batches where (requested_at, id) > ($1, $2) and kind = any($3)
		order by requested_at, id limit $4`, from.at, from.id, kinds, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(b Batch) string { return instantKey(b.RequestedAt, b.ID) })
	return items, next, nil
}
