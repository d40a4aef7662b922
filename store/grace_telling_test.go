package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

// toldOf are the kinds of the notices about a person's grace, in their order.
func toldOf(t testing.TB, s *store.Store, person string, generation int64) (kinds []lifecycle.NoticeKind) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) error {
		recorded, err := p.Notices(generation)
		for _, n := range recorded {
			kinds = append(kinds, n.Kind)
		}
		return err
	})
	return kinds
}

// aGrace begins a grace of thirty days for a newcomer and returns its generation.
func aGrace(t testing.TB, s *store.Store, person string) (generation int64) {
	t.Helper()
	newcomer(t, s, person)
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		if generation, err = p.TakeOver(lifecycle.Termination, "test"); err != nil {
			return err
		}
		return p.BeginGrace(lifecycle.Grace{
			Generation: generation, Platform: "genesys", PlatformUserID: "u-" + person, StartedAt: deactivated, Deadline: deactivated.AddDate(0, 0, 30),
		})
	})
	return generation
}

func TestLegalIsToldWhenANoticeIsDueAndOnce(t *testing.T) {
	s, _ := open(t)
	generation := aGrace(t, s, "WD-1")
	require.NoError(t, s.KeepGraceNotices(t.Context(), deactivated.AddDate(0, 0, 22)))
	require.Empty(t, toldOf(t, s, "WD-1", generation))
	for range 2 {
		require.NoError(t, s.KeepGraceNotices(t.Context(), deactivated.AddDate(0, 0, 23)))
	}
	require.ElementsMatch(t, []lifecycle.NoticeKind{lifecycle.NoticeStart, lifecycle.NoticeSevenDays}, toldOf(t, s, "WD-1", generation))
	require.NoError(t, s.KeepGraceNotices(t.Context(), deactivated.AddDate(0, 0, 29)))
	require.ElementsMatch(t, []lifecycle.NoticeKind{lifecycle.NoticeStart, lifecycle.NoticeSevenDays, lifecycle.NoticeOneDay}, toldOf(t, s, "WD-1", generation))
}

func TestWhoIsToldLateGetsTheTimeThatWasPromised(t *testing.T) {
	s, _ := open(t)
	generation := aGrace(t, s, "WD-1")
	late := deactivated.AddDate(0, 0, 28)
	require.NoError(t, s.KeepGraceNotices(t.Context(), late))
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		grace, err := p.Grace(generation)
		require.Equal(t, late.Add(7*24*time.Hour), grace.Deadline)
		return err
	})
}

func TestNobodyIsToldOfADeletionThatIsHeldUp(t *testing.T) {
	s, _ := open(t)
	held, suspended := aGrace(t, s, "WD-1"), aGrace(t, s, "WD-2")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		_, err := p.PlaceHold(lifecycle.Hold{Matter: "case 7", PlacedBy: "lena", PlacedAt: deactivated, Reason: "test"})
		return err
	})
	withPerson(t, s, "WD-2", func(p *store.PersonTx) error {
		return p.ChangeGrace(suspended, store.GraceChange{Phase: new(lifecycle.GraceSuspended)})
	})
	require.NoError(t, s.KeepGraceNotices(t.Context(), deactivated.AddDate(0, 0, 29)))
	require.Empty(t, toldOf(t, s, "WD-1", held))
	require.Empty(t, toldOf(t, s, "WD-2", suspended))
}
