package workflows_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// A hire that HR's events do not tell of is sent as HR's roster tells of it.
func TestAHireThatWasLostComesFromTheRoster(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{
		"reason": "VOLUNTARY", "last_day": s.start.AddDate(0, -1, 0).Format(time.DateOnly),
	}})
	s.run()
	require.NotEqual(t, lifecycle.Active, s.agent().State)
	s.again()
	s.roster("rec_20260302_0200/workday", map[string]any{
		"external_user_id": s.person, "email": s.email, "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2",
		"skill_codes": []string{"SVC_TECH"}, "timezone": "America/New_York", "status": "ACTIVE",
		"hire_date": s.start.AddDate(0, 0, -7).Format(time.DateOnly),
	})
	done := s.carry(s.found("rec_20260302_0200", missingDelta("")))
	require.Equal(t, store.DeltaReemitted, done.Outcome, done.Text)
	s.run()
	require.Equal(t, "active", s.account().State)
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.Equal(t, "applied", s.outcome(done.Reference))
}

func TestSkillCodesThatWereLostComeFromTheRoster(t *testing.T) {
	s := hired(t)
	s.roster("rec_20260302_0200/workday", map[string]any{
		"external_user_id": s.person, "skill_codes": []string{"SVC_BILLING"}, "status": "ACTIVE",
	})
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.SkillMismatch, ResolutionAction: reconcile.ReemitUpdate})
	done := s.carry(d)
	require.Equal(t, store.DeltaReemitted, done.Outcome, done.Text)
	s.run()
	require.Equal(t, []string{store.DeltaReemitted, store.DeltaRepaired}, s.outcomes(d))
	require.Empty(t, s.putBacks(), "HR's word is no fight")
	require.Equal(t, map[string]float64{"Billing_Support": 3}, s.account().Skills)
}

func TestALeaverOfWhomHRsRosterAloneTellsIsIsolatedAndAskedAbout(t *testing.T) {
	s := hired(t)
	s.roster("rec_20260302_0200/workday", map[string]any{"external_user_id": s.person, "status": "TERMINATED"})
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.HRTerminatedCCaaSActive, ResolutionAction: reconcile.IsolateAndAsk})
	done := s.carry(d)
	require.Equal(t, store.DeltaReemitted, done.Outcome, done.Text)
	generation := s.begun(lifecycle.Termination)
	s.at(time.Minute, func() {
		require.Empty(t, joined(s.account().Queues))
		s.decide(s.approval().ID, "approve", "andy")
		s.signal(names.TerminationWorkflowID(s.person, generation), names.SignalRing, nil)
	})
	s.runTermination(generation)
	require.Equal(t, "inactive", s.account().State)
	require.Equal(t, "applied", s.outcome(done.Reference))
	require.Equal(t, []string{store.DeltaReemitted, store.DeltaRepaired}, s.outcomes(d))
}

// Whoever begins, or begins again, on a day to come has no access until then, and is hired on that day.
func TestWhoeverIsYetToBeginByHRsRosterIsIsolatedAndAskedAbout(t *testing.T) {
	s := hired(t)
	s.roster("rec_20260302_0200/workday", map[string]any{
		"external_user_id": s.person, "status": "ACTIVE", "hire_date": s.start.AddDate(0, 0, 14).Format(time.DateOnly),
	})
	d := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.AttributeMismatch, ResolutionAction: reconcile.IsolateAndAsk})
	require.Equal(t, store.DeltaReemitted, s.carry(d).Outcome)
	generation := s.begun(lifecycle.Termination)
	s.at(time.Minute, func() {
		require.Empty(t, joined(s.account().Queues))
		s.decide(s.approval().ID, "approve", "andy")
		s.signal(names.TerminationWorkflowID(s.person, generation), names.SignalRing, nil)
	})
	s.runTermination(generation)
	require.Equal(t, "inactive", s.account().State)

	s.again()
	s.roster("rec_20260316_0200/workday", map[string]any{
		"external_user_id": s.person, "email": s.email, "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2",
		"skill_codes": []string{"SVC_TECH"}, "timezone": "America/New_York", "status": "ACTIVE",
		"hire_date": s.start.AddDate(0, 0, 1).Format(time.DateOnly),
	})
	rehired := s.carry(s.found("rec_20260316_0200", missingDelta("")))
	require.Equal(t, store.DeltaReemitted, rehired.Outcome, rehired.Text)
	s.run()
	require.Equal(t, "active", s.account().State)
}

// What HR said before its roster was made may come after it: whoever compared did not know of it.
func TestARosterIsNotBelievedAgainstWhatHRHasSaidSinceTheComparison(t *testing.T) {
	s := hired(t)
	s.roster("rec_20260302_0200/workday", map[string]any{"external_user_id": s.person, "status": "TERMINATED", "skill_codes": []string{"SVC_BILLING"}})
	ended := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.HRTerminatedCCaaSActive, ResolutionAction: reconcile.IsolateAndAsk})
	skills := s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.SkillMismatch, ResolutionAction: reconcile.ReemitUpdate})
	s.post(hr.UserUpdate, nil, map[string]any{"last_name": "Diaz"})
	for _, d := range []reconcile.Delta{ended, skills} {
		require.Equal(t, store.DeltaRung, s.carry(d).Outcome)
		require.True(t, s.carry(d).Again)
	}
	require.Empty(t, s.agent().FoundBy)
	s.again()
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.NotEmpty(t, joined(s.account().Queues))
	require.Equal(t, map[string]float64{"Technical_Support": 4}, s.account().Skills)
}

func TestWhatCannotBeSaidInHRsNameIsSaidToSomebody(t *testing.T) {
	s := hired(t)
	done := s.carry(s.found("rec_20260302_0200", reconcile.Delta{DeltaType: reconcile.AttributeMismatch, ResolutionAction: reconcile.ReemitUpdate}))
	require.Equal(t, store.DeltaFailed, done.Outcome)
	require.Contains(t, s.alerts(), store.AlertDeltaOpen)
	_, err := json.Marshal(done)
	require.NoError(t, err)
}
