package genesys

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

const (
	readCall  = "GET /api/v2/users/u1"
	writeCall = "PUT /api/v2/users/u1/routingskills/bulk"
	userBody  = `{"id":"u1","version":3,"state":"active","name":"A","email":"a@example.com","skills":[],"languages":[]}`
)

func readUser(ctx context.Context, p *Platform) error {
	_, err := p.Account(ctx, "u1", ccaas.Want{})
	return err
}

func writeSkills(ctx context.Context, p *Platform) (*recorder, error) {
	r := &recorder{}
	return r, p.Writer(r.guard).SetSkills(ctx, "u1", []ccaas.Rated{{ID: "k1", Proficiency: 3}})
}

func TestUnauthorizedRequestIsSentAgainOnceWithANewToken(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusUnauthorized, `{"code":"bad.credentials"}`), answering(http.StatusOK, userBody))
	require.NoError(t, readUser(t.Context(), s.platform()))
	calls := s.calls(readCall)
	require.Len(t, calls, 2)
	require.Equal(t, "Bearer token-1", calls[0].authorization)
	require.Equal(t, "Bearer token-2", calls[1].authorization)
}

func TestSecondUnauthorizedIsFinal(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusUnauthorized, `{"code":"bad.credentials","message":"no"}`))
	failure := requireKind(t, readUser(t.Context(), s.platform()), ccaas.KindUnauthorized)
	require.Equal(t, "correlation-1", failure.CorrelationID)
	require.Len(t, s.calls(readCall), 2)
}

func TestUnauthorizedWriteIsOneWriteOfTheGuard(t *testing.T) {
	s := newScripted(t)
	s.on(writeCall, answering(http.StatusUnauthorized, ""), answering(http.StatusOK, "{}"))
	record, err := writeSkills(t.Context(), s.platform())
	require.NoError(t, err)
	require.Len(t, s.calls(writeCall), 2)
	require.Equal(t, []string{"skills.replace"}, record.verbs())
}

func TestShortRateLimitIsWaitedOutInPlace(t *testing.T) {
	s := newScripted(t)
	s.on(writeCall, answering(http.StatusTooManyRequests, `{"code":"too.many.requests"}`, "Retry-After", "0"),
		answering(http.StatusOK, "{}"))
	_, err := writeSkills(t.Context(), s.platform())
	require.NoError(t, err)
	require.Len(t, s.calls(writeCall), 2)
}

func TestLongRateLimitIsLeftToTheCaller(t *testing.T) {
	s := newScripted(t)
	s.on(writeCall, answering(http.StatusTooManyRequests, `{"code":"too.many.requests"}`, "Retry-After", "7"))
	_, err := writeSkills(t.Context(), s.platform())
	failure := requireKind(t, err, ccaas.KindRateLimited)
	require.Equal(t, 7*time.Second, failure.RetryAfter)
	require.Len(t, s.calls(writeCall), 1)
}

func TestRateLimitIsLeftToTheCallerWhenTheContextEndsSooner(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusTooManyRequests, "", "Retry-After", "2"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	failure := requireKind(t, readUser(ctx, s.platform()), ccaas.KindRateLimited)
	require.Equal(t, 2*time.Second, failure.RetryAfter)
	require.NoError(t, ctx.Err(), "it did not wait for the context to end")
}

func TestReadIsRepeatedAfterFailuresThatPass(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusServiceUnavailable, ""), cut, answering(http.StatusOK, `{"id":`),
		answering(http.StatusOK, userBody))
	require.NoError(t, readUser(t.Context(), s.platform()))
	require.Len(t, s.calls(readCall), 4)
}

func TestReadGivesUpAfterAFewFailures(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusBadGateway, "<html>"))
	failure := requireKind(t, readUser(t.Context(), s.platform()), ccaas.KindUnavailable)
	require.Equal(t, http.StatusBadGateway, failure.Status)
	require.Len(t, s.calls(readCall), 1+maxFailures)
}

