package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) agents() *cobra.Command {
	return group("agents", "See where people stand, what happened to them, and why",
		c.listAgents(), c.findAgents(), c.showAgent(), c.timeline(), c.explain())
}

// pageFlags adds the flags of a list.
func pageFlags(command *cobra.Command, query *api.PageQuery) {
	command.Flags().IntVar(&query.Limit, "limit", 0, "rows on a page, at most 500 (default: the server's)")
	command.Flags().StringVar(&query.Cursor, "cursor", "", "show the page after the one that named this cursor")
}

func (c *control) listAgents() *cobra.Command {
	var query api.AgentQuery
	var attention bool
	command := &cobra.Command{
		Use: "list", Short: "List people", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if attention {
				query.NeedsAttention = &attention
			}
			return c.printAgents(command, query)
		},
	}
	command.Flags().StringVar(&query.State, "state", "", "only those in this lifecycle state")
	command.Flags().StringVar(&query.Email, "email", "", "only the one with this address")
	command.Flags().BoolVar(&attention, "attention", false, "only those that need attention")
	pageFlags(command, &query.PageQuery)
	return command
}

func (c *control) findAgents() *cobra.Command {
	var query api.AgentQuery
	command := &cobra.Command{
		Use: "find TEXT", Short: "Find people by part of a name, an id or an address", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			query.Text = arguments[0]
			return c.printAgents(command, query)
		},
	}
	pageFlags(command, &query.PageQuery)
	return command
}

func (c *control) printAgents(command *cobra.Command, query api.AgentQuery) error {
	client, err := c.client(api.RoleViewer, api.RoleOperator)
	if err != nil {
		return err
	}
	page, err := client.Agents(command.Context(), query)
	if err != nil {
		return err
	}
	header := table.Row{"person", "name", "state", "operation", "platform user", "mapping", "attention"}
	return showPage(c, page, header, func(agent api.Agent) table.Row {
		return table.Row{
			agent.PersonID, fullName(agent), agent.LifecycleState, agent.Operation, agent.PlatformUserID,
			number(int64(agent.MappingVersion)), yes(agent.NeedsAttention),
		}
	})
}

func fullName(agent api.Agent) string {
	return strings.TrimSpace(agent.FirstName + " " + agent.LastName)
}

func (c *control) showAgent() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show where one person stands", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleViewer, api.RoleOperator)
			if err != nil {
				return err
			}
			agent, err := client.Agent(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(agent, func() error {
				c.fields(
					[2]string{"person", agent.PersonID},
					[2]string{"external ids", strings.Join(agent.ExternalIDs, ", ")},
					[2]string{"name", fullName(agent)},
					[2]string{"email", agent.Email},
					[2]string{"state", agent.LifecycleState},
					[2]string{"operation", agent.Operation},
					[2]string{"operation since", instant(agent.OperationSince)},
					[2]string{"generation", number(agent.Generation)},
					[2]string{"platform", agent.Platform},
					[2]string{"platform user", agent.PlatformUserID},
					[2]string{"mapping version", number(int64(agent.MappingVersion))},
					[2]string{"needs attention", yes(agent.NeedsAttention)},
					[2]string{"activated", instant(agent.ActivatedAt)},
					[2]string{"next due", instant(agent.NextDue)},
					[2]string{"updated", instant(agent.UpdatedAt)},
					[2]string{"mailbox", agent.WorkflowID},
				)
				return nil
			})
		},
	}
}

func (c *control) timeline() *cobra.Command {
	var query api.PageQuery
	command := &cobra.Command{
		Use: "timeline ID", Short: "Show what happened to a person", Args: cobra.ExactArgs(1), ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleViewer, api.RoleOperator)
			if err != nil {
				return err
			}
			page, err := client.Timeline(command.Context(), arguments[0], query)
			if err != nil {
				return err
			}
			return showPage(c, page, table.Row{"at", "what", "by", "text"}, func(entry api.TimelineEntry) table.Row {
				return table.Row{instant(&entry.At), entry.Kind, actor(entry.Actor, entry.ActorVerified), entry.Text}
			})
		},
	}
	pageFlags(command, &query)
	return command
}

// actor marks a name that is only what somebody claimed.
func actor(name string, verified bool) string {
	if name == "" || verified {
		return name
	}
	return name + " (unverified)"
}

func (c *control) explain() *cobra.Command {
	return &cobra.Command{
		Use: "explain ID", Short: "Say why an account is as it is, what it waits for, who can unblock it and how",
		Args: cobra.ExactArgs(1), ValidArgsFunction: c.completeAgents,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := c.client(api.RoleViewer, api.RoleOperator)
			if err != nil {
				return err
			}
			explanation, err := client.Explain(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			return c.show(explanation, func() error {
				for _, sentence := range explanation.Sentences {
					fmt.Fprintln(c.stdout, sentence)
				}
				return nil
			})
		},
	}
}
