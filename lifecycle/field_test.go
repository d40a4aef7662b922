package lifecycle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/hr"
	"muster/lifecycle"
)

func saidEvent(id string, p hr.Payload) hr.Accepted {
	return hr.Accepted{Event: hr.Event{EventID: id, Payload: p}}
}

func told(value string) hr.Optional[string] { return hr.Optional[string]{Present: true, Value: value} }

func TestAFieldComesFromTheLastEventThatSaysWhatTheStateHas(t *testing.T) {
	events := []hr.Accepted{
		saidEvent("evt_1", hr.Payload{Email: told("ana@example.com"), PhoneExtension: told("4452")}),
		saidEvent("evt_2", hr.Payload{Email: told("garcia@example.com")}),
		saidEvent("evt_3", hr.Payload{Email: told("future@example.com")}),
		saidEvent("evt_4", hr.Payload{PhoneExtension: hr.Optional[string]{Present: true, Null: true}}),
		saidEvent("evt_5", hr.Payload{JobTitleCode: told("LEAD")}),
	}
	state := hr.State{Email: "garcia@example.com"}
	require.Equal(t, "evt_2", lifecycle.FieldEmail.Source(events, state), "evt_3 has not taken effect")
	require.Equal(t, "evt_4", lifecycle.FieldExtension.Source(events, state), "cleared is said too")
	require.Equal(t, "evt_5", lifecycle.FieldWork.Source(events, state))
	require.Empty(t, lifecycle.FieldWork.Source(events[:4], state))
}

func TestAnEventSaysAFieldOnlyWhereItsPayloadHasIt(t *testing.T) {
	require.True(t, lifecycle.FieldWork.SaidBy(hr.Payload{DepartmentCode: told("SALES")}))
	require.True(t, lifecycle.FieldWork.SaidBy(hr.Payload{JobTitleCode: told("LEAD")}))
	require.False(t, lifecycle.FieldWork.SaidBy(hr.Payload{Email: told("ana@example.com")}))
	require.False(t, lifecycle.FieldEmail.SaidBy(hr.Payload{}))
	require.False(t, lifecycle.Field("another").SaidBy(hr.Payload{Email: told("ana@example.com")}))
}
