package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"muster/store"
)

// migrate brings the database to a version, or says which it has.
func migrate(ctx context.Context, read configuration, arguments []string, out io.Writer) error {
	url, err := read.database()
	if err != nil {
		return err
	}
	arguments, dropRecord := withoutFlag(arguments, dropRecordFlag)
	target, asked, err := migrationTarget(arguments)
	if err != nil {
		return err
	}
	if err := read.waitForDatabase(ctx, url); err != nil {
		return err
	}
	before, newest, err := store.MigrationVersion(ctx, url)
	if err != nil {
		return err
	}
	if asked == statusOnly {
		fmt.Fprintf(out, "database: at version %d, this program needs %d\n", before, newest)
		return nil
	}
	if asked == toNewest {
		target = newest
	}
	if target > newest {
		return fmt.Errorf("migrate to version %d: this program knows versions 0 to %d", target, newest)
	}
	if target < before && !dropRecord {
		if err := refuseToDropTheRecord(ctx, url); err != nil {
			return err
		}
	}
	if err := store.MigrateTo(ctx, url, target); err != nil {
		return err
	}
	if before == target {
		fmt.Fprintf(out, "database: at version %d already\n", target)
		return nil
	}
	fmt.Fprintf(out, "database: migrated from version %d to %d\n", before, target)
	return nil
}

// dropRecordFlag says that whoever goes back knows what goes with it.
const dropRecordFlag = "--yes-drop-the-record"

func withoutFlag(arguments []string, flag string) (rest []string, given bool) {
	rest = slices.DeleteFunc(slices.Clone(arguments), func(argument string) bool { return argument == flag })
	return rest, len(rest) < len(arguments)
}

// refuseToDropTheRecord fails while the audit trail holds anything: what proves what was done cannot be had back.
func refuseToDropTheRecord(ctx context.Context, url string) error {
	rows, err := store.AuditRows(ctx, url)
	if err != nil {
		return err
	}
	if rows > 0 {
		return fmt.Errorf("going back drops what was recorded, and the audit trail has %d rows: want %s if that is meant", rows, dropRecordFlag)
	}
	return nil
}

// request is what a migrate command asks for.
type request int

const (
	toNewest request = iota
	toVersion
	statusOnly
)

func migrationTarget(arguments []string) (version int32, asked request, err error) {
	switch command := strings.Join(arguments, " "); command {
	case "", "up":
		return 0, toNewest, nil
	case "down":
		return 0, toVersion, nil
	case "status":
		return 0, statusOnly, nil
	default:
		text, named := strings.CutPrefix(command, "to ")
		if !named {
			return 0, 0, errUsage
		}
		number, err := strconv.ParseInt(text, 10, 32)
		if err != nil || number < 0 {
			return 0, 0, fmt.Errorf("migrate to: found %q, want a version number from 0 up", text)
		}
		return int32(number), toVersion, nil
	}
}

// waitForDatabase waits until the server takes connections. A refusal of our name, password or database is final.
func (c configuration) waitForDatabase(ctx context.Context, url string) error {
	if _, err := pgx.ParseConfig(url); err != nil {
		return errors.New("MUSTER_DATABASE_URL: not a postgres:// URL") // the parser's own words may show the password
	}
	return c.waitFor(ctx, "PostgreSQL", databaseStarts, func(ctx context.Context) error {
		connection, err := pgx.Connect(ctx, url)
		if err != nil {
			return fmt.Errorf("connect to PostgreSQL: %w", err)
		}
		return connection.Close(ctx)
	})
}

// databaseStarts says whether waiting may help: nothing listens yet, or the server says that it is starting (57P03).
func databaseStarts(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code == "57P03"
	}
	return true
}
