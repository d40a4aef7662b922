package store

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// defaultWalkPage is how many people WalkPeople reads at a time when it is not told: large enough that the round trips do not count,
// small enough that a page is a few megabytes.
const defaultWalkPage = 2000

// WalkPeople visits every person that was not joined into another, in the order of their ids and a page at a time (defaultWalkPage
// people when page is below 1), all as of one moment. While visit has a page, the next one is read; visit is never called twice at
// once, and an error of it ends the walk and is returned as it is.
//
// A person is as PersonTx.Load has them as far as a fold needs it: ids, agent, accepted events, the override in force. Reviews,
// approvals, plan, grace, holds and the number of the ring are left empty: who acts on one person loads that person.
func (s *Store) WalkPeople(ctx context.Context, page int, visit func([]Person) error) error {
	if page < 1 {
		page = defaultWalkPage
	}
	return s.snapshot(ctx, "walk all people", func(tx pgx.Tx) error {
		return readAhead(visit, func(give func([]Person) bool) error { return walk(ctx, tx, page, give) })
	})
}

// readAhead visits what read gives, while read goes on to the next. give says whether to go on: not when visit has returned an error, which
// is then readAhead's. It returns when the reader is done, whatever visit does: from then on nobody else uses the reader's transaction.
func readAhead[T any](visit func(T) error, read func(give func(T) bool) error) error {
	given := make(chan T)
	stop := make(chan struct{})
	var failed error
	go func() {
		defer close(given)
		failed = read(func(next T) bool {
			select {
			case given <- next:
				return true
			case <-stop:
				return false
			}
		})
	}()
	if err := visitAll(given, stop, visit); err != nil {
		return err
	}
	return failed
}

func visitAll[T any](given <-chan T, stop chan<- struct{}, visit func(T) error) error {
	defer func() {
		close(stop)
		for range given {
			// What was being read when the walk ended is visited by nobody.
		}
	}()
	for next := range given {
		if err := visit(next); err != nil {
			return err
		}
	}
	return nil
}

// walk reads page after page until there are no more people, or until nobody wants them.
func walk(ctx context.Context, tx pgx.Tx, page int, give func([]Person) bool) error {
	for last := ""; ; {
		ids, err := walkIDs(ctx, tx, last, page)
		if err != nil || len(ids) == 0 {
			return err
		}
		people, err := peopleOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		if !give(people) || len(ids) < page {
			return nil
		}
		last = ids[len(ids)-1]
	}
}

func walkIDs(ctx context.Context, tx pgx.Tx, last string, page int) ([]string, error) {
	rows, err := tx.Query(ctx, `
		select person_id from persons where joined_into is null and person_id > $1 order by person_id limit $2`, last, page)
	if err != nil {
		return nil, fmt.Errorf("read a page of person ids: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read a page of person ids: %w", err)
	}
	return ids, nil
}

// PeopleByID is WalkPeople for the people of some person ids, in the order of the ids asked for, each once. An id that nobody has, and
// one of somebody who was joined into another, is left out.
func (s *Store) PeopleByID(ctx context.Context, ids []string) (people []Person, err error) {
	err = s.snapshot(ctx, "read people by id", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select person_id from unnest($1::text[]) with ordinality as asked (person_id, place)
			join persons using (person_id) where joined_into is null
			group by person_id order by min(place)`, ids)
		if err != nil {
			return fmt.Errorf("look for the people: %w", err)
		}
		known, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("look for the people: %w", err)
		}
		people, err = peopleOf(ctx, tx, known)
		return err
	})
	return people, err
}

// snapshot runs fn in a transaction that sees the record as of one moment and changes nothing.
func (s *Store) snapshot(ctx context.Context, what string, fn func(tx pgx.Tx) error) error {
	var refused error
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		refused = fn(tx)
		return refused
	})
	if err != nil && refused == nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}

// peopleOf reads the people of these ids, in their order, with one query for each kind of row.
func peopleOf(ctx context.Context, tx pgx.Tx, ids []string) ([]Person, error) {
	people := make([]Person, len(ids))
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		people[i].PersonID, place[id] = id, i
	}
	if err := fillAgents(ctx, tx, ids, people, place); err != nil {
		return nil, err
	}
	if err := fillIDs(ctx, tx, ids, people, place); err != nil {
		return nil, err
	}
	if err := fillOverrides(ctx, tx, ids, people, place); err != nil {
		return nil, err
	}
	return people, fillEvents(ctx, tx, ids, people, place)
}

func fillAgents(ctx context.Context, tx pgx.Tx, ids []string, people []Person, place map[string]int) error {
	agents, err := list[Agent](ctx, tx, "agents", `select `+agentColumns+` from agents where person_id = any($1)`, ids)
	for _, agent := range agents {
		people[place[agent.PersonID]].Agent = agent
	}
	return err
}

func fillIDs(ctx context.Context, tx pgx.Tx, ids []string, people []Person, place map[string]int) error {
	type row struct {
		PersonID string
		ExternalID
	}
	found, err := list[row](ctx, tx, "external ids", `
		select person_id, namespace, external_id as id from person_ids where person_id = any($1)
		order by created_at, namespace, external_id`, ids)
	for _, id := range found {
		person := &people[place[id.PersonID]]
		person.ExternalIDs = append(person.ExternalIDs, id.ExternalID)
	}
	return err
}

func fillOverrides(ctx context.Context, tx pgx.Tx, ids []string, people []Person, place map[string]int) error {
	overrides, err := list[lifecycle.Override](ctx, tx, "overrides", `
		select `+overrideColumns+` from overrides where person_id = any($1) and closed_at is null`, ids)
	for i, override := range overrides {
		people[place[override.PersonID]].Override = &overrides[i]
	}
	return err
}

// fillEvents reads the events of all, and decodes them on all processors: decoding is most of a walk's work.
func fillEvents(ctx context.Context, tx pgx.Tx, ids []string, people []Person, place map[string]int) error {
	rows, err := list[eventRow](ctx, tx, "events", `
		select `+eventColumns+` from hr_events where person_id = any($1) and admission <> 'rejected' order by timestamp_utc, id`, ids)
	if err != nil {
		return err
	}
	events, err := decodeAll(rows)
	if err != nil {
		return err
	}
	all := make([][]StoredEvent, len(people))
	for _, event := range events {
		i := place[event.PersonID]
		all[i] = append(all[i], event)
	}
	for i := range people {
		people[i].Events = withOtherIDs(all[i])
	}
	return nil
}

func decodeAll(rows []eventRow) ([]StoredEvent, error) {
	events := make([]StoredEvent, len(rows))
	share := len(rows)/runtime.GOMAXPROCS(0) + 1
	var failures []error
	var mutex sync.Mutex
	var group sync.WaitGroup
	for from := 0; from < len(rows); from += share {
		until := min(from+share, len(rows))
		group.Go(func() {
			for i := from; i < until; i++ {
				event, err := rows[i].event()
				if err != nil {
					mutex.Lock()
					defer mutex.Unlock()
					failures = append(failures, err)
					return
				}
				events[i] = event
			}
		})
	}
	group.Wait()
	if len(failures) > 0 {
		return nil, failures[0]
	}
	return events, nil
}
