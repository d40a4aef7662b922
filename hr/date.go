package hr

import (
	"fmt"
	"regexp"
	"time"
)

// dateForm keeps time.Parse, which is generous, to the one way a date is written.
var dateForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// instantForm is RFC 3339 with capital T and Z and up to nanoseconds; Go's own parser accepts more than the RFC does.
var instantForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$`)

// Years outside these are typing errors or a system's word for "never" (9999-12-31 is common and passes), and would not fit
// every store that the event goes through.
const (
	firstYear = 1900
	lastYear  = 9999
)

// ParseDate reads YYYY-MM-DD. A date that does not exist, or lies outside the years 1900 to 9999, is an error.
func ParseDate(text string) (Date, error) {
	if !dateForm.MatchString(text) {
		return Date{}, fmt.Errorf("date %q: expected YYYY-MM-DD", shortened(text, maxFound))
	}
	parsed, err := time.Parse(time.DateOnly, text)
	if err != nil || parsed.Year() < firstYear {
		return Date{}, fmt.Errorf("date %q: expected a day of the calendar from %d on", text, firstYear)
	}
	return Date{Year: parsed.Year(), Month: parsed.Month(), Day: parsed.Day()}, nil
}

// DateOf is the calendar date of an instant in a zone.
func DateOf(instant time.Time, zone *time.Location) Date {
	year, month, day := instant.In(zone).Date()
	return Date{Year: year, Month: month, Day: day}
}

// String writes the date as YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// MarshalText writes YYYY-MM-DD, so that a Date in JSON is a string.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Next is the day after.
func (d Date) Next() Date {
	year, month, day := time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, time.UTC).Date()
	return Date{Year: year, Month: month, Day: day}
}

// After says whether d is a later day than other.
func (d Date) After(other Date) bool { return d.midnightUTC().After(other.midnightUTC()) }

func (d Date) midnightUTC() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// StartIn is the first instant at which the calendar in the zone shows the date, or a later one where the zone skipped it.
//
// That is 00:00 on ordinary days. Where the clocks jump over midnight (America/Santiago, Africa/Cairo in spring) it is the
// instant of the jump, labelled 01:00; where they go back over midnight and repeat the last hour of the day before, it is
// the end of the repetition; where they repeat the first hour of the day, its first occurrence. So the end of a day and the
// start of the next are always the same instant.
func (d Date) StartIn(zone *time.Location) time.Time {
	midnight := d.midnightUTC()
	// No zone is further than 26 hours from UTC, so the search begins before the date and meets it soon after.
	for t := midnight.Add(-26 * time.Hour); ; {
		begin, end := t.In(zone).ZoneBounds()
		_, offset := t.In(zone).Zone()
		start := midnight.Add(-time.Duration(offset) * time.Second)
		if !begin.IsZero() && start.Before(begin) {
			start = begin
		}
		// After the years that a zone's file lists, Go says of the last day of a leap year that its bounds end with the day's beginning:
		// before the instant that was asked about. No zone changes its clocks on that day.
		if end.IsZero() || !end.After(t) || start.Before(end) {
			return start.UTC()
		}
		t = end
	}
}

func parseInstant(text string) (time.Time, bool) {
	if !instantForm.MatchString(text) {
		return time.Time{}, false
	}
	instant, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, false
	}
	instant = instant.UTC()
	return instant, instant.Year() >= firstYear && instant.Year() <= lastYear
}

// writtenInstant is the one way an instant is written: UTC, no trailing zeros.
func writtenInstant(instant time.Time) string { return instant.UTC().Format(time.RFC3339Nano) }
