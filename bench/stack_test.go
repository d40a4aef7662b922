package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"muster/ccaas/genesys/genesystest"
	"muster/devstack/temporal"
	"muster/store"
	"muster/testenv"
)

const (
	sourceSystem = "WORKDAY"
	readerID     = "reader"
	readerSecret = "reader-secret"
)

// stack is Muster as a whole, with a database, a Temporal namespace and a platform of its own.
type stack struct {
	folder    string
	binaries  string
	database  string
	address   string
	namespace string

	store     *store.Store
	temporal  client.Client
	simulator simulator
	worker    *process
	metrics   string // of the worker
	postgres  int    // its first process
}

// process is a program that runs.
type process struct {
	command *exec.Cmd
	log     string
}

func (p *process) pid() int { return p.command.Process.Pid }

// start starts servers, platform and set-up; the worker is the caller's to start, once there is something on record.
func start(b *testing.B) *stack {
	b.Helper()
	s := &stack{folder: b.TempDir(), binaries: build(b), namespace: "bench" + uuid.NewString()[:8], database: testenv.EmptyDatabase(b)}
	server, err := temporal.Start(b.Context(), temporal.Options{
		Dir: s.folder, Binaries: filepath.Join("..", ".muster", "bin"), InMemory: true, AnyPorts: true, Log: os.Stderr,
	})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, server.Stop()) })
	s.address = server.Address
	for _, args := range [][]string{{"migrate", "up"}, {"temporal"}, {"mapping", "example"}} {
		command := exec.CommandContext(b.Context(), filepath.Join(s.binaries, "setup"), args...)
		command.Env = s.environment()
		output, err := command.CombinedOutput()
		require.NoError(b, err, "setup %v: %s", args, output)
	}
	s.store, err = store.Open(context.Background(), s.database)
	require.NoError(b, err)
	b.Cleanup(s.store.Close)
	s.temporal, err = client.Dial(client.Options{
		HostPort: s.address, Namespace: s.namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(b, err)
	b.Cleanup(s.temporal.Close)
	s.simulator = s.startSimulator(b)
	s.query(b, func(conn *pgx.Conn) {
		var backend int
		require.NoError(b, conn.QueryRow(b.Context(), `select pg_backend_pid()`).Scan(&backend))
		_, s.postgres, err = readStat(backend)
		require.NoError(b, err)
	})
	return s
}

// build builds the programs once for all benchmarks of this process.
func build(b *testing.B) string {
	b.Helper()
	built.once.Do(func() {
		if built.folder, built.err = os.MkdirTemp("", "muster-bench-"); built.err != nil {
			return
		}
		command := exec.Command("go", "build", "-o", built.folder+"/", "./setup", "./worker", "./ccaas/genesys/genesystest/cmd/genesys-simulator")
		command.Dir = ".."
		if output, err := command.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, output)
		}
	})
	require.NoError(b, built.err)
	return built.folder
}

var built struct {
	once   sync.Once
	folder string
	err    error
}

func (s *stack) environment(more ...string) []string {
	return append([]string{
		"MUSTER_DATABASE_URL=" + s.database, "TEMPORAL_ADDRESS=" + s.address, "TEMPORAL_NAMESPACE=" + s.namespace,
		"TEMPORAL_CONFIG_FILE=" + os.DevNull, "PATH=" + os.Getenv("PATH"), "HOME=" + s.folder,
	}, more...)
}

// query lets fn use a connection as the server's owner.
func (s *stack) query(b *testing.B, fn func(conn *pgx.Conn)) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), s.database)
	require.NoError(b, err)
	defer func() { require.NoError(b, conn.Close(context.Background())) }()
	fn(conn)
}

// startWorker starts the worker, which finds HR's rosters in the folder hr, and waits until it is ready.
func (s *stack) startWorker(b *testing.B) {
	b.Helper()
	sources := filepath.Join(s.folder, "hr-sources.yaml")
	require.NoError(b, os.MkdirAll(s.rosters(), 0o755))
	require.NoError(b, os.WriteFile(sources, fmt.Appendf(nil, `sources:
  - name: workday
    source_system: %s
    format: jsonl
    bucket:
      url: file://%s
      name: "people-{date}-{time}.jsonl"
      checksum: required
`, sourceSystem, s.rosters()), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	listen := listener.Addr().String()
	require.NoError(b, listener.Close())
	s.metrics = "http://" + listen + "/metrics"
	s.worker = s.launch(b, "worker", nil, s.environment(
		"MUSTER_WORKER_LISTEN="+listen, "MUSTER_GENESYS_LOGIN_URL="+s.simulator.LoginURL, "MUSTER_GENESYS_API_URL="+s.simulator.URL,
		"MUSTER_GENESYS_CLIENT_ID="+s.simulator.ClientID, "MUSTER_GENESYS_CLIENT_SECRET="+s.simulator.ClientSecret,
		"MUSTER_GENESYS_READER_CLIENT_ID="+readerID, "MUSTER_GENESYS_READER_CLIENT_SECRET="+readerSecret,
		"MUSTER_HR_SOURCES_FILE="+sources, "MUSTER_ARCHIVE_URL=file://"+filepath.Join(s.folder, "archive")))
	eventually(b, "the worker is ready", func() error {
		answer, err := http.Get("http://" + listen + "/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", answer.Status)
		}
		return nil
	})
}

func (s *stack) rosters() string { return filepath.Join(s.folder, "hr") }

// allocations is how many objects the worker has ever allocated.
func (s *stack) allocations(b *testing.B) float64 {
	b.Helper()
	answer, err := http.Get(s.metrics)
	require.NoError(b, err)
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if value, is := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); is {
			count, err := strconv.ParseFloat(value, 64)
			require.NoError(b, err)
			return count
		}
	}
	b.Fatal("the worker's metrics have no go_memstats_mallocs_total")
	return 0
}

