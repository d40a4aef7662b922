package workflows_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
)

// dueAt is when the relay rings for the person.
func (s *scene) dueAt() (due time.Time) {
	s.t.Helper()
	connection, err := pgx.Connect(s.t.Context(), s.database)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, connection.Close(s.t.Context())) }()
	require.NoError(s.t, connection.QueryRow(s.t.Context(), `select due_at from rings where person_id = $1`, s.person).Scan(&due))
	return due
}

// rollOut carries out the one rollout that is due.
func (s *scene) rollOut(env *testsuite.TestActivityEnvironment) (result lifecycle.RolloutResult) {
	s.t.Helper()
	due, err := s.store.DueRollouts(s.t.Context(), 0)
	require.NoError(s.t, err)
	for _, id := range due {
		value, err := env.ExecuteActivity(names.ActivityCarryOutRollout, names.RolloutInput{RolloutID: id})
		require.NoError(s.t, err)
		require.NoError(s.t, value.Get(&result))
	}
	return result
}

func TestWhoseDatesBeginEarlierByOtherZonesIsLookedAtEarlier(t *testing.T) {
	s := newScene(t)
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	s.activities.RegisterLocal(env)
	s.activities.RegisterRecord(env)
	s.rollOut(env)

	day := time.Now().UTC().AddDate(0, 0, 10)
	s.post(hr.UserCreate, map[string]any{"effective_at": day.Format(time.DateOnly)}, map[string]any{"timezone": nil})
	_, err := env.ExecuteActivity(names.ActivityDecide, lifecycle.DecideInput{PersonID: s.person, Now: time.Now().UTC()})
	require.NoError(t, err)
	begins := func(zone string) time.Time {
		place, err := time.LoadLocation(zone)
		require.NoError(t, err)
		return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, place)
	}
	require.WithinDuration(t, begins("America/New_York"), s.dueAt(), 2*time.Minute)

	s.publish(bytes.ReplaceAll(mapping.Example(), []byte("time_zone: America/New_York"), []byte("time_zone: Europe/Madrid")))
	require.Equal(t, 0, s.rollOut(env).Concerned)
	require.WithinDuration(t, begins("Europe/Madrid"), s.dueAt(), 2*time.Minute, "six hours of an access that has ended, or of a first day without one")

	s.publish(mapping.Example())
	s.rollOut(env)
	require.WithinDuration(t, begins("Europe/Madrid"), s.dueAt(), 2*time.Minute, "too early does no harm: the mailbox looks, and says when next")
}
