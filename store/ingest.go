package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errLostRace: another transaction committed one of the batch's event_ids in between; looking again settles it.
var errLostRace = errors.New("an event_id was committed by another batch meanwhile")

// Ingest admits a batch in one transaction and answers each event in the order of the batch. Accepted events make their person
// on first sight and make the person's mailbox due. multiNamespace says that ids of several namespaces are configured: then the
// person id of a new person is prefixed with its namespace.
//
// Batches may run concurrently and may overlap in any way. They lock in one order: ids, then people, then events, then rings.
func (s *Store) Ingest(ctx context.Context, items []Incoming, multiNamespace bool) ([]Verdict, error) {
	for _, in := range items {
		if err := in.check(); err != nil {
			return nil, err
		}
	}
	if len(items) == 0 {
		return nil, nil
	}
	const attempts = 4
	var (
		verdicts []Verdict
		err      error
	)
	for range attempts {
		err = s.transact(ctx, "ingest events", func(tx pgx.Tx) error {
			var err error
			verdicts, err = ingest(ctx, tx, items, multiNamespace)
			return err
		})
		if !errors.Is(err, errLostRace) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return verdicts, nil
}

// ingest takes five round trips however many events there are, one less when nobody is new, and two more for each kind of trouble.
func ingest(ctx context.Context, tx pgx.Tx, items []Incoming, multiNamespace bool) ([]Verdict, error) {
	have, locked, err := lockAndLook(ctx, tx, items, multiNamespace)
	if err != nil {
		return nil, err
	}
	twins, err := locked.create(ctx, tx, multiNamespace)
	if err != nil {
		return nil, err
	}
	rulings := rule(items, have, locked.of)
	if err := insertRejected(ctx, tx, items, rulings); err != nil {
		return nil, err
	}
	asked, err := openIngestReviews(ctx, tx, items, rulings, twins)
	if err != nil {
		return nil, err
	}
	if err := admit(ctx, tx, items, rulings, locked, asked); err != nil {
		return nil, err
	}
	verdicts := make([]Verdict, 0, len(rulings))
	for _, r := range rulings {
		verdicts = append(verdicts, r.verdict)
	}
	return verdicts, nil
}

// lockAndLook locks the people of the events that may be accepted and reads what the store has of the batch.
//
// What is known by content is read under the people's locks: equal content means the same person, so nobody else can be adding it
// now. What is known by id is read after the decision whose people to lock: an event that was known then is known now.
func lockAndLook(ctx context.Context, tx pgx.Tx, items []Incoming, multiNamespace bool) (known, people, error) {
	var ids, keys []string
	for _, in := range items {
		if in.Rejection == nil {
			ids, keys = append(ids, in.EventID), append(keys, in.ProcessingKey)
		}
	}
	have := known{byID: map[string]knownEvent{}, byContent: map[content]knownEvent{}}
	locked := newPeople(items, multiNamespace)
	if len(ids) == 0 {
		return have, locked, nil
	}
	var batch pgx.Batch
	locked.queueLock(&batch)
	batch.Queue(`
		select event_id, processing_key, digest, person_id from hr_events where event_id = any($1) and admission <> 'rejected'`, ids).
		Query(each(func(k knownEvent) { have.byID[k.EventID] = k }))
	batch.Queue(`
		select event_id, processing_key, digest, person_id from hr_events where processing_key = any($1) and admission = 'accepted'`, keys).
		Query(each(func(k knownEvent) {
			have.byID[k.EventID] = k
			have.byContent[content{k.ProcessingKey, k.Digest}] = k
		}))
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return known{}, people{}, fmt.Errorf("lock the people and look for known events: %w", err)
	}
	return have, locked, nil
}

// admit writes what was accepted, or is a duplicate under an id of its own, and everything that follows from it, and who was asked
// about; rings come last.
func admit(ctx context.Context, tx pgx.Tx, items []Incoming, rulings []ruling, locked people, asked []string) error {
	chosen := order(items, rulings, AdmissionAccepted, AdmissionDuplicate)
	if len(chosen) == 0 && len(locked.fresh) == 0 && len(asked) == 0 {
		return nil
	}
	var (
		batch pgx.Batch
		rows  eventArrays
		due   []string
	)
	locked.queueAgents(&batch)
	queueAttention(&batch, asked)
	for _, i := range chosen {
		if err := rows.add(items[i], rulings[i]); err != nil {
			return err
		}
		// A duplicate under another id rings too: what refers to the event by that id has waited for it.
		due = append(due, rulings[i].verdict.PersonID)
	}
	rows.queue(&batch).Exec(func(tag pgconn.CommandTag) error { return lostRaces(len(chosen), int(tag.RowsAffected())) })
	queueDescriptions(&batch, items, rulings)
	queueReceived(&batch, items, rulings, time.Now())
	if len(due) > 0 {
		batch.Queue(ringSQL, due, ringGrace.Seconds())
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("write the admitted events: %w", err)
	}
	return nil
}

// each hands every row of a batched query to fn.
func each[T any](fn func(T)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
		for _, row := range found {
			fn(row)
		}
		return err
	}
}

// order returns the indices of the rulings that want a row, sorted by event_id: the order in which every batch inserts.
func order(items []Incoming, rulings []ruling, wanted ...Admission) []int {
	var chosen []int
	for i, r := range rulings {
		if slices.Contains(wanted, r.admission) {
			chosen = append(chosen, i)
		}
	}
	slices.SortStableFunc(chosen, func(a, b int) int { return strings.Compare(items[a].EventID, items[b].EventID) })
	return chosen
}

func lostRaces(wanted, inserted int) error {
	if inserted == wanted {
		return nil
	}
	return fmt.Errorf("%d of %d events: %w", wanted-inserted, wanted, errLostRace)
}
