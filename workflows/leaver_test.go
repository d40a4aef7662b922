package workflows_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

// onACall is an agent of SUPP_L2, where the drain is short, with one conversation.
func onACall(t *testing.T, work genesystest.StartConversation) (s *scene, conversationID string) {
	t.Helper()
	s = newScene(t)
	s.publish(bytes.Replace(mapping.Example(), []byte("    work_plan: Support Full Time\n"), []byte("    work_plan: Support Full Time\n    policies: {drain_window: 1s}\n"), 1))
	s.post(hr.UserCreate, nil, nil)
	s.run()
	s.again()
	conversationID, err := s.platform.StartConversation(s.account().ID, work)
	require.NoError(t, err)
	return s, conversationID
}

func TestACallThatEndsByItselfIsWaitedFor(t *testing.T) {
	s := hired(t)
	_, err := s.platform.StartConversation(s.account().ID, genesystest.StartConversation{Queue: "Tier_2_Escalation", EndsAfterMS: 500})
	require.NoError(t, err)
	s.post(hr.UserTerminate, nil, nil)
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Contains(t, s.timeline(), "drained: 0 conversations")
	require.Contains(t, s.timeline(), "live work: 0 to queues, 0 to the manager, 0 ended, 0 left")
}

func TestACallThatOutlastsTheWindowGoesBackToItsQueue(t *testing.T) {
	s, _ := onACall(t, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	s.post(hr.UserTerminate, nil, nil)
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Zero(t, s.account().Live)
	require.Contains(t, s.timeline(), "live work: 1 to queues, 0 to the manager, 0 ended, 0 left")
}

func TestADismissalHandsTheCallOverWithoutADrain(t *testing.T) {
	s := hired(t)
	_, err := s.platform.StartConversation(s.account().ID, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(t, err)
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Contains(t, s.timeline(), "live work: 1 to queues")
	require.NotContains(t, s.timeline(), "drained:")
}

func TestACallbackOfTheLeaversOwnGoesBackToTheQueue(t *testing.T) {
	s := newScene(t)
	require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.AnalyticsLagMS = 0 }))
	s.post(hr.UserCreate, nil, nil)
	s.run()
	s.again()
	_, err := s.platform.StartConversation(s.account().ID, genesystest.StartConversation{Media: "callback", Queue: "Tier_2_Escalation", AgentOwned: true})
	require.NoError(t, err)
	s.post(hr.UserTerminate, nil, nil)
	s.terminate()
	require.Contains(t, s.timeline(), "live work: 1 to queues")
	require.Equal(t, "inactive", s.account().State)
	waiting := s.platform.Conversations(genesystest.ConversationFilter{State: "queued"})
	require.Len(t, waiting, 1)
	require.Equal(t, "Tier_2_Escalation", waiting[0].Queue)
	require.False(t, waiting[0].AgentOwned)
}

func TestWhatNobodyCanTakeIsAReviewAndHoldsUpNothing(t *testing.T) {
	s, conversation := onACall(t, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(t, s.platform.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Path: "/api/v2/conversations/*/participants/*/replace/**", Times: -1}))
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	review := s.review()
	require.Equal(t, lifecycle.ReviewLiveWork, review.Kind)
	require.Contains(t, string(review.Detail), conversation)
	require.True(t, s.agent().NeedsAttention)
}

// colleague hires somebody else with the same department and returns the account's id.
func (s *scene) colleague(person string, payload map[string]any) (accountID string) {
	s.t.Helper()
	defer s.as(person, person+"@example.com")()
	s.post(hr.UserCreate, nil, payload)
	s.run()
	s.again()
	return s.account().ID
}

// noQueueTakes makes the platform refuse to give anything to a queue.
func (s *scene) noQueueTakes() {
	s.t.Helper()
	require.NoError(s.t, s.platform.Fault(genesystest.Fault{
		Kind: genesystest.FaultForbidden, Path: "/api/v2/conversations/*/participants/*/replace/queue", Times: -1,
	}))
}

// dismissedOnACall hires an agent with a manager and dismisses them in the middle of a call that no queue takes; it returns who has
// the call then.
func (s *scene) dismissedOnACall(manager string) (accountID string) {
	s.t.Helper()
	s.post(hr.UserCreate, nil, map[string]any{"manager_external_id": manager})
	s.run()
	s.again()
	conversation, err := s.platform.StartConversation(s.account().ID, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(s.t, err)
	s.noQueueTakes()
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.terminate()
	require.Equal(s.t, "inactive", s.account().State)
	for _, c := range s.platform.Conversations(genesystest.ConversationFilter{}) {
		if c.ID == conversation {
			return c.AgentID
		}
	}
	require.FailNow(s.t, "the conversation is gone")
	return ""
}

func TestACallThatNoQueueTakesGoesToTheManager(t *testing.T) {
	s := newScene(t)
	manager := s.colleague("WD-EMP-2001", nil)
	require.Equal(t, manager, s.dismissedOnACall("WD-EMP-2001"))
	require.Contains(t, s.timeline(), "live work: 0 to queues, 1 to the manager, 0 ended, 0 left")
}

func TestAManagerWhoIsNotJoinedIsPassedOverForAnotherSupervisorOfTheQueue(t *testing.T) {
	s := newScene(t)
	manager := s.colleague("WD-EMP-2001", nil)
	supervisor := s.colleague("WD-EMP-2002", nil)
	s.colleague("WD-EMP-3001", map[string]any{"manager_external_id": "WD-EMP-2002"})
	_, err := s.platform.Change(manager, genesystest.Plant{Queues: map[string]bool{"Tier_2_Escalation": false}})
	require.NoError(t, err)
	require.Equal(t, supervisor, s.dismissedOnACall("WD-EMP-2001"))
	require.Contains(t, s.timeline(), "live work: 0 to queues, 0 to the manager, 1 to other supervisors, 0 ended, 0 left")
}

func TestAManagerWhoLeavesTooIsOfferedNothing(t *testing.T) {
	s := newScene(t)
	manager := s.colleague("WD-EMP-2001", nil)
	require.NoError(t, s.store.WithPerson(t.Context(), "WD-EMP-2001", func(_ context.Context, p *store.PersonTx) error {
		_, err := p.TakeOver(lifecycle.Termination, "test")
		return err
	}))
	require.NotEqual(t, manager, s.dismissedOnACall("WD-EMP-2001"))
	require.Equal(t, lifecycle.ReviewLiveWork, s.review().Kind)
}

func TestATrainingIsNotCutShort(t *testing.T) {
	s, conversation := onACall(t, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(t, s.platform.EndConversation(conversation))
	_, err := s.platform.Change(s.account().ID, genesystest.Plant{Presence: new("Training")})
	require.NoError(t, err)
	s.post(hr.UserTerminate, nil, nil)
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.Contains(t, s.timeline(), "drain began: 0 conversations run, and a training")
	require.Contains(t, s.timeline(), "the window is over")
}

func TestADismissalDoesNotWaitForATraining(t *testing.T) {
	s := hired(t)
	_, err := s.platform.Change(s.account().ID, genesystest.Plant{Presence: new("Training")})
	require.NoError(t, err)
	s.post(hr.UserTerminate, nil, map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	s.terminate()
	require.Equal(t, "inactive", s.account().State)
	require.NotContains(t, s.timeline(), "drain began")
}
