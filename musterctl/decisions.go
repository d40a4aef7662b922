package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"muster/api"
)

func (c *control) approvals() *cobra.Command {
	return group("approvals", "See and take decisions that work waits for",
		c.listApprovals(),
		decision(c, verdict[api.Approval]{
			word: "approve", short: "Approve", role: api.RoleApprover, complete: c.completeApprovals,
			decide: (*api.Client).Approve, print: func(a api.Approval) string { return decided(a.ID, a.State, a.DecidedBy) },
		}),
		decision(c, verdict[api.Approval]{
			word: "reject", short: "Reject", role: api.RoleApprover, needsReason: true, complete: c.completeApprovals,
			decide: (*api.Client).Reject, print: func(a api.Approval) string { return decided(a.ID, a.State, a.DecidedBy) },
		}),
	)
}

func (c *control) reviews() *cobra.Command {
	return group("reviews", "See parked work, have it tried again, or give it up",
		c.listReviews(),
		decision(c, verdict[api.Review]{
			word: "retry", short: "Have parked work tried again", role: api.RoleOperator, complete: c.completeReviews,
			decide: (*api.Client).Retry, print: func(r api.Review) string { return decided(r.ID, r.State, r.DecidedBy) },
		}),
		decision(c, verdict[api.Review]{
			word: "dismiss", short: "Give parked work up", role: api.RoleOperator, needsReason: true, complete: c.completeReviews,
			decide: (*api.Client).Dismiss, print: dismissed,
		}),
	)
}

// dismissed says what came of a dismissal: a termination's review takes two persons.
func dismissed(r api.Review) string {
	if r.DismissalAsked != nil {
		return fmt.Sprintf("%s: still open; %s wants it dismissed, and a second person has to dismiss it, too", r.ID, r.DismissalAsked.By)
	}
	return decided(r.ID, r.State, r.DecidedBy)
}

func decided(id, state, by string) string { return fmt.Sprintf("%s: %s by %s", id, state, by) }

// verdict is one way to decide something.
type verdict[T any] struct {
	word, short string
	// argument is what the command takes; ID if empty.
	argument    string
	role        api.Role
	needsReason bool
	complete    cobra.CompletionFunc
	decide      func(c *api.Client, ctx context.Context, id, reason string) (T, error)
	print       func(T) string
}

func decision[T any](c *control, v verdict[T]) *cobra.Command {
	var reason string
	command := &cobra.Command{
		Use: v.word + " " + cmp.Or(v.argument, "ID"), Short: v.short, Args: cobra.ExactArgs(1), ValidArgsFunction: v.complete,
		RunE: func(command *cobra.Command, arguments []string) error {
			if v.needsReason && reason == "" {
				return usageError{fmt.Errorf("%s: --reason is mandatory", v.word)}
			}
			client, err := c.client(v.role)
			if err != nil {
				return err
			}
			result, err := v.decide(client, command.Context(), arguments[0], reason)
			if err != nil {
				return err
			}
			return c.show(result, func() error {
				fmt.Fprintln(c.stdout, v.print(result))
				return nil
			})
		},
	}
	command.Flags().StringVar(&reason, "reason", "", "why; it goes on the record")
	return command
}

// decisionFlags adds the filters that approvals and reviews share. Without --state, what is open is listed.
func decisionFlags(command *cobra.Command, query *api.DecisionQuery) {
	command.Flags().StringVar(&query.State, "state", "open", "state; empty for all")
	command.Flags().StringVar(&query.Kind, "kind", "", "only this kind")
	command.Flags().StringVar(&query.PersonID, "person", "", "only this person")
	pageFlags(command, &query.PageQuery)
}

func (c *control) listApprovals() *cobra.Command {
	var query api.DecisionQuery
	command := &cobra.Command{
		Use: "list", Short: "List approvals, the open ones unless told otherwise", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleViewer, api.RoleApprover)
			if err != nil {
				return err
			}
			page, err := client.Approvals(command.Context(), query)
			if err != nil {
				return err
			}
			header := table.Row{"approval", "person", "kind", "state", "deadline", "question", "decided by"}
			return showPage(c, page, header, func(a api.Approval) table.Row {
				return table.Row{a.ID, a.PersonID, a.Kind, a.State, instant(a.Deadline), a.Question, actor(a.DecidedBy, a.ActorVerified)}
			})
		},
	}
	decisionFlags(command, &query)
	return command
}

func (c *control) listReviews() *cobra.Command {
	var query api.DecisionQuery
	command := &cobra.Command{
		Use: "list", Short: "List reviews, the open ones unless told otherwise", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := c.client(api.RoleViewer, api.RoleOperator)
			if err != nil {
				return err
			}
			page, err := client.Reviews(command.Context(), query)
			if err != nil {
				return err
			}
			header := table.Row{"review", "person", "kind", "blocks", "state", "opened", "question", "decided by"}
			return showPage(c, page, header, func(r api.Review) table.Row {
				return table.Row{
					r.ID, r.PersonID, r.Kind, yes(r.Blocking), r.State, instant(&r.OpenedAt), r.Question, actor(r.DecidedBy, r.ActorVerified),
				}
			})
		},
	}
	decisionFlags(command, &query)
	return command
}
