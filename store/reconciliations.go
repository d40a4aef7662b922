package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ReconciliationStatus is how far a reconciliation has come.
type ReconciliationStatus string

// The statuses.
const (
	ReconciliationRunning   ReconciliationStatus = "running"
	ReconciliationCompleted ReconciliationStatus = "completed"
	ReconciliationRefused   ReconciliationStatus = "refused" // a source was not to be trusted: nothing was compared, nothing changed
	ReconciliationFailed    ReconciliationStatus = "failed"
)

// ReconciliationMode is what is done about a type of deltas.
type ReconciliationMode string

// The modes.
const (
	ModeObserve ReconciliationMode = "observe" // counted
	ModeReport  ReconciliationMode = "report"  // recorded and shown
	ModeRepair  ReconciliationMode = "repair"  // repaired through the mailboxes
)

// Reconciliation is one comparison of HR, the record and a platform.
type Reconciliation struct {
	ID       string // "rec_YYYYMMDD_HHMM"; of one person, anything may follow
	Platform string
	// PersonID is whom a reconciliation of one person is of; empty: of everybody.
	PersonID string
	// Modes are by type of delta.
	Modes             map[string]ReconciliationMode
	Status            ReconciliationStatus
	RequestedBy       string // empty: the Schedule
	RequesterVerified bool
	StartedAt         time.Time
	EndedAt           *time.Time // nil while it runs
	Sources           []SourceVerdict
	// Counts is the tally, an object.
	Counts json.RawMessage
	// NotEvaluated is what was not compared at all, beside what the tally counts by person.
	NotEvaluated []NotEvaluated
	// Reason is why it was refused or failed; no personal data.
	Reason string
}

// SourceVerdict is what the gate said of a source.
type SourceVerdict struct {
	Source string `json:"source"`
	// RosterID is the reading that was compared with; empty: none was.
	RosterID  string    `json:"roster_id,omitempty"`
	Namespace string    `json:"namespace,omitempty"`
	Healthy   bool      `json:"healthy"`
	Why       string    `json:"why,omitempty"`
	AsOf      time.Time `json:"as_of"`
	Rows      int       `json:"rows"`
}

// NotEvaluated is what was not compared, and why.
type NotEvaluated struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

const reconciliationColumns = `id, platform, person_id, modes, status, requested_by, requester_verified, started_at, ended_at, sources,
	counts, not_evaluated, reason`

// StartReconciliation records that a reconciliation begins. One that is there under the id is returned as it stands: a run that goes on
// after a crash, or somebody who asks twice within a minute. It takes ID, Platform, PersonID, Modes, RequestedBy and RequesterVerified.
func (s *Store) StartReconciliation(ctx context.Context, r Reconciliation) (started Reconciliation, isNew bool, err error) {
	if r.Modes == nil {
		r.Modes = map[string]ReconciliationMode{}
	}
	err = s.transact(ctx, "start reconciliation "+r.ID, func(tx pgx.Tx) error {
		inserted, err := tx.Exec(ctx, `
			insert into reconciliations (id, platform, person_id, modes, requested_by, requester_verified)
			values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing`,
			r.ID, r.Platform, r.PersonID, r.Modes, r.RequestedBy, r.RequesterVerified)
		if err != nil {
			return err
		}
		if isNew = inserted.RowsAffected() == 1; isNew {
			err = addAudit(ctx, tx, AuditFact{
				Actor: r.RequestedBy, ActorVerified: r.RequesterVerified, Action: "reconciliation.start", PersonID: r.PersonID,
				Detail: detail(map[string]string{"reconciliation_id": r.ID, "platform": r.Platform}),
			})
			if err != nil {
				return err
			}
		}
		started, err = readReconciliation(ctx, tx, r.ID)
		return err
	})
	return started, isNew, err
}

// NoteSources records what the gates said of the sources. ErrNotFound.
func (s *Store) NoteSources(ctx context.Context, id string, verdicts []SourceVerdict) error {
	if verdicts == nil {
		verdicts = []SourceVerdict{}
	}
	noted, err := s.pool.Exec(ctx, `update reconciliations set sources = $2 where id = $1`, id, verdicts)
	if err == nil && noted.RowsAffected() == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("note the sources of reconciliation %s: %w", id, err)
	}
	return nil
}

// ReconciliationEnd is how a reconciliation ended.
type ReconciliationEnd struct {
	Status       ReconciliationStatus
	Counts       json.RawMessage
	NotEvaluated []NotEvaluated
	Reason       string
}

