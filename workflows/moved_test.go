package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// What HR takes back or moves to another day is due no more, and changes what is wanted all the same.

func (s *scene) later(days int) map[string]any {
	return map[string]any{"effective_at": time.Now().UTC().Add(time.Duration(days) * 24 * time.Hour).Format(time.RFC3339)}
}

func TestAWaitingHireThatMovesToAnotherDayIsTakenOver(t *testing.T) {
	s := newScene(t)
	first := s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, func() {
		asked := s.approval().ID
		moved := s.later(30)
		moved["replaces_event_id"] = first
		s.post(hr.UserCreate, moved, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
		hire := s.hireID()
		s.ring()
		s.at(time.Minute, func() {
			require.Error(t, s.env.SignalWorkflowByID(hire, names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: asked, Decision: "approve"}))
		})
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, "inactive", s.account().State)
		require.Zero(t, s.joinRequests())
	})
	s.at(31*24*time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestAnActiveAgentWhoseHireMovesToAnotherDayLosesAccessUntilThen(t *testing.T) {
	s := newScene(t)
	first := s.post(hr.UserCreate, nil, nil)
	s.run()
	s.again()
	moved := s.later(30)
	moved["replaces_event_id"] = first
	second := s.post(hr.UserCreate, moved, nil)
	s.at(24*time.Hour, func() { require.Equal(t, "inactive", s.account().State) })
	s.run()
	require.Equal(t, "applied", s.outcome(second))
	require.Equal(t, "active", s.account().State)
}

func TestAnUpdateThatEmployedSomebodyAndIsRescindedEndsTheAccess(t *testing.T) {
	s := newScene(t)
	update := s.post(hr.UserUpdate, nil, map[string]any{"email": s.email, "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2"})
	s.run()
	require.Equal(t, "active", s.account().State)
	s.again()
	rescind := s.post(hr.EventRescind, map[string]any{"rescinds_event_id": update}, nil)
	s.run()
	require.Equal(t, "applied", s.outcome(rescind))
	require.Equal(t, "inactive", s.account().State)
}

func TestALastDayMovedIntoTheFutureBringsTheLeaverBackUntilThen(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, "inactive", s.account().State)
	s.again()
	later := s.post(hr.UserTerminate, s.later(10), nil)
	s.at(24*time.Hour, func() { require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues) })
	s.run()
	require.Equal(t, "applied", s.outcome(later))
	require.Equal(t, "inactive", s.account().State)
}

func TestWhatAFutureEventStandsInForIsNotCarriedOut(t *testing.T) {
	s := hired(t)
	old := s.post(hr.UserUpdate, s.later(5), map[string]any{"phone_extension": "1111"})
	moved := s.later(30)
	moved["replaces_event_id"] = old
	s.post(hr.UserUpdate, moved, map[string]any{"phone_extension": "2222"})
	s.post(hr.UserUpdate, nil, map[string]any{"department_code": "BILLING"})
	s.at(10*24*time.Hour, func() {
		require.Equal(t, "Billing", s.account().Department)
		require.Empty(t, s.account().Extension)
	})
	s.run()
	require.Equal(t, "2222", s.account().Extension)
}

func TestAnApprovalCountsForTheHireThatAskedAndNoOther(t *testing.T) {
	s := newScene(t)
	approve := func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: s.approval().ID, Decision: "approve"})
	}
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, approve)
	s.run()
	s.again()
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	s.again()
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ACTIVE"})
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.WaitingActivation, s.agent().State)
		require.Equal(t, map[string]bool{"Sales_Inbound": false}, s.account().Queues)
		approve()
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestARejectionIsNotUndoneByARing(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "reject"})
	})
	s.at(2*time.Hour, func() { s.signal(s.hireID(), names.SignalRing, nil) })
	s.at(3*time.Hour, func() {
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: s.review().ID, Decision: "dismiss"})
	})
	s.run()
	require.Equal(t, "dismissed", s.outcome(event))
	require.Zero(t, s.joinRequests())
}

