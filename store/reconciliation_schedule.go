package store

import (
	"context"
	"fmt"
	"time"
)

// missedAfter is how much later than planned a reconciliation by schedule may begin.
const missedAfter = 15 * time.Minute

// begunBySchedule says that a reconciliation by schedule began at or after the instant of a schedule's row s. The clocks of Temporal and of
// PostgreSQL may differ by a minute.
const begunBySchedule = `exists (
	select from reconciliations r where r.requested_by = '' and r.person_id = '' and r.started_at >= s.expected_at - interval '1 minute')`

// NoteSchedule keeps when a schedule is to begin its next reconciliation. An instant that has passed stays until one has begun since, or
// the schedule is another one (spec) or paused: whoever notes the next one must not hide that one was missed.
func (s *Store) NoteSchedule(ctx context.Context, id, spec string, next time.Time, paused bool) error {
	_, err := s.pool.Exec(ctx, `
		insert into reconciliation_schedules as s (id, spec, expected_at, paused) values ($1, $2, $3, $4)
		on conflict (id) do update set spec = excluded.spec, paused = excluded.paused, noted_at = clock_timestamp(),
			expected_at = case when s.spec <> excluded.spec or excluded.paused or s.paused or s.expected_at is null
			                        or s.expected_at > now() or `+begunBySchedule+`
			                   then excluded.expected_at else s.expected_at end`, id, spec, instant(next), paused)
	if err != nil {
		return fmt.Errorf("note when schedule %s begins next: %w", id, err)
	}
	return nil
}

// WatchSchedules raises an alert for every schedule whose reconciliation did not begin, and closes it when one has.
func (s *Store) WatchSchedules(ctx context.Context) error {
	type row struct {
		ID         string
		ExpectedAt time.Time
		Missed     bool
	}
	schedules, err := list[row](ctx, s.pool, "the schedules", `
		select id, expected_at, not paused and expected_at < now() - make_interval(secs => $1) and not `+begunBySchedule+` as missed
		from reconciliation_schedules s where expected_at is not null`, missedAfter.Seconds())
	if err != nil {
		return err
	}
	for _, schedule := range schedules {
		if !schedule.Missed {
			if err := s.CloseAlert(ctx, AlertKey(AlertReconciliationMissed, schedule.ID), "one has begun since, or none is due"); err != nil {
				return err
			}
			continue
		}
		err := s.RaiseAlert(ctx, Alert{
			Kind: AlertReconciliationMissed, Severity: SeverityCritical, SubjectID: schedule.ID,
			Text: fmt.Sprintf("The reconciliation that schedule %s had to begin at %s has not begun.", schedule.ID, schedule.ExpectedAt.UTC().Format(time.RFC3339)),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
