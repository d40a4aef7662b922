package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// errReported ends the program with 1 when what is wrong has been said already.
var errReported = errors.New("reported")

// status says of every part whether it runs and is ready, and of one that has ended what it last wrote.
func status(ctx context.Context, root string, out io.Writer) error {
	healthy, known := true, 0
	for _, f := range []folder{upFolder(root), demoFolder(root)} {
		running, err := readRecords(f)
		if err != nil {
			return err
		}
		if len(running) > 0 {
			fmt.Fprintf(out, "%s:\n", f.relative(f.path))
		}
		known += len(running)
		for _, part := range running {
			state := "ready"
			switch {
			case !part.Alive():
				state = "has ended"
			case part.Ready != "":
				if err := ask(ctx, part); err != nil {
					state = "not ready: " + err.Error()
				}
			}
			healthy = healthy && state == "ready"
			fmt.Fprintf(out, "  %-10s process %-8d %s  %s\n", part.Name, part.PID, part.Address, state)
		}
		_, ended := running.split()
		ended.nameEnded(out)
	}
	if known == 0 {
		fmt.Fprintln(out, "nothing runs; `make up` starts everything")
	}
	if known == 0 || !healthy {
		return errReported
	}
	return nil
}
