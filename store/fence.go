package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"muster/ccaas"
)

const (
	defaultCallTimeout = 10 * time.Second
	// longestCall keeps a guarded call, its wait for the fence and its record under what PostgreSQL and the sequencer allow.
	longestCall = 20 * time.Second
	// fenceWait bounds the wait for a take-over that itself waits for a call in flight.
	fenceWait = 25 * time.Second
	// recordWait bounds the recording of a result after the caller's context has ended.
	recordWait = 5 * time.Second
)

// Results of a guarded write that was not made.
const (
	ResultFenced  = "fenced"
	ResultNotMade = "not_made"
)

// Fence says in whose name platform writes are made.
type Fence struct {
	PersonID string
	// Generation is the one the operation took the person over at.
	Generation int64
	Actor      string // empty is recorded as ActorMuster
	WorkflowID string
	RunID      string
	// Timeout bounds each call; 0 is 10 s, and more than 20 s is 20 s.
	Timeout time.Duration
}

// Guard returns the guard of an operation's platform writes. For each write:
//
// The intent is committed. Then, in a transaction, a shared lock is taken on the person's agent row, and the generation
// compared: if a newer operation has taken the person over, the result is "fenced", the error is *FencedError, and the call is
// not made. Otherwise the call is made while the lock is held, so that a take-over waits for it, and its result is recorded in the
// same transaction. The call's error comes back as it is; where recording failed too, it is joined to it.
func (s *Store) Guard(f Fence) ccaas.Guard {
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = defaultCallTimeout
	}
	timeout = min(timeout, longestCall)
	return func(ctx context.Context, w ccaas.Write, call func(context.Context) (ccaas.Receipt, error)) error {
		conn, err := s.guards.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("guard %s: %w", w.Verb, err)
		}
		defer conn.Release()
		g := guarded{fence: f, write: w, timeout: timeout, conn: conn}
		return g.run(ctx, call)
	}
}

// guarded is one write on its way through the fence. It uses one connection throughout.
type guarded struct {
	fence    Fence
	write    ccaas.Write
	timeout  time.Duration
	conn     *pgxpool.Conn
	intentID int64
}

func (g *guarded) run(ctx context.Context, call func(context.Context) (ccaas.Receipt, error)) error {
	detail, err := json.Marshal(intentDetail{AccountID: g.write.AccountID, Generation: g.fence.Generation, Detail: g.write.Detail})
	if err != nil {
		return fmt.Errorf("guard %s: describe the intent: %w", g.write.Verb, err)
	}
	if g.intentID, err = insertAudit(ctx, g.conn, AuditIntent, nil, g.fact(detail)); err != nil {
		return fmt.Errorf("guard %s: %w", g.write.Verb, err)
	}
	tx, err := g.conn.Begin(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("guard %s: begin: %w", g.write.Verb, err), g.recordOutside(ctx, resultDetail{Result: ResultNotMade}))
	}
	current, err := g.lock(ctx, tx)
	if err != nil {
		g.rollback(ctx, tx)
		return errors.Join(fmt.Errorf("guard %s: take the fence: %w", g.write.Verb, err), g.recordOutside(ctx, resultDetail{Result: ResultNotMade}))
	}
	if current != g.fence.Generation {
		g.rollback(ctx, tx)
		fenced := &FencedError{PersonID: g.fence.PersonID, Own: g.fence.Generation, Current: current}
		return joined(fenced, g.recordOutside(ctx, resultDetail{Result: ResultFenced, Current: current}))
	}
	receipt, callErr := g.call(ctx, call)
	return joined(callErr, g.record(ctx, tx, receipt, callErr))
}

// lock takes the shared lock. "key share" is the lock that only a take-over ("for update") waits for: an ordinary change of
// the agent's row does not have to wait for a platform call. Row locks let the next sharer pass one who waits to have the row alone;
// the advisory lock before it does not: no write passes a take-over that waits.
func (g *guarded) lock(ctx context.Context, tx pgx.Tx) (generation int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, fenceWait)
	defer cancel()
	batch := &pgx.Batch{}
	batch.Queue(`select pg_advisory_xact_lock_shared(hashtextextended($1, 0))`, turnstile(g.fence.PersonID))
	batch.Queue(`select generation from agents where person_id = $1 for key share`, g.fence.PersonID).QueryRow(func(row pgx.Row) error {
		return row.Scan(&generation)
	})
	err = tx.SendBatch(ctx, batch).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("person %s: %w", g.fence.PersonID, ErrNotFound)
	}
	return generation, err
}

