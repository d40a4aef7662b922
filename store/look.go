package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// LookAtPerson runs fn over one consistent picture of a person, for those who only read: it waits for nobody, not even for a take-over
// that waits for the platform, and can change nothing. ErrNotFound when there is no such person.
func (s *Store) LookAtPerson(ctx context.Context, personID string, fn func(p *PersonTx) error) error {
	reading := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, reading, func(tx pgx.Tx) error {
		var known bool
		if err := tx.QueryRow(ctx, `select exists (select from persons where person_id = $1)`, personID).Scan(&known); err != nil {
			return fmt.Errorf("look for the person: %w", err)
		}
		if !known {
			return ErrNotFound
		}
		return fn(&PersonTx{ctx: ctx, tx: tx, personID: personID})
	})
	if err != nil {
		return fmt.Errorf("look at person %s: %w", personID, err)
	}
	return nil
}
