// Package postgres runs a private PostgreSQL for development and tests: its own cluster in its own folder, on a free port of the
// loopback interface, with a password of its own.
//
// It takes the server's programs from PATH, else from where distributions put them, else Docker, else (as root) the system's
// package. As root the server runs as an unprivileged user, since PostgreSQL refuses root.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"muster/devstack/process"
	"muster/devstack/progress"
)

// Name of the superuser and of the database that Start makes.
const superuser = "muster"

const (
	// startPatience is how long a server may take until it answers: a crashed one replays its log first.
	startPatience = 60 * time.Second
	// stopPatience is how long a fast shutdown may take before the server is killed; its log makes good for that.
	stopPatience = 30 * time.Second
	pollEvery    = 25 * time.Millisecond
)

// Options of Start.
type Options struct {
	// Dir is the cluster's folder. Where the server's user cannot reach it, the cluster lives in a folder under /var/tmp that
	// belongs to Dir alone, and Log says so.
	Dir string
	// Fast gives up durability for speed: for tests, whose data nobody misses after a crash of the machine.
	Fast bool
	// StopWithParent stops the server when this process ends in whatever way. Otherwise it goes on until Stop.
	StopWithParent bool
	// LogFile receives what the server prints; empty means postgres.log beside the cluster.
	LogFile string
	// Log receives progress lines; nil discards them.
	Log io.Writer
}

// Server is a running PostgreSQL.
type Server struct {
	// URL connects as superuser to a database named muster. It holds the password.
	URL string
	// PID is the server's process (with Docker, the client that stands for the container): SIGINT is a fast shutdown.
	PID int
	// Adopted: it ran already, from the same folder. Stop leaves it alone.
	Adopted bool
	// LogFile receives what the server prints.
	LogFile string

	running *running
}

// Start returns a server that answers. One that runs in the folder already is used as it is; a stopped one goes on with its
// data, its password and, if it is free, its port.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	h, err := openHome(ctx, o)
	if err != nil {
		return nil, err
	}
	if server := h.adopt(ctx); server != nil {
		o.say("using the server that runs already, process %d", server.PID)
		return server, nil
	}
	engine, err := chooseEngine(ctx, h, o)
	if err != nil {
		return nil, err
	}
	if err := engine.prepare(ctx); err != nil {
		return nil, err
	}
	return h.launch(ctx, engine, o)
}

// engine is where the server's programs come from.
type engine interface {
	// prepare makes the cluster unless there is one.
	prepare(ctx context.Context) error
	// command is the server's command line for a port; it stays in the foreground.
	command(port int) command
}

// command is a program to run.
type command struct {
	path        string
	args        []string
	environment []string
	credential  *syscall.Credential
}

// launch starts the server. The port may be taken by somebody else between looking and listening: then another is tried.
func (h *home) launch(ctx context.Context, e engine, o Options) (*Server, error) {
	const attempts = 5
	var err error
	for attempt := range attempts {
		var port int
		if port, err = h.port(ctx, attempt > 0); err != nil {
			return nil, err
		}
		var server *Server
		if server, err = h.launchOn(ctx, e, o, port); err == nil {
			return server, h.keepPort(port)
		}
		if ctx.Err() != nil || !errors.Is(err, errEndedEarly) {
			return nil, err
		}
	}
	return nil, err
}

func (h *home) launchOn(ctx context.Context, e engine, o Options, port int) (*Server, error) {
	server := &Server{URL: h.url(port, superuser), LogFile: o.LogFile}
	if server.LogFile == "" {
		server.LogFile = h.path("postgres.log")
	}
	r, err := run(e.command(port), h.folder, server.LogFile, o.StopWithParent)
	if err != nil {
		return nil, err
	}
	server.running, server.PID = r, r.pid
	if err := h.ready(ctx, r, port, server.LogFile); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// errEndedEarly: the server ended before it answered.
var errEndedEarly = errors.New("PostgreSQL ended before it was ready")

// ready waits until the server answers and makes the database.
func (h *home) ready(ctx context.Context, r *running, port int, logFile string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		err := ensureDatabase(ctx, h.url(port, "postgres"))
		if err == nil {
			return nil
		}
		select {
		case <-r.ended:
			return fmt.Errorf("%w; the last lines of %s:\n%s", errEndedEarly, logFile, process.LastLines(logFile, 15))
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer on port %d: %w; the last lines of %s:\n%s",
				port, err, logFile, process.LastLines(logFile, 15))
		case <-time.After(pollEvery):
		}
	}
}

func ensureDatabase(ctx context.Context, serverURL string) error {
	conn, err := pgx.Connect(ctx, serverURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "create database "+superuser)
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) && refusal.Code == "42P04" { // duplicate_database
		return nil
	}
	return err
}

// Ended is closed when a server that Start started has ended; nil for an adopted one.
func (s *Server) Ended() <-chan struct{} {
	if s.running == nil {
		return nil
	}
	return s.running.ended
}

// Stop shuts the server down: open sessions end, everything committed is kept. It stops only what this Start started.
func (s *Server) Stop() error {
	if s.running == nil {
		return nil
	}
	return s.running.stop()
}

// Remove deletes the cluster of a folder, wherever it lives. The server must have been stopped before.
func Remove(dir string) error {
	return removeHome(dir)
}

func (o Options) say(format string, args ...any) {
	progress.Say(o.Log, "postgres", format, args...)
}

func (h *home) url(port int, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, h.password), Host: "127.0.0.1:" + strconv.Itoa(port),
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// environment is what a server or its tools need, and nothing of the caller's settings (PG… variables would change what they do).
func environment(homeFolder string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + homeFolder, "LC_ALL=C", "TZ=UTC"}
}
