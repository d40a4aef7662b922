package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// sealEvery leaves the unsealed tail well under the 5 s that the record promises.
	sealEvery = time.Second
	sealBatch = 2000
	// unknownAfter is when an intent without a result is taken as lost with its process. No guarded call lasts as long.
	unknownAfter = 60 * time.Second
	// sealLock makes one process at a time the sequencer. Any number does that no other part of this database uses.
	sealLock = 0x6d757374_7365616c
)

// ResultUnknown is the result of a platform write that may have happened or not: no answer came, or the process ended between
// intent and result.
const ResultUnknown = "unknown"

// RunSequencer chains new audit rows every second until ctx ends, and gives lost intents their result "unknown". Every process
// may run it: one at a time does the work. Failures are logged and tried again.
func (s *Store) RunSequencer(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	for {
		if _, err := s.SealAudit(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "the audit trail could not be sealed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// SealAudit is one round of the sequencer: it chains every committed audit row that is not chained yet and returns how many.
// While another process is at it, it does nothing.
func (s *Store) SealAudit(ctx context.Context) (sealed int, err error) {
	for {
		batch := 0
		err := s.transact(ctx, "seal the audit trail", func(tx pgx.Tx) error {
			var mine bool
			if err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1)`, int64(sealLock)).Scan(&mine); err != nil || !mine {
				return err
			}
			if err := giveLostIntentsAResult(ctx, tx); err != nil {
				return err
			}
			var err error
			batch, err = sealRows(ctx, tx)
			return err
		})
		sealed += batch
		if err != nil || batch < sealBatch {
			return sealed, err
		}
	}
}

func giveLostIntentsAResult(ctx context.Context, tx pgx.Tx) error {
	// "on conflict": the result may commit at this very moment.
	_, err := tx.Exec(ctx, `
		insert into audit (actor, actor_verified, action, phase, intent_id, person_id, workflow_id, run_id, detail)
		select $1, true, i.action, 'result', i.id, i.person_id, i.workflow_id, i.run_id, jsonb_build_object('result', $2::text)
		from audit_open_intents o join audit i on i.id = o.audit_id
		where o.at < now() - make_interval(secs => $3)
		on conflict (intent_id) where intent_id is not null do nothing`, ActorMuster, ResultUnknown, unknownAfter.Seconds())
	if err != nil {
		return fmt.Errorf("give lost intents a result: %w", err)
	}
	return nil
}

func sealRows(ctx context.Context, tx pgx.Tx) (int, error) {
	rows, err := list[AuditRow](ctx, tx, "the unsealed audit rows", `
		select `+auditColumns+` from audit where id in (select audit_id from audit_unsealed order by audit_id limit $1) order by id`, sealBatch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	head, err := chainHead(ctx, tx)
	if err != nil {
		return 0, err
	}
	var (
		links  [][]any
		sealed []int64
	)
	for _, row := range rows {
		rowHash, err := row.hash()
		if err != nil {
			return 0, err
		}
		head = link{Pos: head.Pos + 1, ChainHash: chainHash(head.ChainHash, rowHash)}
		links = append(links, []any{head.Pos, row.ID, rowHash, head.ChainHash})
		sealed = append(sealed, row.ID)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"audit_chain"}, []string{"pos", "audit_id", "row_hash", "chain_hash"}, pgx.CopyFromRows(links))
	if err != nil {
		return 0, fmt.Errorf("write the chain: %w", err)
	}
	if _, err := tx.Exec(ctx, `delete from audit_unsealed where audit_id = any($1)`, sealed); err != nil {
		return 0, fmt.Errorf("forget the sealed rows: %w", err)
	}
	return len(rows), nil
}

// link is a place in the chain; the zero link is the place before the first.
type link struct {
	Pos       int64
	ChainHash []byte
}

func chainHead(ctx context.Context, db database) (link, error) {
	head, err := one[link](ctx, db, "the chain's head", `select pos, chain_hash from audit_chain order by pos desc limit 1`)
	if errors.Is(err, ErrNotFound) {
		return link{}, nil
	}
	return head, err
}

// chainHash continues the chain: SHA-256 over the hash before and the row's.
func chainHash(before, rowHash []byte) []byte {
	sum := sha256.Sum256(append(bytes.Clone(before), rowHash...))
	return sum[:]
}

// hash is the SHA-256 of the row's canonical content. It depends on what the row says alone, not on how PostgreSQL prints it.
func (r AuditRow) hash() ([]byte, error) {
	detail := json.NewDecoder(bytes.NewReader(r.Detail))
	detail.UseNumber()
	var value any
	if err := detail.Decode(&value); err != nil {
		return nil, fmt.Errorf("read the detail of audit row %d: %w", r.ID, err)
	}
	// Members in this order, members of detail sorted: encoding/json does both.
	content, err := json.Marshal(struct {
		ID            int64  `json:"id"`
		At            string `json:"at"`
		Actor         string `json:"actor"`
		ActorVerified bool   `json:"actor_verified"`
		Action        string `json:"action"`
		Phase         string `json:"phase"`
		IntentID      *int64 `json:"intent_id"`
		PersonID      string `json:"person_id"`
		WorkflowID    string `json:"workflow_id"`
		RunID         string `json:"run_id"`
		Detail        any    `json:"detail"`
	}{
		r.ID, r.At.UTC().Format(time.RFC3339Nano), r.Actor, r.ActorVerified, r.Action, r.Phase, r.IntentID,
		r.PersonID, r.WorkflowID, r.RunID, value,
	})
	if err != nil {
		return nil, fmt.Errorf("write audit row %d canonically: %w", r.ID, err)
	}
	sum := sha256.Sum256(content)
	return sum[:], nil
}
