package genesys

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

// scripted is a server that answers what a test tells it to, for the behaviour at the edge of the protocol (tokens,
// limits, cut connections). What the platform means by its answers is the simulator's to say.
type scripted struct {
	*httptest.Server
	t  *testing.T
	mu sync.Mutex
	// answers by "METHOD /path"; each is used once, the last one for good.
	answers  map[string][]http.HandlerFunc
	received []received
	tokens   int
	lifetime int // of issued tokens, in seconds
}

type received struct {
	call          string // METHOD /path
	query         string
	authorization string
	body          string
}

func newScripted(t *testing.T) *scripted {
	t.Helper()
	s := &scripted{t: t, answers: map[string][]http.HandlerFunc{}, lifetime: 86400}
	s.answers["POST /oauth/token"] = []http.HandlerFunc{s.issueToken}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call := r.Method + " " + r.URL.EscapedPath()
	s.mu.Lock()
	s.received = append(s.received, received{
		call: call, query: r.URL.RawQuery, authorization: r.Header.Get("Authorization"), body: string(body),
	})
	queue := s.answers[call]
	var handler http.HandlerFunc
	if len(queue) > 0 {
		handler = queue[0]
	}
	if len(queue) > 1 {
		s.answers[call] = queue[1:]
	}
	s.mu.Unlock()
	if handler == nil {
		handler = answering(http.StatusNotFound, `{"code":"not.found","message":"no such path in this script"}`)
	}
	handler(w, r)
}

func (s *scripted) issueToken(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.tokens++
	number, lifetime := s.tokens, s.lifetime
	s.mu.Unlock()
	fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"bearer","expires_in":%d}`, number, lifetime)
}

// on sets the answers to a call.
func (s *scripted) on(call string, answers ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[call] = answers
}

// calls lists the requests of one kind that arrived.
func (s *scripted) calls(call string) []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []received
	for _, r := range s.received {
		if r.call == call {
			list = append(list, r)
		}
	}
	return list
}

// platform returns an adapter that talks to the script, with delays short enough for a test.
func (s *scripted) platform(change ...func(*Config)) *Platform {
	s.t.Helper()
	config := Config{LoginURL: s.URL, APIURL: s.URL, ClientID: "client", ClientSecret: "s3cret+/="}
	for _, c := range change {
		c(&config)
	}
	platform, err := New(config)
	require.NoError(s.t, err)
	platform.calls.backoff = time.Millisecond
	platform.calls.tokens.backoff = time.Millisecond
	return platform
}

// answering answers with a status, a JSON body and headers given as pairs.
func answering(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(correlationHeader, "correlation-1")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// cut closes the connection without an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// written is what a guard saw.
type written struct {
	ccaas.Write
	receipt ccaas.Receipt
	err     error
}

// recorder is a guard that lets everything pass and keeps what passed.
type recorder struct{ writes []written }

func (r *recorder) guard(ctx context.Context, w ccaas.Write, call func(context.Context) (ccaas.Receipt, error)) error {
	receipt, err := call(ctx)
	r.writes = append(r.writes, written{Write: w, receipt: receipt, err: err})
	return err
}

func (r *recorder) verbs() []string {
	verbs := []string{}
	for _, w := range r.writes {
		verbs = append(verbs, w.Verb)
	}
	return verbs
}

// decoded parses a JSON body that was received.
func decoded(t *testing.T, body string) map[string]any {
	t.Helper()
	var value map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &value))
	return value
}

func requireKind(t *testing.T, err error, kind ccaas.Kind) *ccaas.Error {
	t.Helper()
	require.Error(t, err)
	failure := asError(err)
	require.NotNil(t, failure, "want *ccaas.Error, found %T: %v", err, err)
	require.Equal(t, kind, failure.Kind, "%v", err)
	return failure
}
