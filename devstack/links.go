package main

import (
	"context"
	"fmt"
	"net/url"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"muster/devstack/stack"
	"muster/names"
)

// recentWorkflows returns links to the pages of the last hires and transfers in the Temporal UI, the newest first.
func recentWorkflows(ctx context.Context, running stack.Stack, count int32) ([]string, error) {
	temporal, err := client.DialContext(ctx, client.Options{HostPort: running.TemporalAddress, Namespace: running.TemporalNamespace})
	if err != nil {
		return nil, fmt.Errorf("list workflows: %w", err)
	}
	defer temporal.Close()
	listed, err := temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: count,
		Query:    fmt.Sprintf("WorkflowType IN ('%s', '%s')", names.WorkflowHire, names.WorkflowTransfer),
	})
	if err != nil {
		return nil, fmt.Errorf("list workflows: %w", err)
	}
	var links []string
	for _, execution := range listed.GetExecutions() {
		links = append(links, fmt.Sprintf("%s/namespaces/%s/workflows/%s/%s/history", running.TemporalUIURL,
			running.TemporalNamespace, url.PathEscape(execution.GetExecution().GetWorkflowId()), execution.GetExecution().GetRunId()))
	}
	return links, nil
}
