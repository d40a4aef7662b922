package main

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) exceptions() *cobra.Command {
	return group("exceptions", "Let one construct of a person's account be as it is for a time", c.addException(), c.listExceptions(), c.endException())
}

func (c *control) addException() *cobra.Command {
	var wanted api.ExceptionRequest
	var until string
	command := &cobra.Command{
		Use: "add ID", Short: "Let one construct be as it is until a time", Args: cobra.ExactArgs(1),
		Long: `Let one construct of a person's account be as it is until a time, such as a skill that a supervisor has given: neither a change
nor a reconciliation puts it back before. The exception ends by itself; then the next reconciliation puts it back.`,
		Example:           "  musterctl exceptions add WD-EMP-99284 --part skill --construct Billing_Support --until 2026-04-01T00:00:00Z --reason 'covers for a colleague'",
		ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			var err error
			if wanted.Until, err = time.Parse(time.RFC3339, until); err != nil {
				return usageError{fmt.Errorf("--until %q: want a time such as 2026-04-01T00:00:00Z; it is mandatory", until)}
			}
			if wanted.Part == "" || wanted.Construct == "" {
				return usageError{fmt.Errorf("%s: --part and --construct are mandatory", command.Name())}
			}
			if err := needReason(command.Name(), wanted.Reason); err != nil {
				return err
			}
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			made, err := client.MakeException(command.Context(), arguments[0], wanted)
			return c.showExceptions(api.Exceptions{Items: []api.Exception{made}}, err)
		},
	}
	flags := command.Flags()
	flags.StringVar(&wanted.Part, "part", "", "skill, language, queue, role, group, division, work_plan or profile; mandatory")
	flags.StringVar(&wanted.Construct, "construct", "", "the platform's id or name of it; of a profile, the field's name; mandatory")
	flags.StringVar(&until, "until", "", "when it ends, such as 2026-04-01T00:00:00Z; mandatory")
	flags.StringVar(&wanted.Reason, "reason", "", "why; mandatory, and on the record")
	return command
}

func (c *control) listExceptions() *cobra.Command {
	return &cobra.Command{
		Use: "list ID", Short: "List a person's exceptions, the newest first", Args: cobra.ExactArgs(1),
		ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleOperator, api.RoleViewer, api.RoleAuditor)
			if err != nil {
				return err
			}
			all, err := client.Exceptions(command.Context(), arguments[0])
			return c.showExceptions(all, err)
		},
	}
}

func (c *control) endException() *cobra.Command {
	return &cobra.Command{
		Use: "end ID EXCEPTION", Short: "End an exception before its time", Args: cobra.ExactArgs(2),
		Long: `End an exception before its time. The next reconciliation puts the construct back.`,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleOperator)
			if err != nil {
				return err
			}
			ended, err := client.EndException(command.Context(), arguments[0], arguments[1])
			return c.showExceptions(api.Exceptions{Items: []api.Exception{ended}}, err)
		},
	}
}

func (c *control) showExceptions(all api.Exceptions, err error) error {
	if err != nil {
		return err
	}
	return c.show(all, func() error {
		rows := make([]table.Row, len(all.Items))
		for i, x := range all.Items {
			rows[i] = table.Row{x.ID, x.Part, x.Construct, instant(&x.Until), actor(x.MadeBy, x.MadeByVerified), x.Reason, instant(x.EndedAt), x.EndedBy}
		}
		c.table(table.Row{"exception", "part", "construct", "until", "by", "why", "ended", "by"}, rows...)
		return nil
	})
}
