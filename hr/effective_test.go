package hr_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

func instant(t require.TestingT, text string) time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return parsed.UTC()
}

func TestEffectiveInstants(t *testing.T) {
	const issued, received = "2024-05-14T10:00:00Z", "2024-05-14T10:00:05Z"
	madrid := hr.State{Timezone: "Europe/Madrid"}
	create := func(members string) string { return inPayload(with(sample, "USER_UPDATE", "USER_CREATE"), members) }
	end := func(termination string) string { return inPayload(leaver, `"termination":{`+termination+`}`) }
	zones := hr.Zones{
		Organisation:    "America/New_York",
		ByLocation:      map[string]string{"TOK": "Asia/Tokyo"},
		ByDepartment:    map[string]string{"SUPP": "Europe/Lisbon"},
		Legacy:          map[string]string{"IST": "Asia/Kolkata"},
		NightShiftGrace: map[string]time.Duration{"NIGHT": 6 * time.Hour, "ENDLESS": 48 * time.Hour, "NEGATIVE": -time.Hour},
	}
	tests := []struct {
		name, document string
		before         hr.State
		want           string
	}{
		{"hire with an instant", atTop(create(`"hire_date":"2024-07-01"`), `"effective_at":"2024-06-01T08:00:00Z"`), madrid, "2024-06-01T08:00:00Z"},
		{"hire with an effective date", atTop(create(`"hire_date":"2024-07-01"`), `"effective_at":"2024-06-01"`), madrid, "2024-05-31T22:00:00Z"},
		{"hire by hire date", create(`"hire_date":"2024-06-01"`), madrid, "2024-05-31T22:00:00Z"},
		{"hire of today by default", with(create(`"department_code":"X"`), "10:23:45", "10:00:00"), madrid, issued},
		{"hire whose date was cleared", with(create(`"hire_date":null`), "10:23:45", "10:00:00"), madrid, issued},
		{"update at once", with(sample, "10:23:45", "10:00:00"), madrid, issued},
		{"update does not begin on a hire date", with(inPayload(sample, `"hire_date":"2024-07-01"`), "10:23:45", "10:00:00"), madrid, issued},
		{"update of a date", atTop(sample, `"effective_at":"2024-06-01"`), madrid, "2024-05-31T22:00:00Z"},

		{"zone of the event", atTop(inPayload(sample, `"timezone":"Asia/Tokyo"`), `"effective_at":"2024-06-01"`), madrid, "2024-05-31T15:00:00Z"},
		{"zone in HR's words", atTop(inPayload(sample, `"timezone":"IST"`), `"effective_at":"2024-06-01"`), madrid, "2024-05-31T18:30:00Z"},
		{"zone the event clears", atTop(inPayload(sample, `"timezone":null`), `"effective_at":"2024-06-01"`), madrid, "2024-06-01T04:00:00Z"},
		{"zone of the event's location", atTop(inPayload(sample, `"location_code":"TOK"`), `"effective_at":"2024-06-01"`), hr.State{}, "2024-05-31T15:00:00Z"},
		{"zone of the person before the location's", atTop(inPayload(sample, `"location_code":"TOK"`), `"effective_at":"2024-06-01"`), madrid, "2024-05-31T22:00:00Z"},
		{"zone of the known location", atTop(sample, `"effective_at":"2024-06-01"`), hr.State{LocationCode: "TOK", DepartmentCode: "SUPP"}, "2024-05-31T15:00:00Z"},
		{"zone of the department", atTop(inPayload(sample, `"department_code":"SUPP"`), `"effective_at":"2024-06-01"`), hr.State{}, "2024-05-31T23:00:00Z"},
		{"zone of the organisation", atTop(sample, `"effective_at":"2024-06-01"`), hr.State{}, "2024-06-01T04:00:00Z"},
		{"zone that cannot be read is passed over", atTop(sample, `"effective_at":"2024-06-01"`), hr.State{Timezone: "Nowhere"}, "2024-06-01T04:00:00Z"},

		{"leaver at once", with(leaver, "10:23:45", "10:00:00"), madrid, issued},
		{"leaver from a clock ahead of ours", with(leaver, "10:23:45", "10:30:00"), madrid, received},
		{"leaver at the end of the last day", end(`"last_day":"2024-06-30"`), madrid, "2024-06-30T22:00:00Z"},
		{"leaver at the end of the last working day", end(`"last_day":"2024-06-30","last_working_day":"2024-06-15"`), madrid, "2024-06-15T22:00:00Z"},
		{"leaver with a last day in the past", end(`"last_day":"2024-05-10"`), madrid, "2024-05-10T22:00:00Z"},
		{"leaver with an instant", atTop(leaver, `"effective_at":"2024-06-30T15:00:00Z"`), madrid, "2024-06-30T15:00:00Z"},
		{"leaver with an effective date", atTop(leaver, `"effective_at":"2024-06-30"`), madrid, "2024-06-30T22:00:00Z"},
		{"last day before effective date", atTop(end(`"last_day":"2024-06-20"`), `"effective_at":"2024-06-30"`), madrid, "2024-06-20T22:00:00Z"},
		{"last day before the clocks change", end(`"last_day":"2024-10-27"`), madrid, "2024-10-27T23:00:00Z"},
		{"last day on which the clocks go back", inPayload(end(`"last_day":"2024-11-03"`), `"timezone":"America/New_York"`), hr.State{}, "2024-11-04T05:00:00Z"},
		{"last day on which the clocks go forward", inPayload(end(`"last_day":"2024-03-10"`), `"timezone":"America/New_York"`), hr.State{}, "2024-03-11T04:00:00Z"},
		{"last day whose midnight is missing", inPayload(end(`"last_day":"2024-09-07"`), `"timezone":"America/Santiago"`), hr.State{}, "2024-09-08T04:00:00Z"},
		{"last day whose last hour comes twice", inPayload(end(`"last_day":"2024-04-06"`), `"timezone":"America/Santiago"`), hr.State{}, "2024-04-07T04:00:00Z"},
		{"night shift in which the clocks go back", end(`"last_day":"2024-11-02"`), hr.State{Timezone: "America/New_York", DepartmentCode: "NIGHT"}, "2024-11-03T10:00:00Z"},
		{"night shift", end(`"last_day":"2024-06-30"`), hr.State{Timezone: "Europe/Madrid", DepartmentCode: "NIGHT"}, "2024-07-01T04:00:00Z"},
		{"night shift of the event's department", inPayload(end(`"last_day":"2024-06-30"`), `"department_code":"NIGHT"`), madrid, "2024-07-01T04:00:00Z"},
		{"grace is bounded", end(`"last_day":"2024-06-30"`), hr.State{Timezone: "Europe/Madrid", DepartmentCode: "ENDLESS"}, "2024-07-01T10:00:00Z"},
		{"grace never shortens", end(`"last_day":"2024-06-30"`), hr.State{Timezone: "Europe/Madrid", DepartmentCode: "NEGATIVE"}, "2024-06-30T22:00:00Z"},

		{"involuntary of today acts on receipt", end(`"reason":"INVOLUNTARY","last_day":"2024-05-14"`), madrid, received},
		{"involuntary of yesterday", end(`"reason":"INVOLUNTARY","last_day":"2024-05-13"`), madrid, "2024-05-13T22:00:00Z"},
		{"involuntary of tomorrow waits", end(`"reason":"INVOLUNTARY","last_day":"2024-05-15"`), madrid, "2024-05-15T22:00:00Z"},
		{"today is a matter of zone", end(`"reason":"INVOLUNTARY","last_day":"2024-05-13"`), hr.State{Timezone: "Pacific/Pago_Pago"}, received},
		{"involuntary has no night shift", end(`"reason":"INVOLUNTARY","last_day":"2024-05-15"`), hr.State{Timezone: "Europe/Madrid", DepartmentCode: "NIGHT"}, "2024-05-15T22:00:00Z"},
		{"involuntary at a minute waits for it", atTop(end(`"reason":"INVOLUNTARY"`), `"effective_at":"2024-05-14T15:00:00Z"`), madrid, "2024-05-14T15:00:00Z"},
		{"involuntary without a date", with(end(`"reason":"INVOLUNTARY"`), "10:23:45", "10:00:00"), madrid, issued},

		{"rescind at once", atTop(with(leaver, "USER_TERMINATE", "EVENT_RESCIND", "10:23:45", "10:00:00"), `"rescinds_event_id":"x"`), madrid, issued},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decoded, err := hr.Decode([]byte(test.document), zones)
			require.NoError(t, err)
			got := hr.EffectiveInstant(decoded.Event, instant(t, received), test.before, zones)
			require.Equal(t, test.want, got.Format(time.RFC3339))
			require.Equal(t, time.UTC, got.Location())
		})
	}
}

func TestWithoutAnyZoneADateIsReadInUTC(t *testing.T) {
	e := accepted(t, atTop(sample, `"effective_at":"2024-06-01"`))
	require.Equal(t, instant(t, "2024-06-01T00:00:00Z"), hr.EffectiveInstant(e, e.TimestampUTC, hr.State{}, hr.Zones{}))
}

func TestAHireWhereMidnightIsMissingBeginsWithTheDay(t *testing.T) {
	e := accepted(t, inPayload(with(sample, "USER_UPDATE", "USER_CREATE"), `"hire_date":"2024-09-08","timezone":"America/Santiago"`))
	require.Equal(t, instant(t, "2024-09-08T04:00:00Z"), hr.EffectiveInstant(e, e.TimestampUTC, hr.State{}, hr.Zones{}))
}
