package hr_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

// told is one event of a story: day n of 2024 counted from 1 January, at 09:00 UTC unless said otherwise.
func told(id string, eventType hr.Type, issuedOn int, changes ...func(*hr.Event)) hr.Accepted {
	e := hr.Event{EventID: id, EventType: eventType, SourceSystem: "WORKDAY", TimestampUTC: on(issuedOn).Add(9 * time.Hour)}
	e.Payload.ExternalUserID = "E-1"
	if eventType == hr.UserCreate {
		e.Payload.Email, e.Payload.FirstName, e.Payload.LastName = given("jane@example.com"), given("Jane"), given("Doe")
	}
	for _, change := range changes {
		change(&e)
	}
	return hr.Accepted{
		Event: e, Namespace: "workday", ProcessingKey: hr.ProcessingKey("workday", e), ReceivedAt: e.TimestampUTC.Add(5 * time.Second),
	}
}

// on is the beginning of a day of the story, in UTC.
func on(dayOfYear int) time.Time { return time.Date(2024, 1, dayOfYear, 0, 0, 0, 0, time.UTC) }

func dateOn(dayOfYear int) hr.Date { return hr.DateOf(on(dayOfYear), time.UTC) }

func effective(dayOfYear int) func(*hr.Event) {
	date := dateOn(dayOfYear)
	return func(e *hr.Event) { e.EffectiveAt = &hr.Moment{Date: &date} }
}

func hireDate(dayOfYear int) func(*hr.Event) {
	return func(e *hr.Event) { e.Payload.HireDate = given(dateOn(dayOfYear)) }
}

func lastDay(dayOfYear int) func(*hr.Event) {
	date := dateOn(dayOfYear)
	return func(e *hr.Event) { e.Payload.Termination = &hr.Termination{LastDay: &date} }
}

func reason(r hr.TerminationReason) func(*hr.Event) {
	return func(e *hr.Event) {
		if e.Payload.Termination == nil {
			e.Payload.Termination = &hr.Termination{}
		}
		e.Payload.Termination.Reason = r
	}
}

func department(code string) func(*hr.Event) {
	return func(e *hr.Event) { e.Payload.DepartmentCode = given(code) }
}

func extension(number string) func(*hr.Event) {
	return func(e *hr.Event) { e.Payload.PhoneExtension = given(number) }
}

func status(s hr.Status) func(*hr.Event) {
	return func(e *hr.Event) { e.Payload.Status = given(s) }
}

func skills(mode hr.SkillMode, codes ...string) func(*hr.Event) {
	return func(e *hr.Event) { e.Payload.SkillMode, e.Payload.SkillCodes = mode, given(codes) }
}

func replaces(id string) func(*hr.Event) { return func(e *hr.Event) { e.ReplacesEventID = id } }

func rescinds(id string) func(*hr.Event) { return func(e *hr.Event) { e.RescindsEventID = id } }

func externalID(id string) func(*hr.Event) {
	return func(e *hr.Event) { e.Payload.ExternalUserID = id }
}

func fold(dayOfYear int, events ...hr.Accepted) hr.Picture {
	return hr.Fold(events, on(dayOfYear), hr.Zones{})
}

func standing(t *testing.T, p hr.Picture, eventID string) hr.EventStanding {
	t.Helper()
	for _, s := range p.Events {
		if s.EventID == eventID {
			return s
		}
	}
	t.Fatalf("no standing of %s in %+v", eventID, p.Events)
	return hr.EventStanding{}
}

func requireStanding(t *testing.T, p hr.Picture, eventID string, want hr.Standing, by string) {
	t.Helper()
	s := standing(t, p, eventID)
	require.Equal(t, want, s.Standing, eventID)
	require.Equal(t, by, s.By, eventID)
}

func TestNobodyIsEmployedByNothing(t *testing.T) {
	require.Equal(t, hr.Picture{At: on(10)}, fold(10))
}

