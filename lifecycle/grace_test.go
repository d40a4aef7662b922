package lifecycle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/lifecycle"
)

const aDay = 24 * time.Hour

// wait follows a grace from look to look, as its workflow does, until it deletes, closes or waits without an end.
func wait(l lifecycle.GraceLook) (notices []lifecycle.Notice, last lifecycle.GraceDecision, at time.Time) {
	for range 100 {
		d := lifecycle.LookAtGrace(l)
		l.Grace.Deadline = d.Deadline
		if d.Notify != "" {
			l.Notices = append(l.Notices, lifecycle.Notice{Kind: d.Notify, Deadline: d.Deadline, RecordedAt: l.Now})
			continue
		}
		if d.Do != lifecycle.GraceWait || d.Wake.IsZero() {
			return l.Notices, d, l.Now
		}
		l.Now = d.Wake
	}
	return l.Notices, lifecycle.GraceDecision{}, l.Now
}

func look(period time.Duration) lifecycle.GraceLook {
	return lifecycle.GraceLook{
		Grace:      lifecycle.Grace{Generation: 4, StartedAt: now, Deadline: now.Add(period), Phase: lifecycle.GraceWaiting, ArchiveID: "arc_1"},
		Generation: 4, Now: now,
	}
}

func TestLegalIsToldThreeTimesAndThenTheAccountIsDeleted(t *testing.T) {
	notices, d, at := wait(look(30 * aDay))
	require.Equal(t, lifecycle.GraceDelete, d.Do)
	require.Equal(t, now.Add(30*aDay), at)
	require.Equal(t, []lifecycle.Notice{
		{Kind: lifecycle.NoticeStart, Deadline: now.Add(30 * aDay), RecordedAt: now},
		{Kind: lifecycle.NoticeSevenDays, Deadline: now.Add(30 * aDay), RecordedAt: now.Add(23 * aDay)},
		{Kind: lifecycle.NoticeOneDay, Deadline: now.Add(30 * aDay), RecordedAt: now.Add(29 * aDay)},
	}, notices)
}

func TestAGraceShorterThanANoticeHasTheOneAtItsStart(t *testing.T) {
	notices, d, at := wait(look(time.Minute))
	require.Equal(t, lifecycle.GraceDelete, d.Do)
	require.Equal(t, now.Add(time.Minute), at)
	require.Len(t, notices, 1)
}

func TestWhereNobodyWasToldInTimeTheDeadlineMoves(t *testing.T) {
	l := look(30 * aDay)
	l.Now = now.Add(45 * aDay) // no worker ran for a while
	l.Notices = []lifecycle.Notice{{Kind: lifecycle.NoticeStart, Deadline: l.Grace.Deadline, RecordedAt: now}}
	_, d, at := wait(l)
	require.Equal(t, lifecycle.GraceDelete, d.Do)
	require.Equal(t, now.Add(52*aDay), at, "seven days after legal was told")
}

func TestAMovedDeadlineIsToldAnew(t *testing.T) {
	l := look(30 * aDay)
	l.Now = now.Add(29*aDay + time.Hour)
	for _, kind := range []lifecycle.NoticeKind{lifecycle.NoticeStart, lifecycle.NoticeSevenDays, lifecycle.NoticeOneDay} {
		l.Notices = append(l.Notices, lifecycle.Notice{Kind: kind, Deadline: l.Grace.Deadline, RecordedAt: now})
	}
	l.Grace.Deadline = now.Add(60 * aDay)
	notices, d, at := wait(l)
	require.Equal(t, lifecycle.GraceDelete, d.Do)
	require.Equal(t, now.Add(60*aDay), at)
	require.Len(t, notices, 5)
}

func TestNothingIsDeletedWithoutAnArchive(t *testing.T) {
	l := look(30 * aDay)
	l.Grace.ArchiveID = ""
	_, d, _ := wait(l)
	require.Equal(t, lifecycle.GraceWait, d.Do)
	require.Contains(t, d.Because, "no archive")
	l.Grace.Phase = lifecycle.GraceExpedited
	_, d, _ = wait(l)
	require.NotEqual(t, lifecycle.GraceDelete, d.Do, "not by an expedite before its time either")
}

func TestAnApprovedExpediteDoesNotWait(t *testing.T) {
	l := look(30 * aDay)
	l.Grace.Phase = lifecycle.GraceExpedited
	require.Equal(t, lifecycle.GraceDelete, lifecycle.LookAtGrace(l).Do)
}

