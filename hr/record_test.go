package hr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

func TestARecordIsThePayloadOfAnEvent(t *testing.T) {
	person, err := hr.DecodeRecord([]byte(`{"external_user_id":"WD-1","status":"ON_LEAVE","email":"jane@example.com","phone_extension":null,
		"skill_codes":["B","A","B"],"termination":{"last_day":"2026-12-31","last_working_day":"2026-12-24"},"hire_date":"2020-02-29"}`), hr.Zones{})
	require.NoError(t, err)
	require.Equal(t, hr.StatusOnLeave, person.Status.Value)
	require.Equal(t, []string{"A", "B"}, person.SkillCodes.Value)
	require.Equal(t, hr.Optional[string]{Present: true, Null: true}, person.PhoneExtension)
	require.False(t, person.LastName.Present)
	require.Equal(t, "2026-12-24", person.Termination.LastWorkingDay.String())

	again, err := hr.FromCanonicalRecord(hr.CanonicalRecord(person))
	require.NoError(t, err)
	require.Equal(t, person, again)
}

func TestARecordIsRefusedWithEverythingThatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		record string
		want   []string // field: found
	}{
		"nothing of what is required": {`{}`, []string{"external_user_id: nothing", "status: nothing"}},
		"an unknown field":            {`{"external_user_id":"1","status":"ACTIVE","salary":1}`, []string{"salary: an unknown field"}},
		"what only an event says": {
			`{"external_user_id":"1","status":"ACTIVE","skill_mode":"ADD"}`, []string{"skill_mode: an unknown field"},
		},
		"a field twice": {
			`{"external_user_id":"1","status":"ACTIVE","status":"TERMINATED"}`, []string{"status: the field 2 times"},
		},
		"bad UTF-8": {
			"{\"external_user_id\":\"1\",\"status\":\"ACTIVE\",\"last_name\":\"\xff\"}", []string{"last_name: a text that is not valid UTF-8"},
		},
		"a status that is none": {`{"external_user_id":"1","status":"A"}`, []string{`status: "A"`}},
		"a status that is null": {`{"external_user_id":"1","status":null}`, []string{"status: null"}},
		"a last working day after the last": {
			`{"external_user_id":"1","status":"TERMINATED","termination":{"last_day":"2026-01-01","last_working_day":"2026-01-02"}}`,
			[]string{`termination.last_working_day: "2026-01-02"`},
		},
		"a national number for an id": {
			`{"external_user_id":"123-45-6789","status":"ACTIVE"}`, []string{"external_user_id: a number in the form of a US social security number"},
		},
		"an email, told by its shape":   {`{"external_user_id":"1","status":"ACTIVE","email":"nobody"}`, []string{"email: a text of 6 characters"}},
		"a zone that nobody knows":      {`{"external_user_id":"1","status":"ACTIVE","timezone":"EST"}`, []string{`timezone: "EST"`}},
		"not an object":                 {`[1]`, []string{"body: an array of 1"}},
		"something after it":            {`{"external_user_id":"1","status":"ACTIVE"} x`, []string{"body: more data after the document at byte 42"}},
		"a termination of another kind": {`{"external_user_id":"1","status":"ACTIVE","termination":{"day":"x"}}`, []string{"termination.day: an unknown field"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hr.DecodeRecord([]byte(c.record), hr.Zones{})
			var refusal *hr.Refusal
			require.ErrorAs(t, err, &refusal)
			var got []string
			for _, problem := range refusal.Problems {
				require.NotEmpty(t, problem.Expected)
				got = append(got, problem.Field+": "+problem.Found)
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestARefusedRecordStillTellsWhoItIsAbout(t *testing.T) {
	_, err := hr.DecodeRecord([]byte(`{"external_user_id":"WD-1","status":"GONE"}`), hr.Zones{})
	var refusal *hr.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "WD-1", refusal.ExternalUserID)
}

func TestAZoneThatTheRegistryTranslatesIsAccepted(t *testing.T) {
	_, err := hr.DecodeRecord([]byte(`{"external_user_id":"1","status":"ACTIVE","timezone":"EST"}`), hr.Zones{Legacy: map[string]string{"EST": "America/New_York"}})
	require.NoError(t, err)
}
