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

// LastAtWork returns the newest snapshot of an account that was taken since the person was activated last, before the termination of a
// generation: nobody has had the account back since, so what it held at work is what that one says. ErrNotFound when there is none.
func (p *PersonTx) LastAtWork(accountID string, before int64) (Snapshot, error) {
	return one[Snapshot](p.ctx, p.tx, "an earlier snapshot of account "+accountID, `
		select s.person_id, s.generation, s.taken_at, s.body
		from snapshots s join agents a using (person_id)
		where s.person_id = $1 and s.generation < $3 and s.body ->> 'account_id' = $2 and s.body ->> 'state' = 'active'
		  and (a.activated_at is null or s.taken_at >= a.activated_at)
		order by s.generation desc limit 1`, p.personID, accountID, before)
}

// Snapshot returns the snapshot of a person's termination, or ErrNotFound.
func (s *Store) Snapshot(ctx context.Context, personID string, generation int64) (Snapshot, error) {
	return one[Snapshot](ctx, s.pool, fmt.Sprintf("snapshot of person %s, generation %d", personID, generation), `
		select person_id, generation, taken_at, body from snapshots where person_id = $1 and generation = $2`, personID, generation)
}
