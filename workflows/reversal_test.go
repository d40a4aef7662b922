package workflows_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
)

// What a supervisor gave somebody beside the rules is not lost by a termination that legal turns back (RULES 6).

// narrow is the example registry without rules for some constructs of the platform: French, Customer_Retention, the group of Madrid.
// No rule of the example names the role Supervisor or Retention_Queue either.
func narrow() []byte {
	yaml := mapping.Example()
	for _, rule := range []string{
		"  - code: SVC_RETENTION\n    gives:\n      - {skill: Customer_Retention, proficiency: 4, weight: 10}\n      - {skill: Sales_Closing, proficiency: 2, weight: 5}\n",
		"  - code: LANG_FR\n    gives:\n      - {language: French, proficiency: 4, weight: 10}\n",
	} {
		yaml = bytes.Replace(yaml, []byte(rule), nil, 1)
	}
	yaml = bytes.Replace(yaml, []byte("    groups: [Madrid Site]\n"), nil, 1)
	// What a former version named stays managed until a version hands it back.
	return append(yaml, "\nunmanaged:\n  skills: [Customer_Retention]\n  languages: [French]\n  groups: [Madrid Site]\n"...)
}

// reversed is an agent with things no rule names, whose termination was carried out and then reversed; the account has lost them
// meanwhile. What follows runs when the scene does.
func reversed(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	// The platform gives a new account no role that no rule names: only the Supervisor's is in question.
	require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.NewUserRole = "Agent" }))
	s.publish(narrow())
	s.post(hr.UserCreate, nil, nil)
	s.run()
	account := s.account()
	_, err := s.platform.Change(account.ID, genesystest.Plant{
		Roles:  append(account.Roles, "Supervisor"),
		Skills: map[string]float64{"Technical_Support": 4, "Customer_Retention": 5}, Languages: map[string]float64{"French": 3},
		Groups: []string{"Madrid Site"}, Queues: map[string]bool{"Tier_2_Escalation": true, "Retention_Queue": true, "General_Support": true},
	})
	require.NoError(t, err)
	s.again()
	end := s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, lifecycle.Deactivated, s.agent().State)
	_, err = s.platform.Change(account.ID, genesystest.Plant{
		Skills: map[string]float64{}, Languages: map[string]float64{}, Groups: []string{}, Queues: map[string]bool{},
	})
	require.NoError(t, err)
	_, err = levers.Pull(t.Context(), s.store, hr.Zones{}, s.person, lifecycle.Pull{
		Lever: lifecycle.LeverReverse, Actor: "legal", Reason: "test", Verified: true, At: time.Now().UTC(),
	})
	require.NoError(t, err)
	s.again()
	s.meanwhile(30*24*time.Hour, func() { // HR agrees in the end: nobody is reminded any more
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": end}, nil)
		s.ring()
	})
	return s
}

func TestAReversalGivesBackWhatNoRuleManages(t *testing.T) {
	s := reversed(t)
	s.meanwhile(time.Hour, func() {
		account := s.account()
		require.Equal(t, lifecycle.Active, s.agent().State)
		require.Equal(t, map[string]float64{"Technical_Support": 4, "Customer_Retention": 5}, account.Skills)
		require.Equal(t, map[string]float64{"French": 3}, account.Languages)
		require.Equal(t, []string{"Madrid Site"}, account.Groups)
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true, "Retention_Queue": true}, account.Queues,
			"General_Support is the registry's, and not this person's")
		require.NotContains(t, account.Roles, "Supervisor")
		asked := s.approval()
		require.Equal(t, lifecycle.ApprovalRole, asked.Kind)
		require.Contains(t, asked.Question, "Supervisor")
		s.decide(asked.ID, "approve", "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.Contains(t, s.account().Roles, "Supervisor")
	require.Contains(t, s.account().Roles, "Agent")
}

func TestARoleOfAReversedLeaverThatIsRefusedIsNotAskedForByLaterChanges(t *testing.T) {
	s := reversed(t)
	s.meanwhile(time.Hour, func() {
		s.decide(s.approval().ID, "reject", "approver")
		s.signal(s.transferID(), names.SignalRing, nil)
	})
	s.run()
	require.NotContains(t, s.account().Roles, "Supervisor")
	require.Contains(t, s.timeline(), "not approved and not granted: role Supervisor")

	s.again()
	event := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.NotContains(t, s.account().Roles, "Supervisor")
}
