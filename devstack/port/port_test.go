package port_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/devstack/port"
)

// taken listens on some port of the given host until the test ends.
func taken(t *testing.T, host string) int {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	return listener.Addr().(*net.TCPAddr).Port
}

func TestTakenPortIsSteppedOver(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "0.0.0.0"} {
		preferred := taken(t, host)
		found, err := port.NewFinder().Free(t.Context(), preferred)
		require.NoError(t, err)
		require.Greater(t, found, preferred, "listening on %s", host)
	}
}

func TestFreePreferredPortIsGiven(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	preferred := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	found, err := port.NewFinder().Free(t.Context(), preferred)
	require.NoError(t, err)
	require.Equal(t, preferred, found)
}

func TestAnyPortIsFreeAndNoneThatConnectionsAreGiven(t *testing.T) {
	finder := port.NewFinder()
	connection := taken(t, "127.0.0.1")
	seen := map[int]bool{}
	for range 100 {
		found, err := finder.Any(t.Context())
		require.NoError(t, err)
		require.False(t, seen[found], "given twice")
		seen[found] = true
		require.Less(t, found, connection, "the system gives ports like this one to connections")
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", port.Address(found))
		require.NoError(t, err)
		require.NoError(t, listener.Close())
	}
}

func TestNoPortIsGivenTwice(t *testing.T) {
	finder := port.NewFinder()
	first, err := finder.Free(t.Context(), 20_000)
	require.NoError(t, err)
	second, err := finder.Free(t.Context(), 20_000)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}
