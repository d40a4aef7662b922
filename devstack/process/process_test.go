package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/devstack/process"
)

func shell(t *testing.T, script string) *process.Process {
	t.Helper()
	started, err := process.Start(process.Command{
		Name: "part", Path: "/bin/sh", Args: []string{"-c", script},
		Environment: []string{"PATH=" + os.Getenv("PATH"), "GREETING=hello"},
		Log:         filepath.Join(t.TempDir(), "part.log"),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := process.Stop(started.Identity, process.Stopping{Signal: syscall.SIGKILL, Group: true, Patience: time.Second})
		require.NoError(t, err)
	})
	return started
}

func ended(t *testing.T, started *process.Process) {
	t.Helper()
	select {
	case <-started.Ended():
	case <-time.After(10 * time.Second):
		require.Fail(t, "the process does not end")
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 10*time.Second, 10*time.Millisecond, what)
}

func TestRunningProcessIsRecognised(t *testing.T) {
	started := shell(t, "exec sleep 60")
	require.True(t, started.Alive())
	again, err := process.IdentityOf(started.PID)
	require.NoError(t, err)
	require.Equal(t, started.Identity, again)
}

func TestEndedProcessIsGone(t *testing.T) {
	started := shell(t, "exit 0")
	ended(t, started)
	require.False(t, started.Alive())
	_, err := process.IdentityOf(started.PID)
	require.ErrorIs(t, err, process.ErrGone)
}

func TestAnotherProcessUnderTheSameNumberIsNotSignalled(t *testing.T) {
	bystander := shell(t, "exec sleep 60")
	recorded := process.Identity{PID: bystander.PID, Started: "an earlier boot/1"}
	stopped, err := process.Stop(recorded, process.Stopping{Signal: syscall.SIGKILL, Group: true, Patience: time.Second})
	require.NoError(t, err)
	require.False(t, stopped)
	require.True(t, bystander.Alive())
}

func TestProcessSeesOnlyTheEnvironmentItIsGiven(t *testing.T) {
	t.Setenv("MUSTER_SECRET_OF_THE_SHELL", "leaked")
	started := shell(t, "env")
	ended(t, started)
	log, err := os.ReadFile(started.Log)
	require.NoError(t, err)
	require.Contains(t, string(log), "GREETING=hello")
	require.NotContains(t, string(log), "leaked")
}

func TestCrashIsNamedWithTheLastLines(t *testing.T) {
	started := shell(t, "echo early; echo 'cannot reach the database' >&2; exit 3")
	ended(t, started)
	require.ErrorContains(t, started.ExitError(), "part ended: exit status 3")
	require.ErrorContains(t, started.ExitError(), "cannot reach the database")
}

func TestStopTakesTheDescendantsToo(t *testing.T) {
	started := shell(t, "sleep 60 & echo $!; wait")
	var child int
	eventually(t, "the child is announced", func() bool {
		log, err := os.ReadFile(started.Log)
		if err != nil {
			return false
		}
		child, err = strconv.Atoi(strings.TrimSpace(string(log)))
		return err == nil
	})
	identity, err := process.IdentityOf(child)
	require.NoError(t, err)
	stopped, err := process.Stop(started.Identity, process.Stopping{Signal: syscall.SIGTERM, Group: true, Patience: 5 * time.Second})
	require.NoError(t, err)
	require.True(t, stopped)
	eventually(t, "the child is gone", func() bool { return !identity.Alive() })
}

func TestProcessThatDoesNotListenIsKilledWhenPatienceEnds(t *testing.T) {
	started := shell(t, "trap '' TERM; echo ready; while :; do sleep 1; done")
	eventually(t, "the trap is set", func() bool { return strings.Contains(process.LastLines(started.Log, 1), "ready") })
	began := time.Now()
	stopped, err := process.Stop(started.Identity, process.Stopping{Signal: syscall.SIGTERM, Group: true, Patience: 200 * time.Millisecond})
	require.NoError(t, err)
	require.True(t, stopped)
	require.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond)
}

func TestLastLinesAreTheLastOnes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var content strings.Builder
	for line := range 50_000 {
		fmt.Fprintf(&content, "line %d\n", line)
	}
	require.NoError(t, os.WriteFile(path, []byte(content.String()), 0o600))
	require.Equal(t, "    line 49998\n    line 49999", process.LastLines(path, 2))
}
