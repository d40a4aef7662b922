package genesys

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/ccaas"
)

const (
	// maxWaitInPlace is the longest Retry-After that is sat out inside a call; a longer one is the caller's to schedule,
	// since a caller that sleeps holds the fence and a worker slot.
	maxWaitInPlace = 2 * time.Second
	// maxWaits and maxFailures bound the repetitions of one request.
	maxWaits    = 2
	maxFailures = 3
	// maxDelay bounds the backoff between two reads.
	maxDelay = 2 * time.Second
	// maxVersionTries bounds how often a write is repeated with a newer version.
	maxVersionTries = 5
)

// tries counts what one request has been through, and decides what is next.
type tries struct {
	reauthenticated bool
	waits           int
	failures        int
}

// next says whether the request is sent again after failure and after which delay. backoff is the first delay's ceiling
// between reads. A write is repeated only after an answer that says it was not carried out.
func (t *tries) next(failure *ccaas.Error, repeatable bool, backoff time.Duration) (delay time.Duration, again bool) {
	switch failure.Kind {
	case ccaas.KindUnauthorized:
		again, t.reauthenticated = !t.reauthenticated, true
		return 0, again
	case ccaas.KindRateLimited:
		t.waits++
		return failure.RetryAfter, t.waits <= maxWaits && failure.RetryAfter <= maxWaitInPlace
	case ccaas.KindUnavailable:
		t.failures++
		if !repeatable || t.failures > maxFailures || failure.RetryAfter > maxWaitInPlace ||
			failure.Status == http.StatusNotImplemented {
			return 0, false
		}
		return max(failure.RetryAfter, fullJitter(backoff, t.failures)), true
	default:
		return 0, false
	}
}

// fullJitter draws a delay between 0 and base doubled per try, so that callers that failed together do not come back
// together.
func fullJitter(base time.Duration, try int) time.Duration {
	ceiling := min(base<<(try-1), maxDelay)
	return time.Duration(rand.Int64N(int64(ceiling) + 1)) //nolint:gosec // spreads load; nothing depends on its secrecy
}

// wait sleeps for delay. It returns false at once when the context would end first, so that the caller still has time to
// say why.
func wait(ctx context.Context, delay time.Duration) bool {
	if deadline, bounded := ctx.Deadline(); bounded && time.Until(deadline) <= delay {
		return false
	}
	if delay <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// headerDelay reads a delay in seconds or an HTTP date.
func headerDelay(value string) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at)), true
	}
	return 0, false
}
