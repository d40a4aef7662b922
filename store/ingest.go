package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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

func ingest(ctx context.Context, tx pgx.Tx, items []Incoming, multiNamespace bool) ([]Verdict, error) {
	byID, err := knownByID(ctx, tx, items)
	if err != nil {
		return nil, err
	}
	people, twins, err := lockPeople(ctx, tx, newcomers(items, byID), multiNamespace)
	if err != nil {
		return nil, err
	}
	// Read under the people's locks: equal content means the same person, so nobody else can be adding it now.
	have, err := knownByContent(ctx, tx, items, byID)
	if err != nil {
		return nil, err
	}
	rulings := rule(items, have, people)
	if err := insertAdmitted(ctx, tx, items, rulings); err != nil {
		return nil, err
	}
	if err := insertRejected(ctx, tx, items, rulings); err != nil {
		return nil, err
	}
	if err := describePeople(ctx, tx, items, rulings); err != nil {
		return nil, err
	}
	if err := openIngestReviews(ctx, tx, items, rulings, twins); err != nil {
		return nil, err
	}
	if err := tellReceived(ctx, tx, items, rulings, time.Now()); err != nil {
		return nil, err
	}
	verdicts := make([]Verdict, 0, len(rulings))
	var due []string
	for _, r := range rulings {
		verdicts = append(verdicts, r.verdict)
		if r.admission == AdmissionAccepted {
			due = append(due, r.verdict.PersonID)
		}
	}
	return verdicts, ringAll(ctx, tx, due)
}

// newcomers are the events that may be accepted: the first of each event_id that the store does not have.
func newcomers(items []Incoming, byID map[string]knownEvent) []Incoming {
	seen := map[string]bool{}
	var fresh []Incoming
	for _, in := range items {
		if _, used := byID[in.EventID]; used || in.Rejection != nil || seen[in.EventID] {
			continue
		}
		seen[in.EventID] = true
		fresh = append(fresh, in)
	}
	return fresh
}

func knownByID(ctx context.Context, tx pgx.Tx, items []Incoming) (map[string]knownEvent, error) {
	var ids []string
	for _, in := range items {
		if in.Rejection == nil {
			ids = append(ids, in.EventID)
		}
	}
	found, err := list[knownEvent](ctx, tx, "known events by id", `
		select event_id, processing_key, digest, person_id from hr_events where event_id = any($1) and admission <> 'rejected'`, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]knownEvent, len(found))
	for _, k := range found {
		byID[k.EventID] = k
	}
	return byID, nil
}

// knownByContent completes byID: what a concurrent batch committed while this one waited for its people is found by content.
func knownByContent(ctx context.Context, tx pgx.Tx, items []Incoming, byID map[string]knownEvent) (known, error) {
	have := known{byID: byID, byContent: map[content]knownEvent{}}
	var keys []string
	for _, in := range items {
		if _, used := byID[in.EventID]; !used && in.Rejection == nil {
			keys = append(keys, in.ProcessingKey)
		}
	}
	if len(keys) == 0 {
		return have, nil
	}
	found, err := list[knownEvent](ctx, tx, "known events by content", `
		select event_id, processing_key, digest, person_id from hr_events where processing_key = any($1) and admission = 'accepted'`, keys)
	if err != nil {
		return known{}, err
	}
	for _, k := range found {
		have.byID[k.EventID] = k
		have.byContent[content{k.ProcessingKey, k.Digest}] = k
	}
	return have, nil
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
