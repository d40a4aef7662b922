package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) inbox() *cobra.Command {
	var query api.InboxQuery
	command := &cobra.Command{
		Use: "inbox", Short: "What needs a person now, and the command that settles it", Args: cobra.NoArgs,
		Long: `List what needs a person now, the critical first, then the newest: reviews and approvals that wait, approvals past their
deadline, mailboxes and sources that are silent, endpoints that alerts do not get through to.

Alerts about what only role legal may see are in legal's inbox only: musterctl --as legal inbox.`,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleViewer, api.RoleOperator)
			if err != nil {
				return err
			}
			page, err := client.Inbox(command.Context(), query)
			if err != nil {
				return err
			}
			header := table.Row{"severity", "since", "alert", "person", "about", "what", "how"}
			return showPage(c, page, header, func(item api.InboxItem) table.Row {
				what, how := settled(item)
				return table.Row{item.Severity, instant(&item.At), item.Kind, item.PersonID, item.SubjectID, what, how}
			})
		},
	}
	command.Flags().StringVar(&query.State, "state", "open", "open, or closed")
	command.Flags().StringVar(&query.PersonID, "person", "", "only about this person")
	pageFlags(command, &query.PageQuery)
	return command
}

// settled says in two columns what an alert waits for and how it is settled; of a closed one, why it was closed.
func settled(item api.InboxItem) (what, how string) {
	if item.Settle == nil {
		return item.Text, "closed " + instant(item.ClosedAt) + ": " + item.ClosedWhy
	}
	how = strings.Join(item.Settle.Commands, "\n")
	if how == "" {
		how = item.Settle.Who
	}
	return item.Settle.What, how
}
