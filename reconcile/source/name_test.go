package source

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPatternNamesFilesAndTheirMoment(t *testing.T) {
	day := time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		pattern, key string
		want         time.Time
		fits         bool
	}{
		{"roster-{date}.csv", "roster-20260514.csv", day, true},
		{"roster-{date}.csv", "roster-2026-05-14.csv", day, true},
		{"roster-{date}.csv", "roster-2026-05-14.csv.sha256", time.Time{}, false},
		{"roster-{date}.csv", "roster-20260231.csv", time.Time{}, false},
		{"roster-{date}T{time}Z.csv", "roster-2026-05-14T02:30Z.csv", day.Add(150 * time.Minute), true},
		{"roster-{date}-{time}.csv", "roster-20260514-023015.csv", day.Add(150*time.Minute + 15*time.Second), true},
		{"out/*-{date}*.csv", "out/hr.eu-20260514-final.csv", day, true},
		{"out/*-{date}*.csv", "out/a/b-20260514.csv", time.Time{}, false},
		{"*.csv", "roster.csv", time.Time{}, true},
		{"*.csv", "rosterxcsv", time.Time{}, false},
		{"{x}.csv", "{x}.csv", time.Time{}, true},
	} {
		name, ok := ParseName(c.pattern)
		require.True(t, ok, c.pattern)
		at, fits := name.matches(c.key)
		require.Equal(t, c.fits, fits, "%s %s", c.pattern, c.key)
		if c.fits {
			require.Equal(t, c.want, at, "%s %s", c.pattern, c.key)
		}
	}
	for _, pattern := range []string{"", "{time}", "{date}{date}", "{date}{time}{time}"} {
		_, ok := ParseName(pattern)
		require.False(t, ok, pattern)
	}
}
