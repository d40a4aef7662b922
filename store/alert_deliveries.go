package store

import (
	"context"
	"fmt"
	"time"
)

// DueAlert is an alert that an endpoint is to be told of, in the state it has now.
type DueAlert struct {
	Alert
	// Attempt counts the attempts to tell this state, this one included.
	Attempt int
	// FirstAttemptAt is when the first of them began.
	FirstAttemptAt time.Time
}

// DueAlerts returns at most limit alerts that an endpoint is to be told of, the most pressing first: each once while it is open
// and once more when it is closed, and what was not delivered again when that is due. An alert that closed before an endpoint was
// told of it is never told: nobody need look any more.
//
// Each is the caller's until lease has passed or it says what came of it (AlertDelivered, AlertNotDelivered); then it is due
// again. Processes that ask at the same time get different ones.
func (s *Store) DueAlerts(ctx context.Context, endpoint string, limit int, lease time.Duration) ([]DueAlert, error) {
	// The lock keeps processes apart that ask at once; the condition of the update those of which one asked a moment earlier.
	return list[DueAlert](ctx, s.pool, "the alerts to deliver", `
		with candidates as (
			select a.id from alerts a
			where a.closed_at is null and not exists (
				select from alert_deliveries d where d.alert_id = a.id and d.endpoint = $1
				and (d.next_attempt_at is null or d.next_attempt_at > now()))
			union all
			select a.id from alert_deliveries d join alerts a on a.id = d.alert_id
			where d.endpoint = $1 and (d.state = 'open' or d.next_attempt_at is not null) and a.closed_at is not null
			  and (d.next_attempt_at is null or d.next_attempt_at <= now())
		), due as (
			select id, case when closed_at is null then 'open' else 'closed' end as state from alerts
			where id in (select id from candidates)
			order by `+severityRank+`, at limit $2
			for no key update skip locked
		), taken as (
			insert into alert_deliveries as d (alert_id, endpoint, state, next_attempt_at)
			select id, $1, state, now() + make_interval(secs => $3) from due
			on conflict (alert_id, endpoint) do update
			set state = excluded.state, next_attempt_at = excluded.next_attempt_at, delivered_at = null, given_up_at = null,
			    attempts = case when d.state = excluded.state then d.attempts + 1 else 1 end,
			    first_attempt_at = case when d.state = excluded.state then d.first_attempt_at else now() end
			where d.next_attempt_at <= now() or (d.next_attempt_at is null and d.state <> excluded.state)
			returning alert_id, attempts, first_attempt_at
		)
		select `+alertColumns+`, attempts as attempt, first_attempt_at from taken join alerts on alerts.id = taken.alert_id
		order by `+severityRank+`, at`, endpoint, limit, lease.Seconds())
}

// AlertDelivered notes that an endpoint has been told of an alert in this state (AlertOpen, AlertClosed).
func (s *Store) AlertDelivered(ctx context.Context, endpoint, alertID, state string) error {
	return s.settleDelivery(ctx, endpoint, alertID, state, `delivered_at = now(), next_attempt_at = null`)
}

// AlertNotDelivered notes that an attempt failed: the next one is due after a pause; no pause means that there is none.
func (s *Store) AlertNotDelivered(ctx context.Context, endpoint, alertID, state string, pause time.Duration) error {
	if pause <= 0 {
		return s.settleDelivery(ctx, endpoint, alertID, state, `given_up_at = now(), next_attempt_at = null`)
	}
	return s.settleDelivery(ctx, endpoint, alertID, state, `next_attempt_at = now() + make_interval(secs => $4)`, pause.Seconds())
}

// settleDelivery changes nothing when the state has changed meanwhile, or the attempt is settled.
func (s *Store) settleDelivery(ctx context.Context, endpoint, alertID, state, set string, more ...any) error {
	_, err := s.pool.Exec(ctx, `
		update alert_deliveries set `+set+`
		where endpoint = $1 and alert_id = $2 and state = $3 and next_attempt_at is not null`,
		append([]any{endpoint, alertID, state}, more...)...)
	if err != nil {
		return fmt.Errorf("note what came of delivering %s to %s: %w", alertID, endpoint, err)
	}
	return nil
}

// UndeliveredAlerts counts the alerts that an endpoint has been tried with at least so many times in vain, and will be again.
func (s *Store) UndeliveredAlerts(ctx context.Context, endpoint string, attempts int) (count int64, err error) {
	err = s.pool.QueryRow(ctx, `
		select count(*) from alert_deliveries
		where endpoint = $1 and attempts >= $2 and next_attempt_at is not null`,
		endpoint, attempts).Scan(&count)
	if err != nil {
		return 0, fmt.Errorf("count the alerts not delivered to %s: %w", endpoint, err)
	}
	return count, nil
}
