package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"muster/devstack/port"
	"muster/devstack/postgres"
	"muster/devstack/process"
	"muster/devstack/temporal"
)

// Parts by name: also the names of their logs.
const (
	partPostgres = "postgres"
	partTemporal = "temporal"
	partPlatform = "platform"
	partSetup    = "setup"
	partWorker   = "worker"
	partStarter  = "starter"
)

// Preferred ports; taken ones are stepped over.
const (
	platformPort = 8090
	workerPort   = 8081
	starterPort  = 8080
)

// stopSignal is what Muster's own programs finish what they have begun on.
const stopSignal = syscall.SIGTERM

// The simulator's one OAuth client. It guards invented people on the loopback interface.
const (
	platformClientID     = "muster"
	platformClientSecret = "muster-secret"
	// The client that lists the platform for reconciliations; the simulator gives it no right to write.
	readerClientID     = "muster-reader"
	readerClientSecret = "muster-reader-secret"
)

// startAll builds and starts every part in the order in which they need each other.
func (l *launch) startAll(database databaseChoice) error {
	if err := os.MkdirAll(l.inside("logs"), 0o755); err != nil {
		return fmt.Errorf("make the folder for logs: %w", err)
	}
	for _, part := range []string{partPostgres, partTemporal, partPlatform, partSetup, partWorker, partStarter} {
		if err := l.rotate(part); err != nil {
			return err
		}
	}
	if err := build(l.ctx, l.folder, l.out); err != nil {
		return err
	}
	if err := l.startDatabase(database); err != nil {
		return err
	}
	for _, start := range []func() error{l.startTemporal, l.startPlatform, l.setUp, l.startWorker, l.startStarter} {
		if err := start(); err != nil {
			return err
		}
	}
	return l.stack.Write(l.folder.stack())
}

// startDatabase starts PostgreSQL, unless the user has named one, and lets the choice say which database in it is ours.
func (l *launch) startDatabase(choice databaseChoice) error {
	server := os.Getenv(envDatabaseURL)
	if server != "" {
		l.say(partPostgres, "using the server that %s names", envDatabaseURL)
	} else {
		var err error
		if server, err = l.startPostgres(postgres.Options{Dir: l.inside(partPostgres)}); err != nil {
			return err
		}
	}
	var err error
	l.stack.DatabaseURL, err = choice(l.ctx, server)
	return err
}

// startPostgres starts the stack's own PostgreSQL and returns its URL.
func (l *launch) startPostgres(options postgres.Options) (url string, err error) {
	began := time.Now()
	options.LogFile, options.Log = l.log(partPostgres), l.out
	server, err := postgres.Start(l.ctx, options)
	if err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	// SIGINT is PostgreSQL's "fast shutdown": it ends open sessions and stops.
	part := record{Name: partPostgres, Signal: syscall.SIGINT, Seconds: 30, Address: "database_url in stack.json"}
	if part.Identity, err = process.IdentityOf(server.PID); err != nil {
		return "", fmt.Errorf("recognise PostgreSQL: %w", err)
	}
	if err := l.keep(part, l.poll(part.Identity), func() error {
		return fmt.Errorf("%s has ended; the last lines of %s:\n%s", part.Name, part.Log, process.LastLines(part.Log, 15))
	}); err != nil {
		return "", err
	}
	l.say(partPostgres, "ready after %.1f s", time.Since(began).Seconds())
	return server.URL, nil
}

// poll watches a process that is not this program's child.
func (l *launch) poll(identity process.Identity) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-l.ctx.Done():
				return
			case <-ticker.C:
				if !identity.Alive() {
					close(ended)
					return
				}
			}
		}
	}()
	return ended
}

func (l *launch) startTemporal() error {
	return l.startTemporalServer(temporal.Options{Dir: l.inside(partTemporal)})
}

