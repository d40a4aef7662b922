package genesystest_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func TestTokenEndpointWantsTheClientsCredentials(t *testing.T) {
	server, c := start(t, nil)
	answer := c.requestToken(server.ClientID(), server.ClientSecret())
	require.Equal(t, 200, answer.Status)
	require.EqualValues(t, 86_400, answer.field(t, "expires_in"))
	wrong := c.requestToken(server.ClientID(), "wrong")
	require.Equal(t, 401, wrong.Status)
	require.Equal(t, "invalid_client", wrong.text(t, "error"))
}

func TestTokenEndpointThrottlesWith400(t *testing.T) {
	server, c := start(t, func(s *genesystest.Settings) { s.TokensPerMinute = 2 })
	require.Equal(t, 200, c.requestToken(server.ClientID(), server.ClientSecret()).Status)
	throttled := c.requestToken(server.ClientID(), server.ClientSecret())
	require.Equal(t, 400, throttled.Status)
	require.Equal(t, "invalid_request", throttled.text(t, "error"))
	require.True(t, strings.HasPrefix(throttled.text(t, "description"), "rate limit exceeded;"))
	require.NotEmpty(t, throttled.Header.Get("Retry-After"))
}

func TestRequestsNeedAValidToken(t *testing.T) {
	server, c := start(t, nil)
	c.want(200, "HEAD", "/api/v2/tokens/me", nil)
	good := c.token
	c.token = ""
	c.refused(401, "authentication.required", "GET", "/api/v2/users", nil)
	c.token = "made-up"
	c.refused(401, "bad.credentials", "GET", "/api/v2/users", nil)
	c.token = good
	server.RevokeTokens()
	c.refused(401, "bad.credentials", "GET", "/api/v2/users", nil)
}

func TestTokenExpires(t *testing.T) {
	var offset atomic.Int64
	settings := genesystest.DefaultSettings()
	settings.TokenSeconds = 300
	server := genesystest.New(t, genesystest.Options{
		Settings: &settings, Now: func() time.Time { return time.Now().Add(time.Duration(offset.Load())) },
	})
	c := connect(t, server)
	c.want(200, "GET", "/api/v2/users", nil)
	offset.Store(int64(5 * time.Minute))
	c.refused(401, "bad.credentials", "GET", "/api/v2/users", nil)
}

func TestEachTokenHasItsOwnBudget(t *testing.T) {
	var offset atomic.Int64
	settings := genesystest.DefaultSettings()
	settings.RequestsPerMinute = 2
	server := genesystest.New(t, genesystest.Options{
		Settings: &settings, Now: func() time.Time { return time.Now().Add(time.Duration(offset.Load())) },
	})
	c, other := connect(t, server), connect(t, server)
	first := c.want(200, "GET", "/api/v2/users", nil)
	require.Equal(t, "1", first.Header.Get("inin-ratelimit-count"))
	require.Equal(t, "2", first.Header.Get("inin-ratelimit-allowed"))
	require.NotEmpty(t, first.Header.Get("inin-ratelimit-reset"))
	c.want(200, "GET", "/api/v2/users", nil)
	refused := c.refused(429, "too.many.requests", "GET", "/api/v2/users", nil)
	require.Regexp(t, `^[1-9][0-9]*$`, refused.Header.Get("Retry-After"))
	other.want(200, "GET", "/api/v2/users", nil)
	offset.Store(int64(time.Minute))
	c.want(200, "GET", "/api/v2/users", nil)
}

func TestFaultsAnswerAsOftenAsTold(t *testing.T) {
	server, c := start(t, nil)
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultUnavailable, Method: "POST", Path: "/api/v2/users", Skip: 1, Times: 2}))
	c.create("a@example.com")
	body := fields{"name": "B", "email": "b@example.com", "divisionId": division("Home"), "state": "active"}
	c.refused(503, "service.unavailable", "POST", "/api/v2/users", body)
	c.want(200, "GET", "/api/v2/users", nil)
	c.refused(503, "service.unavailable", "POST", "/api/v2/users", body)
	c.want(200, "POST", "/api/v2/users", body)
	require.Empty(t, server.Faults())
}

