package postgres_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/devstack/postgres"
)

// startedByChild makes the test binary a process that starts a server and then waits to be killed.
const startedByChild = "MUSTER_TEST_START_POSTGRES_IN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(startedByChild); dir != "" {
		server, err := postgres.Start(context.Background(), postgres.Options{Dir: dir, Fast: true, StopWithParent: true})
		if err != nil {
			panic(err)
		}
		println(server.PID) // to standard error
		select {}
	}
	os.Exit(m.Run())
}

// folder is one that an unprivileged user can reach, unlike those of testing.T when root runs the tests.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "muster-postgres-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	cluster := filepath.Join(dir, "cluster")
	t.Cleanup(func() {
		require.NoError(t, postgres.Remove(cluster))
		require.NoError(t, os.RemoveAll(dir))
	})
	return cluster
}

func start(t *testing.T, o postgres.Options) *postgres.Server {
	t.Helper()
	server, err := postgres.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

func execute(t *testing.T, databaseURL, statement string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), statement)
	return err
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func gone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return !alive(pid) }, 20*time.Second, 10*time.Millisecond, "process %d", pid)
}

func TestAServerGoesOnWithItsDataAfterARestart(t *testing.T) {
	dir := folder(t)
	first := start(t, postgres.Options{Dir: dir}) // durable, as the development stack uses it
	require.NoError(t, execute(t, first.URL, "create table kept as select 1 as n"))
	require.NoError(t, first.Stop())
	gone(t, first.PID)

	second := start(t, postgres.Options{Dir: dir})

	require.Equal(t, first.URL, second.URL, "same password and, as nobody took it, same port")
	require.NoError(t, execute(t, second.URL, "select n from kept"))
}

func TestAServerThatWasKilledComesBack(t *testing.T) {
	dir := folder(t)
	first := start(t, postgres.Options{Dir: dir})
	require.NoError(t, execute(t, first.URL, "create table kept as select 1 as n"))
	require.NoError(t, syscall.Kill(first.PID, syscall.SIGKILL))
	<-first.Ended()

	second := start(t, postgres.Options{Dir: dir})

	require.NoError(t, execute(t, second.URL, "select n from kept"))
}

func TestARunningServerIsAdoptedAndNotStopped(t *testing.T) {
	dir := folder(t)
	first := start(t, postgres.Options{Dir: dir, Fast: true})

	second, err := postgres.Start(t.Context(), postgres.Options{Dir: dir, Fast: true})

	require.NoError(t, err)
	require.True(t, second.Adopted)
	require.Equal(t, first.URL, second.URL)
	require.Equal(t, first.PID, second.PID)
	require.NoError(t, second.Stop())
	require.NoError(t, execute(t, first.URL, "select 1"), "it stops only what it started")
}

func TestOnlyThePasswordOpensIt(t *testing.T) {
	dir := folder(t)
	server := start(t, postgres.Options{Dir: dir, Fast: true})
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	u.User = url.UserPassword("muster", "guess")

	require.ErrorContains(t, execute(t, u.String(), "select 1"), "password authentication failed")

	kept, err := os.Stat(filepath.Join(dir, "password"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), kept.Mode().Perm())
	require.Equal(t, "127.0.0.1", u.Hostname())
}

func TestAPortThatIsTakenIsSteppedOver(t *testing.T) {
	dir := folder(t)
	first := start(t, postgres.Options{Dir: dir, Fast: true})
	require.NoError(t, first.Stop())
	u, err := url.Parse(first.URL)
	require.NoError(t, err)
	squatter, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", u.Host)
	require.NoError(t, err)
	defer squatter.Close()

	second := start(t, postgres.Options{Dir: dir, Fast: true})

	require.NotEqual(t, first.URL, second.URL)
	require.NoError(t, execute(t, second.URL, "select 1"))
}

func TestAnInterruptedClusterIsMadeAnew(t *testing.T) {
	dir := folder(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data.unfinished", "base"), 0o700))

	require.NoError(t, execute(t, start(t, postgres.Options{Dir: dir, Fast: true}).URL, "select 1"))
}

func TestAServerThatCannotStartSaysWhatItWrote(t *testing.T) {
	dir := folder(t)
	server := start(t, postgres.Options{Dir: dir, Fast: true})
	require.NoError(t, server.Stop())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "postgresql.conf"), []byte("nonsense = 1\n"), 0o644))

	_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir, Fast: true})

	require.ErrorContains(t, err, "unrecognized configuration parameter")
}

func TestAFolderTheServersUserCannotReachGetsAStandIn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root runs the server as somebody else: nothing to stand in for")
		return
	}
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	dir := filepath.Join(closed, "postgres")
	var said strings.Builder

	server := start(t, postgres.Options{Dir: dir, Fast: true, Log: &said})

	require.NoError(t, execute(t, server.URL, "select 1"))
	require.Contains(t, said.String(), "/var/tmp/muster-postgres-")
	standIns := filepath.Dir(server.LogFile)
	require.DirExists(t, standIns)
	require.NoError(t, server.Stop())
	require.NoError(t, postgres.Remove(dir))
	require.NoDirExists(t, standIns)
}

func TestAServerEndsWithItsParent(t *testing.T) {
	dir := folder(t)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), startedByChild+"="+dir)
	said, err := child.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, line)
	require.True(t, alive(pid))

	require.NoError(t, child.Process.Kill())
	_, _ = io.Copy(io.Discard, said)
	_ = child.Wait()

	gone(t, pid)
}

func TestAWatchedServerLeavesNobodyBehind(t *testing.T) {
	dir := folder(t)
	server, err := postgres.Start(t.Context(), postgres.Options{Dir: dir, Fast: true, StopWithParent: true})
	require.NoError(t, err)

	require.NoError(t, server.Stop())

	require.Eventually(t, func() bool { return syscall.Kill(-server.PID, 0) != nil }, 10*time.Second, 10*time.Millisecond,
		"the process group is empty")
}

func TestRemoveTakesTheClusterAway(t *testing.T) {
	dir := folder(t)
	require.NoError(t, start(t, postgres.Options{Dir: dir, Fast: true}).Stop())

	require.NoError(t, postgres.Remove(dir))

	require.NoDirExists(t, dir)
}
