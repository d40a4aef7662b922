package roster_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr/roster"
)

//nolint:gochecknoglobals // a moment is a constant
var night = time.Date(2026, 5, 14, 3, 0, 0, 0, time.UTC)

func healthy() roster.Figures {
	return roster.Figures{AsOf: night.Add(-time.Hour), Records: 1000, Present: 900, Refused: 2}
}

func TestARosterIsBelievedOnlyWhenNothingSpeaksAgainstIt(t *testing.T) {
	declared := func(n int64) *int64 { return &n }
	for name, c := range map[string]struct {
		change   func(f *roster.Figures)
		previous *roster.Figures
		want     []roster.Reason
	}{
		"as the one before":                {func(*roster.Figures) {}, &roster.Figures{Records: 1000, Present: 900}, nil},
		"the first one, on day one":        {func(*roster.Figures) {}, nil, nil},
		"the first one, a tenth is gone":   {func(f *roster.Figures) { f.AtWork, f.Gone = 500, 50 }, nil, nil},
		"the first one, more are gone":     {func(f *roster.Figures) { f.AtWork, f.Gone = 500, 51 }, nil, []roster.Reason{roster.Vanished}},
		"the first one of a small company": {func(f *roster.Figures) { f.AtWork, f.Gone = 3, 3 }, nil, nil},
		"cut off":                          {func(f *roster.Figures) { f.Cut = "the end" }, nil, []roster.Reason{roster.Truncated}},
		"cut off at its beginning":         {func(f *roster.Figures) { *f = roster.Figures{Cut: "the end"} }, nil, []roster.Reason{roster.Truncated}},
		"unreadable":                       {func(f *roster.Figures) { *f = roster.Figures{Unreadable: "a picture"} }, &roster.Figures{Records: 9}, []roster.Reason{roster.Unreadable}},
		"as many as declared":              {func(f *roster.Figures) { f.Declared = declared(1002) }, nil, nil},
		"one fewer than declared":          {func(f *roster.Figures) { f.Declared = declared(1003) }, nil, []roster.Reason{roster.Truncated}},
		"one more than declared":           {func(f *roster.Figures) { f.Declared = declared(1001) }, nil, []roster.Reason{roster.Truncated}},
		"a hundredth refused":              {func(f *roster.Figures) { f.Records, f.Refused = 990, 10 }, nil, nil},
		"more than a hundredth refused":    {func(f *roster.Figures) { f.Records, f.Refused = 989, 11 }, nil, []roster.Reason{roster.Faulty}},
		"empty":                            {func(f *roster.Figures) { f.Records, f.Refused = 0, 0 }, nil, []roster.Reason{roster.Empty}},
		"all refused":                      {func(f *roster.Figures) { f.Records, f.Refused = 0, 5 }, nil, []roster.Reason{roster.Faulty, roster.Empty}},
		"26 hours old":                     {func(f *roster.Figures) { f.AsOf = night.Add(-26 * time.Hour) }, nil, nil},
		"older":                            {func(f *roster.Figures) { f.AsOf = night.Add(-26*time.Hour - time.Second) }, nil, []roster.Reason{roster.Stale}},
		"a tenth smaller":                  {func(f *roster.Figures) { f.Records = 900 }, &roster.Figures{Records: 1000, Present: 900}, nil},
		"more than a tenth smaller":        {func(f *roster.Figures) { f.Records = 899 }, &roster.Figures{Records: 1000, Present: 900}, []roster.Reason{roster.Shrunk}},
		"a tenth gone":                     {func(f *roster.Figures) { f.Gone = 90 }, &roster.Figures{Records: 1000, Present: 900}, nil},
		"more than a tenth gone":           {func(f *roster.Figures) { f.Gone = 91 }, &roster.Figures{Records: 1000, Present: 900}, []roster.Reason{roster.Vanished}},
		"three of four in a small company": {func(f *roster.Figures) { f.Records, f.Refused, f.Gone = 1, 0, 3 }, &roster.Figures{Records: 4, Present: 4}, nil},
		"four of five in a small company":  {func(f *roster.Figures) { f.Records, f.Refused, f.Gone = 1, 0, 4 }, &roster.Figures{Records: 5, Present: 5}, []roster.Reason{roster.Shrunk, roster.Vanished}},
	} {
		t.Run(name, func(t *testing.T) {
			figures := healthy()
			c.change(&figures)
			verdict := roster.Judge(c.previous, figures, roster.DefaultLimits(), night)
			var reasons []roster.Reason
			for _, refusal := range verdict.Refusals {
				require.NotEmpty(t, refusal.Found)
				said := refusal.Reason == roster.Unreadable || refusal.Reason == roster.Truncated // by what could not be read
				require.True(t, said || refusal.Expected != "", refusal.String())
				reasons = append(reasons, refusal.Reason)
				require.True(t, verdict.Has(refusal.Reason))
			}
			require.Equal(t, c.want, reasons)
			require.Equal(t, len(c.want) == 0, verdict.Healthy())
		})
	}
}