func TestAHireEmploysFromItsDateOn(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, hireDate(20), department("SUPP"), skills("", "B", "A"))
	before := hr.Fold([]hr.Accepted{hire}, on(20).Add(-1), hr.Zones{})
	require.Equal(t, hr.NeverEmployed, before.State.Employment)
	requireStanding(t, before, "hire", hr.Future, "")
	require.Equal(t, on(20), before.Next)
	require.Equal(t, hr.Employed, before.Ahead.Employment)

	p := fold(20, hire)
	require.Equal(t, hr.State{
		Employment: hr.Employed, Status: hr.StatusActive, ExternalUserID: "E-1", Namespace: "workday",
		Email: "jane@example.com", FirstName: "Jane", LastName: "Doe", DepartmentCode: "SUPP",
		SkillCodes: []string{"A", "B"}, HiredAt: on(20),
	}, p.State)
	require.True(t, p.CreateSeen)
	require.Zero(t, p.Next)
	require.Equal(t, hr.State{}, p.Ahead)
	requireStanding(t, p, "hire", hr.Contributes, "")
}

func TestFieldsAreAppliedOneByOneInTheOrderOfEffect(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, department("A"), extension("1"))
	later := told("later", hr.UserUpdate, 20, department("C"))
	earlierEffect := told("earlier", hr.UserUpdate, 30, effective(15), department("B"), extension("2"))
	p := fold(40, later, hire, earlierEffect)
	require.Equal(t, "C", p.State.DepartmentCode)
	require.Equal(t, "2", p.State.PhoneExtension)
}

func TestNullClearsAndAbsentLeavesAlone(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, department("A"), extension("1"), skills("", "X"))
	clearing := told("clear", hr.UserUpdate, 20, func(e *hr.Event) {
		e.Payload.PhoneExtension, e.Payload.SkillCodes = cleared[string](), cleared[[]string]()
	})
	p := fold(30, hire, clearing)
	require.Equal(t, "A", p.State.DepartmentCode)
	require.Empty(t, p.State.PhoneExtension)
	require.Nil(t, p.State.SkillCodes)
	requireStanding(t, p, "clear", hr.Contributes, "")

	emptying := told("empty", hr.UserUpdate, 20, skills(""))
	require.Nil(t, fold(30, hire, emptying).State.SkillCodes)
}

func TestAnEventNoneOfWhoseFieldsSurviveIsSuperseded(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	first := told("first", hr.UserUpdate, 20, department("A"), extension("1"))
	second := told("second", hr.UserUpdate, 30, department("B"))
	requireStanding(t, fold(40, hire, first, second), "first", hr.Contributes, "")
	third := told("third", hr.UserUpdate, 35, extension("2"))
	requireStanding(t, fold(40, hire, first, second, third), "first", hr.Superseded, "")
	both := told("both", hr.UserUpdate, 25, department("C"), extension("3"))
	requireStanding(t, fold(40, hire, first, both), "first", hr.Superseded, "both")
}

func TestSkillsAreAddedRemovedAndReplaced(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, skills("", "A"))
	add := told("add", hr.SkillAssign, 20, skills("", "B", "C"))
	remove := told("remove", hr.SkillAssign, 30, skills(hr.SkillRemove, "A", "Z"))
	replace := told("replace", hr.SkillAssign, 40, skills(hr.SkillReplace, "D"))
	require.Equal(t, []string{"A", "B", "C"}, fold(25, hire, add, remove, replace).State.SkillCodes)
	require.Equal(t, []string{"B", "C"}, fold(35, hire, add, remove, replace).State.SkillCodes)
	p := fold(45, hire, add, remove, replace)
	require.Equal(t, []string{"D"}, p.State.SkillCodes)
	requireStanding(t, p, "add", hr.Superseded, "replace")
	requireStanding(t, p, "remove", hr.Superseded, "replace")
}

