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

// hired runs a hire to its end and prepares the environment's next mailbox.
func hired(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	s.again()
	return s
}

func TestAWorkingAgentIsAdoptedWithoutBeingUnjoined(t *testing.T) {
	s := newScene(t)
	_, err := s.platform.Plant(genesystest.Plant{
		Name: new("Ana Lopez"), Email: new(s.email), State: new("active"), Division: new("Customer Care"), Roles: []string{"Agent", "Supervisor"},
		Queues: map[string]bool{"General_Support": true, "Tier_2_Escalation": true}, Skills: map[string]float64{"Technical_Support": 2},
	})
	require.NoError(t, err)
	event := s.post(hr.UserUpdate, nil, map[string]any{
		"email": s.email, "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2", "skill_codes": []string{"SVC_TECH"},
	})
	s.run()

	require.Equal(t, "applied", s.outcome(event))
	account := s.account()
	require.True(t, account.Queues["Tier_2_Escalation"])
	require.Equal(t, map[string]float64{"Technical_Support": 4}, account.Skills)
	require.Contains(t, account.Roles, "Agent")
	require.Contains(t, account.Roles, "Supervisor", "no rule names it: left alone")
	require.Contains(t, s.timeline(), "account.adopt")
}

func TestAnUpdateChangesSkillsAndNothingElse(t *testing.T) {
	s := hired(t)
	event := s.post(hr.UserUpdate, nil, map[string]any{"skill_codes": []string{"SVC_BILLING", "LANG_FR"}})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]float64{"Billing_Support": 3}, s.account().Skills)
	require.Equal(t, map[string]float64{"French": 4}, s.account().Languages)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
}

func TestAMoveLeavesTheOldQueueAndJoinsTheNew(t *testing.T) {
	s := hired(t)
	event := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]bool{"Billing_Queue": true}, s.account().Queues)
	require.Equal(t, "Billing", s.account().Department)
}

func TestAnUpdateThatChangesNothingSaysSo(t *testing.T) {
	s := hired(t)
	before := s.account().Version
	event := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "SUPP_L2"})
	s.run()
	require.Equal(t, "no_change", s.outcome(event))
	require.Equal(t, before, s.account().Version)
}

func TestATransferAppliesWhatResolvesAndParksTheRest(t *testing.T) {
	s := hired(t)
	event := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING", "SVC_VIP"}})
	s.at(time.Hour, func() {
		require.Equal(t, map[string]float64{"Technical_Support": 4, "Billing_Support": 3}, s.account().Skills)
		require.Equal(t, "waiting", s.outcome(event))
		s.signal(names.TransferWorkflowID(s.person, s.agent().Generation), names.SignalReviewDecision, names.ReviewDecision{Decision: "dismiss"})
	})
	s.run()
	require.Equal(t, "dismissed", s.outcome(event))
}

func TestALeaverIsIsolatedAndDeactivated(t *testing.T) {
	s := hired(t)
	event := s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "VOLUNTARY"}})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	account := s.account()
	require.Equal(t, "inactive", account.State)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": false}, account.Queues)
	require.Zero(t, account.Sessions)
	require.Contains(t, s.timeline(), "account.unroutable")
}

func TestATerminationTakesAWaitingHireOver(t *testing.T) {
	s := newScene(t)
	hire := s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	var end string
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.WaitingActivation, s.agent().State)
		end = s.post(hr.UserTerminate, nil, nil)
		s.ring()
	})
	s.run()
	require.Equal(t, "applied", s.outcome(end))
	require.Equal(t, "superseded", s.outcome(hire), "it was not carried out")
	require.Equal(t, "inactive", s.account().State)
	require.Zero(t, s.joinRequests(), "join requests")
}

func TestALeaverNobodyKnowsHasNothingToTakeAway(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserTerminate, nil, nil)
	s.terminate()
	require.Equal(t, "no_change", s.outcome(event))
	s.noAccount()
}

func TestALeaveEndsAccessAndTheReturnGivesItBack(t *testing.T) {
	s := hired(t)
	leave := s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	require.Equal(t, "applied", s.outcome(leave))
	require.Equal(t, lifecycle.OnLeave, s.agent().State)
	require.Equal(t, "inactive", s.account().State)

	s.again()
	back := s.post(hr.UserUpdate, nil, map[string]any{"status": "ACTIVE"})
	s.run()
	require.Equal(t, "applied", s.outcome(back))
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
	require.Contains(t, s.account().Roles, "Agent", "inactivity had dropped it")
}
