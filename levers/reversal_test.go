package levers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/store"
)

// What HR says after legal has reversed a termination (RULES 6).

// afterReversal is somebody whose termination of the second, by the end of March, legal has reversed.
func afterReversal(t *testing.T) record {
	t.Helper()
	r := hired(t)
	r.ends("end", 2, map[string]any{"reason": "VOLUNTARY", "last_day": "2026-03-05"})
	r.change(takeOver(lifecycle.Termination), noOperation, state(lifecycle.Deactivated), grace())
	r.reversed()
	return r
}

func TestWhatHRSaysOfALeavingAfterItsReversal(t *testing.T) {
	for _, c := range []struct {
		name        string
		day         int
		termination map[string]any
		reposted    bool
	}{
		{"the same, word for word", 9, map[string]any{"reason": "VOLUNTARY", "last_day": "2026-03-05"}, true},
		{"the same without its particulars", 9, nil, true},
		{"the same day without the reason", 9, map[string]any{"last_day": "2026-03-05"}, true},
		{"another last day", 9, map[string]any{"reason": "VOLUNTARY", "last_day": "2026-03-20"}, false},
		{"a last working day that was not told before", 9, map[string]any{"last_day": "2026-03-05", "last_working_day": "2026-03-04"}, false},
		{"a dismissal", 9, map[string]any{"reason": "INVOLUNTARY"}, false},
		{"another day, issued before what was reversed", 1, map[string]any{"last_day": "2026-03-20"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := afterReversal(t)
			r.ends("again", c.day, c.termination)
			person, picture := r.look()
			require.Equal(t, !c.reposted, levers.EndedAnew(person))
			if c.reposted {
				require.Equal(t, []string{"again"}, levers.Reposted(person))
				require.Equal(t, hr.Employed, picture.State.Employment, "it has no say until somebody decides")
			} else {
				require.Empty(t, levers.Reposted(person))
			}
		})
	}
}

func TestWithoutAReversalNothingIsRepostedOrAgreedTo(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, nil)
	r.ends("again", 3, nil)
	person, _ := r.look()
	require.Empty(t, levers.Reposted(person))
	require.False(t, levers.EndedAnew(person))
	require.False(t, levers.Agreed(person, now, hr.Zones{}))
}

func TestARepostThatWasDecidedAboutIsNoneAnyMore(t *testing.T) {
	r := afterReversal(t)
	r.ends("again", 9, nil)
	r.change(func(p *store.PersonTx) error {
		return p.Settle("again", lifecycle.Dismissed, "legal's reversal stands", "")
	})
	person, _ := r.look()
	require.Empty(t, levers.Reposted(person))
	require.False(t, levers.EndedAnew(person))
}

func TestWhenHRAgreesToAReversal(t *testing.T) {
	agreed := func(r record) bool {
		person, _ := r.look()
		return levers.Agreed(person, now, hr.Zones{})
	}
	t.Run("not yet", func(t *testing.T) { require.False(t, agreed(afterReversal(t))) })
	t.Run("it rescinds", func(t *testing.T) {
		r := afterReversal(t)
		r.says("rescind", hr.EventRescind, 9, map[string]any{"rescinds_event_id": "end"}, nil)
		require.True(t, agreed(r))
	})
	t.Run("it hires anew", func(t *testing.T) {
		r := afterReversal(t)
		r.says("hired-again", hr.UserCreate, 9, nil, map[string]any{"email": "jane@example.com", "first_name": "Jane", "last_name": "Doe"})
		require.True(t, agreed(r))
	})
	t.Run("an update is no agreement", func(t *testing.T) {
		r := afterReversal(t)
		r.says("update", hr.UserUpdate, 9, nil, map[string]any{"status": "ACTIVE"})
		require.False(t, agreed(r))
	})
	t.Run("not while the reversed leaving still lies ahead", func(t *testing.T) {
		r := hired(t)
		r.ends("end", 2, map[string]any{"last_day": "2026-03-31"})
		r.reversed()
		require.False(t, agreed(r))
	})
}

func TestAReversalOfALeavingAheadSettlesItAndItsDay(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, map[string]any{"last_day": "2026-03-31"})
	r.reversed()
	person, picture := r.look()
	require.True(t, picture.Next.IsZero(), "nothing lies ahead any more")
	for _, e := range person.Events {
		if e.Event.EventID == "end" {
			require.Equal(t, lifecycle.Dismissed, e.Outcome)
		}
	}
}

func TestADismissalAsksForAnApprovalAndAPlainLeavingDoesNot(t *testing.T) {
	r := hired(t)
	r.ends("end", 2, map[string]any{"reason": "INVOLUNTARY"})
	outcome, err := r.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	require.NoError(t, err)
	require.NotEmpty(t, outcome.ApprovalID)
	person, picture := r.look()
	require.Nil(t, person.Override)
	require.Equal(t, hr.Left, picture.State.Employment)
}

func TestALeverThatCannotBePulledChangesNothingAndSaysWhy(t *testing.T) {
	r := hired(t)
	_, err := r.pull(lifecycle.Pull{Lever: lifecycle.LeverReverse})
	var refusal *lifecycle.LeverRefusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, lifecycle.LeverReverse, refusal.Lever)
	person, _ := r.look()
	require.Nil(t, person.Override)
}
