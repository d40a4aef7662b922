// Package e2e proves the whole: the real programs as processes of their own, a real PostgreSQL, a real Temporal server, the
// platform over HTTP.
package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/devstack/port"
	"muster/devstack/temporal"
	"muster/store"
	"muster/testenv"
)

// atOnce is how many tests run at the same time: they mostly wait.
const atOnce = "6"

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	testenv.Main(m)
}

// Where the tests find a Temporal server that was started for all of them; without it each stack starts its own.
const (
	envTemporalAddress = "MUSTER_TEST_TEMPORAL_ADDRESS"
	envTemporalMetrics = "MUSTER_TEST_TEMPORAL_METRICS"
	// envStickyCache is how many workflows the workers keep in memory; 0 replays every workflow task.
	envStickyCache = "MUSTER_TEST_STICKY_CACHE"
)

const (
	patience      = 60 * time.Second
	webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	source        = "WORKDAY"
)

// stack is Muster as a whole, with a database, a Temporal namespace and a platform of its own.
type stack struct {
	t         *testing.T
	folder    string
	binaries  string
	database  string
	address   string
	metrics   string
	namespace string

	store    *store.Store
	platform *genesystest.Server
	temporal client.Client
	starter  *program
	worker   *program
	api      api.Client

	// settings are more of the starter's environment, workerSettings of the worker's, mapping is the registry's file; empty: the example.
	settings       []string
	workerSettings []string
	mapping        string
	// before is done when the servers are there and none of Muster's programs is.
	before func()

	// What was posted and taken, for the oracle.
	mu        sync.Mutex
	posted    []string
	bodies    map[string]json.RawMessage
	everybody []*person
}

// token is the bearer token of a role.
func token(role string) string { return "a-token-for-the-role-" + role }

// roles by token name; every token holds exactly one.
var tokenRoles = []string{"ingest", "viewer", "operator", "approver", "legal", "auditor", "registry-editor"}

// start starts a stack on the servers that tests share.
func start(t *testing.T) *stack {
	t.Helper()
	return startWith(t, func(*stack) {})
}

// startWith is start for a stack that is not like the others, or has servers of its own.
func startWith(t *testing.T, differ func(s *stack)) *stack {
	t.Helper()
	s := prepare(t)
	differ(s)
	if s.database == "" {
		s.database = testenv.EmptyDatabase(t)
	}
	s.reachTemporal()
	s.comeUp()
	return s
}

// prepare makes a stack that has a platform and no servers yet: its database and Temporal's address are the caller's to fill in.
func prepare(t *testing.T) *stack {
	t.Helper()
	return &stack{
		t: t, folder: t.TempDir(), binaries: build(t), namespace: "e2e" + uuid.NewString()[:8],
		platform: genesystest.New(t, genesystest.Options{}), mapping: "example", bodies: map[string]json.RawMessage{},
	}
}

// comeUp sets the servers up and starts Muster's programs.
func (s *stack) comeUp() {
	s.t.Helper()
	s.run("setup", "migrate", "up")
	s.run("setup", "temporal")
	s.run("setup", "mapping", s.mapping)
	s.largeCentre()
	var err error
	s.store, err = store.Open(context.Background(), s.database)
	require.NoError(s.t, err)
	s.t.Cleanup(s.store.Close)
	s.temporal, err = client.Dial(client.Options{
		HostPort: s.address, Namespace: s.namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(s.t, err)
	s.t.Cleanup(s.temporal.Close)
	s.writeCredentials()
	if s.before != nil {
		s.before()
	}
	s.startStarter()
	s.startWorker()
}

// largeCentre has the mass-change guard take the centre for one of a hundred thousand, so that it holds nobody in tests about something
// else.
func (s *stack) largeCentre() {
	s.t.Helper()
	s.sql(s.t, `
		insert into guard_shares (platform, kind, subject, share_of, counted_at)
		values ('genesys', 'deactivation', '', 100000, 'infinity'), ('genesys', 'deletion', '', 100000, 'infinity'),
			('genesys', 'creation', '', 100000, 'infinity'), ('genesys', 'isolation', $1, 100000, 'infinity')
		on conflict do nothing`, source)
}

// reachTemporal finds the Temporal server that tests share, unless the stack has its own.
func (s *stack) reachTemporal() {
	s.t.Helper()
	if s.address != "" {
		return
	}
	s.address, s.metrics = os.Getenv(envTemporalAddress), os.Getenv(envTemporalMetrics)
	if s.address != "" {
		return
	}
	server, err := temporal.Start(s.t.Context(), temporal.Options{
		Dir: s.folder, Binaries: filepath.Join("..", ".muster", "bin"), InMemory: true, AnyPorts: true, Log: os.Stderr,
	})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, server.Stop()) })
	s.address, s.metrics = server.Address, server.MetricsURL
}

// build builds the programs once for all stacks of this process.
func build(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.folder, built.err = os.MkdirTemp("", "muster-e2e-"); built.err != nil {
			return
		}
		command := exec.Command("go", "build", "-o", built.folder+"/", "./setup", "./worker", "./starter", "./musterctl")
		command.Dir = ".."
		if output, err := command.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, output)
		}
	})
	require.NoError(t, built.err)
	return built.folder
}

var built struct {
	once   sync.Once
	folder string
	err    error
}

func (s *stack) environment(more ...string) []string {
	environment := []string{
		"MUSTER_DATABASE_URL=" + s.database, "TEMPORAL_ADDRESS=" + s.address, "TEMPORAL_NAMESPACE=" + s.namespace,
		"TEMPORAL_CONFIG_FILE=" + os.DevNull, "PATH=" + os.Getenv("PATH"), "HOME=" + s.folder,
	}
	return append(environment, more...)
}

