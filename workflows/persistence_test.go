package workflows_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
)

// What is decided stays decided whatever comes between.

var dismissal = map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}}

func TestSomebodyDismissedDuringALeaveComesBackOnlyWithLegalsApproval(t *testing.T) {
	s := hired(t)
	s.post(hr.UserUpdate, nil, map[string]any{"status": "ON_LEAVE"})
	s.run()
	s.again()
	s.post(hr.UserTerminate, nil, dismissal)
	s.run()
	s.again()
	s.post(hr.UserCreate, nil, nil)
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.ApprovalRehire, s.approval().Kind)
		require.Equal(t, "inactive", s.account().State)
		s.decide(s.approval().ID, "approve", "legal")
		s.signal(s.hireID(), names.SignalRing, nil)
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestADismissalThatAHireFollowsInTheSameBreathIsCarriedOutAllTheSame(t *testing.T) {
	s := hired(t)
	end := s.post(hr.UserTerminate, nil, dismissal)
	s.post(hr.UserCreate, nil, nil)
	s.run()
	require.Equal(t, "inactive", s.account().State, "access ends before it is given back")
	require.Equal(t, "superseded", s.outcome(end), "by the hire; it was carried out all the same")
	s.again()
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.ApprovalRehire, s.approval().Kind)
		s.decide(s.approval().ID, "approve", "legal")
		s.signal(s.hireID(), names.SignalRing, nil)
	})
	s.run()
	require.Equal(t, lifecycle.Active, s.agent().State)
}

func TestALeaverWhoseAccountCannotBeLookedUpIsLookedUpAgainWhenRetried(t *testing.T) {
	s := newScene(t)
	_, err := s.platform.Plant(genesystest.Plant{
		Name: new("Ana Lopez"), Email: new(s.email), State: new("active"), Queues: map[string]bool{"Billing_Queue": true},
	})
	require.NoError(t, err)
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: "POST", Path: "/api/v2/users/search"}))
	s.post(hr.UserTerminate, nil, map[string]any{"email": s.email, "first_name": "Ana", "last_name": "Lopez"})
	s.at(time.Hour, func() {
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalReviewDecision,
			names.ReviewDecision{ReviewID: s.review().ID, Decision: "retry"})
	})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.False(t, s.account().Queues["Billing_Queue"])
}

func TestAVersionThatAnswersWithWhatIsThereAlreadyReleasesTheHire(t *testing.T) {
	s := newScene(t)
	event := s.post(hr.UserCreate, nil, map[string]any{"skill_codes": []string{"SVC_TECH", "SVC_VIP"}})
	s.at(time.Hour, func() {
		s.publish(bytes.Replace(mapping.Example(), []byte("\nskills:\n"),
			[]byte("\nskills:\n  - code: SVC_VIP\n    gives:\n      - {skill: Technical_Support, proficiency: 4, weight: 9}\n"), 1))
		s.ring()
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
}

func TestAPassingFaultEndsNobodysConversation(t *testing.T) {
	s, _ := onACall(t, genesystest.StartConversation{Media: "email", Queue: "Tier_2_Escalation"})
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultUnavailable, Path: "/api/v2/conversations/*/participants/*/replace/**"}))
	s.post(hr.UserTerminate, nil, dismissal)
	s.terminate()
	require.Contains(t, s.timeline(), "live work: 1 to queues, 0 to the manager, 0 ended, 0 left")
}

func TestAnOperationThatFailedIsBegunAnewAlthoughNoEventIsDue(t *testing.T) {
	s := hired(t)
	s.post(hr.UserTerminate, nil, nil)
	s.run()
	s.again()
	s.post(hr.UserTerminate, s.later(10), nil) // the last day is moved into the future: back until then
	failed := false
	s.env.OnActivity(names.ActivityIdentity, mock.Anything, mock.Anything).
		Return(func(ctx context.Context, in lifecycle.GuardedInput) (lifecycle.IdentityResult, error) {
			if !failed {
				failed = true
				return lifecycle.IdentityResult{}, temporal.NewNonRetryableApplicationError("a defect", "Defect", nil)
			}
			return s.activities.EstablishIdentity(ctx, in)
		})
	s.at(24*time.Hour, func() { require.Equal(t, "active", s.account().State) })
	s.run()
	require.Equal(t, "inactive", s.account().State)
}