// EndReconciliation records how a reconciliation ended, once: one that has ended stays as it is. ErrNotFound.
func (s *Store) EndReconciliation(ctx context.Context, id string, end ReconciliationEnd) error {
	if end.NotEvaluated == nil {
		end.NotEvaluated = []NotEvaluated{}
	}
	return s.transact(ctx, "end reconciliation "+id, func(tx pgx.Tx) error {
		ended, err := tx.Exec(ctx, `
			update reconciliations set status = $2, counts = $3, not_evaluated = $4, reason = $5, ended_at = clock_timestamp()
			where id = $1 and status = 'running'`, id, end.Status, object(end.Counts), end.NotEvaluated, end.Reason)
		if err != nil {
			return err
		}
		if ended.RowsAffected() == 0 {
			_, err := readReconciliation(ctx, tx, id)
			return err
		}
		return addAudit(ctx, tx, AuditFact{
			Action: "reconciliation.end", Detail: detail(map[string]string{"reconciliation_id": id, "status": string(end.Status)}),
		})
	})
}

// Reconciliation returns one, or ErrNotFound.
func (s *Store) Reconciliation(ctx context.Context, id string) (Reconciliation, error) {
	return readReconciliation(ctx, s.pool, id)
}

func readReconciliation(ctx context.Context, db database, id string) (Reconciliation, error) {
	return one[Reconciliation](ctx, db, "reconciliation "+id, `select `+reconciliationColumns+` from reconciliations where id = $1`, id)
}

// ReconciliationFilter selects reconciliations; empty fields select all.
type ReconciliationFilter struct {
	Platform string
	Status   ReconciliationStatus
	// OfEverybody leaves out those of one person.
	OfEverybody bool
	// Until selects those that began no later; the zero time does not bound.
	Until  time.Time
	Cursor string
	Limit  int
}

// Reconciliations returns a page of reconciliations, the newest first, and the cursor of the next page (empty at the end).
func (s *Store) Reconciliations(ctx context.Context, f ReconciliationFilter) ([]Reconciliation, string, error) {
	from, err := afterInstant(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	rows, err := list[Reconciliation](ctx, s.pool, "the reconciliations", `
		select `+reconciliationColumns+` from reconciliations
		where ($1 = '' or platform = $1) and ($2 = '' or status = $2) and (not $3 or person_id = '')
		  and ($4::timestamptz is null or started_at <= $4) and ($5::timestamptz is null or (started_at, id) < ($5, $6))
		order by started_at desc, id desc limit $7`,
		f.Platform, f.Status, f.OfEverybody, instant(f.Until), instant(from.at), from.id, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(r Reconciliation) string { return instantKey(r.StartedAt, r.ID) })
	return items, next, nil
}

// MissingBefore are the people who were MISSING_FROM_HR in the last reconciliation of everybody on a platform that completed before another
// one began: two healthy runs in a row. Refused and failed ones say nothing. Empty when there was none. ErrNotFound for the other one.
func (s *Store) MissingBefore(ctx context.Context, reconciliationID string) (map[string]bool, error) {
	this, err := s.Reconciliation(ctx, reconciliationID)
	if err != nil {
		return nil, err
	}
	rows, err := list[struct{ PersonID string }](ctx, s.pool, "who was missing from HR before", `
		select d.person_id from deltas d
		where d.delta_type = 'MISSING_FROM_HR' and d.reconciliation_id = (
			select id from reconciliations
			where platform = $1 and person_id = '' and status = 'completed' and (started_at, id) < ($2, $3)
			order by started_at desc, id desc limit 1)`, this.Platform, this.StartedAt, this.ID)
	if err != nil {
		return nil, err
	}
	missing := make(map[string]bool, len(rows))
	for _, row := range rows {
		missing[row.PersonID] = true
	}
	return missing, nil
}

// LastCompleted is the newest reconciliation of everybody on a platform that completed; found is false when there is none.
func (s *Store) LastCompleted(ctx context.Context, platform string) (last Reconciliation, found bool, err error) {
	last, err = one[Reconciliation](ctx, s.pool, "the last reconciliation", `
		select `+reconciliationColumns+` from reconciliations
		where platform = $1 and person_id = '' and status = 'completed' order by started_at desc, id desc limit 1`, platform)
	if errors.Is(err, ErrNotFound) {
		return Reconciliation{}, false, nil
	}
	return last, err == nil, err
}
