package genesystest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// token is an access token of the OAuth client with its own request budget.
type token struct {
	id      string // what the journal calls it
	client  *Client
	expires time.Time
	revoked bool
	budget  window
}

type tokens struct {
	issued map[string]*token
	count  int
	budget window // of the token endpoint
}

// oauthError is the token endpoint's error body, which is not the platform's.
type oauthError struct {
	Error            string `json:"error"`
	Description      string `json:"description"`
	ErrorDescription string `json:"error_description"`
}

func oauthFail(status int, code, description string) answer {
	return answer{status: status, body: oauthError{code, description, description}}
}

// issueToken is POST /oauth/token: Basic credentials, grant type client_credentials in a form.
func (s *Server) issueToken(r *request) answer {
	if r.Method != http.MethodPost {
		return oauthFail(http.StatusMethodNotAllowed, "invalid_request", "use POST")
	}
	if mediaType(r.Request) != "application/x-www-form-urlencoded" {
		return oauthFail(http.StatusBadRequest, "invalid_request", "the body must be a form")
	}
	if used, left := s.tokens.budget.take(s.now()); s.settings.TokensPerMinute > 0 && used > s.settings.TokensPerMinute {
		// The platform says so with 400, not 429.
		seconds := strconv.Itoa(seconds(left))
		return oauthFail(http.StatusBadRequest, "invalid_request",
			"rate limit exceeded; too many token requests, try again in "+seconds+" seconds").with("Retry-After", seconds)
	}
	form, err := url.ParseQuery(string(r.body))
	if err != nil || form.Get("grant_type") != "client_credentials" {
		return oauthFail(http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials")
	}
	id, secret, given := r.BasicAuth()
	client := s.clients[id]
	if !given || client == nil || secret != client.Secret {
		return oauthFail(http.StatusUnauthorized, "invalid_client", "authentication failed")
	}
	return s.grantToken(r, client)
}

func (s *Server) grantToken(r *request, client *Client) answer {
	if s.tokens.issued == nil {
		s.tokens.issued = map[string]*token{}
	}
	s.tokens.count++
	value := strings.ReplaceAll(uuid.NewString()+uuid.NewString(), "-", "")
	issued := &token{
		id: fmt.Sprintf("token-%d", s.tokens.count), client: client,
		expires: s.now().Add(time.Duration(s.settings.TokenSeconds) * time.Second),
	}
	s.tokens.issued[value] = issued
	r.entry.TokenID, r.entry.ClientID = issued.id, client.ID
	return ok(object{"access_token": value, "token_type": "bearer", "expires_in": s.settings.TokenSeconds})
}

func (s *Server) noteToken(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return
	}
	if r.token = s.tokens.issued[value]; r.token != nil {
		r.entry.TokenID, r.entry.ClientID = r.token.id, r.token.client.ID
	}
}

// revokeOwn ends the token a request came with.
func (s *Server) revokeOwn(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.token != nil {
		r.token.revoked = true
	}
}

// admit checks token and budget. The first result belongs on the answer in any case.
func (s *Server) admit(r *request) (budgetHeaders, *answer) {
	switch {
	case r.Header.Get("Authorization") == "":
		refused := fail(http.StatusUnauthorized, "authentication.required",
			"No authentication bearer token specified in authorization header.")
		return budgetHeaders{}, &refused
	case r.token == nil || r.token.revoked || !r.token.expires.After(s.now()):
		refused := fail(http.StatusUnauthorized, "bad.credentials", "Invalid login credentials.")
		return budgetHeaders{}, &refused
	}
	used, left := r.token.budget.take(s.now())
	headers := budgetHeaders{used: used, allowed: s.settings.RequestsPerMinute, reset: seconds(left), known: true}
	if headers.exceeded() {
		refused := tooMany(headers.reset)
		return headers, &refused
	}
	return headers, nil
}

// tokenMe answers HEAD, GET and DELETE /tokens/me for the client's own token.
func (s *Server) tokenMe(r *request) answer {
	switch r.Method {
	case http.MethodDelete:
		r.token.revoked = true
		return answer{status: http.StatusOK}
	case http.MethodHead:
		return answer{status: http.StatusOK}
	}
	organization := object{"id": ID("organization", "Muster"), "name": "Muster"}
	return ok(object{
		"organization": organization, "homeOrganization": organization,
		"OAuthClient": s.renderClient(r.token.client, organization),
	})
}

// revokeUserTokens ends every session of an account and with them its connections [docs: Log an agent out].
func (s *Server) revokeUserTokens(r *request) answer {
	u := s.world.byID[r.params["userId"]]
	if u == nil {
		return missing("user", r.params["userId"])
	}
	u.Sessions = 0
	s.dropConversations(u)
	s.setPresence(u, "Offline")
	return done()
}
