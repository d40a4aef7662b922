package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
)

// answering is a client of a server that gives one answer to everything.
func answering(t *testing.T, status int, contentType, body string) (client *api.Client, seen *[]*http.Request) {
	t.Helper()
	seen = new([]*http.Request)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*seen = append(*seen, r)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return &api.Client{BaseURL: server.URL + "/", Token: "a-token"}, seen
}

func TestARefusalIsAProblemThatNamesEveryField(t *testing.T) {
	client, _ := answering(t, http.StatusUnprocessableEntity, "application/problem+json", `{"type":"about:blank","title":"Unprocessable Entity","status":422,
		"detail":"the event is not valid","errors":[{"field":"payload.timezone","found":"\"UTC-5\"","expected":"an IANA zone"}]}`)
	_, err := client.SendEvents(t.Context(), []byte(`{}`))
	var problem *api.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, 422, problem.Status)
	require.Equal(t, "422 Unprocessable Entity: the event is not valid\n  payload.timezone: found \"UTC-5\", expected an IANA zone", err.Error())
}

func TestARefusalThatIsNoProblemDocumentKeepsItsStatus(t *testing.T) {
	client, _ := answering(t, http.StatusBadGateway, "text/html", `<h1>proxy</h1>`)
	_, err := client.Agent(t.Context(), "P-1")
	var problem *api.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, http.StatusBadGateway, problem.Status)
	require.NotErrorIs(t, err, api.ErrUnreachable)
}

func TestAServerThatDoesNotAnswerIsUnreachable(t *testing.T) {
	client := &api.Client{BaseURL: "http://127.0.0.1:1"}
	_, err := client.Agents(t.Context(), api.AgentQuery{})
	require.ErrorIs(t, err, api.ErrUnreachable)
	_, err = client.Readiness(t.Context())
	require.ErrorIs(t, err, api.ErrUnreachable)
}

func TestWhatIsAskedForIsEscaped(t *testing.T) {
	client, seen := answering(t, http.StatusOK, "application/json", `{"items":[]}`)
	_, err := client.Timeline(t.Context(), "eu:P/1?x", api.PageQuery{Limit: 5, Cursor: "a&b"})
	require.NoError(t, err)
	attention := true
	_, err = client.Agents(t.Context(), api.AgentQuery{Email: "a+b@example.com", NeedsAttention: &attention})
	require.NoError(t, err)
	require.Equal(t, "/v1/agents/eu:P%2F1%3Fx/timeline?cursor=a%26b&limit=5", (*seen)[0].RequestURI)
	require.Equal(t, "/v1/agents?email=a%2Bb%40example.com&needs_attention=true", (*seen)[1].RequestURI)
	require.Equal(t, "Bearer a-token", (*seen)[0].Header.Get("Authorization"))
}

func TestASignedDeliveryCarriesNoToken(t *testing.T) {
	client, seen := answering(t, http.StatusAccepted, "application/json", `{"event_id":"evt_1","status":"accepted"}`)
	receipts, err := client.SendSignedEvents(t.Context(), "whsec_c2VjcmV0", "msg_1", []byte(`{}`))
	require.NoError(t, err)
	require.Equal(t, []api.EventReceipt{{EventID: "evt_1", Status: api.EventAccepted}}, receipts.Events)
	request := (*seen)[0]
	require.Empty(t, request.Header.Get("Authorization"))
	require.Equal(t, "msg_1", request.Header.Get("webhook-id"))
	require.NotEmpty(t, request.Header.Get("webhook-signature"))
}

// The vector is computed independently: HMAC-SHA-256 over id.timestamp.body with the decoded secret.
func TestASignatureIsThatOfStandardWebhooks(t *testing.T) {
	header, err := api.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.NoError(t, err)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", header.Get("webhook-signature"))
	require.Equal(t, "1614265330", header.Get("webhook-timestamp"))

	_, err = api.Sign("whsec_not base64!", "msg_1", time.Now(), nil)
	require.ErrorContains(t, err, "base64")
}