func TestAnUpdateEmploysSomebodyWhoseHireNeverCame(t *testing.T) {
	p := fold(20, told("update", hr.UserUpdate, 10, department("A")))
	require.Equal(t, hr.Employed, p.State.Employment)
	require.Equal(t, hr.StatusActive, p.State.Status)
	require.False(t, p.CreateSeen)

	p = fold(20, told("assign", hr.SkillAssign, 10, skills("", "A")))
	require.Equal(t, hr.Employed, p.State.Employment)

	late := told("hire", hr.UserCreate, 15, hireDate(5))
	p = fold(20, told("update", hr.UserUpdate, 10, department("A")), late)
	require.True(t, p.CreateSeen)
	require.Equal(t, "A", p.State.DepartmentCode)
}

func TestAnUpdateDoesNotBeginAPendingHire(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, hireDate(40), extension("1"))
	update := told("update", hr.UserUpdate, 20, extension("2"))
	p := fold(30, hire, update)
	require.Equal(t, hr.NeverEmployed, p.State.Employment)
	requireStanding(t, p, "update", hr.Future, "")
	require.Equal(t, on(40), p.Next)
	require.Equal(t, "2", p.Ahead.PhoneExtension, "the older hire does not undo the correction")
}

func TestAnUpdateThatCameBeforeAnyHireWasAnnouncedEmploys(t *testing.T) {
	update := told("update", hr.UserUpdate, 10, extension("1"))
	hire := told("hire", hr.UserCreate, 20, hireDate(40))
	require.Equal(t, hr.Employed, fold(30, update, hire).State.Employment)
}

func TestAnUpdateOfALeaverIsNotCarriedIntoARehireIssuedAfterIt(t *testing.T) {
	events := []hr.Accepted{
		told("hire", hr.UserCreate, 10), told("leave", hr.UserTerminate, 20),
		told("update", hr.UserUpdate, 30, extension("1")), told("rehire", hr.UserCreate, 35, hireDate(50)),
	}
	require.Equal(t, "1", fold(40, events...).State.PhoneExtension)
	require.Empty(t, fold(60, events...).State.PhoneExtension)
}

func TestStatusAndLeave(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	leave := told("leave", hr.UserUpdate, 20, status(hr.StatusOnLeave), func(e *hr.Event) {
		e.Payload.LeaveUntil = given(dateOn(50))
	})
	until := dateOn(50)
	p := fold(30, hire, leave)
	require.Equal(t, hr.StatusOnLeave, p.State.Status)
	require.Equal(t, &until, p.State.LeaveUntil)
	p = fold(50, hire, leave, told("back", hr.UserUpdate, 45, status(hr.StatusActive)))
	require.Equal(t, hr.StatusActive, p.State.Status)
	require.Nil(t, p.State.LeaveUntil)
	requireStanding(t, p, "leave", hr.Superseded, "back")
}

func TestALeaverLeavesAtTheEndOfTheLastDay(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, department("A"))
	leave := told("leave", hr.UserTerminate, 20, lastDay(30))
	p := hr.Fold([]hr.Accepted{hire, leave}, on(31).Add(-1), hr.Zones{})
	require.Equal(t, hr.Employed, p.State.Employment)
	require.Equal(t, on(31), p.Next)
	require.Equal(t, hr.Left, p.Ahead.Employment)
	p = fold(31, hire, leave)
	require.Equal(t, hr.Left, p.State.Employment)
	require.Equal(t, hr.StatusTerminated, p.State.Status)
	require.Equal(t, hr.Voluntary, p.State.Reason)
	require.Equal(t, on(31), p.State.LeftAt)
	require.Equal(t, "A", p.State.DepartmentCode, "a reversal needs the record")
}

func TestATerminationOfSomebodyUnknownIsKept(t *testing.T) {
	p := fold(20, told("leave", hr.UserTerminate, 10, reason(hr.Involuntary)))
	require.Equal(t, hr.Left, p.State.Employment)
	require.Equal(t, hr.Involuntary, p.State.Reason)
}

