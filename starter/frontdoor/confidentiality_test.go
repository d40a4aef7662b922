package frontdoor_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/starter/frontdoor"
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

func TestWhatNamesAPlannedTerminationIsWithheld(t *testing.T) {
	h := leaving(t, nil)
	h.sent(event(t, "evt_update", "WD-EMP-99284", map[string]any{"timestamp_utc": "2031-02-01T10:00:00Z"}, nil))
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) error {
		if err := p.Settle("evt_update", lifecycle.Superseded, "superseded by evt_leave.", ""); err != nil {
			return err
		}
		err := p.AddTimeline(store.TimelineEntry{Kind: "plan.made", Text: "made", Detail: json.RawMessage(`{"events":["evt_leave"]}`)})
		if err != nil {
			return err
		}
		_, err = p.OpenReview(store.Review{Kind: lifecycle.ReviewUnmapped, Question: "is evt_leave right?"})
		if err != nil {
			return err
		}
		return p.SavePlan(lifecycle.Plan{Operation: lifecycle.Transfer, EventIDs: []string{"evt_update", "evt_leave"}, Warnings: []string{"evt_leave ends it"}})
	}))

	shown, err := h.as(viewerToken).Event(t.Context(), "evt_update")
	require.NoError(t, err)
	require.NotContains(t, shown.Reason, "evt_leave")
	timeline, err := h.as(viewerToken).Timeline(t.Context(), "WD-EMP-99284", api.PageQuery{})
	require.NoError(t, err)
	for _, entry := range timeline.Items {
		require.NotContains(t, entry.Text+string(entry.Detail), "evt_leave")
	}
	explanation, err := h.as(viewerToken).Explain(t.Context(), "WD-EMP-99284")
	require.NoError(t, err)
	require.Equal(t, []string{"evt_update"}, explanation.Plan.EventIDs)
	for _, said := range append(explanation.Sentences, explanation.Plan.Warnings...) {
		require.NotContains(t, said, "evt_leave")
	}
	for _, event := range explanation.Events {
		require.NotContains(t, event.Reason, "evt_leave")
	}
	reviews, err := h.as(operatorToken).Reviews(t.Context(), api.DecisionQuery{})
	require.NoError(t, err)
	require.Empty(t, reviews.Items)

	shown, err = h.as(legalToken).Event(t.Context(), "evt_update")
	require.NoError(t, err)
	require.Contains(t, shown.Reason, "evt_leave")
	explanation, err = h.as(legalToken).Explain(t.Context(), "WD-EMP-99284")
	require.NoError(t, err)
	require.Len(t, explanation.Plan.EventIDs, 2)
}

func TestATerminationWithTheKeyOfOneInEffectIsASecretOfItsOwn(t *testing.T) {
	h := leaving(t, nil)
	termination := func(id, lastDay string) string {
		return event(t, id, "WD-EMP-99284", map[string]any{"event_type": "USER_TERMINATE", "timestamp_utc": "2031-02-01T10:00:00Z"},
			map[string]any{"department_code": nil, "termination": map[string]any{"last_day": lastDay}})
	}
	h.sent(termination("evt_ended", "2031-02-02"))
	h.sent(termination("evt_ended_again", "2031-02-02"))
	h.sent(termination("evt_later", "2031-03-20"))
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) error {
		return p.Settle("evt_ended", lifecycle.Applied, "", "")
	}))
	for id, confidential := range map[string]bool{"evt_ended": false, "evt_ended_again": false, "evt_later": true} {
		shown, err := h.as(viewerToken).Event(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, confidential, shown.Confidential, id)
	}
}

func TestWhatARefusedTerminationSaysIsForLegal(t *testing.T) {
	h := open(t)
	for id, eventType := range map[string]any{"evt_leave": "USER_TERMINATE", "evt_unreadable": 7} {
		_, err := h.send(event(t, id, "P-1", map[string]any{
			"event_type": eventType, "timestamp_utc": "2031-02-30T00:00:00Z", "effective_at": "2031-13-01",
		}, nil))
		refused(t, err, 422)

		shown, err := h.as(viewerToken).Event(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, api.Event{
			EventID: id, SourceSystem: "WORKDAY", Namespace: "default", ExternalUserID: "P-1", ReceivedAt: shown.ReceivedAt,
			Outcome: "rejected", Confidential: true,
		}, shown, "and nothing else")
		shown, err = h.as(legalToken).Event(t.Context(), id)
		require.NoError(t, err)
		require.NotEmpty(t, shown.Problems)
	}
	stored, err := h.store.Event(t.Context(), "evt_leave")
	require.NoError(t, err)
	require.Equal(t, "USER_TERMINATE", string(stored.Event.EventType))
}

func TestTheReadOfARefusedEventThatNamesSomebodyIsAudited(t *testing.T) {
	h := open(t, func(options *frontdoor.Options) {
		options.Namespaces = map[string]string{"WORKDAY": "us", "SUCCESSFACTORS": "eu"}
	})
	h.sent(event(t, "evt_1", "P-1", nil, nil))
	for id, person := range map[string]string{"evt_known": "P-1", "evt_new": "P-2", "evt_address": "jane.doe@example.com"} {
		_, err := h.send(event(t, id, person, nil, map[string]any{"timezone": "UTC-5"}))
		refused(t, err, 422)
		_, err = h.as(viewerToken).Event(t.Context(), id)
		require.NoError(t, err)
	}
	var read []string
	for _, fact := range h.audited("read.event") {
		read = append(read, fact.PersonID)
	}
	require.ElementsMatch(t, []string{"us:P-1", "P-2"}, read, "an id that may not be one is not kept")
}

func TestARehireIsKnownToLegalAndAuditorsOnly(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	var approval store.Approval
	require.NoError(t, h.store.WithPerson(t.Context(), "WD-EMP-99284", func(_ context.Context, p *store.PersonTx) (err error) {
		yes := true
		if err := p.UpdateAgent(store.AgentChange{NeedsAttention: &yes}); err != nil {
			return err
		}
		approval, err = p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalRehire, PlanDigest: "employment", RequestedBy: "muster", Question: "May they?"})
		if err != nil {
			return err
		}
		return p.SetWaiting("evt_8f7a9c2b-4d1e-4a3f-9b8c-7e6d5c4b3a2f", store.Wait{For: "approver", What: "approval " + approval.ID})
	}))
	all := func(token string) string {
		client := h.as(token)
		approvals, err := client.Approvals(t.Context(), api.DecisionQuery{})
		require.NoError(t, err)
		timeline, err := client.Timeline(t.Context(), "WD-EMP-99284", api.PageQuery{})
		require.NoError(t, err)
		explanation, err := client.Explain(t.Context(), "WD-EMP-99284")
		require.NoError(t, err)
		event, err := client.Event(t.Context(), "evt_8f7a9c2b-4d1e-4a3f-9b8c-7e6d5c4b3a2f")
		require.NoError(t, err)
		text, err := json.Marshal([]any{approvals, timeline, explanation, event})
		require.NoError(t, err)
		return string(text)
	}
	for _, token := range []string{viewerToken, operatorToken, approverToken} {
		text := all(token)
		require.NotContains(t, text, approval.ID)
		require.NotContains(t, text, "rehire")
		require.NotContains(t, text, "Nothing is waiting")
		require.Contains(t, text, "only role legal may see")
	}
	for _, token := range []string{legalToken, auditorToken} {
		require.Contains(t, all(token), "approval "+approval.ID+" (rehire)")
	}
	_, err := h.as(approverToken).Approve(t.Context(), approval.ID, "")
	refused(t, err, 404)
}
