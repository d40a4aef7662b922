package stack_test

import (
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/devstack/stack"
)

func TestDescriptionIsForTheUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stack.json")
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o644)) // left over by something careless
	require.NoError(t, stack.Stack{}.Write(path))
	found, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), found.Mode().Perm())
}

func TestDescriptionHasTheNamesThatProgramsReadItBy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stack.json")
	written := stack.Stack{StarterURL: "http://127.0.0.1:8080", TemporalNamespace: "default"}
	written.AddCredentials()
	require.NoError(t, written.Write(path))

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(content, &fields))
	for _, name := range []string{
		"starter_url", "temporal_address", "temporal_namespace", "temporal_ui_url", "platform_url", "database_url", "archive_url", "tokens", "webhook_secrets",
	} {
		require.Contains(t, fields, name)
	}
	read, err := stack.Read(path)
	require.NoError(t, err)
	require.Equal(t, written, read)
}

func TestReadingAnAbsentDescriptionSaysSo(t *testing.T) {
	_, err := stack.Read(filepath.Join(t.TempDir(), "stack.json"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestCredentialsHandedOutStayValid(t *testing.T) {
	var first stack.Stack
	first.AddCredentials()
	second := stack.Stack{Tokens: map[string]string{"viewer": first.Tokens["viewer"]}, WebhookSecrets: first.WebhookSecrets}
	second.AddCredentials()
	require.Equal(t, first.Tokens["viewer"], second.Tokens["viewer"])
	require.Equal(t, first.WebhookSecrets, second.WebhookSecrets)
	require.NotEqual(t, first.Tokens["legal"], second.Tokens["legal"])
}

func TestEveryRoleHasATokenAndThoseThatNeedASecondPersonHaveTwo(t *testing.T) {
	var described stack.Stack
	described.AddCredentials()
	holders := map[string]int{}
	for token, holder := range described.TokensFile() {
		require.Equal(t, token, described.Tokens[holder.Name])
		require.Len(t, holder.Roles, 1)
		holders[holder.Roles[0]]++
	}
	require.Equal(t, map[string]int{
		"ingest": 1, "viewer": 1, "operator": 2, "approver": 2, "legal": 2, "auditor": 1, "registry-editor": 1,
	}, holders)
	require.Len(t, described.TokensFile(), len(described.Tokens), "no two holders share a token")
}

func TestWebhookSecretsHaveTheStandardForm(t *testing.T) {
	var described stack.Stack
	described.AddCredentials()
	for _, source := range []string{"WORKDAY", "SUCCESSFACTORS"} {
		encoded, found := strings.CutPrefix(described.WebhookSecrets[source], "whsec_")
		require.True(t, found)
		key, err := base64.StdEncoding.DecodeString(encoded)
		require.NoError(t, err)
		require.Len(t, key, 32)
	}
	require.NotEqual(t, described.WebhookSecrets["WORKDAY"], described.WebhookSecrets["SUCCESSFACTORS"])
}
