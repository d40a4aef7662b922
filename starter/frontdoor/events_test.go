package frontdoor_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/hr"
	"muster/starter/frontdoor"
	"muster/starter/internal/gate"
	"muster/store"
	"muster/testenv"
)

func TestTheGuidesEventIsTakenByteForByte(t *testing.T) {
	h := open(t)
	receipts, err := h.send(guideEvent(t))
	require.NoError(t, err)
	require.Len(t, receipts.Events, 1)
	receipt := receipts.Events[0]
	require.Equal(t, "evt_8f7a9c2b-4d1e-4a3f-9b8c-7e6d5c4b3a2f", receipt.EventID)
	require.Equal(t, api.EventAccepted, receipt.Status)
	require.Equal(t, "agent/WD-EMP-99284", receipt.WorkflowID)
	require.Len(t, receipt.ProcessingKey, 64, "hex SHA-256")
	require.Nil(t, receipt.Problem)

	event, err := h.as(viewerToken).Event(t.Context(), receipt.EventID)
	require.NoError(t, err)
	require.Equal(t, "USER_UPDATE", event.EventType)
	require.Equal(t, "waiting", event.Outcome)
	require.Equal(t, "WD-EMP-99284", event.PersonID)
	require.Equal(t, receipt.ProcessingKey, event.ProcessingKey)
}

