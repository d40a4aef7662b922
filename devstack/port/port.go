// Package port finds free TCP ports on the loopback interface.
package port

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
)

// host is the only interface the development stack listens on.
const host = "127.0.0.1"

// stepsAtMost is how many ports after the preferred one are tried.
const stepsAtMost = 200

// lowest is where Any begins to look: the ports below are those of well-known services.
const lowest = 10_000

// Finder hands out ports and never the same one twice, since a port that was found free is not taken until its process listens. It may be
// used by several goroutines.
type Finder struct {
	mu    sync.Mutex
	given map[int]bool
}

// NewFinder returns a Finder that has not given anything yet.
func NewFinder() *Finder { return &Finder{given: map[int]bool{}} }

// Free returns the preferred port, or the next higher one that nothing listens on.
func (f *Finder) Free(ctx context.Context, preferred int) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for candidate := preferred; candidate <= min(preferred+stepsAtMost, 65535); candidate++ {
		if f.given[candidate] || !Unused(ctx, candidate) {
			continue
		}
		f.given[candidate] = true
		return candidate, nil
	}
	return 0, fmt.Errorf("find a free port: %d and the %d above it are all taken", preferred, stepsAtMost)
}

// Any returns some free port, for servers that nobody has to find by a well-known number. It lies below those that the system gives to
// connections on their way out: while a server is stopped to be started again on its port, no connection of somebody else takes it.
func (f *Finder) Any(ctx context.Context) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	const attempts = 1000
	highest := firstOfConnections()
	for range attempts {
		candidate := lowest + rand.IntN(highest-lowest) //nolint:gosec // it is no secret
		if !f.given[candidate] && Unused(ctx, candidate) {
			f.given[candidate] = true
			return candidate, nil
		}
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
	}
	return 0, errors.New("find a free port: a thousand were tried and all are taken")
}

// Address is where a process on that port is reached, as host:port.
func Address(number int) string { return net.JoinHostPort(host, strconv.Itoa(number)) }

// URL is Address as an http URL.
func URL(number int) string { return "http://" + Address(number) }

// Unused says whether nothing listens on a port.
func Unused(ctx context.Context, number int) bool {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", Address(number))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

// firstOfConnections is the first port that the system gives to connections on their way out: Linux tells it (ip(7),
// ip_local_port_range), 32768 is its default, and other systems begin higher. Where the administrator has let it begin so low that nothing
// is left below, ports of connections are given.
func firstOfConnections() int {
	const usual, least = 32_768, lowest + 2_000
	content, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return usual
	}
	fields := strings.Fields(string(content))
	if len(fields) == 0 {
		return usual
	}
	first, err := strconv.Atoi(fields[0])
	if err != nil || first < least {
		return usual
	}
	return first
}
