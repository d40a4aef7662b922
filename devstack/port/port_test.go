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

func TestNoPortIsGivenTwice(t *testing.T) {
	finder := port.NewFinder()
	first, err := finder.Free(t.Context(), 20_000)
	require.NoError(t, err)
	second, err := finder.Free(t.Context(), 20_000)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

func TestPortOfAnAddress(t *testing.T) {
	found, err := port.Of("127.0.0.1:7233")
	require.NoError(t, err)
	require.Equal(t, 7233, found)
	for _, wrong := range []string{"127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"} {
		_, err := port.Of(wrong)
		require.Error(t, err, wrong)
	}
}
