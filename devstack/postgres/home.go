package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/devstack/port"
)

// home is the cluster's folder and whom it belongs to.
type home struct {
	folder   string
	account  *account // nil: the server runs as ourselves
	password string
}

// account is the unprivileged user a server started by root runs as.
type account struct {
	name     string
	uid, gid uint32
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// openHome finds or makes the folder and the password.
func openHome(ctx context.Context, o Options) (*home, error) {
	if o.Dir == "" {
		return nil, errors.New("start PostgreSQL: Dir is empty, want a folder")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the cluster's folder: %w", err)
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := makeFolder(ctx, dir, owner)
	if err != nil {
		return nil, err
	}
	if folder != dir {
		o.say("user %s cannot reach %s: the cluster is in %s", owner.name, dir, folder)
	}
	h := &home{folder: folder, account: owner}
	return h, h.readPassword()
}

// unprivileged is the user to run as: nil unless we are root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nobody else than ourselves
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return &account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("start PostgreSQL as root: it refuses root, and there is neither a user postgres nor nobody to run it as")
}

// makeFolder makes dir for the owner, or its stand-in where the owner cannot get to dir.
func makeFolder(ctx context.Context, dir string, owner *account) (string, error) {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("make the cluster's folder: %w", err)
	}
	if owner == nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("make the cluster's folder: %w", err)
		}
		return dir, nil
	}
	if !owner.reaches(ctx, parent) {
		dir = standIn(dir)
	}
	return dir, owner.own(dir)
}

// reaches tries it, since permissions, ACLs and mounts all have a say.
func (a *account) reaches(ctx context.Context, folder string) bool {
	try := exec.CommandContext(ctx, "/bin/sh", "-c", `cd "$1"`, "sh", folder)
	try.Dir = "/"
	try.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential()}
	return try.Run() == nil
}

// own makes the folder, or takes one that is ours already. A folder that somebody else put in its place is refused: the parent may
// be open to all.
func (a *account) own(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if err == nil || os.IsExist(err) {
		found, statErr := os.Lstat(folder)
		if statErr != nil {
			return fmt.Errorf("look at the cluster's folder: %w", statErr)
		}
		owner, known := found.Sys().(*syscall.Stat_t)
		if !found.IsDir() || !known || (owner.Uid != a.uid && owner.Uid != 0) {
			return fmt.Errorf("%s: want a folder of user %s or root, found something else: remove it", folder, a.name)
		}
		err = errors.Join(os.Chmod(folder, 0o700), os.Lchown(folder, int(a.uid), int(a.gid)))
	}
	if err != nil {
		return fmt.Errorf("make the cluster's folder: %w", err)
	}
	return nil
}

// standIn is the folder under /var/tmp that belongs to dir alone.
func standIn(dir string) string {
	return filepath.Join("/var/tmp", "muster-postgres-"+key(dir))
}

func key(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return hex.EncodeToString(sum[:8])
}

func (h *home) path(name string) string { return filepath.Join(h.folder, name) }

// readPassword reads the password or makes one. The file is ours, not the server's.
func (h *home) readPassword() error {
	kept, err := os.ReadFile(h.path("password"))
	if err == nil && len(kept) > 0 {
		h.password = string(kept)
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the password: %w", err)
	}
	h.password = rand.Text()
	if err := os.WriteFile(h.path("password"), []byte(h.password), 0o600); err != nil {
		return fmt.Errorf("keep the password: %w", err)
	}
	return nil
}

// port is the port of the last time, when it is free, else any.
func (h *home) port(ctx context.Context, another bool) (int, error) {
	if kept, err := os.ReadFile(h.path("port")); err == nil && !another {
		number, err := strconv.Atoi(strings.TrimSpace(string(kept)))
		if err == nil && port.Unused(ctx, number) {
			return number, nil
		}
	}
	return port.NewFinder().Any(ctx)
}

func (h *home) keepPort(port int) error {
	if err := os.WriteFile(h.path("port"), []byte(strconv.Itoa(port)), 0o600); err != nil {
		return fmt.Errorf("keep the port: %w", err)
	}
	return nil
}

// adopt returns the server that runs in the folder already, nil when none does.
func (h *home) adopt(ctx context.Context) *Server {
	pid, port, err := h.postmaster()
	if err != nil || syscall.Kill(pid, 0) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	// Our password opens it: it is this cluster, and not another one on a port of the same number.
	conn, err := pgx.Connect(ctx, h.url(port, superuser))
	if err != nil {
		return nil
	}
	_ = conn.Close(ctx)
	return &Server{URL: h.url(port, superuser), PID: pid, Adopted: true, LogFile: h.path("postgres.log")}
}

// postmaster reads the file a running server keeps: the first line is its process, the fourth its port.
func (h *home) postmaster() (pid, port int, err error) {
	content, err := os.ReadFile(h.path("data/postmaster.pid"))
	if err != nil {
		return 0, 0, err
	}
	lines := strings.Split(string(content), "\n")
	if len(lines) < 4 {
		return 0, 0, errors.New("postmaster.pid is not complete")
	}
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return 0, 0, fmt.Errorf("postmaster.pid: %w", err)
	}
	port, err = strconv.Atoi(strings.TrimSpace(lines[3]))
	if err != nil {
		return 0, 0, fmt.Errorf("postmaster.pid: %w", err)
	}
	return pid, port, nil
}

func removeHome(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the cluster's folder: %w", err)
	}
	for _, folder := range []string{dir, standIn(dir)} {
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("remove the cluster: %w", err)
		}
	}
	return removeVolume(dir)
}
