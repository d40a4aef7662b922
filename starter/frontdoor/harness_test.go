package frontdoor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/frontdoor"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// house is a front door on a real database, with a bell that only remembers: ringing a real one is specified where the bell is.
type house struct {
	t      *testing.T
	url    string
	store  *store.Store
	bell   *rememberingBell
	clock  *movingClock
	log    *safeBuffer
	server *standInServer
}

// Tokens of the tests, by what their owners may do.
const (
	ingestToken   = "token-of-ingest-0001"
	viewerToken   = "token-of-viewer-0001"
	operatorToken = "token-of-operator-01"
	approverToken = "token-of-approver-01"
	leadToken     = "token-of-team-lead-1"
	legalToken    = "token-of-legal-00001"
	auditorToken  = "token-of-auditor-001"
	editorToken   = "token-of-editor-0001"
	otherLegal    = "token-of-legal-00002"
	otherOperator = "token-of-operator-02"
	powerless     = "token-of-powerless-1"
	legalAuditor  = "token-of-legal-auditor"
)

func tokens(t *testing.T) frontdoor.Tokens {
	t.Helper()
	actors := map[string]frontdoor.Actor{powerless: {Name: "powerless"}}
	for token, actor := range map[string]frontdoor.Actor{
		ingestToken:   {Name: "integration", Roles: []api.Role{api.RoleIngest}},
		viewerToken:   {Name: "vera", Roles: []api.Role{api.RoleViewer}},
		operatorToken: {Name: "otto", Roles: []api.Role{api.RoleOperator}},
		approverToken: {Name: "ana", Roles: []api.Role{api.RoleApprover}},
		leadToken:     {Name: "lea", Roles: []api.Role{api.RoleApprover}},
		legalToken:    {Name: "lex", Roles: []api.Role{api.RoleLegal}},
		otherLegal:    {Name: "lou", Roles: []api.Role{api.RoleLegal}},
		otherOperator: {Name: "olga", Roles: []api.Role{api.RoleOperator}},
		auditorToken:  {Name: "audra", Roles: []api.Role{api.RoleAuditor}},
		legalAuditor:  {Name: "lars", Roles: []api.Role{api.RoleLegal, api.RoleAuditor}},
		editorToken:   {Name: "edda", Roles: []api.Role{api.RoleRegistryEditor}},
	} {
		actors[token] = actor
	}
	made, err := frontdoor.NewTokens(actors)
	require.NoError(t, err)
	return made
}

// open opens a house on a database of the test's own.
func open(t *testing.T, changes ...func(*frontdoor.Options)) *house {
	t.Helper()
	return openOn(t, testenv.Store(t), changes...)
}

func openOn(t *testing.T, records *store.Store, changes ...func(*frontdoor.Options)) *house {
	t.Helper()
	h := &house{
		t: t, store: records, bell: &rememberingBell{}, clock: &movingClock{now: time.Now()}, log: &safeBuffer{}, server: &standInServer{},
	}
	options := frontdoor.Options{
		Store: records, Bell: h.bell, Temporal: h.server, Tokens: tokens(t), Secrets: secrets(t),
		Metrics: prometheus.NewRegistry(), Log: slog.New(slog.NewJSONHandler(h.log, nil)), Now: h.clock.Now,
	}
	for _, change := range changes {
		change(&options)
	}
	door, err := frontdoor.New(options)
	require.NoError(t, err)
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// as is a client with a token.
func (h *house) as(token string) *api.Client { return &api.Client{BaseURL: h.url, Token: token} }

// send posts a body signed by WORKDAY.
func (h *house) send(body string) (api.EventReceipts, error) {
	h.t.Helper()
	return h.as("").SendSignedEvents(h.t.Context(), workdaySecret, "msg_1", []byte(body))
}

// sent posts a body and requires that all of it is taken.
func (h *house) sent(body string) []api.EventReceipt {
	h.t.Helper()
	receipts, err := h.send(body)
	require.NoError(h.t, err)
	for _, receipt := range receipts.Events {
		require.NotEqual(h.t, api.EventRejected, receipt.Status, "%v", receipt.Problem)
	}
	return receipts.Events
}

// refused requires that an error is a problem document of this status, and returns it.
func refused(t *testing.T, err error, status int) *api.Problem {
	t.Helper()
	var problem *api.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, status, problem.Status, "%v", problem)
	require.Equal(t, http.StatusText(status), problem.Title)
	require.NotEmpty(t, problem.Instance)
	return problem
}

// outcomes are the events in the store by outcome.
func (h *house) outcomes() map[string]int64 {
	h.t.Helper()
	figures, err := h.store.Figures(h.t.Context())
	require.NoError(h.t, err)
	return figures.EventsByOutcome
}

// audited are the audit facts of an action, oldest first.
func (h *house) audited(action string) []store.AuditRow {
	h.t.Helper()
	var all []store.AuditRow
	cursor := ""
	for {
		rows, next, err := h.store.AuditTrail(h.t.Context(), store.AuditFilter{Action: action}, cursor, 500)
		require.NoError(h.t, err)
		all = append(all, rows...)
		if next == "" {
			return all
		}
		cursor = next
	}
}

// answer does a request and returns its status, headers and body.
func (h *house) answer(method, path, token, contentType string, body []byte) (int, http.Header, string) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, bytes.NewReader(body))
	require.NoError(h.t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	return response.StatusCode, response.Header, string(content)
}

// guideEvent is the guides' own example, byte for byte.
func guideEvent(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("../../hr/testdata/guide_user_update.json")
	require.NoError(t, err)
	return string(content)
}

// event is a USER_UPDATE of a person, with fields of the envelope and payload replaced or (nil) taken out.
func event(t *testing.T, id, person string, changes map[string]any, payload map[string]any) string {
	t.Helper()
	body := map[string]any{
		"event_id": id, "event_type": "USER_UPDATE", "source_system": "WORKDAY", "timestamp_utc": "2026-01-05T10:00:00Z",
	}
	details := map[string]any{"external_user_id": person, "department_code": "SUPP_L2"}
	apply := func(to, from map[string]any) {
		for key, value := range from {
			if value == nil {
				delete(to, key)
				continue
			}
			to[key] = value
		}
	}
	apply(details, payload)
	body["payload"] = details
	apply(body, changes)
	content, err := json.Marshal(body)
	require.NoError(t, err)
	return string(content)
}

// rememberingBell remembers who was rung and which decisions were announced, and can look at the house at that moment.
type rememberingBell struct {
	mutex     sync.Mutex
	rung      []string
	announced []store.Undelivered
	whenRung  func(personID string)
}

func (b *rememberingBell) Ring(personIDs ...string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, personID := range personIDs {
		if b.whenRung != nil {
			b.whenRung(personID)
		}
	}
	b.rung = append(b.rung, personIDs...)
}

func (b *rememberingBell) Announce(decision store.Undelivered) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.announced = append(b.announced, decision)
}

// movingClock is a clock that tests set.
type movingClock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *movingClock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *movingClock) set(now time.Time) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = now
}

// standInServer answers readiness questions as told.
type standInServer struct {
	down    error
	missing []string
}

func (s *standInServer) Reachable(context.Context) error { return s.down }

func (s *standInServer) MissingSearchAttributes(context.Context) ([]string, error) {
	return s.missing, s.down
}

// safeBuffer is a log that may be read while it is written.
type safeBuffer struct {
	mutex   sync.Mutex
	content bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.content.Write(p)
}

func (b *safeBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.content.String()
}