func TestWhoIsHiredAgainIsNotDeletedBefore(t *testing.T) {
	l := look(30 * aDay)
	l.ComingBack = now.Add(40 * aDay)
	l.Now = now.Add(31 * aDay)
	for _, kind := range []lifecycle.NoticeKind{lifecycle.NoticeStart, lifecycle.NoticeSevenDays, lifecycle.NoticeOneDay} {
		l.Notices = append(l.Notices, lifecycle.Notice{Kind: kind, Deadline: l.Grace.Deadline, RecordedAt: now})
	}
	d := lifecycle.LookAtGrace(l)
	require.Equal(t, lifecycle.GraceWait, d.Do)
	require.Equal(t, l.ComingBack, d.Wake)
}

func TestOnceDecidedTheDeletionGoesOn(t *testing.T) {
	l := look(30 * aDay)
	l.Grace.Phase, l.Held = lifecycle.GraceDeleting, true
	require.Equal(t, lifecycle.GraceDelete, lifecycle.LookAtGrace(l).Do)
}

// Whatever a grace looks like, it is deleted only when its time has come or legal said so, and never against what stops it.
func TestNothingStoppedIsEverDeleted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := look(time.Duration(rapid.IntRange(1, 400*24).Draw(t, "hours")) * time.Hour)
		l.Grace.Phase = rapid.SampledFrom([]lifecycle.GracePhase{
			lifecycle.GraceWaiting, lifecycle.GraceSuspended, lifecycle.GraceExpedited, lifecycle.GraceDeleted, lifecycle.GraceEnded,
			lifecycle.GraceErasing, lifecycle.GraceErased, "something new", "",
		}).Draw(t, "phase")
		l.Held = rapid.Bool().Draw(t, "held")
		l.Generation += int64(rapid.IntRange(0, 1).Draw(t, "newer operation"))
		if rapid.Bool().Draw(t, "no archive") {
			l.Grace.ArchiveID = ""
		}
		if rapid.Bool().Draw(t, "told") {
			for _, kind := range []lifecycle.NoticeKind{lifecycle.NoticeStart, lifecycle.NoticeSevenDays, lifecycle.NoticeOneDay} {
				l.Notices = append(l.Notices, lifecycle.Notice{Kind: kind, Deadline: l.Grace.Deadline, RecordedAt: now})
			}
		}
		l.Now = now.Add(time.Duration(rapid.IntRange(0, 500*24).Draw(t, "later")) * time.Hour)
		d := lifecycle.LookAtGrace(l)
		if d.Do != lifecycle.GraceDelete {
			return
		}
		if l.Held || l.Generation != l.Grace.Generation || l.Grace.ArchiveID == "" {
			t.Fatalf("deleted although held %t, generation %d, archive %q", l.Held, l.Generation, l.Grace.ArchiveID)
		}
		expired := l.Grace.Phase == lifecycle.GraceWaiting && !l.Now.Before(l.Grace.Deadline) && len(l.Notices) > 0
		if !expired && l.Grace.Phase != lifecycle.GraceExpedited {
			t.Fatalf("deleted in phase %q at %s, deadline %s, %d notices", l.Grace.Phase, l.Now, l.Grace.Deadline, len(l.Notices))
		}
	})
}

func TestAReversalIsRemindedOfAfterFiveBusinessDays(t *testing.T) {
	friday := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	require.Equal(t, time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC), lifecycle.RemindAt(friday))
	require.Equal(t, time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC), lifecycle.RemindAt(friday.AddDate(0, 0, 3)))
	require.Equal(t, time.Friday, lifecycle.RemindAt(friday.AddDate(0, 0, 1)).Weekday(), "from a Saturday on")
}

func TestNothingIsDeletedOfSomebodyWhomHREmploys(t *testing.T) {
	for _, phase := range []lifecycle.GracePhase{lifecycle.GraceWaiting, lifecycle.GraceExpedited, lifecycle.GraceSuspended} {
		l := look(30 * aDay)
		l.Grace.Phase, l.Employed, l.Now = phase, true, now.Add(90*aDay)
		_, d, _ := wait(l)
		require.Equal(t, lifecycle.GraceWait, d.Do)
		require.True(t, d.Wake.IsZero(), "the mailbox rings when it has ended the grace")
	}
}

func TestADeletionPastItsPointOfNoReturnGoesOnWhateverHRSays(t *testing.T) {
	l := look(30 * aDay)
	l.Grace.Phase, l.Employed = lifecycle.GraceDeleting, true
	require.Equal(t, lifecycle.GraceDelete, lifecycle.LookAtGrace(l).Do)
}
