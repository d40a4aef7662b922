package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/store"
)

func archive(t testing.TB, s *store.Store, person string, a store.Archive) (added store.Archive) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		added, err = p.AddArchive(a)
		return err
	})
	return added
}

func TestAnArchiveIsRecordedWithWhatItMustReadBackAs(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	verified := deactivated.AddDate(0, 0, 1)

	added := archive(t, s, "WD-1", store.Archive{
		Generation: 3, Key: "leavers/WD-1/3.json", SHA256: "0a1b", Size: 4096, WrittenAt: deactivated, VerifiedAt: &verified,
	})

	require.Regexp(t, `^arc_[0-9a-f]{32}$`, added.ID)
	require.Equal(t, store.Archive{
		ID: added.ID, PersonID: "WD-1", Generation: 3, Key: "leavers/WD-1/3.json", SHA256: "0a1b", Size: 4096, WrittenAt: deactivated, VerifiedAt: &verified,
	}, added)
	read, err := s.Archive(t.Context(), added.ID)
	require.NoError(t, err)
	require.Equal(t, added, read)
}

func TestAnArchiveThatIsWrittenAgainKeepsItsID(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	first := archive(t, s, "WD-1", store.Archive{Generation: 1, Key: "a", SHA256: "01", Size: 1, WrittenAt: deactivated, VerifiedAt: &deactivated})

	second := archive(t, s, "WD-1", store.Archive{Generation: 1, Key: "b", SHA256: "02", Size: 2, WrittenAt: deactivated.AddDate(0, 0, 1)})

	require.Equal(t, store.Archive{
		ID: first.ID, PersonID: "WD-1", Generation: 1, Key: "b", SHA256: "02", Size: 2, WrittenAt: deactivated.AddDate(0, 0, 1),
	}, second, "and what was not read back since is not verified")
}

func TestEveryTerminationHasItsOwnArchive(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	for _, generation := range []int64{5, 2} {
		archive(t, s, "WD-1", store.Archive{Generation: generation, Key: "k", SHA256: "01"})
	}

	all, err := s.Archives(t.Context(), "WD-1")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, int64(2), all[0].Generation)
}

func TestAnErasedArchiveIsNotWrittenAnew(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	added := archive(t, s, "WD-1", store.Archive{Generation: 1, Key: "a", SHA256: "01"})
	for day := range 2 {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.ArchiveErased(added.ID, deactivated.AddDate(0, 0, day)) })
	}

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		_, err := p.AddArchive(store.Archive{Generation: 1, Key: "b", SHA256: "02"})
		return err
	})

	require.ErrorIs(t, err, store.ErrErased)
	read, err := s.Archive(t.Context(), added.ID)
	require.NoError(t, err)
	require.Equal(t, "a", read.Key)
	require.Equal(t, &deactivated, read.ErasedAt, "when it was first")
}

func TestOnlyAPersonsOwnArchiveCanBeErased(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	added := archive(t, s, "WD-1", store.Archive{Generation: 1, Key: "a", SHA256: "01"})

	err := s.WithPerson(t.Context(), "WD-2", func(_ context.Context, p *store.PersonTx) error { return p.ArchiveErased(added.ID, deactivated) })

	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAnUnknownArchiveIsNotFound(t *testing.T) {
	s, _ := open(t)
	_, err := s.Archive(t.Context(), "arc_unknown")
	require.ErrorIs(t, err, store.ErrNotFound)
}
