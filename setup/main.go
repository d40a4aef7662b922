// Command setup brings what Muster's programs need into being, before any of them starts: the database's tables, the Temporal
// namespace with its search attributes, a first version of the mapping registry. Each step may run any number of times.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/caarlos0/env/v11"
)

const usage = `usage: setup COMMAND

  migrate [up]      bring the database to the version this program needs
  migrate to N      bring it forward or back to version N
  migrate down      undo every migration: everything recorded is dropped
                    (going back is refused while the audit trail has rows, unless --yes-drop-the-record is given)
  migrate status    say which version it has
  temporal          create the namespace if it is missing and register the search attributes
  mapping FILE      add the file as a version of the mapping registry
  mapping example   give an empty registry its example; a registry that has a version is left alone

MUSTER_DATABASE_URL names the database; TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the other variables of Temporal's
client configuration name the Temporal cluster. A server that does not answer yet is waited for (MUSTER_SETUP_WAIT, 60s).
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage is a command line that says nothing we know.
var errUsage = errors.New("unknown command line")

// run does what the arguments say and returns the exit code: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, arguments []string, out, problems io.Writer) int {
	var read configuration
	err := env.Parse(&read)
	if err == nil {
		err = dispatch(ctx, read, arguments, out)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprint(problems, usage)
		return 2
	default:
		fmt.Fprintln(problems, "setup:", err)
		return 1
	}
}

func dispatch(ctx context.Context, read configuration, arguments []string, out io.Writer) error {
	if len(arguments) == 0 {
		return errUsage
	}
	switch command, rest := arguments[0], arguments[1:]; {
	case command == "migrate":
		return migrate(ctx, read, rest, out)
	case command == "temporal" && len(rest) == 0:
		return prepareTemporal(ctx, read, out)
	case command == "mapping" && len(rest) == 1:
		return beginMapping(ctx, read, rest[0], out)
	default:
		return errUsage
	}
}
