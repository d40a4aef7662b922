package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
)

// musterctl runs a command line as the holder of a role's token and returns what it printed and its exit code.
func (s *stack) musterctl(t *testing.T, role string, arguments ...string) (output string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(s.binaries, "musterctl"), arguments...)
	command.Env = []string{"MUSTER_SERVER=" + s.api.BaseURL, "MUSTER_TOKEN=" + token(role), "HOME=" + s.folder}
	command.Dir = s.folder
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return stdout.String(), exit.ExitCode()
	}
	require.NoError(t, err, stderr.String())
	return stdout.String(), 0
}

func TestMusterctlMovesWorkOn(t *testing.T) {
	t.Parallel()
	s := start(t)

	t.Run("the explanation of a waiting hire names the command that lets it go on", func(t *testing.T) {
		p := s.newPerson()
		hire := p.post("USER_CREATE", nil, p.sales())
		approval := p.openApproval(t)

		output, code := s.musterctl(t, "viewer", "agents", "explain", p.id, "--output", "json")
		require.Zero(t, code)
		var explanation api.Explanation
		require.NoError(t, json.Unmarshal([]byte(output), &explanation))
		require.Len(t, explanation.Blocks, 1)
		commands := explanation.Blocks[0].Commands
		require.NotEmpty(t, commands)
		require.Contains(t, commands[0], approval.ID)

		arguments := strings.Fields(strings.TrimPrefix(commands[0], "musterctl "))
		_, code = s.musterctl(t, "viewer", arguments...)
		require.Equal(t, 4, code, "a viewer may not")
		s.musterctlSucceeds(t, "approver", arguments...)
		s.comesOut(t, hire, "applied")
		_, code = s.musterctl(t, "approver", arguments...)
		require.Equal(t, 1, code, "it is decided already")
	})

	t.Run("a review is tried again when its cause is gone", func(t *testing.T) {
		p := s.newPerson()
		stranger, err := s.platform.Plant(genesystest.Plant{Name: new("Joanna Smith"), Email: &p.email, State: new("inactive")})
		require.NoError(t, err)
		hire := p.post("USER_CREATE", nil, p.hire(nil))
		review := p.isReviewed(t, "identity")
		_, err = s.platform.Change(stranger.ID, genesystest.Plant{Email: new("former." + p.email)})
		require.NoError(t, err)
		s.musterctlSucceeds(t, "operator", "reviews", "retry", review.ID, "--reason", "the old account gave the address up")
		s.comesOut(t, hire, "applied")
		left, _ := s.platform.User(stranger.ID)
		require.Equal(t, "inactive", left.State)
	})

	t.Run("a review is dismissed: the hire is given up, nothing has changed on the platform", func(t *testing.T) {
		p := s.newPerson()
		stranger, err := s.platform.Plant(genesystest.Plant{Name: new("Joanna Smith"), Email: &p.email, State: new("deleted")})
		require.NoError(t, err)
		hire := p.post("USER_CREATE", nil, p.hire(nil))
		review := p.isReviewed(t, "identity")
		s.musterctlSucceeds(t, "operator", "reviews", "dismiss", review.ID, "--reason", "hired by mistake")
		s.comesOut(t, hire, "dismissed")
		require.Equal(t, []genesystest.Truth{stranger}, s.platform.Users(genesystest.TruthFilter{Email: p.email}))
	})
}

func (s *stack) musterctlSucceeds(t *testing.T, role string, arguments ...string) {
	t.Helper()
	output, code := s.musterctl(t, role, arguments...)
	require.Zero(t, code, "musterctl %v: %s", arguments, output)
}
