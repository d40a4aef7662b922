package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

// inTheLifeOf does something for somebody else than the scene's person.
func (s *scene) inTheLifeOf(person string, do func()) {
	s.t.Helper()
	defer s.as(person, person+"@example.com")()
	do()
}

// managerOf runs the person's mailbox, as a ring does, and returns the account the platform then shows as the manager's.
func (s *scene) managerOf(person string) (accountID string) {
	s.t.Helper()
	s.inTheLifeOf(person, func() {
		s.run()
		s.again()
		accountID = s.account().ManagerID
	})
	return accountID
}

// line is three people, each managed by the one before.
func line(t *testing.T) (s *scene, top, middle string) {
	t.Helper()
	s = newScene(t)
	top = s.colleague("WD-EMP-2001", nil)
	middle = s.colleague("WD-EMP-2002", map[string]any{"manager_external_id": "WD-EMP-2001"})
	s.colleague("WD-EMP-2003", map[string]any{"manager_external_id": "WD-EMP-2002"})
	require.Equal(t, middle, s.managerOf("WD-EMP-2003"))
	return s, top, middle
}

func (s *scene) leaves(person string) {
	s.t.Helper()
	s.inTheLifeOf(person, func() {
		s.post(hr.UserTerminate, nil, nil)
		s.terminate()
		s.again()
	})
}

func TestWhomALeaverManagedMovesUpOneLevel(t *testing.T) {
	s, top, _ := line(t)
	s.leaves("WD-EMP-2002")
	s.inTheLifeOf("WD-EMP-2002", func() {
		require.Contains(t, s.timeline(), "the accounts of 1 people whom the leaver managed get the leaver's manager")
	})
	require.Equal(t, top, s.managerOf("WD-EMP-2003"))
	s.inTheLifeOf("WD-EMP-2003", func() { require.Contains(t, s.timeline(), "changed: profile") })
}

func TestWhoCameUnderTheLeaversManagerGoesBackWhenTheLeaverComesBack(t *testing.T) {
	s, top, middle := line(t)
	s.leaves("WD-EMP-2002")
	require.Equal(t, top, s.managerOf("WD-EMP-2003"))
	s.colleague("WD-EMP-2002", map[string]any{"manager_external_id": "WD-EMP-2001"})
	require.Equal(t, middle, s.managerOf("WD-EMP-2003"))
}

func TestWithNobodyUpTheLineTheManagerStaysAndNobodyIsDisturbed(t *testing.T) {
	s := newScene(t)
	manager := s.colleague("WD-EMP-2002", nil)
	s.colleague("WD-EMP-2003", map[string]any{"manager_external_id": "WD-EMP-2002"})
	s.leaves("WD-EMP-2002")
	require.Equal(t, manager, s.managerOf("WD-EMP-2003"))
	s.inTheLifeOf("WD-EMP-2002", func() { require.NotContains(t, s.timeline(), "reports.moved_up") })
}
