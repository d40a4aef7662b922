package workflows_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
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
