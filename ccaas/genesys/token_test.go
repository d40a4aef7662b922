package genesys

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

const tokenCall = "POST /oauth/token"

// clock is a settable time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func tokensOf(s *scripted) (*tokenSource, *clock) {
	tokens := s.platform().calls.tokens
	time0 := &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	tokens.now = time0.now
	return tokens, time0
}

func TestTokenIsAskedForWithBasicCredentialsAndTheClientCredentialsGrant(t *testing.T) {
	s := newScripted(t)
	tokens, _ := tokensOf(s)
	token, err := tokens.token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "token-1", token)
	asked := s.calls(tokenCall)[0]
	form, err := url.ParseQuery(asked.body)
	require.NoError(t, err)
	require.Equal(t, url.Values{"grant_type": {"client_credentials"}}, form)
	request := &http.Request{Header: http.Header{"Authorization": {asked.authorization}}}
	id, secret, ok := request.BasicAuth()
	require.True(t, ok)
	require.Equal(t, "client", id)
	require.Equal(t, "s3cret+/=", secret, "the secret travels as it is, not form-encoded")
}

func TestTokenIsSharedByConcurrentCallers(t *testing.T) {
	s := newScripted(t)
	tokens, _ := tokensOf(s)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			token, err := tokens.token(t.Context())
			require.NoError(t, err)
			require.Equal(t, "token-1", token)
		})
	}
	callers.Wait()
	require.Len(t, s.calls(tokenCall), 1)
}

func TestTokenIsReplacedFiveMinutesEarlyWhileTheOldOneServes(t *testing.T) {
	s := newScripted(t)
	tokens, time0 := tokensOf(s)
	_, err := tokens.token(t.Context())
	require.NoError(t, err)

	require.Equal(t, time0.now().Add(86400*time.Second-refreshEarly), tokens.renewAt)

	time0.advance(86400*time.Second - refreshEarly + time.Second)
	token, err := tokens.token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "token-1", token, "nobody waits for the new one while the old one is valid")
	require.Eventually(t, func() bool {
		token, err := tokens.token(t.Context())
		return err == nil && token == "token-2"
	}, 5*time.Second, time.Millisecond)
	require.Len(t, s.calls(tokenCall), 2)
}

func TestShortTokenIsReplacedAtHalfItsLife(t *testing.T) {
	s := newScripted(t)
	s.lifetime = 60
	tokens, time0 := tokensOf(s)
	_, err := tokens.token(t.Context())
	require.NoError(t, err)
	require.Equal(t, time0.now().Add(30*time.Second), tokens.renewAt)
	time0.advance(31 * time.Second)
	require.Eventually(t, func() bool {
		token, err := tokens.token(t.Context())
		return err == nil && token == "token-2"
	}, 5*time.Second, time.Millisecond)
}

func TestTokenServesOnWhenItsEarlyReplacementFails(t *testing.T) {
	s := newScripted(t)
	tokens, time0 := tokensOf(s)
	_, err := tokens.token(t.Context())
	require.NoError(t, err)
	s.on(tokenCall, answering(http.StatusServiceUnavailable, ""))
	time0.advance(86400*time.Second - refreshEarly + time.Second)
	for range 3 {
		token, err := tokens.token(t.Context())
		require.NoError(t, err)
		require.Equal(t, "token-1", token)
	}
	time0.advance(refreshEarly)
	_, err = tokens.token(t.Context())
	requireKind(t, err, ccaas.KindUnavailable)
}

func TestTokenEndpointsThrottlingIsARateLimitThatIsWaitedOut(t *testing.T) {
	s := newScripted(t)
	throttled := `{"error":"invalid_request","description":"rate limit exceeded; try again"}`
	s.on(tokenCall, answering(http.StatusBadRequest, throttled, "Retry-After", "0"), s.issueToken)
	tokens, _ := tokensOf(s)
	token, err := tokens.token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "token-1", token)
}

func TestLongThrottlingOfTheTokenEndpointIsLeftToTheCaller(t *testing.T) {
	s := newScripted(t)
	s.on(tokenCall, answering(http.StatusBadRequest, `{"error":"invalid_request","description":"rate limit exceeded; slow down"}`,
		"Retry-After", "30"))
	platform := s.platform()
	_, err := platform.Account(t.Context(), "u1", ccaas.Want{})
	failure := requireKind(t, err, ccaas.KindRateLimited)
	require.Equal(t, 30*time.Second, failure.RetryAfter)
	require.Len(t, s.calls(tokenCall), 1)
}

func TestWrongCredentialsAreUnauthorizedAndNotTriedAgain(t *testing.T) {
	s := newScripted(t)
	s.on(tokenCall, answering(http.StatusBadRequest, `{"error":"invalid_client","error_description":"client not found"}`))
	_, err := s.platform().Account(t.Context(), "u1", ccaas.Want{})
	failure := requireKind(t, err, ccaas.KindUnauthorized)
	require.Equal(t, "invalid_client", failure.Code)
	require.NotContains(t, err.Error(), "s3cret")
	require.Len(t, s.calls(tokenCall), 1)
}

func TestTokenIsFetchedAgainAfterACutConnection(t *testing.T) {
	s := newScripted(t)
	s.on(tokenCall, cut, s.issueToken)
	tokens, _ := tokensOf(s)
	_, err := tokens.token(t.Context())
	require.NoError(t, err)
}

func TestCallerThatGivesUpDoesNotTakeTheTokenFromTheOthers(t *testing.T) {
	s := newScripted(t)
	release := make(chan struct{})
	s.on(tokenCall, func(w http.ResponseWriter, r *http.Request) {
		<-release
		s.issueToken(w, r)
	})
	tokens, _ := tokensOf(s)
	impatient, giveUp := context.WithCancel(t.Context())
	var first, second atomic.Value
	var callers sync.WaitGroup
	callers.Go(func() {
		_, err := tokens.token(impatient)
		first.Store(err)
	})
	require.Eventually(t, func() bool { return len(s.calls(tokenCall)) == 1 }, 5*time.Second, time.Millisecond)
	callers.Go(func() {
		token, _ := tokens.token(t.Context())
		second.Store(token)
	})
	giveUp()
	require.Eventually(t, func() bool { return first.Load() != nil }, 5*time.Second, time.Millisecond)
	close(release)
	callers.Wait()
	err, _ := first.Load().(error)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "token-1", second.Load())
	require.Len(t, s.calls(tokenCall), 1)
}

func TestOnlyTheRejectedTokenIsDropped(t *testing.T) {
	s := newScripted(t)
	tokens, _ := tokensOf(s)
	_, err := tokens.token(t.Context())
	require.NoError(t, err)
	tokens.invalidate("token-0")
	token, err := tokens.token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "token-1", token)
	tokens.invalidate("token-1")
	token, err = tokens.token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "token-2", token)
}
