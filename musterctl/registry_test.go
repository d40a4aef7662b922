package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/mapping"
	"muster/testenv"
)

// rulesFile is a file with the example's rules, billing's code replaced.
func rulesFile(t *testing.T, code string) string {
	t.Helper()
	return fileOf(t, "registry.yaml", strings.ReplaceAll(string(mapping.Example()), "SVC_BILLING", code))
}

func TestAVersionIsBroughtInForceFromTheCommandLine(t *testing.T) {
	o := openOffice(t)
	file := rulesFile(t, "SVC_INVOICES")
	planned := o.done("mapping", "plan", file)
	require.Contains(t, planned, "against nothing: this would be the first version")
	require.Contains(t, planned, "NOT CHECKED against a platform: no worker has run yet")
	require.Contains(t, planned, "next: musterctl mapping submit "+file)
	require.Contains(t, o.done("mapping", "submit", file, "--reason", "the first rules"),
		"mapping version 1: submitted; next, somebody else than the registry-editor: musterctl mapping approve 1")
	require.Equal(t, exitUnauthorised, o.run("mapping", "approve", "1", "--reason", "mine", "--as", "registry-editor").code)
	require.Equal(t, exitUsage, o.run("mapping", "approve", "1").code, "why is mandatory")
	require.Contains(t, o.done("mapping", "approve", "1", "--reason", "looked at"), "mapping version 1: approved; next: musterctl mapping publish 1")
	published := o.done("mapping", "publish", "1", "--reason", "today")
	require.Contains(t, published, "mapping version 1: published; in force since ")
	require.Contains(t, published, "musterctl mapping rollouts list")
	require.Contains(t, o.done("mapping", "versions"), "published")
	require.Contains(t, o.done("audit", "list", "--action", "mapping.published"), "the registry-editor")
	shown := o.done("mapping", "show")
	require.Contains(t, shown, "looked at")
	require.Contains(t, shown, "the approver")

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(text), o.done("mapping", "export"))
	written := filepath.Join(t.TempDir(), "out.yaml")
	o.done("mapping", "export", "1", "--file", written)
	exported, err := os.ReadFile(written)
	require.NoError(t, err)
	require.Equal(t, string(text), string(exported))
}

func TestAPlanPrintsMistakesAsACompilerDoesAndFails(t *testing.T) {
	o := openOffice(t)
	got := o.pipe("registry:\n  platform: genesys\n  time_zone: Mars/Olympus\nscope: {default: include}\n", "mapping", "plan", "-")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.out, "1 mistake to mend:\n  -:3: registry.time_zone: found \"Mars/Olympus\"")
	require.NotContains(t, got.out, "next:")
	refused := o.pipe("colours: [red]\n", "mapping", "submit", "-")
	require.Equal(t, exitRefused, refused.code)
	require.Contains(t, refused.errors, "line 1")
}

func TestADifferenceNamesTheRules(t *testing.T) {
	o := openOffice(t)
	testenv.Publish(t, o.store, mapping.Example())
	o.done("mapping", "submit", rulesFile(t, "SVC_INVOICES"), "--reason", "another code")
	for _, arguments := range [][]string{{"mapping", "diff", "2"}, {"mapping", "diff", "1", "2"}} {
		out := o.done(arguments...)
		require.Contains(t, out, "from version 1 to version 2, 2 differences:")
		require.Contains(t, out, "added skill SVC_INVOICES")
		require.Contains(t, out, "removed skill SVC_BILLING")
	}
	require.Contains(t, o.done("mapping", "diff", "2", "2"), "no difference")
	require.Equal(t, exitUsage, o.run("mapping", "diff", "two").code)
	require.Equal(t, exitNotFound, o.run("mapping", "diff", "9").code)
}

func TestGoingBackIsANewVersion(t *testing.T) {
	o := openOffice(t)
	testenv.Publish(t, o.store, mapping.Example())
	testenv.Publish(t, o.store, []byte(strings.ReplaceAll(string(mapping.Example()), "SVC_BILLING", "B")))
	require.Equal(t, exitUsage, o.run("mapping", "rollback", "1").code, "why is mandatory")
	require.Contains(t, o.done("mapping", "rollback", "1", "--reason", "B was wrong"), "mapping version 3: submitted")
	back := answer[api.MappingVersion](o, "mapping", "show", "3")
	require.Equal(t, string(mapping.Example()), back.YAML)
	require.Equal(t, "back to version 1: B was wrong", back.Reason)
	require.Contains(t, o.done("mapping", "withdraw", "3", "--reason", "after all not"), "mapping version 3: withdrawn")
}

func TestDraftsAreKeptAndSubmitted(t *testing.T) {
	o := openOffice(t)
	draft := answer[api.MappingDraft](o, "mapping", "draft", "save", rulesFile(t, "A"), "--reason", "first thoughts")
	o.done("mapping", "draft", "save", rulesFile(t, "B"), "--draft", draft.ID, "--reason", "second thoughts")
	require.Contains(t, o.done("mapping", "draft", "list"), "second thoughts")
	require.Contains(t, o.done("mapping", "draft", "show", draft.ID), "code: B")
	require.Contains(t, o.done("mapping", "draft", "submit", draft.ID), "mapping version 1: submitted")
	other := answer[api.MappingDraft](o, "mapping", "draft", "save", rulesFile(t, "C"))
	require.Contains(t, o.done("mapping", "draft", "discard", other.ID), "discarded")
	require.Equal(t, exitNotFound, o.run("mapping", "draft", "show", other.ID).code)
}

func TestRolloutsArePausedAndResumed(t *testing.T) {
	o := openOffice(t)
	testenv.Publish(t, o.store, mapping.Example())
	rollout := answer[api.Page[api.Rollout]](o, "mapping", "rollouts", "list").Items[0]
	require.Contains(t, o.done("mapping", "rollouts", "pause", rollout.ID, "--reason", "what is this?"), "paused, 0 of 0 people done")
	require.Contains(t, o.done("mapping", "rollouts", "show", rollout.ID), "what is this?")
	require.Contains(t, o.done("mapping", "rollouts", "resume", rollout.ID, "--reason", "as agreed"), "scheduled")
	require.Equal(t, exitRefused, o.run("mapping", "rollouts", "resume", rollout.ID, "--reason", "again").code)
}
