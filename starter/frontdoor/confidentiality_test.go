package frontdoor_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

// lastDay is in the future of the house when it opens.
var lastDay = time.Date(2031, 3, 14, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant of a type that has none

// leaving opens a house in which one person works and is to leave.
func leaving(t *testing.T, changes map[string]any) *house {
	t.Helper()
	h := open(t)
	h.clock.set(lastDay.AddDate(0, 0, -20))
	h.sent(guideEvent(t))
	fields := map[string]any{"event_type": "USER_TERMINATE"}
	for key, value := range changes {
		fields[key] = value
	}
	h.sent(event(t, "evt_leave", "WD-EMP-99284", fields, map[string]any{
		"department_code": nil, "termination": map[string]any{"reason": "INVOLUNTARY", "last_day": "2031-03-14"},
	}))
	until := lastDay.AddDate(0, 0, 1)
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) error {
		if err := p.SetWaiting("evt_leave", store.Wait{Until: until, For: "time", What: "the end of the last day"}); err != nil {
			return err
		}
		return p.AddTimeline(store.TimelineEntry{Kind: "termination.planned", Text: "leaves on 2031-03-14", EventID: "evt_leave"})
	}))
	return h
}

// everything is all that a token can read about the person, as text.
func (h *house) everything(token string) string {
	h.t.Helper()
	client := h.as(token)
	event, err := client.Event(h.t.Context(), "evt_leave")
	require.NoError(h.t, err)
	agents, err := client.Agents(h.t.Context(), api.AgentQuery{})
	require.NoError(h.t, err)
	agent, err := client.Agent(h.t.Context(), "WD-EMP-99284")
	require.NoError(h.t, err)
	timeline, err := client.Timeline(h.t.Context(), "WD-EMP-99284", api.PageQuery{})
	require.NoError(h.t, err)
	explanation, err := client.Explain(h.t.Context(), "WD-EMP-99284")
	require.NoError(h.t, err)
	reviews, err := client.Reviews(h.t.Context(), api.DecisionQuery{})
	require.NoError(h.t, err)
	text, err := json.Marshal([]any{event, agents, agent, timeline, explanation, reviews})
	require.NoError(h.t, err)
	return string(text)
}

func TestAPlannedTerminationIsAnUnnamedPendingEventToAllButLegal(t *testing.T) {
	h := leaving(t, nil)
	event, err := h.as(legalToken).Event(t.Context(), "evt_leave")
	require.NoError(t, err)
	key := event.ProcessingKey
	require.NotEmpty(t, key)

	for _, token := range []string{viewerToken, operatorToken, approverToken, auditorToken} {
		text := h.everything(token)
		for _, secret := range []string{"TERMINAT", "terminat", "INVOLUNTARY", "2031-03", "leaves on", key} {
			require.NotContains(t, text, secret)
		}
		require.Contains(t, text, "pending HR event")
	}
	text := h.everything(legalToken)
	for _, known := range []string{"USER_TERMINATE", "2031-03-15", "leaves on", key} {
		require.Contains(t, text, known)
	}
}

func TestTheProcessingKeyOfAPendingEventDoesNotGiveItsTypeAway(t *testing.T) {
	h := leaving(t, nil)
	shown, err := h.as(viewerToken).Event(t.Context(), "evt_leave")
	require.NoError(t, err)
	require.Equal(t, api.Event{
		EventID: "evt_leave", SourceSystem: "WORKDAY", Namespace: "default", ExternalUserID: "WD-EMP-99284", PersonID: "WD-EMP-99284",
		ReceivedAt: shown.ReceivedAt, Outcome: "waiting", Confidential: true,
	}, shown, "and nothing else")
}

func TestATerminationIsNoSecretOnceItIsInEffect(t *testing.T) {
	h := leaving(t, nil)
	h.clock.set(lastDay.AddDate(0, 0, 2))
	require.Contains(t, h.everything(viewerToken), "USER_TERMINATE")
}

func TestAPlannedTerminationThatWasTakenBackStaysConfidential(t *testing.T) {
	h := leaving(t, nil)
	h.sent(event(t, "evt_rescind", "WD-EMP-99284", map[string]any{
		"event_type": "EVENT_RESCIND", "rescinds_event_id": "evt_leave", "timestamp_utc": "2031-03-01T10:00:00Z",
	}, map[string]any{"department_code": nil}))
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) error {
		return p.Settle("evt_leave", lifecycle.Rescinded, "taken back by evt_rescind", "")
	}))
	h.clock.set(lastDay.AddDate(1, 0, 0))
	text := h.everything(viewerToken)
	require.NotContains(t, text, "USER_TERMINATE")
	require.NotContains(t, text, "leaves on")
}

func TestAReviewOfAPlannedTerminationIsForLegalOnly(t *testing.T) {
	h := leaving(t, map[string]any{"colour": "red"})
	reviews, err := h.as(legalToken).Reviews(t.Context(), api.DecisionQuery{})
	require.NoError(t, err)
	require.Len(t, reviews.Items, 1)
	require.Equal(t, "event_defect", reviews.Items[0].Kind)

	reviews, err = h.as(operatorToken).Reviews(t.Context(), api.DecisionQuery{})
	require.NoError(t, err)
	require.Empty(t, reviews.Items)
}
