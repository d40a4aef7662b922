package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) guard() *cobra.Command {
	return group("guard", "See whom the mass-change guard holds, and let them pass or not",
		c.listGuards(),
		c.decideGuard("release", "Let people pass whom a trip holds", (*api.Client).ReleaseGuard),
		c.decideGuard("refuse", "Refuse people whom a trip holds", (*api.Client).RefuseGuard),
	)
}

func (c *control) listGuards() *cobra.Command {
	var query api.GuardQuery
	command := &cobra.Command{
		Use: "list", Short: "List the limits that are reached, with everybody who waits", Args: cobra.NoArgs,
		Long: `List the limits of the mass-change guard that are reached, with everybody who waits and their approvals.

Whoever waits for a deactivation or a deletion is isolated already; a trip of kind isolation is the hard stop, where the access
itself waits to be cut. Nobody passes because time has.`,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleViewer, api.RoleApprover)
			if err != nil {
				return err
			}
			page, err := client.Guards(command.Context(), query)
			if err != nil {
				return err
			}
			return c.show(page, func() error {
				if len(page.Items) == 0 {
					fmt.Fprintln(c.stdout, "none")
					return nil
				}
				c.guardTable(page.Items)
				if page.NextCursor != "" {
					fmt.Fprintln(c.stdout, "more: --cursor", page.NextCursor)
				}
				return nil
			})
		},
	}
	command.Flags().BoolVar(&query.All, "all", false, "those that hold nobody any more, too")
	pageFlags(command, &query.PageQuery)
	return command
}

func (c *control) guardTable(trips []api.GuardTrip) {
	var rows []table.Row
	for _, trip := range trips {
		rows = append(rows, table.Row{trip.ID, trip.Kind, trip.Subject, fmt.Sprintf("%d waiting", len(trip.Waiting)), "", instant(&trip.OpenedAt), trip.Because})
		for _, held := range append(trip.Waiting, trip.Decided...) {
			rows = append(rows, table.Row{"", "", "", held.PersonID, held.ApprovalID, instant(&held.Since), held.State})
		}
	}
	c.table(table.Row{"trip", "kind", "of", "person", "approval", "since", "why"}, rows...)
}

func (c *control) decideGuard(word, short string, decide func(*api.Client, context.Context, string, api.GuardDecision) (api.GuardReceipts, error)) *cobra.Command {
	var decision api.GuardDecision
	var file string
	command := &cobra.Command{
		Use: word + " TRIP [PERSON…]", Short: short + ": all who wait, or some", Args: cobra.MinimumNArgs(1),
		Long: short + `: everybody who waits (--all), or those named, by person id, as arguments or in a file.

Whoever set the guard's limits cannot. Every person's outcome is printed; exit code 1 when any of them was not decided about.
Sending it again is safe.`,
		Example: "  musterctl guard " + word + " grd_01hzx3 --all --reason 'the site closes'\n  musterctl guard " + word + " grd_01hzx3 WD-EMP-1001 --reason 'checked with HR'",
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := needReason(word, decision.Reason); err != nil {
				return err
			}
			decision.PersonIDs = arguments[1:]
			if file != "" {
				content, err := c.readArgument([]string{file})
				if err != nil {
					return err
				}
				decision.PersonIDs = append(decision.PersonIDs, idsOf(string(content))...)
			}
			if decision.All == (len(decision.PersonIDs) > 0) {
				return usageError{fmt.Errorf("%s: want either --all, or the people", word)}
			}
			client, err := c.client(api.RoleApprover)
			if err != nil {
				return err
			}
			receipts, err := decide(client, command.Context(), arguments[0], decision)
			if err != nil {
				return err
			}
			return c.showGuardReceipts(receipts)
		},
	}
	command.Flags().BoolVar(&decision.All, "all", false, "everybody who waits; a hard stop is lifted by it")
	command.Flags().StringVar(&file, "file", "", "a file with one person id per line (- for the standard input); # begins a comment")
	reasonFlag(command, &decision.Reason)
	return command
}

func (c *control) showGuardReceipts(receipts api.GuardReceipts) error {
	failed := false
	rows := make([]table.Row, len(receipts.Items))
	for i, receipt := range receipts.Items {
		rows[i] = table.Row{receipt.PersonID, receipt.ApprovalID, receipt.State}
		if receipt.Problem != nil {
			failed = true
			rows[i] = table.Row{receipt.PersonID, receipt.ApprovalID, problemText(receipt.Problem)}
		}
	}
	err := c.show(receipts, func() error {
		c.table(table.Row{"person", "approval", "result"}, rows...)
		return nil
	})
	if err == nil && failed {
		err = errQuiet
	}
	return err
}
