package e2e

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/devstack/postgres"
	"muster/devstack/process"
	"muster/devstack/temporal"
)

// temporalServer is a stack's own Temporal server, which keeps what it has when it ends and is found at the same address when it is back.
type temporalServer struct {
	t       *testing.T
	options temporal.Options
	server  *temporal.Server
}

// hasItsOwnTemporal gives a stack that is not up yet a Temporal server of its own.
func (s *stack) hasItsOwnTemporal() *temporalServer {
	s.t.Helper()
	o := &temporalServer{t: s.t, options: temporal.Options{
		Dir: filepath.Join(s.folder, "temporal"), Binaries: filepath.Join("..", ".muster", "bin"), AnyPorts: true, Finder: ports, Log: os.Stderr,
	}}
	o.comesBack()
	s.t.Cleanup(o.stops)
	s.address, s.metrics = o.server.Address, o.server.MetricsURL
	return o
}

func (o *temporalServer) stops() {
	o.t.Helper()
	require.NoError(o.t, o.server.Stop())
}

// isKilled ends the server without a word.
func (o *temporalServer) isKilled() {
	o.t.Helper()
	_, err := process.Stop(o.server.Process.Identity, process.Stopping{Signal: syscall.SIGKILL, Group: true, Patience: 15 * time.Second})
	require.NoError(o.t, err)
}

func (o *temporalServer) comesBack() {
	o.t.Helper()
	o.options.Again = o.server
	server, err := temporal.Start(o.t.Context(), o.options)
	require.NoError(o.t, err)
	o.server = server
}

// postgresServer is a stack's own PostgreSQL, which keeps its data when it ends and is found at the same address when it is back.
type postgresServer struct {
	t       *testing.T
	options postgres.Options
	server  *postgres.Server
}

// hasItsOwnPostgres gives a stack that is not up yet a PostgreSQL of its own. It is as careful as in production: what is committed survives
// its being killed.
func (s *stack) hasItsOwnPostgres() *postgresServer {
	s.t.Helper()
	folder, err := os.MkdirTemp("", "muster-e2e-postgres-")
	require.NoError(s.t, err)
	require.NoError(s.t, os.Chmod(folder, 0o711)) // the server's own user has to get through
	o := &postgresServer{t: s.t, options: postgres.Options{Dir: filepath.Join(folder, "postgres"), StopWithParent: true, Log: io.Discard}}
	o.comesBack()
	s.t.Cleanup(func() {
		o.stops()
		require.NoError(s.t, postgres.Remove(o.options.Dir))
		require.NoError(s.t, os.RemoveAll(folder))
	})
	s.database = o.server.URL
	return o
}

func (o *postgresServer) stops() {
	o.t.Helper()
	require.NoError(o.t, o.server.Stop())
}

// isKilled ends the server as a crash does: PostgreSQL answers SIGQUIT by ending all of its processes at once, writes nothing more, and
// recovers from its log at the next start.
func (o *postgresServer) isKilled() {
	o.t.Helper()
	require.NoError(o.t, syscall.Kill(o.server.PID, syscall.SIGQUIT))
	<-o.server.Ended()
	o.stops()
}

func (o *postgresServer) comesBack() {
	o.t.Helper()
	before := o.server
	server, err := postgres.Start(o.t.Context(), o.options)
	require.NoError(o.t, err)
	o.server = server
	if before != nil {
		require.Equal(o.t, before.URL, server.URL, "it is back where everybody looks for it")
	}
}
