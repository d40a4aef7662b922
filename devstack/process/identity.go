// Package process starts, recognises and stops the processes of the development stack. A process is recognised by its
// number and the instant it started, so that a number which the system has given to somebody else is never signalled.
package process

import (
	"errors"
	"fmt"
)

// Identity tells one process from every other that has had or will have the same number.
type Identity struct {
	PID int `json:"pid"`
	// Started is when the process started, in the system's own words; it is only ever compared.
	Started string `json:"started"`
}

// ErrGone says that no live process has the number asked for.
var ErrGone = errors.New("no such process")

// IdentityOf returns the identity of the live process with that number, or ErrGone. A process that has ended and only waits
// for its parent to notice is gone.
func IdentityOf(pid int) (Identity, error) {
	if pid <= 0 {
		return Identity{}, fmt.Errorf("process %d: %w", pid, ErrGone)
	}
	started, err := startedAt(pid)
	if err != nil {
		return Identity{}, fmt.Errorf("process %d: %w", pid, err)
	}
	return Identity{PID: pid, Started: started}, nil
}

// Alive says whether this very process still runs.
func (i Identity) Alive() bool {
	now, err := IdentityOf(i.PID)
	return err == nil && now == i
}
