package lifecycle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
)

func TestAChangeOfTheRulesConcernsWhoseMailboxWouldAct(t *testing.T) {
	registry, err := mapping.Parse(1, "example", mapping.Example())
	require.NoError(t, err)
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	at := func(state hr.State) (hr.Picture, mapping.Resolution) {
		return hr.Picture{State: state, At: now}, registry.Resolve(state, now)
	}
	agent := hr.State{Employment: hr.Employed, Status: hr.StatusActive, DepartmentCode: "SUPP_L2", SkillCodes: []string{"SVC_TECH"}}
	cashier := hr.State{Employment: hr.Employed, Status: hr.StatusActive, DepartmentCode: "RETAIL"}
	leaver := hr.State{Employment: hr.Left, Status: hr.StatusTerminated, DepartmentCode: "SUPP_L2"}
	picture, resolution := at(agent)
	planned := lifecycle.NewPlan("P", lifecycle.Hire, 1, picture, resolution, nil).Digest

	for name, c := range map[string]struct {
		hr    hr.State
		state lifecycle.State
		plan  string
		want  bool
	}{
		"at work as planned":                     {agent, lifecycle.Active, planned, false},
		"at work, planned otherwise":             {agent, lifecycle.Active, "another", true},
		"prepared, planned otherwise":            {agent, lifecycle.WaitingActivation, "another", true},
		"no agent so far, and one by the rules":  {agent, lifecycle.OutOfScope, "", true},
		"an agent who is none by the rules":      {cashier, lifecycle.Active, planned, true},
		"none before, none now":                  {cashier, lifecycle.OutOfScope, "", false},
		"a leaver in grace":                      {leaver, lifecycle.Deactivated, planned, false},
		"a leaver who still works":               {leaver, lifecycle.Active, planned, true},
		"deleted, whom HR employs again":         {agent, lifecycle.Deleted, "", false},
		"somebody whose first event has come":    {agent, lifecycle.Unknown, "", false},
		"on leave":                               {hr.State{Employment: hr.Employed, Status: hr.StatusOnLeave, DepartmentCode: "SUPP_L2"}, lifecycle.OnLeave, "another", false},
		"back from leave by events nobody heard": {agent, lifecycle.OnLeave, "another", true},
	} {
		picture, resolution := at(c.hr)
		got := lifecycle.Concerned(lifecycle.Standing{PersonID: "P", State: c.state, PlanDigest: c.plan}, picture, resolution)
		require.Equal(t, c.want, got, name)
	}
}

func TestHowSomebodyStandsWhomARolloutHasTold(t *testing.T) {
	pace := lifecycle.DefaultRolloutPace()
	for name, c := range map[string]struct {
		stands lifecycle.RolloutStanding
		want   string
	}{
		"as the rules say, with nothing going on":              {lifecycle.RolloutStanding{Idle: true}, "done"},
		"told a moment ago":                                    {lifecycle.RolloutStanding{Told: time.Second, Idle: true, Concerned: true}, ""},
		"being changed":                                        {lifecycle.RolloutStanding{Told: time.Minute}, ""},
		"being changed on a platform that is down for an hour": {lifecycle.RolloutStanding{Told: time.Hour, Concerned: true}, ""},
		"held by a review":                                     {lifecycle.RolloutStanding{Told: time.Minute, Concerned: true, Asked: true}, "waits"},
		"held by an approval":                                  {lifecycle.RolloutStanding{Told: time.Minute, Asked: true}, "waits"},
		"asked about, just told":                               {lifecycle.RolloutStanding{Told: time.Second, Concerned: true, Asked: true}, ""},
		"still without an answer":                              {lifecycle.RolloutStanding{Told: time.Minute, Unanswered: true}, "waits"},
		"about to get the answer":                              {lifecycle.RolloutStanding{Told: time.Minute, Unanswered: true, Concerned: true}, ""},
		"as before, for no reason":                             {lifecycle.RolloutStanding{Told: time.Minute, Idle: true, Concerned: true}, ""},
		"as before for ten minutes":                            {lifecycle.RolloutStanding{Told: 11 * time.Minute, Idle: true, Concerned: true}, "waits"},
	} {
		require.Equal(t, c.want, pace.Result(c.stands), name)
	}
}