func TestActiveInAnUpdateNeverRevives(t *testing.T) {
	hire, leave := told("hire", hr.UserCreate, 10), told("leave", hr.UserTerminate, 20)
	p := fold(40, hire, leave, told("active", hr.UserUpdate, 30, status(hr.StatusActive)))
	require.Equal(t, hr.Left, p.State.Employment)
	require.Equal(t, hr.StatusTerminated, p.State.Status)
	requireStanding(t, p, "active", hr.Superseded, "leave")

	p = fold(40, hire, leave, told("moved", hr.UserUpdate, 30, department("B"), status(hr.StatusActive)))
	require.Equal(t, hr.Left, p.State.Employment)
	require.Equal(t, "B", p.State.DepartmentCode, "the record is kept up for a reversal")
	requireStanding(t, p, "moved", hr.Contributes, "")
}

func TestWhoComesBack(t *testing.T) {
	hire, leave := told("hire", hr.UserCreate, 10), told("leave", hr.UserTerminate, 20, lastDay(30))
	tests := []struct {
		name   string
		rehire hr.Accepted
		want   hr.Employment
	}{
		{"newer, starting after the last day", told("rehire", hr.UserCreate, 25, hireDate(31)), hr.Employed},
		{"newer, starting on the last day", told("rehire", hr.UserCreate, 25, hireDate(30)), hr.Left},
		{"older, starting after the last day", told("rehire", hr.UserCreate, 15, hireDate(35)), hr.Left},
		{"of the same second", told("rehire", hr.UserCreate, 20, hireDate(35)), hr.Left},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := fold(60, hire, leave, test.rehire)
			require.Equal(t, test.want, p.State.Employment)
			if test.want == hr.Left {
				requireStanding(t, p, "leave", hr.Contributes, "")
			}
		})
	}
}

func TestNobodyComesBackDuringGardenLeave(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	leave := told("leave", hr.UserTerminate, 20, lastDay(40), func(e *hr.Event) {
		date := dateOn(22)
		e.Payload.Termination.LastWorkingDay = &date
	})
	p := fold(60, hire, leave, told("rehire", hr.UserCreate, 25, hireDate(30)))
	require.Equal(t, hr.Left, p.State.Employment)
	requireStanding(t, p, "rehire", hr.Superseded, "leave")
	require.Equal(t, hr.Employed, fold(60, hire, leave, told("rehire", hr.UserCreate, 25, hireDate(41))).State.Employment)
}

func TestANewEmploymentBeginsAfresh(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, department("A"), extension("1"), skills("", "X"))
	leave := told("leave", hr.UserTerminate, 20, lastDay(30))
	rehire := told("rehire", hr.UserCreate, 35, department("B"), func(e *hr.Event) { e.Payload.FirstName = hr.Optional[string]{} })
	p := fold(40, hire, leave, rehire)
	require.Equal(t, hr.State{
		Employment: hr.Employed, Status: hr.StatusActive, ExternalUserID: "E-1", Namespace: "workday",
		Email: "jane@example.com", FirstName: "Jane", LastName: "Doe", DepartmentCode: "B",
		HiredAt: rehire.Event.TimestampUTC,
	}, p.State)
	requireStanding(t, p, "leave", hr.Superseded, "rehire")
}

func TestAHireThatFollowsWithoutAGapOutlivesNightShiftGrace(t *testing.T) {
	zones := hr.Zones{NightShiftGrace: map[string]time.Duration{"NIGHT": 6 * time.Hour}}
	events := []hr.Accepted{
		told("hire", hr.UserCreate, 10, department("NIGHT"), extension("1")),
		told("leave", hr.UserTerminate, 20, lastDay(30)),
		told("rehire", hr.UserCreate, 25, hireDate(31), department("DAY")),
	}
	p := hr.Fold(events, on(31), zones)
	require.Equal(t, hr.Employed, p.State.Employment)
	require.Empty(t, p.State.PhoneExtension, "a new employment")
	require.Zero(t, p.Next, "nothing is left to end it")
}

func TestATerminationCancelsAPendingHire(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, hireDate(40))
	p := fold(25, hire, told("no show", hr.UserTerminate, 20))
	require.Equal(t, hr.Left, p.State.Employment)
	require.Zero(t, p.Next)
	requireStanding(t, p, "hire", hr.Superseded, "no show")
}

