package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/devstack/demo"
	"muster/devstack/stack"
)

// demoDatabases is how the name of every database of a demo begins.
const demoDatabases = "muster_demo_"

// playDemo starts a stack of its own with nothing in it, beside one that `up` may have left running, and plays the story on
// it. With once it stops everything again and fails unless every check passed; else it leaves the stack running to look at.
func playDemo(ctx context.Context, root string, once bool, out io.Writer) error {
	f := demoFolder(root)
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := clearDemo(f, out); err != nil {
		return err
	}
	l, err := newLaunch(ctx, f, out)
	if err != nil {
		return err
	}
	var made demoDatabase
	if err := l.startAll(made.choose); err != nil {
		return errors.Join(l.why(err), l.stopEverything())
	}
	passed, failed := demo.Run(l.ctx, l.stack, out)
	if err := l.why(l.ctx.Err()); err != nil {
		return errors.Join(err, l.stopEverything())
	}
	fmt.Fprintf(out, "demo: %d checks passed, %d failed\n", passed, failed)
	if once {
		err = l.stopEverything()
		if made.foreign {
			err = errors.Join(err, made.drop(context.WithoutCancel(ctx)))
		}
	} else {
		err = l.invite()
	}
	if err == nil && failed > 0 {
		return errReported
	}
	return err
}

// clearDemo stops what an earlier demo has left running and forgets its state.
func clearDemo(f folder, out io.Writer) error {
	running, err := readRecords(f)
	if err != nil {
		return err
	}
	if alive, _ := running.split(); len(alive) > 0 {
		fmt.Fprintln(out, "demo: stopping the demo that was left running")
	}
	if err := running.stopAll(f, io.Discard); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(f.inside(partTemporal)), os.RemoveAll(f.inside("platform.json")))
}

// invite tells a person what can be done with the stack that stays up. Where nothing else runs, it is also made the stack
// that musterctl finds.
func (l *launch) invite() error {
	described := l.folder.stack()
	main := upFolder(l.root)
	running, err := readRecords(main)
	if err != nil {
		return err
	}
	if alive, _ := running.split(); len(alive) == 0 {
		described = main.stack()
		if err := l.stack.Write(described); err != nil {
			return err
		}
	}
	fmt.Fprintf(l.out, "\nThe stack stays up.\n  Temporal UI      %s\n  API              %s/v1/docs\n  tokens, secrets  %s\n",
		l.stack.TemporalUIURL, l.stack.StarterURL, l.relative(described))
	links, err := recentWorkflows(l.ctx, l.stack, 3)
	if err != nil {
		return err
	}
	for _, link := range links {
		fmt.Fprintf(l.out, "  workflow         %s\n", link)
	}
	fmt.Fprintf(l.out, "\nTo try next:\n"+
		"  %[1]s agents list\n  %[1]s agents explain WD-EMP-99284\n  %[1]s reviews list\n  make logs\n  make down\n",
		l.relative(l.program("musterctl")))
	return nil
}

// demoDatabase is the database a demo makes for itself, so that it begins with nothing and touches nothing of anybody's.
type demoDatabase struct {
	server, name string
	// foreign: the server is not the stack's own, so what was made there is dropped again.
	foreign bool
}

// choose makes the database. In the stack's own server those of earlier demos are dropped.
func (d *demoDatabase) choose(ctx context.Context, server string) (string, error) {
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("make the demo's database: %w", err)
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	d.server, d.foreign = server, os.Getenv(envDatabaseURL) != ""
	d.name = demoDatabases + strconv.FormatInt(time.Now().UnixNano(), 36)
	if !d.foreign {
		if err := dropDemoDatabases(ctx, connection); err != nil {
			return "", err
		}
	}
	if _, err := connection.Exec(ctx, "create database "+pgx.Identifier{d.name}.Sanitize()); err != nil {
		return "", fmt.Errorf("make the demo's database: %w", err)
	}
	return stack.WithDatabase(server, d.name)
}

func (d *demoDatabase) drop(ctx context.Context) error {
	connection, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return fmt.Errorf("drop the demo's database: %w", err)
	}
	defer func() { _ = connection.Close(ctx) }()
	if _, err := connection.Exec(ctx, "drop database "+pgx.Identifier{d.name}.Sanitize()+" with (force)"); err != nil {
		return fmt.Errorf("drop the demo's database: %w", err)
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
