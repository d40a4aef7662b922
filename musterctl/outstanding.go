package main

import (
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) outstanding() *cobra.Command {
	return group("outstanding", "Settle active accounts of the platform that are nobody's",
		c.listOutstanding(),
		c.settleOutstanding("adopt", "Say whose it is; a transfer brings it to what HR and the registry say"),
		c.settleOutstanding("ignore", "Leave it alone from now on"),
		c.settleOutstanding("notice", "Do not ignore it any longer: the next reconciliation finds it"),
		c.settleOutstanding("terminate", "Refused: says how an account that is nobody's is ended"))
}

func (c *control) listOutstanding() *cobra.Command {
	var query api.PageQuery
	var ignored bool
	command := &cobra.Command{
		Use: "list", Short: "List what the last reconciliation found", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleOperator, api.RoleViewer, api.RoleAuditor)
			if err != nil {
				return err
			}
			if ignored {
				return c.showIgnored(command, client)
			}
			page, err := client.Outstanding(command.Context(), query)
			if err != nil {
				return err
			}
			return showPage(c, page, table.Row{"account", "platform", "perhaps of", "found", "by", "why"}, func(o api.Outstanding) table.Row {
				return table.Row{o.AccountID, o.Platform, o.PersonID, instant(&o.FoundAt), o.ReconciliationID, o.Because}
			})
		},
	}
	command.Flags().BoolVar(&ignored, "ignored", false, "those that somebody decided to leave alone instead")
	pageFlags(command, &query)
	return command
}

func (c *control) showIgnored(command *cobra.Command, client *api.Client) error {
	page, err := client.IgnoredAccounts(command.Context())
	if err != nil {
		return err
	}
	return showPage(c, page, table.Row{"account", "platform", "ignored since", "by", "why"}, func(a api.IgnoredAccount) table.Row {
		return table.Row{a.AccountID, a.Platform, instant(&a.DecidedAt), a.DecidedBy, a.Reason}
	})
}

func (c *control) settleOutstanding(how, short string) *cobra.Command {
	var wanted api.SettleRequest
	command := &cobra.Command{
		Use: how + " ACCOUNT", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := needReason(how, wanted.Reason); err != nil {
				return err
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			settled, err := client.SettleOutstanding(command.Context(), arguments[0], how, wanted)
			if err != nil {
				return err
			}
			return c.show(settled, func() error {
				c.fields([2]string{"account", settled.AccountID}, [2]string{"result", settled.Result}, [2]string{"person", settled.PersonID})
				return nil
			})
		},
	}
	command.Flags().StringVar(&wanted.Reason, "reason", "", "why; mandatory, and on the record")
	if how == "adopt" {
		command.Flags().StringVar(&wanted.PersonID, "person", "", "whose it is, by any id; mandatory")
	}
	return command
}
