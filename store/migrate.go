package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/tern/v2/migrate"
)

// The migrations. Their embedding makes a program carry the schema it needs.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// versionTable names the schema's version. Its name is Muster's own, because a database may be shared.
const versionTable = "muster_schema_version"

// Migrate brings the database to the version this program needs. Several may call it at once: an advisory lock makes them take
// turns. Each migration is one transaction.
func Migrate(ctx context.Context, url string) error {
	wanted, err := wantedVersion()
	if err != nil {
		return err
	}
	return MigrateTo(ctx, url, wanted)
}

// MigrateTo brings the database forward or back to a version; 0 is an empty one. Going back drops what was recorded since.
func MigrateTo(ctx context.Context, url string, version int32) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to migrate: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	migrator, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return fmt.Errorf("prepare the version table: %w", err)
	}
	files, err := migrations()
	if err != nil {
		return err
	}
	if err := migrator.LoadMigrations(files); err != nil {
		return fmt.Errorf("load the migrations: %w", err)
	}
	if err := migrator.MigrateTo(ctx, version); err != nil {
		return fmt.Errorf("migrate to version %d: %w", version, err)
	}
	return nil
}

// MigrationVersion returns the version the database has (0: none) and the one this program needs.
func MigrationVersion(ctx context.Context, url string) (have, wanted int32, err error) {
	if wanted, err = wantedVersion(); err != nil {
		return 0, 0, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, wanted, fmt.Errorf("connect to read the schema version: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	have, err = schemaVersion(ctx, conn)
	return have, wanted, err
}

// AuditRows counts the rows of the audit trail; none where the database has no such table.
func AuditRows(ctx context.Context, url string) (rows int64, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("connect to count the audit rows: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var present bool
	if err := conn.QueryRow(ctx, "select to_regclass('audit') is not null").Scan(&present); err != nil || !present {
		return 0, err
	}
	if err := conn.QueryRow(ctx, "select count(*) from audit").Scan(&rows); err != nil {
		return 0, fmt.Errorf("count the audit rows: %w", err)
	}
	return rows, nil
}

// MigrationsDigest is the hex SHA-256 of all migrations in their order: equal digests, equal schemas.
func MigrationsDigest() (string, error) {
	files, err := migrations()
	if err != nil {
		return "", err
	}
	names, err := migrate.FindMigrations(files)
	if err != nil {
		return "", fmt.Errorf("list the migrations: %w", err)
	}
	digest := sha256.New()
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return "", fmt.Errorf("read migration %s: %w", name, err)
		}
		fmt.Fprintf(digest, "%s %d ", name, len(content))
		digest.Write(content)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

func migrations() (fs.FS, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open the embedded migrations: %w", err)
	}
	return files, nil
}

func wantedVersion() (int32, error) {
	files, err := migrations()
	if err != nil {
		return 0, err
	}
	found, err := migrate.FindMigrations(files)
	if err != nil {
		return 0, fmt.Errorf("list the migrations: %w", err)
	}
	return int32(len(found)), nil //nolint:gosec // a handful of files
}

// schemaVersion is 0 for a database that was never migrated.
func schemaVersion(ctx context.Context, db database) (version int32, err error) {
	var present bool
	if err := db.QueryRow(ctx, "select to_regclass($1) is not null", versionTable).Scan(&present); err != nil {
		return 0, err
	}
	if !present {
		return 0, nil
	}
	err = db.QueryRow(ctx, "select version from "+versionTable).Scan(&version)
	return version, err
}
