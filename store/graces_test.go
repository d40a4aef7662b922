package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/lifecycle"
	"muster/store"
)

// deactivated is when the leavers of these tests were read back inactive.
var deactivated = time.Date(2026, 3, 10, 8, 30, 0, 0, time.UTC)

func grace(generation int64) lifecycle.Grace {
	return lifecycle.Grace{
		Generation: generation, Platform: "genesys", PlatformUserID: "user-1", StartedAt: deactivated, Deadline: deactivated.Add(30 * 24 * time.Hour),
	}
}

// leaver ingests a hire and begins the grace of generation 1.
func leaver(t testing.TB, s *store.Store, person string) {
	t.Helper()
	newcomer(t, s, person)
	withPerson(t, s, person, func(p *store.PersonTx) error { return p.BeginGrace(grace(1)) })
}

func changeGrace(t testing.TB, s *store.Store, person string, c store.GraceChange) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) error { return p.ChangeGrace(1, c) })
}

func readGrace(t testing.TB, s *store.Store, person string, generation int64) (found lifecycle.Grace) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		found, err = p.Grace(generation)
		return err
	})
	return found
}

func TestAGraceBeginsWaitingAndUnseen(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")

	want := grace(1)
	want.PersonID, want.Phase, want.Version = "WD-1", lifecycle.GraceWaiting, 1
	require.Equal(t, want, readGrace(t, s, "WD-1", 1))
	require.Equal(t, &want, load(t, s, "WD-1").Grace)
}

func TestAPersonWhoNeverLeftHasNoGrace(t *testing.T) {
	s, _ := open(t)
	newcomer(t, s, "WD-1")

	person := load(t, s, "WD-1")
	require.Nil(t, person.Grace)
	require.Empty(t, person.Holds)
	require.Nil(t, person.Override)
}

func TestAGraceThatHasBegunDoesNotBeginAgain(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	later := deactivated.Add(60 * 24 * time.Hour)
	suspended := lifecycle.GraceSuspended
	changeGrace(t, s, "WD-1", store.GraceChange{Phase: &suspended, Deadline: &later})
	before := readGrace(t, s, "WD-1", 1)

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.BeginGrace(grace(1)) })

	require.Equal(t, before, readGrace(t, s, "WD-1", 1))
}

func TestANewerTerminationsGraceEndsTheOlderOne(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")

	withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.BeginGrace(grace(4)) })

	older := readGrace(t, s, "WD-1", 1)
	require.Equal(t, lifecycle.GraceEnded, older.Phase)
	require.Equal(t, "a newer termination", older.EndedBecause)
	require.Equal(t, int64(2), older.Version)
	require.Equal(t, int64(4), load(t, s, "WD-1").Grace.Generation)
}

func TestAGraceOfATerminationThatWasTakenOverDoesNotBegin(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		for _, operation := range []lifecycle.Operation{lifecycle.Termination, lifecycle.Hire} {
			if _, err := p.TakeOver(operation, "test"); err != nil {
				return err
			}
		}
		return nil
	})

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error { return p.BeginGrace(grace(1)) })

	require.ErrorIs(t, err, store.ErrFenced)
	require.Zero(t, count(t, conn, "graces"))
}

func TestAGraceThatHasBegunStaysAsItIsAfterATakeOver(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	before := readGrace(t, s, "WD-1", 1)
	withPerson(t, s, "WD-1", func(p *store.PersonTx) error {
		for range 2 {
			if _, err := p.TakeOver(lifecycle.Hire, "test"); err != nil {
				return err
			}
		}
		return p.BeginGrace(grace(1))
	})

	require.Equal(t, before, readGrace(t, s, "WD-1", 1))
}

func TestADeadlineBeforeTheDeactivationIsRefused(t *testing.T) {
	s, conn := open(t)
	newcomer(t, s, "WD-1")
	wrong := grace(1)
	wrong.Deadline = wrong.StartedAt.Add(-time.Second)

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error { return p.BeginGrace(wrong) })

	require.Error(t, err)
	require.Zero(t, count(t, conn, "graces"))
}

func TestEveryChangeOfAGraceMakesItsVersionGrow(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	var archive store.Archive
	withPerson(t, s, "WD-1", func(p *store.PersonTx) (err error) {
		archive, err = p.AddArchive(store.Archive{Generation: 1, Key: "leavers/WD-1/1.json", SHA256: "ab", Size: 3})
		return err
	})
	deleting, later, now := lifecycle.GraceDeleting, deactivated.Add(31*24*time.Hour), deactivated.Add(32*24*time.Hour)

	changeGrace(t, s, "WD-1", store.GraceChange{Phase: &deleting})
	changeGrace(t, s, "WD-1", store.GraceChange{Deadline: &later})
	changeGrace(t, s, "WD-1", store.GraceChange{ArchiveID: &archive.ID})
	changeGrace(t, s, "WD-1", store.GraceChange{DeletedAt: &now})

	want := grace(1)
	want.PersonID, want.Phase, want.Deadline, want.ArchiveID, want.DeletedAt, want.Version = "WD-1", deleting, later, archive.ID, &now, 5
	require.Equal(t, want, readGrace(t, s, "WD-1", 1))
}