func TestASingleEventIsAnsweredWithItsReceiptAndABatchWithAList(t *testing.T) {
	h := open(t)
	status, _, body := h.answer(http.MethodPost, "/v1/events", ingestToken, "application/json", []byte(guideEvent(t)))
	require.Equal(t, http.StatusAccepted, status)
	var receipt map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &receipt))
	require.Equal(t, "accepted", receipt["status"])
	require.Contains(t, receipt, "processing_key")
	require.Contains(t, receipt, "workflow_id")

	batch := `{"events":[` + guideEvent(t) + `]}`
	status, _, body = h.answer(http.MethodPost, "/v1/events", ingestToken, "application/json", []byte(batch))
	require.Equal(t, http.StatusAccepted, status)
	var receipts struct {
		Events []map[string]any `json:"events"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &receipts))
	require.Len(t, receipts.Events, 1)
	require.Equal(t, "duplicate", receipts.Events[0]["status"])
}

func TestTheMailboxIsRungOnlyAfterTheEventIsCommitted(t *testing.T) {
	h := open(t)
	var seen error
	h.bell.whenRung = func(string) {
		_, seen = h.store.Event(t.Context(), "evt_1")
	}
	h.sent(event(t, "evt_1", "P-1", nil, nil))
	require.NoError(t, seen, "whoever hears the bell finds the row")
	require.Equal(t, []string{"P-1"}, h.bell.rung)
}

func TestOneRingPerPersonHoweverManyEvents(t *testing.T) {
	h := open(t)
	h.sent(`{"events":[` + strings.Join([]string{
		event(t, "evt_1", "P-2", nil, nil),
		event(t, "evt_2", "P-1", map[string]any{"timestamp_utc": "2026-01-06T10:00:00Z"}, nil),
		event(t, "evt_3", "P-2", map[string]any{"timestamp_utc": "2026-01-07T10:00:00Z"}, nil),
	}, ",") + `]}`)
	require.Equal(t, []string{"P-1", "P-2"}, h.bell.rung)
}

func TestWhatIsNotSignedByASourceIsNotStored(t *testing.T) {
	body := []byte(event(t, "evt_1", "P-1", nil, nil))
	stale, err := api.Sign(workdaySecret, "msg_1", time.Now().Add(-6*time.Minute), body)
	require.NoError(t, err)
	stranger, err := api.Sign(strangerSecret, "msg_1", time.Now(), body)
	require.NoError(t, err)
	other, err := api.Sign(workdaySecret, "msg_1", time.Now(), append([]byte{' '}, body...))
	require.NoError(t, err)
	for name, header := range map[string]http.Header{
		"unsigned": {}, "stale": stale, "signed by a stranger": stranger, "signed for another body": other,
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/v1/events", strings.NewReader(string(body)))
			require.NoError(t, err)
			for key, values := range header {
				request.Header[key] = values
			}
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			require.Equal(t, http.StatusUnauthorized, response.StatusCode)
			require.Equal(t, api.ProblemMediaType, response.Header.Get("Content-Type"))

			require.Empty(t, h.outcomes(), "nothing is stored as an event")
			require.Empty(t, h.bell.rung)
			require.Contains(t, h.log.String(), "refused a request")
			require.NotContains(t, h.log.String(), "P-1", "the body is nobody's and stays out of the log")
			facts := h.audited("access.refused")
			require.Len(t, facts, 1)
			require.Equal(t, "anonymous", facts[0].Actor)
			require.False(t, facts[0].ActorVerified)
		})
	}
}

func TestAFloodOfRefusalsDoesNotFillTheAuditTrail(t *testing.T) {
	h := open(t)
	const flood = 300
	var sending sync.WaitGroup
	for range 10 {
		sending.Go(func() {
			for range flood / 10 {
				_, err := h.as("").SendEvents(t.Context(), []byte(`{}`))
				refused(t, err, http.StatusUnauthorized)
			}
		})
	}
	sending.Wait()
	require.Less(t, len(h.audited("access.refused")), flood/2)
	require.Equal(t, flood, strings.Count(h.log.String(), "refused a request"), "every one is logged")
}

func TestABadEventIsRefusedByFieldAndKept(t *testing.T) {
	tests := map[string]struct{ body, field string }{
		"malformed JSON":    {`{"event_id": "evt_1",`, "body"},
		"no JSON at all":    {`hello`, "body"},
		"trailing data":     {event(t, "evt_1", "P-1", nil, nil) + `{}`, "body"},
		"an unknown field":  {event(t, "evt_1", "P-1", map[string]any{"colour": "red"}, nil), "colour"},
		"a wrong type":      {event(t, "evt_1", "P-1", nil, map[string]any{"department_code": 7}), "payload.department_code"},
		"an unknown zone":   {event(t, "evt_1", "P-1", nil, map[string]any{"timezone": "Mars/Olympus"}), "payload.timezone"},
		"an offset as zone": {event(t, "evt_1", "P-1", nil, map[string]any{"timezone": "UTC-5"}), "payload.timezone"},
		"another's source":  {event(t, "evt_1", "P-1", map[string]any{"source_system": "SUCCESSFACTORS"}, nil), "source_system"},
		"an email as id":    {event(t, "evt_1", "jane.doe@example.com", nil, nil), "payload.external_user_id"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			_, err := h.send(test.body)
			problem := refused(t, err, http.StatusUnprocessableEntity)
			require.NotEmpty(t, problem.Errors)
			found := problem.Errors[0]
			require.Equal(t, test.field, found.Field)
			require.NotEmpty(t, found.Found)
			require.NotEmpty(t, found.Expected)
			require.Equal(t, map[string]int64{"rejected": 1}, h.outcomes(), "a signed refusal is kept")
			require.Empty(t, h.bell.rung)
		})
	}
}

func TestARefusedEventCanBeLookedUpWithItsProblems(t *testing.T) {
	h := open(t)
	_, err := h.send(event(t, "evt_1", "P-1", nil, map[string]any{"timezone": "UTC-5"}))
	refused(t, err, http.StatusUnprocessableEntity)
	event, err := h.as(viewerToken).Event(t.Context(), "evt_1")
	require.NoError(t, err)
	require.Equal(t, "rejected", event.Outcome)
	require.Len(t, event.Problems, 1)
	require.Equal(t, "payload.timezone", event.Problems[0].Field)
}

func TestTheLargestBodyIsTakenAndOneByteMoreIsNot(t *testing.T) {
	h := open(t)
	body := event(t, "evt_1", "P-1", nil, nil)
	largest := body + strings.Repeat(" ", hr.MaxBody-len(body))
	h.sent(largest)

	_, err := h.send(largest + " ")
	refused(t, err, http.StatusRequestEntityTooLarge)
	require.Equal(t, map[string]int64{"waiting": 1}, h.outcomes())
}

func TestAThousandEventsAreTakenAndOneMoreIsNot(t *testing.T) {
	h := open(t)
	events := make([]string, 1001)
	for i := range events {
		events[i] = event(t, fmt.Sprintf("evt_%d", i), fmt.Sprintf("P-%d", i), nil, nil)
	}
	batch := func(n int) string { return `{"events":[` + strings.Join(events[:n], ",") + `]}` }

	_, err := h.send(batch(1001))
	problem := refused(t, err, http.StatusUnprocessableEntity)
	require.Equal(t, "events", problem.Errors[0].Field)
	require.Contains(t, problem.Errors[0].Found, "1001")
	require.Equal(t, map[string]int64{"rejected": 1}, h.outcomes(), "the refused body is kept, none of its events is taken")

	receipts := h.sent(batch(1000))
	require.Len(t, receipts, 1000)
	require.Equal(t, "evt_999", receipts[999].EventID, "in the order sent")
	require.Len(t, h.bell.rung, 1000)
}

func TestABadEventOfABatchNeverBlocksTheOthers(t *testing.T) {
	h := open(t)
	receipts, err := h.send(`{"events":[` + event(t, "evt_1", "P-1", nil, nil) + `,{"event_id":"evt_2"},` + event(t, "evt_3", "P-3", nil, nil) + `]}`)
	require.NoError(t, err)
	require.Len(t, receipts.Events, 3)
	require.Equal(t, api.EventAccepted, receipts.Events[0].Status)
	require.Equal(t, api.EventRejected, receipts.Events[1].Status)
	require.Equal(t, http.StatusUnprocessableEntity, receipts.Events[1].Problem.Status)
	require.NotEmpty(t, receipts.Events[1].Problem.Errors)
	require.Empty(t, receipts.Events[1].WorkflowID)
	require.Equal(t, api.EventAccepted, receipts.Events[2].Status)
	require.Equal(t, []string{"P-1", "P-3"}, h.bell.rung)
}

func TestTheSameEventFiftyTimesAtOnceIsAcceptedOnce(t *testing.T) {
	h := open(t)
	body := guideEvent(t)
	statuses := make(chan api.EventStatus, 50)
	var sending sync.WaitGroup
	for range 50 {
		sending.Go(func() {
			receipts, err := h.send(body)
			if err == nil {
				statuses <- receipts.Events[0].Status
			}
		})
	}
	sending.Wait()
	close(statuses)
	counts := map[api.EventStatus]int{}
	for status := range statuses {
		counts[status]++
	}
	require.Equal(t, map[api.EventStatus]int{api.EventAccepted: 1, api.EventDuplicate: 49}, counts)
	require.Equal(t, map[string]int64{"waiting": 1}, h.outcomes())
}

func TestOneEventIDWithTwoContentsIsAConflict(t *testing.T) {
	h := open(t)
	h.sent(event(t, "evt_1", "P-1", nil, nil))
	changed := event(t, "evt_1", "P-1", nil, map[string]any{"department_code": "BILLING"})

	_, err := h.send(changed)
	problem := refused(t, err, http.StatusConflict)
	require.Equal(t, "event_id", problem.Errors[0].Field)

	receipts, err := h.send(`{"events":[` + changed + `]}`)
	require.NoError(t, err, "in a batch it is one receipt among others")
	require.Equal(t, http.StatusConflict, receipts.Events[0].Problem.Status)

	reviews, err := h.as(viewerToken).Reviews(t.Context(), api.DecisionQuery{Kind: "event_conflict"})
	require.NoError(t, err)
	require.Len(t, reviews.Items, 1)
}

func TestATerminationUnderAnEventIDThatAnotherSourceUsedIsAskedAboutOnItsOwnPerson(t *testing.T) {
	h := open(t)
	h.sent(event(t, "1001", "A-1", nil, nil))
	_, err := h.as("").SendSignedEvents(t.Context(), successSecret, "msg_2", []byte(event(t, "1001", "B-7",
		map[string]any{"event_type": "USER_TERMINATE", "source_system": "SUCCESSFACTORS"}, map[string]any{"department_code": nil})))
	refused(t, err, http.StatusConflict)

	leaver, err := h.as(viewerToken).Agent(t.Context(), "B-7")
	require.NoError(t, err)
	require.True(t, leaver.NeedsAttention)
	reviews, err := h.as(operatorToken).Reviews(t.Context(), api.DecisionQuery{PersonID: "B-7"})
	require.NoError(t, err)
	require.Len(t, reviews.Items, 1)
	require.Contains(t, reviews.Items[0].Question, "A-1")
}

func TestATokenOfRoleIngestStandsInForASignature(t *testing.T) {
	h := open(t)
	receipts, err := h.as(ingestToken).SendEvents(t.Context(), []byte(event(t, "evt_1", "P-1", map[string]any{"source_system": "SUCCESSFACTORS"}, nil)))
	require.NoError(t, err)
	require.Equal(t, api.EventAccepted, receipts.Events[0].Status)

	_, err = h.as(ingestToken).SendEvents(t.Context(), []byte(event(t, "evt_2", "P-1", map[string]any{"source_system": "PAYROLL"}, nil)))
	problem := refused(t, err, http.StatusUnprocessableEntity)
	require.Equal(t, "source_system", problem.Errors[0].Field)
	require.Contains(t, problem.Errors[0].Expected, "SUCCESSFACTORS, WORKDAY")

	_, err = h.as(viewerToken).SendEvents(t.Context(), []byte(event(t, "evt_3", "P-1", nil, nil)))
	refused(t, err, http.StatusForbidden)
	_, err = h.as("a-token-nobody-knows").SendEvents(t.Context(), []byte(event(t, "evt_3", "P-1", nil, nil)))
	refused(t, err, http.StatusUnauthorized)
	require.NotContains(t, h.log.String(), "a-token-nobody-knows")
}

func TestTheSignatureDecidesUnlessThereIsABearerToken(t *testing.T) {
	h := open(t)
	body := event(t, "evt_1", "P-1", nil, nil)
	send := func(authorization string) int {
		header, err := api.Sign(workdaySecret, "msg_1", time.Now(), []byte(body))
		require.NoError(t, err)
		header.Set("Authorization", authorization)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/v1/events", strings.NewReader(body))
		require.NoError(t, err)
		request.Header = header
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		return response.StatusCode
	}
	require.Equal(t, http.StatusAccepted, send("Basic cHJveHk6c2VjcmV0"))
	require.Equal(t, http.StatusUnauthorized, send("bearer a-token-nobody-knows"))
	require.Equal(t, http.StatusUnauthorized, send("Bearer"))
}

func TestASignedTerminationActsWhateverElseIsWrongWithIt(t *testing.T) {
	h := open(t)
	receipts := h.sent(event(t, "evt_1", "P-1",
		map[string]any{"event_type": "USER_TERMINATE", "source_system": "PAYROLL", "colour": "red"}, map[string]any{"timezone": "UTC-5"}))
	require.Equal(t, api.EventAccepted, receipts[0].Status)
	require.Equal(t, []string{"P-1"}, h.bell.rung)

	stored, err := h.as(legalToken).Event(t.Context(), "evt_1")
	require.NoError(t, err)
	require.Equal(t, "USER_TERMINATE", stored.EventType)
	require.Equal(t, "WORKDAY", stored.SourceSystem, "it is its signer's, whatever it calls itself")
	fields := map[string]bool{}
	for _, defect := range stored.Defects {
		fields[defect.Field] = true
	}
	require.Equal(t, map[string]bool{"source_system": true, "colour": true, "payload.timezone": true}, fields)

	reviews, err := h.as(legalToken).Reviews(t.Context(), api.DecisionQuery{Kind: "event_defect"})
	require.NoError(t, err)
	require.Len(t, reviews.Items, 1)
	require.False(t, reviews.Items[0].Blocking)
}

func TestNothingIsAcceptedWhileTheDatabaseIsDown(t *testing.T) {
	records, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=2")
	require.NoError(t, err)
	t.Cleanup(records.Close)
	h := openOn(t, records)
	status, header, body := h.answer(http.MethodPost, "/v1/events", ingestToken, "application/json", []byte(guideEvent(t)))
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NotEmpty(t, header.Get("Retry-After"))
	require.Equal(t, api.ProblemMediaType, header.Get("Content-Type"))
	require.NotContains(t, body, "127.0.0.1", "where the database is stays in the log")
	require.Contains(t, body, "may not have been accepted; sending it again is safe", "the commit may have come through")
	require.Empty(t, h.bell.rung)

	_, err = h.as(viewerToken).Agents(t.Context(), api.AgentQuery{})
	refused(t, err, http.StatusServiceUnavailable)
}

func TestIdsOfTwoNamespacesAreTwoPeople(t *testing.T) {
	h := open(t, func(options *frontdoor.Options) {
		options.Namespaces = map[string]string{"WORKDAY": "us", "SUCCESSFACTORS": "eu"}
	})
	receipts := h.sent(event(t, "evt_1", "P-1", nil, nil))
	require.Equal(t, "agent/us:P-1", receipts[0].WorkflowID)
	other, err := h.as("").SendSignedEvents(t.Context(), successSecret, "msg_2",
		[]byte(event(t, "evt_2", "P-1", map[string]any{"source_system": "SUCCESSFACTORS"}, nil)))
	require.NoError(t, err)
	require.Equal(t, "agent/eu:P-1", other.Events[0].WorkflowID)

	_, err = h.as(viewerToken).Agent(t.Context(), "P-1")
	refused(t, err, http.StatusConflict)
	agent, err := h.as(viewerToken).Agent(t.Context(), "eu:P-1")
	require.NoError(t, err)
	require.Equal(t, "eu:P-1", agent.PersonID)
}

func TestAnEventThatWasRefusedWhileTheDatabaseWasAwayIsTakenWhenItIsBack(t *testing.T) {
	address, err := url.Parse(testenv.Database(t))
	require.NoError(t, err)
	before := gate.Before(t, address.Host)
	address.Host = before.Address()
	records, err := store.Open(t.Context(), address.String())
	require.NoError(t, err)
	t.Cleanup(records.Close)
	h := openOn(t, records)
	h.sent(event(t, "evt_1", "P-1", nil, nil))

	before.Shut()
	for range 3 {
		_, err = h.send(event(t, "evt_2", "P-2", nil, nil))
		refused(t, err, http.StatusServiceUnavailable)
	}
	require.Equal(t, []string{"P-1"}, h.bell.rung)

	before.Open()
	require.Eventually(t, func() bool {
		_, err := h.send(event(t, "evt_2", "P-2", nil, nil))
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, map[string]int64{"waiting": 2}, h.outcomes())
	require.Equal(t, []string{"P-1", "P-2"}, h.bell.rung)
}
