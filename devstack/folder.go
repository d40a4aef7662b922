package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"muster/devstack/stack"
)

// repository returns the root of Muster's sources, from anywhere inside them.
func repository() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if module(filepath.Join(folder, "go.mod")) == "muster" {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("find the repository: neither %s nor a folder above it holds the go.mod of module muster", start)
		}
	}
}

// module returns the module a go.mod declares, empty when there is none.
func module(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, found := strings.CutPrefix(lines.Text(), "module "); found {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// folder is where a stack keeps its state. Two stacks, that of `up` and that of `demo`, live side by side and share programs.
type folder struct {
	root string // of the repository
	path string // of this stack
}

func upFolder(root string) folder { return folder{root: root, path: filepath.Join(root, ".muster")} }

func demoFolder(root string) folder {
	return folder{root: root, path: filepath.Join(root, ".muster", "demo")}
}

func (f folder) binaries() string        { return filepath.Join(f.root, ".muster", "bin") }
func (f folder) program(n string) string { return filepath.Join(f.binaries(), n) }
func (f folder) log(part string) string  { return filepath.Join(f.path, "logs", part+".log") }
func (f folder) stack() string           { return filepath.Join(f.path, "stack.json") }
func (f folder) records() string         { return filepath.Join(f.path, "run.json") }
func (f folder) tokens() string          { return filepath.Join(f.path, "tokens.json") }
func (f folder) webhookSecrets() string  { return filepath.Join(f.path, "webhook-secrets.json") }

// rosters is where HR drops its rosters, rosterSource the file that says so.
func (f folder) rosters() string      { return filepath.Join(f.path, "hr") }
func (f folder) rosterSource() string { return filepath.Join(f.path, "hr-sources.yaml") }

// reports is where the demo keeps the pages of its reconciliations.
func (f folder) reports() string { return filepath.Join(f.path, "reports") }

func (f folder) archiveURL() string {
	return (&url.URL{Scheme: "file", Path: f.inside("archive")}).String()
}
func (f folder) demoDatabase() string      { return filepath.Join(f.path, "database.json") }
func (f folder) inside(name string) string { return filepath.Join(f.path, name) }

// relative is the path as a user in the repository would type it.
func (f folder) relative(path string) string {
	if short, err := filepath.Rel(f.root, path); err == nil {
		return short
	}
	return path
}

// lock keeps two commands from starting or stopping the same stack at once. It ends with this process.
func (f folder) lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.path, 0o755); err != nil {
		return nil, fmt.Errorf("make %s: %w", f.path, err)
	}
	file, err := os.OpenFile(f.inside("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", f.path, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another devstack command is starting or stopping it; wait for that to end")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.relative(f.path), err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// credentials returns a stack with the tokens and secrets already handed out by either stack, completed where some are
// missing, so that they are the same whatever runs.
func (f folder) credentials() (stack.Stack, error) {
	var described stack.Stack
	for _, path := range []string{f.stack(), upFolder(f.root).stack()} {
		earlier, err := stack.Read(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return stack.Stack{}, err
		}
		described.Tokens, described.WebhookSecrets = earlier.Tokens, earlier.WebhookSecrets
	}
	described.AddCredentials()
	return described, errors.Join(
		stack.WriteJSON(f.tokens(), described.TokensFile()),
		stack.WriteJSON(f.webhookSecrets(), described.WebhookSecretsFile()),
	)
}