func TestAGraceIsOnlyArchivedWhereThereIsSuchAnArchive(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	made := "arc_made_up"

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		return p.ChangeGrace(1, store.GraceChange{ArchiveID: &made})
	})

	require.Error(t, err)
	require.Empty(t, readGrace(t, s, "WD-1", 1).ArchiveID)
}

func TestAGraceThatEndsSaysWhy(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	ended := lifecycle.GraceEnded

	err := s.WithPerson(t.Context(), "WD-1", func(_ context.Context, p *store.PersonTx) error {
		return p.ChangeGrace(1, store.GraceChange{Phase: &ended})
	})

	require.Error(t, err)
	require.Equal(t, lifecycle.GraceWaiting, readGrace(t, s, "WD-1", 1).Phase)
}

func TestWhatHasNotBegunCannotBeChangedNorSeen(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	newcomer(t, s, "WD-2")
	suspended := lifecycle.GraceSuspended
	for name, act := range map[string]func(p *store.PersonTx) error{
		"change": func(p *store.PersonTx) error { return p.ChangeGrace(1, store.GraceChange{Phase: &suspended}) },
		"seen":   func(p *store.PersonTx) error { return p.GraceSeen(1, 1) },
		"read": func(p *store.PersonTx) error {
			_, err := p.Grace(1)
			return err
		},
		"notice": func(p *store.PersonTx) error {
			return p.AddNotice(1, lifecycle.Notice{Kind: lifecycle.NoticeStart, Deadline: deactivated})
		},
	} {
		err := s.WithPerson(t.Context(), "WD-2", func(_ context.Context, p *store.PersonTx) error { return act(p) })
		require.ErrorIs(t, err, store.ErrNotFound, name)
	}
}

func TestWhatItsWorkflowHasSeenNeverGoesBack(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	for range 3 {
		changeGrace(t, s, "WD-1", store.GraceChange{})
	}
	for _, step := range []struct{ seen, want int64 }{{2, 2}, {1, 2}, {4, 4}, {9, 4}} {
		withPerson(t, s, "WD-1", func(p *store.PersonTx) error { return p.GraceSeen(1, step.seen) })
		require.Equal(t, step.want, readGrace(t, s, "WD-1", 1).SeenVersion)
	}
	require.Equal(t, int64(4), readGrace(t, s, "WD-1", 1).Version, "seeing is no change")
}

func TestAtMostOneGraceOfAPersonIsOpen(t *testing.T) {
	s, conn := open(t)
	leaver(t, s, "WD-1")

	_, err := conn.Exec(t.Context(), `
		insert into graces (person_id, generation, platform, platform_user_id, started_at, deadline)
		values ('WD-1', 2, 'genesys', 'user-1', now(), now())`)

	require.ErrorContains(t, err, "graces_open")
}

func TestWhatIsOpenInTheDatabaseIsWhatIsOpenInTheVocabulary(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	for _, phase := range []lifecycle.GracePhase{
		lifecycle.GraceWaiting, lifecycle.GraceSuspended, lifecycle.GraceExpedited, lifecycle.GraceDeleting, "never heard of",
		lifecycle.GraceDeleted, lifecycle.GraceErasing, lifecycle.GraceErased, lifecycle.GraceEnded,
	} {
		change := store.GraceChange{Phase: &phase}
		if phase == lifecycle.GraceEnded {
			because := "reversed"
			change.EndedBecause = &because
		}
		changeGrace(t, s, "WD-1", change)
		is := readGrace(t, s, "WD-1", 1).Open()

		for _, wanted := range []bool{true, false} {
			found, _, err := s.Graces(t.Context(), store.GraceFilter{Open: &wanted})
			require.NoError(t, err)
			require.Equal(t, is == wanted, len(found) == 1, "%s, open %v", phase, wanted)
		}
	}
}

func TestAnOpenGraceIsCheckedOnceInAWhile(t *testing.T) {
	s, conn := open(t)
	leaver(t, s, "WD-1")
	leaver(t, s, "WD-2")
	leaver(t, s, "WD-3")
	deleted := lifecycle.GraceDeleted
	changeGrace(t, s, "WD-3", store.GraceChange{Phase: &deleted})
	unchecked := func() []store.GraceRef {
		found, err := s.UncheckedGraces(t.Context(), time.Hour, 10)
		require.NoError(t, err)
		return found
	}
	require.Empty(t, unchecked(), "they have only begun")

	_, err := conn.Exec(t.Context(), "update graces set checked_at = now() - interval '61 minutes'")
	require.NoError(t, err)

	require.ElementsMatch(t, []store.GraceRef{{PersonID: "WD-1", Generation: 1}, {PersonID: "WD-2", Generation: 1}}, unchecked())
	require.Empty(t, unchecked())
}

