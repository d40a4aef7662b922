package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func hold(t testing.TB, s *store.Store, person, matter string) (placed lifecycle.Hold) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		placed, err = p.PlaceHold(lifecycle.Hold{Matter: matter, PlacedBy: "lena", PlacedVerified: true, PlacedAt: deactivated, Reason: "a lawsuit of Jane's"})
		return err
	})
	return placed
}

func release(s *store.Store, person, matter string) error {
	return s.WithPerson(context.Background(), person, func(_ context.Context, p *store.PersonTx) error {
		return p.ReleaseHold(matter, "luis", "settled with Jane", deactivated.AddDate(0, 1, 0))
	})
}

func TestAHoldIsInForceFromItsCommitOn(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")

	placed := hold(t, s, "WD-1", "M-2026/7")

	require.Regexp(t, `^hld_[0-9a-f]{32}$`, placed.ID)
	require.Equal(t, lifecycle.Hold{
		ID: placed.ID, PersonID: "WD-1", Matter: "M-2026/7", PlacedBy: "lena", PlacedAt: deactivated, Reason: "a lawsuit of Jane's", PlacedVerified: true,
	}, placed)
	require.Equal(t, []lifecycle.Hold{placed}, load(t, s, "WD-1").Holds)
}

func TestAHoldThatIsRolledBackIsNone(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	refusal := errors.New("no")

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		_, err := p.PlaceHold(lifecycle.Hold{Matter: "M-1", PlacedBy: "lena"})
		require.NoError(t, err)
		return refusal
	})

	require.ErrorIs(t, err, refusal)
	require.Zero(t, count(t, conn, "holds"))
	require.Zero(t, count(t, conn, "timeline where kind = 'hold.placed'"))
}

func TestAMatterHoldsAPersonOnce(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	first := hold(t, s, "WD-1", "M-1")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		again, err := p.PlaceHold(lifecycle.Hold{Matter: "M-1", PlacedBy: "somebody else"})
		require.Equal(t, first, again)
		return err
	})
	hold(t, s, "WD-1", "M-2")

	require.Len(t, load(t, s, "WD-1").Holds, 2)
	require.Equal(t, 2, count(t, conn, "timeline where kind = 'hold.placed'"))
}

func TestEveryMatterIsReleasedByItself(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	hold(t, s, "WD-1", "M-1")
	other := hold(t, s, "WD-1", "M-2")

	require.NoError(t, release(s, "WD-1", "M-1"))

	require.Equal(t, []lifecycle.Hold{other}, load(t, s, "WD-1").Holds)
	no := false
	released, _, err := s.Holds(t.Context(), store.HoldFilter{InForce: &no})
	require.NoError(t, err)
	require.Len(t, released, 1)
	at := deactivated.AddDate(0, 1, 0)
	require.Equal(t, "luis", released[0].ReleasedBy)
	require.Equal(t, "settled with Jane", released[0].ReleaseReason)
	require.Equal(t, &at, released[0].ReleasedAt)
}

func TestWhatIsNotHeldCannotBeReleased(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	hold(t, s, "WD-1", "M-1")
	require.NoError(t, release(s, "WD-1", "M-1"))

	require.ErrorIs(t, release(s, "WD-1", "M-1"), store.ErrNotFound, "released already")
	require.ErrorIs(t, release(s, "WD-1", "M-2"), store.ErrNotFound)
	require.ErrorIs(t, release(s, "WD-2", "M-1"), store.ErrNotFound, "another person's")
}

func TestAMatterThatWasReleasedCanHoldAgain(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	first := hold(t, s, "WD-1", "M-1")
	require.NoError(t, release(s, "WD-1", "M-1"))

	again := hold(t, s, "WD-1", "M-1")

	require.NotEqual(t, first.ID, again.ID)
	require.Equal(t, []lifecycle.Hold{again}, load(t, s, "WD-1").Holds)
}

// The timeline is for everybody who may look at the person, a matter and the reason for legal and auditors.
func TestTheTimelineTellsOfAHoldButNotWhatItIsFor(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	placed := hold(t, s, "WD-1", "M-1-lawsuit")
	require.NoError(t, release(s, "WD-1", "M-1-lawsuit"))

	timeline, _, err := s.Timeline(t.Context(), "WD-1", "", 100)
	require.NoError(t, err)
	lines := timeline[len(timeline)-2:]
	for i, want := range []store.TimelineEntry{
		{Kind: store.TimelineHoldPlaced, Actor: "lena", Text: "legal hold " + placed.ID + " placed: nothing of this person is deleted"},
		{Kind: store.TimelineHoldReleased, Actor: "luis", Text: "legal hold " + placed.ID + " released"},
	} {
		require.Equal(t, want.Kind, lines[i].Kind)
		require.Equal(t, want.Actor, lines[i].Actor)
		require.True(t, lines[i].ActorVerified)
		require.Equal(t, want.Text, lines[i].Text)
		require.JSONEq(t, `{"hold_id":"`+placed.ID+`"}`, string(lines[i].Detail))
	}
	require.Equal(t, 1, count(t, conn, "audit where action = 'hold.place' and actor = 'lena' and actor_verified and detail ->> 'matter' = 'M-1-lawsuit'"))
	require.Equal(t, 1, count(t, conn, "audit where action = 'hold.release' and actor = 'luis' and actor_verified and detail ->> 'hold_id' = $1", placed.ID))
	require.Zero(t, count(t, conn, "audit where detail::text like '%Jane%'"), "a reason may name people: it stays in the hold's own row")
}

func TestABareSignalsHoldSaysThatNobodyKnowsWhoPlacedIt(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		placed, err := p.PlaceHold(lifecycle.Hold{Matter: "M-1", PlacedBy: "who knows"})
		require.False(t, placed.PlacedVerified)
		require.WithinDuration(t, time.Now(), placed.PlacedAt, time.Minute)
		return err
	})

	require.Equal(t, 1, count(t, conn, "timeline where kind = 'hold.placed' and not actor_verified"))
	require.Equal(t, 1, count(t, conn, "audit where action = 'hold.place' and not actor_verified"))
}

func TestHoldsAreListedOldestFirstPageByPage(t *testing.T) {
	s, _ := open(t)
	var want []string
	for n := range 5 {
		person := "WD-" + number(n)
		newcomer(t, s, person)
		want = append(want, hold(t, s, person, "M-1").ID)
	}
	hold(t, s, "WD-0000", "M-2")
	var found []string
	for cursor := ""; ; {
		holds, next, err := s.Holds(t.Context(), store.HoldFilter{Matter: "M-1", Limit: 2, Cursor: cursor})
		require.NoError(t, err)
		for _, h := range holds {
			found = append(found, h.ID)
		}
		if cursor = next; next == "" {
			break
		}
	}
	require.ElementsMatch(t, want, found)

	yes := true
	theirs, _, err := s.Holds(t.Context(), store.HoldFilter{PersonID: "WD-0000", InForce: &yes})
	require.NoError(t, err)
	require.Len(t, theirs, 2)
}
