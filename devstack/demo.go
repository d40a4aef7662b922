package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"muster/devstack/demo"
	"muster/devstack/progress"
)

// playDemo starts a stack of its own with nothing in it, beside one that `up` may have left running, and plays the story on
// it. With once it stops everything again and fails unless every check passed; else it leaves the stack running to look at.
func playDemo(ctx context.Context, root string, once bool, out io.Writer) error {
	f := demoFolder(root)
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := clearDemo(ctx, f, out); err != nil {
		return err
	}
	l, err := newLaunch(ctx, f, out)
	if err != nil {
		return err
	}
	if err := l.startAll(makeDemoDatabase(f)); err != nil {
		return errors.Join(l.why(err), l.endDemo(ctx))
	}
	passed, failed := demo.Run(l.ctx, l.stack, demo.Places{Rosters: l.rosters(), Reports: l.reports()}, out)
	if err := l.why(l.ctx.Err()); err != nil {
		return errors.Join(err, l.endDemo(ctx))
	}
	fmt.Fprintf(out, "demo: %d checks passed, %d failed\n", passed, failed)
	if once {
		err = l.endDemo(ctx)
	} else {
		err = l.invite()
	}
	if err == nil && failed > 0 {
		return errReported
	}
	return err
}

// endDemo stops the demo's stack and takes back what it has made elsewhere, even when ctx has ended.
func (l *launch) endDemo(ctx context.Context) error {
	return errors.Join(l.stopEverything(), dropDemoDatabase(context.WithoutCancel(ctx), l.folder))
}

// clearDemo stops what an earlier demo has left running and forgets its state.
func clearDemo(ctx context.Context, f folder, out io.Writer) error {
	running, err := readRecords(f)
	if err != nil {
		return err
	}
	if alive, _ := running.split(); len(alive) > 0 {
		progress.Say(out, "demo", "stopping the demo that was left running")
	}
	if err := running.stopAll(f, io.Discard); err != nil {
		return err
	}
	return errors.Join(dropDemoDatabase(ctx, f), os.RemoveAll(f.inside(partTemporal)), os.RemoveAll(f.inside("platform.json")),
		os.RemoveAll(f.inside("archive")), os.RemoveAll(f.rosters()), os.RemoveAll(f.reports()))
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
	fmt.Fprintf(l.out, "  reports          %s\n", l.relative(l.reports()))
	for _, link := range links {
		fmt.Fprintf(l.out, "  workflow         %s\n", link)
	}
	fmt.Fprint(l.out, "\nTo try next:\n", tryNext(l.folder, described))
	return nil
}

// tryNext are commands that show something after the story, each on a line of its own, for the stack that the file describes.
func tryNext(f folder, described string) string {
	control := f.relative(f.program("musterctl"))
	if described != upFolder(f.root).stack() { // the one that musterctl finds by itself
		control += " --stack " + f.relative(described)
	}
	var lines strings.Builder
	for _, command := range []string{
		"agents list", "agents explain WD-EMP-99284", "agents timeline WD-EMP-99284", "termination show WD-EMP-81002",
		"--as legal report leavers --from " + time.Now().UTC().Format(time.DateOnly), "hold list --all", "approvals list --state approved",
		"mapping versions", "reconcile list", "audit verify",
	} {
		fmt.Fprintf(&lines, "  %s %s\n", control, command)
	}
	lines.WriteString("  make logs\n  make down\n")
	return lines.String()
}
