package store

import (
	"context"
	"time"
)

// ServiceLevel is how long events of a type took from when they were due until what they say was read back from the platform.
type ServiceLevel struct {
	EventType string
	Events    int
	P50       time.Duration
	P95       time.Duration
	P99       time.Duration
}

// ServiceLevels measures the events that were applied from since until before until, by type, in the order of the types. An operation
// settles its events in the transaction that records its read-back, so the outcome's time is when the platform was verified. An event is
// due when it was received, or when it takes effect where that is later; what people took to decide counts too.
func (s *Store) ServiceLevels(ctx context.Context, since, until time.Time) ([]ServiceLevel, error) {
	type row struct {
		EventType     string
		Events        int
		P50, P95, P99 float64
	}
	rows, err := list[row](ctx, s.pool, "how long events took", `
		with took as (
			select event_type, extract(epoch from outcome_at - case when due_at between received_at and outcome_at then due_at else received_at end)::float8 as seconds
			from hr_events
			where outcome = 'applied' and admission = 'accepted' and outcome_at >= $1 and outcome_at < $2
		)
		select event_type, count(*)::int as events,
		       percentile_cont(0.50) within group (order by seconds) as p50,
		       percentile_cont(0.95) within group (order by seconds) as p95,
		       percentile_cont(0.99) within group (order by seconds) as p99
		from took group by event_type order by event_type`, since, until)
	levels := make([]ServiceLevel, 0, len(rows))
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)).Round(time.Millisecond) }
	for _, r := range rows {
		levels = append(levels, ServiceLevel{EventType: r.EventType, Events: r.Events, P50: seconds(r.P50), P95: seconds(r.P95), P99: seconds(r.P99)})
	}
	return levels, err
}
