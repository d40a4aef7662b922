package hr_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
)

// sample is a complete, valid document; tests replace a part of it.
const sample = `{"event_id":"evt-1","event_type":"USER_UPDATE","source_system":"WORKDAY","timestamp_utc":"2024-05-14T10:23:45Z",` +
	`"payload":{"external_user_id":"E-1","email":"jane.doe@example.com","first_name":"Jane","last_name":"Doe"}}`

const leaver = `{"event_id":"evt-9","event_type":"USER_TERMINATE","source_system":"WORKDAY","timestamp_utc":"2024-05-14T10:23:45Z",` +
	`"payload":{"external_user_id":"E-1"}}`

func with(document string, replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(document)
}

// inPayload adds members to the payload.
func inPayload(document, members string) string {
	return with(document, `"external_user_id":"E-1"`, `"external_user_id":"E-1",`+members)
}

// atTop adds members beside the payload.
func atTop(document, members string) string {
	return with(document, `"payload":`, members+`,"payload":`)
}

func accepted(t *testing.T, document string) hr.Event {
	t.Helper()
	decoded, err := hr.Decode([]byte(document), hr.Zones{})
	require.NoError(t, err)
	require.Empty(t, decoded.Defects)
	return decoded.Event
}

func refused(t *testing.T, document string) *hr.Refusal {
	t.Helper()
	_, err := hr.Decode([]byte(document), hr.Zones{})
	var refusal *hr.Refusal
	require.ErrorAs(t, err, &refusal)
	require.NotEmpty(t, refusal.Problems)
	for _, problem := range refusal.Problems {
		require.NotEmpty(t, problem.Field)
		require.NotEmpty(t, problem.Found)
		require.NotEmpty(t, problem.Expected)
		require.LessOrEqual(t, len(problem.Found), 200)
	}
	return refusal
}

func fields(found []hr.Problem) []string {
	names := make([]string, len(found))
	for i, problem := range found {
		names[i] = problem.Field
	}
	return names
}

func given[T any](value T) hr.Optional[T] { return hr.Optional[T]{Present: true, Value: value} }

func cleared[T any]() hr.Optional[T] { return hr.Optional[T]{Present: true, Null: true} }

func TestTheGuidesExampleIsAcceptedByteForByte(t *testing.T) {
	raw, err := os.ReadFile("testdata/guide_user_update.json")
	require.NoError(t, err)
	decoded, err := hr.Decode(raw, hr.Zones{})
	require.NoError(t, err)
	require.Empty(t, decoded.Defects)
	require.Equal(t, hr.Event{
		EventID:      "evt_8f7a9c2b-4d1e-4a3f-9b8c-7e6d5c4b3a2f",
		EventType:    hr.UserUpdate,
		SourceSystem: "WORKDAY",
		TimestampUTC: time.Date(2024, 5, 14, 10, 23, 45, 0, time.UTC),
		Payload: hr.Payload{
			ExternalUserID: "WD-EMP-99284",
			Email:          given("jane.doe@enterprise.com"),
			FirstName:      given("Jane"),
			LastName:       given("Doe"),
			PhoneExtension: given("4452"),
			DepartmentCode: given("SUPP_L2"),
			SkillCodes:     given([]string{"LANG_ES", "SVC_BILLING", "SVC_TECH"}),
			Status:         given(hr.StatusActive),
			Timezone:       given("America/New_York"),
		},
	}, decoded.Event)
}

