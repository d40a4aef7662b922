package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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

const (
	workdaySecret = "whsec_d29ya2RheS1zZWNyZXQtMDAwMDAwMDAx"
	guideEvent    = "../hr/testdata/guide_user_update.json"
	guideID       = "evt_8f7a9c2b-4d1e-4a3f-9b8c-7e6d5c4b3a2f"
	guidePerson   = "WD-EMP-99284"
)

// office is a running front door with a stack's file in a folder, and a shell in a folder below it.
type office struct {
	t         *testing.T
	database  string
	store     *store.Store
	url       string
	directory string
	variables map[string]string
	// authorizations are the Authorization headers the server got.
	authorizations []string
}

type silentBell struct{}

func (silentBell) Ring(...string)             {}
func (silentBell) Announce(store.Undelivered) {}

type readyServer struct{}

func (readyServer) Reachable(context.Context) error                           { return nil }
func (readyServer) MissingSearchAttributes(context.Context) ([]string, error) { return nil, nil }

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, database: testenv.Database(t), variables: map[string]string{}}
	var err error
	o.store, err = store.Open(t.Context(), o.database)
	require.NoError(t, err)
	t.Cleanup(o.store.Close)
	actors := map[string]frontdoor.Actor{}
	byRole := map[string]string{}
	for _, role := range api.Roles() {
		token := "a-token-for-the-role-" + string(role)
		byRole[string(role)] = token
		actors[token] = frontdoor.Actor{Name: "the " + string(role), Roles: []api.Role{role}}
	}
	byRole["team-lead"] = "a-token-for-the-team-lead"
	actors[byRole["team-lead"]] = frontdoor.Actor{Name: "lea", Roles: []api.Role{api.RoleApprover}}
	byRole["other-legal"] = "a-token-for-another-of-legal"
	actors[byRole["other-legal"]] = frontdoor.Actor{Name: "lou", Roles: []api.Role{api.RoleLegal}}
	byRole["other-operator"] = "a-token-for-another-operator"
	actors[byRole["other-operator"]] = frontdoor.Actor{Name: "olga", Roles: []api.Role{api.RoleOperator}}
	tokens, err := frontdoor.NewTokens(actors)
	require.NoError(t, err)
	secrets, err := frontdoor.NewSecrets(map[string][]string{"WORKDAY": {workdaySecret}})
	require.NoError(t, err)
	door, err := frontdoor.New(frontdoor.Options{
		Store: o.store, Bell: silentBell{}, Temporal: readyServer{}, Tokens: tokens, Secrets: secrets,
		Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.authorizations = append(o.authorizations, r.Header.Get("Authorization"))
		door.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o.url = server.URL

	top := t.TempDir()
	o.directory = filepath.Join(top, "some", "where", "below")
	require.NoError(t, os.MkdirAll(o.directory, 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(top, ".muster"), 0o755))
	content, err := json.Marshal(map[string]any{
		"starter_url": o.url, "tokens": byRole, "webhook_secrets": map[string]string{"WORKDAY": workdaySecret},
		"temporal_address": "127.0.0.1:7233",
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(top, ".muster", "stack.json"), content, 0o600))
	return o
}

// result is what a command line left behind.
type result struct {
	code        int
	out, errors string
}

// run runs a command line in the office's shell.
func (o *office) run(arguments ...string) result {
	o.t.Helper()
	return o.pipe("", arguments...)
}

// pipe is run with a standard input.
func (o *office) pipe(input string, arguments ...string) result {
	o.t.Helper()
	var out, errors bytes.Buffer
	code := run(o.t.Context(), arguments, surroundings{
		stdin: strings.NewReader(input), stdout: &out, stderr: &errors,
		environment: func(name string) string { return o.variables[name] },
		directory:   func() (string, error) { return o.directory, nil },
	})
	return result{code: code, out: out.String(), errors: errors.String()}
}

// done requires that a command line succeeds, and returns what it printed.
func (o *office) done(arguments ...string) string {
	o.t.Helper()
	got := o.run(arguments...)
	require.Equal(o.t, exitDone, got.code, "%s", got.errors)
	return got.out
}

// answer is done with JSON for an answer.
func answer[T any](o *office, arguments ...string) T {
	o.t.Helper()
	var read T
	require.NoError(o.t, json.Unmarshal([]byte(o.done(append(arguments, "--output", "json")...)), &read))
	return read
}
