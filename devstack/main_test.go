package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/devstack/process"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestWrongUsageExitsWithTwo(t *testing.T) {
	for _, arguments := range [][]string{nil, {"sideways"}, {"up", "now"}, {"test"}, {"test", "go"}, {"test", "--"}, {"logs", "-x"}} {
		var out, problems bytes.Buffer
		require.Equal(t, 2, run(t.Context(), arguments, &out, &problems), arguments)
		require.Contains(t, problems.String(), "usage: devstack")
	}
}

func TestTestRunsItsCommandBesideBothServersAndHandsItsExitCodeOn(t *testing.T) {
	t.Setenv("MUSTER_DATABASE_URL", "")
	seen := filepath.Join(t.TempDir(), "environment")
	var out, problems bytes.Buffer
	code := run(t.Context(), []string{"test", "--", "sh", "-c", "env > " + seen + "; exit 3"}, &out, &problems)
	require.Equal(t, 3, code, "%s%s", &out, &problems)
	environment, err := os.ReadFile(seen)
	require.NoError(t, err)
	for _, name := range []string{"MUSTER_DATABASE_URL=postgres://", "MUSTER_TEST_TEMPORAL_ADDRESS=127.0.0.1:", "MUSTER_TEST_TEMPORAL_METRICS=http://"} {
		require.Contains(t, string(environment), name)
	}
	require.Contains(t, out.String(), "postgres   stopped")
	require.Contains(t, out.String(), "temporal   stopped")
}

func TestMakeListsItsTargets(t *testing.T) {
	listing := exec.CommandContext(t.Context(), "make", "--no-print-directory")
	listing.Dir = ".."
	output, err := listing.CombinedOutput()
	require.NoError(t, err, string(output))
	for _, target := range []string{"help", "demo", "up", "down", "logs", "test", "lint", "fmt"} {
		require.Contains(t, string(output), "make "+target+" ")
	}
}

func TestLogsAreThoseOfThePartsNamed(t *testing.T) {
	f := upFolder(t.TempDir())
	require.NoError(t, os.MkdirAll(f.inside("logs"), 0o755))
	for _, part := range []string{"worker", "starter"} {
		require.NoError(t, os.WriteFile(f.log(part), []byte("I am the "+part+"\n"), 0o600))
	}
	var all, one bytes.Buffer
	require.NoError(t, logs(t.Context(), f.root, nil, &all))
	require.Contains(t, all.String(), "I am the worker")
	require.Contains(t, all.String(), "I am the starter")
	require.NoError(t, logs(t.Context(), f.root, []string{"worker"}, &one))
	require.NotContains(t, one.String(), "I am the starter")
	require.ErrorContains(t, logs(t.Context(), f.root, []string{"nobody"}, &one), `unknown part "nobody": want postgres, temporal`)
	require.ErrorContains(t, logs(t.Context(), f.root, []string{"temporal"}, &one), "no log yet")
}

func TestLogsAreThoseOfTheStackThatRuns(t *testing.T) {
	root := t.TempDir()
	for _, f := range []folder{upFolder(root), demoFolder(root)} {
		require.NoError(t, os.MkdirAll(f.inside("logs"), 0o755))
		require.NoError(t, os.WriteFile(f.log("worker"), []byte("I belong to "+filepath.Base(f.path)+"\n"), 0o600))
	}
	var stopped, running bytes.Buffer
	require.NoError(t, logs(t.Context(), root, nil, &stopped))
	require.Contains(t, stopped.String(), "I belong to .muster", "nothing runs: both")
	require.Contains(t, stopped.String(), "I belong to demo", "nothing runs: both")

	identity, err := process.IdentityOf(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, records{{Name: "worker", Identity: identity}}.write(demoFolder(root)))
	require.NoError(t, logs(t.Context(), root, nil, &running))
	require.Contains(t, running.String(), "I belong to demo")
	require.NotContains(t, running.String(), "I belong to .muster")
}

func TestStatusWithoutAStackFailsAndSaysHowToStartOne(t *testing.T) {
	var out strings.Builder
	require.ErrorIs(t, status(t.Context(), t.TempDir(), &out), errReported)
	require.Contains(t, out.String(), "make up")
}

func TestFailedBuildShowsWhatTheCompilerSays(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module muster\n\ngo 1.26.0\n"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "worker"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "worker", "main.go"), []byte("package main\n\nfunc main() { undeclared() }\n"), 0o600))
	t.Chdir(root)
	var out, problems bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"up"}, &out, &problems))
	require.Contains(t, problems.String(), "build Muster")
	require.Contains(t, problems.String(), "starter")
}