func TestEveryFurtherFieldIsRead(t *testing.T) {
	e := accepted(t, inPayload(atTop(sample, `"effective_at":"2024-06-01","replaces_event_id":"evt-0"`),
		`"job_title_code":"SNR","location_code":"MAD","manager_external_id":"E-7","hire_date":"2024-06-01","leave_until":"2024-07-01"`))
	require.Equal(t, &hr.Moment{Date: &hr.Date{Year: 2024, Month: 6, Day: 1}}, e.EffectiveAt)
	require.Equal(t, "evt-0", e.ReplacesEventID)
	require.Equal(t, given("SNR"), e.Payload.JobTitleCode)
	require.Equal(t, given("MAD"), e.Payload.LocationCode)
	require.Equal(t, given("E-7"), e.Payload.ManagerExternalID)
	require.Equal(t, given(hr.Date{Year: 2024, Month: 6, Day: 1}), e.Payload.HireDate)
	require.Equal(t, given(hr.Date{Year: 2024, Month: 7, Day: 1}), e.Payload.LeaveUntil)
}

func TestAbsentNullAndEmptyDiffer(t *testing.T) {
	require.Equal(t, hr.Optional[string]{}, accepted(t, sample).Payload.DepartmentCode)
	require.Equal(t, cleared[string](), accepted(t, inPayload(sample, `"department_code":null`)).Payload.DepartmentCode)
	require.Equal(t, hr.Optional[[]string]{}, accepted(t, sample).Payload.SkillCodes)
	require.Equal(t, cleared[[]string](), accepted(t, inPayload(sample, `"skill_codes":null`)).Payload.SkillCodes)
	require.Equal(t, given([]string{}), accepted(t, inPayload(sample, `"skill_codes":[]`)).Payload.SkillCodes)
	require.Equal(t, []string{"payload.department_code"}, fields(refused(t, inPayload(sample, `"department_code":""`)).Problems),
		"an empty text says neither")
}

func TestEffectiveAtIsAnInstantOrADate(t *testing.T) {
	e := accepted(t, atTop(sample, `"effective_at":"2024-06-01T09:00:00.500+02:00"`))
	require.Equal(t, &hr.Moment{Instant: time.Date(2024, 6, 1, 7, 0, 0, 500_000_000, time.UTC)}, e.EffectiveAt)
}

func TestSkillCodesAreASet(t *testing.T) {
	e := accepted(t, inPayload(sample, `"skill_codes":["B","A","B"]`))
	require.Equal(t, given([]string{"A", "B"}), e.Payload.SkillCodes)
}

func TestTerminationAndRescindsAreReadInBothPositions(t *testing.T) {
	last := hr.Date{Year: 2024, Month: 6, Day: 30}
	want := &hr.Termination{Reason: hr.Involuntary, LastDay: &last}
	const termination = `"termination":{"reason":"INVOLUNTARY","last_day":"2024-06-30"}`
	require.Equal(t, want, accepted(t, inPayload(leaver, termination)).Payload.Termination)
	require.Equal(t, want, accepted(t, atTop(leaver, termination)).Payload.Termination)

	rescind := with(leaver, "USER_TERMINATE", "EVENT_RESCIND")
	require.Equal(t, "evt-1", accepted(t, atTop(rescind, `"rescinds_event_id":"evt-1"`)).RescindsEventID)
	require.Equal(t, "evt-1", accepted(t, inPayload(rescind, `"rescinds_event_id":"evt-1"`)).RescindsEventID)
	both := inPayload(atTop(rescind, `"rescinds_event_id":"evt-1"`), `"rescinds_event_id":"evt-1"`)
	require.Equal(t, []string{"rescinds_event_id"}, fields(refused(t, both).Problems))
}

func TestAnUpdateToTerminatedIsATermination(t *testing.T) {
	update, err := hr.Decode([]byte(inPayload(with(leaver, "USER_TERMINATE", "USER_UPDATE"), `"status":"TERMINATED"`)), hr.Zones{})
	require.NoError(t, err)
	plain, err := hr.Decode([]byte(leaver), hr.Zones{})
	require.NoError(t, err)
	require.Equal(t, hr.UserTerminate, update.Event.EventType)
	require.Equal(t, plain, update, "the same content, however it was said")
}

