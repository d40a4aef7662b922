package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Command is what to start.
type Command struct {
	// Name is what people know the process by, e.g. "worker".
	Name string
	// Path is the program, Args what follows it.
	Path string
	Args []string
	// Environment is the whole environment, each NAME=value; nothing is inherited.
	Environment []string
	// Folder is the working directory; empty means the caller's.
	Folder string
	// Log is the file that receives everything the process prints; it is appended to.
	Log string
}

// Process is one that this program has started.
type Process struct {
	Identity
	Name string
	Log  string

	ended chan struct{}
	how   error
}

// Start starts the command in a session of its own: it outlives the caller and the caller's terminal, and with its
// descendants it can be signalled as one group.
func Start(command Command) (*Process, error) {
	if err := os.MkdirAll(filepath.Dir(command.Log), 0o755); err != nil {
		return nil, fmt.Errorf("start %s: make the folder of its log: %w", command.Name, err)
	}
	log, err := os.OpenFile(command.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: open its log: %w", command.Name, err)
	}
	defer log.Close() // the process has its own copy

	run := exec.Command(command.Path, command.Args...) //nolint:noctx // it must outlive every context of ours
	run.Env = command.Environment
	run.Dir = command.Folder
	run.Stdout, run.Stderr = log, log
	run.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := run.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Name, err)
	}
	process := &Process{Name: command.Name, Log: command.Log, ended: make(chan struct{})}
	// The child cannot have been reaped yet, so its number is still its own; one that has already ended keeps the bare number.
	identity, err := IdentityOf(run.Process.Pid)
	if err != nil {
		identity = Identity{PID: run.Process.Pid}
	}
	process.Identity = identity
	go func() {
		process.how = run.Wait()
		close(process.ended)
	}()
	return process, nil
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// ExitError describes how the process ended, with the last lines it wrote. It may be asked once Ended is closed.
func (p *Process) ExitError() error {
	how := "exited with status 0"
	if p.how != nil {
		how = "ended: " + p.how.Error()
	}
	return fmt.Errorf("%s %s; the last lines of %s:\n%s", p.Name, how, p.Log, LastLines(p.Log, 15))
}
