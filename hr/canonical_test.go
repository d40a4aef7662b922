package hr_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
)

// texts draws an optional text of some.
func texts(t *rapid.T, name string, nullable bool, some ...string) hr.Optional[string] {
	kinds := []string{"absent", "given", "given"}
	if nullable {
		kinds = append(kinds, "null")
	}
	switch rapid.SampledFrom(kinds).Draw(t, name+" is") {
	case "given":
		return given(rapid.SampledFrom(some).Draw(t, name))
	case "null":
		return cleared[string]()
	default:
		return hr.Optional[string]{}
	}
}

func dates(t *rapid.T, name string) *hr.Date {
	if !rapid.Bool().Draw(t, name+" given") {
		return nil
	}
	return &hr.Date{Year: 2024, Month: time.Month(rapid.IntRange(1, 12).Draw(t, name+" month")), Day: rapid.IntRange(1, 28).Draw(t, name)}
}

func optionalDate(t *rapid.T, name string) hr.Optional[hr.Date] {
	if date := dates(t, name); date != nil {
		return given(*date)
	}
	if rapid.Bool().Draw(t, name+" null") {
		return cleared[hr.Date]()
	}
	return hr.Optional[hr.Date]{}
}

// anyEvent draws an event that Decode would accept.
func anyEvent(t *rapid.T) hr.Event {
	e := hr.Event{
		EventID:      rapid.StringMatching(`evt-[a-z0-9]{1,8}`).Draw(t, "event id"),
		EventType:    rapid.SampledFrom([]hr.Type{hr.UserCreate, hr.UserUpdate, hr.SkillAssign, hr.UserTerminate, hr.EventRescind}).Draw(t, "type"),
		SourceSystem: rapid.SampledFrom([]string{"WORKDAY", "SAP SF"}).Draw(t, "source"),
		TimestampUTC: time.Unix(rapid.Int64Range(1_700_000_000, 1_800_000_000).Draw(t, "second"), rapid.SampledFrom([]int64{0, 1, 500_000_000}).Draw(t, "nanosecond")).UTC(),
	}
	e.Payload.ExternalUserID = rapid.StringMatching(`WD-[0-9]{1,5}`).Draw(t, "external id")
	if e.EventType == hr.EventRescind {
		e.RescindsEventID = "target"
		return e
	}
	if rapid.Bool().Draw(t, "replaces") {
		e.ReplacesEventID = "target"
	}
	switch rapid.SampledFrom([]string{"absent", "date", "instant"}).Draw(t, "effective") {
	case "date":
		e.EffectiveAt = &hr.Moment{Date: &hr.Date{Year: 2025, Month: 2, Day: 28}}
	case "instant":
		e.EffectiveAt = &hr.Moment{Instant: time.Unix(rapid.Int64Range(1_700_000_000, 1_800_000_000).Draw(t, "effective at"), 0).UTC()}
	}
	p := &e.Payload
	p.Email = texts(t, "email", false, "a@example.com", "ü.b+c@exämple.org")
	p.FirstName = texts(t, "first name", false, "Zoë", "<b>\"quoted\\\"</b>", "名前")
	p.LastName = texts(t, "last name", false, "O'Neill", "\u2028 line")
	if e.EventType == hr.UserCreate {
		p.Email, p.FirstName, p.LastName = given("a@example.com"), given("A"), given("B")
	}
	p.PhoneExtension = texts(t, "extension", true, "4452", "+34-91")
	p.DepartmentCode = texts(t, "department", true, "SUPP_L2", "R&D/€")
	p.JobTitleCode = texts(t, "title", true, "SNR")
	p.LocationCode = texts(t, "location", true, "MAD")
	p.ManagerExternalID = texts(t, "manager", true, "WD-1")
	p.Timezone = texts(t, "zone", true, "Europe/Madrid", "UTC")
	p.HireDate, p.LeaveUntil = optionalDate(t, "hire date"), optionalDate(t, "leave until")
	codes := rapid.SampledFrom([][]string{{"A"}, {"A", "B"}, {"B", "C"}}).Draw(t, "codes")
	switch e.EventType {
	case hr.SkillAssign:
		p.SkillCodes = given(codes)
		p.SkillMode = rapid.SampledFrom([]hr.SkillMode{"", hr.SkillAdd, hr.SkillRemove, hr.SkillReplace}).Draw(t, "mode")
	default:
		p.SkillCodes = rapid.SampledFrom([]hr.Optional[[]string]{{}, given(codes), given([]string{}), cleared[[]string]()}).Draw(t, "skills")
	}
	if e.EventType != hr.UserTerminate {
		p.Status = rapid.SampledFrom([]hr.Optional[hr.Status]{{}, given(hr.StatusActive), given(hr.StatusOnLeave), given(hr.StatusSuspended)}).Draw(t, "status")
	} else if rapid.Bool().Draw(t, "termination") {
		p.Termination = &hr.Termination{
			Reason:  rapid.SampledFrom([]hr.TerminationReason{"", hr.Voluntary, hr.Involuntary, hr.EndOfContract}).Draw(t, "reason"),
			LastDay: dates(t, "last day"),
		}
		if p.Termination.LastDay == nil {
			p.Termination.LastWorkingDay = dates(t, "last working day")
		}
	}
	return e
}

func TestFromCanonicalIsTheInverseOfCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		canonical := hr.Canonical(e)
		again, err := hr.FromCanonical(canonical)
		require.NoError(t, err)
		require.Equal(t, e, again)
		require.Equal(t, canonical, hr.Canonical(again))

		byTheRFC := jsontext.Value(slices.Clone(canonical))
		require.NoError(t, byTheRFC.Canonicalize())
		require.Equal(t, string(byTheRFC), string(canonical))
	})
}

func TestTheCanonicalFormIsAnAcceptedEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		decoded, err := hr.Decode(hr.Canonical(e), hr.Zones{})
		require.NoError(t, err)
		require.Empty(t, decoded.Defects)
		require.Equal(t, e, decoded.Event)
		require.Equal(t, hr.Digest(e), decoded.Digest)
	})
}

func TestTheDigestSeesContentAndNothingElse(t *testing.T) {
	decode := func(document string) hr.Decoded {
		decoded, err := hr.Decode([]byte(document), hr.Zones{})
		require.NoError(t, err)
		return decoded
	}
	first := decode(sample)
	require.Regexp(t, `^[0-9a-f]{64}$`, first.Digest)
	for name, same := range map[string]string{
		"another event id": with(sample, "evt-1", "evt-2"),
		"white space":      with(sample, `,`, " ,\n\t"),
		"escapes":          with(sample, `Jane`, `\u004aane`),
		"zeros":            with(sample, `10:23:45Z`, `10:23:45.000Z`),
		"order": `{"payload":{"last_name":"Doe","first_name":"Jane","email":"jane.doe@example.com","external_user_id":"E-1"},` +
			`"timestamp_utc":"2024-05-14T10:23:45Z","source_system":"WORKDAY","event_type":"USER_UPDATE","event_id":"evt-1"}`,
	} {
		require.Equal(t, first.Digest, decode(same).Digest, name)
	}
	for name, other := range map[string]string{
		"another name":    with(sample, "Jane", "Joan"),
		"a cleared field": inPayload(sample, `"department_code":null`),
		"an empty list":   inPayload(sample, `"skill_codes":[]`),
		"another second":  with(sample, "10:23:45Z", "10:23:46Z"),
	} {
		require.NotEqual(t, first.Digest, decode(other).Digest, name)
	}
}

func TestACanonicalEventIsNotJudgedAgain(t *testing.T) {
	zones := hr.Zones{Legacy: map[string]string{"Hora Central": "America/Mexico_City"}}
	decoded, err := hr.Decode([]byte(inPayload(sample, `"timezone":"Hora Central"`)), zones)
	require.NoError(t, err)
	e, err := hr.FromCanonical(decoded.Canonical)
	require.NoError(t, err, "the registry may have dropped the translation since")
	require.Equal(t, "Hora Central", e.Payload.Timezone.Value)
}

func TestWhatIsNotCanonicalIsAnError(t *testing.T) {
	for _, document := range []string{``, `{}x`, `[]`, `{"event_type":"OTHER"}`, `{"surprise":1}`} {
		_, err := hr.FromCanonical([]byte(document))
		require.Error(t, err, document)
	}
}

func TestAnEventInJSONIsItsCanonicalForm(t *testing.T) {
	e := accepted(t, sample)
	text, err := json.Marshal(map[string]any{"event": e})
	require.NoError(t, err)
	require.JSONEq(t, `{"event":`+sample+`}`, string(text))
	var read struct{ Event hr.Event }
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, e, read.Event)
}

func TestTheProcessingKeyIsWhatTheEventIsAbout(t *testing.T) {
	e := accepted(t, sample)
	key := hr.ProcessingKey("workday", e)
	require.Regexp(t, `^[0-9a-f]{64}$`, key)

	same := e
	same.EventID, same.Payload.Email, same.SourceSystem = "evt-2", given("other@example.com"), "SAP"
	require.Equal(t, key, hr.ProcessingKey("workday", same), "the content and the event's own id do not count")

	otherType, otherTime, otherPerson := e, e, e
	otherType.EventType = hr.UserTerminate
	otherTime.TimestampUTC = e.TimestampUTC.Add(time.Nanosecond)
	otherPerson.Payload.ExternalUserID = "e-1"
	require.NotEqual(t, key, hr.ProcessingKey("sap", e))
	require.NotEqual(t, key, hr.ProcessingKey("workday", otherType))
	require.NotEqual(t, key, hr.ProcessingKey("workday", otherTime))
	require.NotEqual(t, key, hr.ProcessingKey("workday", otherPerson), "ids are case-sensitive")
}

func TestPartsOfTheProcessingKeyDoNotRunTogether(t *testing.T) {
	a, b := accepted(t, sample), accepted(t, sample)
	a.Payload.ExternalUserID, b.Payload.ExternalUserID = "1E", "E"
	require.NotEqual(t, hr.ProcessingKey("workday", a), hr.ProcessingKey("workday1", b))
}
