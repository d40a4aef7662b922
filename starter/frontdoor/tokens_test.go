package frontdoor_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/frontdoor"
)

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestATokenFindsItsActorAndAnotherFindsNone(t *testing.T) {
	tokens, err := frontdoor.ReadTokens(file(t, `{"a-long-enough-token": {"name": "ana", "roles": ["viewer", "approver"]}}`))
	require.NoError(t, err)

	ana, found := tokens.Find("a-long-enough-token")
	require.True(t, found)
	require.Equal(t, "ana", ana.Name)
	require.True(t, ana.Has(api.RoleApprover))
	require.False(t, ana.Has(api.RoleLegal))

	_, found = tokens.Find("a-long-enough-tokem")
	require.False(t, found)
	_, found = tokens.Find("")
	require.False(t, found)
}

func TestTokensThatWouldNotProtectAreRefusedAtTheStart(t *testing.T) {
	for name, content := range map[string]string{
		"short":        `{"short": {"name": "ana", "roles": ["viewer"]}}`,
		"unknown role": `{"a-long-enough-token": {"name": "ana", "roles": ["root"]}}`,
		"nobody":       `{"a-long-enough-token": {"name": "", "roles": ["viewer"]}}`,
		"another form": `["a-long-enough-token"]`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := frontdoor.ReadTokens(file(t, content))
			require.Error(t, err)
			require.NotContains(t, err.Error(), "a-long-enough-token", "a token must not get into a log")
		})
	}
	_, err := frontdoor.ReadTokens(filepath.Join(t.TempDir(), "none.json"))
	require.Error(t, err)
}
