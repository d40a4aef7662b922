// Package gate lets a test take a server away from a program and give it back, without stopping the server.
package gate

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Gate passes connections on to a server, unless it is shut: then the server is down for whoever comes through it.
type Gate struct {
	listener net.Listener
	target   string
	mutex    sync.Mutex
	shut     bool
	open     map[net.Conn]struct{}
}

// Before puts an open gate before a server (host:port) until the test ends.
func Before(t *testing.T, target string) *Gate {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &Gate{listener: listener, target: target, open: map[net.Conn]struct{}{}}
	go g.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		g.Shut()
	})
	return g
}

// Address is the gate's own host:port.
func (g *Gate) Address() string { return g.listener.Addr().String() }

func (g *Gate) accept() {
	for {
		incoming, err := g.listener.Accept()
		if err != nil {
			return
		}
		outgoing, err := new(net.Dialer).Dial("tcp", g.target)
		if err != nil || !g.admit(incoming, outgoing) {
			_ = incoming.Close()
			continue
		}
		for _, way := range [][2]net.Conn{{incoming, outgoing}, {outgoing, incoming}} {
			go func() {
				_, _ = io.Copy(way[1], way[0])
				_ = way[1].Close()
			}()
		}
	}
}

func (g *Gate) admit(connections ...net.Conn) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, connection := range connections {
		if g.shut {
			_ = connection.Close()
			continue
		}
		g.open[connection] = struct{}{}
	}
	return !g.shut
}

// Shut ends all connections and lets no new one through.
func (g *Gate) Shut() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.shut = true
	for connection := range g.open {
		_ = connection.Close()
	}
	clear(g.open)
}

// Open lets connections through again.
func (g *Gate) Open() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.shut = false
}
