package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldestMajor is the oldest PostgreSQL that Muster runs on.
const oldestMajor = 15

// binaries are the programs of one PostgreSQL version.
type binaries struct {
	folder string
	major  int
}

// folders where distributions put the programs; a star stands for the version.
func distributionFolders() []string {
	return []string{
		"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
		"/usr/pgsql-*/bin",          // PostgreSQL's own RPMs
		"/usr/libexec/postgresql*",  // Alpine
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	}
}

// findBinaries returns the programs to run: those of the major version a cluster was made with (0: any), from PATH before those of
// the distribution, newest first. nil when there are none.
func findBinaries(ctx context.Context, major int) *binaries {
	var candidates []string
	if onPath, err := exec.LookPath("postgres"); err == nil {
		candidates = append(candidates, filepath.Dir(onPath))
		if real, err := filepath.EvalSymlinks(onPath); err == nil {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	var installed []*binaries
	for _, pattern := range distributionFolders() {
		folders, err := filepath.Glob(pattern)
		if err != nil {
			continue // the patterns are constants; a test holds them
		}
		for _, folder := range folders {
			if b := inspect(ctx, folder); b != nil {
				installed = append(installed, b)
			}
		}
	}
	slices.SortStableFunc(installed, func(a, b *binaries) int { return b.major - a.major })
	var found []*binaries
	for _, folder := range candidates {
		if b := inspect(ctx, folder); b != nil {
			found = append(found, b)
		}
	}
	for _, b := range append(found, installed...) {
		if major == 0 || b.major == major {
			return b
		}
	}
	return nil
}

// inspect returns the programs in a folder, nil unless all are there and recent enough.
func inspect(ctx context.Context, folder string) *binaries {
	for _, program := range []string{"postgres", "initdb"} {
		if found, err := os.Stat(filepath.Join(folder, program)); err != nil || found.IsDir() {
			return nil
		}
	}
	printed, err := exec.CommandContext(ctx, filepath.Join(folder, "postgres"), "--version").Output()
	if err != nil {
		return nil
	}
	major := majorOf(string(printed))
	if major < oldestMajor {
		return nil
	}
	return &binaries{folder: folder, major: major}
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorOf reads what `postgres --version` prints; 0 when it is something else.
func majorOf(printed string) int {
	found := versionPattern.FindStringSubmatch(printed)
	if found == nil {
		return 0
	}
	major, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return major
}

// chooseEngine finds programs, or what stands in for them.
func chooseEngine(ctx context.Context, h *home, o Options) (engine, error) {
	major, err := h.madeWith()
	if err != nil {
		return nil, err
	}
	if found := findBinaries(ctx, major); found != nil {
		return &local{binaries: *found, home: h, options: o}, nil
	}
	if major != 0 {
		return nil, fmt.Errorf("the cluster in %s was made with PostgreSQL %d: install that version, or remove the folder", h.folder, major)
	}
	if dockerAnswers(ctx) {
		o.say("no PostgreSQL %d or later is installed: using Docker", oldestMajor)
		return &container{home: h, options: o}, nil
	}
	if err := installPackage(ctx, o); err != nil {
		return nil, errors.Join(errMissing, err)
	}
	if found := findBinaries(ctx, 0); found != nil {
		return &local{binaries: *found, home: h, options: o}, nil
	}
	return nil, errMissing
}

// errMissing is the one line that says what to do.
var errMissing = fmt.Errorf("no PostgreSQL found: install the server, version %d or later (Debian, Ubuntu: apt-get install postgresql; "+
	"macOS: brew install postgresql@17), or start Docker, or set MUSTER_DATABASE_URL", oldestMajor)

// madeWith is the major version of the cluster in the folder, 0 when there is none.
func (h *home) madeWith() (int, error) {
	content, err := os.ReadFile(h.path("data/PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	return major, nil
}
