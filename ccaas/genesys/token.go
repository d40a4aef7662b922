package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"muster/ccaas"
)

// refreshEarly is how long before its expiry a token is replaced; tokens shorter than twice that are replaced at half
// their life.
const refreshEarly = 5 * time.Minute

// opToken is the verb in errors of the token endpoint.
const opToken = "token.fetch"

// tokenSource gets and keeps the one access token that all requests of the process share (client-credentials grant).
//
// It stands beside x/oauth2's clientcredentials, whose types it uses, for three things that package does not do: the
// token endpoint's own throttling (HTTP 400 invalid_request) is waited out, a token is replaced before it expires while
// requests go on with the old one, and a single rejected token can be dropped.
type tokenSource struct {
	http     *http.Client
	endpoint string
	id       string
	secret   string
	timeout  time.Duration
	backoff  time.Duration
	log      *slog.Logger
	now      func() time.Time

	fetches singleflight.Group
	mu      sync.Mutex
	current *oauth2.Token
	renewAt time.Time
}

func newTokenSource(config Config, endpoint string) *tokenSource {
	return &tokenSource{
		http:     config.HTTPClient,
		endpoint: endpoint,
		id:       config.ClientID,
		secret:   config.ClientSecret,
		timeout:  config.CallTimeout,
		backoff:  firstBackoff,
		log:      config.Logger,
		now:      time.Now,
	}
}

// token returns an access token that is valid now. Near its end the token is replaced in the background by one goroutine;
// without a valid one all callers wait for the same fetch.
func (s *tokenSource) token(ctx context.Context) (string, error) {
	s.mu.Lock()
	current, renewAt := s.current, s.renewAt
	s.mu.Unlock()
	now := s.now()
	valid := current != nil && now.Before(current.Expiry)
	if valid && now.Before(renewAt) {
		return current.AccessToken, nil
	}
	fetching := s.fetches.DoChan("", func() (any, error) { return s.renew(context.WithoutCancel(ctx), current) })
	if valid {
		return current.AccessToken, nil
	}
	select {
	case <-ctx.Done():
		return "", unanswered(opToken, ctx.Err())
	case result := <-fetching:
		if result.Err != nil {
			return "", result.Err
		}
		token, _ := result.Val.(string)
		return token, nil
	}
}

// invalidate drops token if it is still the current one; a newer one stays.
func (s *tokenSource) invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.AccessToken == token {
		s.current = nil
	}
}

// renew replaces the token that its caller saw. It runs without the caller's cancellation, since others wait for it too.
// A failure while the old token still works only puts the next attempt off: the old one serves on.
func (s *tokenSource) renew(ctx context.Context, seen *oauth2.Token) (string, error) {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current != nil && current != seen {
		return current.AccessToken, nil // replaced between the caller's look and its turn
	}
	fetched, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if err != nil {
		if s.current != nil && now.Before(s.current.Expiry) {
			s.renewAt = now.Add(s.current.Expiry.Sub(now) / 4)
			s.log.Warn("genesys: access token not renewed yet, the current one still works", "error", err,
				"expires_at", s.current.Expiry)
		}
		return "", err
	}
	life := fetched.Expiry.Sub(now)
	s.current, s.renewAt = fetched, fetched.Expiry.Add(-min(refreshEarly, life/2))
	return fetched.AccessToken, nil
}

// fetch asks for a token, again after failures that pass. Asking twice is harmless.
func (s *tokenSource) fetch(ctx context.Context) (*oauth2.Token, error) {
	var tried tries
	for {
		token, failure := s.ask(ctx)
		if failure == nil {
			return token, nil
		}
		if failure.Kind == ccaas.KindUnauthorized {
			return nil, failure // wrong credentials do not get better
		}
		delay, again := tried.next(failure, true, s.backoff)
		if !again || !wait(ctx, delay) {
			return nil, failure
		}
	}
}

// ask makes one request to the token endpoint.
func (s *tokenSource) ask(ctx context.Context) (*oauth2.Token, *ccaas.Error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	form := url.Values{"grant_type": {"client_credentials"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, unanswered(opToken, err)
	}
	// Genesys takes id and secret as they are, not form-encoded first as RFC 6749 section 2.3.1 would have it.
	request.SetBasicAuth(s.id, s.secret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	asked := s.now()
	response, err := s.http.Do(request)
	if err != nil {
		return nil, unanswered(opToken, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxTokenAnswer))
	if err != nil {
		return nil, unanswered(opToken, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, tokenFailure(response, body)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.AccessToken == "" || answer.ExpiresIn <= 0 {
		return nil, unanswered(opToken, errors.New("the answer has no access_token with a positive expires_in"))
	}
	return &oauth2.Token{
		AccessToken: answer.AccessToken,
		TokenType:   answer.TokenType,
		ExpiresIn:   answer.ExpiresIn,
		Expiry:      asked.Add(time.Duration(answer.ExpiresIn) * time.Second),
	}, nil
}

// maxTokenAnswer bounds the token endpoint's answer, in bytes.
const maxTokenAnswer = 64 << 10

// tokenFailure classifies the token endpoint's refusal, which has its own body ({error, description, error_description})
// and says "too many requests" as HTTP 400 invalid_request whose description begins with "rate limit exceeded".
func tokenFailure(response *http.Response, body []byte) *ccaas.Error {
	cause := &oauth2.RetrieveError{Response: response}
	var answer struct {
		Code        string `json:"error"`
		Text        string `json:"description"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(body, &answer); err == nil {
		cause.ErrorCode, cause.ErrorDescription = answer.Code, answer.Description
		if cause.ErrorDescription == "" {
			cause.ErrorDescription = answer.Text
		}
	}
	status := response.StatusCode
	failure := &ccaas.Error{
		Op:            opToken,
		Status:        status,
		Code:          cause.ErrorCode,
		Message:       fmt.Sprintf("access token: %s", orStatusText(cause.ErrorDescription, status)),
		CorrelationID: response.Header.Get(correlationHeader),
		RetryAfter:    retryAfter(status, response.Header),
	}
	described := strings.ToLower(answer.Text + " " + answer.Description)
	switch {
	case status == http.StatusTooManyRequests,
		status == http.StatusBadRequest && cause.ErrorCode == "invalid_request" && strings.Contains(described, "rate limit exceeded"):
		failure.Kind = ccaas.KindRateLimited
		if failure.RetryAfter == 0 {
			failure.RetryAfter = time.Second
		}
	case status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		failure.Kind = ccaas.KindUnavailable
	default:
		failure.Kind = ccaas.KindUnauthorized
	}
	return failure
}

func orStatusText(text string, status int) string {
	if text == "" {
		return http.StatusText(status)
	}
	return text
}
