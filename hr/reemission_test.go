package hr_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/hr"
)

// A re-emission says again what its original says. HR knows nothing of it, so whoever takes the original back takes it back too.
func TestWhoeverTakesAHireBackTakesItsReemissionBack(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	event := func(id string, kind hr.Type, after time.Duration) hr.Accepted {
		e := hr.Event{EventID: id, EventType: kind, SourceSystem: "WORKDAY", TimestampUTC: at.Add(after), Payload: hr.Payload{ExternalUserID: "WD-1"}}
		return hr.Accepted{Event: e, Namespace: "default", ProcessingKey: hr.ProcessingKey("default", e), ReceivedAt: at.Add(after)}
	}
	hire, again, rescind := event("evt_hire", hr.UserCreate, 0), event(hr.ReemissionID("1"), hr.UserCreate, time.Millisecond), event("evt_back", hr.EventRescind, time.Hour)
	again.Event.ReplacesEventID, rescind.Event.RescindsEventID = "evt_hire", "evt_hire"
	now := at.Add(2 * time.Hour)
	require.Equal(t, hr.Employed, hr.Fold([]hr.Accepted{hire, again}, now, hr.Zones{}).State.Employment)
	require.NotEqual(t, hr.Employed, hr.Fold([]hr.Accepted{hire, again, rescind}, now, hr.Zones{}).State.Employment)

	corrected := again
	corrected.Event.EventID = "evt_corrected"
	require.Equal(t, hr.Employed, hr.Fold([]hr.Accepted{hire, corrected, rescind}, now, hr.Zones{}).State.Employment,
		"what HR itself put in its place stands")
}