// run runs a program to its end.
func (s *stack) run(name string, args ...string) string {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), filepath.Join(s.binaries, name), args...)
	command.Env = s.environment()
	output, err := command.CombinedOutput()
	require.NoError(s.t, err, "%s %v: %s", name, args, output)
	return string(output)
}

func (s *stack) writeCredentials() {
	s.t.Helper()
	tokens := map[string]any{}
	for _, role := range tokenRoles {
		tokens[token(role)] = map[string]any{"name": "the " + role, "roles": []string{role}}
	}
	// What one of legal asks for, another one grants.
	tokens[token("second-legal")] = map[string]any{"name": "the second of legal", "roles": []string{"legal"}}
	tokens[token("second-approver")] = map[string]any{"name": "the second approver", "roles": []string{"approver"}}
	s.write("tokens.json", tokens)
	s.write("secrets.json", map[string]string{source: webhookSecret})
}

func (s *stack) write(name string, content any) {
	encoded, err := json.Marshal(content)
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(filepath.Join(s.folder, name), encoded, 0o600))
}

func (s *stack) startStarter() {
	s.t.Helper()
	listen := freeAddress(s.t)
	s.starter = s.launch("starter", "http://"+listen+"/readyz", s.environment(append([]string{
		"MUSTER_LISTEN=" + listen, "MUSTER_TOKENS_FILE=" + filepath.Join(s.folder, "tokens.json"),
		"MUSTER_WEBHOOK_SECRETS_FILE=" + filepath.Join(s.folder, "secrets.json"),
	}, s.settings...)...)) // of two for one variable, the last counts
	s.api = api.Client{BaseURL: "http://" + listen, Token: token("operator")}
}

func (s *stack) startWorker() {
	s.t.Helper()
	listen := freeAddress(s.t)
	environment := s.environment(
		"MUSTER_WORKER_LISTEN="+listen, "MUSTER_GENESYS_LOGIN_URL="+s.platform.LoginURL(), "MUSTER_GENESYS_API_URL="+s.platform.URL(),
		"MUSTER_GENESYS_CLIENT_ID="+s.platform.ClientID(), "MUSTER_GENESYS_CLIENT_SECRET="+s.platform.ClientSecret(),
		"MUSTER_ARCHIVE_URL="+s.archiveURL())
	if cache := os.Getenv(envStickyCache); cache != "" {
		environment = append(environment, "MUSTER_STICKY_CACHE="+cache)
	}
	s.worker = s.launch("worker", "http://"+listen+"/readyz", append(environment, s.workerSettings...))
}

// archiveURL is the bucket that leavers' archives are written to.
func (s *stack) archiveURL() string { return "file://" + filepath.Join(s.folder, "archive") }

// as is the API as the holder of another role's token sees it.
func (s *stack) as(role string) api.Client {
	return api.Client{BaseURL: s.api.BaseURL, Token: token(role)}
}

// program is one of Muster's processes.
type program struct {
	t       *testing.T
	command *exec.Cmd
	log     string
	ended   chan struct{}
}

// launch starts a program and waits until it is ready; its log is shown when the test fails.
func (s *stack) launch(name, ready string, environment []string) *program {
	s.t.Helper()
	path := filepath.Join(s.folder, fmt.Sprintf("%s-%d.log", name, time.Now().UnixNano()))
	output, err := os.Create(path)
	require.NoError(s.t, err)
	p := &program{t: s.t, command: exec.Command(filepath.Join(s.binaries, name)), log: path, ended: make(chan struct{})}
	p.command.Env, p.command.Stdout, p.command.Stderr = environment, output, output
	require.NoError(s.t, p.command.Start())
	go func() {
		_ = p.command.Wait()
		_ = output.Close()
		close(p.ended)
	}()
	s.t.Cleanup(func() {
		p.stop(syscall.SIGTERM)
		if s.t.Failed() {
			content, _ := os.ReadFile(path)
			s.t.Logf("%s said:\n%s", name, tail(string(content), 12_000))
		}
	})
	eventually(s.t, name+" is ready", func() error {
		select {
		case <-p.ended:
			content, _ := os.ReadFile(path)
			return fmt.Errorf("%s ended: %s", name, content)
		default:
		}
		response, err := http.Get(ready)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", ready, response.Status)
		}
		return nil
	})
	return p
}

// stop sends a signal and waits for the end.
func (p *program) stop(signal syscall.Signal) {
	select {
	case <-p.ended:
		return
	default:
	}
	_ = p.command.Process.Signal(signal)
	select {
	case <-p.ended:
	case <-time.After(45 * time.Second):
		_ = p.command.Process.Kill()
		p.t.Errorf("%s did not stop on signal %v", p.command.Path, signal)
	}
}

// ports are those that this process's stacks have.
var ports = port.NewFinder()

func freeAddress(t *testing.T) string {
	t.Helper()
	number, err := ports.Any(t.Context())
	require.NoError(t, err)
	return port.Address(number)
}

func tail(text string, length int) string {
	if len(text) > length {
		return "…" + text[len(text)-length:]
	}
	return text
}

// eventually fails the test unless holds returns nil within the test's patience.
func eventually(t *testing.T, what string, holds func() error) {
	t.Helper()
	deadline := time.After(patience)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			require.NoError(t, err, what)
		case <-ticker.C:
		}
	}
}
