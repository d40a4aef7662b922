package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/devstack/process"
)

// inRepository makes an empty repository with programs that are the given shell scripts.
func inRepository(t *testing.T, scripts map[string]string) folder {
	t.Helper()
	f := upFolder(t.TempDir())
	require.NoError(t, os.MkdirAll(f.binaries(), 0o755))
	for name, script := range scripts {
		require.NoError(t, os.WriteFile(f.program(name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	return f
}

// launched returns a launch that is stopped when the test ends.
func launched(t *testing.T, f folder) *launch {
	t.Helper()
	l, err := newLaunch(t.Context(), f, &bytes.Buffer{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.stopEverything()) })
	return l
}

// page answers every request with a status and a text.
func page(t *testing.T, status int, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func startScript(l *launch, name, ready string, patience time.Duration) error {
	return l.startPart(record{Name: name, Seconds: 5, Ready: ready, Address: ready},
		process.Command{Path: name, Environment: []string{"PATH=" + os.Getenv("PATH")}}, patience)
}

func TestPartThatExitsWhileStartingIsNamedAtOnce(t *testing.T) {
	l := launched(t, inRepository(t, map[string]string{"worker": "echo 'MUSTER_DATABASE_URL: not a URL' >&2; exit 2"}))
	began := time.Now()
	err := l.why(startScript(l, "worker", page(t, http.StatusServiceUnavailable, ""), time.Minute))
	require.ErrorContains(t, err, "worker ended: exit status 2")
	require.ErrorContains(t, err, "MUSTER_DATABASE_URL: not a URL")
	require.Less(t, time.Since(began), 10*time.Second)
}

func TestEarlierPartThatEndsStopsTheWaitForALaterOne(t *testing.T) {
	l := launched(t, inRepository(t, map[string]string{
		"temporal": "read -r line < gate; echo 'disk full'; exit 1",
		"worker":   "echo go > gate; exec sleep 60",
	}))
	fifo := filepath.Join(l.root, "gate")
	require.NoError(t, makeFIFO(fifo))
	require.NoError(t, startScript(l, "temporal", page(t, http.StatusOK, ""), time.Minute))
	began := time.Now()
	err := l.why(startScript(l, "worker", page(t, http.StatusServiceUnavailable, ""), time.Minute))
	require.ErrorContains(t, err, "temporal ended: exit status 1")
	require.ErrorContains(t, err, "disk full")
	require.Less(t, time.Since(began), 10*time.Second)
}

func TestPartThatIsNotReadyInTimeIsNamedWithItsAnswer(t *testing.T) {
	l := launched(t, inRepository(t, map[string]string{"starter": "echo listening; exec sleep 60"}))
	err := l.why(startScript(l, "starter", page(t, http.StatusServiceUnavailable, `{"temporal":"down"}`), 200*time.Millisecond))
	require.ErrorContains(t, err, "starter is not ready after 200ms")
	require.ErrorContains(t, err, `{"temporal":"down"}`)
	require.ErrorContains(t, err, "listening")
}

func TestInterruptedStartSaysSo(t *testing.T) {
	f := inRepository(t, map[string]string{"worker": "exec sleep 60"})
	ctx, cancel := context.WithCancel(t.Context())
	l, err := newLaunch(ctx, f, &bytes.Buffer{})
	require.NoError(t, err)
	cancel()
	require.EqualError(t, l.why(startScript(l, "worker", page(t, http.StatusServiceUnavailable, ""), time.Minute)), "interrupted")
	require.NoError(t, l.stopEverything())
}

func TestStoppingOnPurposeIsNoCrash(t *testing.T) {
	l := launched(t, inRepository(t, map[string]string{"worker": "exec sleep 60"}))
	require.NoError(t, startScript(l, "worker", page(t, http.StatusOK, ""), time.Minute))
	part := l.parts[0]
	require.True(t, part.Alive())
	require.NoError(t, l.stopEverything())
	require.False(t, part.Alive())
	require.ErrorIs(t, context.Cause(l.ctx), context.Canceled)
	require.NoFileExists(t, l.records())
}

func TestStartedPartCanBeStoppedByAnotherCommand(t *testing.T) {
	f := inRepository(t, map[string]string{"worker": "exec sleep 60"})
	l := launched(t, f)
	require.NoError(t, startScript(l, "worker", page(t, http.StatusOK, ""), time.Minute))

	running, err := readRecords(f)
	require.NoError(t, err)
	alive, ended := running.split()
	require.Len(t, alive, 1)
	require.Empty(t, ended)
	l.stopping = true // what comes is no crash
	var out bytes.Buffer
	require.NoError(t, down(f.root, &out))
	require.Contains(t, out.String(), "worker     stopped")
	require.False(t, alive[0].Alive())
}

func TestPartGetsALogOfItsOwnForEachRun(t *testing.T) {
	l := launched(t, inRepository(t, map[string]string{"worker": "echo second run; exec sleep 60"}))
	require.NoError(t, os.MkdirAll(filepath.Dir(l.log("worker")), 0o755))
	require.NoError(t, os.WriteFile(l.log("worker"), []byte("first run\n"), 0o600))
	require.NoError(t, l.rotate("worker"))
	require.NoError(t, startScript(l, "worker", page(t, http.StatusOK, ""), time.Minute))
	require.Eventually(t, func() bool { return process.LastLines(l.log("worker"), 5) == "    second run" }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, "    first run", process.LastLines(l.log("worker")+".1", 5))
}
