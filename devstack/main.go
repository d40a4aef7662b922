// Command devstack runs all of Muster on one machine with nothing configured: PostgreSQL, a Temporal development server with
// its UI, the platform simulator, a worker and the starter. `make help` lists what it is used for.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: devstack COMMAND

  up               start everything in the background and return when it is ready; state is kept in .muster
  down             stop what up and demo have started
  status           say what runs; exits 1 unless everything does
  logs [-f] [PART…]  show the last lines of every part's log, -f goes on showing
  demo             start everything afresh in .muster/demo and play the story; with CI=true stop it again
  test -- COMMAND  run the command with a PostgreSQL and a Temporal server of its own
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commandError is a command of `test` that ended with another status than 0.
type commandError struct{ exitCode int }

func (e *commandError) Error() string {
	return fmt.Sprintf("the command exited with status %d", e.exitCode)
}

// errUsage is a command line that says nothing we know.
var errUsage = errors.New("unknown command line")

// run does what the arguments say and returns the exit code: 0 done, 1 failed, 2 wrong usage; `test` returns its command's.
func run(ctx context.Context, arguments []string, out, problems io.Writer) int {
	err := dispatch(ctx, arguments, out)
	var failed *commandError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprint(problems, usage)
		return 2
	case errors.As(err, &failed):
		return max(1, failed.exitCode) // the command has spoken for itself; a signal has no code
	case errors.Is(err, errReported):
		return 1
	default:
		fmt.Fprintln(problems, "devstack:", err)
		return 1
	}
}

func dispatch(ctx context.Context, arguments []string, out io.Writer) error {
	if len(arguments) == 0 {
		return errUsage
	}
	root, err := repository()
	if err != nil {
		return err
	}
	command, rest := arguments[0], arguments[1:]
	switch {
	case command == "up" && len(rest) == 0:
		return up(ctx, root, out)
	case command == "down" && len(rest) == 0:
		return down(root, out)
	case command == "status" && len(rest) == 0:
		return status(ctx, root, out)
	case command == "logs":
		return logs(ctx, root, rest, out)
	case command == "demo" && len(rest) == 0:
		return playDemo(ctx, root, os.Getenv("CI") == "true", out)
	case command == "test" && len(rest) > 1 && rest[0] == "--":
		return test(ctx, root, rest[1:], out)
	default:
		return errUsage
	}
}
