// Command musterctl is the operator's command line: a client of Muster's HTTP API.
//
// Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 not found; 4 not authorised; 5 server not reachable.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], surroundings{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		environment: os.Getenv, //nolint:forbidigo // this is where the configuration reads it
		directory:   os.Getwd,
	})
	stop()
	os.Exit(code)
}