func (l *launch) startTemporalServer(options temporal.Options) error {
	began := time.Now()
	options.Binaries, options.LogFile, options.Finder, options.Log = l.binaries(), l.log(partTemporal), l.finder, l.out
	server, err := temporal.Start(l.ctx, options)
	if err != nil {
		return err
	}
	stopping := temporal.Stopping()
	part := record{
		Name: partTemporal, Identity: server.Process.Identity, Signal: stopping.Signal, Group: stopping.Group,
		Seconds: int(stopping.Patience.Seconds()), Ready: server.UIURL, Address: server.UIURL,
	}
	if err := l.keep(part, server.Process.Ended(), server.Process.ExitError); err != nil {
		return err
	}
	l.stack.TemporalAddress, l.stack.TemporalNamespace = server.Address, temporal.Namespace
	l.stack.TemporalUIURL, l.stack.TemporalMetricsURL = server.UIURL, server.MetricsURL
	l.say(partTemporal, "ready at %s, UI at %s, after %.1f s", server.Address, server.UIURL, time.Since(began).Seconds())
	return nil
}

func (l *launch) startPlatform() error {
	number, err := l.finder.Free(l.ctx, platformPort)
	if err != nil {
		return fmt.Errorf("platform: %w", err)
	}
	l.stack.PlatformURL = port.URL(number)
	return l.startPart(
		record{Name: partPlatform, Seconds: 10, Address: l.stack.PlatformURL, Ready: l.stack.PlatformURL + "/_sim/settings"},
		process.Command{
			Path: "genesys-simulator",
			Environment: append(inherited(),
				"GENESYS_CLIENT_ID="+platformClientID, "GENESYS_CLIENT_SECRET="+platformClientSecret,
				"GENESYS_READER_ID="+readerClientID, "GENESYS_READER_SECRET="+readerClientSecret),
			Args: []string{"-listen", port.Address(number), "-state", l.inside("platform.json")},
		}, 20*time.Second)
}

// setUp brings the database's tables and the namespace's search attributes to what the programs expect, and gives the registry
// its example when it holds nothing yet.
func (l *launch) setUp() error {
	for _, arguments := range [][]string{{"migrate", "up"}, {"temporal"}, {"mapping", "example"}} {
		command := exec.CommandContext(l.ctx, l.program("setup"), arguments...)
		command.Dir, command.Env = l.root, connections(l.stack)
		output, err := command.CombinedOutput()
		if err != nil {
			return fmt.Errorf("setup %s: %w\n%s", strings.Join(arguments, " "), err, output)
		}
		lines := bufio.NewScanner(strings.NewReader(string(output)))
		for lines.Scan() {
			l.say(partSetup, "%s", lines.Text())
		}
	}
	return nil
}

func (l *launch) startWorker() error {
	number, err := l.finder.Free(l.ctx, workerPort)
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	l.stack.WorkerURL = port.URL(number)
	if err := l.writeRosterSource(); err != nil {
		return err
	}
	return l.startPart(
		record{Name: partWorker, Seconds: 40, Address: l.stack.WorkerURL, Ready: l.stack.WorkerURL + "/readyz"},
		process.Command{Path: "worker", Environment: workerEnvironment(l.stack, l.folder, port.Address(number))}, time.Minute)
}

func (l *launch) startStarter() error {
	number, err := l.finder.Free(l.ctx, starterPort)
	if err != nil {
		return fmt.Errorf("starter: %w", err)
	}
	l.stack.StarterURL = port.URL(number)
	return l.startPart(
		record{Name: partStarter, Seconds: 15, Address: l.stack.StarterURL, Ready: l.stack.StarterURL + "/readyz"},
		process.Command{Path: "starter", Environment: starterEnvironment(l.stack, l.folder, port.Address(number))}, time.Minute)
}

// databaseChoice says which database of the server at the URL a stack uses, making it when need be.
type databaseChoice func(ctx context.Context, serverURL string) (databaseURL string, err error)

// sameDatabase is the one the URL names: that of `up`.
func sameDatabase(_ context.Context, serverURL string) (string, error) {
	if serverURL == "" {
		return "", errors.New("PostgreSQL has no URL")
	}
	return serverURL, nil
}
