package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
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

func TestASkillAssignmentAddsTakesAwayOrReplaces(t *testing.T) {
	for mode, want := range map[string]struct{ skills, languages map[string]float64 }{
		"":        {map[string]float64{"Technical_Support": 4, "Billing_Support": 3}, map[string]float64{"French": 4}},
		"ADD":     {map[string]float64{"Technical_Support": 4, "Billing_Support": 3}, map[string]float64{"French": 4}},
		"REMOVE":  {map[string]float64{"Technical_Support": 4}, map[string]float64{}},
		"REPLACE": {map[string]float64{"Billing_Support": 3}, map[string]float64{"French": 4}},
	} {
		t.Run("mode "+mode, func(t *testing.T) {
			s := newScene(t)
			s.post(hr.UserCreate, nil, map[string]any{"skill_codes": []string{"SVC_TECH", "LANG_FR"}})
			s.run()
			s.again()
			payload := map[string]any{"skill_codes": []string{"SVC_BILLING", "LANG_FR"}}
			if mode != "" {
				payload["skill_mode"] = mode
			}
			event := s.post(hr.SkillAssign, nil, payload)
			s.run()
			require.Equal(t, "applied", s.outcome(event))
			require.Equal(t, want.skills, s.account().Skills)
			require.Equal(t, want.languages, s.account().Languages)
			require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues)
		})
	}
}

func TestASkillThatASupervisorGaveIsLeftAlone(t *testing.T) {
	s := newScene(t)
	s.publish(narrow())
	s.post(hr.UserCreate, nil, nil)
	s.run()
	_, err := s.platform.Change(s.account().ID, genesystest.Plant{Skills: map[string]float64{"Technical_Support": 4, "Customer_Retention": 5}})
	require.NoError(t, err)
	s.again()
	s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}, "skill_mode": "REPLACE"})
	s.run()
	require.Equal(t, map[string]float64{"Billing_Support": 3, "Customer_Retention": 5}, s.account().Skills)
	require.Contains(t, s.timeline(), "left alone, no rule names it: ")
}

func TestAMoveGoesToAnotherDivisionWithItsRolesAndItsManager(t *testing.T) {
	s := hired(t)
	manager, err := s.platform.Plant(genesystest.Plant{Name: new("Sales Lead"), Email: new("sales.lead@example.com"), State: new("active")})
	require.NoError(t, err)
	lead := s.as("WD-EMP-9000", "sales.lead@example.com")
	s.post(hr.UserCreate, nil, map[string]any{"first_name": "Sales", "last_name": "Lead"})
	s.run()
	lead()
	s.again()
	event := s.post(hr.UserUpdate, nil, map[string]any{"department_code": "SALES", "manager_external_id": "WD-EMP-9000"})
	s.run()
	require.Equal(t, "applied", s.outcome(event), "a role that only moves to another division is no escalation")
	account := s.account()
	require.Equal(t, "Sales", account.Division)
	require.Equal(t, manager.ID, account.ManagerID)
	require.Equal(t, "Sales Full Time", account.WorkPlan)
	require.Contains(t, account.Grants, genesystest.RoleGrant{Role: "Agent", Division: "Sales"})
	require.Equal(t, map[string]bool{"Sales_Inbound": true}, account.Queues, "an agent who is at work needs no activation")
}

func TestWrongWorkStopsBeforeRightWorkBegins(t *testing.T) {
	s := hired(t)
	s.platform.ClearJournal()
	s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.run()
	var order []string
	for _, call := range s.platform.Journal(genesystest.JournalFilter{}) {
		switch {
		case strings.Contains(string(call.Body), `"joined":false`):
			order = append(order, "unjoin")
		case strings.Contains(call.Query, "delete=true"):
			order = append(order, "remove")
		case strings.Contains(call.Query, "delete=false"):
			order = append(order, "add")
		case strings.Contains(string(call.Body), `"joined":true`):
			order = append(order, "join")
		}
	}
	require.Equal(t, []string{"unjoin", "remove", "add", "join"}, order)
}

func TestAReturnFromALeavePassesTheGateAgain(t *testing.T) {
	for _, status := range []string{"ON_LEAVE", "SUSPENDED"} {
		t.Run(status, func(t *testing.T) {
			s := newScene(t)
			s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
			s.meanwhile(time.Hour, func() {
				s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
			})
			s.run()
			s.again()
			leave := s.post(hr.UserUpdate, nil, map[string]any{"status": status})
			s.run()
			require.Equal(t, "applied", s.outcome(leave))
			require.Equal(t, lifecycle.OnLeave, s.agent().State)
			require.Equal(t, "inactive", s.account().State)

			s.again()
			back := s.post(hr.UserUpdate, nil, map[string]any{"status": "ACTIVE"})
			s.meanwhile(time.Hour, func() {
				require.Equal(t, lifecycle.WaitingActivation, s.agent().State)
				require.Equal(t, "active", s.account().State)
				require.Equal(t, map[string]bool{"Sales_Inbound": false}, s.account().Queues)
				require.Equal(t, lifecycle.ApprovalActivation, s.approval().Kind)
				s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
			})
			s.run()
			require.Equal(t, "applied", s.outcome(back))
			require.Equal(t, map[string]bool{"Sales_Inbound": true}, s.account().Queues)
		})
	}
}

func TestALeaveHasNoDeleteTimer(t *testing.T) {
	s := hired(t)
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	graces, _, err := s.store.Graces(t.Context(), store.GraceFilter{PersonID: s.person})
	require.NoError(t, err)
	require.Empty(t, graces)
}
