package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/devstack/stack"
	"muster/testenv"
)

// onForeignServer makes a demo's database on a server that is not the demo's own, and returns its URL and a way to ask whether
// it is still there.
func onForeignServer(t *testing.T, f folder) (database string, exists func() bool) {
	t.Helper()
	require.NoError(t, os.MkdirAll(f.path, 0o755))
	server := testenv.EmptyDatabase(t)
	t.Setenv(envDatabaseURL, server)
	database, err := makeDemoDatabase(f)(t.Context(), server)
	require.NoError(t, err)
	name := database[strings.LastIndex(database, demoDatabases):]
	name, _, _ = strings.Cut(name, "?")
	return database, func() bool {
		connection, err := pgx.Connect(t.Context(), server)
		require.NoError(t, err)
		defer func() { require.NoError(t, connection.Close(t.Context())) }()
		var found bool
		require.NoError(t, connection.QueryRow(t.Context(), "select exists (select from pg_database where datname = $1)", name).Scan(&found))
		return found
	}
}

func TestDownDropsTheDatabaseThatADemoMadeOnAnotherServer(t *testing.T) {
	f := demoFolder(t.TempDir())
	_, exists := onForeignServer(t, f)
	require.True(t, exists())
	t.Setenv(envDatabaseURL, "") // down may be called from a shell that does not know the server
	require.NoError(t, down(f.root, &bytes.Buffer{}))
	require.False(t, exists())
	require.NoFileExists(t, f.demoDatabase())
}

func TestTheNextDemoDropsTheDatabaseOfTheLast(t *testing.T) {
	f := demoFolder(t.TempDir())
	database, exists := onForeignServer(t, f)
	connection, err := pgx.Connect(t.Context(), database) // a session left open does not keep it
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close(t.Context()) })
	require.NoError(t, clearDemo(t.Context(), f, &bytes.Buffer{}))
	require.False(t, exists())
}

func TestADemoThatFailsToStartLeavesNoDatabaseBehind(t *testing.T) {
	f := demoFolder(t.TempDir())
	l, err := newLaunch(t.Context(), f, &bytes.Buffer{})
	require.NoError(t, err)
	_, exists := onForeignServer(t, f)
	require.NoError(t, l.endDemo(t.Context()))
	require.False(t, exists())
}

func TestADatabaseThatCannotBeDroppedIsNotForgotten(t *testing.T) {
	f := demoFolder(t.TempDir())
	require.NoError(t, stack.WriteJSON(f.demoDatabase(),
		demoDatabase{ServerURL: "postgres://muster:a-password@127.0.0.1:1/muster", Name: "muster_demo_lost"}))
	err := down(f.root, &bytes.Buffer{})
	require.ErrorContains(t, err, "muster_demo_lost")
	require.ErrorContains(t, err, ".muster/demo/database.json")
	require.NotContains(t, err.Error(), "a-password")
	require.FileExists(t, f.demoDatabase())
}

func TestWhatToTryNamesTheDemosStackWhereMusterctlFindsAnother(t *testing.T) {
	f := demoFolder("/repository")
	require.Contains(t, tryNext(f, f.stack()), ".muster/bin/musterctl --stack .muster/demo/stack.json agents list")
	require.NotContains(t, tryNext(f, upFolder(f.root).stack()), "--stack")
}
