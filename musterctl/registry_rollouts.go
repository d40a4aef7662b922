package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) rollouts() *cobra.Command {
	return group("rollouts", "How changes of the rules reach people", c.listRollouts(), c.showRollout(),
		decision(c, verdict[api.Rollout]{
			word: "pause", argument: "ROLLOUT", short: "Keep a rollout from telling anybody else; whoever has been told goes on",
			role: api.RoleOperator, needsReason: true, decide: (*api.Client).PauseRollout, print: rolloutLine,
		}),
		decision(c, verdict[api.Rollout]{
			word: "resume", argument: "ROLLOUT", short: "Let a paused rollout go on", role: api.RoleOperator, needsReason: true,
			decide: (*api.Client).ResumeRollout, print: rolloutLine,
		}))
}

func rolloutLine(r api.Rollout) string {
	return fmt.Sprintf("%s of mapping version %d: %s, %d of %d people done", r.ID, r.Version, r.State, r.Done, r.Concerned)
}

func (c *control) listRollouts() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List rollouts, those to come and under way first", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleOperator, api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			page, err := client.Rollouts(command.Context())
			if err != nil {
				return err
			}
			header := table.Row{"rollout", "version", "why", "due", "state", "people", "done", "wait", "under way"}
			return showPage(c, page, header, func(r api.Rollout) table.Row {
				return table.Row{
					r.ID, r.Version, r.Cause, instant(&r.DueAt), r.State,
					number(int64(r.Concerned)), number(int64(r.Done)), number(int64(r.Waits)), number(int64(r.UnderWay)),
				}
			})
		},
	}
}

func (c *control) showRollout() *cobra.Command {
	return &cobra.Command{
		Use: "show ROLLOUT", Short: "How far a rollout has come", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleOperator, api.RoleRegistryEditor)
			if err != nil {
				return err
			}
			r, err := client.Rollout(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(r, func() error {
				c.fields([2]string{"rollout", r.ID}, [2]string{"version", fmt.Sprint(r.Version)}, [2]string{"why", r.Cause},
					[2]string{"due", instant(&r.DueAt)}, [2]string{"state", r.State}, [2]string{"people", fmt.Sprint(r.Concerned)},
					[2]string{"done", fmt.Sprint(r.Done)}, [2]string{"held by something else", number(int64(r.Waits))},
					[2]string{"under way", number(int64(r.UnderWay))}, [2]string{"began", instant(r.StartedAt)}, [2]string{"ended", instant(r.EndedAt)},
					[2]string{"paused or resumed by", r.ChangedBy}, [2]string{"reason", r.Reason}, [2]string{"workflow", r.WorkflowID})
				for _, rule := range r.About {
					fmt.Fprintf(c.stdout, "  %s\n", rule)
				}
				return nil
			})
		},
	}
}
