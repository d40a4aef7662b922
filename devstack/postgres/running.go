package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// running is a server process of ours.
type running struct {
	pid   int
	ended chan struct{}
	// leash is the end of a pipe that the server's watcher reads; it closes when this process ends. Nil without a watcher.
	leash *os.File
	once  sync.Once
	err   error
}

// watched starts a watcher beside the server and then becomes the server, keeping its process number. The watcher waits for the
// end of its input, which comes when the process that holds the other end of the pipe ends, and shuts the server down.
const watched = `(cat >/dev/null; kill -INT $$) <&3 3<&- & exec 3<&-; exec "$@"`

// run starts the server in a session of its own, so that an interrupt at the terminal reaches it through Stop only.
func run(c command, folder, logFile string, stopWithParent bool) (*running, error) {
	if err := os.MkdirAll(filepath.Dir(logFile), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of PostgreSQL's log: %w", err)
	}
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer log.Close() // the server has its own copy
	r := &running{ended: make(chan struct{})}
	server := exec.Command(c.path, c.args...) //nolint:noctx // it outlives every context unless StopWithParent says otherwise
	if stopWithParent {
		server = exec.Command("/bin/sh", append([]string{"-c", watched, "sh", c.path}, c.args...)...) //nolint:noctx // as above
		reads, writes, err := os.Pipe()
		if err != nil {
			return nil, fmt.Errorf("make the server's leash: %w", err)
		}
		defer reads.Close()
		server.ExtraFiles = []*os.File{reads} // file descriptor 3
		r.leash = writes
	}
	server.Env, server.Dir, server.Stdout, server.Stderr = c.environment, folder, log, log
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.credential}
	if err := server.Start(); err != nil {
		r.release()
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	r.pid = server.Process.Pid
	go func() {
		_ = server.Wait() // how it ended is in its log
		close(r.ended)
	}()
	return r, nil
}

func (r *running) stop() error {
	r.once.Do(func() { r.err = r.shutDown() })
	return r.err
}

// shutDown asks for a fast shutdown (SIGINT), and kills when patience is over. The number is the server's own until Wait has
// returned, which closes ended.
func (r *running) shutDown() error {
	defer r.release()
	select {
	case <-r.ended:
		return nil
	default:
	}
	if err := syscall.Kill(r.pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop PostgreSQL, process %d: %w", r.pid, err)
	}
	select {
	case <-r.ended:
		return nil
	case <-time.After(stopPatience):
	}
	if err := syscall.Kill(r.pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill PostgreSQL, process %d: %w", r.pid, err)
	}
	<-r.ended
	return nil
}

// release lets the watcher go. It is ended first, so that it cannot signal a number that is somebody else's by then: while it lives,
// the process group keeps its number.
func (r *running) release() {
	if r.leash == nil {
		return
	}
	if r.pid != 0 {
		_ = syscall.Kill(-r.pid, syscall.SIGKILL) // nobody left in the group is as good
	}
	_ = r.leash.Close()
}
