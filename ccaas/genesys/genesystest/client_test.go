package genesystest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// client speaks to a simulator the way any program would: over HTTP, with a token.
type client struct {
	t      *testing.T
	server *genesystest.Server
	token  string
}

// response is an answer of the platform.
type response struct {
	Status int
	Header http.Header
	Body   []byte
}

// start returns a simulator without lags and a client with a token.
func start(t *testing.T, change func(*genesystest.Settings)) (*genesystest.Server, *client) {
	t.Helper()
	settings := genesystest.DefaultSettings()
	settings.SearchLagMS, settings.JoinLagMS, settings.GroupLagMS, settings.NewUserRole = 0, 0, 0, ""
	settings.ConversationLagMS, settings.AnalyticsLagMS = 0, 0
	if change != nil {
		change(&settings)
	}
	server := genesystest.New(t, genesystest.Options{Settings: &settings, Seed: "test"})
	return server, connect(t, server)
}

func connect(t *testing.T, server *genesystest.Server) *client {
	t.Helper()
	c := &client{t: t, server: server}
	answer := c.requestToken(server.ClientID(), server.ClientSecret())
	require.Equal(t, 200, answer.Status, string(answer.Body))
	c.token = answer.text(t, "access_token")
	return c
}

func (c *client) requestToken(id, secret string) response {
	c.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.server.LoginURL()+"/oauth/token", strings.NewReader(form.Encode()))
	require.NoError(c.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(id, secret)
	return c.send(request)
}

// do calls the platform; a string body is sent as it is, anything else as JSON, nil not at all.
func (c *client) do(method, path string, body any) response {
	c.t.Helper()
	answer, err := c.try(method, path, body)
	require.NoError(c.t, err)
	return answer
}

func (c *client) try(method, path string, body any) (response, error) {
	c.t.Helper()
	var content io.Reader
	if text, is := body.(string); is {
		content = strings.NewReader(text)
	} else if body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(c.t, err)
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL()+path, content)
	require.NoError(c.t, err)
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.round(request)
}

func (c *client) send(request *http.Request) response {
	c.t.Helper()
	answer, err := c.round(request)
	require.NoError(c.t, err)
	return answer
}

func (c *client) round(request *http.Request) (response, error) {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return response{answer.StatusCode, answer.Header, body}, err
}

// want calls the platform and requires a status.
func (c *client) want(status int, method, path string, body any) response {
	c.t.Helper()
	answer := c.do(method, path, body)
	require.Equal(c.t, status, answer.Status, "%s %s: %s", method, path, answer.Body)
	return answer
}

// refused calls the platform and requires a refusal with the platform's error body.
func (c *client) refused(status int, code, method, path string, body any) response {
	c.t.Helper()
	answer := c.want(status, method, path, body)
	require.Equal(c.t, code, answer.text(c.t, "code"))
	require.NotEmpty(c.t, answer.text(c.t, "message"))
	require.Equal(c.t, answer.Header.Get("ININ-Correlation-Id"), answer.text(c.t, "contextId"))
	return answer
}

// field follows keys into the JSON body; numbers index arrays.
func (r response) field(t *testing.T, keys ...any) any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(r.Body, &value), string(r.Body))
	for _, key := range keys {
		switch key := key.(type) {
		case string:
			parent, is := value.(map[string]any)
			require.True(t, is, "%v in %s", keys, r.Body)
			value = parent[key]
		case int:
			parent, is := value.([]any)
			require.True(t, is && len(parent) > key, "%v in %s", keys, r.Body)
			value = parent[key]
		}
	}
	return value
}

func (r response) text(t *testing.T, keys ...any) string {
	t.Helper()
	text, is := r.field(t, keys...).(string)
	require.True(t, is, "%v in %s", keys, r.Body)
	return text
}

func (r response) length(t *testing.T, keys ...any) int {
	t.Helper()
	list, is := r.field(t, keys...).([]any)
	require.True(t, is, "%v in %s", keys, r.Body)
	return len(list)
}

type fields map[string]any

// legOf is the live leg of an account in a conversation, as the platform shows it.
func (c *client) legOf(conversation, userID string) string {
	c.t.Helper()
	answer := c.want(200, "GET", "/api/v2/conversations/"+conversation, nil)
	for i := range answer.length(c.t, "participants") {
		participant := answer.field(c.t, "participants", i).(map[string]any)
		if participant["userId"] == userID && participant["endTime"] == nil {
			return answer.text(c.t, "participants", i, "id")
		}
	}
	require.Fail(c.t, "no live leg", "%s in %s", userID, answer.Body)
	return ""
}

// openWork is a query of conversations with an open segment of an account.
func openWork(userID string, and ...fields) fields {
	return fields{
		"interval": time.Now().UTC().Add(-time.Hour).Format(time.RFC3339) + "/" + time.Now().UTC().Add(time.Hour).Format(time.RFC3339),
		"order":    "desc", "orderBy": "conversationStart", "paging": fields{"pageSize": 100, "pageNumber": 1},
		"segmentFilters": []fields{{"type": "and", "predicates": append([]fields{
			{"dimension": "userId", "operator": "matches", "value": userID}, {"dimension": "segmentEnd", "operator": "notExists"},
		}, and...)}},
	}
}

// create makes an active account in the Home division.
func (c *client) create(email string) string {
	c.t.Helper()
	return c.want(200, "POST", "/api/v2/users", fields{
		"name": "Jane Doe", "email": email, "divisionId": genesystest.ID(genesystest.KindDivision, "Home"), "state": "active",
	}).text(c.t, "id")
}

func (c *client) version(id string) int {
	c.t.Helper()
	answer := c.do("GET", "/api/v2/users/"+id, nil)
	if answer.Status == 404 {
		answer = c.want(200, "GET", "/api/v2/users/"+id+"?state=deleted", nil)
	}
	return int(answer.field(c.t, "version").(float64))
}

func (c *client) setState(id, state string) {
	c.t.Helper()
	c.want(200, "PATCH", "/api/v2/users/"+id, fields{"state": state, "version": c.version(id)})
}

// search finds the ids of accounts with an email, in the given states.
func (c *client) search(email string, states ...string) []string {
	c.t.Helper()
	query := []fields{{"type": "EXACT", "fields": []string{"email"}, "value": email}}
	if len(states) > 0 {
		query = append(query, fields{"type": "EXACT", "fields": []string{"state"}, "values": states})
	}
	answer := c.want(200, "POST", "/api/v2/users/search", fields{"query": query})
	ids := []string{}
	for i := range answer.length(c.t, "results") {
		ids = append(ids, answer.text(c.t, "results", i, "id"))
	}
	return ids
}

func (c *client) truth(id string) genesystest.Truth {
	c.t.Helper()
	truth, found := c.server.User(id)
	require.True(c.t, found)
	return truth
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 5*time.Second, 5*time.Millisecond)
}

func to[T any](value T) *T { return &value }

// on is the same client in a subtest.
func (c *client) on(t *testing.T) *client {
	t.Helper()
	return &client{t: t, server: c.server, token: c.token}
}
