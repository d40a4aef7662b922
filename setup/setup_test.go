package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestMigrateUnderstandsItsTargets(t *testing.T) {
	for command, want := range map[string]struct {
		arguments []string
		version   int32
		asked     request
	}{
		"alone":     {nil, 0, toNewest},
		"up":        {[]string{"up"}, 0, toNewest},
		"down":      {[]string{"down"}, 0, toVersion},
		"to 3":      {[]string{"to", "3"}, 3, toVersion},
		"status":    {[]string{"status"}, 0, statusOnly},
		"to zero":   {[]string{"to", "0"}, 0, toVersion},
		"to max 32": {[]string{"to", "2147483647"}, 2147483647, toVersion},
	} {
		version, asked, err := migrationTarget(want.arguments)
		require.NoError(t, err, command)
		require.Equal(t, want.version, version, command)
		require.Equal(t, want.asked, asked, command)
	}
}

func TestMigrateRefusesOtherTargets(t *testing.T) {
	for _, number := range []string{"x", "-1", "2147483648", ""} {
		_, _, err := migrationTarget([]string{"to", number})
		require.ErrorContains(t, err, "want a version number", number)
	}
	_, _, err := migrationTarget([]string{"sideways"})
	require.ErrorIs(t, err, errUsage)
}

func TestWrongUsageExitsWithTwoAndTheUsage(t *testing.T) {
	for _, arguments := range [][]string{{}, {"bogus"}, {"mapping"}, {"temporal", "now"}} {
		var out, problems bytes.Buffer
		require.Equal(t, 2, run(t.Context(), arguments, &out, &problems), arguments)
		require.Contains(t, problems.String(), "usage: setup")
	}
}

func TestMissingDatabaseIsNamedByItsVariable(t *testing.T) {
	t.Setenv("MUSTER_DATABASE_URL", "")
	var out, problems bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"migrate"}, &out, &problems))
	require.Contains(t, problems.String(), "MUSTER_DATABASE_URL is not set")
}

func TestUnreadableDatabaseURLIsNotShown(t *testing.T) {
	t.Setenv("MUSTER_DATABASE_URL", "postgres://muster:s3cret@[broken/muster")
	var out, problems bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"migrate"}, &out, &problems))
	require.NotContains(t, problems.String(), "s3cret")
}

func TestWaitingGoesOnOnlyForWhatPasses(t *testing.T) {
	read := configuration{Wait: time.Minute}
	wrongPassword := &pgconn.PgError{Code: "28P01", Message: "password authentication failed"}
	tries := 0
	err := read.waitFor(t.Context(), "PostgreSQL", databaseStarts, func(context.Context) error {
		tries++
		if tries == 1 {
			return errors.New("connection refused")
		}
		return wrongPassword
	})
	require.ErrorIs(t, err, wrongPassword)
	require.Equal(t, 2, tries)
}

func TestWaitingEnds(t *testing.T) {
	err := configuration{Wait: time.Millisecond}.waitFor(t.Context(), "PostgreSQL", databaseStarts, func(context.Context) error {
		return errors.New("connection refused")
	})
	require.ErrorContains(t, err, "PostgreSQL does not answer after 1ms: connection refused")
}

func TestStartingDatabaseIsWaitedFor(t *testing.T) {
	require.True(t, databaseStarts(&pgconn.PgError{Code: "57P03"}))
	require.False(t, databaseStarts(&pgconn.PgError{Code: "3D000"}))
}
