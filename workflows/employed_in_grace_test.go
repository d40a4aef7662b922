package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
)

// Whom HR employs has no delete timer, whether or not there is work for them.

func TestATerminationTakenBackDuringALeaveLeavesNoDeleteTimer(t *testing.T) {
	s := hired(t)
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	s.again()
	end := s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.True(t, s.lastGrace().Open())
	s.again()
	rescind := s.post(hr.EventRescind, map[string]any{"rescinds_event_id": end}, nil)
	s.run()

	require.NotEqual(t, "waiting", s.outcome(rescind))
	require.Equal(t, lifecycle.OnLeave, s.agent().State)
	require.Equal(t, lifecycle.GraceEnded, s.lastGrace().Phase)
	require.Equal(t, "inactive", s.account().State)

	s.again()
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.True(t, s.lastGrace().Open(), "the next termination begins a grace of its own")
}

func TestALeaverWhoIsHiredOutsideTheScopeIsNotDeleted(t *testing.T) {
	s := leaver(t, nil)
	s.again()
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "RETAIL_1"})
	s.run()
	require.Equal(t, lifecycle.OutOfScope, s.agent().State)
	require.Equal(t, lifecycle.GraceEnded, s.lastGrace().Phase)
}

func TestAHireThatHasComeIsHeardAtThePointOfNoReturnAlthoughNobodyRang(t *testing.T) {
	s := leaver(t, nil)
	s.at(30*aDay-time.Minute, func() { s.post(hr.UserCreate, nil, nil) })
	s.at(31*aDay, func() {
		require.Equal(t, "inactive", s.account().State)
		require.Equal(t, lifecycle.GraceWaiting, s.lastGrace().Phase)
		s.mailboxLooks() // rung at last
	})
	require.Equal(t, lifecycle.TurnedBack, s.wait())
}