func TestACancelledHireComesBackWhenTheTerminationIsRedatedPastItsStart(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, hireDate(40))
	cancelled := told("cancelled", hr.UserTerminate, 20)
	redated := told("redated", hr.UserTerminate, 30, lastDay(60))
	require.Equal(t, hr.Employed, fold(50, hire, cancelled, redated).State.Employment)
	require.Equal(t, hr.Left, fold(61, hire, cancelled, redated).State.Employment)
}

func TestOnlyOneHireIsPending(t *testing.T) {
	first := told("first", hr.UserCreate, 10, hireDate(40))
	second := told("second", hr.UserCreate, 20, hireDate(50))
	for _, now := range []int{15, 45, 60} {
		p := fold(now, first, second)
		requireStanding(t, p, "first", hr.Superseded, "second")
	}
	require.Equal(t, hr.NeverEmployed, fold(45, first, second).State.Employment)

	sooner := told("sooner", hr.UserCreate, 30, hireDate(25), department("A"))
	p := fold(45, first, sooner)
	require.Equal(t, on(25), p.State.HiredAt)
	requireStanding(t, p, "first", hr.Superseded, "sooner")
}

func TestAHireTakingEffectAtOnceDoesNotCancelAComeback(t *testing.T) {
	events := []hr.Accepted{
		told("hire", hr.UserCreate, 10),
		told("leave", hr.UserTerminate, 20, lastDay(30)),
		told("comeback", hr.UserCreate, 22, hireDate(50)),
		told("hire, sent again", hr.UserCreate, 25, hireDate(10)),
	}
	require.Equal(t, hr.Left, fold(40, events...).State.Employment)
	require.Equal(t, hr.Employed, fold(50, events...).State.Employment)
}

func TestAnUpdateRedatesAPendingHire(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, hireDate(40))
	postponed := told("postponed", hr.UserUpdate, 20, hireDate(60))
	p := fold(45, hire, postponed)
	require.Equal(t, hr.NeverEmployed, p.State.Employment)
	require.Equal(t, on(60), p.Next)

	tooLate := told("too late", hr.UserUpdate, 50, hireDate(60))
	require.Equal(t, hr.Employed, fold(55, hire, tooLate).State.Employment, "a hire that began is not postponed by an update")
}

func TestTheTerminationIssuedLaterReplacesTheEarlier(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	leave := told("leave", hr.UserTerminate, 20, lastDay(30))
	extended := told("extended", hr.UserTerminate, 25, lastDay(50))
	p := fold(40, hire, leave, extended)
	require.Equal(t, hr.Employed, p.State.Employment)
	require.Equal(t, on(51), p.Next)
	requireStanding(t, p, "leave", hr.Superseded, "extended")

	sooner := told("sooner", hr.UserTerminate, 22, reason(hr.Involuntary))
	require.Equal(t, hr.Left, fold(23, hire, leave, sooner).State.Employment)
}

func TestALeaverWhoIsRedatedComesBackUntilThen(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	leave := told("leave", hr.UserTerminate, 20, lastDay(30))
	redated := told("redated", hr.UserTerminate, 35, lastDay(50))
	require.Equal(t, hr.Left, fold(34, hire, leave).State.Employment)
	require.Equal(t, hr.Employed, fold(36, hire, leave, redated).State.Employment)
	require.Equal(t, hr.Left, fold(51, hire, leave, redated).State.Employment)
}

func TestEachEmploymentHasItsOwnTermination(t *testing.T) {
	events := []hr.Accepted{
		told("hire", hr.UserCreate, 10),
		told("leave", hr.UserTerminate, 20, lastDay(30)),
		told("rehire", hr.UserCreate, 35, hireDate(40)),
		told("leave again", hr.UserTerminate, 50, lastDay(60)),
	}
	require.Equal(t, hr.Left, fold(32, events...).State.Employment)
	require.Equal(t, on(40), fold(45, events...).State.HiredAt)
	require.Equal(t, on(61), fold(61, events...).State.LeftAt)
}

