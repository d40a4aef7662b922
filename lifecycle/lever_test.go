package lifecycle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/lifecycle"
)

// inGrace is an open grace that began a day ago and ends in 29.
func inGrace(phase lifecycle.GracePhase) *lifecycle.Grace {
	return &lifecycle.Grace{
		PersonID: "WD-1", Generation: 4, StartedAt: now.Add(-24 * time.Hour), Deadline: now.Add(29 * 24 * time.Hour), Phase: phase, ArchiveID: "arc_1",
	}
}

func standing(at lifecycle.LeaverStanding) lifecycle.LeverSituation {
	s := lifecycle.LeverSituation{Standing: at, Leavings: 1}
	switch at {
	case lifecycle.LeaverInGrace:
		s.Grace = inGrace(lifecycle.GraceWaiting)
	case lifecycle.LeaverHeld:
		s.Grace = inGrace(lifecycle.GraceWaiting)
		s.Holds = []lifecycle.Hold{{Matter: "case 7", PlacedBy: "lena"}}
	case lifecycle.LeaverSuspended:
		s.Grace = inGrace(lifecycle.GraceSuspended)
	case lifecycle.LeaverDeleting:
		s.Grace = inGrace(lifecycle.GraceDeleting)
	case lifecycle.NotLeaving, lifecycle.BeforeIsolation, lifecycle.LeaverDraining, lifecycle.LeaverDeleted, lifecycle.LeaverErased:
	}
	return s
}

func pull(l lifecycle.Lever) lifecycle.Pull {
	p := lifecycle.Pull{Lever: l, Actor: "otto", Reason: "settled", Verified: true, At: now, Approved: true}
	switch l {
	case lifecycle.LeverHold:
		p.Matter = "case 8"
	case lifecycle.LeverReleaseHold:
		p.Matter = "case 7"
	case lifecycle.LeverReschedule:
		p.Until = now.Add(60 * 24 * time.Hour)
	case lifecycle.LeverReverse, lifecycle.LeverExpedite, lifecycle.LeverResume, lifecycle.LeverErase, lifecycle.LeverRestoreDeleted:
	}
	return p
}

// Every cell of the table of levers: yes, or why not.
func TestWhichLeverCanBePulledWhere(t *testing.T) {
	const yes = ""
	columns := []lifecycle.LeaverStanding{
		lifecycle.NotLeaving, lifecycle.BeforeIsolation, lifecycle.LeaverDraining, lifecycle.LeaverInGrace, lifecycle.LeaverHeld,
		lifecycle.LeaverSuspended, lifecycle.LeaverDeleting, lifecycle.LeaverDeleted, lifecycle.LeaverErased,
	}
	for lever, cells := range map[lifecycle.Lever][9]string{
		lifecycle.LeverReverse:        {"no termination", yes, yes, yes, yes, yes, "too late", "restore-deleted", "restore-deleted"},
		lifecycle.LeverHold:           {yes, yes, yes, yes, yes, yes, "too late", yes, "too late"},
		lifecycle.LeverReleaseHold:    {"no hold", "no hold", "no hold", "no hold", yes, "no hold", "no hold", "no hold", "no hold"},
		lifecycle.LeverExpedite:       {"only a grace", "only a grace", "only a grace", yes, "under hold", "suspended", "only a grace", "only a grace", "only a grace"},
		lifecycle.LeverReschedule:     {"deadline of a grace", "deadline of a grace", "deadline of a grace", yes, yes, "deadline of a grace", "deadline of a grace", "deadline of a grace", "deadline of a grace"},
		lifecycle.LeverResume:         {"nothing is suspended", "nothing is suspended", "nothing is suspended", "nothing is suspended", "nothing is suspended", yes, "nothing is suspended", "nothing is suspended", "nothing is suspended"},
		lifecycle.LeverErase:          {"only a deleted", "only a deleted", "only a deleted", "not deleted yet", "not deleted yet", "not deleted yet", "only a deleted", yes, "erased"},
		lifecycle.LeverRestoreDeleted: {"only a deleted", "only a deleted", "only a deleted", "only a deleted", "only a deleted", "only a deleted", "only a deleted", yes, "erased"},
	} {
		for i, at := range columns {
			t.Run(fmt.Sprintf("%s %s", lever, at), func(t *testing.T) {
				effect, err := lifecycle.Judge(pull(lever), standing(at))
				if cells[i] == yes {
					require.NoError(t, err)
					require.NotEqual(t, lifecycle.LeverEffect{}, effect)
					return
				}
				var refusal *lifecycle.LeverRefusal
				require.ErrorAs(t, err, &refusal)
				require.Contains(t, refusal.Why, cells[i])
			})
		}
	}
}

