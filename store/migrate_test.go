package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/store"
	"muster/testenv"
)

// schema describes everything migrations make: columns, constraints, indexes, triggers, functions, rights.
func schema(t testing.TB, url string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `
		select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
		from information_schema.columns where table_schema = 'public'
		union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
		where connamespace = 'public'::regnamespace
		union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
		union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
		union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
		union all select 'right ' || table_name || ' ' || privilege_type from information_schema.role_table_grants where grantee = 'muster_app'
		order by 1`)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

func TestMigrationsGoForwardAndBackAndForwardAgain(t *testing.T) {
	url := testenv.EmptyDatabase(t)
	require.NoError(t, store.Migrate(t.Context(), url))
	there := schema(t, url)
	_, wanted, err := store.MigrationVersion(t.Context(), url)
	require.NoError(t, err)

	// One step at a time: each going back leaves what the step before had made.
	before := map[int32]string{}
	for version := wanted - 1; version >= 0; version-- {
		require.NoError(t, store.MigrateTo(t.Context(), url, version))
		before[version] = schema(t, url)
	}
	for version := range wanted {
		require.NoError(t, store.MigrateTo(t.Context(), url, version))
		require.Equal(t, before[version], schema(t, url), "version %d", version)
	}
	require.NoError(t, store.Migrate(t.Context(), url))

	require.Equal(t, there, schema(t, url))
	require.NotContains(t, before[0], "hr_events")
	require.Contains(t, there, "hr_events")
}

func TestMigrationsRunAtOnceTakeTurns(t *testing.T) {
	url := testenv.EmptyDatabase(t)
	var (
		processes sync.WaitGroup
		errs      = make(chan error, 6)
	)
	for range 6 {
		processes.Go(func() { errs <- store.Migrate(t.Context(), url) })
	}
	processes.Wait()

	for range 6 {
		require.NoError(t, <-errs)
	}
}

func TestDatabasesOfOneServerMayBeMigratedAtOnce(t *testing.T) {
	var processes sync.WaitGroup
	errs := make(chan error, 4)
	for range 4 {
		url := testenv.EmptyDatabase(t)
		processes.Go(func() { errs <- store.Migrate(t.Context(), url) })
	}
	processes.Wait()

	for range 4 {
		require.NoError(t, <-errs)
	}
}

func TestADatabaseThatIsBehindIsNotReady(t *testing.T) {
	url := testenv.EmptyDatabase(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	defer s.Close()

	var behind *store.NotMigratedError
	require.ErrorAs(t, s.Ping(t.Context()), &behind)
	require.Zero(t, behind.Have)

	require.NoError(t, store.Migrate(t.Context(), url))
	require.NoError(t, s.Ping(t.Context()))
	have, wanted, err := store.MigrationVersion(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, wanted, have)
}

func TestAProcessMayStartWhilePostgreSQLIsDown(t *testing.T) {
	s, err := store.Open(t.Context(), "postgres://muster:secret-word@127.0.0.1:1/muster?connect_timeout=2")
	require.NoError(t, err)
	defer s.Close()

	err = s.Ping(t.Context())

	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret-word")
}

// PostgreSQL 16 and later tell apart who may administer a role, as whoever created it, and who may take it on.
func TestWhoeverMigratesIsGrantedTheApplicationRole(t *testing.T) {
	url := testenv.EmptyDatabase(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), "revoke muster_app from current_user")
	if err != nil {
		require.ErrorContains(t, err, "does not exist", "the first migration of the server creates it")
	}

	require.NoError(t, store.Migrate(t.Context(), url))

	require.NotZero(t, count(t, conn, "pg_auth_members where roleid = 'muster_app'::regrole and member = current_user::regrole"))
}

// A user that may not create roles gets everything but the application role.
func TestAUserWithoutTheRightToCreateRolesMayMigrate(t *testing.T) {
	url := testenv.EmptyDatabase(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	name := strings.ToLower("plain_" + conn.Config().Database)
	for _, statement := range []string{
		"create role " + name + " login password 'plain'",
		"grant create on database " + conn.Config().Database + " to " + name,
		"grant all on schema public to " + name,
	} {
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		cleaner, err := pgx.Connect(context.Background(), url)
		require.NoError(t, err)
		defer func() { _ = cleaner.Close(context.Background()) }()
		_, err = cleaner.Exec(context.Background(), "drop owned by "+name+" cascade; drop role "+name)
		require.NoError(t, err)
	})
	plain := strings.Replace(url, conn.Config().User+":"+conn.Config().Password+"@", name+":plain@", 1)

	require.NoError(t, store.Migrate(t.Context(), plain))

	s, err := store.Open(t.Context(), plain)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Ping(t.Context()))
	require.Equal(t, name, s.CurrentRole(t))
	require.NoError(t, s.Audit(t.Context(), store.AuditFact{Action: "test.fact"}))
	_, err = s.SealAudit(t.Context())
	require.NoError(t, err)
}
