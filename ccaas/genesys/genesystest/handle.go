package genesystest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maximumBody is the largest request body accepted; beyond it the platform answers 413.
const maximumBody = 1 << 20

// request is one platform request on its way through the simulator.
type request struct {
	*http.Request
	body   []byte
	query  url.Values
	params map[string]string
	token  *token
	entry  *Entry
}

// about notes in the journal which account the request is about, also where its path does not say so.
func (r *request) about(u *user) { r.entry.UserIDs = append(r.entry.UserIDs, u.ID) }

// ServeHTTP answers the platform's paths, the token endpoint and, to loopback clients, the control API.
func (s *Server) ServeHTTP(w http.ResponseWriter, raw *http.Request) {
	if raw.URL.Path == "/_sim" || strings.HasPrefix(raw.URL.Path, "/_sim/") {
		s.serveControl(w, raw)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, raw.Body, maximumBody))
	r := &request{Request: raw, body: body, query: raw.URL.Query()}
	r.entry = s.journal.begin(Entry{
		Time: s.now(), Method: raw.Method, Path: raw.URL.EscapedPath(), Query: raw.URL.RawQuery,
		Body: readable(raw, body), CorrelationID: uuid.NewString(),
	})
	if err != nil {
		s.send(w, r, fail(http.StatusRequestEntityTooLarge, "response.entity.too.large", "The request is over the size limit."))
		return
	}
	s.noteToken(r)
	fault := s.faults.take(r)
	r.entry.Fault = string(fault.Kind)
	if !s.wait(r, fault.delay()+s.latency()) {
		return
	}
	if fault.Kind == FaultCutBefore {
		s.cut(w, r, 0)
		return
	}
	if refused, ok := fault.answer(); ok {
		s.send(w, r, refused)
		return
	}
	if fault.Kind == FaultTokenRevoked {
		s.revokeOwn(r)
	}
	a := s.perform(r)
	if fault.Kind == FaultSlowAfter && !s.wait(r, fault.pause()) {
		return
	}
	if fault.Kind == FaultCutAfter {
		s.cut(w, r, a.status)
		return
	}
	s.send(w, r, a)
}

// perform does what the request asks while holding the world.
func (s *Server) perform(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settle() {
		s.keeper.dirty.Store(true)
		s.members = nil
	}
	if r.Method != http.MethodGet {
		defer func() { s.members = nil }()
	}
	if r.URL.Path == "/oauth/token" {
		return s.issueToken(r)
	}
	limits, refused := s.admit(r)
	if refused == nil {
		route, params, found := s.routes.find(r.Method, r.URL.EscapedPath())
		refused = found
		if refused == nil {
			r.params = params
			refused = s.forbid(r, route)
		}
		if refused == nil {
			refused = route.check(r)
		}
		if refused == nil {
			a := route.handle(s, r)
			refused = &a
		}
	}
	if r.Method != http.MethodGet {
		s.keeper.dirty.Store(true)
	}
	a := *refused
	a.header = limits.addTo(a.header)
	return a
}

func (s *Server) latency() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.settings.LatencyMS) * time.Millisecond
}

// wait lets time pass; false means that the client gave up first.
func (s *Server) wait(r *request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		s.journal.finish(r.entry, s.now(), 0, nil)
		return false
	}
}

// cut closes the connection without an answer. The journal keeps the status of what was done, 0 for nothing.
func (s *Server) cut(w http.ResponseWriter, r *request, done int) {
	s.journal.finish(r.entry, s.now(), done, nil)
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to end a connection it will not hand out
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, as a proxy that dies gives
	}
	_ = connection.Close()
}

func (s *Server) send(w http.ResponseWriter, r *request, a answer) {
	content := a.encode(r.entry.CorrelationID)
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("ININ-Correlation-Id", r.entry.CorrelationID)
	if len(content) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	var kept []byte
	s.mu.Lock()
	if s.settings.KeepAnswers {
		kept = content
	}
	s.mu.Unlock()
	s.journal.finish(r.entry, s.now(), a.status, kept)
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content)
	}
}

// readable returns the body as the journal keeps it: JSON as it is, anything else as a JSON string, nothing as nil.
func readable(r *http.Request, body []byte) json.RawMessage {
	if len(body) == 0 {
		return nil
	}
	if mediaType(r) == "application/json" && json.Valid(body) {
		return bytes.Clone(body)
	}
	text, err := json.Marshal(string(body))
	if err != nil {
		return nil
	}
	return text
}

func mediaType(r *http.Request) string {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return mediaType
}
