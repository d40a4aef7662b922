package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"muster/devstack/port"
	"muster/devstack/process"
	"muster/devstack/progress"
	"muster/devstack/stack"
)

// launch starts the parts of one stack, one after the other, and watches those that run.
type launch struct {
	folder
	out    io.Writer
	finder *port.Finder
	stack  stack.Stack
	parts  records

	// ctx ends, with the part's last words as its cause, as soon as a part that was started ends.
	ctx    context.Context
	cancel context.CancelCauseFunc
	// stopping is set before parts are ended on purpose.
	mutex    sync.Mutex
	stopping bool
}

func newLaunch(ctx context.Context, f folder, out io.Writer) (*launch, error) {
	described, err := f.credentials()
	if err != nil {
		return nil, err
	}
	described.ArchiveURL = f.archiveURL()
	ctx, cancel := context.WithCancelCause(ctx)
	return &launch{folder: f, out: out, finder: port.NewFinder(), stack: described, ctx: ctx, cancel: cancel}, nil
}

// say prints one line of progress about a part.
func (l *launch) say(part, format string, values ...any) {
	progress.Say(l.out, part, format, values...)
}

// why is the error to show: when a part has ended, everything that waits fails with a cancelled context, and the reason is
// that part.
func (l *launch) why(err error) error {
	if cause := context.Cause(l.ctx); err != nil && cause != nil {
		if errors.Is(cause, context.Canceled) {
			return errors.New("interrupted")
		}
		return cause
	}
	return err
}

// keep records a part that runs and watches it from now on.
func (l *launch) keep(part record, ended <-chan struct{}, exitError func() error) error {
	part.Log = l.log(part.Name)
	l.parts = append(l.parts, part)
	go func() {
		select {
		case <-ended:
		case <-l.ctx.Done():
			return
		}
		l.mutex.Lock()
		defer l.mutex.Unlock()
		if !l.stopping {
			l.cancel(exitError())
		}
	}()
	return l.parts.write(l.folder)
}

// startPart starts a program of Muster's own and waits until it is ready.
func (l *launch) startPart(part record, command process.Command, patience time.Duration) error {
	command.Name, command.Path, command.Folder, command.Log = part.Name, l.program(command.Path), l.root, l.log(part.Name)
	began := time.Now()
	started, err := process.Start(command)
	if err != nil {
		return err
	}
	part.Identity = started.Identity
	part.Signal, part.Group = stopSignal, true
	if err := l.keep(part, started.Ended(), started.ExitError); err != nil {
		return err
	}
	if err := untilReady(l.ctx, part, started.Log, patience); err != nil {
		return err
	}
	l.say(part.Name, "ready at %s after %.1f s", part.Address, time.Since(began).Seconds())
	return nil
}

// stopEverything ends the parts that this launch has started.
func (l *launch) stopEverything() error {
	l.mutex.Lock()
	l.stopping = true
	l.mutex.Unlock()
	l.cancel(nil)
	return l.parts.stopAll(l.folder, l.out)
}

// rotate keeps the log of the stack's previous run as NAME.log.1, so that a log shows one run.
func (l *launch) rotate(part string) error {
	err := os.Rename(l.log(part), l.log(part)+".1")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("put the earlier log of %s aside: %w", part, err)
	}
	return nil
}
