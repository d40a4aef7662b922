package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// clusterSettings keeps Debian's package from making and starting a cluster of its own on port 5432: the programs are all we want.
const clusterSettings = "/etc/postgresql-common/createcluster.conf"

// installPackage installs the server's programs with apt-get, where we are root and there is one.
func installPackage(ctx context.Context, o Options) error {
	if os.Geteuid() != 0 {
		return errors.New("not root, so nothing is installed")
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("no apt-get here, so nothing is installed")
	}
	if err := os.MkdirAll("/etc/postgresql-common", 0o755); err != nil {
		return fmt.Errorf("prepare the package's settings: %w", err)
	}
	if _, err := os.Stat(clusterSettings); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(clusterSettings, []byte("create_main_cluster = false\n"), 0o644); err != nil {
			return fmt.Errorf("prepare the package's settings: %w", err)
		}
	}
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

func installSteps() [][]string {
	return [][]string{
		{"update", "--quiet"},
		{"install", "--quiet", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "postgresql"},
	}
}
