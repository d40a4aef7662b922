// Package report shows one reconciliation: as JSON, as CSV, and as a page that needs nothing beside itself. It holds ids, codes and names of
// constructs, as deltas do, so it may be printed and handed to an auditor.
package report

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"muster/reconcile"
	"muster/store"
)

const (
	// trendRuns is how many runs the trend shows, this one among them.
	trendRuns = 14
	// servicePeriod before a run is what its service levels are measured over.
	servicePeriod = 24 * time.Hour
	// rowsPerPage is how many deltas are read at a time.
	rowsPerPage = 500
)

// Source is what a report is made from. *store.Store is one.
type Source interface {
	Reconciliation(ctx context.Context, id string) (store.Reconciliation, error)
	Reconciliations(ctx context.Context, f store.ReconciliationFilter) ([]store.Reconciliation, string, error)
	Deltas(ctx context.Context, f store.DeltaFilter) ([]store.Delta, string, error)
	ServiceLevels(ctx context.Context, since, until time.Time) ([]store.ServiceLevel, error)
}

// Report is one reconciliation as people look at it.
type Report struct {
	ID           string
	Platform     string
	PersonID     string // of one person; empty: of everybody
	Status       store.ReconciliationStatus
	RequestedBy  string // empty: the Schedule
	StartedAt    time.Time
	EndedAt      *time.Time
	Modes        map[string]store.ReconciliationMode
	Sources      []store.SourceVerdict
	Counts       reconcile.Tally
	NotEvaluated []store.NotEvaluated
	// Reason is why it was refused or failed.
	Reason string
	// Trend are the last runs of everybody up to this one, the oldest first.
	Trend []Point
	// ServiceLevels are measured over what was applied from ServiceSince until StartedAt.
	ServiceLevels []store.ServiceLevel
	ServiceSince  time.Time
	// Rows are the deltas in the order they were found, read as they are asked for.
	Rows iter.Seq2[Row, error]
}

// Point is one run of the trend.
type Point struct {
	ID        string                      `json:"reconciliation_id"`
	StartedAt time.Time                   `json:"started_at"`
	Status    store.ReconciliationStatus  `json:"status"`
	People    int                         `json:"people"`
	Deltas    map[reconcile.DeltaType]int `json:"deltas"`
}

// Row is a delta and what became of it.
type Row struct {
	reconcile.Delta
	Outcomes []store.DeltaOutcome
}

// Load reads what there is about a reconciliation. ErrNotFound of the store when there is none. The context has to live until Rows have
// been read.
func Load(ctx context.Context, s Source, id string) (Report, error) {
	run, err := s.Reconciliation(ctx, id)
	if err != nil {
		return Report{}, err
	}
	r := Report{
		ID: run.ID, Platform: run.Platform, PersonID: run.PersonID, Status: run.Status, RequestedBy: run.RequestedBy, StartedAt: run.StartedAt,
		EndedAt: run.EndedAt, Modes: run.Modes, Sources: run.Sources, NotEvaluated: run.NotEvaluated, Reason: run.Reason,
		ServiceSince: run.StartedAt.Add(-servicePeriod), Rows: rows(ctx, s, id),
	}
	if r.Counts, err = tally(run); err != nil {
		return Report{}, err
	}
	if r.Trend, err = trend(ctx, s, run); err != nil {
		return Report{}, err
	}
	r.ServiceLevels, err = s.ServiceLevels(ctx, r.ServiceSince, r.StartedAt)
	return r, err
}

func tally(run store.Reconciliation) (t reconcile.Tally, err error) {
	if err := json.Unmarshal(run.Counts, &t); err != nil {
		return t, fmt.Errorf("read the counts of reconciliation %s: %w", run.ID, err)
	}
	return t, nil
}

func trend(ctx context.Context, s Source, run store.Reconciliation) (points []Point, err error) {
	if run.PersonID != "" {
		return nil, nil
	}
	runs, _, err := s.Reconciliations(ctx, store.ReconciliationFilter{
		Platform: run.Platform, OfEverybody: true, Until: run.StartedAt, Limit: trendRuns,
	})
	if err != nil {
		return nil, err
	}
	for _, one := range slices.Backward(runs) {
		counts, err := tally(one)
		if err != nil {
			return nil, err
		}
		points = append(points, Point{ID: one.ID, StartedAt: one.StartedAt, Status: one.Status, People: counts.People, Deltas: counts.Deltas})
	}
	return points, nil
}

// rows reads the deltas page by page.
func rows(ctx context.Context, s Source, id string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		f := store.DeltaFilter{ReconciliationID: id, Limit: rowsPerPage}
		for {
			page, next, err := s.Deltas(ctx, f)
			if err != nil {
				yield(Row{}, err)
				return
			}
			for _, stored := range page {
				delta, err := reconcile.DeltaOf(stored)
				if !yield(Row{Delta: delta, Outcomes: stored.Outcomes}, err) || err != nil {
					return
				}
			}
			if next == "" {
				return
			}
			f.Cursor = next
		}
	}
}
