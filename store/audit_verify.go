package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AuditVerdict is what a verification found.
type AuditVerdict struct {
	// Intact: every sealed row is what it was when it was sealed and none is missing, no row has waited too long to be sealed and no
	// intent for its result, and the expected head is in the chain.
	Intact bool
	// Sealed and Unsealed count rows in the chain and rows waiting for it.
	Sealed, Unsealed int64
	// OpenIntents counts platform writes that have had no result for too long.
	OpenIntents int64
	// BrokenAt is the first position that does not verify and Reason says why; 0 when intact, and when no link is at fault.
	BrokenAt int64
	Reason   string
	// HeadHash (hex) is the chain's last hash. Kept somewhere else, it also shows a chain that was cut off at its end.
	HeadHash string
	// ExpectedAt is the position of the link with the expected hash; 0 when none was asked for or none has it.
	ExpectedAt int64
}

const (
	// unsealedTooLong is when a row that is not in the chain counts as left out on purpose.
	unsealedTooLong = 60 * time.Second
	// unansweredTooLong is when an intent without a result counts as a fault: twice what the sequencer lets one wait.
	unansweredTooLong = 2 * unknownAfter
)

// VerifyAudit recomputes the whole chain from the rows' content, in one consistent view. An expected head (hex, of an earlier
// verification; empty asks nothing) has to be the hash of one of its links: a chain that was cut off before it, or written anew,
// does not have it.
func (s *Store) VerifyAudit(ctx context.Context, expectedHead string) (AuditVerdict, error) {
	var verdict AuditVerdict
	consistent := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, consistent, func(tx pgx.Tx) error {
		var err error
		verdict, err = verifyChain(ctx, tx, expectedHead)
		if err != nil || verdict.BrokenAt != 0 {
			return err
		}
		if expectedHead != "" && verdict.ExpectedAt == 0 {
			verdict.fault("no link has the expected hash: the chain was cut off before it, or written anew")
		}
		if err := verdict.countUnsealed(ctx, tx); err != nil {
			return err
		}
		return verdict.countUnanswered(ctx, tx)
	})
	if err != nil {
		return AuditVerdict{}, fmt.Errorf("verify the audit trail: %w", err)
	}
	return verdict, nil
}

// chained is a link with the row it seals; the row's columns are null where it is missing.
type chained struct {
	Pos       int64
	RowHash   []byte
	ChainHash []byte
	AuditID   int64
	Present   bool
	AuditRow
}

func verifyChain(ctx context.Context, tx pgx.Tx, expectedHead string) (AuditVerdict, error) {
	const batch = 5000
	var (
		head     link
		expected int64
	)
	for {
		links, err := list[chained](ctx, tx, "the chain", `
			select c.pos, c.row_hash, c.chain_hash, c.audit_id, a.id is not null as present,
			       c.audit_id as id, coalesce(a.at, 'epoch') as at, coalesce(a.actor, '') as actor,
			       coalesce(a.actor_verified, false) as actor_verified, coalesce(a.action, '') as action, coalesce(a.phase, '') as phase,
			       a.intent_id, coalesce(a.person_id, '') as person_id, coalesce(a.workflow_id, '') as workflow_id,
			       coalesce(a.run_id, '') as run_id, coalesce(a.detail, '{}') as detail
			from audit_chain c left join audit a on a.id = c.audit_id
			where c.pos > $1 order by c.pos limit $2`, head.Pos, batch)
		if err != nil {
			return AuditVerdict{}, err
		}
		for _, next := range links {
			if reason := next.fault(head); reason != "" {
				return AuditVerdict{
					Sealed: head.Pos, BrokenAt: head.Pos + 1, Reason: reason, HeadHash: hex.EncodeToString(head.ChainHash), ExpectedAt: expected,
				}, nil
			}
			head = link{Pos: next.Pos, ChainHash: next.ChainHash}
			if hex.EncodeToString(head.ChainHash) == expectedHead {
				expected = head.Pos
			}
		}
		if len(links) < batch {
			return AuditVerdict{Intact: true, Sealed: head.Pos, HeadHash: hex.EncodeToString(head.ChainHash), ExpectedAt: expected}, nil
		}
	}
}

// fault says what is wrong with the link that follows head, nothing if it is sound.
func (c chained) fault(head link) string {
	if c.Pos != head.Pos+1 {
		return fmt.Sprintf("position %d is missing from the chain", head.Pos+1)
	}
	if !c.Present {
		return fmt.Sprintf("audit row %d is missing", c.AuditID)
	}
	rowHash, err := c.hash()
	if err != nil {
		return err.Error()
	}
	if !bytes.Equal(rowHash, c.RowHash) {
		return fmt.Sprintf("audit row %d is not what was sealed", c.AuditID)
	}
	if !bytes.Equal(chainHash(head.ChainHash, rowHash), c.ChainHash) {
		return fmt.Sprintf("position %d does not continue the one before", c.Pos)
	}
	return ""
}

// countUnsealed counts the rows outside the chain and calls one that has been there for too long a fault.
func (v *AuditVerdict) countUnsealed(ctx context.Context, tx pgx.Tx) error {
	var oldest *time.Time
	err := tx.QueryRow(ctx, `
		select count(*), min(a.at) from audit a where not exists (select from audit_chain c where c.audit_id = a.id)`).
		Scan(&v.Unsealed, &oldest)
	if err != nil {
		return fmt.Errorf("count the unsealed rows: %w", err)
	}
	if oldest != nil && time.Since(*oldest) > unsealedTooLong {
		v.fault(fmt.Sprintf("%d rows are not sealed, the oldest since %s", v.Unsealed, oldest.Format(time.RFC3339)))
	}
	return nil
}

// countUnanswered counts the intents that have had no result for too long, from the rows themselves.
func (v *AuditVerdict) countUnanswered(ctx context.Context, tx pgx.Tx) error {
	var oldest *time.Time
	err := tx.QueryRow(ctx, `
		select count(*), min(i.at) from audit i
		where i.phase = 'intent' and i.at < now() - make_interval(secs => $1) and not exists (select from audit r where r.intent_id = i.id)`,
		unansweredTooLong.Seconds()).Scan(&v.OpenIntents, &oldest)
	if err != nil {
		return fmt.Errorf("count the intents without a result: %w", err)
	}
	if oldest != nil {
		v.fault(fmt.Sprintf("%d platform writes have no result, the oldest since %s", v.OpenIntents, oldest.Format(time.RFC3339)))
	}
	return nil
}

// fault adds a fault that is no broken link.
func (v *AuditVerdict) fault(reason string) {
	v.Intact = false
	if v.Reason != "" {
		reason = v.Reason + "; " + reason
	}
	v.Reason = reason
}