// turnstile names the advisory lock that guarded writes of a person share and a take-over has alone.
func turnstile(personID string) string { return "fence of " + personID }

func (g *guarded) call(ctx context.Context, call func(context.Context) (ccaas.Receipt, error)) (ccaas.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	return call(ctx)
}

// record writes the result and lets go of the lock. It does so also when the caller has given up meanwhile: the call was made.
func (g *guarded) record(ctx context.Context, tx pgx.Tx, receipt ccaas.Receipt, callErr error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWait)
	defer cancel()
	if err := g.insertResult(ctx, tx, describe(receipt, callErr)); err != nil {
		g.rollback(ctx, tx)
		return fmt.Errorf("guard %s: %w", g.write.Verb, err)
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("guard %s: commit the result: %w", g.write.Verb, err)
	}
	return nil
}

// recordOutside writes the result of a call that was not made, outside the fence's transaction.
func (g *guarded) recordOutside(ctx context.Context, result resultDetail) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWait)
	defer cancel()
	return g.insertResult(ctx, g.conn, result)
}

func (g *guarded) insertResult(ctx context.Context, db database, result resultDetail) error {
	detail, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("describe the result: %w", err)
	}
	_, err = insertAudit(ctx, db, AuditResult, &g.intentID, g.fact(detail))
	return err
}

func (g *guarded) rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWait)
	defer cancel()
	_ = tx.Rollback(ctx) // a connection that cannot roll back is broken, and PostgreSQL ends its transaction with it
}

func (g *guarded) fact(detail json.RawMessage) AuditFact {
	return AuditFact{
		Actor: g.fence.Actor, ActorVerified: true, Action: g.write.Verb, PersonID: g.fence.PersonID,
		WorkflowID: g.fence.WorkflowID, RunID: g.fence.RunID, Detail: detail,
	}
}

// joined is the first error as it is, with the second joined where there is one.
func joined(first, second error) error {
	if second == nil {
		return first
	}
	if first == nil {
		return second
	}
	return errors.Join(first, second)
}

type intentDetail struct {
	AccountID  string         `json:"account_id,omitempty"`
	Generation int64          `json:"generation"`
	Detail     map[string]any `json:"detail,omitempty"`
}

type resultDetail struct {
	// Result is done, failed, fenced, not_made or unknown.
	Result        string     `json:"result"`
	Status        int        `json:"status,omitempty"`
	CorrelationID string     `json:"correlation_id,omitempty"`
	AccountID     string     `json:"account_id,omitempty"`
	ErrorKind     ccaas.Kind `json:"error_kind,omitempty"`
	ErrorCode     string     `json:"error_code,omitempty"`
	// Current is the generation that holds the person, when fenced.
	Current int64 `json:"current_generation,omitempty"`
}

// describe is what the record keeps of an answer. The platform's message is left out: it may repeat a name or an email.
func describe(receipt ccaas.Receipt, callErr error) resultDetail {
	result := resultDetail{Result: "done", Status: receipt.Status, CorrelationID: receipt.CorrelationID, AccountID: receipt.AccountID}
	if callErr == nil {
		return result
	}
	result.Result = "failed"
	var refusal *ccaas.Error
	if errors.As(callErr, &refusal) {
		switch {
		case refusal.NotSent:
			result.Result = ResultNotMade
		case refusal.Kind == ccaas.KindUnavailable:
			// No answer that says either way: it may have been done.
			result.Result = ResultUnknown
		}
		result.Status, result.ErrorKind, result.ErrorCode = refusal.Status, refusal.Kind, refusal.Code
		if refusal.CorrelationID != "" {
			result.CorrelationID = refusal.CorrelationID
		}
	}
	return result
}
