// Package testenv gives tests the real servers they need.
//
// A package that uses it runs its tests through Main:
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
package testenv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/devstack/postgres"
	"muster/store"
)

// envDatabaseURL names a server to use instead of one of our own. Tests make databases of their own there, and drop them.
const envDatabaseURL = "MUSTER_DATABASE_URL"

// setUpWithin bounds everything that is done around a test.
const setUpWithin = 2 * time.Minute

// cluster is the server all tests of a process share. It is the one piece of state that outlives a test: making a cluster
// for each would take longer than the tests.
type cluster struct {
	once     sync.Once
	url      string // of a database to work from
	template string // name of a migrated database to copy
	err      error
	server   *postgres.Server
	folder   string
}

//nolint:gochecknoglobals // see cluster: testing.T gives no other place that lives as long as the process
var shared = struct {
	cluster
	entered bool
}{}

// Main runs the tests of a package and stops what they started. It exits the process.
func Main(m *testing.M) {
	shared.entered = true
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Database returns the URL of a fresh, migrated database of the test's own; it is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), setUpWithin)
	defer cancel()
	maintenance, template := Cluster(t)
	name := "muster_test_" + strings.ToLower(rand.Text())
	if err := execute(ctx, maintenance, "create database "+name+" template "+template); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() { drop(t, maintenance, name) })
	return withDatabase(t, maintenance, name)
}

// EmptyDatabase is Database without the migrations.
func EmptyDatabase(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), setUpWithin)
	defer cancel()
	maintenance, _ := Cluster(t)
	name := "muster_test_" + strings.ToLower(rand.Text())
	if err := execute(ctx, maintenance, "create database "+name); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() { drop(t, maintenance, name) })
	return withDatabase(t, maintenance, name)
}

// Store returns a store on a Database of the test's own.
func Store(t testing.TB) *store.Store {
	t.Helper()
	opened, err := store.Open(context.Background(), Database(t))
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(opened.Close)
	return opened
}

// Cluster returns the URL of a database to make others from, as its server's superuser or owner, and the name of a migrated
// database to copy.
func Cluster(t testing.TB) (maintenanceURL, template string) {
	t.Helper()
	if !shared.entered {
		t.Fatal("testenv: add func TestMain(m *testing.M) { testenv.Main(m) } to the package, so that the server is stopped")
	}
	shared.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), setUpWithin)
		defer cancel()
		shared.err = shared.start(ctx)
	})
	if shared.err != nil {
		t.Fatalf("testenv: no PostgreSQL for the tests: %v", shared.err)
	}
	return shared.url, shared.template
}

func (c *cluster) start(ctx context.Context) (err error) {
	if c.url = os.Getenv(envDatabaseURL); c.url == "" {
		clearKilled()
		if c.folder, err = os.MkdirTemp("", folders+strconv.Itoa(os.Getpid())+"-"); err != nil {
			return fmt.Errorf("make a folder for the cluster: %w", err)
		}
		// The server's user has to get through to the cluster inside.
		if err := os.Chmod(c.folder, 0o711); err != nil {
			return fmt.Errorf("open the cluster's folder: %w", err)
		}
		c.server, err = postgres.Start(ctx, postgres.Options{
			Dir: filepath.Join(c.folder, "postgres"), Fast: true, StopWithParent: true, Log: io.Discard,
		})
		if err != nil {
			return err
		}
		c.url = c.server.URL
	}
	c.template, err = makeTemplate(ctx, c.url)
	return err
}

// folders is how the folder of every test process begins; the process number follows.
const folders = "muster-testenv-"

// clearKilled removes the folders of test processes that were killed, by a time limit for instance: their servers ended with
// them, their folders did not. What cannot be removed, somebody else's say, is left for whoever can.
func clearKilled() {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), folders+"*-*"))
	if err != nil {
		return
	}
	for _, folder := range found {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folders), "-")
		pid, err := strconv.Atoi(number)
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		if postgres.Remove(filepath.Join(folder, "postgres")) == nil {
			_ = os.RemoveAll(folder)
		}
	}
}

func (c *cluster) stop() error {
	if c.server == nil {
		return nil
	}
	err := c.server.Stop()
	return errors.Join(err, postgres.Remove(filepath.Join(c.folder, "postgres")), os.RemoveAll(c.folder))
}

// templateLock makes test processes on one server take turns. Any number does that nothing else on the server uses.
const templateLock = 0x6d757374_74657374

// makeTemplate makes a migrated database to copy, unless there is one for these very migrations. It gets its name only when it
// is complete.
func makeTemplate(ctx context.Context, maintenance string) (name string, err error) {
	fingerprint, err := store.MigrationsDigest()
	if err != nil {
		return "", err
	}
	name = "muster_template_" + fingerprint[:16]
	conn, err := pgx.Connect(ctx, maintenance)
	if err != nil {
		return "", fmt.Errorf("connect to the server: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", fmt.Errorf("wait for other tests: %w", err)
	}
	var present bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&present); err != nil || present {
		return name, err
	}
	unfinished := name + "_unfinished"
	for _, statement := range []string{"drop database if exists " + unfinished + " with (force)", "create database " + unfinished} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", fmt.Errorf("make the template: %w", err)
		}
	}
	unfinishedURL, err := otherDatabase(maintenance, unfinished)
	if err != nil {
		return "", err
	}
	if err := store.Migrate(ctx, unfinishedURL); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "alter database "+unfinished+" rename to "+name); err != nil {
		return "", fmt.Errorf("finish the template: %w", err)
	}
	return name, nil
}

func drop(t testing.TB, maintenance, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), setUpWithin)
	defer cancel()
	if err := execute(ctx, maintenance, "drop database if exists "+name+" with (force)"); err != nil {
		t.Errorf("drop the test's database: %v", err)
	}
}

func execute(ctx context.Context, databaseURL, statement string) (err error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

func withDatabase(t testing.TB, databaseURL, name string) string {
	t.Helper()
	other, err := otherDatabase(databaseURL, name)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// otherDatabase is the URL of another database of the same server.
func otherDatabase(databaseURL, name string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil || u.Scheme == "" {
		return "", errors.New(envDatabaseURL + ": want postgres://user:password@host:port/name") // not shown: it holds a password
	}
	u.Path = "/" + name
	return u.String(), nil
}