func TestASignalSentBeforeTheQuestionWasAskedDoesNotAnswerIt(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid", "skill_codes": []string{"SVC_VIP"}})
	s.at(time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "approve", Actor: "somebody in a hurry"})
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{Decision: "retry"})
		s.publish(withVIP(t))
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, lifecycle.WaitingActivation, s.agent().State)
		require.Zero(t, s.joinRequests())
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "approve"})
	})
	s.run()
	require.Contains(t, s.timeline(), "it was sent before approval")
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestSomebodyWhoWasDismissedComesBackOnlyWithLegalsApproval(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.run()
	s.again()
	event := s.post(hr.UserCreate, nil, nil)
	var asked string
	s.at(time.Hour, func() {
		approval := s.approval()
		asked = approval.ID
		require.Equal(t, lifecycle.ApprovalRehire, approval.Kind)
		require.Equal(t, "inactive", s.account().State)
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: asked, Decision: "approve", Actor: "somebody"})
	})
	s.at(2*time.Hour, func() {
		require.Equal(t, "inactive", s.account().State, "a bare signal gives no access back")
		s.decide(asked, "approve", "legal")
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{ApprovalID: asked, Decision: "approve"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, "active", s.account().State)
}

func TestADismissalThatWasCarriedOutIsTakenBackOnlyWithLegalsApproval(t *testing.T) {
	s := hired(t)
	dismissal := s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.run()
	s.again()
	s.post(hr.EventRescind, map[string]any{"rescinds_event_id": dismissal}, nil)
	s.post(hr.UserUpdate, nil, map[string]any{"hire_date": "2020-01-01"})
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.ApprovalRehire, s.approval().Kind)
		require.Equal(t, "inactive", s.account().State)
		s.decide(s.approval().ID, "reject", "legal")
		s.signal(s.hireID(), names.SignalRing, nil)
	})
	s.at(2*time.Hour, func() {
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: s.review().ID, Decision: "dismiss"})
	})
	s.run()
	require.Equal(t, "inactive", s.account().State)
}

func TestALeaverWhoIsDismissedAfterTheFactComesBackOnlyWithLegalsApproval(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	s.again()
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.run()
	s.again()
	s.post(hr.UserCreate, nil, nil)
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.ApprovalRehire, s.approval().Kind)
		s.decide(s.approval().ID, "approve", "legal")
		s.signal(s.hireID(), names.SignalRing, nil)
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestADismissalEndsTheDrainOfALeaverOnACall(t *testing.T) {
	s := hired(t)
	_, err := s.platform.StartConversation(s.account().ID, genesystest.StartConversation{})
	require.NoError(t, err)
	s.post(hr.UserTerminate, nil, nil)
	// The first look finds the call going on; the next, seconds later, finds that HR has said more.
	go func() {
		assert.Eventually(t, func() bool { return s.agent().State == lifecycle.Draining }, 30*time.Second, 20*time.Millisecond)
		s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	}()
	s.run()
	require.Equal(t, "inactive", s.account().State)
	require.Contains(t, s.timeline(), "1 conversations still running at the end")
}

func TestARescindOfWhatNeverCameWaitsForIt(t *testing.T) {
	s := hired(t)
	rescind := s.post(hr.EventRescind, map[string]any{"rescinds_event_id": "evt_not_seen"}, nil)
	s.run()
	require.Equal(t, "waiting", s.outcome(rescind))
	require.Equal(t, "active", s.account().State)
}

func TestWhatASignalSaysIsKeptWithoutWhatPostgresCannotKeep(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, func() {
		s.signal(s.hireID(), names.SignalApprovalDecision, map[string]string{"approval_id": "apr_\x00", "decision": "approve"})
		s.signal(s.hireID(), names.SignalApprovalDecision, names.ApprovalDecision{Decision: "approve", Actor: "team\x00lead", Reason: "\x00"})
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestALeaverIsDeactivatedAlthoughThePlatformRefusesToUnjoin(t *testing.T) {
	s := hired(t)
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: "PATCH", Path: "/api/v2/users/*/queues", Times: -1}))
	event := s.post(hr.UserTerminate, nil, nil)
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Equal(t, "inactive", s.account().State)
	require.Contains(t, s.timeline(), "review.opened")
}

