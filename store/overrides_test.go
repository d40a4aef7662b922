package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func reversal(generation int64, madeAt time.Time, events ...string) lifecycle.Override {
	return lifecycle.Override{
		Generation: generation, EventIDs: events, MadeBy: "lena", Reason: "a mistake", MadeAt: madeAt, RemindAt: madeAt.AddDate(0, 0, 7),
	}
}

func override(t testing.TB, s *store.Store, person string, o lifecycle.Override) (added lifecycle.Override) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		added, err = p.AddOverride(o)
		return err
	})
	return added
}

func TestAReversalIsInForceUntilItIsClosed(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	want := reversal(2, deactivated, "evt_leave")

	added := override(t, s, "WD-1", want)

	require.Regexp(t, `^ovr_[0-9a-f]{32}$`, added.ID)
	want.ID, want.PersonID = added.ID, "WD-1"
	require.Equal(t, want, added)
	require.Equal(t, &want, load(t, s, "WD-1").Override)

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		return p.CloseOverride(added.ID, "HR agrees", deactivated.AddDate(0, 0, 3))
	})
	require.Nil(t, load(t, s, "WD-1").Override)
}

func TestANewerReversalClosesTheOneBefore(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	first := override(t, s, "WD-1", reversal(2, deactivated, "evt_leave"))
	second := override(t, s, "WD-1", reversal(4, deactivated.AddDate(0, 2, 0), "evt_leave_again"))

	require.Equal(t, &second, load(t, s, "WD-1").Override)
	require.Equal(t, 1, count(t, conn, "overrides where id = $1 and closed_because = 'a newer reversal' and closed_at = $2",
		first.ID, deactivated.AddDate(0, 2, 0)))
}

func TestTheSameReversalIsRecordedOnce(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	made := deactivated.Add(1999 * time.Nanosecond) // finer than PostgreSQL keeps
	first := override(t, s, "WD-1", reversal(2, made, "evt_leave"))

	again := override(t, s, "WD-1", reversal(2, made, "evt_leave"))

	require.Equal(t, first, again)
	require.Equal(t, 1, count(t, conn, "overrides"))
}

func TestClosingAReversalTwiceChangesNothing(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	added := override(t, s, "WD-1", reversal(2, deactivated))
	for _, because := range []string{"HR agrees", "something else"} {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.CloseOverride(added.ID, because, deactivated) })
	}

	require.Equal(t, 1, count(t, conn, "overrides where closed_because = 'HR agrees'"))
}

func TestWhatHRTellsAgainJoinsTheReversal(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	added := override(t, s, "WD-1", reversal(2, deactivated, "evt_1"))
	for _, events := range [][]string{{"evt_2", "evt_1"}, {"evt_2", "evt_3"}, nil} {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.OverrideEvents(added.ID, events) })
	}

	require.Equal(t, []string{"evt_1", "evt_2", "evt_3"}, load(t, s, "WD-1").Override.EventIDs)
}

func TestAReminderTellsSomebodyAndSetsTheNextOne(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	added := override(t, s, "WD-1", reversal(2, deactivated, "evt_1"))
	next := added.RemindAt.AddDate(0, 0, 7)
	remind := func() {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RemindOverride(added.ID, next) })
	}

	remind()
	remind() // the same once more, since its answer was lost

	raised := alerts(t, s, "")
	require.Len(t, raised, 1)
	require.Equal(t, store.AlertReversalAwaitsHR, raised[0].Kind)
	require.Equal(t, store.SeverityWarning, raised[0].Severity)
	require.Equal(t, added.ID, raised[0].SubjectID)
	require.Equal(t, "WD-1", raised[0].PersonID)
	require.Equal(t, next, load(t, s, "WD-1").Override.RemindAt)

	next = next.AddDate(0, 0, 7)
	remind()

	require.Len(t, alerts(t, s, store.AlertOpen), 1)
	closed := alerts(t, s, store.AlertClosed)
	require.Len(t, closed, 1, "each reminder is told anew")
	require.Equal(t, "reminded again", closed[0].ClosedWhy)
}

// What leaves the house must not tell that somebody is to leave.
func TestAReminderOfATerminationThatHadNotBegunDoesNotNameThePerson(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	added := override(t, s, "WD-1", reversal(0, deactivated, "evt_1"))

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RemindOverride(added.ID, added.RemindAt.AddDate(0, 0, 7)) })

	raised := alerts(t, s, store.AlertOpen)
	require.Len(t, raised, 1)
	require.Empty(t, raised[0].PersonID)
	require.NotContains(t, raised[0].DedupeKey+raised[0].Text, "WD-1")
}

func TestAReversalThatIsClosedIsNotRemindedOf(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	added := override(t, s, "WD-1", reversal(2, deactivated, "evt_1"))
	remind := func(days int) {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.RemindOverride(added.ID, added.RemindAt.AddDate(0, 0, days)) })
	}
	remind(7)

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.CloseOverride(added.ID, "HR agrees", deactivated) })
	remind(14)

	require.Empty(t, alerts(t, s, store.AlertOpen))
}

func TestOnlyAPersonsOwnReversalCanBeChanged(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	added := override(t, s, "WD-1", reversal(2, deactivated))
	for name, act := range map[string]func(p *store.PersonTx) error{
		"close":  func(p *store.PersonTx) error { return p.CloseOverride(added.ID, "no", deactivated) },
		"events": func(p *store.PersonTx) error { return p.OverrideEvents(added.ID, []string{"evt"}) },
		"remind": func(p *store.PersonTx) error { return p.RemindOverride(added.ID, deactivated.AddDate(1, 0, 0)) },
	} {
		err := s.WithPerson(t.Context(), "WD-2", func(_ context.Context, p *store.PersonTx) error { return act(p) })
		require.ErrorIs(t, err, store.ErrNotFound, name)
	}
	require.Equal(t, &added, load(t, s, "WD-1").Override)
}
