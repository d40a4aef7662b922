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
	require.Equal(t, hr.Left, fold(40, hire, leave, stranger).State.Employment)
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
	require.Equal(t, hr.Left, fold(35, update, pending, rescind).State.Employment, "HR takes back that the person is hired")
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
