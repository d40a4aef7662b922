package hr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

func TestARescindedTerminationNeverHappened(t *testing.T) {
	hire, leave := told("hire", hr.UserCreate, 10, department("A")), told("leave", hr.UserTerminate, 20)
	rescind := told("rescind", hr.EventRescind, 30, rescinds("leave"))
	p := fold(40, rescind, leave, hire)
	require.Equal(t, fold(40, hire).State, p.State)
	requireStanding(t, p, "leave", hr.Rescinded, "rescind")
	requireStanding(t, p, "rescind", hr.Contributes, "")
}

func TestARescindOfARescindRestores(t *testing.T) {
	events := []hr.Accepted{
		told("hire", hr.UserCreate, 10),
		told("leave", hr.UserTerminate, 20),
		told("rescind", hr.EventRescind, 30, rescinds("leave")),
		told("rescind it", hr.EventRescind, 31, rescinds("rescind")),
	}
	p := fold(40, events...)
	require.Equal(t, hr.Left, p.State.Employment)
	requireStanding(t, p, "rescind", hr.Rescinded, "rescind it")
	p = fold(40, append(events, told("and again", hr.EventRescind, 32, rescinds("rescind it")))...)
	require.Equal(t, hr.Employed, p.State.Employment)
}

func TestARescindReachesItsOwnNamespaceOnly(t *testing.T) {
	hire, leave := told("hire", hr.UserCreate, 10), told("leave", hr.UserTerminate, 20)
	stranger := told("rescind", hr.EventRescind, 30, rescinds("leave"))
	stranger.Namespace = "elsewhere"
	p := fold(40, hire, leave, stranger)
	require.Equal(t, hr.Left, p.State.Employment)
	requireStanding(t, p, "rescind", hr.Unmatched, "")
}

func TestARescindIsUnmatchedUntilItsTargetComes(t *testing.T) {
	hire, leave := told("hire", hr.UserCreate, 10), told("leave", hr.UserTerminate, 20)
	ofAnother := told("of another", hr.UserTerminate, 20, externalID("E-2"))
	rescind := told("rescind", hr.EventRescind, 30, rescinds("leave"))
	tests := []struct {
		name       string
		events     []hr.Accepted
		rescind    string
		want       hr.Standing
		by         string
		employment hr.Employment
	}{
		{"nothing else came", []hr.Accepted{rescind}, "rescind", hr.Unmatched, "", hr.NeverEmployed},
		{"the target has not come", []hr.Accepted{hire, rescind}, "rescind", hr.Unmatched, "", hr.Employed},
		{"the target came", []hr.Accepted{hire, leave, rescind}, "rescind", hr.Contributes, "", hr.Employed},
		{
			"the target is about another external id",
			[]hr.Accepted{ofAnother, told("rescind", hr.EventRescind, 30, rescinds("of another"))},
			"rescind", hr.Unmatched, "", hr.Left,
		},
		{
			"the target is about the same other external id",
			[]hr.Accepted{hire, ofAnother, told("rescind", hr.EventRescind, 30, rescinds("of another"), externalID("E-2"))},
			"rescind", hr.Contributes, "", hr.Employed,
		},
		{
			"another rescind took the target back already",
			[]hr.Accepted{hire, leave, rescind, told("second", hr.EventRescind, 31, rescinds("leave"))},
			"second", hr.Contributes, "", hr.Employed,
		},
		{
			"taken back before its target came",
			[]hr.Accepted{hire, rescind, told("second", hr.EventRescind, 31, rescinds("rescind"))},
			"rescind", hr.Rescinded, "second", hr.Employed,
		},
		{
			"it names an event that names it, and was issued first",
			[]hr.Accepted{
				told("a", hr.EventRescind, 30, rescinds("b")), told("b", hr.EventRescind, 31, rescinds("c")),
				told("c", hr.EventRescind, 32, rescinds("a")),
			},
			"b", hr.Unmatched, "", hr.NeverEmployed,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := fold(40, test.events...)
			requireStanding(t, p, test.rescind, test.want, test.by)
			require.Equal(t, test.employment, p.State.Employment)
		})
	}
}

func TestAHireRescindedBeforeItBeganNeverWas(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, hireDate(40))
	update := told("update", hr.UserUpdate, 15, extension("1"))
	rescind := told("rescind", hr.EventRescind, 20, rescinds("hire"))
	for _, now := range []int{21, 45} {
		p := fold(now, hire, update, rescind)
		require.Equal(t, hr.NeverEmployed, p.State.Employment, "an update about the hire does not employ in its place")
		require.Zero(t, p.Next)
	}
}

