package e2e

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

func TestWhileTemporalIsDownEventsAreTakenAndLaterDelivered(t *testing.T) {
	t.Parallel()
	var server *temporalServer
	s := startWith(t, func(s *stack) { server = s.hasItsOwnTemporal() })
	waits := s.newPerson()
	waiting := waits.post("USER_CREATE", nil, waits.sales())
	approval := waits.openApproval(t)
	works := s.newPerson()
	s.comesOut(t, works.post("USER_CREATE", nil, works.hire(nil)), "applied")

	server.stops()
	comes, leaves := s.newPerson(), works
	hire := comes.post("USER_CREATE", nil, comes.hire(nil))
	termination := leaves.post("USER_TERMINATE", nil, fields{"external_user_id": leaves.id})
	approver := s.as("approver")
	_, err := approver.Approve(t.Context(), approval.ID, "trained")
	require.NoError(t, err)
	event, err := s.api.Event(t.Context(), hire)
	require.NoError(t, err)
	require.Equal(t, "waiting", event.Outcome)

	server.comesBack()
	s.comesOut(t, termination, "applied")
	s.comesOut(t, hire, "applied")
	s.comesOut(t, waiting, "applied")
	require.Equal(t, "inactive", leaves.account(t).State)
	require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, comes.theOnlyAccount(t).Queues)
	require.Equal(t, map[string]bool{"Sales_Inbound": true}, waits.theOnlyAccount(t).Queues)
	require.Len(t, s.joins(waits.account(t).ID), 1)
}

func TestWhilePostgreSQLIsDownEventsAreRefusedAndNothingIsLost(t *testing.T) {
	t.Parallel()
	var database *postgresServer
	s := startWith(t, func(s *stack) { database = s.hasItsOwnPostgres() })
	waits := s.newPerson()
	waiting := waits.post("USER_CREATE", nil, waits.sales())
	waits.openApproval(t)
	// Another hire is in the middle of a write that the platform makes while the database goes away.
	held := s.newPerson()
	s.holds(t, genesystest.FaultSlowAfter, membership)
	hire := held.post("USER_CREATE", nil, held.hire(nil))
	s.isHeld(t, membership)

	database.stops()
	comes := s.newPerson()
	id := newEventID()
	body := event(id, "USER_CREATE", nil, comes.hire(nil))
	refusal := s.postRaw(t, id, body)
	require.Equal(t, http.StatusServiceUnavailable, refusal.StatusCode)
	require.Equal(t, api.ProblemMediaType, refusal.Header.Get("Content-Type"))
	require.NotEmpty(t, refusal.Header.Get("Retry-After"))

	database.comesBack()
	eventually(t, "the sender's next attempt is taken", func() error {
		_, err := s.api.SendSignedEvents(t.Context(), webhookSecret, "msg_"+id, body)
		return err
	})
	s.comesOut(t, id, "applied")
	s.comesOut(t, hire, "applied")
	waits.isApproved(t)
	s.comesOut(t, waiting, "applied")
	for _, p := range []*person{comes, held} {
		require.Equal(t, map[string]bool{"Tier_2_Escalation": true}, p.theOnlyAccount(t).Queues)
	}
	require.Equal(t, map[string]bool{"Sales_Inbound": true}, waits.theOnlyAccount(t).Queues)
	s.invariantsHold(t)
}

// postRaw posts a signed event and returns the answer, whatever it is.
func (s *stack) postRaw(t *testing.T, id string, body []byte) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.api.BaseURL+"/v1/events", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header, err = api.Sign(webhookSecret, "msg_"+id, time.Now(), body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response
}
