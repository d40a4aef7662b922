package temporal

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"muster/devstack/progress"
)

// part is what lines of progress are about.
const part = "temporal"

// The module that holds the development server. Later tags require modules by replacement, which Go refuses in a module that
// is installed by path and version.
const (
	binaryModule  = "github.com/temporalio/cli"
	binaryPackage = binaryModule + "/cmd/temporal"
	binaryVersion = "v1.5.1"
)

// oldestOnPath is the oldest installed version that is used as it is.
var oldestOnPath = [3]int{1, 5, 1}

// Binary returns the path of a `temporal` program: the one on PATH when it is recent enough, else the one kept in the
// folder, else one that is built there from its Go module, which takes minutes and says so in log.
func Binary(ctx context.Context, folder string, log io.Writer) (string, error) {
	if path, err := exec.LookPath("temporal"); err == nil && recentEnough(ctx, path) {
		return path, nil
	}
	path, err := filepath.Abs(filepath.Join(folder, "temporal"))
	if err != nil {
		return "", fmt.Errorf("folder of the Temporal development server: %w", err)
	}
	if builtFromModule(path) {
		return path, nil
	}
	unlock, err := lock(ctx, path+".lock", log)
	if err != nil {
		return "", err
	}
	defer unlock()
	if builtFromModule(path) { // by whoever held the lock before
		return path, nil
	}
	return path, build(ctx, path, log)
}

// recentEnough asks an installed program for its version. A development build that names none is not used.
func recentEnough(ctx context.Context, path string) bool {
	output, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return false
	}
	return atLeast(string(output), oldestOnPath)
}

var versionPattern = regexp.MustCompile(`\bversion v?(\d+)\.(\d+)\.(\d+)`)

// atLeast says whether what `temporal --version` printed is the wanted version or a later one.
func atLeast(printed string, wanted [3]int) bool {
	found := versionPattern.FindStringSubmatch(printed)
	if found == nil {
		return false
	}
	for position, want := range wanted {
		number, err := strconv.Atoi(found[position+1])
		if err != nil {
			return false
		}
		if number != want {
			return number > want
		}
	}
	return true
}

// builtFromModule says whether the file is the wanted version as Go built it; an interrupted or older build is not.
func builtFromModule(path string) bool {
	built, err := buildinfo.ReadFile(path)
	return err == nil && built.Main.Path == binaryModule && built.Main.Version == binaryVersion
}

// lock takes the file's advisory lock, which ends with the process that holds it.
func lock(ctx context.Context, path string, log io.Writer) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for programs: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the build of the Temporal development server: %w", err)
	}
	told := false
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			_ = file.Close()
			return nil, fmt.Errorf("lock the build of the Temporal development server: %w", err)
		}
		if !told {
			progress.Say(log, part, "somebody else is building the development server; waiting for that")
			told = true
		}
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// build installs the program through the module proxy into a scratch folder beside its place and moves it there when whole.
func build(ctx context.Context, path string, log io.Writer) error {
	scratch, err := os.MkdirTemp(filepath.Dir(path), "building-temporal-")
	if err != nil {
		return fmt.Errorf("make a folder to build the Temporal development server in: %w", err)
	}
	defer os.RemoveAll(scratch)

	progress.Say(log, part, "building the development server %s, once (three to five minutes on two cores)", binaryVersion)
	var output strings.Builder
	install := exec.CommandContext(ctx, "go", "install", binaryPackage+"@"+binaryVersion)
	install.Dir = scratch
	install.Env = append(os.Environ(), "GOBIN="+scratch, "GOFLAGS=", "GOWORK=off")
	install.Stdout, install.Stderr = &output, &output
	began := time.Now()
	if err := install.Start(); err != nil {
		return fmt.Errorf("build the Temporal development server: %w", err)
	}
	finished := make(chan error, 1)
	go func() { finished <- install.Wait() }()
	if err := progress.Await(log, part, finished); err != nil {
		return fmt.Errorf("build the Temporal development server (go install %s@%s): %w\n%s",
			binaryPackage, binaryVersion, err, output.String())
	}
	if err := os.Rename(filepath.Join(scratch, "temporal"), path); err != nil {
		return fmt.Errorf("keep the Temporal development server: %w", err)
	}
	progress.Say(log, part, "built in %d s", int(time.Since(began).Seconds()))
	return nil
}