func TestARescindedHireThatHadBegunIsALeaver(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	update := told("update", hr.UserUpdate, 15, extension("1"))
	rescind := told("rescind", hr.EventRescind, 20, rescinds("hire"))
	p := fold(30, rescind, update, hire)
	require.Equal(t, hr.Left, p.State.Employment)
	require.Equal(t, rescind.Event.TimestampUTC, p.State.LeftAt)
	require.Empty(t, p.State.Reason)
	require.False(t, p.CreateSeen)

	other := told("other", hr.UserCreate, 25, hireDate(12))
	require.Equal(t, hr.Employed, fold(30, hire, rescind, other).State.Employment, "unless another hire employs them")
	later := told("later", hr.UserCreate, 25, hireDate(50))
	require.Equal(t, hr.Left, fold(30, hire, rescind, later).State.Employment)
	require.Equal(t, hr.Employed, fold(50, hire, rescind, later).State.Employment)
}

func TestARescindedRehireLeavesTheLeaver(t *testing.T) {
	p := fold(60,
		told("hire", hr.UserCreate, 10), told("leave", hr.UserTerminate, 20), told("rehire", hr.UserCreate, 30),
		told("rescind", hr.EventRescind, 40, rescinds("rehire")))
	require.Equal(t, hr.Left, p.State.Employment)
	requireStanding(t, p, "leave", hr.Contributes, "")
}

func TestAReplacementStandsInWhicheverComesFirst(t *testing.T) {
	hire := told("hire", hr.UserCreate, 5)
	wrong := told("wrong", hr.UserUpdate, 10, department("A"), extension("1"))
	right := told("right", hr.UserUpdate, 8, department("B"), replaces("wrong"))
	p := fold(20, right, wrong, hire)
	require.Equal(t, "B", p.State.DepartmentCode)
	require.Empty(t, p.State.PhoneExtension, "the replacement says all there is to say")
	requireStanding(t, p, "wrong", hr.Superseded, "right")

	p = fold(20, right, wrong, hire, told("rescind", hr.EventRescind, 15, rescinds("right")))
	require.Equal(t, "A", p.State.DepartmentCode)
	requireStanding(t, p, "wrong", hr.Contributes, "")
}

func TestAReplacementCountsBetweenEventsOfOneKindOnly(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, department("A"), skills("", "X"))
	dismissed := told("t", hr.UserTerminate, 20, reason(hr.Involuntary))
	change := told("t", hr.UserUpdate, 20, department("B"))
	assigned := told("t", hr.SkillAssign, 20, skills("", "Y"))
	rescinded := told("t", hr.EventRescind, 20, rescinds("hire"))
	again := told("t", hr.UserCreate, 5, department("B"))
	tests := []struct {
		name        string
		target      hr.Accepted
		replacement hr.Accepted
		counts      bool
		want        hr.Employment
	}{
		{"a dismissal by an update", dismissed, told("r", hr.UserUpdate, 30, status(hr.StatusActive)), false, hr.Left},
		{"a dismissal by skills", dismissed, told("r", hr.SkillAssign, 30, skills("", "Z")), false, hr.Left},
		{"a dismissal by a hire from before", dismissed, told("r", hr.UserCreate, 30, hireDate(10)), false, hr.Left},
		{"a dismissal by a later one", dismissed, told("r", hr.UserTerminate, 30, lastDay(60)), true, hr.Employed},
		{"a hire by an update", again, told("r", hr.UserUpdate, 30, department("C")), false, hr.Employed},
		{"a hire by skills", again, told("r", hr.SkillAssign, 30, skills("", "Z")), false, hr.Employed},
		{"a hire by a dismissal", again, told("r", hr.UserTerminate, 30), false, hr.Left},
		{"a hire by another hire", again, told("r", hr.UserCreate, 6), true, hr.Employed},
		{"an update by an update", change, told("r", hr.UserUpdate, 30, extension("1")), true, hr.Employed},
		{"an update by skills", change, told("r", hr.SkillAssign, 30, skills("", "Z")), true, hr.Employed},
		{"skills by an update", assigned, told("r", hr.UserUpdate, 30, extension("1")), true, hr.Employed},
		{"skills by skills", assigned, told("r", hr.SkillAssign, 30, skills("", "Z")), true, hr.Employed},
		{"an update by a hire", change, told("r", hr.UserCreate, 30, hireDate(10)), false, hr.Employed},
		{"an update by a dismissal", change, told("r", hr.UserTerminate, 30), false, hr.Left},
		{"a rescind by an update", rescinded, told("r", hr.UserUpdate, 30, extension("1")), false, hr.Left},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			naming := test.replacement
			naming.Event.ReplacesEventID = "t"
			p := fold(40, hire, test.target, naming)
			require.Equal(t, test.want, p.State.Employment)
			if test.counts {
				requireStanding(t, p, "t", hr.Superseded, "r")
				return
			}
			require.Equal(t, fold(40, hire, test.target, test.replacement), p, "as if it named nothing")
		})
	}
}

