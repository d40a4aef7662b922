package genesystest

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// Kinds of faults. Those with a number answer with that status and do nothing else.
const (
	FaultConflict     FaultKind = "409"
	FaultForbidden    FaultKind = "403"
	FaultTooMany      FaultKind = "429"
	FaultServerError  FaultKind = "500"
	FaultUnavailable  FaultKind = "503"
	FaultTimeout      FaultKind = "504"
	FaultSlow         FaultKind = "slow"          // waits DelayMS, then does it
	FaultSlowAfter    FaultKind = "slow_after"    // does it, then waits DelayMS before it answers
	FaultCutBefore    FaultKind = "cut_before"    // closes the connection, nothing done
	FaultCutAfter     FaultKind = "cut_after"     // does it, then closes the connection without an answer
	FaultTokenRevoked FaultKind = "token_revoked" // revokes the token the request came with, so it is answered 401
)

var faultKinds = []FaultKind{
	FaultConflict, FaultForbidden, FaultTooMany, FaultServerError, FaultUnavailable, FaultTimeout, FaultSlow, FaultSlowAfter,
	FaultCutBefore, FaultCutAfter, FaultTokenRevoked,
}

// Fault makes matching requests go wrong.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Method is an HTTP method; empty matches all.
	Method string `json:"method,omitempty"`
	// Path is a pattern over the escaped path: * stands for any part of one segment, a trailing ** for any rest. Empty matches
	// every path under /api/v2, so that the token endpoint is only hit when named.
	Path string `json:"path,omitempty"`
	// Contains must be in path, query or body, e.g. an account's id.
	Contains string `json:"contains,omitempty"`
	// Skip lets that many matching requests pass first.
	Skip int `json:"skip,omitempty"`
	// Times is how many requests it hits; 0 means 1, -1 means all until removed.
	Times int `json:"times,omitempty"`
	// DelayMS is the wait of slow faults.
	DelayMS int `json:"delay_ms,omitempty"`
	// RetryAfterSeconds is the Retry-After of a 429 (default 1) or a 503 (none when 0).
	RetryAfterSeconds int `json:"retry_after_seconds,omitempty"`
}

type faults struct {
	mu     sync.Mutex
	active []Fault
}

func (f *faults) add(fault Fault) error {
	if !slices.Contains(faultKinds, fault.Kind) {
		return fmt.Errorf("fault kind %q: expected one of %v", fault.Kind, faultKinds)
	}
	if fault.Times < -1 || fault.Skip < 0 || fault.DelayMS < 0 || fault.RetryAfterSeconds < 0 {
		return fmt.Errorf("fault %s: times, skip, delay_ms and retry_after_seconds take no such negative number", fault.Kind)
	}
	if _, err := path.Match(strings.TrimSuffix(fault.Path, "**"), ""); err != nil {
		return fmt.Errorf("fault path %q: %w", fault.Path, err)
	}
	if fault.Times == 0 {
		fault.Times = 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = append(f.active, fault)
	return nil
}

func (f *faults) list() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Fault{}, f.active...)
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = nil
}

// take returns the first fault that hits the request and uses it up; the zero Fault hits nothing.
func (f *faults) take(r *request) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.active {
		fault := &f.active[i]
		if !fault.matches(r.entry) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		hit := *fault
		if fault.Times > 0 {
			if fault.Times--; fault.Times == 0 {
				f.active = slices.Delete(f.active, i, i+1)
			}
		}
		return hit
	}
	return Fault{}
}

func (f Fault) matches(e *Entry) bool {
	pattern := f.Path
	if pattern == "" {
		pattern = "/api/v2/**"
	}
	return (f.Method == "" || strings.EqualFold(f.Method, e.Method)) && matchPath(pattern, e.Path) &&
		(f.Contains == "" || e.mentions(f.Contains))
}

// answer is what a status fault answers.
func (f Fault) answer() (answer, bool) {
	retryAfter := strconv.Itoa(f.RetryAfterSeconds)
	switch f.Kind {
	case FaultConflict:
		return conflict("The version supplied does not match the current version of the user"), true
	case FaultForbidden:
		return fail(http.StatusForbidden, "missing.permissions",
			"Unable to perform the requested action. You are missing the following permission(s): %s", f.Path), true
	case FaultTooMany:
		return tooMany(max(1, f.RetryAfterSeconds)), true
	case FaultServerError:
		return fail(http.StatusInternalServerError, "internal.server.error",
			"The server encountered an unexpected condition which prevented it from fulfilling the request."), true
	case FaultUnavailable:
		a := fail(http.StatusServiceUnavailable, "service.unavailable",
			"Service Unavailable - The server is currently unavailable (because it is overloaded or down for maintenance).")
		if f.RetryAfterSeconds > 0 {
			a = a.with("Retry-After", retryAfter)
		}
		return a, true
	case FaultTimeout:
		return fail(http.StatusGatewayTimeout, "request.timeout", "The request timed out."), true
	default: // the others are no answers
		return answer{}, false
	}
}

func (f Fault) pause() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// delay is the wait before anything is done.
func (f Fault) delay() time.Duration {
	if f.Kind == FaultSlow {
		return f.pause()
	}
	return 0
}

// matchPath matches segment by segment; a trailing ** matches any rest.
func matchPath(pattern, name string) bool {
	if prefix, deep := strings.CutSuffix(pattern, "**"); deep {
		parts := strings.Count(prefix, "/")
		at := 0
		for range parts {
			next := strings.IndexByte(name[at:], '/')
			if next < 0 {
				return false
			}
			at += next + 1
		}
		name, pattern = name[:at], prefix
	}
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}
