package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) audit() *cobra.Command {
	return group("audit", "The audit trail", c.listAudit(), c.verifyAudit())
}

func (c *control) listAudit() *cobra.Command {
	var query api.AuditQuery
	command := &cobra.Command{
		Use: "list", Short: "List the audit trail, the oldest first", Args: cobra.NoArgs,
		Example: "  musterctl audit list --action mapping.published",
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleAuditor)
			if err != nil {
				return err
			}
			page, err := client.Audit(command.Context(), query)
			if err != nil {
				return err
			}
			return showPage(c, page, table.Row{"id", "at", "actor", "action", "phase", "person", "detail"}, func(e api.AuditEntry) table.Row {
				return table.Row{e.ID, instant(&e.At), e.Actor, e.Action, e.Phase, e.PersonID, string(e.Detail)}
			})
		},
	}
	command.Flags().StringVar(&query.Action, "action", "", "only this action, such as mapping.published")
	command.Flags().StringVar(&query.Actor, "actor", "", "only by this actor")
	command.Flags().StringVar(&query.PersonID, "person", "", "only about this person")
	pageFlags(command, &query.PageQuery)
	return command
}

func (c *control) verifyAudit() *cobra.Command {
	var expected string
	hash := regexp.MustCompile(`^[0-9a-f]{64}$`)
	command := &cobra.Command{
		Use: "verify", Short: "Recompute the audit trail's chain; exit code 1 when it is not intact", Args: cobra.NoArgs,
		Long: `Recompute the audit trail's chain from its rows, and look for rows and platform writes that were left open.

It prints the head hash: the hash of the newest link, which depends on every row before it. Keep it where nobody who can
write to the database can, and give it to --expect-head next time: the chain has to hold it, as its head or as an earlier
link. A chain that was cut off before it, or written anew, does not.

Exit code 1 when a row was changed or removed, when rows are not chained after a minute, when a platform write has no
result after two, and when the expected head is not in the chain.`,
		Example: "  musterctl audit verify --expect-head 3a7b…",
		RunE: func(command *cobra.Command, _ []string) error {
			expected = strings.ToLower(strings.TrimSpace(expected))
			if command.Flags().Changed("expect-head") && !hash.MatchString(expected) {
				return usageError{fmt.Errorf("--expect-head %q: want 64 hexadecimal digits, as an earlier verify printed them", expected)}
			}
			client, err := c.client(api.RoleAuditor)
			if err != nil {
				return err
			}
			verdict, err := client.VerifyAuditAgainst(command.Context(), expected)
			if err != nil {
				return err
			}
			err = c.show(verdict, func() error {
				c.sayVerdict(verdict)
				return nil
			})
			if err == nil && !verdict.Intact {
				err = errQuiet
			}
			return err
		},
	}
	command.Flags().StringVar(&expected, "expect-head", "", "a head hash printed earlier, which the chain has to hold")
	return command
}

func (c *control) sayVerdict(verdict api.AuditVerdict) {
	switch {
	case verdict.Intact:
		fmt.Fprintf(c.stdout, "intact: %d rows in the chain, %d newest not chained yet\n", verdict.Sealed, verdict.Unsealed)
	case verdict.BrokenAt > 0:
		fmt.Fprintf(c.stdout, "BROKEN at position %d: %s\n", verdict.BrokenAt, verdict.Reason)
	default:
		fmt.Fprintf(c.stdout, "NOT INTACT: %s\n", verdict.Reason)
	}
	if verdict.ExpectedAt > 0 {
		fmt.Fprintf(c.stdout, "expected head: found at position %d\n", verdict.ExpectedAt)
	}
	if verdict.HeadHash != "" && verdict.BrokenAt == 0 {
		fmt.Fprintf(c.stdout, "head: %s\n", verdict.HeadHash)
	}
}
