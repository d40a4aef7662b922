package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) audit() *cobra.Command {
	return group("audit", "The audit trail", c.verifyAudit())
}

func (c *control) verifyAudit() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Recompute the audit trail's chain; exit code 1 when it is broken", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleAuditor)
			if err != nil {
				return err
			}
			verdict, err := client.VerifyAudit(command.Context())
			if err != nil {
				return err
			}
			err = c.show(verdict, func() error {
				if verdict.Intact {
					fmt.Fprintf(c.stdout, "intact: %d rows in the chain, %d newest not chained yet\n", verdict.Sealed, verdict.Unsealed)
				} else {
					fmt.Fprintf(c.stdout, "BROKEN at position %d: %s\n", verdict.BrokenAt, verdict.Reason)
				}
				return nil
			})
			if err == nil && !verdict.Intact {
				err = errQuiet
			}
			return err
		},
	}
}
