package store

import (
	"context"
	"fmt"
	"time"
)

// CloseLapsedAlerts closes the alerts that were not raised again in time.
func (s *Store) CloseLapsedAlerts(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, `
		update alerts set closed_at = clock_timestamp(), closed_why = 'it was not seen again for a while'
		where closed_at is null and lapses_at <= now()`)
	if err != nil {
		return fmt.Errorf("close lapsed alerts: %w", err)
	}
	return nil
}

// usualDays is how many days in a row a source must have sent events for its silence to be unusual. It is also how long an alert
// about it stays: a source that is silent for longer has another habit now, or is gone.
const usualDays = 7

// WatchSilence raises an alert for every source that has sent nothing for this long, although it had sent something on each of
// the seven days before; and closes those of sources that send again.
func (s *Store) WatchSilence(ctx context.Context, silence time.Duration) error {
	_, err := s.pool.Exec(ctx, `
		update alerts a set closed_at = clock_timestamp(), closed_why = 'the source sends again'
		where kind = $1 and closed_at is null
		  and exists (select from hr_events where source_system = a.subject_id and received_at > a.at)`, AlertSourceSilent)
	if err != nil {
		return fmt.Errorf("look for sources that send again: %w", err)
	}
	silent, err := list[struct{ Source string }](ctx, s.pool, "the silent sources", `
		with bounds as (select now() - make_interval(secs => $1) as quiet_since)
		select source_system as source from hr_events, bounds
		where received_at > quiet_since - make_interval(days => $2) and source_system <> ''
		group by source_system, quiet_since
		having max(received_at) <= quiet_since
		   and count(distinct floor(extract(epoch from quiet_since - received_at) / 86400)) = $2`, silence.Seconds(), usualDays)
	if err != nil {
		return err
	}
	for _, quiet := range silent {
		lapses := time.Now().AddDate(0, 0, usualDays)
		err := raiseAlert(ctx, s.pool, Alert{
			Kind: AlertSourceSilent, Severity: SeverityWarning, SubjectID: quiet.Source, LapsesAt: &lapses,
			Text: fmt.Sprintf("Nothing has come from source %.40s for %s; it had sent something every day.", quiet.Source, silence),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	// rolloutPatience is how long after it is due a rollout may take before somebody is told.
	rolloutPatience = 6 * time.Hour
	// rolloutLapse is how long the alert about one stays open when it is not seen held again.
	rolloutLapse = 2 * time.Minute
)

// WatchRollouts raises an alert for every rollout that is paused or not through long after it was due: what it takes away, rights among it,
// people keep until then.
func (s *Store) WatchRollouts(ctx context.Context) error {
	held, err := list[struct {
		ID      string
		Version int
		State   RolloutState
	}](ctx, s.pool, "rollouts that are held", `
		select id, version, state from mapping_rollouts
		where ended_at is null and (state = 'paused' or due_at < now() - make_interval(secs => $1))`, rolloutPatience.Seconds())
	if err != nil {
		return err
	}
	lapses := time.Now().Add(rolloutLapse)
	for _, r := range held {
		err := raiseAlert(ctx, s.pool, Alert{
			Kind: AlertRolloutHeld, Severity: SeverityWarning, SubjectID: r.ID, LapsesAt: &lapses,
			Text: fmt.Sprintf("Mapping version %d does not reach everybody: its rollout is %s.", r.Version, r.State),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