func TestAChangeDoesNotCallAnInactiveAccountVerified(t *testing.T) {
	s := hired(t)
	account := s.account()
	_, err := s.platform.Change(account.ID, genesystest.Plant{State: new("inactive")})
	require.NoError(t, err)
	event := s.post(hr.SkillAssign, nil, map[string]any{"skill_codes": []string{"SVC_BILLING"}})
	s.at(time.Hour, func() {
		require.Equal(t, "waiting", s.outcome(event))
		require.Contains(t, s.review().Question, "inactive on the platform")
		_, err := s.platform.Change(account.ID, genesystest.Plant{State: new("active")})
		require.NoError(t, err)
		s.signal(names.TransferWorkflowID(s.person, s.agent().Generation), names.SignalReviewDecision, names.ReviewDecision{Decision: "retry"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
}

func TestARestoredAccountThatCannotBeUnjoinedDoesNotStayAwake(t *testing.T) {
	s := newScene(t)
	_, err := s.platform.Plant(genesystest.Plant{
		Name: new("Ana Lopez"), Email: new(s.email), State: new("deleted"), Queues: map[string]bool{"Billing_Queue": true},
	})
	require.NoError(t, err)
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: "PATCH", Path: "/api/v2/users/*/queues"}))
	event := s.post(hr.UserCreate, nil, nil)
	s.at(time.Hour, func() {
		require.Equal(t, "inactive", s.account().State)
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: s.review().ID, Decision: "retry"})
	})
	s.run()
	require.Equal(t, "applied", s.outcome(event))
}

func TestATerminationThatBecomesMootWhileItIsParkedEnds(t *testing.T) {
	s := newScene(t)
	_, err := s.platform.Plant(genesystest.Plant{Name: new("Other Name"), Email: new(s.email), State: new("active"), Queues: map[string]bool{"Billing_Queue": true}})
	require.NoError(t, err)
	end := s.post(hr.UserTerminate, nil, map[string]any{"email": s.email, "first_name": "Ana", "last_name": "Lopez"})
	s.at(time.Hour, func() {
		s.post(hr.EventRescind, map[string]any{"rescinds_event_id": end}, nil)
		s.post(hr.UserCreate, nil, nil)
		s.signal(names.TerminationWorkflowID(s.person, s.agent().Generation), names.SignalRing, nil)
	})
	s.terminate()
	require.Equal(t, lifecycle.None, s.agent().Operation)
	require.True(t, s.account().Queues["Billing_Queue"], "somebody else's account")
}

func TestAJoinAsksTheRecordAndNotTheWorkflowWhetherItMay(t *testing.T) {
	s := newScene(t)
	// Whatever a workflow believes: nobody has approved anything.
	s.env.OnActivity(names.ActivityOpenApproval, mock.Anything, mock.Anything).
		Return(lifecycle.OpenedApproval{ApprovalID: "apr_none", Decision: names.DecisionApprove}, nil)
	event := s.post(hr.UserCreate, nil, map[string]any{"department_code": "SALES", "timezone": "Europe/Madrid"})
	s.at(time.Hour, func() {
		require.Equal(t, lifecycle.ReviewActivation, s.review().Kind)
		s.signal(s.hireID(), names.SignalReviewDecision, names.ReviewDecision{ReviewID: s.review().ID, Decision: "dismiss"})
	})
	s.run()
	require.Equal(t, "dismissed", s.outcome(event))
	require.Zero(t, s.joinRequests())
}
