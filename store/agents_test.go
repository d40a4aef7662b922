package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

func TestAgentPagesFollowEachOther(t *testing.T) {
	s, _ := open(t)
	var wishes []wish
	for i := range 25 {
		wishes = append(wishes, create("evt_"+number(i), "WD-"+number(i)))
	}
	ingest(t, s, wishes...)
	var seen []string
	filter := store.AgentFilter{Limit: 10}
	pages := 0
	for {
		agents, next, err := s.Agents(t.Context(), filter)
		require.NoError(t, err)
		for _, agent := range agents {
			seen = append(seen, agent.PersonID)
			require.Equal(t, agent.PersonID, agent.ExternalIDs[0].ID)
		}
		pages++
		if filter.Cursor = next; next == "" {
			break
		}
	}

	require.Equal(t, 3, pages)
	require.Len(t, seen, 25)
	require.IsIncreasing(t, seen)
}

func TestACursorOfNobodysIsRefused(t *testing.T) {
	s, _ := open(t)
	for _, cursor := range []string{"!!", "AA", "bm90IGEgbnVtYmVy"} {
		_, _, err := s.Timeline(t.Context(), "WD-1", cursor, 10)
		require.ErrorIs(t, err, store.ErrBadCursor, cursor)
		_, _, err = s.Reviews(t.Context(), store.QuestionFilter{Cursor: cursor})
		require.ErrorIs(t, err, store.ErrBadCursor, cursor)
	}
}

func TestAgentsAreFoundByWhatPeopleKnow(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD_2")
	yes, no, active := true, false, lifecycle.Active
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.UpdateAgent(store.AgentChange{State: &active, NeedsAttention: &yes})
	})
	for name, c := range map[string]struct {
		filter store.AgentFilter
		want   []string
	}{
		"everyone":         {store.AgentFilter{}, []string{"WD-1", "WD_2"}},
		"state":            {store.AgentFilter{State: lifecycle.Active}, []string{"WD-1"}},
		"email":            {store.AgentFilter{Email: "wd-1@ENTERPRISE.test"}, []string{"WD-1"}},
		"part of an email": {store.AgentFilter{Email: "wd-1"}, nil},
		"attention":        {store.AgentFilter{NeedsAttention: &yes}, []string{"WD-1"}},
		"no attention":     {store.AgentFilter{NeedsAttention: &no}, []string{"WD_2"}},
		"name":             {store.AgentFilter{Query: "jane d"}, []string{"WD-1", "WD_2"}},
		"id":               {store.AgentFilter{Query: "wd-1"}, []string{"WD-1"}},
		"no wildcard":      {store.AgentFilter{Query: "WD_"}, []string{"WD_2"}},
		"nobody":           {store.AgentFilter{Query: "zzz"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			agents, _, err := s.Agents(t.Context(), c.filter)
			require.NoError(t, err)
			var found []string
			for _, agent := range agents {
				found = append(found, agent.PersonID)
			}
			require.Equal(t, c.want, found)
		})
	}
}

func TestAnAgentIsFoundByAnyOfItsIds(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	_, err := conn.Exec(t.Context(), "insert into person_ids (namespace, external_id, person_id) values ('sap', 'S-7', 'WD-1')")
	require.NoError(t, err)

	for _, id := range []string{"WD-1", "S-7", "sap:S-7", "workday:WD-1"} {
		agent, err := s.Agent(t.Context(), id)
		require.NoError(t, err, id)
		require.Equal(t, "WD-1", agent.PersonID, id)
		require.Len(t, agent.ExternalIDs, 2)
	}
	_, err = s.Agent(t.Context(), "sap:WD-1")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAnIdOfSeveralPeopleIsAmbiguous(t *testing.T) {
	s, _ := open(t)
	for _, namespace := range []string{"workday", "sap"} {
		event := incoming(t, create("evt_"+namespace, "E-1"))
		event.Namespace, event.ProcessingKey = namespace, hr.ProcessingKey(namespace, *event.Event)
		_, err := s.Ingest(t.Context(), []store.Incoming{event}, true)
		require.NoError(t, err)
	}

	_, err := s.Agent(t.Context(), "E-1")
	require.ErrorIs(t, err, store.ErrAmbiguousID)

	agent, err := s.Agent(t.Context(), "sap:E-1")
	require.NoError(t, err)
	require.Equal(t, "sap:E-1", agent.PersonID)
}

func TestAnAgentViewCountsWhatIsUnfinished(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	openApproval(t, s, "WD-1", "digest")
	openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")

	agent, err := s.Agent(t.Context(), "WD-1")

	require.NoError(t, err)
	require.Equal(t, 1, agent.OpenApprovals)
	require.Equal(t, 1, agent.OpenReviews)
	require.Equal(t, 1, agent.WaitingEvents)
	require.Nil(t, agent.NextDue)
}

func TestTimelinePagesFollowEachOther(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		for i := range 6 {
			if err := p.AddTimeline(store.TimelineEntry{Kind: "test.line", Text: number(i)}); err != nil {
				return err
			}
		}
		return nil
	})

	first, next, err := s.Timeline(t.Context(), "WD-1", "", 4)
	require.NoError(t, err)
	second, end, err := s.Timeline(t.Context(), "WD-1", next, 4)
	require.NoError(t, err)

	require.Len(t, first, 4)
	require.Len(t, second, 3)
	require.Empty(t, end)
	require.Equal(t, "0005", second[2].Text)
	require.Equal(t, store.ActorMuster, second[2].Actor)
}

func TestFiguresCountByOutcomeStateAndKind(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	ingest(t, s, create("evt_again", "WD-1"))
	openApproval(t, s, "WD-1", "digest")
	openReview(t, s, "WD-1", lifecycle.ReviewUnmapped, "SVC_X")
	withPerson(t, s, "WD-2", func(p *store.PersonTx) error { return p.Settle("evt_create_WD-2", lifecycle.Applied, "", "") })
	_, err := conn.Exec(t.Context(), "update rings set due_at = now() - interval '90 seconds' where person_id = 'WD-1'")
	require.NoError(t, err)

	figures, err := s.Figures(t.Context())

	require.NoError(t, err)
	require.Equal(t, map[string]int64{"waiting": 1, "applied": 1, "duplicate": 1}, figures.EventsByOutcome)
	require.Equal(t, map[string]int64{"unknown": 2}, figures.AgentsByState)
	require.Equal(t, map[string]int64{"unmapped": 1}, figures.OpenReviewsByKind)
	require.Equal(t, map[string]int64{"activation": 1}, figures.OpenApprovalsByKind)
	require.Equal(t, int64(1), figures.DueRings)
	require.InDelta(t, 90, figures.OldestDueRing.Seconds(), 30)
	require.Positive(t, figures.OldestWaiting)
}