func TestRefusals(t *testing.T) {
	create := with(sample, "USER_UPDATE", "USER_CREATE")
	assign := with(leaver, "USER_TERMINATE", "SKILL_ASSIGN")
	rescind := atTop(with(leaver, "USER_TERMINATE", "EVENT_RESCIND"), `"rescinds_event_id":"evt-1"`)
	tests := []struct {
		name, document string
		want           []string
	}{
		{"unknown field", atTop(sample, `"priority":1`), []string{"priority"}},
		{"unknown payload field", inPayload(sample, `"nickname":"JD"`), []string{"payload.nickname"}},
		{"field names are case-sensitive", with(sample, `"email"`, `"Email"`), []string{"payload.Email"}},
		{"duplicate key", atTop(sample, `"source_system":"SAP"`), []string{"source_system"}},
		{"duplicate payload key", inPayload(sample, `"first_name":"Joan"`), []string{"payload.first_name"}},
		{"duplicate payload", atTop(sample, `"payload":{}`), []string{"payload"}},
		{"unknown type lists the known", with(sample, "USER_UPDATE", "USER_MOVE"), []string{"event_type"}},
		{"type in lower case", with(sample, "USER_UPDATE", "user_update"), []string{"event_type"}},
		{"wrong type of value", with(sample, `"evt-1"`, `17`), []string{"event_id"}},
		{"text for codes", inPayload(sample, `"skill_codes":"A"`), []string{"payload.skill_codes"}},
		{"number among codes", inPayload(sample, `"skill_codes":["A",2,null]`), []string{"payload.skill_codes[1]", "payload.skill_codes[2]"}},
		{"payload is no object", `{"event_id":"e","event_type":"USER_UPDATE","source_system":"S","timestamp_utc":"2024-05-14T10:23:45Z","payload":[]}`, []string{"payload"}},
		{"payload missing", `{"event_id":"e","event_type":"USER_UPDATE","source_system":"S","timestamp_utc":"2024-05-14T10:23:45Z"}`, []string{"payload"}},
		{"external id missing", with(sample, `"external_user_id":"E-1",`, ``), []string{"payload.external_user_id"}},
		{"source missing", with(sample, `"source_system":"WORKDAY",`, ``), []string{"source_system"}},
		{"offset in timestamp", with(sample, "10:23:45Z", "10:23:45+00:00"), []string{"timestamp_utc"}},
		{"timestamp without seconds", with(sample, "10:23:45Z", "10:23Z"), []string{"timestamp_utc"}},
		{"day that does not exist", atTop(sample, `"effective_at":"2023-02-29"`), []string{"effective_at"}},
		{"date with slashes", inPayload(sample, `"hire_date":"01/06/2024"`), []string{"payload.hire_date"}},
		{"implausible email", with(sample, "jane.doe@example.com", "jane.doe"), []string{"payload.email"}},
		{"email with a display name", with(sample, "jane.doe@example.com", "Jane <jane@example.com>"), []string{"payload.email"}},
		{"two emails", with(sample, "jane.doe@example.com", "a@example.com,b@example.com"), []string{"payload.email"}},
		{"email cannot be cleared", with(sample, `"jane.doe@example.com"`, `null`), []string{"payload.email"}},
		{"blank name", with(sample, `"Jane"`, `" "`), []string{"payload.first_name"}},
		{"control character in a name", with(sample, `"Jane"`, `"Ja\u0000ne"`), []string{"payload.first_name"}},
		{"directional override in a name", with(sample, `"Jane"`, `"Ja\u202ene"`), []string{"payload.first_name"}},
		{"letters in the extension", inPayload(sample, `"phone_extension":"call me"`), []string{"payload.phone_extension"}},
		{"space around a code", inPayload(sample, `"department_code":"SUPP "`), []string{"payload.department_code"}},
		{"status in lower case", inPayload(sample, `"status":"active"`), []string{"payload.status"}},
		{"status cannot be cleared", inPayload(sample, `"status":null`), []string{"payload.status"}},
		{"bad UTF-8", with(sample, `"Jane"`, "\"Ja\xffne\""), []string{"payload.first_name"}},
		{"lone surrogate", with(sample, `"Jane"`, `"\ud800"`), []string{"payload.first_name"}},
		{"hire without a person", with(leaver, "USER_TERMINATE", "USER_CREATE"), []string{"payload.email", "payload.first_name", "payload.last_name"}},
		{"hire as terminated", inPayload(create, `"status":"TERMINATED"`), []string{"payload.status"}},
		{"termination of an update", inPayload(sample, `"termination":{}`), []string{"payload.termination"}},
		{"skill mode of an update", inPayload(sample, `"skill_mode":"ADD"`), []string{"payload.skill_mode"}},
		{"skills to assign are missing", assign, []string{"payload.skill_codes"}},
		{"nothing to add", inPayload(assign, `"skill_codes":[]`), []string{"payload.skill_codes"}},
		{"unknown skill mode", inPayload(assign, `"skill_codes":["A"],"skill_mode":"SET"`), []string{"payload.skill_mode"}},
		{"rescind of nothing", with(leaver, "USER_TERMINATE", "EVENT_RESCIND"), []string{"rescinds_event_id"}},
		{"rescind of itself", with(rescind, `"evt-1"`, `"evt-9"`), []string{"rescinds_event_id"}},
		{"rescind with a date", atTop(rescind, `"effective_at":"2024-06-01"`), []string{"effective_at"}},
		{"rescind with a person", inPayload(rescind, `"first_name":"Jane"`), []string{"payload.first_name"}},
		{"rescinding update", atTop(sample, `"rescinds_event_id":"evt-0"`), []string{"rescinds_event_id"}},
		{"replacing itself", atTop(sample, `"replaces_event_id":"evt-1"`), []string{"replaces_event_id"}},
		{"trailing data", sample + `{}`, []string{"body"}},
		{"cut off", sample[:len(sample)-1], []string{"body"}},
		{"not JSON", `event_id=1`, []string{"body"}},
		{"empty", ``, []string{"body"}},
		{"an array", `[` + sample + `]`, []string{"body"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, fields(refused(t, test.document).Problems))
		})
	}
}

