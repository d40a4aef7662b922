package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/store"
)

func notify(t testing.TB, s *store.Store, person string, kind lifecycle.NoticeKind, deadline time.Time) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) error {
		return p.AddNotice(1, lifecycle.Notice{Kind: kind, Deadline: deadline, RecordedAt: deactivated})
	})
}

func notices(t testing.TB, s *store.Store, person string) (found []lifecycle.Notice) {
	t.Helper()
	withPerson(t, s, person, func(p *store.PersonTx) (err error) {
		found, err = p.Notices(1)
		return err
	})
	return found
}

func TestANoticeIsOnRecordAndLegalIsTold(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	deadline := grace(1).Deadline

	notify(t, s, "WD-1", lifecycle.NoticeStart, deadline)

	require.Equal(t, []lifecycle.Notice{{Kind: lifecycle.NoticeStart, Deadline: deadline, RecordedAt: deactivated}}, notices(t, s, "WD-1"))
	raised := alerts(t, s, store.AlertOpen)
	require.Len(t, raised, 1)
	require.Equal(t, store.AlertDeletionDue, raised[0].Kind)
	require.Equal(t, store.SeverityInfo, raised[0].Severity)
	require.Equal(t, "WD-1", raised[0].PersonID)
	require.Empty(t, raised[0].SubjectID)
	require.Equal(t, "The account of a person who left is deleted at 2026-04-09T08:30:00Z unless legal turns it back.", raised[0].Text)
	timeline, _, err := s.Timeline(t.Context(), "WD-1", "", 100)
	require.NoError(t, err)
	line := timeline[len(timeline)-1]
	require.Equal(t, store.TimelineGraceNotice, line.Kind)
	require.Contains(t, line.Text, "2026-04-09T08:30:00Z")
	require.JSONEq(t, `{"notice":"start","generation":"1","deadline":"2026-04-09T08:30:00Z"}`, string(line.Detail))
}

func TestTheLastNoticePressesMore(t *testing.T) {
	for kind, severity := range map[lifecycle.NoticeKind]store.Severity{
		lifecycle.NoticeSevenDays: store.SeverityInfo, lifecycle.NoticeOneDay: store.SeverityWarning,
	} {
		s, _ := open(t)
		leaver(t, s, "WD-1")
		notify(t, s, "WD-1", kind, grace(1).Deadline)
		require.Equal(t, severity, alerts(t, s, store.AlertOpen)[0].Severity, kind)
	}
}

func TestANoticeOfADeadlineIsGivenOnce(t *testing.T) {
	s, conn := open(t)
	leaver(t, s, "WD-1")
	deadline := grace(1).Deadline.Add(1234 * time.Nanosecond) // finer than PostgreSQL keeps
	var processes sync.WaitGroup
	for range 4 {
		processes.Go(func() { notify(t, s, "WD-1", lifecycle.NoticeSevenDays, deadline) })
	}
	processes.Wait()

	require.Len(t, notices(t, s, "WD-1"), 1)
	require.Len(t, alerts(t, s, ""), 1)
	require.Equal(t, 1, count(t, conn, "timeline where kind = 'grace.notice'"))
}

func TestEveryDeadlineHasItsOwnNotices(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	for day := range 3 {
		notify(t, s, "WD-1", lifecycle.NoticeOneDay, grace(1).Deadline.AddDate(0, 0, day))
	}

	require.Len(t, notices(t, s, "WD-1"), 3)
	require.Len(t, alerts(t, s, store.AlertOpen), 3)
}

func TestADeadlineThatMovesClosesTheAlertsAboutTheOneBefore(t *testing.T) {
	s, _ := open(t)
	leaver(t, s, "WD-1")
	leaver(t, s, "WD-2")
	before, after := grace(1).Deadline, grace(1).Deadline.AddDate(0, 0, 7)
	for _, person := range []string{"WD-1", "WD-2"} {
		notify(t, s, person, lifecycle.NoticeSevenDays, before)
	}
	notify(t, s, "WD-1", lifecycle.NoticeOneDay, after)

	changeGrace(t, s, "WD-1", store.GraceChange{Deadline: &after})

	closed := alerts(t, s, store.AlertClosed)
	require.Len(t, closed, 1)
	require.Equal(t, "the deadline has moved", closed[0].ClosedWhy)
	require.Equal(t, "WD-1", closed[0].PersonID)
	require.Len(t, alerts(t, s, store.AlertOpen), 2, "the one about the deadline that holds now, and another person's")
	require.Len(t, notices(t, s, "WD-1"), 2, "what legal was told stays on record")
}

func TestNoticesOfAGraceThatCameToItsEndAreClosed(t *testing.T) {
	because := "reversed"
	for phase, change := range map[lifecycle.GracePhase]store.GraceChange{
		lifecycle.GraceEnded: {EndedBecause: &because}, lifecycle.GraceDeleted: {},
	} {
		s, _ := open(t)
		leaver(t, s, "WD-1")
		notify(t, s, "WD-1", lifecycle.NoticeOneDay, grace(1).Deadline)
		deleting := lifecycle.GraceDeleting
		changeGrace(t, s, "WD-1", store.GraceChange{Phase: &deleting})
		require.Len(t, alerts(t, s, store.AlertOpen), 1)

		change.Phase = &phase
		changeGrace(t, s, "WD-1", change)

		require.Empty(t, alerts(t, s, store.AlertOpen), phase)
	}
}
