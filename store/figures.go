package store

import (
	"context"
	"time"
)

// Figures are counts for metrics.
type Figures struct {
	// EventsByOutcome counts events by outcome, "waiting" included.
	EventsByOutcome map[string]int64
	AgentsByState   map[string]int64
	// OpenReviewsByKind and OpenApprovalsByKind count open questions.
	OpenReviewsByKind   map[string]int64
	OpenApprovalsByKind map[string]int64
	NeedingAttention    int64
	// DueRings counts people whose ring is overdue, OldestDueRing is how long the oldest has been.
	DueRings      int64
	OldestDueRing time.Duration
	// OldestWaiting is how long ago the oldest event was received that neither has an outcome nor waits for a later time.
	OldestWaiting time.Duration
	// UnsealedAudit counts audit rows outside the chain, OpenIntents platform writes without a result.
	UnsealedAudit int64
	OpenIntents   int64
}

// Figures counts.
func (s *Store) Figures(ctx context.Context) (Figures, error) {
	var (
		f   Figures
		err error
	)
	counts := []struct {
		into *map[string]int64
		sql  string
	}{
		{&f.EventsByOutcome, `select coalesce(outcome, 'waiting') as name, count(*) as count from hr_events group by outcome`},
		{&f.AgentsByState, `select lifecycle_state as name, count(*) as count from agents join persons using (person_id)
			where joined_into is null group by lifecycle_state`},
		{&f.OpenReviewsByKind, `select kind as name, count(*) as count from reviews where state = 'open' group by kind`},
		{&f.OpenApprovalsByKind, `select kind as name, count(*) as count from approvals where state = 'open' group by kind`},
	}
	for _, c := range counts {
		if *c.into, err = countBy(ctx, s.pool, c.sql); err != nil {
			return Figures{}, err
		}
	}
	type single struct {
		NeedingAttention int64
		DueRings         int64
		OldestDueRing    float64
		OldestWaiting    float64
		UnsealedAudit    int64
		OpenIntents      int64
	}
	rest, err := one[single](ctx, s.pool, "the figures", `
		select (select count(*) from agents where needs_attention) as needing_attention,
		       (select count(*) from rings where due_at <= now()) as due_rings,
		       (select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 from rings where due_at <= now()) as oldest_due_ring,
		       (select coalesce(extract(epoch from now() - min(received_at)), 0)::float8 from hr_events
		        where outcome is null and (waiting_until is null or waiting_until <= now())) as oldest_waiting,
		       (select count(*) from audit_unsealed) as unsealed_audit,
		       (select count(*) from audit_open_intents) as open_intents`)
	if err != nil {
		return Figures{}, err
	}
	f.NeedingAttention, f.DueRings, f.UnsealedAudit, f.OpenIntents = rest.NeedingAttention, rest.DueRings, rest.UnsealedAudit, rest.OpenIntents
	f.OldestDueRing = time.Duration(rest.OldestDueRing * float64(time.Second))
	f.OldestWaiting = time.Duration(rest.OldestWaiting * float64(time.Second))
	return f, nil
}

func countBy(ctx context.Context, db database, sql string) (map[string]int64, error) {
	type row struct {
		Name  string
		Count int64
	}
	rows, err := list[row](ctx, db, "the figures", sql)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int64, len(rows))
	for _, r := range rows {
		counts[r.Name] = r.Count
	}
	return counts, nil
}
