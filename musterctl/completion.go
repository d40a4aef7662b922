package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"muster/api"
)

// completionTimeout is how long a shell waits for ids after the tab key.
const completionTimeout = 2 * time.Second

// completionLimit is how many ids are offered.
const completionLimit = 100

// complete offers ids that the server knows. Whatever goes wrong, it offers none: a shell cannot show an error.
func (c *control) complete(arguments []string, roles []api.Role, ids func(context.Context, *api.Client) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	if len(arguments) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, err := c.client(roles...)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
	defer cancel()
	offered, err := ids(ctx, client)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

func (c *control) completeAgents(_ *cobra.Command, arguments []string, begun string) ([]string, cobra.ShellCompDirective) {
	return c.complete(arguments, []api.Role{api.RoleViewer, api.RoleOperator}, func(ctx context.Context, client *api.Client) ([]string, error) {
		page, err := client.Agents(ctx, api.AgentQuery{Text: begun, PageQuery: api.PageQuery{Limit: completionLimit}})
		return descriptions(page.Items, func(a api.Agent) (string, string) { return a.PersonID, a.LifecycleState }), err
	})
}

func (c *control) completeApprovals(_ *cobra.Command, arguments []string, _ string) ([]string, cobra.ShellCompDirective) {
	return c.complete(arguments, []api.Role{api.RoleViewer, api.RoleApprover}, func(ctx context.Context, client *api.Client) ([]string, error) {
		page, err := client.Approvals(ctx, openQuestions())
		return descriptions(page.Items, func(a api.Approval) (string, string) { return a.ID, a.Kind + " for " + a.PersonID }), err
	})
}

func (c *control) completeReviews(_ *cobra.Command, arguments []string, _ string) ([]string, cobra.ShellCompDirective) {
	return c.complete(arguments, []api.Role{api.RoleViewer, api.RoleOperator}, func(ctx context.Context, client *api.Client) ([]string, error) {
		page, err := client.Reviews(ctx, openQuestions())
		return descriptions(page.Items, func(r api.Review) (string, string) { return r.ID, r.Kind + " for " + r.PersonID }), err
	})
}

func openQuestions() api.DecisionQuery {
	return api.DecisionQuery{State: "open", PageQuery: api.PageQuery{Limit: completionLimit}}
}

// descriptions pairs each id with what the shell shows beside it.
func descriptions[T any](items []T, describe func(T) (id, text string)) []string {
	offered := make([]string, len(items))
	for i, item := range items {
		id, text := describe(item)
		offered[i] = cobra.CompletionWithDesc(id, text)
	}
	return offered
}
