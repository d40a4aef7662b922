package genesystest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// keepEvery bounds how much a crash of the simulator can lose. A large state is written less often: at most a tenth of the time
// goes into writing.
const keepEvery = 200 * time.Millisecond

// loadWorld reads a state file; a missing one, or no file at all, is a fresh platform.
func loadWorld(path, seed string) (*world, error) {
	if path == "" {
		return newWorld(seed), nil
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newWorld(seed), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the simulator's state: %w", err)
	}
	w := new(world)
	if err := json.Unmarshal(content, w); err != nil {
		return nil, fmt.Errorf("reading the simulator's state from %s: %w", path, err)
	}
	w.rebuild()
	return w, nil
}

// keeper writes the state file some time after a change, in one goroutine.
type keeper struct {
	path   string
	encode func() ([]byte, error)
	logger *slog.Logger
	dirty  atomic.Bool
	quit   chan struct{}
	done   chan error
}

func startKeeper(path string, encode func() ([]byte, error), logger *slog.Logger) *keeper {
	k := &keeper{path: path, encode: encode, logger: logger, quit: make(chan struct{}), done: make(chan error, 1)}
	if path == "" {
		k.done <- nil
		return k
	}
	k.dirty.Store(true)
	go k.run()
	return k
}

func (k *keeper) run() {
	pause := keepEvery
	for {
		select {
		case <-time.After(pause):
			begun := time.Now()
			if err := k.keep(); err != nil {
				k.logger.Error("keeping the simulator's state", "error", err)
			}
			pause = max(keepEvery, 10*time.Since(begun))
		case <-k.quit:
			k.done <- k.keep()
			return
		}
	}
}

// stop writes what is not written yet.
func (k *keeper) stop() error {
	close(k.quit)
	return <-k.done
}

// keep writes beside the file and renames, so that a crash leaves the old state or the new one.
func (k *keeper) keep() error {
	if !k.dirty.Swap(false) {
		return nil
	}
	content, err := k.encode()
	if err == nil {
		err = replaceFile(k.path, content)
	}
	if err != nil {
		k.dirty.Store(true)
	}
	return err
}

func replaceFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("creating the folder of the state file: %w", err)
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("replacing the state file: %w", err)
	}
	return nil
}

func (s *Server) encodeWorld() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, err := json.Marshal(s.world)
	if err != nil {
		return nil, fmt.Errorf("encoding the state: %w", err)
	}
	return content, nil
}
