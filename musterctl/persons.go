package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) persons() *cobra.Command {
	return group("persons", "Say who is who", c.linkPersons())
}

func (c *control) linkPersons() *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: "link KEPT JOINED", Short: "Ask for two persons to be joined into one", Args: cobra.ExactArgs(2),
		Long: `Ask for two persons to be joined into one: a contractor who was hired, a rehire under a new number, somebody whom two HR
systems know.

KEPT and JOINED are person ids or any of their external ids. Once somebody else has approved, the ids, events and account of
JOINED are those of KEPT, for good; JOINED leads to KEPT wherever it is asked for. HR's events of both then decide together what
becomes of the account.

It is refused while an operation, a legal hold or a grace has either of them, and when both have an account.`,
		Example:           "  musterctl persons link WD-EMP-99284 C-4711 --reason 'contractor hired on 1 May'",
		ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			if reason == "" {
				return usageError{errors.New("link: --reason is mandatory")}
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			asked, err := client.LinkPersons(command.Context(), api.LinkRequest{Kept: arguments[0], Joined: arguments[1], Reason: reason})
			if err != nil {
				return err
			}
			return c.show(asked, func() error {
				fmt.Fprintf(c.stdout, "%s: asked; nothing is joined before somebody else with role approver says so:\n", asked.ID)
				fmt.Fprintf(c.stdout, "  musterctl approvals approve %s --reason '…'\n", asked.ID)
				return nil
			})
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why they are one; it goes on the record")
	return command
}
