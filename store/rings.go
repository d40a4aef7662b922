package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// ringGrace is how long a committed change waits for the ring of whoever made it before the relay rings as well.
const ringGrace = 5 * time.Second

// ringAfterWake is how long after the instant that a mailbox waits for the relay rings as well, at most.
const ringAfterWake = time.Minute

// ringChange is what PersonTx.RingAt asked for.
type ringChange struct {
	seq int64
	due time.Time
}

// RingAt says when the relay is to ring the mailbox next if nothing else does; a zero due takes the row away: nothing is
// unfinished. It applies at the end of the transaction, and only if the row still has the seq that Load gave (0: there was no
// row): whatever was committed in between keeps its own ring.
func (p *PersonTx) RingAt(seq int64, due time.Time) error {
	p.ring = &ringChange{seq: seq, due: due}
	return nil
}

// applyRing runs last, so that the lock on the ring's row, which ingest needs too, is held for a moment only.
func (p *PersonTx) applyRing() error {
	if p.ring == nil {
		return nil
	}
	var err error
	switch {
	case p.ring.due.IsZero():
		_, err = p.tx.Exec(p.ctx, `delete from rings where person_id = $1 and seq = $2`, p.personID, p.ring.seq)
	case p.ring.seq == 0: // there was no row when the caller looked
		_, err = p.tx.Exec(p.ctx, `
			insert into rings (person_id, due_at) values ($1, $2) on conflict (person_id) do nothing`, p.personID, p.ring.due)
	default:
		_, err = p.tx.Exec(p.ctx, `
			update rings set due_at = $3 where person_id = $1 and seq = $2`, p.personID, p.ring.seq, p.ring.due)
	}
	if err != nil {
		return fmt.Errorf("set the next ring: %w", err)
	}
	return nil
}

// ringAll makes a ring due soon for each person, in the order of the ids so that two callers cannot block each other.
func ringAll(ctx context.Context, db database, personIDs []string) error {
	return ringSoon(ctx, db, personIDs, ringGrace)
}

// ringSoon is ringAll after another while.
func ringSoon(ctx context.Context, db database, personIDs []string, after time.Duration) error {
	if len(personIDs) == 0 {
		return nil
	}
	_, err := db.Exec(ctx, ringSQL, personIDs, after.Seconds())
	if err != nil {
		return fmt.Errorf("make the mailbox due: %w", err)
	}
	return nil
}

// RingPeople makes the mailboxes of these persons due at once, by the relay.
func (s *Store) RingPeople(ctx context.Context, personIDs []string) error {
	return ringSoon(ctx, s.pool, personIDs, 0)
}

// RingAtLatest makes the mailbox of each person due at an instant of their own, unless it is due before, or so soon after that it waits
// for that instant already.
func (s *Store) RingAtLatest(ctx context.Context, at map[string]time.Time) error {
	if len(at) == 0 {
		return nil
	}
	people := slices.Sorted(maps.Keys(at))
	instants := make([]time.Time, len(people))
	for i, person := range people {
		instants[i] = at[person]
	}
	_, err := s.pool.Exec(ctx, `
		insert into rings (person_id, due_at)
		select person_id, due_at from unnest($1::text[], $2::timestamptz[]) as wanted (person_id, due_at) order by person_id
		on conflict (person_id) do update set seq = excluded.seq, due_at = excluded.due_at
		where rings.due_at > excluded.due_at + make_interval(secs => $3)`, people, instants, ringAfterWake.Seconds())
	if err != nil {
		return fmt.Errorf("make the mailbox due by an instant: %w", err)
	}
	return nil
}

// ringSQL takes person ids and the grace in seconds. An earlier due time stays: it means that a ring is overdue.
const ringSQL = `
	insert into rings (person_id, due_at)
	select person_id, now() + make_interval(secs => $2)
	from (select distinct person_id from unnest($1::text[]) as wanted (person_id)) as distinct_people
	order by person_id
	on conflict (person_id) do update
	set seq = excluded.seq, due_at = least(rings.due_at, excluded.due_at)`

// DueRings returns at most limit people whose ring is due, the longest due first, and pushes each one's due time by backoff
// before it returns. Relays that ask at the same time get different people.
func (s *Store) DueRings(ctx context.Context, limit int, backoff time.Duration) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		with due as (
			select person_id from rings where due_at <= now() order by due_at limit $1 for update skip locked
		)
		update rings set due_at = now() + make_interval(secs => $2)
		from due where rings.person_id = due.person_id
		returning rings.person_id`, limit, backoff.Seconds())
	if err != nil {
		return nil, fmt.Errorf("take due rings: %w", err)
	}
	due, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("take due rings: %w", err)
	}
	return due, nil
}
