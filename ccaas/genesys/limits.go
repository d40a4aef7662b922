package genesys

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The platform's rate-limit headers. There is none that says what remains.
const (
	limitUsedHeader    = "inin-ratelimit-count"
	limitAllowedHeader = "inin-ratelimit-allowed"
	limitResetHeader   = "inin-ratelimit-reset" // seconds left in the window
)

// Limits is the request budget of our token as the platform last reported it.
type Limits struct {
	Allowed    int       // requests per window
	Used       int       // requests of this window
	ResetAt    time.Time // when the window ends
	ObservedAt time.Time
}

// Remaining is how many requests are left in the window; 0 when nothing was reported yet.
func (l Limits) Remaining() int { return max(0, l.Allowed-l.Used) }

// limitGauge keeps the latest Limits.
type limitGauge struct {
	mu      sync.Mutex
	current Limits
}

func (g *limitGauge) last() Limits {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.current
}

// observe takes the headers of an answer; answers without them change nothing. Answers overtake each other: within a
// window the count only grows.
func (g *limitGauge) observe(header http.Header, at time.Time) {
	used, err := strconv.Atoi(header.Get(limitUsedHeader))
	if err != nil {
		return
	}
	allowed, err := strconv.Atoi(header.Get(limitAllowedHeader))
	if err != nil {
		return
	}
	reset, _ := headerDelay(header.Get(limitResetHeader))
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.Before(g.current.ResetAt) {
		used = max(used, g.current.Used)
	}
	g.current = Limits{Allowed: allowed, Used: used, ResetAt: at.Add(reset), ObservedAt: at}
}
