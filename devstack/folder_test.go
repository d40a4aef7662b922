package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/devstack/process"
	"muster/devstack/stack"
)

func makeFIFO(path string) error { return syscall.Mkfifo(path, 0o600) }

func TestRepositoryIsFoundFromInside(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module muster\n\ngo 1.26.0\n"), 0o600))
	inside := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(inside, 0o755))
	t.Chdir(inside)
	found, err := repository()
	require.NoError(t, err)
	wanted, err := filepath.EvalSymlinks(root)
	require.NoError(t, err)
	require.Equal(t, wanted, found)
}

func TestOutsideTheRepositoryItSaysWhatItLooksFor(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module other\n"), 0o600))
	t.Chdir(root)
	_, err := repository()
	require.ErrorContains(t, err, "go.mod of module muster")
}

func TestOnlyOneCommandChangesAStackAtATime(t *testing.T) {
	f := upFolder(t.TempDir())
	unlock, err := f.lock(t.Context())
	require.NoError(t, err)
	_, err = f.lock(t.Context())
	require.ErrorContains(t, err, "another devstack command")
	unlock()
	unlock, err = f.lock(t.Context())
	require.NoError(t, err)
	unlock()
}

func TestDemoAndUpShareTheirCredentials(t *testing.T) {
	root := t.TempDir()
	first, err := upFolder(root).credentials()
	require.NoError(t, err)
	require.NoError(t, first.Write(upFolder(root).stack()))
	second, err := demoFolder(root).credentials()
	require.NoError(t, err)
	require.Equal(t, first.Tokens, second.Tokens)
	require.Equal(t, first.WebhookSecrets, second.WebhookSecrets)
}

func TestCredentialFilesAreForTheUserAlone(t *testing.T) {
	f := upFolder(t.TempDir())
	described, err := f.credentials()
	require.NoError(t, err)
	for _, path := range []string{f.tokens(), f.webhookSecrets()} {
		found, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), found.Mode().Perm(), path)
	}
	content, err := os.ReadFile(f.tokens())
	require.NoError(t, err)
	var holders map[string]stack.Token
	require.NoError(t, json.Unmarshal(content, &holders))
	require.Equal(t, described.TokensFile(), holders)
}

func TestDownLeavesAProcessAloneThatOnlyHasTheNumber(t *testing.T) {
	f := upFolder(t.TempDir())
	own := os.Getpid()
	recorded := records{{
		Name: "worker", Identity: process.Identity{PID: own, Started: "an earlier boot/1"},
		Signal: syscall.SIGKILL, Seconds: 1, Log: f.log("worker"),
	}}
	require.NoError(t, recorded.write(f))
	require.NoError(t, down(f.root, &discard{}))
	require.NoFileExists(t, f.records()) // and this process still runs
}

// discard is a writer nobody reads.
type discard struct{}

func (*discard) Write(content []byte) (int, error) { return len(content), nil }