func TestEveryProblemIsToldAtOnce(t *testing.T) {
	refusal := refused(t, with(atTop(inPayload(sample, `"timezone":"EST","skill_codes":["A",1]`), `"extra":{}`),
		"2024-05-14T10:23:45Z", "yesterday"))
	require.ElementsMatch(t,
		[]string{"extra", "timestamp_utc", "payload.timezone", "payload.skill_codes[1]"}, fields(refusal.Problems))
	require.Equal(t, "evt-1", refusal.EventID)
	require.Equal(t, "E-1", refusal.ExternalUserID)
	require.Equal(t, hr.UserUpdate, refusal.Type)
}

func TestProblemsAreBounded(t *testing.T) {
	var many strings.Builder
	for range 20_000 {
		many.WriteString(`"` + strings.Repeat("x", 20) + `":0,`)
	}
	refusal := refused(t, with(sample, `"event_id"`, many.String()+`"event_id"`))
	require.LessOrEqual(t, len(refusal.Problems), 101)
	require.Contains(t, refusal.Problems[len(refusal.Problems)-1].Found, "further problems")
}

func TestProblemsDoNotCarryPersonalData(t *testing.T) {
	for _, document := range []string{
		with(sample, "jane.doe@example.com", "jane.doe@@example.com"),
		with(sample, `"Jane"`, `"jane.doe\u0007"`),
		inPayload(sample, `"phone_extension":"jane.doe"`),
		with(sample, `"E-1"`, `"jane.doe@example.com"`),
		inPayload(sample, `"manager_external_id":"jane.doe@example.com"`),
		inPayload(sample, `"note":"jane.doe"`),
	} {
		require.NotContains(t, refused(t, document).Error(), "jane.doe")
	}
	require.NotContains(t, refused(t, with(sample, `"E-1"`, `"123-45-6789"`)).Error(), "123-45-6789")
}

