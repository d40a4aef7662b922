package lifecycle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
)

var (
	now      = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tomorrow = now.Add(24 * time.Hour)
)

// situation is an employed person in scope with one due event, changed by each case.
func situation(change ...func(*lifecycle.Situation)) lifecycle.Situation {
	s := lifecycle.Situation{
		Picture: hr.Picture{
			At:     now,
			State:  hr.State{Employment: hr.Employed, Status: hr.StatusActive},
			Events: []hr.EventStanding{{EventID: "evt-1", Standing: hr.Contributes, Effective: now}},
		},
		InScope:   true,
		State:     lifecycle.Unknown,
		Unsettled: map[string]bool{"evt-1": true},
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func in(state lifecycle.State) func(*lifecycle.Situation) {
	return func(s *lifecycle.Situation) { s.State, s.Linked = state, state != lifecycle.Unknown }
}

func whileRunning(op lifecycle.Operation) func(*lifecycle.Situation) {
	return func(s *lifecycle.Situation) { s.Running = op }
}

func answered(s *lifecycle.Situation)   { s.Answered = true }
func planned(s *lifecycle.Situation)    { s.Planned = s.Unsettled }
func changed(s *lifecycle.Situation)    { s.Changed = true }
func nothingDue(s *lifecycle.Situation) { s.Unsettled = nil }
func notYetEmployed(s *lifecycle.Situation) {
	s.Picture.State.Employment = hr.NeverEmployed
}
func left(s *lifecycle.Situation)       { s.Picture.State.Employment = hr.Left }
func onLeave(s *lifecycle.Situation)    { s.Picture.State.Status = hr.StatusOnLeave }
func outOfScope(s *lifecycle.Situation) { s.InScope = false }

func TestWhatIsDueByWhatIsGoingOn(t *testing.T) {
	for _, c := range []struct {
		name      string
		situation lifecycle.Situation
		do        lifecycle.Action
		operation lifecycle.Operation
	}{
		{"unknown, wanted at work", situation(), lifecycle.Start, lifecycle.Hire},
		{"out of scope before, wanted at work", situation(in(lifecycle.OutOfScope)), lifecycle.Start, lifecycle.Hire},
		{"prepared and interrupted", situation(in(lifecycle.Preparing)), lifecycle.Start, lifecycle.Hire},
		{"waiting and interrupted", situation(in(lifecycle.WaitingActivation)), lifecycle.Start, lifecycle.Hire},
		{"active", situation(in(lifecycle.Active)), lifecycle.Start, lifecycle.Transfer},
		{"deactivated, back", situation(in(lifecycle.Deactivated)), lifecycle.Start, lifecycle.Hire},
		{"on leave, back", situation(in(lifecycle.OnLeave)), lifecycle.Start, lifecycle.Hire},
		{"deleted, hired anew", situation(in(lifecycle.Deleted), func(s *lifecycle.Situation) { s.Picture.Events[0].Type = hr.UserCreate }), lifecycle.Start, lifecycle.Hire},
		{"deleted, back by a rescind: for a person to decide", situation(in(lifecycle.Deleted)), lifecycle.Rest, lifecycle.None},
		{"held, back", situation(in(lifecycle.Held)), lifecycle.Start, lifecycle.Hire},
		{"isolation interrupted, back", situation(in(lifecycle.Draining)), lifecycle.Start, lifecycle.Hire},
		{"hire runs, more comes", situation(in(lifecycle.Preparing), whileRunning(lifecycle.Hire)), lifecycle.Nudge, lifecycle.Hire},
		{"transfer runs, more comes", situation(in(lifecycle.Active), whileRunning(lifecycle.Transfer)), lifecycle.Nudge, lifecycle.Transfer},
		{"isolation runs, back", situation(in(lifecycle.Draining), whileRunning(lifecycle.Termination)), lifecycle.TakeOver, lifecycle.Hire},

		{"a running hire has the event already", situation(in(lifecycle.Preparing), whileRunning(lifecycle.Hire), planned), lifecycle.Rest, lifecycle.None},
		{"a running hire has the event, the registry has a new answer", situation(in(lifecycle.Preparing), whileRunning(lifecycle.Hire), planned, changed), lifecycle.Nudge, lifecycle.Hire},
		{"active, nothing due, the same plan", situation(in(lifecycle.Active), nothingDue), lifecycle.Rest, lifecycle.None},
		{"active, nothing due, but an applied event was moved to another day", situation(in(lifecycle.Active), nothingDue, changed), lifecycle.Start, lifecycle.Transfer},
		{"deactivated, nothing due, but the last day was moved into the future", situation(in(lifecycle.Deactivated), nothingDue, changed), lifecycle.Start, lifecycle.Hire},
		{"a dismissed hire is not begun again by itself", situation(in(lifecycle.Preparing), nothingDue), lifecycle.Rest, lifecycle.None},
		{"active, nothing due, but the hire was moved to another day", situation(in(lifecycle.Active), nothingDue, notYetEmployed), lifecycle.Start, lifecycle.Termination},
		{"waiting, nothing due, but the hire was moved to another day", situation(in(lifecycle.WaitingActivation), whileRunning(lifecycle.Hire), nothingDue, notYetEmployed), lifecycle.TakeOver, lifecycle.Termination},
		{"never employed, never touched", situation(notYetEmployed), lifecycle.Rest, lifecycle.None},
		{"out of scope and left: nobody's account is looked for", situation(left, outOfScope, func(s *lifecycle.Situation) { s.State = lifecycle.OutOfScope }), lifecycle.Rest, lifecycle.None},
		{"left, active, nothing due", situation(left, in(lifecycle.Active), nothingDue), lifecycle.Start, lifecycle.Termination},

		{"left, unknown: look for an account", situation(left), lifecycle.Start, lifecycle.Termination},
		{"left, active", situation(left, in(lifecycle.Active)), lifecycle.Start, lifecycle.Termination},
		{"left, waiting for activation", situation(left, in(lifecycle.WaitingActivation)), lifecycle.Start, lifecycle.Termination},
		{"left while the hire runs", situation(left, in(lifecycle.Preparing), whileRunning(lifecycle.Hire)), lifecycle.TakeOver, lifecycle.Termination},
		{"left while a transfer runs", situation(left, in(lifecycle.Active), whileRunning(lifecycle.Transfer)), lifecycle.TakeOver, lifecycle.Termination},
		{"left while the isolation runs", situation(left, in(lifecycle.Draining), whileRunning(lifecycle.Termination)), lifecycle.Rest, lifecycle.None},
		{"left, already inactive, in grace", situation(left, in(lifecycle.Deactivated), standings["grace"]), lifecycle.Rest, lifecycle.None},
		{"left, already inactive, without a grace", situation(left, in(lifecycle.Deactivated), nothingDue), lifecycle.Start, lifecycle.Termination},
		{"never employed, inactive: no grace", situation(notYetEmployed, in(lifecycle.Deactivated)), lifecycle.Rest, lifecycle.None},
		{"an erasure that waits for somebody, decided", situation(left, in(lifecycle.Deleted), whileRunning(lifecycle.Erasure), answered), lifecycle.Nudge, lifecycle.Erasure},
		{"the same, hired anew", situation(in(lifecycle.Deleted), whileRunning(lifecycle.Erasure), answered), lifecycle.Nudge, lifecycle.Erasure},

		{"on leave while active", situation(onLeave, in(lifecycle.Active)), lifecycle.Start, lifecycle.Termination},
		{"on leave already", situation(onLeave, in(lifecycle.OnLeave)), lifecycle.Rest, lifecycle.None},

		{"never in scope", situation(outOfScope), lifecycle.Rest, lifecycle.None},
		{"moved out of scope", situation(outOfScope, in(lifecycle.Active)), lifecycle.Start, lifecycle.Termination},
		{"moved out of scope while the hire runs", situation(outOfScope, in(lifecycle.Preparing), whileRunning(lifecycle.Hire)), lifecycle.TakeOver, lifecycle.Termination},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := lifecycle.Decide(c.situation)
			require.Equal(t, c.do, d.Do)
			require.Equal(t, c.operation, d.Operation)
			require.NotEmpty(t, d.Because)
		})
	}
}

