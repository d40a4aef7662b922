package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Phases of an audit row.
const (
	// AuditIntent is written before a platform write and committed by itself, AuditResult after it, once per intent.
	AuditIntent = "intent"
	AuditResult = "result"
	// AuditFactPhase is anything that stands for itself: a decision, a refusal, a person's read.
	AuditFactPhase = "fact"
)

// AuditFact is something to be kept for auditors. Detail is an object without personal data and without secrets.
type AuditFact struct {
	Actor         string // empty is recorded as ActorMuster
	ActorVerified bool
	// Action names what was done, subject.verb, e.g. "approval.approve".
	Action     string
	PersonID   string
	WorkflowID string
	RunID      string
	Detail     json.RawMessage
}

// AuditRow is a row of the audit trail.
type AuditRow struct {
	ID            int64
	At            time.Time
	Actor         string
	ActorVerified bool
	Action        string
	Phase         string
	// IntentID is the intent a result belongs to, nil for other phases.
	IntentID   *int64
	PersonID   string
	WorkflowID string
	RunID      string
	Detail     json.RawMessage
}

const auditColumns = `id, at, actor, actor_verified, action, phase, intent_id, person_id, workflow_id, run_id, detail`

// Audit records a fact.
func (s *Store) Audit(ctx context.Context, fact AuditFact) error {
	return addAudit(ctx, s.pool, fact)
}

// Audit records a fact about the person together with what the transaction changes.
func (p *PersonTx) Audit(fact AuditFact) error {
	fact.PersonID = p.personID
	return addAudit(p.ctx, p.tx, fact)
}

func addAudit(ctx context.Context, db database, fact AuditFact) error {
	_, err := insertAudit(ctx, db, AuditFactPhase, nil, fact)
	return err
}

func insertAudit(ctx context.Context, db database, phase string, intentID *int64, fact AuditFact) (id int64, err error) {
	if fact.Actor == "" {
		fact.Actor, fact.ActorVerified = ActorMuster, true
	}
	err = db.QueryRow(ctx, `
		insert into audit (actor, actor_verified, action, phase, intent_id, person_id, workflow_id, run_id, detail)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
		fact.Actor, fact.ActorVerified, fact.Action, phase, intentID, fact.PersonID, fact.WorkflowID, fact.RunID, object(fact.Detail)).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("record the %s of %s: %w", phase, fact.Action, err)
	}
	return id, nil
}

// AuditFilter selects audit rows; empty fields select all.
type AuditFilter struct {
	// PersonID selects rows about the person, and those that name the person among others (detail.person_ids); rows about whoever
	// they were joined with too.
	PersonID string
	Actor    string
	// Action is exact, or a prefix when it ends in a dot ("approval.").
	Action string
	// Since and Until bound At; the zero time does not.
	Since, Until time.Time
}

// AuditTrail returns a page of audit rows, oldest first, and the cursor of the next page (empty at the end).
func (s *Store) AuditTrail(ctx context.Context, f AuditFilter, cursor string, limit int) ([]AuditRow, string, error) {
	from, err := afterNumber(cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	// Said apart, so that the two indices are of use also in a plan that is kept for all values.
	person, ids := `cardinality($2::text[]) = 0`, []string{}
	if f.PersonID != "" {
		person = `((person_id <> '' and person_id = any($2)) or (detail ? 'person_ids' and detail -> 'person_ids' ?| $2))`
		if ids, err = samePerson(ctx, s.pool, f.PersonID); err != nil {
			return nil, "", err
		}
	}
	rows, err := list[AuditRow](ctx, s.pool, "the audit trail", `
		select `+auditColumns+` from audit
		where id > $1 and `+person+` and ($3 = '' or actor = $3)
		  and ($4 = '' or action = $4 or (right($4, 1) = '.' and starts_with(action, $4)))
		  and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
		order by id limit $7`, from, ids, f.Actor, f.Action, instant(f.Since), instant(f.Until), size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(r AuditRow) string { return numberKey(r.ID) })
	return items, next, nil
}

// instant is null for the zero time.
func instant(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
