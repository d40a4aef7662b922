package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AlertFilter selects alerts; empty fields select all.
type AlertFilter struct {
	State    string // AlertOpen or AlertClosed
	PersonID string
	Cursor   string
	Limit    int
}

// severityRank orders by severity, the most pressing first.
const severityRank = `(case severity when 'critical' then 0 when 'warning' then 1 else 2 end)`

// Alerts returns a page of alerts, the critical ones first and of equal severity the newest first, and the cursor of the next
// page (empty at the end).
func (s *Store) Alerts(ctx context.Context, f AlertFilter) ([]Alert, string, error) {
	from, err := afterRank(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	rows, err := list[struct {
		Alert
		Rank int
	}](ctx, s.pool, "the alerts", `
		select `+alertColumns+`, `+severityRank+` as rank from alerts
		where ($1 = '' or (closed_at is null) = ($1 = 'open')) and ($2 = '' or person_id = $2)
		  and (`+severityRank+` > $3 or (`+severityRank+` = $3 and (at, id) < ($4, $5)))
		order by `+severityRank+`, at desc, id desc limit $6`, f.State, f.PersonID, from.rank, from.at, from.id, size+1)
	if err != nil {
		return nil, "", err
	}
	ranks := make(map[string]int, len(rows))
	alerts := make([]Alert, len(rows))
	for i, row := range rows {
		alerts[i], ranks[row.ID] = row.Alert, row.Rank
	}
	items, next := page(alerts, size, func(a Alert) string { return strconv.Itoa(ranks[a.ID]) + " " + instantKey(a.At, a.ID) })
	return items, next, nil
}

// placed is a place in the order of the inbox; the one before all has a rank below any.
type placed struct {
	rank int
	position
}

func afterRank(cursor string) (placed, error) {
	key, err := after(cursor)
	if err != nil || key == "" {
		return placed{rank: -1}, err
	}
	parts := strings.SplitN(key, " ", 3)
	if len(parts) == 3 {
		rank, rankErr := strconv.Atoi(parts[0])
		at, timeErr := time.Parse(time.RFC3339Nano, parts[1])
		if rankErr == nil && timeErr == nil {
			return placed{rank: rank, position: position{at: at, id: parts[2]}}, nil
		}
	}
	return placed{}, fmt.Errorf("cursor %.40q: %w", cursor, ErrBadCursor)
}

// AlertCount is how many alerts of a kind and severity are open.
type AlertCount struct {
	Kind     AlertKind
	Severity Severity
	Count    int64
}

// OpenAlerts counts the open alerts.
func (s *Store) OpenAlerts(ctx context.Context) ([]AlertCount, error) {
	return list[AlertCount](ctx, s.pool, "the count of alerts", `
		select kind, severity, count(*) as count from alerts where closed_at is null group by kind, severity`)
}
