package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"muster/devstack/postgres"
	"muster/devstack/process"
	"muster/devstack/temporal"
)

// The variables by which tests find the servers started for them.
const (
	envTestTemporalAddress = "MUSTER_TEST_TEMPORAL_ADDRESS"
	envTestTemporalMetrics = "MUSTER_TEST_TEMPORAL_METRICS"
)

// test runs a command with a PostgreSQL that does not wait for the disk and a Temporal server that keeps nothing, both its own,
// and stops them when the command has ended. A command that failed is a *commandError.
func test(ctx context.Context, root string, command []string, out io.Writer) (err error) {
	if err := clearTests(root, out); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(root, ".muster"), 0o755); err != nil {
		return fmt.Errorf("make a folder for the tests' servers: %w", err)
	}
	path, err := os.MkdirTemp(filepath.Join(root, ".muster"), testFolders)
	if err != nil {
		return fmt.Errorf("make a folder for the tests' servers: %w", err)
	}
	// PostgreSQL may have to run as another user, who has to be able to reach its folder.
	if err := os.Chmod(path, 0o755); err != nil {
		return fmt.Errorf("open the tests' folder: %w", err)
	}
	f := folder{root: root, path: path}
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	l, err := newLaunch(ctx, f, out)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, l.stopEverything(), removeTest(f))
		unlock()
	}()
	if err := l.startTestServers(); err != nil {
		return l.why(err)
	}
	return l.why(l.runTests(command))
}

// startTestServers starts both servers, PostgreSQL only where the user names none.
func (l *launch) startTestServers() error {
	began := time.Now()
	if l.stack.DatabaseURL = os.Getenv(envDatabaseURL); l.stack.DatabaseURL == "" {
		url, err := l.startPostgres(postgres.Options{Dir: l.inside(partPostgres), Fast: true})
		if err != nil {
			return err
		}
		l.stack.DatabaseURL = url
	}
	if err := l.startTemporalServer(temporal.Options{Dir: l.inside(partTemporal), InMemory: true, AnyPorts: true}); err != nil {
		return err
	}
	l.say("test", "PostgreSQL and Temporal are ready after %.1f s", time.Since(began).Seconds())
	return nil
}

// runTests runs the command in a process group of its own, so that stopping it stops what it has started.
func (l *launch) runTests(command []string) error {
	tests := exec.CommandContext(l.ctx, command[0], command[1:]...)
	tests.Dir = l.root
	tests.Env = append(os.Environ(),
		envDatabaseURL+"="+l.stack.DatabaseURL,
		envTestTemporalAddress+"="+l.stack.TemporalAddress,
		envTestTemporalMetrics+"="+l.stack.TemporalMetricsURL,
	)
	tests.Stdout, tests.Stderr = os.Stdout, os.Stderr
	tests.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	tests.Cancel = func() error { return syscall.Kill(-tests.Process.Pid, syscall.SIGTERM) }
	tests.WaitDelay = 20 * time.Second
	if err := tests.Start(); err != nil {
		return fmt.Errorf("start %s: %w", strings.Join(command, " "), err)
	}
	// Recorded like a server, so that it does not outlive a run that is killed.
	identity, err := process.IdentityOf(tests.Process.Pid)
	if err == nil {
		l.parts = append(l.parts, record{Name: "tests", Identity: identity, Signal: syscall.SIGTERM, Group: true, Seconds: 20})
		if err := l.parts.write(l.folder); err != nil {
			return errors.Join(err, tests.Cancel(), tests.Wait())
		}
	}
	err = tests.Wait()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return &commandError{exitCode: ended.ExitCode()}
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", strings.Join(command, " "), err)
	}
	return nil
}

// testFolders is how the folder of every test run begins.
const testFolders = "test-"

// clearTests stops and removes what test runs that were killed have left behind. A run that goes on holds its folder's lock.
func clearTests(root string, out io.Writer) error {
	paths, err := filepath.Glob(filepath.Join(root, ".muster", testFolders+"*"))
	if err != nil {
		return fmt.Errorf("list earlier test runs: %w", err)
	}
	for _, path := range paths {
		f := folder{root: root, path: path}
		unlock, err := f.lock(context.Background())
		if err != nil {
			continue
		}
		running, err := readRecords(f)
		if err == nil {
			err = running.stopAll(f, io.Discard)
		}
		err = errors.Join(err, removeTest(f))
		unlock()
		if err != nil {
			return fmt.Errorf("clear an earlier test run: %w", err)
		}
		fmt.Fprintln(out, "cleared what a killed test run had left behind")
	}
	return nil
}

func removeTest(f folder) error {
	return errors.Join(postgres.Remove(f.inside(partPostgres)), os.RemoveAll(f.path))
}
