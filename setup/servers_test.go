package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/devstack/temporal"
	"muster/mapping"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// does runs the command, which has to succeed, and returns what it says.
func does(t *testing.T, arguments ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	require.Equal(t, 0, run(t.Context(), arguments, &out, &problems), problems.String())
	return out.String()
}

func TestMigrateGoesForwardAndBackAndMayRunAgain(t *testing.T) {
	url := testenv.EmptyDatabase(t)
	t.Setenv("MUSTER_DATABASE_URL", url)
	require.Contains(t, does(t, "migrate", "status"), "at version 0")
	require.Contains(t, does(t, "migrate"), "migrated from version 0")
	require.Contains(t, does(t, "migrate", "up"), "already")
	have, wanted, err := store.MigrationVersion(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, wanted, have)
	require.Contains(t, does(t, "migrate", "to", "1"), "to 1")
	require.Contains(t, does(t, "migrate", "down"), "to 0")
}

func TestGoingBackIsRefusedWhileThereIsARecord(t *testing.T) {
	url := testenv.Database(t)
	t.Setenv("MUSTER_DATABASE_URL", url)
	does(t, "mapping", "example") // writes an audit row
	for _, arguments := range [][]string{{"migrate", "down"}, {"migrate", "to", "4"}} {
		var out, problems bytes.Buffer
		require.Equal(t, 1, run(t.Context(), arguments, &out, &problems), arguments)
		require.Contains(t, problems.String(), "--yes-drop-the-record")
	}
	require.Equal(t, []string{"setup"}, auditedActors(t, url, "mapping.published"), "nothing was dropped")
	require.Contains(t, does(t, "migrate", "up"), "already", "going forward needs no such word")

	require.Contains(t, does(t, "migrate", "down", "--yes-drop-the-record"), "to 0")
}

func TestMigrateRefusesAVersionItDoesNotKnow(t *testing.T) {
	t.Setenv("MUSTER_DATABASE_URL", testenv.EmptyDatabase(t))
	var out, problems bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"migrate", "to", "999"}, &out, &problems))
	require.Contains(t, problems.String(), "this program knows versions 0 to")
}

// auditedActors are the actors of an action's audit facts.
func auditedActors(t *testing.T, url, action string) []string {
	t.Helper()
	records, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	defer records.Close()
	rows, _, err := records.AuditTrail(t.Context(), store.AuditFilter{Action: action}, "", 0)
	require.NoError(t, err)
	actors := make([]string, len(rows))
	for i, row := range rows {
		actors[i] = row.Actor
	}
	return actors
}

func TestExampleIsForAnEmptyRegistryOnly(t *testing.T) {
	url := testenv.Database(t)
	t.Setenv("MUSTER_DATABASE_URL", url)
	require.Contains(t, does(t, "mapping", "example"), "version 1 published")
	require.Equal(t, []string{"setup"}, auditedActors(t, url, "mapping.published"))
	file := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(file, append(mapping.Example(), []byte("\n# a comment is no other rule\n")...), 0o600))
	require.Contains(t, does(t, "mapping", file), "version 1 says the same")
	require.Contains(t, does(t, "mapping", "../mapping/testdata/example_with_vip.yaml"), "version 1 stands; this is for an empty registry only")
}

func TestMappingWithMistakesIsNotAdded(t *testing.T) {
	url := testenv.Database(t)
	t.Setenv("MUSTER_DATABASE_URL", url)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(file, []byte("skils: {}\n"), 0o600))
	var out, problems bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"mapping", file}, &out, &problems))
	require.Contains(t, problems.String(), "rules.yaml:1")
	registry, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	defer registry.Close()
	_, err = registry.NewestPublication(t.Context())
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestTemporalIsPreparedOnceAndMayBeAskedAgain(t *testing.T) {
	address := os.Getenv("MUSTER_TEST_TEMPORAL_ADDRESS")
	if address == "" {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		server, err := temporal.Start(ctx, temporal.Options{
			Dir: t.TempDir(), Binaries: "../.muster/bin", InMemory: true, AnyPorts: true,
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Stop()) })
		address = server.Address
	}
	t.Setenv("TEMPORAL_ADDRESS", address)
	t.Setenv("TEMPORAL_NAMESPACE", "setup-"+time.Now().UTC().Format("150405.000000000"))
	t.Setenv("TEMPORAL_CONFIG_FILE", os.DevNull)

	first := does(t, "temporal")
	require.Contains(t, first, "created")
	require.Contains(t, first, "ExternalUserId, LifecycleState, NeedsAttention, Platform, PurgeAt")
	require.Contains(t, does(t, "temporal"), "has every search attribute already")
}

func TestTemporalThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	t.Setenv("TEMPORAL_CONFIG_FILE", os.DevNull)
	t.Setenv("MUSTER_SETUP_WAIT", "1ms")
	var out, problems bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"temporal"}, &out, &problems))
	require.Contains(t, problems.String(), "Temporal does not answer after 1ms")
}
