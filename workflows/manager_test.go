package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
)

// A manager whom nobody knows yet holds nothing up, and is filled in when there is one (RULES 14).

// as makes the scene about somebody else, and returns what makes it about the former person again.
func (s *scene) as(person, email string) (back func()) {
	formerPerson, formerEmail := s.person, s.email
	s.person, s.email = person, email
	return func() { s.person, s.email = formerPerson, formerEmail }
}

// theManager hires the manager of the scene's person.
func (s *scene) theManager() genesystest.Truth {
	s.t.Helper()
	defer s.as("WD-EMP-9000", "the.manager@example.com")()
	s.again()
	s.post(hr.UserCreate, nil, map[string]any{"first_name": "The", "last_name": "Manager"})
	s.run()
	require.Equal(s.t, lifecycle.Active, s.agent().State)
	manager := s.account()
	return manager
}

// rung are the people whose mailboxes the relay is to ring.
func (s *scene) rung() []string {
	s.t.Helper()
	var people []string
	require.Eventually(s.t, func() bool {
		due, err := s.store.DueRings(s.t.Context(), 100, time.Hour)
		require.NoError(s.t, err)
		people = append(people, due...)
		return len(people) > 0
	}, 10*time.Second, 50*time.Millisecond)
	return people
}

func TestAManagerWhoComesLaterIsFilledIn(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"manager_external_id": "WD-EMP-9000"})
	s.run()
	require.Equal(t, "applied", s.outcome(event), "it does not wait for the manager")
	require.Empty(t, s.account().ManagerID)

	manager := s.theManager()
	require.Contains(t, s.rung(), s.person)
	s.again()
	s.run()
	require.Equal(t, manager.ID, s.account().ManagerID)
	require.Equal(t, lifecycle.None, s.agent().Operation)
}

func TestAManagerOfANewTeamIsFilledInWhereAChangeNamedThem(t *testing.T) {
	s := hired(t)
	event := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING", "manager_external_id": "WD-EMP-9000"})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	manager := s.theManager()
	s.again()
	s.run()
	require.Equal(t, manager.ID, s.account().ManagerID)
}

func TestAManagerWhoComesWhileAHireWaitsIsFilledInAfterIt(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{
		"department_code": "SALES", "timezone": "Europe/Madrid", "manager_external_id": "WD-EMP-9000",
	})
	var manager genesystest.Truth
	s.meanwhile(time.Hour, func() {
		require.Empty(t, s.account().ManagerID)
		waiting := s.env
		manager = s.theManager()
		s.env = waiting
		s.ring()
	})
	s.meanwhile(2*time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, manager.ID, s.account().ManagerID)
}

func TestNobodyIsRungForAManagerWhomHRNoLongerNames(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"manager_external_id": "WD-EMP-9000"})
	s.run()
	s.again()
	s.post(hr.UserUpdate, nil, map[string]any{"manager_external_id": nil})
	s.run()
	s.theManager()
	s.again()
	before := len(s.platform.Journal(genesystest.JournalFilter{}))
	s.run()
	require.Len(t, s.platform.Journal(genesystest.JournalFilter{}), before, "requests to the platform")
}
