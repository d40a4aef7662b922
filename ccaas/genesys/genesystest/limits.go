package genesystest

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"
)

// window counts requests in fixed minutes, each beginning with the first request after the last one ended.
type window struct {
	began time.Time
	used  int
}

// take counts one request and returns how many there were in this window and how long it still lasts.
func (w *window) take(now time.Time) (used int, left time.Duration) {
	if now.Sub(w.began) >= time.Minute {
		w.began, w.used = now, 0
	}
	w.used++
	return w.used, w.began.Add(time.Minute).Sub(now)
}

// seconds rounds up, as Retry-After and the reset header are whole seconds.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// budgetHeaders are the headers by which the platform tells a token's budget. How many requests remain is not among them.
type budgetHeaders struct {
	used, allowed, reset int
	known                bool
}

func (b budgetHeaders) exceeded() bool { return b.allowed > 0 && b.used > b.allowed }

func (b budgetHeaders) addTo(header map[string]string) map[string]string {
	if !b.known {
		return header
	}
	allowed := b.allowed
	if allowed == 0 {
		allowed = 1_000_000
	}
	merged := map[string]string{
		"inin-ratelimit-count":   strconv.Itoa(min(b.used, allowed)),
		"inin-ratelimit-allowed": strconv.Itoa(allowed),
		"inin-ratelimit-reset":   strconv.Itoa(b.reset),
	}
	maps.Copy(merged, header)
	return merged
}

func tooMany(retryAfter int) answer {
	text := strconv.Itoa(retryAfter)
	return fail(http.StatusTooManyRequests, "too.many.requests",
		"Rate limit exceeded the maximum. Retry the request in [%s] seconds", text).with("Retry-After", text)
}
