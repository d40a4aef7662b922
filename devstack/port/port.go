// Package port finds free TCP ports on the loopback interface.
package port

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// host is the only interface the development stack listens on.
const host = "127.0.0.1"

// stepsAtMost is how many ports after the preferred one are tried.
const stepsAtMost = 200

// Finder hands out ports and never the same one twice, since a port that was found free is not taken until its process listens.
type Finder struct {
	given map[int]bool
}

// NewFinder returns a Finder that has not given anything yet.
func NewFinder() *Finder { return &Finder{given: map[int]bool{}} }

// Free returns the preferred port, or the next higher one that nothing listens on.
func (f *Finder) Free(ctx context.Context, preferred int) (int, error) {
	for candidate := preferred; candidate <= min(preferred+stepsAtMost, 65535); candidate++ {
		if f.given[candidate] || !unused(ctx, candidate) {
			continue
		}
		f.given[candidate] = true
		return candidate, nil
	}
	return 0, fmt.Errorf("find a free port: %d and the %d above it are all taken", preferred, stepsAtMost)
}

// Any returns a free port that the system chooses, for servers that nobody has to find by a well-known number.
func (f *Finder) Any(ctx context.Context) (int, error) {
	for {
		number, err := chosenBySystem(ctx)
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		if !f.given[number] {
			f.given[number] = true
			return number, nil
		}
	}
}

// Address is where a process on that port is reached, as host:port.
func Address(number int) string { return net.JoinHostPort(host, strconv.Itoa(number)) }

// URL is Address as an http URL.
func URL(number int) string { return "http://" + Address(number) }

func unused(ctx context.Context, number int) bool {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", Address(number))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

func chosenBySystem(ctx context.Context) (int, error) {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", Address(0))
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	_, text, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}