func TestAnUpdateThatNamesTheOnlyHireDoesNotEndIt(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	p := fold(40, hire, told("update", hr.UserUpdate, 20, department("B"), replaces("hire")))
	require.Equal(t, hr.Employed, p.State.Employment)
	require.Equal(t, "B", p.State.DepartmentCode)
	require.True(t, p.CreateSeen)
}

func TestABegunHireMovedIntoTheFutureIsALeaverUntilThen(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	moved := told("moved", hr.UserCreate, 20, hireDate(40), replaces("hire"))
	p := fold(30, hire, moved)
	require.Equal(t, hr.Left, p.State.Employment)
	require.Equal(t, moved.Event.TimestampUTC, p.State.LeftAt)
	require.Equal(t, hr.Employed, fold(40, hire, moved).State.Employment)

	corrected := told("corrected", hr.UserCreate, 20, hireDate(12), replaces("hire"))
	require.Equal(t, hr.Employed, fold(30, hire, corrected).State.Employment)
}

func TestAnUpdateThatEmploysEndsOnlyWithABegunHire(t *testing.T) {
	update := told("update", hr.UserUpdate, 5, extension("1"))
	pending := told("hire", hr.UserCreate, 10, hireDate(30))
	begun := told("hire", hr.UserCreate, 10)
	moved := told("moved", hr.UserCreate, 20, hireDate(40), replaces("hire"))
	rescind := told("rescind", hr.EventRescind, 20, rescinds("hire"))
	require.Equal(t, hr.Employed, fold(35, update, pending, moved).State.Employment, "nothing had begun that could end")
	require.Equal(t, hr.Left, fold(35, update, begun, moved).State.Employment)
	require.Equal(t, hr.Left, fold(35, update, begun, rescind).State.Employment, "HR takes back that the person is hired")
}

func TestARescindedHireThatHadNotBegunLeavesThoseEmployedBeforeItAlone(t *testing.T) {
	pending := told("hire", hr.UserCreate, 10, hireDate(30))
	rescind := told("rescind", hr.EventRescind, 20, rescinds("hire"))
	tests := []struct {
		name   string
		update hr.Accepted
		want   hr.Employment
	}{
		{"updated before the hire was issued", told("update", hr.UserUpdate, 5, department("A")), hr.Employed},
		{"given skills before the hire was issued", told("skills", hr.SkillAssign, 5, skills("", "X")), hr.Employed},
		{"updated after the hire was issued", told("update", hr.UserUpdate, 15, department("A")), hr.NeverEmployed},
		{"updated after it was taken back", told("update", hr.UserUpdate, 25, department("A")), hr.NeverEmployed},
		{"updated later for a time before", told("update", hr.UserUpdate, 15, effective(5), department("A")), hr.NeverEmployed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, now := range []int{26, 45} {
				p := fold(now, test.update, pending, rescind)
				require.Equal(t, test.want, p.State.Employment)
				require.Equal(t, "E-1", p.State.ExternalUserID)
				require.Zero(t, p.Next)
			}
		})
	}
}

func TestEventsThatReplaceOrRescindEachOtherDoNotVanishTogether(t *testing.T) {
	hire := told("hire", hr.UserCreate, 5)
	a := told("a", hr.UserTerminate, 10, replaces("b"))
	b := told("b", hr.UserTerminate, 11, replaces("a"))
	require.Equal(t, hr.Left, fold(20, hire, a, b).State.Employment)

	leave := told("leave", hr.UserTerminate, 10)
	first := told("first", hr.EventRescind, 11, rescinds("second"))
	second := told("second", hr.EventRescind, 12, rescinds("first"))
	p := fold(20, hire, leave, first, second)
	requireStanding(t, p, "first", hr.Rescinded, "second")
	requireStanding(t, p, "second", hr.Contributes, "")
}

func TestAnEventIsTakenBackOrReplacedByAnyIdItWasSentUnder(t *testing.T) {
	end := told("end", hr.UserTerminate, 5)
	end.AlsoSentAs = []string{"end again"}
	hire := told("hire", hr.UserCreate, 1)
	require.Equal(t, hr.Employed, fold(30, hire, end, told("rescind", hr.EventRescind, 6, rescinds("end again"))).State.Employment)
	require.Equal(t, hr.Employed, fold(10, hire, end, told("later", hr.UserTerminate, 6, replaces("end again"), lastDay(20))).State.Employment)

	other := told("end again", hr.UserTerminate, 7)
	require.Equal(t, hr.Left, fold(30, hire, end, other, told("rescind", hr.EventRescind, 8, rescinds("end again"))).State.Employment,
		"an event of that very id is the one that is meant")
}
