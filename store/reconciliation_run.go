package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// Candidate is somebody, or an account that is nobody's, who differs by the lists and has to be read by its id.
type Candidate struct {
	ID         int64 // given by the store
	PersonID   string
	AccountIDs []string
	// Find: also look for the person's account by their ids and addresses.
	Find        bool
	WorkflowIDs []string
}

// Compared says whether everybody has been compared in a reconciliation. ErrNotFound.
func (s *Store) Compared(ctx context.Context, id string) (bool, error) {
	found, err := one[struct{ Is bool }](ctx, s.pool, "reconciliation "+id, `
		select compared_at is not null as is from reconciliations where id = $1`, id)
	return found.Is, err
}

// BeginComparing takes away what an earlier attempt at comparing left behind, before it had come to its end.
func (s *Store) BeginComparing(ctx context.Context, id string) error {
	_, err := s.pool.Exec(ctx, `
		delete from reconciliation_candidates c using reconciliations r
		where c.reconciliation_id = $1 and r.id = $1 and r.compared_at is null`, id)
	if err != nil {
		return fmt.Errorf("begin comparing in reconciliation %s: %w", id, err)
	}
	return nil
}

// AddCandidates keeps those who have to be read by their id.
func (s *Store) AddCandidates(ctx context.Context, reconciliationID string, candidates []Candidate) error {
	batch := &pgx.Batch{}
	for _, c := range candidates {
		batch.Queue(`
			insert into reconciliation_candidates (reconciliation_id, person_id, account_ids, find, workflow_ids) values ($1, $2, $3, $4, $5)`,
			reconciliationID, c.PersonID, texts(c.AccountIDs), c.Find, texts(c.WorkflowIDs))
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("keep who is to be read by id: %w", err)
	}
	return nil
}

func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// EndComparing records that everybody has been compared, with what was counted so far.
func (s *Store) EndComparing(ctx context.Context, id string, counts json.RawMessage) error {
	_, err := s.pool.Exec(ctx, `
		update reconciliations set compared_at = clock_timestamp(), counts = $2 where id = $1 and compared_at is null`, id, object(counts))
	if err != nil {
		return fmt.Errorf("end comparing in reconciliation %s: %w", id, err)
	}
	return nil
}

// Candidates are the next ones to be read by their id, at most limit; none: all have been.
func (s *Store) Candidates(ctx context.Context, reconciliationID string, limit int) ([]Candidate, error) {
	return list[Candidate](ctx, s.pool, "who is to be read by id", `
		select id, person_id, account_ids, find, workflow_ids from reconciliation_candidates
		where reconciliation_id = $1 and settled_at is null order by id limit $2`, reconciliationID, limit)
}

// CountCandidates is how many are still to be read by their id.
func (s *Store) CountCandidates(ctx context.Context, reconciliationID string) (open int, err error) {
	err = s.pool.QueryRow(ctx, `
		select count(*) from reconciliation_candidates where reconciliation_id = $1 and settled_at is null`, reconciliationID).Scan(&open)
	if err != nil {
		return 0, fmt.Errorf("count who is to be read by id: %w", err)
	}
	return open, nil
}

// SettleCandidates records what reading some candidates by id has come to: their deltas, and what is counted now, all or nothing. merge adds
// to the counts that stand. Candidates that another process has settled meanwhile make it ErrAlreadyDecided, and nothing is recorded.
func (s *Store) SettleCandidates(
	ctx context.Context, reconciliationID string, ids []int64, deltas []Delta, merge func(json.RawMessage) (json.RawMessage, error),
) error {
	return s.transact(ctx, "settle candidates of reconciliation "+reconciliationID, func(tx pgx.Tx) error {
		var counts json.RawMessage
		if err := tx.QueryRow(ctx, `select counts from reconciliations where id = $1 for update`, reconciliationID).Scan(&counts); err != nil {
			return err
		}
		settled, err := tx.Exec(ctx, `
			update reconciliation_candidates set settled_at = clock_timestamp() where id = any($1) and settled_at is null`, ids)
		if err != nil {
			return err
		}
		if settled.RowsAffected() != int64(len(ids)) {
			return ErrAlreadyDecided
		}
		if _, err := addDeltas(ctx, tx, deltas); err != nil {
			return err
		}
		if counts, err = merge(counts); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update reconciliations set counts = $2 where id = $1`, reconciliationID, object(counts))
		return err
	})
}

// DropCandidates takes away the working material of a reconciliation that has ended.
func (s *Store) DropCandidates(ctx context.Context, reconciliationID string) error {
	_, err := s.pool.Exec(ctx, `delete from reconciliation_candidates where reconciliation_id = $1`, reconciliationID)
	if err != nil {
		return fmt.Errorf("drop the candidates of reconciliation %s: %w", reconciliationID, err)
	}
	return nil
}

// DueReconciliations returns those that run and whose workflow has not been seen to for a while, and counts them as checked.
func (s *Store) DueReconciliations(ctx context.Context, every time.Duration) ([]string, error) {
	rows, err := list[struct{ ID string }](ctx, s.pool, "the reconciliations to be started", `
		update reconciliations set checked_at = clock_timestamp()
		where id in (
			select id from reconciliations
			where status = 'running' and (checked_at is null or checked_at < clock_timestamp() - make_interval(secs => $1))
			order by started_at limit 20 for update skip locked)
		returning id`, every.Seconds())
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids, err
}

// AccessIsBeingCut says whether the access of some leaver is being cut right now, which goes before whatever else reads the platform. Who is
// isolated and waits for somebody's word may do so for days, and nothing else waits for that.
func (s *Store) AccessIsBeingCut(ctx context.Context) (is bool, err error) {
	err = s.pool.QueryRow(ctx, `
		select exists (select from agents a where operation = 'termination' and (lifecycle_state = 'isolating' or lifecycle_state = 'draining'
			and not exists (select from approvals p where p.person_id = a.person_id and p.state = 'open' and p.kind = any($1))
			and not exists (select from reviews r where r.person_id = a.person_id and r.state = 'open' and r.kind = any($2))))`,
		[]lifecycle.ApprovalKind{lifecycle.ApprovalGuardRelease, lifecycle.ApprovalTerminate},
		[]lifecycle.ReviewKind{lifecycle.ReviewGuardRefused, lifecycle.ReviewFoundActive}).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look whether access is being cut: %w", err)
	}
	return is, nil
}
