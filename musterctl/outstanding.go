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
		c.settleOutstanding("terminate", "Ask that it be made inactive; an approver, who is somebody else, has a day to agree"),
		c.listTerminations(),
		c.decideTermination("approve", "Agree that it is made inactive"),
		c.decideTermination("reject", "Leave it as it is; it stays outstanding"))
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
			return c.showSettled(settled, err)
		},
	}
	command.Flags().StringVar(&wanted.Reason, "reason", "", "why; mandatory, and on the record")
	if how == "adopt" {
		command.Flags().StringVar(&wanted.PersonID, "person", "", "whose it is, by any id; mandatory")
	}
	return command
}

func (c *control) listTerminations() *cobra.Command {
	return &cobra.Command{
		Use: "terminations", Short: "List what somebody asks to make inactive", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleApprover, api.RoleOperator, api.RoleViewer, api.RoleAuditor)
			if err != nil {
				return err
			}
			page, err := client.AccountTerminations(command.Context())
			if err != nil {
				return err
			}
			return showPage(c, page, table.Row{"account", "platform", "asked for by", "at", "until", "why"}, func(t api.AccountTermination) table.Row {
				return table.Row{t.AccountID, t.Platform, t.RequestedBy, instant(&t.RequestedAt), instant(&t.Deadline), t.Reason}
			})
		},
	}
}

func (c *control) decideTermination(decision, short string) *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: decision + " ACCOUNT", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := needReason(decision, reason); err != nil {
				return err
			}
			client, err := c.client(api.RoleApprover)
			if err != nil {
				return err
			}
			settled, err := client.DecideAccountTermination(command.Context(), arguments[0], decision, reason)
			return c.showSettled(settled, err)
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why; mandatory, and on the record")
	return command
}

func (c *control) showSettled(settled api.Settled, err error) error {
	if err != nil {
		return err
	}
	return c.show(settled, func() error {
		c.fields([2]string{"account", settled.AccountID}, [2]string{"result", settled.Result}, [2]string{"person", settled.PersonID})
		return nil
	})
}
