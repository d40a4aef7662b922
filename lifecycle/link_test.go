package lifecycle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
)

func TestWhoMayBeJoined(t *testing.T) {
	kept := lifecycle.LinkSide{PersonID: "WD-1", State: lifecycle.Active, Platform: "genesys", AccountID: "acc-1"}
	for name, c := range map[string]struct {
		change func(kept, joined *lifecycle.LinkSide)
		why    []string // all of them are in the refusal; none: it is not refused
	}{
		"somebody without an account": {change: func(_, _ *lifecycle.LinkSide) {}},
		"an account on the joined side alone": {change: func(kept, joined *lifecycle.LinkSide) {
			joined.Platform, joined.AccountID, kept.AccountID = "genesys", "acc-2", ""
		}},
		"open reviews without an operation": {change: func(_, joined *lifecycle.LinkSide) { joined.OpenReviews = []string{"rev_1"} }},
		"themselves":                        {change: func(_, joined *lifecycle.LinkSide) { joined.PersonID = "WD-1" }, why: []string{"already"}},
		"two accounts": {
			change: func(_, joined *lifecycle.LinkSide) {
				joined.Platform, joined.AccountID, joined.State = "genesys", "acc-2", lifecycle.Deactivated
			},
			why: []string{"acc-1", "acc-2", "deactivated", "somebody has to decide"},
		},
		"a hold on the kept":          {change: func(kept, _ *lifecycle.LinkSide) { kept.Held = true }, why: []string{"WD-1", "hold"}},
		"a hold on the joined":        {change: func(_, joined *lifecycle.LinkSide) { joined.Held = true }, why: []string{"C-7", "hold"}},
		"an open grace of the kept":   {change: func(kept, _ *lifecycle.LinkSide) { kept.GraceOpen = true }, why: []string{"WD-1", "deletion"}},
		"an open grace of the joined": {change: func(_, joined *lifecycle.LinkSide) { joined.GraceOpen = true }, why: []string{"C-7", "deletion"}},
		"an operation on the kept": {
			change: func(kept, _ *lifecycle.LinkSide) { kept.Operation = lifecycle.Transfer }, why: []string{"transfer has WD-1", "ask again"},
		},
		"an operation that waits for a review": {
			change: func(_, joined *lifecycle.LinkSide) {
				joined.Operation, joined.OpenReviews = lifecycle.Hire, []string{"rev_1"}
			},
			why: []string{"hire has C-7", "rev_1", "dismiss"},
		},
		"a deleted account on the kept side": {change: func(kept, _ *lifecycle.LinkSide) { kept.AccountDeleted = true }},
		"a deleted account on the joined side": {
			change: func(kept, joined *lifecycle.LinkSide) {
				kept.AccountID, joined.AccountID, joined.AccountDeleted = "", "acc-2", true
			},
			why: []string{"join WD-1 into C-7 instead"},
		},
		"somebody joined before": {change: func(_, joined *lifecycle.LinkSide) { joined.JoinedInto = "WD-9" }, why: []string{"C-7 was joined into WD-9"}},
		"somebody erased":        {change: func(_, joined *lifecycle.LinkSide) { joined.Erased = true }, why: []string{"C-7 was erased"}},
		"a decision that is on its way": {
			change: func(_, joined *lifecycle.LinkSide) { joined.Undelivered = true }, why: []string{"C-7", "not been carried out"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			kept, joined := kept, lifecycle.LinkSide{PersonID: "C-7", State: lifecycle.Unknown}
			c.change(&kept, &joined)

			err := lifecycle.JudgeLink(kept, joined)

			if c.why == nil {
				require.NoError(t, err)
				return
			}
			var refusal *lifecycle.LinkRefusal
			require.ErrorAs(t, err, &refusal)
			for _, part := range c.why {
				require.Contains(t, refusal.Why, part)
			}
		})
	}
}

func TestTheMailboxOfSomebodyJoinedHasNothingToDo(t *testing.T) {
	left := lifecycle.Situation{Picture: hr.Fold(nil, askedAt(), hr.Zones{}), State: lifecycle.Unknown}

	d := lifecycle.Decide(left)

	require.Equal(t, lifecycle.Rest, d.Do)
	require.Zero(t, d.Wake)
	require.Empty(t, d.Settle)
	require.Empty(t, d.State)
}
