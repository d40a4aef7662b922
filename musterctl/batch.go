package main

import (
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) batch() *cobra.Command {
	return group("batch", "Announce a planned layoff or a seasonal intake to the mass-change guard", c.announceBatch(), c.confirmBatch(), c.showBatch(), c.listBatches())
}

func (c *control) announceBatch() *cobra.Command {
	var request api.BatchRequest
	command := &cobra.Command{
		Use: "announce FILE", Short: "Announce a batch: people who are to leave, or to be hired, on these days", Args: cobra.ExactArgs(1),
		Long: `Announce a planned layoff or a seasonal intake. FILE has one of HR's ids per line (- for the standard input); # begins a comment.

Once somebody else has confirmed it, exactly these people pass the guard on these days and do not count. A layoff is announced and
confirmed by role legal, an intake by role approver.`,
		Example: "  musterctl --as legal batch announce leavers.txt --kind layoff --from 2026-12-01 --zone America/New_York --reason 'the site closes'",
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := needReason("announce", request.Reason); err != nil {
				return err
			}
			if request.FirstDay == "" || request.Kind == "" {
				return usageError{errors.New("announce: --kind and --from are mandatory")}
			}
			content, err := c.readArgument(arguments)
			if err != nil {
				return err
			}
			if request.ExternalIDs = idsOf(string(content)); len(request.ExternalIDs) == 0 {
				return usageError{fmt.Errorf("announce: %s names nobody", arguments[0])}
			}
			client, err := c.client(batchRole(request.Kind))
			if err != nil {
				return err
			}
			batch, err := client.AnnounceBatch(command.Context(), request)
			if err != nil {
				return err
			}
			return c.show(batch, func() error {
				fmt.Fprintf(c.stdout, "%s: announced for %d people; it exempts nobody before somebody else confirms it:\n", batch.ID, batch.People)
				fmt.Fprintf(c.stdout, "  musterctl batch confirm %s\n", batch.ID)
				return nil
			})
		},
	}
	flags := command.Flags()
	flags.StringVar(&request.Kind, "kind", "", "layoff or intake; mandatory")
	flags.StringVar(&request.Namespace, "namespace", "", "whose ids these are, where HR systems have namespaces of their own")
	flags.StringVar(&request.FirstDay, "from", "", "the first day, such as 2026-12-01; mandatory")
	flags.StringVar(&request.LastDay, "to", "", "the last day, included (default: the first)")
	flags.StringVar(&request.Timezone, "zone", "", "IANA name of the zone of these days (default: UTC)")
	reasonFlag(command, &request.Reason)
	return command
}

func batchRole(kind string) api.Role {
	if kind == "intake" {
		return api.RoleApprover
	}
	return api.RoleLegal
}

func (c *control) confirmBatch() *cobra.Command {
	return &cobra.Command{
		Use: "confirm ID", Short: "Confirm a batch that somebody else has announced", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleApprover, api.RoleLegal)
			if err != nil {
				return err
			}
			batch, err := client.ConfirmBatch(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(batch, func() error {
				fmt.Fprintf(c.stdout, "%s: confirmed by %s; its %d people pass the guard from %s to %s (%s)\n",
					batch.ID, batch.ConfirmedBy, batch.People, batch.FirstDay, batch.LastDay, batch.Timezone)
				return nil
			})
		},
	}
}

func (c *control) showBatch() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a batch with its people", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleLegal, api.RoleAuditor, api.RoleApprover)
			if err != nil {
				return err
			}
			batch, err := client.Batch(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(batch, func() error {
				c.table(batchHeader(), batchRow(batch))
				for _, id := range batch.ExternalIDs {
					fmt.Fprintln(c.stdout, id)
				}
				return nil
			})
		},
	}
}

func (c *control) listBatches() *cobra.Command {
	var query api.PageQuery
	command := &cobra.Command{
		Use: "list", Short: "List batches", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleViewer, api.RoleApprover)
			if err != nil {
				return err
			}
			page, err := client.Batches(command.Context(), query)
			if err != nil {
				return err
			}
			return showPage(c, page, batchHeader(), batchRow)
		},
	}
	pageFlags(command, &query)
	return command
}

func batchHeader() table.Row {
	return table.Row{"batch", "kind", "ids of", "from", "to", "zone", "people", "announced by", "confirmed by", "why"}
}

func batchRow(b api.Batch) table.Row {
	return table.Row{b.ID, b.Kind, b.Namespace, b.FirstDay, b.LastDay, b.Timezone, b.People, b.RequestedBy, b.ConfirmedBy, b.Reason}
}