func TestDatesAreReadWhereThePersonIsThen(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, func(e *hr.Event) { e.Payload.Timezone = given("Europe/Madrid") })
	leave := told("leave", hr.UserTerminate, 20, lastDay(60))
	move := told("move", hr.UserUpdate, 30, effective(40), func(e *hr.Event) { e.Payload.Timezone = given("Asia/Tokyo") })
	require.Equal(t, "2024-02-29T23:00:00Z", fold(50, hire, leave).Next.Format(time.RFC3339))
	require.Equal(t, "2024-02-29T15:00:00Z", fold(50, hire, leave, move).Next.Format(time.RFC3339))
	require.Equal(t, "2024-01-29T15:00:00Z", standing(t, fold(50, hire, move, told("early", hr.UserUpdate, 35,
		effective(30), func(e *hr.Event) { e.Payload.Timezone = given("Asia/Tokyo") })), "early").Effective.Format(time.RFC3339))
}

func TestLegacyZonesAreTranslatedInTheState(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10, func(e *hr.Event) { e.Payload.Timezone = given("EST") })
	p := hr.Fold([]hr.Accepted{hire}, on(20), hr.Zones{Legacy: map[string]string{"EST": "America/New_York"}})
	require.Equal(t, "America/New_York", p.State.Timezone)
}

func TestAPersonIsEmployedUntilTheLastEmploymentEnds(t *testing.T) {
	contractor := told("contract", hr.UserCreate, 10, externalID("C-1"), department("A"))
	employee := told("hire", hr.UserCreate, 30, department("B"))
	ends := told("contract ends", hr.UserTerminate, 40, externalID("C-1"))
	leaves := told("leave", hr.UserTerminate, 50)

	require.Equal(t, "A", fold(35, contractor, employee).State.DepartmentCode, "the employment that began first speaks")
	p := fold(45, contractor, employee, ends)
	require.Equal(t, "E-1", p.State.ExternalUserID)
	require.Equal(t, "B", p.State.DepartmentCode)
	requireStanding(t, p, "contract ends", hr.Contributes, "")
	left := fold(55, contractor, employee, ends, leaves).State
	require.Equal(t, hr.Left, left.Employment)
	require.Equal(t, "E-1", left.ExternalUserID, "the employment that ended last speaks")
	require.Equal(t, hr.Employed, fold(55, contractor, employee, leaves).State.Employment)
}

func TestEventsOfOneKeyAreBothFolded(t *testing.T) {
	hire := told("hire", hr.UserCreate, 10)
	a, b := told("a", hr.UserUpdate, 20, department("A")), told("b", hr.UserUpdate, 20, extension("1"))
	require.Equal(t, a.ProcessingKey, b.ProcessingKey)
	p := fold(30, hire, b, a)
	require.Equal(t, "A", p.State.DepartmentCode)
	require.Equal(t, "1", p.State.PhoneExtension)
}

func TestAnEventThatSaysNothingHasNothingToLose(t *testing.T) {
	p := fold(30, told("hire", hr.UserCreate, 10), told("empty", hr.UserUpdate, 20))
	requireStanding(t, p, "empty", hr.Contributes, "")
}

func TestAFieldThatHRClearedIsToldFromOneItNeverGave(t *testing.T) {
	clear := func(e *hr.Event) { e.Payload.PhoneExtension = hr.Optional[string]{Present: true, Null: true} }
	hire := told("hire", hr.UserCreate, 10)
	require.Empty(t, fold(15, hire).State.Cleared)
	require.Equal(t, []string{"phone_extension"}, fold(25, hire, told("cleared", hr.UserUpdate, 20, clear)).State.Cleared)
	require.Empty(t, fold(35, hire, told("cleared", hr.UserUpdate, 20, clear), told("given", hr.UserUpdate, 30, extension("7"))).State.Cleared)
}