func TestAVerdictIsInWords(t *testing.T) {
	unreadable := roster.Judge(nil, roster.Figures{Unreadable: "a login page, expected JSON lines"}, roster.DefaultLimits(), night)
	require.Equal(t, "the roster is unreadable: found a login page, expected JSON lines", unreadable.String())
	figures := healthy()
	figures.Records, figures.Refused, figures.AsOf = 850, 0, night.Add(-30*time.Hour)
	verdict := roster.Judge(&roster.Figures{Records: 1000, Present: 1000}, figures, roster.DefaultLimits(), night)
	require.Equal(t, "the roster is stale: found one of 2026-05-12T21:00:00Z, 30h0m0s old, expected one that is at most 26h0m0s old; "+
		"the roster is shrunk: found 850 people, expected at most 10 % fewer than the 1000 of the last good one", verdict.String())
}

func TestTheFirstRosterIsRefusedInWords(t *testing.T) {
	figures := healthy()
	figures.AtWork, figures.Gone = 500, 480
	verdict := roster.Judge(nil, figures, roster.DefaultLimits(), night)
	require.Equal(t, "the roster is vanished: found 480 of the 500 whom the record has at work missing or terminated, "+
		"expected at most 10 % of them in the first roster of a source", verdict.String())
	limits := roster.DefaultLimits()
	limits.MaxGone = 1
	require.True(t, roster.Judge(nil, figures, limits, night).Healthy(), "whoever knows better says so in the source's settings")
}

func TestAVerdictBecomesStaleWithTime(t *testing.T) {
	limits, figures := roster.DefaultLimits(), healthy()
	figures.Refused = 500
	verdict := roster.Judge(nil, figures, limits, night)
	require.False(t, verdict.Has(roster.Stale))
	later := roster.Rejudge(verdict, figures, limits, night.Add(48*time.Hour))
	require.True(t, later.Has(roster.Stale))
	require.True(t, later.Has(roster.Faulty), "what was wrong stays wrong")
	require.Equal(t, later, roster.Rejudge(later, figures, limits, night.Add(48*time.Hour)))
}

// Whatever is taken away from a good roster, it is no better believed for it.
func TestLessIsNeverBelievedMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		previous := roster.Figures{Records: rapid.Int64Range(0, 5000).Draw(t, "before")}
		previous.Present = rapid.Int64Range(0, previous.Records).Draw(t, "present before")
		figures := roster.Figures{
			AsOf: night, Records: rapid.Int64Range(1, 5000).Draw(t, "records"), Refused: rapid.Int64Range(0, 100).Draw(t, "refused"),
			Gone: rapid.Int64Range(0, previous.Present).Draw(t, "gone"),
		}
		less := figures
		less.Records -= rapid.Int64Range(0, figures.Records).Draw(t, "fewer")
		less.Gone = rapid.Int64Range(figures.Gone, previous.Present).Draw(t, "more gone")
		if !roster.Judge(&previous, figures, roster.DefaultLimits(), night).Healthy() {
			require.False(t, roster.Judge(&previous, less, roster.DefaultLimits(), night).Healthy())
		}
	})
}
