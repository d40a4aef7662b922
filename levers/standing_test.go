package levers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

func TestWhereALeaverStandsByTheRecord(t *testing.T) {
	steps := func(s ...func(*store.PersonTx) error) []func(*store.PersonTx) error { return s }
	for _, c := range []struct {
		name   string
		ended  bool
		record []func(*store.PersonTx) error
		want   lifecycle.LeaverStanding
	}{
		{"at work", false, steps(state(lifecycle.Active)), lifecycle.NotLeaving},
		{"at work and under hold", false, steps(state(lifecycle.Active), hold("case 7")), lifecycle.NotLeaving},
		{"HR has ended it, nothing is done yet", true, steps(state(lifecycle.Active)), lifecycle.BeforeIsolation},
		{"the termination has taken over", true, steps(state(lifecycle.Active), takeOver(lifecycle.Termination)), lifecycle.LeaverDraining},
		{"access of somebody on leave ends", false, steps(state(lifecycle.Active), takeOver(lifecycle.Termination)), lifecycle.LeaverDraining},
		{"in grace", true, steps(state(lifecycle.Deactivated), grace()), lifecycle.LeaverInGrace},
		{"in grace, expedited", true, steps(state(lifecycle.Deactivated), grace(lifecycle.GraceExpedited)), lifecycle.LeaverInGrace},
		{"under hold", true, steps(state(lifecycle.Held), grace(), hold("case 7")), lifecycle.LeaverHeld},
		{"suspended", true, steps(state(lifecycle.Suspended), grace(lifecycle.GraceSuspended)), lifecycle.LeaverSuspended},
		{"suspended and under hold", true, steps(state(lifecycle.Held), grace(lifecycle.GraceSuspended), hold("case 7")), lifecycle.LeaverHeld},
		{"past the point of no return", true, steps(state(lifecycle.Deleting), grace(lifecycle.GraceDeleting)), lifecycle.LeaverDeleting},
		{"past the point of no return, a hold too late", true, steps(state(lifecycle.Deleting), grace(lifecycle.GraceDeleting), hold("case 7")), lifecycle.LeaverDeleting},
		{"deleted", true, steps(state(lifecycle.Deleted), grace(lifecycle.GraceDeleted)), lifecycle.LeaverDeleted},
		{"deleted, the erasure is approved", true, steps(state(lifecycle.Deleted), grace(lifecycle.GraceErasing)), lifecycle.LeaverDeleted},
		{"erased", true, steps(state(lifecycle.Deleted), grace(lifecycle.GraceErased)), lifecycle.LeaverErased},
		{"came back", false, steps(state(lifecycle.Active), grace(lifecycle.GraceEnded)), lifecycle.NotLeaving},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := hired(t)
			if c.ended {
				r.ends("end", 2, nil)
			}
			r.change(c.record...)
			require.Equal(t, c.want, r.standing())
		})
	}
}

func TestALeavingThatLiesAheadCanBeTurnedBackAlready(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, map[string]any{"last_day": "2026-03-31"})
	require.Equal(t, lifecycle.BeforeIsolation, r.standing())
}

func TestALeavingThatHRTookBackIsNone(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, nil)
	r.says("rescind", hr.EventRescind, 3, map[string]any{"rescinds_event_id": "end"}, nil)
	require.Equal(t, lifecycle.NotLeaving, r.standing())
}

func TestTheLeavingOfAnEarlierEmploymentIsNone(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, nil)
	r.says("hired-again", hr.UserCreate, 5, nil, map[string]any{"email": "jane@example.com", "first_name": "Jane", "last_name": "Doe"})
	require.Equal(t, lifecycle.NotLeaving, r.standing())
}

func TestALeaverOnceReversedIsNotLeaving(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, nil)
	r.change(takeOver(lifecycle.Termination), noOperation, state(lifecycle.Deactivated), grace())
	r.reversed()
	require.Equal(t, lifecycle.NotLeaving, r.standing())
	_, picture := r.look()
	require.Equal(t, hr.Employed, picture.State.Employment, "what legal reversed has no say")
}
