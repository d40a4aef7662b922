package lifecycle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
)

func ends(s *lifecycle.Situation) { s.Picture.Events[0].Type = hr.UserTerminate }

func TestSomebodyIsAskedToEndAnAccessWhereItIsOwned(t *testing.T) {
	leaver := situation(in(lifecycle.Active), left, ends, owned)
	leaver.Picture.State.LeftAt = time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)
	d := lifecycle.Decide(leaver)
	require.Equal(t, lifecycle.Rest, d.Do)
	require.Equal(t, &lifecycle.OwnerQuestion{
		Key: "left 2026-03-01T05:00:00Z", Events: []string{"evt-1"}, EventID: "evt-1",
		Question: "HR ended the employment, and the account is owned elsewhere, by SCIM: Muster does not touch it, and the person may still have access. " +
			"End it there, then dismiss this. Retry looks again.",
	}, d.AskOwner)

	leaver.EndedElsewhere = map[string]bool{d.AskOwner.Key: true}
	d = lifecycle.Decide(leaver)
	require.Nil(t, d.AskOwner)
	require.Equal(t, []lifecycle.Settlement{{
		EventID: "evt-1", Outcome: lifecycle.OutcomeOwnedElsewhere,
		Reason: "somebody has said that the access was ended where the account is owned, by SCIM",
	}}, d.Settle)

	leaver.Picture.State.LeftAt = leaver.Picture.State.LeftAt.AddDate(1, 0, 0)
	require.NotNil(t, lifecycle.Decide(leaver).AskOwner, "another employment that ended is asked about anew")
}

func TestTheQuestionAboutAnAccessIsAboutTheEventThatEndsTheEmployment(t *testing.T) {
	s := situation(in(lifecycle.Active), left, owned)
	s.Picture.Events = []hr.EventStanding{
		{EventID: "evt-1", Type: hr.UserUpdate, Standing: hr.Contributes, Effective: now}, {EventID: "evt-2", Type: hr.UserTerminate, Standing: hr.Contributes, Effective: now},
	}
	s.Unsettled = map[string]bool{"evt-1": true, "evt-2": true}
	d := lifecycle.Decide(s)
	require.Equal(t, "evt-2", d.AskOwner.EventID, "so that two persons dismiss it")
	require.Equal(t, []string{"evt-1", "evt-2"}, d.AskOwner.Events)
}

func TestALeaveIsAskedAboutWithTheEventThatSaysItAndNotWithoutOne(t *testing.T) {
	d := lifecycle.Decide(situation(in(lifecycle.Active), onLeave, owned))
	require.Equal(t, "evt-1", d.AskOwner.Key)
	require.Nil(t, lifecycle.Decide(situation(in(lifecycle.Active), onLeave, owned, nothingDue)).AskOwner)
}

func TestAHireThatRunsIsToldWhenTheAccountIsOwnedElsewhereAndSomebodyIsAskedAtOnce(t *testing.T) {
	d := lifecycle.Decide(situation(in(lifecycle.Preparing), whileRunning(lifecycle.Hire), left, ends, owned))
	require.Equal(t, lifecycle.Nudge, d.Do)
	require.Equal(t, lifecycle.Hire, d.Operation)
	require.NotNil(t, d.AskOwner)
}

// Nothing that writes begins on an account that somebody else owns, but to bring to its end what the record says has begun.
func TestNothingBeginsOnAnAccountThatIsOwnedElsewhere(t *testing.T) {
	for _, r := range rows(t) {
		r.situations(func(_ string, s lifecycle.Situation) {
			if s.Interrupted || s.EndedElsewhere != nil {
				return
			}
			s.Owner = ""
			wants := lifecycle.Decide(s)
			s.Owner = "SCIM"
			d := lifecycle.Decide(s)
			if d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver {
				require.Equal(t, lifecycle.Erasure, d.Operation, r.name)
			}
			cuts := wants.Operation == lifecycle.Termination && (wants.Do == lifecycle.Start || wants.Do == lifecycle.TakeOver)
			require.Equal(t, cuts, d.AskOwner != nil, "%s: an access that would be cut is asked about, and no other", r.name)
		})
	}
}

func TestWhomARolloutConcernsWhenAccountsChangeHands(t *testing.T) {
	atWork := hr.Picture{At: now, State: hr.State{Employment: hr.Employed, Status: hr.StatusActive}}
	gone := hr.Picture{At: now, State: hr.State{Employment: hr.Left}}
	for name, c := range map[string]struct {
		standing lifecycle.Standing
		picture  hr.Picture
		want     bool
	}{
		"owned elsewhere, whatever the rules say":   {lifecycle.Standing{State: lifecycle.Active, Elsewhere: lifecycle.Elsewhere{Now: true}}, atWork, false},
		"owned elsewhere while a hire has them":     {lifecycle.Standing{State: lifecycle.Preparing, UnderWay: true, Elsewhere: lifecycle.Elsewhere{Now: true}}, atWork, true},
		"a leaver who is owned elsewhere":           {lifecycle.Standing{State: lifecycle.Active, Elsewhere: lifecycle.Elsewhere{Now: true, Asked: true}}, gone, false},
		"owned elsewhere no longer":                 {lifecycle.Standing{Elsewhere: lifecycle.Elsewhere{Before: true}}, atWork, true},
		"just heard of, never owned elsewhere":      {lifecycle.Standing{}, atWork, false},
		"a leaver who is owned elsewhere no longer": {lifecycle.Standing{Elsewhere: lifecycle.Elsewhere{Asked: true}}, gone, true},
	} {
		if c.standing.State == "" {
			c.standing.State = lifecycle.Unknown
		}
		require.Equal(t, c.want, lifecycle.Concerned(c.standing, c.picture, mapping.Resolution{InScope: true}), name)
	}
}
