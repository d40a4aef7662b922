package hr_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
)

func zone(t require.TestingT, name string) *time.Location {
	loaded, err := hr.LoadZone(name)
	require.NoError(t, err)
	return loaded
}

func day(t require.TestingT, text string) hr.Date {
	date, err := hr.ParseDate(text)
	require.NoError(t, err)
	return date
}

func TestADayBeginsWhenTheCalendarOfItsZoneShowsIt(t *testing.T) {
	tests := []struct{ zone, date, want, why string }{
		{"UTC", "2024-05-14", "2024-05-14T00:00:00Z", "no clock changes"},
		{"Europe/Madrid", "2024-01-15", "2024-01-14T23:00:00Z", "winter"},
		{"Europe/Madrid", "2024-03-31", "2024-03-30T23:00:00Z", "the gap comes at 02:00, after the beginning"},
		{"Europe/Madrid", "2024-04-01", "2024-03-31T22:00:00Z", "a day of 23 hours lies before"},
		{"Europe/Madrid", "2024-10-27", "2024-10-26T22:00:00Z", "still summer at midnight"},
		{"Europe/Madrid", "2024-10-28", "2024-10-27T23:00:00Z", "a day of 25 hours lies before"},
		{"America/New_York", "2024-03-11", "2024-03-11T04:00:00Z", "the day after the gap"},
		{"America/New_York", "2024-11-04", "2024-11-04T05:00:00Z", "the day after the overlap"},
		{"America/Santiago", "2024-09-08", "2024-09-08T04:00:00Z", "no midnight: 00:00 becomes 01:00"},
		{"America/Santiago", "2024-04-07", "2024-04-07T04:00:00Z", "the last hour of the 6th comes twice"},
		{"Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z", "no midnight: 00:00 becomes 01:00"},
		{"America/Havana", "2024-11-03", "2024-11-03T04:00:00Z", "the first hour comes twice: its first occurrence"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "the day was skipped: the beginning of the next"},
		{"Pacific/Kiritimati", "2024-05-14", "2024-05-13T10:00:00Z", "14 hours ahead"},
	}
	for _, test := range tests {
		t.Run(test.zone+" "+test.date, func(t *testing.T) {
			got := day(t, test.date).StartIn(zone(t, test.zone))
			require.Equal(t, test.want, got.Format(time.RFC3339), test.why)
		})
	}
}

func TestTheBeginningIsTheFirstInstantOfTheDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := zone(t, rapid.SampledFrom([]string{
			"Europe/Madrid", "America/New_York", "America/Santiago", "Africa/Cairo", "America/Havana", "Asia/Beirut",
			"Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Atlantic/Azores", "UTC",
		}).Draw(t, "zone"))
		date := hr.DateOf(time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "second"), 0), in)
		start := date.StartIn(in)
		require.Equal(t, date, hr.DateOf(start, in))
		require.True(t, date.After(hr.DateOf(start.Add(-time.Second), in)), "a second earlier it is the day before")
	})
}

func TestDatesAreWrittenAsTheyAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		date := hr.DateOf(time.Unix(rapid.Int64Range(-2_000_000_000, 200_000_000_000).Draw(t, "second"), 0), time.UTC)
		require.Equal(t, date, day(t, date.String()))
		require.True(t, date.Next().After(date))
		require.False(t, date.After(date))
	})
}

func TestWhatIsNoDate(t *testing.T) {
	for _, text := range []string{"", "2024-5-1", "2024-02-30", "20240514", "2024-05-14T00:00:00Z", "1899-12-31", "٢٠٢٤-٠٥-١٤"} {
		_, err := hr.ParseDate(text)
		require.Error(t, err, text)
	}
}

// What Go says of the clocks in years that a zone's file does not list is extrapolated, and wrong on the last day of a leap year.
func TestEveryDayAroundNewYearBeginsWhenItIsShownFirst(t *testing.T) {
	for _, name := range []string{"America/New_York", "Europe/Madrid", "America/Santiago", "Africa/Cairo", "Australia/Sydney", "Pacific/Auckland", "Asia/Kolkata", "UTC"} {
		in := zone(t, name)
		for _, year := range []int{2028, 2036, 2040, 2041, 2044, 2060, 2096, 2100, 2400, 9996} {
			date := hr.Date{Year: year, Month: time.December, Day: 28}
			for range 8 {
				start := date.StartIn(in)
				require.Equal(t, date, hr.DateOf(start, in), "%s in %s", date, name)
				require.True(t, date.After(hr.DateOf(start.Add(-time.Second), in)), "%s in %s", date, name)
				date = date.Next()
			}
		}
	}
}
