package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// image is what Docker runs where no programs are installed.
const image = "postgres:17.6"

// container runs the server in Docker. The client stays in the foreground and hands signals on, so that it can be watched and
// stopped like a server of this machine.
type container struct {
	home    *home
	options Options
}

// dockerAnswers: a client without an engine is no use.
func dockerAnswers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, "docker", "info").Run() == nil
}

// prepare fetches the image, which may take a while; the image's own entry point makes the cluster.
func (c *container) prepare(ctx context.Context) error {
	if exec.CommandContext(ctx, "docker", "image", "inspect", image).Run() == nil {
		return nil
	}
	c.options.say("fetching %s", image)
	if output, err := exec.CommandContext(ctx, "docker", "pull", "--quiet", image).CombinedOutput(); err != nil {
		return fmt.Errorf("fetch %s: %w\n%s", image, err, strings.TrimSpace(string(output)))
	}
	return nil
}

func (c *container) command(port int) command {
	name := containerName(c.home.folder)
	args := []string{
		"run", "--rm", "--name", name, "--publish", "127.0.0.1:" + strconv.Itoa(port) + ":5432",
		"--volume", name + ":/var/lib/postgresql/data", "--env", "POSTGRES_USER=" + superuser, "--env", "POSTGRES_PASSWORD",
		"--stop-signal", "SIGINT", image, "postgres",
	}
	for _, setting := range settings(c.options.Fast) {
		args = append(args, "-c", setting)
	}
	// The password travels in the environment: a command line can be read by everyone.
	return command{path: "docker", args: args, environment: append(os.Environ(), "POSTGRES_PASSWORD="+c.home.password)}
}

func containerName(folder string) string { return "muster-postgres-" + key(folder) }

// removeVolume removes what Docker kept for the folder, or for its stand-in; no Docker, nothing kept.
func removeVolume(dir string) error {
	if _, err := exec.LookPath("docker"); err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, folder := range []string{dir, standIn(dir)} {
		name := containerName(filepath.Clean(folder))
		if exec.CommandContext(ctx, "docker", "volume", "inspect", name).Run() != nil {
			continue
		}
		if output, err := exec.CommandContext(ctx, "docker", "volume", "rm", name).CombinedOutput(); err != nil {
			return fmt.Errorf("remove the volume %s: %w\n%s", name, err, strings.TrimSpace(string(output)))
		}
	}
	return nil
}
