package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// up starts the stack unless it runs already. A stack of which a part has ended is named and started again as a whole, so that
// every part gets the addresses of the others.
func up(ctx context.Context, root string, out io.Writer) error {
	f := upFolder(root)
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()

	running, err := readRecords(f)
	if err != nil {
		return err
	}
	alive, ended := running.split()
	if len(running) > 0 && len(ended) == 0 && allReady(ctx, running) {
		fmt.Fprintf(out, "everything runs already; %s says where\n", f.relative(f.stack()))
		return nil
	}
	if len(alive) > 0 {
		ended.nameEnded(out)
		if err := alive.stopAll(f, out); err != nil {
			return err
		}
	}
	l, err := newLaunch(ctx, f, out)
	if err != nil {
		return err
	}
	if err := l.startAll(sameDatabase); err != nil {
		return errors.Join(l.why(err), l.stopEverything())
	}
	fmt.Fprintf(out, "\nready: starter %s, Temporal UI %s\naddresses, tokens and secrets: %s\n",
		l.stack.StarterURL, l.stack.TemporalUIURL, f.relative(f.stack()))
	return nil
}

// allReady asks every part that has a readiness page.
func allReady(ctx context.Context, parts records) bool {
	for _, part := range parts {
		if part.Ready != "" && ask(ctx, part) != nil {
			return false
		}
	}
	return true
}

// down stops the stacks of up and of demo and what killed test runs have left behind, and nothing else.
func down(root string, out io.Writer) error {
	problems := clearTests(root, out)
	stopped := 0
	for _, f := range []folder{demoFolder(root), upFolder(root)} {
		running, err := readRecords(f)
		if err != nil {
			problems = errors.Join(problems, err)
			continue
		}
		if len(running) == 0 && !hasDemoDatabase(f) {
			continue
		}
		unlock, err := f.lock(context.Background())
		if err != nil {
			problems = errors.Join(problems, err)
			continue
		}
		stopped++
		_, ended := running.split()
		ended.nameEnded(out)
		problems = errors.Join(problems, running.stopAll(f, out), dropDemoDatabase(context.Background(), f))
		unlock()
	}
	if stopped == 0 && problems == nil {
		fmt.Fprintln(out, "nothing runs")
	}
	return problems
}
