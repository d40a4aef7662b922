package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/devstack/stack"
)

// demoDatabases is how the name of every database of a demo begins.
const demoDatabases = "muster_demo_"

// demoDatabase is a database that a demo has made on a server that is not its own. It is kept in a file until it is dropped,
// so that whichever command comes next can do that.
type demoDatabase struct {
	ServerURL string `json:"server_url"` // with the password: the file is for the user alone
	Name      string `json:"name"`
}

// makeDemoDatabase makes a database for a demo alone, so that it begins with nothing and touches nothing of anybody's. In the
// stack's own server those of earlier demos are dropped; on one that the user has named, others may be playing a demo too.
func makeDemoDatabase(f folder) databaseChoice {
	return func(ctx context.Context, server string) (string, error) {
		connection, err := pgx.Connect(ctx, server)
		if err != nil {
			return "", fmt.Errorf("make the demo's database: %w", err)
		}
		defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
		name := demoDatabases + strconv.FormatInt(time.Now().UnixNano(), 36)
		if os.Getenv(envDatabaseURL) == "" {
			err = dropDemoDatabases(ctx, connection)
		} else {
			// Before it is there: one that is kept and was never made does no harm.
			err = stack.WriteJSON(f.demoDatabase(), demoDatabase{ServerURL: server, Name: name})
		}
		if err != nil {
			return "", err
		}
		if _, err := connection.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()); err != nil {
			return "", fmt.Errorf("make the demo's database: %w", err)
		}
		return stack.WithDatabase(server, name)
	}
}

// hasDemoDatabase: a demo of this folder has left a database on a server that is not its own.
func hasDemoDatabase(f folder) bool {
	_, err := os.Stat(f.demoDatabase())
	return err == nil
}

// dropDemoDatabase drops the database that is kept in the folder, if any, and forgets it.
func dropDemoDatabase(ctx context.Context, f folder) error {
	content, err := os.ReadFile(f.demoDatabase())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("drop the demo's database: %w", err)
	}
	var kept demoDatabase
	if err := json.Unmarshal(content, &kept); err != nil {
		return fmt.Errorf("drop the demo's database: read %s: %w", f.relative(f.demoDatabase()), err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	connection, err := pgx.Connect(ctx, kept.ServerURL)
	if err != nil {
		return fmt.Errorf("drop the demo's database %s: %w (if that server is gone for good, remove %s)",
			kept.Name, err, f.relative(f.demoDatabase()))
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	if _, err := connection.Exec(ctx, "drop database if exists "+pgx.Identifier{kept.Name}.Sanitize()+" with (force)"); err != nil {
		return fmt.Errorf("drop the demo's database %s: %w", kept.Name, err)
	}
	if err := os.Remove(f.demoDatabase()); err != nil {
		return fmt.Errorf("forget the demo's database: %w", err)
	}
	return nil
}

func dropDemoDatabases(ctx context.Context, connection *pgx.Conn) error {
	rows, err := connection.Query(ctx, "select datname from pg_database where starts_with(datname, $1)", demoDatabases)
	if err != nil {
		return fmt.Errorf("list the databases of earlier demos: %w", err)
	}
	earlier, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list the databases of earlier demos: %w", err)
	}
	for _, name := range earlier {
		if _, err := connection.Exec(ctx, "drop database "+pgx.Identifier{name}.Sanitize()+" with (force)"); err != nil {
			return fmt.Errorf("drop the database of an earlier demo: %w", err)
		}
	}
	return nil
}