func TestLongValuesAreShortened(t *testing.T) {
	refusal := refused(t, inPayload(sample, `"status":"`+strings.Repeat("A", 10_000)+`"`))
	require.Less(t, len(refusal.Error()), 500)
}

func TestAnEventOverTheLimitIsRefused(t *testing.T) {
	require.Equal(t, []string{"body"}, fields(refused(t, sample+strings.Repeat(" ", hr.MaxBody)).Problems))
}

func TestZones(t *testing.T) {
	zones := hr.Zones{Legacy: map[string]string{"EST": "America/New_York"}}
	in := func(zone string) error {
		_, err := hr.Decode([]byte(inPayload(sample, `"timezone":"`+zone+`"`)), zones)
		return err
	}
	for _, zone := range []string{"Europe/Madrid", "America/Argentina/Ushuaia", "America/Port-au-Prince", "UTC", "Etc/UTC", "EST"} {
		require.NoError(t, in(zone), zone)
	}
	for _, zone := range []string{
		"PST", "CET", "UTC-5", "+02:00", "Etc/GMT+5", "Local", "GMT", "posix/Europe/Madrid", "right/UTC", "europe/madrid",
		"Europe/Atlantis", "../etc/passwd", "Europe/../UTC", "America/",
	} {
		require.Error(t, in(zone), zone)
	}
}

func TestIdentifiers(t *testing.T) {
	for _, id := range []string{"WD-EMP-99284", "evt_8f7a9c2b-4d1e", "a.b:c", "123456789", "00123456", "85030312345", "12345678A", "1234567L", strings.Repeat("x", 128)} {
		require.True(t, hr.ValidIdentifier(id), id)
	}
	for _, id := range []string{
		"", strings.Repeat("x", 129), "a b", "a/b", "ñandu", "jane@example.com", "E-1\n",
		"123-45-6789",                          // US social security number
		"AB123456C",                            // UK national insurance number
		"12345678Z", "12345678-Z", "X1234567L", // Spanish DNI and NIE with the right check letter
		"RSSMRA85T10A562S", // Italian fiscal code
		"123.456.789-09",   // Brazilian CPF
		"255081416802538",  // French NIR with its key
	} {
		require.False(t, hr.ValidIdentifier(id), id)
	}
}

func TestATerminationActsInSpiteOfDefects(t *testing.T) {
	tests := []struct {
		name, document string
		defects        []string
	}{
		{"unknown field", atTop(leaver, `"urgency":"high"`), []string{"urgency"}},
		{"unknown zone", inPayload(leaver, `"timezone":"EST"`), []string{"payload.timezone"}},
		{"bad date", inPayload(leaver, `"termination":{"last_day":"soon"}`), []string{"payload.termination.last_day"}},
		{"unknown reason", inPayload(leaver, `"termination":{"reason":"FIRED"}`), []string{"payload.termination.reason"}},
		{"termination is no object", inPayload(leaver, `"termination":"now"`), []string{"payload.termination"}},
		{"no source", with(leaver, `"source_system":"WORKDAY",`, ``), []string{"source_system"}},
		{"timestamp with an offset", with(leaver, "10:23:45Z", "12:23:45+02:00"), []string{"timestamp_utc"}},
		{"trailing data", leaver + `,`, []string{"body"}},
		{"cut off", leaver[:len(leaver)-2], []string{"body"}},
		{"the same id twice", inPayload(leaver, `"external_user_id":"E-1"`), []string{"payload.external_user_id"}},
		{"bad UTF-8", inPayload(leaver, "\"last_name\":\"\xff\""), []string{"payload.last_name"}},
		{"another status", inPayload(leaver, `"status":"ACTIVE"`), []string{"payload.status"}},
		{"as an update", inPayload(with(leaver, "USER_TERMINATE", "USER_UPDATE"), `"status":"TERMINATED","email":"?"`), []string{"payload.email"}},
		{"rescinding", atTop(leaver, `"rescinds_event_id":"evt-1"`), []string{"rescinds_event_id"}},
		{"skill mode", inPayload(leaver, `"skill_mode":"ADD"`), []string{"payload.skill_mode"}},
	}
	plain := accepted(t, leaver)
	plain.SourceSystem = ""
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decoded, err := hr.Decode([]byte(test.document), hr.Zones{})
			require.NoError(t, err)
			require.Equal(t, test.defects, fields(decoded.Defects))
			got := decoded.Event
			got.SourceSystem = ""
			if got.Payload.Termination != nil {
				require.Equal(t, hr.Termination{}, *got.Payload.Termination)
				got.Payload.Termination = nil
			}
			require.Equal(t, plain, got, "what is wrong is left out")
			again, err := hr.FromCanonical(decoded.Canonical)
			require.NoError(t, err)
			require.Equal(t, decoded.Event, again)
		})
	}
}