func TestTheLongestUncheckedGraceComesFirst(t *testing.T) {
	s, conn := open(t)
	for _, person := range []string{"WD-1", "WD-2"} {
		leaver(t, s, person)
	}
	_, err := conn.Exec(t.Context(), "update graces set checked_at = now() - case person_id when 'WD-2' then interval '3 hours' else interval '2 hours' end")
	require.NoError(t, err)

	found, err := s.UncheckedGraces(t.Context(), time.Hour, 1)

	require.NoError(t, err)
	require.Equal(t, []store.GraceRef{{PersonID: "WD-2", Generation: 1}}, found)
}

func TestTwoWhoCheckAtOnceGetDifferentGraces(t *testing.T) {
	s, conn := open(t)
	for n := range 2 {
		leaver(t, s, "WD-"+number(n))
	}
	_, err := conn.Exec(t.Context(), "update graces set checked_at = now() - interval '2 hours'")
	require.NoError(t, err)
	other, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = other.Rollback(context.Background()) }()
	_, err = other.Exec(t.Context(), "select from graces where person_id = 'WD-0000' for no key update")
	require.NoError(t, err)
	bounded, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()

	found, err := s.UncheckedGraces(bounded, time.Hour, 10)

	require.NoError(t, err, "it does not wait for the other")
	require.Equal(t, []store.GraceRef{{PersonID: "WD-0001", Generation: 1}}, found)
}

func TestGracesAreListedByDeadlinePageByPage(t *testing.T) {
	s, _ := open(t)
	const people = 7
	var want []string
	for n := range people {
		person := "WD-" + number(n)
		leaver(t, s, person)
		if n%2 == 0 { // these have a later deadline, those between them an equal one
			deadline := deactivated.Add(time.Duration(60-n) * 24 * time.Hour)
			changeGrace(t, s, person, store.GraceChange{Deadline: &deadline})
		}
	}
	want = []string{"WD-0001", "WD-0003", "WD-0005", "WD-0006", "WD-0004", "WD-0002", "WD-0000"}

	rapid.Check(t, func(r *rapid.T) {
		size := rapid.IntRange(1, people+1).Draw(r, "page size")
		var found []string
		for cursor := ""; ; {
			graces, next, err := s.Graces(t.Context(), store.GraceFilter{Limit: size, Cursor: cursor})
			require.NoError(r, err)
			for _, g := range graces {
				found = append(found, g.PersonID)
			}
			if cursor = next; next == "" {
				break
			}
		}
		require.Equal(r, want, found)
	})
}

func TestGracesAreSelectedByPhaseAndPerson(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	leaver(t, s, "WD-2")
	suspended := lifecycle.GraceSuspended
	changeGrace(t, s, "WD-2", store.GraceChange{Phase: &suspended})
	for name, f := range map[string]store.GraceFilter{"phase": {Phase: suspended}, "person": {PersonID: "WD-2"}} {
		found, next, err := s.Graces(t.Context(), f)
		require.NoError(t, err)
		require.Empty(t, next)
		require.Len(t, found, 1, name)
		require.Equal(t, "WD-2", found[0].PersonID, name)
	}
	_, _, err := s.Graces(t.Context(), store.GraceFilter{Cursor: "MjAyNi0wMy0xMFQwODozMDowMFogV0QtMQ"})
	require.ErrorIs(t, err, store.ErrBadCursor, "a place without a generation")
}

func TestTheApplicationCannotRemoveWhatLegalRelysOn(t *testing.T) {
	_, conn := open(t)
	_, err := conn.Exec(t.Context(), "set role muster_app")
	require.NoError(t, err)
	for _, table := range []string{"graces", "grace_notices", "holds", "overrides", "snapshots", "archives"} {
		_, err := conn.Exec(t.Context(), "delete from "+pgx.Identifier{table}.Sanitize())
		require.ErrorContains(t, err, "permission denied", table)
		_, err = conn.Exec(t.Context(), "truncate "+pgx.Identifier{table}.Sanitize())
		require.ErrorContains(t, err, "permission denied", table)
	}
	for _, table := range []string{"grace_notices", "snapshots"} {
		_, err := conn.Exec(t.Context(), "update "+pgx.Identifier{table}.Sanitize()+" set person_id = ''")
		require.ErrorContains(t, err, "permission denied", table)
	}
}
