package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
)

// knows has WORKDAY tell of a person.
func (o *office) knows(eventID, person string) {
	o.t.Helper()
	got := o.pipe(`{"event_id":"`+eventID+`","event_type":"USER_UPDATE","source_system":"WORKDAY","timestamp_utc":"2026-01-05T10:00:00Z",`+
		`"payload":{"external_user_id":"`+person+`","department_code":"SUPP_L2"}}`, "events", "send", "-")
	require.Equal(o.t, exitDone, got.code, got.errors)
}

func TestPersonsAreLinkedByTwoPeople(t *testing.T) {
	o := openOffice(t)
	o.knows("evt_1", "WD-1")
	o.knows("evt_2", "C-7")

	asked := answer[api.Approval](o, "persons", "link", "WD-1", "C-7", "--reason", "contractor hired")
	require.Equal(t, "open", asked.State)
	require.Contains(t, o.done("persons", "link", "WD-1", "C-7", "--reason", "again"), "musterctl approvals approve "+asked.ID)
	o.done("approvals", "approve", asked.ID, "--reason", "seen both contracts")

	require.Equal(t, "WD-1", answer[api.Agent](o, "agents", "show", "C-7").PersonID)
}

func TestALinkNeedsAReasonAndTwoPersons(t *testing.T) {
	o := openOffice(t)
	o.knows("evt_1", "WD-1")
	require.Equal(t, exitUsage, o.run("persons", "link", "WD-1", "C-7").code)
	require.Equal(t, exitUsage, o.run("persons", "link", "WD-1", "--reason", "x").code)
	require.Equal(t, exitNotFound, o.run("persons", "link", "WD-1", "C-404", "--reason", "x").code)
	refused := o.run("persons", "link", "WD-1", "WD-1", "--reason", "x")
	require.Equal(t, exitRefused, refused.code)
	require.Contains(t, refused.errors, "already")
}
