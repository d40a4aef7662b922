package frontdoor_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
)

func TestAPersonIsFoundByStateAddressTextAndAnyID(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	h.sent(event(t, "evt_1", "P-1", nil, map[string]any{"email": "max.power@example.com", "first_name": "Max"}))
	for name, query := range map[string]api.AgentQuery{
		"address": {Email: "JANE.DOE@enterprise.com"}, "name": {Text: "jane"}, "id": {Text: "99284"},
	} {
		found, err := h.as(viewerToken).Agents(t.Context(), query)
		require.NoError(t, err, name)
		require.Len(t, found.Items, 1, name)
		require.Equal(t, "WD-EMP-99284", found.Items[0].PersonID, name)
	}
	found, err := h.as(viewerToken).Agents(t.Context(), api.AgentQuery{State: "active"})
	require.NoError(t, err)
	require.Empty(t, found.Items)
	require.NotNil(t, found.Items, "an empty list, not null")

	agent, err := h.as(viewerToken).Agent(t.Context(), "P-1")
	require.NoError(t, err)
	require.Equal(t, []string{"P-1"}, agent.ExternalIDs)
	require.Equal(t, "unknown", agent.LifecycleState)
	require.Equal(t, "agent/P-1", agent.WorkflowID)
	_, err = h.as(viewerToken).Agent(t.Context(), "P-2")
	refused(t, err, http.StatusNotFound)
}

func TestAListIsReadPageByPageWithoutGapsOrRepeats(t *testing.T) {
	h := open(t)
	var events []string
	for i := range 7 {
		events = append(events, event(t, fmt.Sprintf("evt_%d", i), fmt.Sprintf("P-%d", i), nil, nil))
	}
	h.sent(`{"events":[` + strings.Join(events, ",") + `]}`)
	var seen []string
	query := api.AgentQuery{PageQuery: api.PageQuery{Limit: 3}}
	for pages := 1; ; pages++ {
		page, err := h.as(viewerToken).Agents(t.Context(), query)
		require.NoError(t, err)
		for _, agent := range page.Items {
			seen = append(seen, agent.PersonID)
		}
		if page.NextCursor == "" {
			require.Equal(t, 3, pages)
			break
		}
		query.Cursor = page.NextCursor
	}
	require.Equal(t, []string{"P-0", "P-1", "P-2", "P-3", "P-4", "P-5", "P-6"}, seen)
}

func TestEveryReadOfAPersonIsAudited(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "P-1", nil, nil))
	h.sent(event(t, "evt_2", "P-2", nil, nil))
	client := h.as(viewerToken)
	_, err := client.Agent(t.Context(), "P-1")
	require.NoError(t, err)
	_, err = client.Timeline(t.Context(), "P-1", api.PageQuery{})
	require.NoError(t, err)
	_, err = client.Explain(t.Context(), "P-1")
	require.NoError(t, err)
	_, err = client.Event(t.Context(), "evt_1")
	require.NoError(t, err)
	_, err = client.Agents(t.Context(), api.AgentQuery{Text: "P-"})
	require.NoError(t, err)

	for _, action := range []string{"read.agent", "read.timeline", "read.explain", "read.event"} {
		facts := h.audited(action)
		require.Len(t, facts, 1, action)
		require.Equal(t, "P-1", facts[0].PersonID)
		require.Equal(t, "vera", facts[0].Actor)
		require.True(t, facts[0].ActorVerified)
	}
	listed := h.audited("read.agents")
	require.Len(t, listed, 1)
	require.JSONEq(t, `{"person_ids": ["P-1", "P-2"]}`, string(listed[0].Detail))
}

func TestAnExplanationNamesStateRulesAndWhoCanUnblock(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "P-1", nil, nil))
	var review store.Review
	require.NoError(t, h.store.WithPerson(t.Context(), "P-1", func(_ context.Context, p *store.PersonTx) error {
		generation, err := p.TakeOver(lifecycle.Hire, "evt_1")
		if err != nil {
			return err
		}
		preparing := lifecycle.Preparing
		if err := p.UpdateAgent(store.AgentChange{State: &preparing}); err != nil {
			return err
		}
		err = p.SavePlan(lifecycle.Plan{
			PersonID: "P-1", Operation: lifecycle.Hire, Generation: generation, MappingVersion: 4, Digest: "d", Rules: []string{"department SUPP_L2"},
			EventIDs: []string{"evt_1"}, Unmapped: []mapping.Unmapped{{Kind: "skill", Code: "SVC_VIP"}},
		})
		if err != nil {
			return err
		}
		review, err = p.OpenReview(store.Review{
			EventID: "evt_1", Kind: lifecycle.ReviewUnmapped, Blocking: true, Question: "no rule for skill SVC_VIP", WorkflowID: "hire/P-1/1",
		})
		return err
	}))
	explanation, err := h.as(viewerToken).Explain(t.Context(), "P-1")
	require.NoError(t, err)
	require.Equal(t, "preparing", explanation.LifecycleState)
	require.Equal(t, 4, explanation.Plan.MappingVersion)
	require.Len(t, explanation.Blocks, 1)
	require.Contains(t, explanation.Blocks[0].Commands, "musterctl reviews retry "+review.ID)
	text := strings.Join(explanation.Sentences, "\n")
	for _, part := range []string{
		"P-1 is being prepared", "hire/P-1/1", "mapping version 4", "department SUPP_L2", "skill SVC_VIP", "registry-editor", "Event evt_1 (USER_UPDATE",
	} {
		require.Contains(t, text, part)
	}
}
