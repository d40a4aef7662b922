package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// local runs programs of this machine.
type local struct {
	binaries binaries
	home     *home
	options  Options
}

// prepare makes the cluster beside its place and moves it there when it is complete, so that an interrupted attempt is not taken
// for a cluster.
func (l *local) prepare(ctx context.Context) error {
	if major, err := l.home.madeWith(); err != nil || major != 0 {
		return err
	}
	unfinished := l.home.path("data.unfinished")
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("clear an unfinished cluster: %w", err)
	}
	l.options.say("making a cluster with PostgreSQL %d in %s", l.binaries.major, l.home.folder)
	password, err := l.passwordFile()
	if err != nil {
		return err
	}
	args := []string{
		"--pgdata", unfinished, "--username", superuser, "--pwfile", password,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
	}
	if l.options.Fast {
		args = append(args, "--no-sync")
	}
	initdb := exec.CommandContext(ctx, filepath.Join(l.binaries.folder, "initdb"), args...)
	initdb.Dir, initdb.Env = l.home.folder, environment(l.home.folder)
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: l.home.account.credential()}
	output, err := initdb.CombinedOutput()
	if removeErr := os.Remove(password); removeErr != nil {
		return fmt.Errorf("remove the copy of the password: %w", errors.Join(removeErr, err))
	}
	if err != nil {
		return fmt.Errorf("make a cluster: %w\n%s", err, strings.TrimSpace(string(output)))
	}
	if err := os.Rename(unfinished, l.home.path("data")); err != nil {
		return fmt.Errorf("move the cluster to its place: %w", err)
	}
	return nil
}

// passwordFile is a copy of the password that initdb's user may read.
func (l *local) passwordFile() (string, error) {
	path := l.home.path("password.initdb")
	if err := os.WriteFile(path, []byte(l.home.password), 0o600); err != nil {
		return "", fmt.Errorf("write the password for initdb: %w", err)
	}
	if l.home.account != nil {
		if err := os.Chown(path, int(l.home.account.uid), int(l.home.account.gid)); err != nil {
			return "", fmt.Errorf("give initdb the password: %w", err)
		}
	}
	return path, nil
}

func (l *local) command(port int) command {
	args := []string{"-D", l.home.path("data")}
	for _, setting := range settings(l.options.Fast) {
		args = append(args, "-c", setting)
	}
	args = append(args, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "port="+strconv.Itoa(port))
	return command{
		path: filepath.Join(l.binaries.folder, "postgres"), args: args,
		environment: environment(l.home.folder), credential: l.home.account.credential(),
	}
}

// settings of the server, apart from where it listens.
func settings(fast bool) []string {
	common := []string{"max_connections=200", "timezone=UTC", "log_timezone=UTC", "log_checkpoints=off"}
	if !fast {
		return common
	}
	return append(common, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
		"max_wal_size=4GB", "checkpoint_timeout=1h")
}
