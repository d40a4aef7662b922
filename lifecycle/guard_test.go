package lifecycle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/lifecycle"
)

func TestALimitIsItsFloorOrItsShareWhicheverIsMore(t *testing.T) {
	for name, c := range map[string]struct {
		kind       lifecycle.GuardKind
		of, passed int
		over       bool
	}{
		"the tenth deactivation of a small centre": {lifecycle.GuardDeactivation, 100, 9, false},
		"the eleventh":                                     {lifecycle.GuardDeactivation, 100, 10, true},
		"the eleventh where 5 % are just ten":              {lifecycle.GuardDeactivation, 219, 10, true},
		"the eleventh where 5 % are eleven":                {lifecycle.GuardDeactivation, 220, 10, false},
		"the fiftieth of a thousand":                       {lifecycle.GuardDeactivation, 1000, 49, false},
		"the fifty-first of a thousand":                    {lifecycle.GuardDeactivation, 1000, 50, true},
		"the fifty-first deletion of a thousand":           {lifecycle.GuardDeletion, 1000, 50, true},
		"the fiftieth account on an empty platform":        {lifecycle.GuardCreation, 0, 49, false},
		"the fifty-first":                                  {lifecycle.GuardCreation, 0, 50, true},
		"the hundredth account of a thousand":              {lifecycle.GuardCreation, 1000, 99, false},
		"the hundred and first":                            {lifecycle.GuardCreation, 1000, 100, true},
		"the fifth who leaves a small queue":               {lifecycle.GuardRemoval, 6, 4, false},
		"the sixth":                                        {lifecycle.GuardRemoval, 6, 5, true},
		"the twentieth who leaves a queue of a hundred":    {lifecycle.GuardRemoval, 100, 19, false},
		"the twenty-first":                                 {lifecycle.GuardRemoval, 100, 20, true},
		"the tenth access cut in a small centre":           {lifecycle.GuardIsolation, 12, 9, false},
		"the eleventh access":                              {lifecycle.GuardIsolation, 12, 10, true},
		"the two hundredth access of a thousand":           {lifecycle.GuardIsolation, 1000, 199, false},
		"the two hundred and first":                        {lifecycle.GuardIsolation, 1000, 200, true},
		"what nobody knows passes by somebody's word only": {"of a newer program", 1000, 0, true},
	} {
		verdict := lifecycle.Guard(lifecycle.DefaultGuardLimits(), lifecycle.GuardCount{Kind: c.kind, Of: c.of, Passed: c.passed})
		require.Equal(t, c.over, verdict.Over, name)
		require.Equal(t, c.over, verdict.Because != "", name)
	}
}

func TestAMassChangeThatIsKnownHoldsTheFirstOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		passed, coming int
		over           bool
	}{
		"nine others leave too":              {0, 9, false},
		"ten others leave too":               {0, 10, true},
		"some have passed, some are to come": {4, 5, false},
		"one more than that":                 {4, 6, true},
	} {
		verdict := lifecycle.Guard(lifecycle.DefaultGuardLimits(), lifecycle.GuardCount{
			Kind: lifecycle.GuardDeactivation, Of: 100, Passed: c.passed, Coming: c.coming,
		})
		require.Equal(t, c.over, verdict.Over, name)
	}
}

func TestAQueueIsNotLeftUnderItsMinimumFromTheFirstOn(t *testing.T) {
	limits := lifecycle.DefaultGuardLimits()
	limits.QueueMinimum = map[string]int{"Night": 3}
	for name, c := range map[string]struct {
		queue string
		left  int
		over  bool
	}{
		"it keeps its minimum":              {"Night", 3, false},
		"it would keep less":                {"Night", 2, true},
		"another queue may become empty":    {"Day", 0, false},
		"a skill has no minimum":            {"", 0, false},
		"nobody at all would be left there": {"Night", 0, true},
	} {
		verdict := lifecycle.Guard(limits, lifecycle.GuardCount{Kind: lifecycle.GuardRemoval, Of: c.left + 1, Queue: c.queue, Left: c.left})
		require.Equal(t, c.over, verdict.Over, name)
	}
}

func TestNoMoreThanTheLimitPassHoweverManyAsk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := lifecycle.DefaultGuardLimits()
		kind := rapid.SampledFrom([]lifecycle.GuardKind{
			lifecycle.GuardDeactivation, lifecycle.GuardDeletion, lifecycle.GuardCreation, lifecycle.GuardRemoval, lifecycle.GuardIsolation,
		}).Draw(t, "kind")
		of, ask := rapid.IntRange(0, 5000).Draw(t, "of"), rapid.IntRange(0, 3000).Draw(t, "ask")
		passed := 0
		for range ask {
			if !lifecycle.Guard(limits, lifecycle.GuardCount{Kind: kind, Of: of, Passed: passed}).Over {
				passed++
			}
		}
		limit := lifecycle.Guard(limits, lifecycle.GuardCount{Kind: kind, Of: of}).Limit
		require.Equal(t, min(ask, limit), passed)
		more := lifecycle.Guard(limits, lifecycle.GuardCount{Kind: kind, Of: of + 1}).Limit
		require.GreaterOrEqual(t, more, limit, "a larger centre never has a lower limit")
	})
}

func TestTheHardStopHasItsOwnTimes(t *testing.T) {
	limits := lifecycle.DefaultGuardLimits()
	require.Equal(t, 15*time.Minute, limits.WindowOf(lifecycle.GuardIsolation))
	require.Equal(t, 15*time.Minute, limits.Answer(lifecycle.GuardIsolation))
	require.Equal(t, 24*time.Hour, limits.WindowOf(lifecycle.GuardDeactivation))
	require.Equal(t, 4*time.Hour, limits.Answer(lifecycle.GuardDeactivation))
}

func TestALayoffExemptsLeaversAndAnIntakeHires(t *testing.T) {
	for kind, want := range map[lifecycle.GuardKind]lifecycle.BatchKind{
		lifecycle.GuardDeactivation: lifecycle.BatchLayoff, lifecycle.GuardIsolation: lifecycle.BatchLayoff, lifecycle.GuardDeletion: lifecycle.BatchLayoff,
		lifecycle.GuardCreation: lifecycle.BatchIntake, lifecycle.GuardRemoval: "",
	} {
		require.Equal(t, want, lifecycle.Announced(kind), kind)
	}
}
