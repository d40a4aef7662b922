// Package progress tells whoever waits how a start goes on: aligned lines, and a word now and then while something slow runs.
package progress

import (
	"fmt"
	"io"
	"time"
)

const (
	// first is how long a step may take before a person begins to wonder; every is how often it is mentioned from then on.
	first = 10 * time.Second
	every = 30 * time.Second
)

// Say prints one line about a part, aligned with those about the others.
func Say(out io.Writer, part, format string, values ...any) {
	_, _ = fmt.Fprintf(out, "%-10s %s\n", part, fmt.Sprintf(format, values...))
}

// Await returns what the channel brings. Meanwhile it says that the part is still building: once after ten seconds, then every
// thirty.
func Await(out io.Writer, part string, finished <-chan error) error {
	began := time.Now()
	wait := first
	for {
		select {
		case err := <-finished:
			return err
		case <-time.After(wait):
			Say(out, part, "still building, %d s", int(time.Since(began).Seconds()))
			wait = every
		}
	}
}
