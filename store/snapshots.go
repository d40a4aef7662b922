package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Snapshot is what a person's account had before the first write of a termination. Body is an object without names, emails and
// numbers of the person.
type Snapshot struct {
	PersonID   string
	Generation int64
	TakenAt    time.Time
	Body       json.RawMessage
}

// SaveSnapshot keeps the snapshot of a termination. The first one stays: saving again, when the termination has changed the account
// already, changes nothing.
func (p *PersonTx) SaveSnapshot(generation int64, body json.RawMessage) error {
	_, err := p.tx.Exec(p.ctx, `
		insert into snapshots (person_id, generation, body) values ($1, $2, $3) on conflict do nothing`, p.personID, generation, body)
	if err != nil {
		return fmt.Errorf("save the snapshot of generation %d: %w", generation, err)
	}
	return nil
}

// Snapshot returns the snapshot of a person's termination, or ErrNotFound.
func (s *Store) Snapshot(ctx context.Context, personID string, generation int64) (Snapshot, error) {
	return one[Snapshot](ctx, s.pool, fmt.Sprintf("snapshot of person %s, generation %d", personID, generation), `
		select person_id, generation, taken_at, body from snapshots where person_id = $1 and generation = $2`, personID, generation)
}