func TestStatusFaultsSpeakThePlatformsLanguage(t *testing.T) {
	server, c := start(t, nil)
	for kind, expected := range map[genesystest.FaultKind]string{
		genesystest.FaultConflict: "general.conflict", genesystest.FaultForbidden: "missing.permissions",
		genesystest.FaultTooMany: "too.many.requests", genesystest.FaultServerError: "internal.server.error",
		genesystest.FaultUnavailable: "service.unavailable", genesystest.FaultTimeout: "request.timeout",
	} {
		t.Run(string(kind), func(t *testing.T) {
			c := c.on(t)
			require.NoError(t, server.Fault(genesystest.Fault{Kind: kind, RetryAfterSeconds: 3}))
			answer := c.do("GET", "/api/v2/users", nil)
			require.Equal(t, expected, answer.text(t, "code"))
			if kind == genesystest.FaultTooMany || kind == genesystest.FaultUnavailable {
				require.Equal(t, "3", answer.Header.Get("Retry-After"))
			}
		})
	}
}

func TestConnectionCutBeforeTheWriteChangesNothing(t *testing.T) {
	server, c := start(t, nil)
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultCutBefore, Path: "/api/v2/users"}))
	_, err := c.try("POST", "/api/v2/users", fields{"name": "A", "email": "a@example.com", "divisionId": division("Home")})
	require.Error(t, err)
	require.Empty(t, server.Users(genesystest.TruthFilter{}))
}

func TestConnectionCutAfterTheWriteHasChangedIt(t *testing.T) {
	server, c := start(t, nil)
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultCutAfter, Path: "/api/v2/users"}))
	_, err := c.try("POST", "/api/v2/users", fields{"name": "A", "email": "a@example.com", "divisionId": division("Home")})
	require.Error(t, err)
	require.Len(t, server.Users(genesystest.TruthFilter{}), 1)
	entries := server.Journal(genesystest.JournalFilter{Method: http.MethodPost, Path: "/api/v2/users"})
	require.Len(t, entries, 1)
	require.Equal(t, 200, entries[0].Status)
	require.Equal(t, "cut_after", entries[0].Fault)
}

func TestSlowFaultWaitsBeforeOrAfterTheWrite(t *testing.T) {
	server, c := start(t, nil)
	slow := &http.Client{Timeout: 100 * time.Millisecond}
	send := func(email string) error {
		body := `{"name":"A","email":"` + email + `","divisionId":"` + division("Home") + `"}`
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+"/api/v2/users", strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+c.token)
		answer, err := slow.Do(request)
		if err == nil {
			err = answer.Body.Close()
		}
		return err
	}
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, DelayMS: 60_000}))
	require.Error(t, send("before@example.com"))
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultSlowAfter, DelayMS: 60_000}))
	require.Error(t, send("after@example.com"))
	users := server.Users(genesystest.TruthFilter{})
	require.Len(t, users, 1)
	require.Equal(t, "after@example.com", users[0].Email)
}

func TestTokenRevokedFaultAnswers401FromThenOn(t *testing.T) {
	server, c := start(t, nil)
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultTokenRevoked}))
	c.refused(401, "bad.credentials", "GET", "/api/v2/users", nil)
	c.refused(401, "bad.credentials", "GET", "/api/v2/users", nil)
	connect(t, server).want(200, "GET", "/api/v2/users", nil)
}

func TestFaultsSparesTheTokenEndpointUnlessNamed(t *testing.T) {
	server, c := start(t, nil)
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultServerError, Times: -1}))
	require.Equal(t, 200, c.requestToken(server.ClientID(), server.ClientSecret()).Status)
	server.ClearFaults()
	require.NoError(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultServerError, Path: "/oauth/token"}))
	require.Equal(t, 500, c.requestToken(server.ClientID(), server.ClientSecret()).Status)
}

func TestFaultOfAnUnknownKindIsRefused(t *testing.T) {
	server, _ := start(t, nil)
	require.ErrorContains(t, server.Fault(genesystest.Fault{Kind: "flood"}), "expected one of")
	require.Error(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, DelayMS: -1}))
	require.Error(t, server.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/["}))
}