// rows is how many rows PostgreSQL has read or written in this database since it was made. A connection tells of what it did within ten
// seconds after it fell silent, and at once when it ends: this waits until nothing has been told for longer.
func (s *stack) rows(b *testing.B) (count float64) {
	b.Helper()
	s.query(b, func(conn *pgx.Conn) {
		before, since := -1.0, time.Now()
		eventually(b, "the statistics stand still", func() error {
			err := conn.QueryRow(b.Context(), `
				select tup_returned + tup_inserted + tup_updated + tup_deleted
				from pg_stat_clear_snapshot(), pg_stat_database where datname = current_database()`).Scan(&count)
			if count-before > stillRows {
				before, since = count, time.Now()
			}
			if err == nil && time.Since(since) < silence {
				err = fmt.Errorf("%g rows since %s", count, time.Since(since))
			}
			return err
		})
	})
	return count
}

const (
	// silence is longer than a connection keeps to itself what it did.
	silence = 12 * time.Second
	// stillRows is what the worker's clocks read at most while nothing goes on.
	stillRows = 2000
)

// launch starts a program; its log is shown when the benchmark fails.
func (s *stack) launch(b *testing.B, name string, stdout *io.ReadCloser, environment []string, args ...string) *process {
	b.Helper()
	path := filepath.Join(s.folder, name+".log")
	output, err := os.Create(path)
	require.NoError(b, err)
	p := &process{command: exec.Command(filepath.Join(s.binaries, name), args...), log: path}
	p.command.Env, p.command.Stderr = environment, output
	if stdout != nil {
		*stdout, err = p.command.StdoutPipe()
		require.NoError(b, err)
	}
	require.NoError(b, p.command.Start())
	b.Cleanup(func() {
		_ = p.command.Process.Signal(os.Interrupt)
		_ = p.command.Wait()
		_ = output.Close()
		if b.Failed() {
			content, _ := os.ReadFile(path)
			b.Logf("%s said:\n%s", name, content[max(0, len(content)-8000):])
		}
	})
	return p
}

// simulator is the platform in a process of its own.
type simulator struct {
	URL          string `json:"url"`
	LoginURL     string `json:"login_url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	*process
}

func (s *stack) startSimulator(b *testing.B) (running simulator) {
	b.Helper()
	var stdout io.ReadCloser
	p := s.launch(b, "genesys-simulator", &stdout,
		// It keeps a hundred thousand accounts in memory: with Go's default it would look through them all the time.
		s.environment("GENESYS_READER_ID="+readerID, "GENESYS_READER_SECRET="+readerSecret, "GOGC=1000"), "-requests-per-minute", "0")
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(b, err)
	require.NoError(b, json.Unmarshal([]byte(line), &running))
	running.process = p
	return running
}

// call calls the control API.
func (s simulator) call(b *testing.B, method, path string, body, into any) {
	b.Helper()
	content, err := json.Marshal(body)
	require.NoError(b, err)
	request, err := http.NewRequestWithContext(b.Context(), method, s.URL+"/_sim/"+path, bytes.NewReader(content))
	require.NoError(b, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(b, err)
	require.Less(b, answer.StatusCode, http.StatusMultipleChoices, "%s %s: %s", method, path, text)
	if into != nil {
		require.NoError(b, json.Unmarshal(text, into))
	}
}

// journal is what the platform was asked since a place in it.
func (s simulator) journal(b *testing.B, after int64) (entries []genesystest.Entry) {
	b.Helper()
	s.call(b, http.MethodGet, fmt.Sprintf("journal?after=%d", after), nil, &entries)
	return entries
}

// eventually fails the benchmark unless holds returns nil within a while.
func eventually(b *testing.B, what string, holds func() error) {
	b.Helper()
	deadline := time.After(time.Minute)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			require.NoError(b, err, what)
		case <-ticker.C:
		}
	}
}