func TestAnEventThatIsNotDueStartsNothingAndWakesTheMailboxInTime(t *testing.T) {
	d := lifecycle.Decide(situation(func(s *lifecycle.Situation) {
		s.Picture.Events[0].Standing, s.Picture.Events[0].Effective = hr.Future, tomorrow
		s.Picture.Next = tomorrow
		s.Picture.State = hr.State{}
	}))
	require.Equal(t, lifecycle.Rest, d.Do)
	require.Equal(t, tomorrow, d.Wake)
	require.Equal(t, []lifecycle.EventWait{{EventID: "evt-1", Until: tomorrow, For: "time", What: "takes effect then"}}, d.Waits)
}

func TestOutcomesThatTheStandingAloneDecides(t *testing.T) {
	d := lifecycle.Decide(situation(in(lifecycle.Active), func(s *lifecycle.Situation) {
		s.Picture.Events = []hr.EventStanding{
			{EventID: "old", Standing: hr.Superseded, By: "new"},
			{EventID: "taken-back", Standing: hr.Rescinded, By: "rescind"},
			{EventID: "settled-before", Standing: hr.Superseded},
		}
		s.Unsettled = map[string]bool{"old": true, "taken-back": true}
	}))
	require.Equal(t, lifecycle.Rest, d.Do)
	require.Equal(t, []lifecycle.Settlement{
		{EventID: "old", Outcome: lifecycle.Superseded, Reason: "superseded by new"},
		{EventID: "taken-back", Outcome: lifecycle.Rescinded, Reason: "rescinded by rescind"},
	}, d.Settle)
}

func TestNothingIsDoneForAPersonWithABlockingReview(t *testing.T) {
	d := lifecycle.Decide(situation(left, in(lifecycle.Active), func(s *lifecycle.Situation) { s.BlockedBy = "rev_1" }))
	require.Equal(t, lifecycle.Rest, d.Do)
	require.Equal(t, "operator", d.Waits[0].For)
}

func TestSomeoneOutOfScopeIsSettledAndLeftAlone(t *testing.T) {
	d := lifecycle.Decide(situation(outOfScope))
	require.Equal(t, lifecycle.OutcomeOutOfScope, d.Settle[0].Outcome)
	require.Equal(t, lifecycle.OutOfScope, d.State)
}

func TestWhereAnAccountWithoutAccessComesToRest(t *testing.T) {
	require.Equal(t, lifecycle.Deactivated, lifecycle.RestingState(hr.State{Employment: hr.Left}, true))
	require.Equal(t, lifecycle.OnLeave, lifecycle.RestingState(hr.State{Employment: hr.Employed, Status: hr.StatusOnLeave}, true))
	require.Equal(t, lifecycle.OutOfScope, lifecycle.RestingState(hr.State{Employment: hr.Employed}, false))
}
