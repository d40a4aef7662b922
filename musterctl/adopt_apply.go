package main

import (
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) adoptApply() *cobra.Command {
	var wanted api.AdoptionRequest
	var all bool
	command := &cobra.Command{
		Use: "apply RECONCILIATION", Short: "Carry out what a plan showed, for some people or for all", Args: cobra.ExactArgs(1),
		Long: `Each person is judged anew first. Whoever stands as the plan showed gets the hire into their mailbox, where guards and approvals hold as for
any other; whoever does not is left alone and listed with the reason. --all takes everybody of whom the plan says adopt, restore or create;
--claim only those of whom it says that; a question is asked only where it is named, by --claim review or by the person. Whom an adoption has
sent before is not sent again. It runs in the background, and goes on after a crash where it was: musterctl adopt show.`,
		Example: "  musterctl adopt apply rec_20260302_0200 --person WD-EMP-1001 --reason 'the first one, to see'\n" +
			"  musterctl adopt apply rec_20260302_0200 --claim adopt --per-minute 120 --reason 'day one, accounts that are there'",
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := needReason("apply", wanted.Reason); err != nil {
				return err
			}
			switch {
			case all && (len(wanted.Claims) > 0 || len(wanted.People) > 0):
				return usageError{fmt.Errorf("apply: --all stands alone")}
			case all:
				wanted.Claims = []string{"adopt", "restore", "create"}
			case len(wanted.Claims) == 0 && len(wanted.People) == 0:
				return usageError{fmt.Errorf("apply: want --person, --claim or --all")}
			}
			for _, claim := range wanted.Claims {
				if claim == "none" || !slices.Contains(api.AdoptionClaims(), claim) {
					return usageError{fmt.Errorf("apply: --claim %q: want adopt, restore, create or review", claim)}
				}
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			adoption, err := client.ApplyAdoptionPlan(command.Context(), arguments[0], wanted)
			if err != nil {
				return err
			}
			return c.show(adoption, func() error {
				fmt.Fprintf(c.stdout, "%s: %d people, at the most %d a minute (musterctl adopt show %s)\n", adoption.ID, adoption.People, adoption.PerMinute, adoption.ID)
				return nil
			})
		},
	}
	flags := command.Flags()
	flags.StringSliceVar(&wanted.People, "person", nil, "this person, by person id or external id; may stand several times")
	flags.StringSliceVar(&wanted.Claims, "claim", nil, "everybody of whom the plan says adopt, restore, create or review; may stand several times")
	flags.BoolVar(&all, "all", false, "everybody of whom the plan says adopt, restore or create")
	flags.IntVar(&wanted.PerMinute, "per-minute", 0, "so many people in a minute at the most (default 60)")
	flags.StringVar(&wanted.Reason, "reason", "", "why; mandatory, and on the record")
	return command
}

func (c *control) adoptShow() *cobra.Command {
	var result string
	var query api.PageQuery
	command := &cobra.Command{
		Use: "show ADOPTION", Short: "How far an adoption has come, and whom it left alone and why", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(reconciliationReaders()...)
			if err != nil {
				return err
			}
			shown := struct {
				api.Adoption
				Persons api.Page[api.AdoptionPerson] `json:"persons"`
			}{}
			if shown.Adoption, err = client.Adoption(command.Context(), arguments[0]); err != nil {
				return err
			}
			if shown.Persons, err = client.AdoptionPeople(command.Context(), arguments[0], result, query); err != nil {
				return err
			}
			return c.show(shown, func() error {
				c.printAdoption(shown.Adoption)
				return showPage(c, shown.Persons, table.Row{"person", "account", "plan", "result", "why", "at"}, func(p api.AdoptionPerson) table.Row {
					return table.Row{p.ExternalUserID, p.AccountID, p.Claim, p.Result, p.Why, instant(p.SettledAt)}
				})
			})
		},
	}
	command.Flags().StringVar(&result, "result", "", "only those who were sent, or are otherwise than in the plan (changed), or could not be sent (failed)")
	pageFlags(command, &query)
	return command
}

func (c *control) printAdoption(a api.Adoption) {
	c.fields([2]string{"adoption", a.ID}, [2]string{"plan", a.ReconciliationID}, [2]string{"state", a.State}, [2]string{"asked for by", a.RequestedBy},
		[2]string{"why", a.Reason}, [2]string{"began", instant(&a.StartedAt)}, [2]string{"ended", instant(a.EndedAt)},
		[2]string{"stopped by", a.StoppedBy}, [2]string{"stopped because", a.StopReason},
		[2]string{"people", number(int64(a.People))}, [2]string{"in their mailbox", number(int64(a.Sent))},
		[2]string{"otherwise than in the plan", number(int64(a.Changed))}, [2]string{"could not be sent", number(int64(a.Failed))},
		[2]string{"left", number(int64(a.Left))}, [2]string{"workflow", a.WorkflowID})
}

func (c *control) adoptList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List adoptions, the newest first", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(reconciliationReaders()...)
			if err != nil {
				return err
			}
			page, err := client.Adoptions(command.Context())
			if err != nil {
				return err
			}
			header := table.Row{"adoption", "plan", "state", "began", "people", "sent", "changed", "failed", "left", "asked for by", "why"}
			return showPage(c, page, header, func(a api.Adoption) table.Row {
				return table.Row{a.ID, a.ReconciliationID, a.State, instant(&a.StartedAt), a.People, a.Sent, a.Changed, a.Failed, a.Left, a.RequestedBy, a.Reason}
			})
		},
	}
}

func (c *control) adoptStop() *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: "stop ADOPTION", Short: "Send nobody else; who has been sent goes on", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := needReason("stop", reason); err != nil {
				return err
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			stopped, err := client.StopAdoption(command.Context(), arguments[0], reason)
			if err != nil {
				return err
			}
			return c.show(stopped, func() error {
				c.printAdoption(stopped)
				return nil
			})
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why; mandatory, and on the record")
	return command
}
