package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"muster/api"
)

// surroundings are what a process finds around itself; tests give their own.
type surroundings struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environment    func(string) string
	directory      func() (string, error)
}

// Exit codes. Scripts depend on them; the texts on the error stream may change.
const (
	exitDone         = 0
	exitRefused      = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitUnauthorised = 4
	exitUnreachable  = 5
)

const longHelp = `musterctl watches and decides for the people Muster keeps on the contact-centre platform.

Where it calls: --server or MUSTER_SERVER, with the bearer token in MUSTER_TOKEN. When neither is set, it looks for
.muster/stack.json in this directory and those above (a stack started with "make up") and takes from it the token of the
role that the command needs; --as names another of its tokens (and is ignored where a server is given), --stack or
MUSTER_STACK another stack's file. MUSTER_TOKEN alone, without a server, is refused: it is not for whatever stack is found.
A token is never an argument: those are visible to others.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 not found; 4 not authorised; 5 server not reachable.`

// control is one run of the program: its surroundings and the flags all commands share.
type control struct {
	surroundings
	server string
	// stackPath names a stack's file; empty means MUSTER_STACK, else the nearest .muster/stack.json.
	stackPath string
	as        string
	output    string
	// begun is set when a command line was understood; an error before that is one of usage.
	begun bool
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, arguments []string, around surroundings) int {
	c := &control{surroundings: around}
	root := c.root()
	root.SetArgs(arguments)
	root.SetIn(around.stdin)
	root.SetOut(around.stdout)
	root.SetErr(around.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if message := err.Error(); message != "" {
		fmt.Fprintln(around.stderr, "musterctl:", message)
	}
	if !c.begun {
		return exitUsage
	}
	return exitCode(err)
}

func (c *control) root() *cobra.Command {
	root := &cobra.Command{
		Use: "musterctl", Short: "Watch and decide for a contact centre's agents", Long: longHelp,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if c.output != outputTable && c.output != outputJSON {
				return fmt.Errorf("--output %q: want %s or %s", c.output, outputTable, outputJSON)
			}
			c.begun = true
			return nil
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.server, "server", "", "address of the server (default: MUSTER_SERVER, else .muster/stack.json)")
	flags.StringVar(&c.stackPath, "stack", "", "file that describes a stack (default: MUSTER_STACK, else the nearest .muster/stack.json)")
	flags.StringVar(&c.as, "as", "", "use this role's token of the stack's file; ignored when a server is given")
	flags.StringVarP(&c.output, "output", "o", outputTable, "table for people, json for programs")
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{outputTable, outputJSON}, cobra.ShellCompDirectiveNoFileComp
	}
	if err := root.RegisterFlagCompletionFunc("output", complete); err != nil {
		panic(err) // the flag is the one declared above
	}
	root.AddCommand(c.events(), c.agents(), c.persons(), c.report(), c.approvals(), c.reviews(), c.inbox(), c.mapping(), c.audit())
	root.AddCommand(c.termination(), c.holds(), c.guard(), c.batch(), c.exceptions(), c.outstanding(), c.platform(), c.reconcile(), c.adopt())
	return root
}

// group is a command that only holds others; without one of them its use is wrong.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return usageError{fmt.Errorf("%s: want one of its commands, see %s --help", command.Name(), command.CommandPath())}
		},
	}
	command.AddCommand(commands...)
	return command
}

// usageError is a command line that is wrong in a way only the command itself can tell.
type usageError struct{ error }

// errQuiet fails a command whose output has said why.
var errQuiet = errors.New("")

// exitCode says how an error ends the process.
func exitCode(err error) int {
	var usage usageError
	var problem *api.Problem
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &problem):
		switch problem.Status {
		case http.StatusNotFound:
			return exitNotFound
		case http.StatusUnauthorized, http.StatusForbidden:
			return exitUnauthorised
		default:
			return exitRefused
		}
	case errors.Is(err, api.ErrUnreachable):
		return exitUnreachable
	default:
		return exitRefused
	}
}