func TestADefectiveTerminationKeepsWhatCanBeRead(t *testing.T) {
	decoded, err := hr.Decode([]byte(inPayload(leaver,
		`"termination":{"last_day":"2024-06-30","last_working_day":"2024-07-15","notice":true}`)), hr.Zones{})
	require.NoError(t, err)
	require.Equal(t, []string{"payload.termination.notice", "payload.termination.last_working_day"}, fields(decoded.Defects))
	last := hr.Date{Year: 2024, Month: 6, Day: 30}
	require.Equal(t, &hr.Termination{LastDay: &last}, decoded.Event.Payload.Termination,
		"nobody works longer than they are employed")
}

func TestATerminationGivenInBothPositionsKeepsThePayloads(t *testing.T) {
	decoded, err := hr.Decode([]byte(atTop(inPayload(leaver,
		`"termination":{"last_day":"2024-06-30"}`), `"termination":{"last_day":"2025-06-30"}`)), hr.Zones{})
	require.NoError(t, err)
	require.Equal(t, []string{"termination"}, fields(decoded.Defects))
	require.Equal(t, hr.Date{Year: 2024, Month: 6, Day: 30}, *decoded.Event.Payload.Termination.LastDay)
}

func TestATerminationNeedsWhomAndWhenAndItsOwnID(t *testing.T) {
	for _, document := range []string{
		with(leaver, `"event_id":"evt-9",`, ``),
		with(leaver, `"evt-9"`, `"two words"`),
		with(leaver, `"E-1"`, `"jane@example.com"`),
		with(leaver, `"external_user_id":"E-1"`, ``),
		inPayload(leaver, `"external_user_id":"E-2"`),
		with(leaver, "2024-05-14T10:23:45Z", "now"),
		leaver[:strings.Index(leaver, `"E-1"`)+3],
	} {
		require.NotEmpty(t, refused(t, document).Problems, document)
	}
}

func TestNothingThatFollowsAReadableTerminationStopsIt(t *testing.T) {
	const readable = `{"event_type":"USER_TERMINATE","event_id":"evt-9","timestamp_utc":"2024-05-14T10:23:45Z",` +
		`"payload":{"external_user_id":"E-1"}`
	rapid.Check(t, func(t *rapid.T) {
		// Without quotes no second event_id can be among it.
		noise := rapid.SliceOf(rapid.ByteRange('#', 255)).Draw(t, "noise")
		decoded, err := hr.Decode(append([]byte(readable), noise...), hr.Zones{})
		require.NoError(t, err)
		require.Equal(t, hr.UserTerminate, decoded.Event.EventType)
		require.NotEmpty(t, decoded.Defects)
	})
}