func TestSomebodyIsToldWhenALeaverIsNotUnroutableInTime(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	// The test environment gives up after ten attempts, so that the isolation takes long stands in for its being tried for long.
	s.env.OnActivity(names.ActivityIsolate, mock.Anything, mock.Anything).After(20*time.Minute).Return(lifecycle.IsolateResult{}, nil)
	s.at(50*time.Second, func() { require.False(t, s.agent().NeedsAttention) })
	s.at(2*time.Minute, func() {
		require.True(t, s.agent().NeedsAttention)
		require.Contains(t, s.timeline(), "not been read back unroutable within 1m0s")
		require.Equal(t, []store.AlertKind{store.AlertAccessNotCut}, s.alerts())
	})
	s.at(16*time.Minute, func() { require.Contains(t, s.timeline(), "not been read back unroutable within 15m0s") })
	s.terminate()
	require.NotContains(t, s.alerts(), store.AlertAccessNotCut, "what was raised is closed")
	require.NotContains(t, s.alerts(), store.AlertAccessEscalated)
	require.Equal(t, "inactive", s.account().State)
	require.False(t, s.agent().NeedsAttention)
}

func TestADismissedCodeIsNotAskedAboutAgain(t *testing.T) {
	s := hired(t)
	s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_VIP"}})
	s.at(time.Hour, func() {
		s.signal(names.TransferWorkflowID(s.person, s.agent().Generation), names.SignalReviewDecision, names.ReviewDecision{Decision: "dismiss"})
	})
	s.run()
	s.again()
	event := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Contains(t, s.account().Skills, "Billing_Support")
}

func TestAnAccountThatIsLinkedToSomebodyElseIsNotTouched(t *testing.T) {
	s := hired(t)
	account := s.account()
	_, err := s.platform.Change(account.ID, genesystest.Plant{ExternalIDs: []genesystest.ExternalID{}})
	require.NoError(t, err)
	first := s.person
	s.person = "WD-EMP-2002"
	before := len(s.platform.Journal(genesystest.JournalFilter{Method: "POST", Path: "/api/v2/users/*/externalid"}))
	event := s.post(hr.UserCreate, nil, nil)
	s.at(time.Hour, func() {
		require.Contains(t, s.review().Question, first)
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{Decision: "dismiss"})
	})
	s.run()
	require.Equal(t, "dismissed", s.outcome(event))
	require.Len(t, s.platform.Journal(genesystest.JournalFilter{Method: "POST", Path: "/api/v2/users/*/externalid"}), before)
}

func TestAClearedExtensionIsTakenAway(t *testing.T) {
	s := newScene(t)
	s.post(hr.UserCreate, nil, map[string]any{"phone_extension": "4452"})
	s.run()
	require.Equal(t, "4452", s.account().Extension)
	s.again()
	s.post(hr.UserUpdate, nil, map[string]any{"phone_extension": nil})
	s.run()
	require.Empty(t, s.account().Extension)
}

func TestARestoredAccountIsJoinedToNothingWhileItsHireIsParked(t *testing.T) {
	s := newScene(t)
	_, err := s.platform.Plant(genesystest.Plant{
		Name: new("Ana Lopez"), Email: new(s.email), State: new("deleted"), Queues: map[string]bool{"Billing_Queue": true, "Tier_2_Escalation": true},
	})
	require.NoError(t, err)
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: "POST", Path: "/api/v2/users/*/externalid"}))
	event := s.post(hr.UserCreate, nil, nil)
	s.at(time.Hour, func() {
		// The platform unjoins in the background, in real time.
		require.Eventually(t, func() bool {
			queues := s.account().Queues
			return !queues["Billing_Queue"] && !queues["Tier_2_Escalation"]
		}, 5*time.Second, 10*time.Millisecond)
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{Decision: "retry"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
	require.Len(t, s.account().ExternalIDs, 1)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, s.account().Queues, "Billing_Queue is one of ours and not theirs any more")
}
