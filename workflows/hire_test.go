package workflows_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
)

// withVIP is the example registry with a rule for SVC_VIP.
func withVIP(t *testing.T) []byte {
	t.Helper()
	yaml, err := os.ReadFile("../mapping/testdata/example_with_vip.yaml")
	require.NoError(t, err)
	return yaml
}

func startOptions(person string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: names.AgentWorkflowID(person), TaskQueue: names.QueueMuster}
}

func TestAHireEndsAsAnAgentWhoCanTakeWork(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"skill_codes": []string{"SVC_TECH", "SVC_BILLING", "LANG_ES"}, "phone_extension": "4452"})
	s.run()

	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, lifecycle.Active, s.agent().State)
	account := s.account()
	require.Equal(t, "active", account.State)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, account.Queues)
	require.Equal(t, map[string]float64{"Technical_Support": 4, "Billing_Support": 3}, account.Skills)
	require.Equal(t, map[string]float64{"Spanish": 4}, account.Languages)
	require.Contains(t, account.Roles, "Agent")
	require.Equal(t, "Customer Care", account.Division)
	require.Equal(t, "Support Full Time", account.WorkPlan)
	require.Equal(t, "4452", account.Extension)
}

func TestAFutureHireStartsOnItsDay(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, map[string]any{"effective_at": s.start.Add(7 * 24 * time.Hour).Format(time.RFC3339)}, nil)
	s.at(6*24*time.Hour, s.noAccount)
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, "active", s.account().State)
}

func TestAFutureHireThatIsBroughtForwardStartsThen(t *testing.T) {
	s := newScene(t)
	first := s.post(hr.UserCreate, map[string]any{"effective_at": s.start.Add(30 * 24 * time.Hour).Format(time.RFC3339)}, nil)
	var second string
	s.at(24*time.Hour, func() {
		second = s.post(hr.UserCreate, map[string]any{"replaces_event_id": first, "effective_at": s.start.Add(48 * time.Hour).Format(time.RFC3339)}, nil)
		s.ring()
	})
	s.at(72*time.Hour, func() { require.Equal(t, lifecycle.Active, s.agent().State) })
	s.run()
	require.Equal(t, "superseded", s.outcome(first))
	require.Equal(t, "applied", s.outcome(second))
}

func TestAFutureHireThatIsRescindedNeverHappens(t *testing.T) {
	s := newScene(t)
	hire := s.post(hr.UserCreate, map[string]any{"effective_at": s.start.Add(30 * 24 * time.Hour).Format(time.RFC3339)}, nil)
	s.at(24*time.Hour, func() {
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": hire}, nil)
		s.ring()
	})
	s.run()
	require.Equal(t, "rescinded", s.outcome(hire))
	s.noAccount()
}

func TestSomeoneOutOfScopeIsNotTouched(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"job_title_code": "CASHIER"})
	s.run()
	require.Equal(t, "out_of_scope", s.outcome(event))
	require.Equal(t, lifecycle.OutOfScope, s.agent().State)
	require.Empty(t, s.platform.Journal(genesystest.JournalFilter{}), "requests to the platform")
}

func TestAnActivationWaitsForApprovalUnjoined(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid", "skill_codes": []string{}})
	s.at(3*time.Hour, func() {
		require.Equal(t, lifecycle.WaitingActivation, s.agent().State)
		require.Equal(t, map[string]bool{"Sales_Inbound": false}, s.account().Queues)
		require.Equal(t, "waiting", s.outcome(event))
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "approve", Actor: "team lead", Reason: "trained"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]bool{"Sales_Inbound": true}, s.account().Queues)
	require.Contains(t, s.timeline(), "[team lead verified=false]", "a bare signal's actor is marked as unverified")
}

func TestAnOverdueActivationNeedsAttentionAndStaysUnjoined(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(5*time.Hour, func() {
		require.True(t, s.agent().NeedsAttention)
		require.Equal(t, map[string]bool{"Sales_Inbound": false}, s.account().Queues)
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "approve", Actor: "team lead"})
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
	require.False(t, s.agent().NeedsAttention)
}

func TestSignalsThatCannotBeTakenAreRefusedWithAReason(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, "yes please")
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "perhaps"})
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: "apr_other", Decision: "approve"})
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, lifecycle.WaitingActivation, s.agent().State)
		require.Zero(t, s.joinRequests())
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "approve"})
	})
	s.run()
	timeline := s.timeline()
	require.Contains(t, timeline, `decision: found "", expected approve or reject`)
	require.Contains(t, timeline, `decision: found "perhaps", expected approve or reject`)
	require.Contains(t, timeline, `approval_id: found "apr_other"`)
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestARejectedActivationIsAskedAgainAfterItsReview(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "reject", Reason: "not trained"})
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, lifecycle.ReviewActivation, s.review().Kind)
		require.Zero(t, s.joinRequests())
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{Decision: "retry"})
	})
	s.at(3*time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
}

func TestADismissedReviewEndsTheHireWithoutAnAccount(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"skill_codes": []string{"SVC_VIP"}})
	s.at(time.Hour, func() {
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: s.review().ID, Decision: "dismiss", Actor: "op"})
	})
	s.run()
	require.Equal(t, "dismissed", s.outcome(event))
	s.noAccount()
}

func TestAnUnmappedCodeParksAndAVersionWithTheAnswerReleasesIt(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"skill_codes": []string{"SVC_TECH", "SVC_VIP"}})
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.ReviewUnmapped, s.review().Kind)
		require.Contains(t, s.review().Question, "SVC_VIP")
		s.noAccount()
		s.publish(withVIP(t))
		s.ring()
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, map[string]float64{"Technical_Support": 4, "Customer_Retention": 5}, s.account().Skills)
}

func TestAWaitingHireIsPlannedAnewAndItsApprovalBindsToThePlan(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid", "skill_codes": []string{"LANG_FR"}})
	var before string
	s.at(time.Hour, func() {
		before = s.approval().ID
		s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"LANG_ES"}})
		s.ring()
	})
	s.at(2*time.Hour, func() {
		require.NotEqual(t, before, s.approval().ID, "another plan needs another approval")
		require.Equal(t, map[string]float64{"French": 4, "Spanish": 4}, s.account().Languages)
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: before, Decision: "approve"})
	})
	s.at(3*time.Hour, func() {
		require.Equal(t, lifecycle.WaitingActivation, s.agent().State, "the withdrawn approval opens nothing")
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestAnEqualPlanKeepsItsApproval(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid", "skill_codes": []string{"LANG_FR"}})
	var before string
	s.at(time.Hour, func() {
		before = s.approval().ID
		s.post(hr.UserUpdate, nil, map[string]any{"department_code": "SALES"})
		s.ring()
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, before, s.approval().ID)
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: before, Decision: "approve"})
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestAZoneThatDoesNotFitTheWorkPlanAsksFirst(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"timezone": "Asia/Tokyo"})
	s.at(time.Hour, func() {
		require.Contains(t, s.approval().Question, "Asia/Tokyo does not fit")
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "approve"})
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}
