package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	// clusterSettings says what clusters Debian's package makes when it is installed.
	clusterSettings = "/etc/postgresql-common/createcluster.conf"
	// clusterSettingsShipped is what the package puts there when it finds nothing.
	clusterSettingsShipped = "/usr/share/postgresql-common/createcluster.conf"
)

// installPackage installs the server's programs with apt-get, where we are root and there is one.
func installPackage(ctx context.Context, o Options) (err error) {
	if os.Geteuid() != 0 {
		return errors.New("not root, so nothing is installed")
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("no apt-get here, so nothing is installed")
	}
	restore, err := withoutCluster(clusterSettings, clusterSettingsShipped, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	o.say("installing the package postgresql with apt-get")
	for _, args := range installSteps() {
		step := exec.CommandContext(ctx, "apt-get", args...)
		step.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1")
		if output, err := step.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(string(output)))
		}
	}
	return nil
}

// withoutCluster keeps the package from making and starting a cluster of its own on port 5432: the programs are all we want.
// Settings that somebody has made are left alone. restore puts what the package ships in the place of ours, so that a later
// installation does what its user expects.
func withoutCluster(settings, shipped string, o Options) (restore func() error, err error) {
	if _, err := os.Stat(settings); !errors.Is(err, os.ErrNotExist) {
		return func() error { return nil }, err
	}
	o.say("writing create_main_cluster = false to %s while the package is installed", settings)
	if err := os.MkdirAll(filepath.Dir(settings), 0o755); err != nil {
		return nil, fmt.Errorf("prepare the package's settings: %w", err)
	}
	if err := os.WriteFile(settings, []byte("create_main_cluster = false\n"), 0o644); err != nil {
		return nil, fmt.Errorf("prepare the package's settings: %w", err)
	}
	return func() error {
		content, err := os.ReadFile(shipped)
		switch {
		case errors.Is(err, os.ErrNotExist):
			o.say("removing %s", settings)
			err = os.Remove(settings)
		case err == nil:
			o.say("putting the package's own settings in %s", settings)
			err = os.WriteFile(settings, content, 0o644)
		}
		if err != nil {
			return fmt.Errorf("restore the package's settings in %s: %w", settings, err)
		}
		return nil
	}, nil
}

func installSteps() [][]string {
	return [][]string{
		{"update", "--quiet"},
		{"install", "--quiet", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "postgresql"},
	}
}