func TestWhatNeedsAnApprovalFirst(t *testing.T) {
	for _, c := range []struct {
		lever     lifecycle.Lever
		at        lifecycle.LeaverStanding
		dismissed bool
		asks      lifecycle.ApprovalKind
	}{
		{lifecycle.LeverReverse, lifecycle.LeaverInGrace, false, ""},
		{lifecycle.LeverReverse, lifecycle.LeaverInGrace, true, lifecycle.ApprovalReversal},
		{lifecycle.LeverReverse, lifecycle.BeforeIsolation, true, lifecycle.ApprovalReversal},
		{lifecycle.LeverExpedite, lifecycle.LeaverInGrace, false, lifecycle.ApprovalExpedite},
		{lifecycle.LeverErase, lifecycle.LeaverDeleted, false, lifecycle.ApprovalErase},
		{lifecycle.LeverRestoreDeleted, lifecycle.LeaverDeleted, false, lifecycle.ApprovalRestoreDeleted},
	} {
		p, s := pull(c.lever), standing(c.at)
		p.Approved, s.Dismissed = false, c.dismissed
		effect, err := lifecycle.Judge(p, s)
		require.NoError(t, err)
		require.Equal(t, c.asks, effect.Ask, "%s, dismissed %t", c.lever, c.dismissed)
		if c.asks != "" {
			require.Equal(t, lifecycle.LeverEffect{Ask: c.asks}, effect, "until it is approved nothing else happens")
			require.Equal(t, c.lever, lifecycle.LeverOf(c.asks))
		}
	}
}

func TestOnNobodysWordOnlyAHoldIsPlaced(t *testing.T) {
	for _, lever := range []lifecycle.Lever{
		lifecycle.LeverReverse, lifecycle.LeverReleaseHold, lifecycle.LeverExpedite, lifecycle.LeverReschedule, lifecycle.LeverResume,
		lifecycle.LeverErase, lifecycle.LeverRestoreDeleted,
	} {
		p := pull(lever)
		p.Verified = false
		_, err := lifecycle.Judge(p, standing(lifecycle.LeaverHeld))
		require.ErrorContains(t, err, "nobody knows who sent it")
	}
	p := pull(lifecycle.LeverHold)
	p.Verified, p.Reason = false, ""
	effect, err := lifecycle.Judge(p, standing(lifecycle.LeaverInGrace))
	require.NoError(t, err)
	require.Equal(t, "case 8", effect.Place)
}

func TestAReasonIsNeeded(t *testing.T) {
	p := pull(lifecycle.LeverReverse)
	p.Reason = "  "
	_, err := lifecycle.Judge(p, standing(lifecycle.LeaverInGrace))
	require.ErrorContains(t, err, "reason")
}

func TestAHoldIsForAMatterAndReleasedByAnotherPerson(t *testing.T) {
	again := pull(lifecycle.LeverHold)
	again.Matter = "case 7"
	effect, err := lifecycle.Judge(again, standing(lifecycle.LeaverHeld))
	require.NoError(t, err)
	require.True(t, effect.Already, "the same matter twice is one hold")

	nameless := pull(lifecycle.LeverHold)
	nameless.Matter = ""
	_, err = lifecycle.Judge(nameless, standing(lifecycle.LeaverInGrace))
	require.ErrorContains(t, err, "matter")

	own := pull(lifecycle.LeverReleaseHold)
	own.Actor = "Lena"
	_, err = lifecycle.Judge(own, standing(lifecycle.LeaverHeld))
	require.ErrorContains(t, err, "whoever placed a hold cannot release it")
}

func TestAfterAReleaseTheGraceLastsAWeekMoreAtLeast(t *testing.T) {
	s := standing(lifecycle.LeaverHeld)
	effect, err := lifecycle.Judge(pull(lifecycle.LeverReleaseHold), s)
	require.NoError(t, err)
	require.Equal(t, s.Grace.Deadline, effect.Deadline, "a deadline that is further away stays")

	s.Grace.Deadline = now.Add(-10 * 24 * time.Hour)
	effect, err = lifecycle.Judge(pull(lifecycle.LeverReleaseHold), s)
	require.NoError(t, err)
	require.Equal(t, now.Add(7*24*time.Hour), effect.Deadline)
}

func TestADeadlineMovesToALaterDayWithinAYear(t *testing.T) {
	s := standing(lifecycle.LeaverInGrace)
	for until, why := range map[time.Time]string{
		s.Grace.Deadline:                            "after the deadline",
		now.Add(24 * time.Hour):                     "after the deadline",
		s.Grace.StartedAt.Add(366 * 24 * time.Hour): "365 days",
	} {
		p := pull(lifecycle.LeverReschedule)
		p.Until = until
		_, err := lifecycle.Judge(p, s)
		require.ErrorContains(t, err, why)
	}
	p := pull(lifecycle.LeverReschedule)
	p.Until = s.Grace.StartedAt.Add(365 * 24 * time.Hour)
	effect, err := lifecycle.Judge(p, s)
	require.NoError(t, err)
	require.Equal(t, p.Until, effect.Deadline)
}

func TestAResumedGraceLastsThreeDaysAtLeast(t *testing.T) {
	s := standing(lifecycle.LeaverSuspended)
	s.Grace.Deadline = now.Add(time.Hour)
	effect, err := lifecycle.Judge(pull(lifecycle.LeverResume), s)
	require.NoError(t, err)
	require.Equal(t, lifecycle.LeverEffect{Phase: lifecycle.GraceWaiting, Deadline: now.Add(72 * time.Hour)}, effect)
}

func TestAHoldStopsAnErasure(t *testing.T) {
	s := standing(lifecycle.LeaverDeleted)
	s.Holds = []lifecycle.Hold{{Matter: "case 7"}}
	_, err := lifecycle.Judge(pull(lifecycle.LeverErase), s)
	require.ErrorContains(t, err, "under hold")
}
