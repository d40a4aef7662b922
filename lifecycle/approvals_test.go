package lifecycle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/lifecycle"
)

func TestEveryKindOfApprovalHasItsDeciderDeadlineAndDefault(t *testing.T) {
	const day = 24 * time.Hour
	for kind, want := range map[lifecycle.ApprovalKind]lifecycle.ApprovalRule{
		lifecycle.ApprovalActivation:     {Decider: lifecycle.TeamLeadDecides, Within: 4 * time.Hour, Default: lifecycle.DefaultStays},
		lifecycle.ApprovalRole:           {Decider: lifecycle.ApproverDecides, Within: 2 * day, Default: lifecycle.DefaultRefused},
		lifecycle.ApprovalLink:           {Decider: lifecycle.ApproverDecides, Within: 2 * day, Default: lifecycle.DefaultRefused},
		lifecycle.ApprovalGuardRelease:   {Decider: lifecycle.ApproverDecides, Within: 4 * time.Hour, Default: lifecycle.DefaultStays},
		lifecycle.ApprovalRehire:         {Decider: lifecycle.LegalDecides, Within: 2 * day, Default: lifecycle.DefaultStays},
		lifecycle.ApprovalReversal:       {Decider: lifecycle.LegalDecides, Within: 2 * day, Default: lifecycle.DefaultRefused},
		lifecycle.ApprovalExpedite:       {Decider: lifecycle.LegalDecides, Within: 7 * day, Default: lifecycle.DefaultRefused},
		lifecycle.ApprovalErase:          {Decider: lifecycle.LegalDecides, Within: 7 * day, Default: lifecycle.DefaultRefused},
		lifecycle.ApprovalRestoreDeleted: {Decider: lifecycle.LegalDecides, Within: 7 * day, Default: lifecycle.DefaultRefused},
	} {
		require.Equal(t, want, lifecycle.RuleFor(kind), kind)
		require.Equal(t, askedAt().Add(want.Within), lifecycle.RuleFor(kind).Deadline(askedAt()), kind)
	}
}

func TestNothingComesOfAnUnknownKindUnlessSomebodyDecides(t *testing.T) {
	require.Equal(t, lifecycle.DefaultStays, lifecycle.RuleFor("of a newer program").Default)
}

func askedAt() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// asked is a question with ten hours to its deadline.
func asked(kind lifecycle.ApprovalKind, told time.Duration) lifecycle.OpenQuestion {
	q := lifecycle.OpenQuestion{Kind: kind, AskedAt: askedAt(), Deadline: askedAt().Add(10 * time.Hour)}
	if told != 0 {
		q.ToldAt = askedAt().Add(told)
	}
	return q
}

func TestWhatIsDueAboutAnApproval(t *testing.T) {
	const hour, never, instant = time.Hour, 0, time.Microsecond
	for name, c := range map[string]struct {
		told, now time.Duration
		want      lifecycle.ApprovalStep
	}{
		"asked a moment ago":                {never, instant, lifecycle.NothingDue},
		"before half":                       {never, 5*hour - instant, lifecycle.NothingDue},
		"at half":                           {never, 5 * hour, lifecycle.RemindAtHalf},
		"at half, told":                     {5 * hour, 5 * hour, lifecycle.NothingDue},
		"before nine tenths, told":          {5 * hour, 9*hour - instant, lifecycle.NothingDue},
		"at nine tenths":                    {5 * hour, 9 * hour, lifecycle.RemindAtNineTenths},
		"at nine tenths, half was missed":   {never, 9 * hour, lifecycle.RemindAtNineTenths},
		"after nine tenths, told":           {9 * hour, 10*hour - instant, lifecycle.NothingDue},
		"at the deadline":                   {9 * hour, 10 * hour, lifecycle.EscalateNow},
		"long after it, all was missed":     {never, 100 * hour, lifecycle.EscalateNow},
		"after it, told":                    {10 * hour, 34*hour - instant, lifecycle.NothingDue},
		"a day after it":                    {10 * hour, 34 * hour, lifecycle.RemindOverdue},
		"a day after it, told":              {34 * hour, 50 * hour, lifecycle.NothingDue},
		"days after it, some were missed":   {11 * hour, 90 * hour, lifecycle.RemindOverdue},
		"told by a clock that is ahead":     {5*hour + instant, 5 * hour, lifecycle.NothingDue},
		"told late, the next is on time":    {30 * hour, 34 * hour, lifecycle.RemindOverdue},
		"told at the deadline by the clock": {10*hour + instant, 10 * hour, lifecycle.NothingDue},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, asked(lifecycle.ApprovalActivation, c.told).Due(askedAt().Add(c.now)))
		})
	}
}

func TestTheRefusalAtTheDeadlineIsDueAsLongAsTheQuestionIsOpen(t *testing.T) {
	require.Equal(t, lifecycle.EscalateNow, asked(lifecycle.ApprovalErase, 11*time.Hour).Due(askedAt().Add(12*time.Hour)))
}

func TestAnApprovalThatIsAskedForTooLateIsEscalatedAtOnce(t *testing.T) {
	q := lifecycle.OpenQuestion{Kind: lifecycle.ApprovalRehire, AskedAt: askedAt(), Deadline: askedAt().Add(-time.Hour)}
	require.Equal(t, lifecycle.EscalateNow, q.Due(askedAt()))
}

// Whenever one looks, and however long nobody looked: no step is taken twice, the deadline's is never left out.
func TestStepsComeInOrderAndOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := lifecycle.OpenQuestion{
			Kind:    rapid.SampledFrom([]lifecycle.ApprovalKind{lifecycle.ApprovalActivation, lifecycle.ApprovalRehire}).Draw(t, "kind"),
			AskedAt: askedAt(), Deadline: askedAt().Add(time.Duration(rapid.Int64Range(int64(time.Second), int64(8*24*time.Hour)).Draw(t, "time to decide"))),
		}
		taken := map[lifecycle.ApprovalStep]int{}
		now := askedAt()
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(q.Deadline.Sub(q.AskedAt))).Draw(t, "pause")))
			if step := q.Due(now); step != lifecycle.NothingDue {
				if step == lifecycle.RemindOverdue {
					require.Positive(t, taken[lifecycle.EscalateNow], "a reminder of what is overdue before the escalation")
				}
				taken[step]++
				q.ToldAt = now
			}
			require.Equal(t, lifecycle.NothingDue, q.Due(now), "the same instant again")
			if !now.Before(q.Deadline) {
				require.Equal(t, 1, taken[lifecycle.EscalateNow])
			}
		}
		require.LessOrEqual(t, taken[lifecycle.RemindAtHalf], 1)
		require.LessOrEqual(t, taken[lifecycle.RemindAtNineTenths], 1)
		require.LessOrEqual(t, taken[lifecycle.RemindOverdue], int(max(0, now.Sub(q.Deadline))/(24*time.Hour)))
	})
}

func TestWhoLooksOftenTakesEveryStep(t *testing.T) {
	q := asked(lifecycle.ApprovalRehire, 0)
	var taken []lifecycle.ApprovalStep
	for now := q.AskedAt; now.Before(q.Deadline.Add(49 * time.Hour)); now = now.Add(time.Minute) {
		if step := q.Due(now); step != lifecycle.NothingDue {
			taken, q.ToldAt = append(taken, step), now
		}
	}
	require.Equal(t, []lifecycle.ApprovalStep{
		lifecycle.RemindAtHalf, lifecycle.RemindAtNineTenths, lifecycle.EscalateNow, lifecycle.RemindOverdue, lifecycle.RemindOverdue,
	}, taken)
}
