package store

import (
	"context"
	"fmt"
	"time"

	"muster/hr"
	"muster/lifecycle"
)

// DeltaOf returns a delta with its outcomes by what makes it unique in a reconciliation. ErrNotFound.
func (s *Store) DeltaOf(ctx context.Context, reconciliationID, deltaType, subject string) (Delta, error) {
	found, err := one[Delta](ctx, s.pool, fmt.Sprintf("delta %s of %s in %s", deltaType, subject, reconciliationID), `
		select `+deltaColumns+` from deltas where reconciliation_id = $1 and delta_type = $2 and subject = $3`, reconciliationID, deltaType, subject)
	if err != nil {
		return Delta{}, err
	}
	items := []Delta{found}
	err = s.fillOutcomes(ctx, items)
	return items[0], err
}

// DeltaOutcomes are what became of a delta, the oldest first, as of the transaction that is to add another.
func (p *PersonTx) DeltaOutcomes(deltaID int64) ([]DeltaOutcome, error) {
	return list[DeltaOutcome](p.ctx, p.tx, "what became of the delta", `
		select delta_id, at, outcome, actor, actor_verified, reference, text from delta_outcomes where delta_id = $1 order by id`, deltaID)
}

// AddDeltaOutcome records what became of a delta together with what the transaction changes.
func (p *PersonTx) AddDeltaOutcome(o DeltaOutcome) error {
	if err := addDeltaOutcome(p.ctx, p.tx, o); err != nil {
		return fmt.Errorf("record what became of delta %d: %w", o.DeltaID, err)
	}
	return nil
}

// RemediesUnderWay are the deltas that the operation which has the person now repairs, the newest first: those that the mailbox was rung for
// since the operation before it ended, and those whose event, in HR's name, is among settles and has its outcome. None of them has been
// repaired.
func (p *PersonTx) RemediesUnderWay(settles []string) ([]Delta, error) {
	return list[Delta](p.ctx, p.tx, "what is being repaired", `
		select `+deltaColumns+` from deltas d
		where person_id = $1
		  and exists (select from delta_outcomes o where o.delta_id = d.id and o.reference <> '' and (
			o.outcome = $2 and o.at > coalesce((select max(at) from timeline where person_id = $1 and kind = any($4)), '-infinity')
			or o.outcome = $3 and exists (select from hr_events e
				where e.event_id = o.reference and e.event_id = any($5) and e.outcome in ('applied', 'no_change'))))
		  and not exists (select from delta_outcomes o where o.delta_id = d.id and o.outcome = $6)
		order by id desc`,
		p.personID, DeltaRung, DeltaReemitted, operationsEnded(), settles, DeltaRepaired)
}

// operationsEnded are the kinds of timeline lines that say that an operation has ended.
func operationsEnded() (kinds []string) {
	for _, op := range []lifecycle.Operation{lifecycle.Hire, lifecycle.Transfer, lifecycle.Termination} {
		kinds = append(kinds, TimelineEnded(op))
	}
	return kinds
}

// Repaired records that the account was read back as a delta says that it must be, and closes the alert about it.
func (p *PersonTx) Repaired(d Delta, workflowID string) error {
	const text = "the account was read back as it must be"
	if err := p.AddDeltaOutcome(DeltaOutcome{DeltaID: d.ID, Outcome: DeltaRepaired, Reference: workflowID, Text: text}); err != nil {
		return err
	}
	return p.CloseAlert(DeltaOpenKey(d.DeltaType, d.Subject), text)
}

// DeltaOpenKey is the dedupe key of the alert about a delta that could not be carried out.
func DeltaOpenKey(deltaType, subject string) string {
	return AlertKey(AlertDeltaOpen, deltaType+":"+subject)
}

// AddPutBacks adds to the history together with what the transaction changes.
func (p *PersonTx) AddPutBacks(entries []PutBack) error { return addPutBacks(p.ctx, p.tx, entries) }

