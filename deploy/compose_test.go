// Package deploy_test holds the deployment's files against what they claim.
package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

// checkout copies what docker-compose.yml refers to into a folder of its own and makes the secrets there, as an operator does.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(root, "deploy"), os.DirFS(".")))
	for _, name := range []string{"docker-compose.yml", "Dockerfile"} {
		content, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, name), content, 0o600))
	}
	makeSecrets(t, root)
	return root
}

func makeSecrets(t *testing.T, root string) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "sh", filepath.Join(root, "deploy", "make-secrets.sh")).CombinedOutput()
	require.NoError(t, err, string(output))
}

// project loads docker-compose.yml as compose does, environment files included.
func project(t *testing.T, root string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")}, cli.WithWorkingDirectory(root))
	require.NoError(t, err)
	loaded, err := options.LoadProject(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	return loaded
}

// jobs run to their end; every other service stays.
var jobs = []string{"temporal-schema", "muster-migrate", "muster-setup"}

func TestComposeFileHasEveryPart(t *testing.T) {
	loaded := project(t, checkout(t))
	require.ElementsMatch(t, []string{
		"postgres", "temporal-schema", "temporal", "temporal-ui", "muster-migrate", "muster-setup", "worker-1", "worker-2", "starter",
	}, loaded.ServiceNames())
}

func TestEveryImageIsPinned(t *testing.T) {
	pinned := regexp.MustCompile(`:\d+\.\d+`)
	for name, service := range project(t, checkout(t)).Services {
		if service.Build != nil {
			continue // its own Dockerfile says what it is made of
		}
		require.Regexp(t, pinned, service.Image, name)
	}
}

func TestEveryServiceThatStaysIsWatchedAndRestarted(t *testing.T) {
	for name, service := range project(t, checkout(t)).Services {
		if slices.Contains(jobs, name) {
			require.Empty(t, service.Restart, name)
			continue
		}
		require.NotNil(t, service.HealthCheck, name)
		require.Equal(t, "unless-stopped", service.Restart, name)
	}
}

func TestNothingOfMusterStartsBeforeTheSetUpIsDone(t *testing.T) {
	loaded := project(t, checkout(t))
	for _, name := range []string{"worker-1", "worker-2", "starter"} {
		require.Equal(t, "service_completed_successfully", loaded.Services[name].DependsOn["muster-setup"].Condition, name)
	}
	setup := loaded.Services["muster-setup"].DependsOn
	require.Equal(t, "service_completed_successfully", setup["muster-migrate"].Condition)
	require.Equal(t, "service_healthy", setup["temporal"].Condition)
}

func TestNoSecretIsInTheComposeFile(t *testing.T) {
	root := checkout(t)
	content, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	require.NoError(t, err)
	secretName := regexp.MustCompile(`(?i)(password|pwd|secret|token|key)[a-z_]*:\s*(\S+)`)
	for _, line := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		if found := secretName.FindStringSubmatch(line); found != nil {
			require.True(t, strings.HasPrefix(found[2], "/run/secrets/") || strings.HasPrefix(found[2], "["), "a value in: %s", line)
		}
		require.NotContains(t, line, "postgres://")
	}
}

func TestSecretsAreNeverCommitted(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "git", "check-ignore", "secrets/tokens.json", "secrets/platform.env",
		"secrets/postgres-password").CombinedOutput()
	if strings.Contains(string(output), "not a git repository") {
		t.Log("not a clone: git has nothing to say about what it would commit")
		return
	}
	require.NoError(t, err, string(output))
	require.Len(t, strings.Fields(string(output)), 3)
}

func TestSecretsOnceMadeAreKept(t *testing.T) {
	root := checkout(t)
	read := func() map[string]string {
		contents := map[string]string{}
		entries, err := os.ReadDir(filepath.Join(root, "deploy", "secrets"))
		require.NoError(t, err)
		for _, entry := range entries {
			content, err := os.ReadFile(filepath.Join(root, "deploy", "secrets", entry.Name()))
			require.NoError(t, err)
			contents[entry.Name()] = string(content)
		}
		return contents
	}
	first := read()
	makeSecrets(t, root)
	require.Equal(t, first, read())
}

func TestProgramsLogInAsARoleThatCannotChangeTheSchema(t *testing.T) {
	loaded := project(t, checkout(t))
	for name, role := range map[string]string{
		"muster-migrate": "muster_owner", "worker-1": "muster", "worker-2": "muster", "starter": "muster",
	} {
		url := loaded.Services[name].Environment["MUSTER_DATABASE_URL"]
		require.NotNil(t, url, name)
		require.Contains(t, *url, "postgres://"+role+":", name)
	}
}

// TestTheFirstMappingIsLoadedByAServiceThatReachesTheDatabase holds the command in the compose file's head.
func TestTheFirstMappingIsLoadedByAServiceThatReachesTheDatabase(t *testing.T) {
	root := checkout(t)
	content, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	require.NoError(t, err)
	command := regexp.MustCompile(`(?m)^#   docker compose run .*:(\S+):ro" (\S+) setup mapping (\S+)$`).FindStringSubmatch(string(content))
	require.NotNil(t, command)
	require.Equal(t, command[1], command[3], "the file is read where it is mounted")
	require.NotNil(t, project(t, root).Services[command[2]].Environment["MUSTER_DATABASE_URL"])
}

func TestRemovedTokensAndWebhookSecretsAreRenewedAndNothingElse(t *testing.T) {
	root := checkout(t)
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(root, "deploy", "secrets", name))
		require.NoError(t, err)
		return string(content)
	}
	tokens, secrets, database := read("tokens.json"), read("webhook-secrets.json"), read("application.env")
	for _, name := range []string{"tokens.json", "webhook-secrets.json"} {
		require.NoError(t, os.Remove(filepath.Join(root, "deploy", "secrets", name)))
	}
	makeSecrets(t, root)
	require.NotEqual(t, tokens, read("tokens.json"))
	require.NotEqual(t, secrets, read("webhook-secrets.json"))
	require.Equal(t, database, read("application.env"))
}

func TestPublishedPortsAreOnTheLoopbackInterface(t *testing.T) {
	for name, service := range project(t, checkout(t)).Services {
		for _, published := range service.Ports {
			require.Equal(t, "127.0.0.1", published.HostIP, name)
		}
	}
}

func TestMustersContainersHaveNoRightsTheyDoNotNeed(t *testing.T) {
	loaded := project(t, checkout(t))
	for _, name := range []string{"muster-migrate", "muster-setup", "worker-1", "worker-2", "starter"} {
		service := loaded.Services[name]
		require.True(t, service.ReadOnly, name)
		require.Equal(t, []string{"ALL"}, service.CapDrop, name)
	}
}

func TestAWorkerIsGivenTimeToFinish(t *testing.T) {
	loaded := project(t, checkout(t))
	for _, name := range []string{"worker-1", "worker-2"} {
		// The worker's own default (MUSTER_WORKER_STOP_TIMEOUT) is 30 s.
		require.Greater(t, time.Duration(*loaded.Services[name].StopGracePeriod), 30*time.Second, name)
	}
}
