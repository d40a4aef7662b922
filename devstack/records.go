package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"muster/devstack/process"
	"muster/devstack/progress"
	"muster/devstack/stack"
)

// record is a running part as run.json keeps it: enough to recognise and to stop it from another process later.
type record struct {
	Name string `json:"name"`
	process.Identity
	Signal  syscall.Signal `json:"signal"`
	Group   bool           `json:"group"`
	Seconds int            `json:"patience_seconds"`
	Log     string         `json:"log"`
	// Ready is the URL that answers 200 when the part is ready; empty when the part has no such page.
	Ready string `json:"ready,omitempty"`
	// Address is where users find the part.
	Address string `json:"address"`
}

func (r record) stopping() process.Stopping {
	return process.Stopping{Signal: r.Signal, Group: r.Group, Patience: time.Duration(r.Seconds) * time.Second}
}

// records are the parts of a stack in the order they were started.
type records []record

// readRecords returns what run.json says; nothing when there is none.
func readRecords(f folder) (records, error) {
	content, err := os.ReadFile(f.records())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what runs: %w", err)
	}
	var read records
	if err := json.Unmarshal(content, &read); err != nil {
		return nil, fmt.Errorf("read what runs from %s: %w", f.records(), err)
	}
	return read, nil
}

func (r records) write(f folder) error {
	if len(r) == 0 {
		if err := os.Remove(f.records()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget what ran: %w", err)
		}
		return nil
	}
	return stack.WriteJSON(f.records(), r)
}

// split tells the parts that still run from those that have ended.
func (r records) split() (alive, ended records) {
	for _, part := range r {
		if part.Alive() {
			alive = append(alive, part)
		} else {
			ended = append(ended, part)
		}
	}
	return alive, ended
}

// stopAll stops the parts, the last started first, and forgets each that is stopped. A part that does not stop does not keep
// the others running.
func (r records) stopAll(f folder, out io.Writer) error {
	var problems error
	var left records
	for position := len(r) - 1; position >= 0; position-- {
		part := r[position]
		stopped, err := process.Stop(part.Identity, part.stopping())
		switch {
		case err != nil:
			problems = errors.Join(problems, fmt.Errorf("stop %s: %w", part.Name, err))
			left = append(records{part}, left...)
		case stopped:
			progress.Say(out, part.Name, "stopped")
		}
	}
	return errors.Join(problems, left.write(f))
}

// nameEnded tells which parts have ended without being stopped, with what they last wrote.
func (r records) nameEnded(out io.Writer) {
	for _, part := range r {
		fmt.Fprintf(out, "%s (process %d) has ended by itself; the last lines of %s:\n%s\n",
			part.Name, part.PID, part.Log, process.LastLines(part.Log, 15))
	}
}