func TestWriteIsNotRepeatedAfterAnAnswerThatDoesNotSayWhatHappened(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"connection cut":  cut,
		"503":             answering(http.StatusServiceUnavailable, `{"message":"overloaded"}`),
		"504":             answering(http.StatusGatewayTimeout, ""),
		"408":             answering(http.StatusRequestTimeout, ""),
		"503 and a delay": answering(http.StatusServiceUnavailable, "", "Retry-After", "0"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t)
			s.on(writeCall, answer)
			record, err := writeSkills(t.Context(), s.platform())
			requireKind(t, err, ccaas.KindUnavailable)
			require.Len(t, s.calls(writeCall), 1)
			require.Len(t, record.writes, 1)
			requireKind(t, record.writes[0].err, ccaas.KindUnavailable)
		})
	}
}

func TestCallThatTakesTooLongIsUnavailable(t *testing.T) {
	s := newScripted(t)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	s.on(writeCall, func(http.ResponseWriter, *http.Request) { <-hang })
	_, err := writeSkills(t.Context(), s.platform(func(c *Config) { c.CallTimeout = 50 * time.Millisecond }))
	failure := requireKind(t, err, ccaas.KindUnavailable)
	require.ErrorIs(t, failure, context.DeadlineExceeded)
}

func TestNoMoreCallsAreUnderWayThanAllowed(t *testing.T) {
	s := newScripted(t)
	var underWay, most atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	s.on(readCall, func(w http.ResponseWriter, r *http.Request) {
		now := underWay.Add(1)
		defer underWay.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		if now == 3 {
			once.Do(func() { close(full) })
		}
		<-full
		answering(http.StatusOK, userBody)(w, r)
	})
	platform := s.platform(func(c *Config) { c.MaxInFlight = 3 })
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() { require.NoError(t, readUser(t.Context(), platform)) })
	}
	callers.Wait()
	require.EqualValues(t, 3, most.Load())
}

func TestCallerWaitingForASlotHonoursItsContext(t *testing.T) {
	s := newScripted(t)
	release := make(chan struct{})
	s.on(readCall, func(w http.ResponseWriter, r *http.Request) {
		<-release
		answering(http.StatusOK, userBody)(w, r)
	})
	platform := s.platform(func(c *Config) { c.MaxInFlight = 1 })
	var first sync.WaitGroup
	first.Go(func() { require.NoError(t, readUser(t.Context(), platform)) })
	require.Eventually(t, func() bool { return len(s.calls(readCall)) == 1 }, 5*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	failure := requireKind(t, readUser(ctx, platform), ccaas.KindUnavailable)
	require.ErrorIs(t, failure, context.DeadlineExceeded)
	close(release)
	first.Wait()
}

func TestWriteThatNeverGotASlotWasNotSent(t *testing.T) {
	s := newScripted(t)
	release := make(chan struct{})
	s.on(readCall, func(w http.ResponseWriter, r *http.Request) {
		<-release
		answering(http.StatusOK, userBody)(w, r)
	})
	platform := s.platform(func(c *Config) { c.MaxInFlight = 1 })
	var first sync.WaitGroup
	first.Go(func() { require.NoError(t, readUser(t.Context(), platform)) })
	require.Eventually(t, func() bool { return len(s.calls(readCall)) == 1 }, 5*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	record := &recorder{}
	err := everyWrite["account.create"](ctx, platform.Writer(record.guard))
	close(release)
	first.Wait()
	require.True(t, requireKind(t, err, ccaas.KindUnavailable).NotSent)
	require.True(t, requireKind(t, record.writes[0].err, ccaas.KindUnavailable).NotSent)
	require.Empty(t, s.calls(createCall))
}

func TestWriteWhoseContextHadEndedWasNotSent(t *testing.T) {
	s := newScripted(t)
	platform := s.platform()
	require.Error(t, readUser(t.Context(), platform), "there is a token now")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // a free slot and an ended context are both ready: chance picks one of them
		record, err := writeSkills(ctx, platform)
		require.True(t, requireKind(t, err, ccaas.KindUnavailable).NotSent)
		require.True(t, requireKind(t, record.writes[0].err, ccaas.KindUnavailable).NotSent)
	}
	require.Empty(t, s.calls(writeCall))
}

func TestWriteWithoutATokenWasNotSent(t *testing.T) {
	s := newScripted(t)
	s.on(tokenCall, answering(http.StatusServiceUnavailable, ""))
	_, err := writeSkills(t.Context(), s.platform())
	require.True(t, requireKind(t, err, ccaas.KindUnavailable).NotSent)
}

func TestWriteWithoutAnAnswerWasSent(t *testing.T) {
	s := newScripted(t)
	s.on(writeCall, cut)
	_, err := writeSkills(t.Context(), s.platform())
	require.False(t, requireKind(t, err, ccaas.KindUnavailable).NotSent)
}

func TestAnswerBeyondTheBoundIsRefused(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, `{"id":"`+strings.Repeat("x", maxAnswer)+`"}`))
	failure := requireKind(t, readUser(t.Context(), s.platform()), ccaas.KindUnavailable)
	require.ErrorContains(t, failure, "larger than")
}

