package genesys

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/ccaas"
)

const (
	// maxAnswer bounds an answer, in bytes: a page of 500 users with everything expanded stays far below.
	maxAnswer = 16 << 20
	// firstBackoff is the ceiling of the first delay between two tries of a read.
	firstBackoff = 200 * time.Millisecond
)

// request is one call of the API.
type request struct {
	op     string // the neutral verb, for errors
	method string
	path   []string // segments after /api/v2, unescaped
	query  url.Values
	body   any // sent as JSON unless nil
	// repeatable says that the call changes nothing, whatever its method.
	repeatable bool
}

// answer is what came back with 2xx.
type answer struct {
	status      int
	correlation string
}

// caller carries requests: token, slots, limits, retries.
type caller struct {
	http    *http.Client
	api     *url.URL
	tokens  *tokenSource
	slots   chan struct{}
	limits  limitGauge
	timeout time.Duration
	backoff time.Duration
	log     *slog.Logger
}

func newCaller(config Config, api *url.URL, tokens *tokenSource) *caller {
	return &caller{
		http:    config.HTTPClient,
		api:     api,
		tokens:  tokens,
		slots:   make(chan struct{}, config.MaxInFlight),
		timeout: config.CallTimeout,
		backoff: firstBackoff,
		log:     config.Logger,
	}
}

// do sends r and decodes a 2xx answer into out, unless out is nil. Every error is an *ccaas.Error. Reads are sent again
// after failures that pass; a write only after an answer that says it was not carried out (401 once, 429 with a short
// wait).
func (c *caller) do(ctx context.Context, r request, out any) (answer, error) {
	target, err := c.target(r)
	if err != nil {
		return answer{}, err
	}
	var body []byte
	if r.body != nil {
		if body, err = json.Marshal(r.body); err != nil {
			return answer{}, invalid(r.op, "encode request: "+err.Error())
		}
	}
	r.repeatable = r.repeatable || r.method == http.MethodGet || r.method == http.MethodHead
	var tried tries
	for {
		token, err := c.tokens.token(ctx)
		if err != nil {
			return answer{}, withoutToken(r, err) // the token source has tried again on its own
		}
		got, failure := c.attempt(ctx, r, target, token, body, out)
		if failure == nil {
			return got, nil
		}
		delay, again := tried.next(failure, r.repeatable, c.backoff)
		if !again || !wait(ctx, delay) {
			return answer{status: failure.Status, correlation: failure.CorrelationID}, failure
		}
		c.log.Warn("genesys: request is sent again", "op", r.op, "method", r.method, "kind", failure.Kind,
			"status", failure.Status, "delay", delay, "correlation_id", failure.CorrelationID)
	}
}

// target builds the URL. Empty and dot segments are refused: they would name another resource (GET /users/ lists
// everybody).
func (c *caller) target(r request) (string, error) {
	escaped := make([]string, len(r.path))
	for i, segment := range r.path {
		if segment == "" || segment == "." || segment == ".." {
			return "", invalid(r.op, fmt.Sprintf("path segment %d after %q: found %q, want an id",
				i, strings.Join(r.path[:i], "/"), segment))
		}
		escaped[i] = url.PathEscape(segment)
	}
	target := c.api.String() + "/api/v2/" + strings.Join(escaped, "/")
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	return target, nil
}

// attempt sends r once, in one of the slots. A token that the platform rejects is dropped. A context that ends while r
// waits for a slot leaves r unsent.
func (c *caller) attempt(ctx context.Context, r request, target, token string, body []byte, out any) (answer, *ccaas.Error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return answer{}, notSent(unanswered(r.op, ctx.Err()))
	}
	if err := ctx.Err(); err != nil {
		return answer{}, notSent(unanswered(r.op, err))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, reader)
	if err != nil {
		return answer{}, invalid(r.op, err.Error())
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	begun := time.Now()
	response, err := c.http.Do(req)
	if err != nil {
		return answer{}, unanswered(r.op, err)
	}
	defer response.Body.Close()
	got, failure := c.receive(r, response, out)
	c.log.Debug("genesys: request", "op", r.op, "method", r.method, "path", strings.Join(r.path, "/"),
		"status", response.StatusCode, "took", time.Since(begun), "correlation_id", got.correlation)
	if failure != nil && failure.Kind == ccaas.KindUnauthorized {
		c.tokens.invalidate(token)
	}
	return got, failure
}

// withoutToken is the failure of a request for which there was no token: nothing was sent.
func withoutToken(r request, err error) *ccaas.Error {
	failure := asError(err)
	if failure == nil {
		return notSent(unanswered(r.op, err))
	}
	copied := *failure
	copied.Op = r.op + " (" + failure.Op + ")"
	return notSent(&copied)
}

// notSent marks the failure of a request that never left. Earlier tries of the same request do not count against that:
// a write is tried again only after an answer that says it was not carried out.
func notSent(failure *ccaas.Error) *ccaas.Error {
	failure.NotSent = true
	return failure
}

// receive reads an answer to its end and classifies it.
func (c *caller) receive(r request, response *http.Response, out any) (answer, *ccaas.Error) {
	c.limits.observe(response.Header, time.Now())
	got := answer{status: response.StatusCode, correlation: response.Header.Get(correlationHeader)}
	unusable := func(cause error) *ccaas.Error {
		failure := unanswered(r.op, cause)
		failure.Status, failure.CorrelationID = got.status, got.correlation
		return failure
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return got, unusable(fmt.Errorf("read answer: %w", err))
	}
	if len(body) > maxAnswer {
		return got, unusable(fmt.Errorf("answer is larger than %d bytes", maxAnswer))
	}
	if got.status < 200 || got.status > 299 {
		return got, classify(r.op, got.status, response.Header, body)
	}
	if out == nil {
		return got, nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return got, unusable(fmt.Errorf("decode answer: %w", err))
	}
	return got, nil
}
