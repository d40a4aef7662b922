package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
)

// Access ends at 24:00 of the last working day where the person is, also on the days on which the clocks change (RULES 4).

// clockChanges are the next two days on which the clocks change in a zone: one goes forward, the other back.
func clockChanges(t *testing.T, zone *time.Location) (days []hr.Date) {
	t.Helper()
	at := time.Now()
	for range 2 {
		_, at = at.In(zone).ZoneBounds()
		require.False(t, at.IsZero())
		days = append(days, hr.DateOf(at, zone))
	}
	return days
}

// untilLastDay is an agent in New York whose last working day HR has told.
func untilLastDay(t *testing.T, day hr.Date) (s *scene, end string, midnight time.Duration) {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	s = hired(t)
	end = s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "VOLUNTARY", "last_working_day": day.String()}})
	next := day.Next()
	return s, end, time.Date(next.Year, next.Month, next.Day, 0, 0, 0, 0, zone).Sub(s.env.Now())
}

func (s *scene) requireAtWork() {
	s.t.Helper()
	require.Equal(s.t, "active", s.account().State)
	require.Equal(s.t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
}

func TestAccessEndsAtMidnightOfALastDayOnWhichTheClocksChange(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	for _, day := range clockChanges(t, zone) {
		t.Run(day.Month.String(), func(t *testing.T) {
			s, end, midnight := untilLastDay(t, day)
			s.meanwhile(midnight-time.Minute, func() {
				require.Equal(t, "23:59", s.env.Now().In(zone).Add(30*time.Second).Format("15:04"))
				s.requireAtWork()
			})
			due := s.env.Now().Add(midnight)
			s.run()
			require.Equal(t, "inactive", s.account().State)
			require.Equal(t, map[string]bool{"Tier_2_Escalation": false}, s.account().Queues)
			require.WithinRange(t, s.env.Now(), due, due.Add(time.Minute))
			require.Equal(t, "applied", s.outcome(end))
		})
	}
}

func TestALastDayThatIsMovedOnItsEveningIsTheNewOne(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	day := hr.DateOf(time.Now().AddDate(0, 0, 5), zone)
	s, end, midnight := untilLastDay(t, day)
	s.meanwhile(midnight-time.Hour, func() {
		s.post(hr.UserTerminate, map[string]any{"replaces_event_id": end}, map[string]any{"termination": map[string]any{"last_working_day": day.Next().Next().String()}})
		s.ring()
	})
	s.meanwhile(midnight+time.Hour, s.requireAtWork)
	s.meanwhile(midnight+47*time.Hour, s.requireAtWork)
	s.run()
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	require.Equal(t, "superseded", s.outcome(end))
}

func TestALastDayThatIsTakenBackOnItsEveningEndsNothing(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	s, end, midnight := untilLastDay(t, hr.DateOf(time.Now().AddDate(0, 0, 5), zone))
	s.meanwhile(midnight-time.Hour, func() {
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": end}, nil)
		s.ring()
	})
	s.run()
	s.requireAtWork()
	require.Equal(t, "rescinded", s.outcome(end))
}
