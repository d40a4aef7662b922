package process

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// pollEvery is how often a process that was told to stop is looked at.
const pollEvery = 20 * time.Millisecond

// Stopping says how to stop a process.
type Stopping struct {
	// Signal asks it to stop.
	Signal syscall.Signal
	// Group sends the signal to the whole process group that the process leads.
	Group bool
	// Patience is how long it may take before it is killed.
	Patience time.Duration
}

// Stop asks the process to stop, waits, and kills it when its patience is over. One that no longer runs, or whose number
// belongs to another process by now, is left alone: Stop then returns false and no error.
func Stop(identity Identity, how Stopping) (stopped bool, err error) {
	if !identity.Alive() {
		return false, nil
	}
	target := identity.PID
	if how.Group {
		target = -identity.PID
	}
	if err := signal(target, how.Signal); err != nil {
		return false, fmt.Errorf("signal process %d: %w", identity.PID, err)
	}
	if waitUntilGone(identity, how.Patience) {
		return true, sweepGroup(target)
	}
	if err := signal(target, syscall.SIGKILL); err != nil {
		return false, fmt.Errorf("kill process %d: %w", identity.PID, err)
	}
	if !waitUntilGone(identity, 5*time.Second) {
		return false, fmt.Errorf("process %d does not end, not even when killed", identity.PID)
	}
	return true, nil
}

// sweepGroup ends what a leader left behind in its group. The group's number stays taken while a member lives, so it
// cannot be somebody else's; with no member left the signal finds nothing.
func sweepGroup(target int) error {
	if target > 0 {
		return nil
	}
	return signal(target, syscall.SIGKILL)
}

func signal(target int, what syscall.Signal) error {
	err := syscall.Kill(target, what)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

func waitUntilGone(identity Identity, patience time.Duration) bool {
	deadline := time.Now().Add(patience)
	for identity.Alive() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(pollEvery)
	}
	return true
}
