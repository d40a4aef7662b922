// Package temporal runs a Temporal development server with its UI on the loopback interface, tuned so that a task waits
// milliseconds instead of fifty.
package temporal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"muster/devstack/port"
	"muster/devstack/process"
	"muster/setup/searchattributes"
)

// Namespace is the one every development server has.
const Namespace = "default"

// readyWithin bounds the start; an existing database is opened in seconds, a new one made in two or three.
const readyWithin = 90 * time.Second

// Options say how to run the server.
type Options struct {
	// Dir holds the database, unless InMemory, and the server's log.
	Dir string
	// Binaries is the folder where a program that had to be built is kept for the next time.
	Binaries string
	// LogFile receives what the server prints; empty means temporal.log in Dir.
	LogFile string
	// InMemory keeps nothing on disk.
	InMemory bool
	// AnyPorts leaves the ports to the system. Otherwise they are the usual ones, 7233, 8233 for the UI and 9233 for metrics,
	// or the next free ones.
	AnyPorts bool
	// Again takes the ports of a server that has been stopped, so that who knew it finds this one.
	Again *Server
	// Ports that other parts are about to use are avoided when their finder is given.
	Finder *port.Finder
	// Log receives progress lines; nil discards them.
	Log io.Writer
}

// Server is a running development server.
type Server struct {
	// Address is host:port of its gRPC API.
	Address string
	// UIURL is the web UI, MetricsURL the server's Prometheus endpoint.
	UIURL, MetricsURL string
	// Process is the server's process.
	Process *process.Process

	ports ports
}

// Start starts a server and returns when it answers and its UI does. When ctx ends before that, the server is stopped.
func Start(ctx context.Context, options Options) (*Server, error) {
	log := options.Log
	if log == nil {
		log = io.Discard
	}
	binary, err := Binary(ctx, options.Binaries, log)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the Temporal server: %w", err)
	}
	finder := options.Finder
	if finder == nil {
		finder = port.NewFinder()
	}
	ports, err := choosePorts(ctx, options, finder)
	if err != nil {
		return nil, err
	}
	logFile := options.LogFile
	if logFile == "" {
		logFile = filepath.Join(options.Dir, "temporal.log")
	}
	started, err := process.Start(process.Command{
		Name: "temporal", Path: binary, Log: logFile,
		Args:        arguments(options, ports),
		Environment: environment(options.Dir),
	})
	if err != nil {
		return nil, err
	}
	server := &Server{
		Address: port.Address(ports.frontend), UIURL: port.URL(ports.ui), MetricsURL: port.URL(ports.metrics) + "/metrics",
		Process: started, ports: ports,
	}
	if err := server.untilReady(ctx); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// Stopping is how a development server is stopped: it closes its database on SIGTERM.
func Stopping() process.Stopping {
	return process.Stopping{Signal: syscall.SIGTERM, Group: true, Patience: 15 * time.Second}
}

// Stop stops the server; one that has ended already is no error.
func (s *Server) Stop() error {
	_, err := process.Stop(s.Process.Identity, Stopping())
	return err
}

// ports are the three that the server listens on for others.
type ports struct{ frontend, ui, metrics int }

func choosePorts(ctx context.Context, options Options, finder *port.Finder) (ports, error) {
	if options.Again != nil {
		return options.Again.ports, nil
	}
	var chosen ports
	for _, want := range []struct {
		number *int
		usual  int
	}{{&chosen.frontend, 7233}, {&chosen.ui, 8233}, {&chosen.metrics, 9233}} {
		var err error
		if options.AnyPorts {
			*want.number, err = finder.Any(ctx)
		} else {
			*want.number, err = finder.Free(ctx, want.usual)
		}
		if err != nil {
			return ports{}, fmt.Errorf("temporal: %w", err)
		}
	}
	return chosen, nil
}

// arguments of the server. It dispatches at most twenty tasks a second and shard by default and has one shard, so every task
// would wait 50 ms: the first two values lift that. One partition per task queue spares the forwarding between partitions,
// and only the new matcher heeds priority keys. The keys are those of go.temporal.io/server common/dynamicconfig.
func arguments(options Options, ports ports) []string {
	arguments := []string{
		"server", "start-dev", "--headless=false", "--ip", "127.0.0.1",
		"--port", strconv.Itoa(ports.frontend), "--ui-port", strconv.Itoa(ports.ui),
		"--metrics-port", strconv.Itoa(ports.metrics),
		"--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000",
		"--dynamic-config-value", "history.timerProcessorMaxPollRPS=1000",
		"--dynamic-config-value", "matching.numTaskqueueReadPartitions=1",
		"--dynamic-config-value", "matching.numTaskqueueWritePartitions=1",
		"--dynamic-config-value", "matching.useNewMatcher=true",
	}
	for _, attribute := range searchattributes.All() {
		arguments = append(arguments, "--search-attribute", attribute.Name+"="+attribute.Type.String())
	}
	if !options.InMemory {
		arguments = append(arguments, "--db-filename", filepath.Join(options.Dir, "temporal.db"))
	}
	return arguments
}

// environment of the server: enough to run, and a home of its own so that it neither reads nor writes the user's Temporal files.
func environment(dir string) []string {
	home, err := filepath.Abs(dir)
	if err != nil {
		home = os.TempDir()
	}
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir()}
}

func (s *Server) untilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		problem := s.probe(ctx)
		if problem == nil {
			return nil
		}
		select {
		case <-s.Process.Ended():
			return s.Process.ExitError()
		case <-ctx.Done():
			return fmt.Errorf("the Temporal server at %s is not ready: %w; the last lines of %s:\n%s",
				s.Address, problem, s.Process.Log, process.LastLines(s.Process.Log, 15))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// probe says what is still missing: the namespace, readable over gRPC, or the UI.
func (s *Server) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: s.Address, Logger: silent{}})
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer namespaces.Close()
	if _, err := namespaces.Describe(ctx, Namespace); err != nil {
		return fmt.Errorf("describe namespace %s: %w", Namespace, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.UIURL, nil)
	if err != nil {
		return fmt.Errorf("ask the UI: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the UI: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the UI answers %s", response.Status)
	}
	return nil
}