// TakenOverSince says whether an operation has begun with the person since an instant.
func (p *PersonTx) TakenOverSince(at time.Time) (is bool, err error) {
	err = p.tx.QueryRow(p.ctx, `
		select exists (select from timeline where person_id = $1 and kind = $2 and at > $3)`, p.personID, TimelineTakenOver, at).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look whether an operation has begun: %w", err)
	}
	return is, nil
}

// Told says whether a workflow has put a line of one of these kinds on the person's timeline.
func (p *PersonTx) Told(workflowID string, kinds ...string) (is bool, err error) {
	err = p.tx.QueryRow(p.ctx, `
		select exists (select from timeline where person_id = $1 and workflow_id = $2 and kind = any($3))`, p.personID, workflowID, kinds).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look what %s has told: %w", workflowID, err)
	}
	return is, nil
}

// RosterWord is what HR's roster of a reconciliation says about an id, and where it says so.
type RosterWord struct {
	SourceSystem string
	Namespace    string
	AsOf         time.Time
	Person       hr.Payload
}

// RosterWordOf returns what the rosters that a reconciliation compared with say about an external id of a person. For somebody whom Muster does
// not know personID is empty and namespace says whose id it is; empty: any. ErrNotFound where they say nothing, or their people were removed
// since.
func (s *Store) RosterWordOf(ctx context.Context, reconciliationID, personID, namespace, externalUserID string) (RosterWord, error) {
	row, err := one[struct {
		SourceSystem, Namespace string
		AsOf                    time.Time
		Record                  []byte
	}](ctx, s.pool, "what the roster says of "+externalUserID, `
		select h.source_system, r.namespace, coalesce(h.as_of, h.begun_at) as as_of, r.record
		from roster_records r join hr_rosters h on h.id = r.roster_id
		where (starts_with(r.roster_id, $1 || '/')
		       or r.roster_id in (select s ->> 'roster_id' from reconciliations c, jsonb_array_elements(c.sources) s where c.id = $1))
		  and h.healthy and r.person_id = $2 and r.external_user_id = $3 and ($4 = '' or r.namespace = $4)
		order by h.source, r.line limit 1`, reconciliationID, personID, externalUserID, namespace)
	if err != nil {
		return RosterWord{}, err
	}
	person, err := hr.FromCanonicalRecord(row.Record)
	if err != nil {
		return RosterWord{}, fmt.Errorf("what the roster says of %s: %w", externalUserID, err)
	}
	return RosterWord{SourceSystem: row.SourceSystem, Namespace: row.Namespace, AsOf: row.AsOf.UTC(), Person: person}, nil
}

// CloseSettledDeltas closes the alerts about deltas that a reconciliation of everybody, which has completed, did not find any more. Of any
// other it closes nothing: what was not looked at may be there still. Nor does it close what somebody is still to decide about an account.
// ErrNotFound.
func (s *Store) CloseSettledDeltas(ctx context.Context, reconciliationID string) error {
	of, err := s.Reconciliation(ctx, reconciliationID)
	if err != nil || of.Status != ReconciliationCompleted || of.PersonID != "" {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		update alerts set closed_at = clock_timestamp(), closed_why = 'the next reconciliation did not find it any more'
		where kind = $2 and closed_at is null and at < $3
		  and not exists (select from deltas d where d.reconciliation_id = $1
		                  and dedupe_key in ($2 || ':' || d.account_id, $2 || ':' || d.delta_type || ':' || d.subject))
		  and not exists (select from account_terminations t where t.state = 'open' and t.deadline > clock_timestamp()
		                  and dedupe_key = $2 || ':terminate:' || t.account_id)`,
		reconciliationID, AlertDeltaOpen, of.StartedAt)
	if err != nil {
		return fmt.Errorf("close what reconciliation %s did not find: %w", reconciliationID, err)
	}
	return nil
}
