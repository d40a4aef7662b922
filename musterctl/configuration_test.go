package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheStackIsFoundFromAnyFolderBelowItAndItsTokensByRole(t *testing.T) {
	o := openOffice(t)
	o.done("agents", "list")
	o.done("mapping", "versions")
	o.done("audit", "verify")
	require.Equal(t, []string{
		"Bearer a-token-for-the-role-viewer", "Bearer a-token-for-the-role-viewer", "Bearer a-token-for-the-role-auditor",
	}, o.authorizations)
}

func TestAsPicksAnotherTokenOfTheStack(t *testing.T) {
	o := openOffice(t)
	o.done("agents", "list", "--as", "legal")
	require.Equal(t, []string{"Bearer a-token-for-the-role-legal"}, o.authorizations)
	got := o.run("agents", "list", "--as", "chef")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errors, "team-lead", "it says which there are")
	require.NotContains(t, got.errors, "a-token-for")
}

func TestFlagAndEnvironmentComeBeforeTheStack(t *testing.T) {
	o := openOffice(t)
	o.variables["MUSTER_SERVER"] = o.url
	o.variables["MUSTER_TOKEN"] = "a-token-for-the-role-operator"
	o.done("agents", "list")
	require.Equal(t, []string{"Bearer a-token-for-the-role-operator"}, o.authorizations)

	o.variables["MUSTER_SERVER"] = "http://127.0.0.1:1"
	o.done("agents", "list", "--server", o.url)
}

func TestTheStacksTokensNeverGoToAnotherServer(t *testing.T) {
	o := openOffice(t)
	var seen []string
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
	}))
	t.Cleanup(stranger.Close)
	o.run("agents", "list", "--server", stranger.URL)
	o.run("agents", "list", "--server", stranger.URL, "--as", "legal")
	require.Equal(t, []string{"", ""}, seen, "--as picks nothing for a server that was given")
}

func TestAsIsIgnoredWhereAServerIsGiven(t *testing.T) {
	o := openOffice(t)
	o.variables["MUSTER_SERVER"] = o.url
	o.variables["MUSTER_TOKEN"] = "a-token-for-the-role-operator"
	o.done("agents", "list", "--as", "legal")
	require.Equal(t, []string{"Bearer a-token-for-the-role-operator"}, o.authorizations)
}

func TestATokenOfTheEnvironmentIsNotSentToAStackThatHappensToBeHere(t *testing.T) {
	o := openOffice(t)
	o.variables["MUSTER_TOKEN"] = "a-token-for-another-server"
	got := o.run("agents", "list")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errors, "MUSTER_SERVER")
	require.NotContains(t, got.errors, "a-token-for")
	require.Empty(t, o.authorizations)

	o.done("agents", "list", "--as", "legal")
	require.Equal(t, []string{"Bearer a-token-for-the-role-legal"}, o.authorizations, "the stack's own was asked for")
}

func TestAStackFileThatIsBrokenOrNoneIsSaid(t *testing.T) {
	o := openOffice(t)
	o.directory = t.TempDir()
	got := o.run("agents", "list")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errors, "make up")

	require.NoError(t, os.Mkdir(filepath.Join(o.directory, ".muster"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(o.directory, ".muster", "stack.json"), []byte("{"), 0o600))
	got = o.run("agents", "list")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "stack.json")
}

// moved gives the stack's file another name, out of the place where it is looked for.
func moved(o *office) string {
	o.t.Helper()
	path := filepath.Join(o.t.TempDir(), "other-stack.json")
	require.NoError(o.t, os.Rename(filepath.Join(o.directory, "..", "..", "..", ".muster", "stack.json"), path))
	return path
}

func TestAnotherStackIsNamedByFlagOrEnvironment(t *testing.T) {
	o := openOffice(t)
	path := moved(o)
	require.Equal(t, exitUsage, o.run("agents", "list").code)
	o.variables["MUSTER_STACK"] = path
	o.done("agents", "list")
	o.variables["MUSTER_STACK"] = filepath.Join(t.TempDir(), "no-such.json")
	o.done("agents", "list", "--stack", path)
	require.Len(t, o.authorizations, 2)
}

func TestTheStackNamedByTheFlagComesBeforeTheServerOfTheEnvironment(t *testing.T) {
	o := openOffice(t)
	o.variables["MUSTER_SERVER"] = "http://127.0.0.1:1"
	o.done("agents", "list", "--stack", moved(o))
}

func TestAServerAndAStackAtOnceAreWrongUsage(t *testing.T) {
	o := openOffice(t)
	got := o.run("agents", "list", "--stack", moved(o), "--server", o.url)
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errors, "want one of them")
}

func TestANamedStackThatIsNotThereIsSaid(t *testing.T) {
	o := openOffice(t)
	got := o.run("agents", "list", "--stack", "no-such.json")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.errors, "no-such.json")
}
