package testenv_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/mapping"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func names(t *testing.T) []string {
	t.Helper()
	maintenance, _ := testenv.Cluster(t)
	conn, err := pgx.Connect(t.Context(), maintenance)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), "select datname from pg_database")
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return found
}

func nameOf(t *testing.T, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	return config.Database
}

func TestADatabaseIsMigratedAndGoneAfterTheTest(t *testing.T) {
	var name string
	t.Run("a test", func(t *testing.T) {
		url := testenv.Database(t)
		name = nameOf(t, url)
		have, wanted, err := store.MigrationVersion(t.Context(), url)
		require.NoError(t, err)
		require.Equal(t, wanted, have)
		require.Contains(t, names(t), name)
	})

	require.NotContains(t, names(t), name)
}

func TestNoTestSeesAnothersRows(t *testing.T) {
	first, second := testenv.Store(t), testenv.Store(t)
	testenv.Publish(t, first, mapping.Example())

	_, err := second.NewestPublication(t.Context())

	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestAnEmptyDatabaseHasNoSchema(t *testing.T) {
	have, _, err := store.MigrationVersion(t.Context(), testenv.EmptyDatabase(t))
	require.NoError(t, err)
	require.Zero(t, have)
}
