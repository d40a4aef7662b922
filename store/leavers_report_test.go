package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

func terminate(id, person string) wish {
	return wish{id: id, person: person, kind: "USER_TERMINATE", at: "2026-03-03T10:00:00Z"}
}

// cut records what a termination does to an account.
func cut(t testing.TB, s *store.Store, personID, eventID string) {
	t.Helper()
	workflow := "termination/" + personID + "/1"
	withPerson(t, s, personID, func(p *store.PersonTx) error {
		_, err := p.TakeOver(lifecycle.Termination, "test")
		if err != nil {
			return err
		}
		return p.AddTimeline(store.TimelineEntry{Kind: string(store.MarkUnroutable), Text: "unroutable", WorkflowID: workflow})
	})
	guard := s.Guard(store.Fence{PersonID: personID, Generation: 1, WorkflowID: workflow})
	for _, fails := range []error{&ccaas.Error{Kind: ccaas.KindForbidden}, nil} {
		err := guard(t.Context(), ccaas.Write{Verb: string(store.MarkRevoked)}, func(context.Context) (ccaas.Receipt, error) { return ccaas.Receipt{}, fails })
		require.ErrorIs(t, err, fails)
	}
	withPerson(t, s, personID, func(p *store.PersonTx) error {
		if err := p.Settle(eventID, lifecycle.Applied, "read back inactive", workflow); err != nil {
			return err
		}
		if err := p.BeginGrace(lifecycle.Grace{
			Generation: 1, Platform: "genesys", PlatformUserID: "acc-1", StartedAt: time.Now(), Deadline: time.Now().Add(time.Hour),
		}); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{Operation: new(lifecycle.None)})
	})
}

func TestALeaverIsTheTerminationWithWhatIsOnRecord(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	ingest(t, s, terminate("evt_end", "WD-1"))
	cut(t, s, "WD-1", "evt_end")

	leavers, next, err := s.Leavers(t.Context(), store.LeaverFilter{})

	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, leavers, 1)
	leaver := leavers[0]
	require.Equal(t, "evt_end", leaver.EventID)
	require.Equal(t, "WD-1", leaver.Agent.PersonID)
	require.Len(t, leaver.Events, 2)
	require.Len(t, leaver.Graces, 1)
	kinds := make([]store.MarkKind, 0, len(leaver.Marks))
	for _, mark := range leaver.Marks {
		require.Equal(t, "termination/WD-1/1", mark.WorkflowID)
		kinds = append(kinds, mark.Kind)
	}
	require.Equal(t, []store.MarkKind{store.MarkUnroutable, store.MarkRevoked}, kinds, "the refused revocation is none")
}

func TestLeaversComePageByPageInTheOrderOfReceipt(t *testing.T) {
	s, _ := open(t)
	for _, id := range []string{"WD-3", "WD-1", "WD-2"} {
		newcomer(t, s, id)
		ingest(t, s, terminate("evt_end_"+id, id))
	}
	var people []string
	for cursor, pages := "", 0; pages < 4; pages++ {
		leavers, next, err := s.Leavers(t.Context(), store.LeaverFilter{Cursor: cursor, Limit: 1})
		require.NoError(t, err)
		for _, leaver := range leavers {
			people = append(people, leaver.Agent.PersonID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"WD-3", "WD-1", "WD-2"}, people)
	_, _, err := s.Leavers(t.Context(), store.LeaverFilter{Cursor: "no cursor"})
	require.ErrorIs(t, err, store.ErrBadCursor)
}

func TestLeaversThatWereSettledBeforeAreLeftOut(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	ingest(t, s, terminate("evt_end_1", "WD-1"), terminate("evt_end_2", "WD-2"))
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.Settle("evt_end_1", lifecycle.Applied, "", "") })

	leavers, _, err := s.Leavers(t.Context(), store.LeaverFilter{SettledSince: time.Now().Add(time.Hour)})

	require.NoError(t, err)
	require.Len(t, leavers, 1)
	require.Equal(t, "evt_end_2", leavers[0].EventID)
}

func TestALeaverKeepsTheRecordOfWhoWasJoinedIntoThem(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "C-7")
	newcomer(t, s, "WD-1")
	ingest(t, s, terminate("evt_end", "C-7"))
	cut(t, s, "C-7", "evt_end")
	withPerson(t, s, "C-7", func(p *store.PersonTx) error {
		if _, err := p.AddOverride(lifecycle.Override{EventIDs: []string{"evt_end"}, MadeBy: "lex", MadeAt: time.Now(), RemindAt: time.Now()}); err != nil {
			return err
		}
		return p.ChangeGrace(1, store.GraceChange{Phase: new(lifecycle.GraceEnded), EndedBecause: new("reversed by legal")})
	})

	joinPersons(t, s, "WD-1", "C-7")

	leavers, _, err := s.Leavers(t.Context(), store.LeaverFilter{})
	require.NoError(t, err)
	require.Len(t, leavers, 1)
	require.Equal(t, "WD-1", leavers[0].Agent.PersonID)
	require.Len(t, leavers[0].Marks, 2)
	require.Len(t, leavers[0].Graces, 1)
	require.Equal(t, "C-7", leavers[0].Graces[0].PersonID)
	require.Len(t, leavers[0].Overrides, 1)
}