func TestRedirectIsNotFollowed(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusFound, "", "Location", s.URL+"/elsewhere"))
	requireKind(t, readUser(t.Context(), s.platform()), ccaas.KindInvalid)
	require.Empty(t, s.calls("GET /elsewhere"))
}

func TestIDsAreEscapedAndEmptyOnesAreNotSent(t *testing.T) {
	s := newScripted(t)
	platform := s.platform()
	s.on("GET /api/v2/users/externalid/muster-hris/a%2Fb%20c", answering(http.StatusOK, userBody))
	found, err := platform.AccountByExternalID(t.Context(), "a/b c")
	require.NoError(t, err)
	require.NotNil(t, found)
	for _, id := range []string{"", ".", ".."} {
		_, err = platform.Account(t.Context(), id, ccaas.Want{})
		requireKind(t, err, ccaas.KindInvalid)
	}
	require.Empty(t, s.calls("GET /api/v2/users/"))
}

func TestLimitsAreWhatTheHeadersSay(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, userBody, "inin-ratelimit-count", "12", "inin-ratelimit-allowed", "300",
		"inin-ratelimit-reset", "40"))
	platform := s.platform()
	require.Zero(t, platform.Limits())
	require.NoError(t, readUser(t.Context(), platform))
	limits := platform.Limits()
	require.Equal(t, 300, limits.Allowed)
	require.Equal(t, 288, limits.Remaining())
	require.WithinDuration(t, time.Now().Add(40*time.Second), limits.ResetAt, 5*time.Second)
}

func TestLimitsOfAnAnswerThatWasOvertakenAreNotBelieved(t *testing.T) {
	var gauge limitGauge
	headers := func(used string) http.Header {
		header := http.Header{}
		header.Set(limitUsedHeader, used)
		header.Set(limitAllowedHeader, "300")
		header.Set(limitResetHeader, "30")
		return header
	}
	begin := time.Now()
	gauge.observe(headers("20"), begin)
	gauge.observe(headers("19"), begin.Add(time.Millisecond))
	require.Equal(t, 20, gauge.last().Used)
	gauge.observe(headers("1"), begin.Add(31*time.Second))
	require.Equal(t, 1, gauge.last().Used, "a new window")
}

func TestSecretsAndPersonalDataStayOutOfLogs(t *testing.T) {
	s := newScripted(t)
	var log bytes.Buffer
	var config Config
	platform := s.platform(func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		config = *c
	})
	s.on("POST /api/v2/users/search", answering(http.StatusServiceUnavailable, ""), answering(http.StatusOK, `{"results":[]}`))
	_, err := platform.AccountsByEmail(t.Context(), "jane.doe@example.com")
	require.NoError(t, err)
	config.Logger.Info("configured", "genesys", config)
	require.Contains(t, log.String(), "genesys: request")
	for _, secret := range []string{"s3cret", "token-1", "jane.doe"} {
		require.NotContains(t, log.String(), secret)
	}
	require.NotContains(t, config.String(), "s3cret")
}
