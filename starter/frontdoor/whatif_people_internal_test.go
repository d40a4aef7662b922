package frontdoor

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/hr"
	"muster/levers"
	"muster/store"
)

// A replayed event has the state that a fold at its instant gives, however the events of the person stand to each other.
func TestAReplayedEventHasTheStateOfItsInstant(t *testing.T) {
	now := time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		person := store.Person{PersonID: "P-1"}
		for i := range rapid.IntRange(1, 7).Draw(t, "events") {
			event := hr.Event{
				EventID: fmt.Sprint("evt_", i), TimestampUTC: now.Add(time.Duration(rapid.IntRange(-20, 2).Draw(t, "hours")) * time.Hour),
				EventType: rapid.SampledFrom([]hr.Type{hr.UserCreate, hr.UserUpdate, hr.UserUpdate, hr.UserTerminate, hr.EventRescind}).Draw(t, "type"),
				Payload: hr.Payload{
					ExternalUserID: rapid.SampledFrom([]string{"E-1", "E-1", "E-2"}).Draw(t, "id"),
					DepartmentCode: hr.Optional[string]{Present: true, Value: rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "department")},
				},
			}
			other := fmt.Sprint("evt_", rapid.IntRange(0, 6).Draw(t, "other"))
			switch {
			case event.EventType == hr.EventRescind:
				event.RescindsEventID = other
			case rapid.IntRange(0, 5).Draw(t, "replaces") == 0:
				event.ReplacesEventID = other
			}
			person.Events = append(person.Events, store.StoredEvent{Accepted: hr.Accepted{
				Event: event, Namespace: "default", ProcessingKey: event.EventID, ReceivedAt: event.TimestampUTC.Add(time.Minute),
			}})
		}
		seen := foldedReader(now, now.AddDate(0, 0, -1), hr.Zones{})(person)
		require.Equal(t, levers.Fold(person, now, hr.Zones{}).State, seen.State)
		for _, event := range seen.Events {
			require.False(t, event.At.After(now))
			require.Equal(t, levers.Fold(person, event.At, hr.Zones{}).State, event.State, event.ID)
		}
	})
}
