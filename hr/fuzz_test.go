package hr_test

import (
	"os"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

// FuzzDecode holds the decoder to what everything behind it relies on, whatever is posted: it never panics; what it refuses it
// explains; what it accepts has a canonical form that is accepted, read back and digested the same.
func FuzzDecode(f *testing.F) {
	guide, err := os.ReadFile("testdata/guide_user_update.json")
	require.NoError(f, err)
	f.Add(guide)
	for _, seed := range []string{
		sample, leaver, "", "null", "[]", `{"events":[` + sample + `,1]}`,
		with(sample, "USER_UPDATE", "USER_CREATE"),
		with(inPayload(sample, `"skill_codes":["B","A"],"skill_mode":"REMOVE","timezone":"EST","hire_date":null`), "USER_UPDATE", "SKILL_ASSIGN"),
		atTop(with(leaver, "USER_TERMINATE", "EVENT_RESCIND"), `"rescinds_event_id":"evt-1"`),
		atTop(inPayload(leaver, `"termination":{"reason":"INVOLUNTARY","last_day":"2024-02-30"}`), `"effective_at":"2024-06-01T00:00:00+02:00","x":[{}]`),
		inPayload(with(leaver, "USER_TERMINATE", "USER_UPDATE"), `"status":"TERMINATED","last_name":"`+"\xff"+`\ud800"`),
		leaver[:len(leaver)-3], sample + "x", `{"event_id":"a","event_id":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	zones := hr.Zones{Legacy: map[string]string{"EST": "America/New_York"}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		items, _, err := hr.SplitBatch(raw)
		if err != nil {
			requireExplained(t, err)
		} else {
			require.NotEmpty(t, items)
		}
		decoded, err := hr.Decode(raw, zones)
		if err != nil {
			requireExplained(t, err)
			return
		}
		if decoded.Event.EventType != hr.UserTerminate {
			require.Empty(t, decoded.Defects)
		}
		require.True(t, hr.ValidIdentifier(decoded.Event.EventID))
		require.True(t, hr.ValidIdentifier(decoded.Event.Payload.ExternalUserID))
		require.False(t, decoded.Event.TimestampUTC.IsZero())
		require.True(t, utf8.Valid(decoded.Canonical))

		again, err := hr.FromCanonical(decoded.Canonical)
		require.NoError(t, err)
		require.Equal(t, decoded.Event, again)
		require.Equal(t, decoded.Canonical, hr.Canonical(again))
		require.Equal(t, decoded.Digest, hr.Digest(again))

		twice, err := hr.Decode(decoded.Canonical, zones)
		require.NoError(t, err)
		require.Equal(t, decoded.Event, twice.Event)
		require.Equal(t, decoded.Digest, twice.Digest)
		accepted := hr.Accepted{Event: again, Namespace: "n", ProcessingKey: hr.ProcessingKey("n", again), ReceivedAt: again.TimestampUTC}
		require.Len(t, hr.Fold([]hr.Accepted{accepted}, again.TimestampUTC, zones).Events, 1)
	})
}

func requireExplained(t *testing.T, err error) {
	t.Helper()
	var refusal *hr.Refusal
	require.ErrorAs(t, err, &refusal)
	require.NotEmpty(t, refusal.Problems)
	require.True(t, utf8.ValidString(refusal.Error()))
	for _, problem := range refusal.Problems {
		require.NotEmpty(t, problem.Field)
		require.NotEmpty(t, problem.Found)
		require.NotEmpty(t, problem.Expected)
	}
}
