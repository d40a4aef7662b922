package bell_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"muster/names"
	"muster/setup/searchattributes"
	"muster/starter/bell"
	"muster/store"
)

func newBell(t *testing.T, through client.Client) (*bell.Bell, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	return bell.New(through, registry, slog.New(slog.DiscardHandler)), registry
}

func TestARingStartsTheMailboxThatIsNotRunning(t *testing.T) {
	temporal := somewhere(t).ready(t)
	ringer, _ := newBell(t, temporal)
	require.NoError(t, ringer.SendRing(t.Context(), "P-1"))

	found, err := temporal.DescribeWorkflowExecution(t.Context(), "agent/P-1", "")
	require.NoError(t, err)
	require.Equal(t, "Agent", found.GetWorkflowExecutionInfo().GetType().GetName())
	require.Equal(t, "muster", found.GetWorkflowExecutionInfo().GetTaskQueue())
	history := temporal.GetWorkflowHistory(t.Context(), "agent/P-1", "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	started, err := history.Next()
	require.NoError(t, err)
	var input names.AgentInput
	require.NoError(t, converter.GetDefaultDataConverter().
		FromPayloads(started.GetWorkflowExecutionStartedEventAttributes().GetInput(), &input))
	require.Equal(t, names.AgentInput{PersonID: "P-1"}, input)
	require.Equal(t, 1, rings(t, temporal, "P-1"))
}

func TestRingingTwiceReachesTheSameMailboxAndAClosedOneIsStartedAnew(t *testing.T) {
	temporal := somewhere(t).ready(t)
	ringer, _ := newBell(t, temporal)
	run := func() string {
		t.Helper()
		require.NoError(t, ringer.SendRing(t.Context(), "P-1"))
		found, err := temporal.DescribeWorkflowExecution(t.Context(), "agent/P-1", "")
		require.NoError(t, err)
		return found.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	}
	first := run()
	require.Equal(t, first, run())
	require.Equal(t, 2, rings(t, temporal, "P-1"))

	require.NoError(t, temporal.TerminateWorkflow(t.Context(), "agent/P-1", first, "the mailbox has nothing to do"))
	require.NotEqual(t, first, run())
	require.Equal(t, 1, rings(t, temporal, "P-1"))
}

// waitingHire starts a hire that waits for ever, for want of a worker.
func waitingHire(t *testing.T, temporal client.Client) client.WorkflowRun {
	t.Helper()
	run, err := temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: names.HireWorkflowID("P-1", 1), TaskQueue: names.QueueMuster,
	}, names.WorkflowHire)
	require.NoError(t, err)
	return run
}

func TestADecisionReachesTheWorkflowThatWaitsForIt(t *testing.T) {
	temporal := somewhere(t).ready(t)
	ringer, _ := newBell(t, temporal)
	waitingHire(t, temporal)
	tests := map[string]struct {
		decision store.Undelivered
		want     string
	}{
		names.SignalApprovalDecision: {
			store.Undelivered{ID: "apr_1", Approval: true, Decision: "approve", Actor: "ana", Reason: "fine"},
			`{"approval_id":"apr_1","decision":"approve","actor":"ana","reason":"fine"}`,
		},
		names.SignalReviewDecision: {
			store.Undelivered{ID: "rev_1", Decision: "retry", Actor: "otto"}, `{"review_id":"rev_1","decision":"retry","actor":"otto"}`,
		},
	}
	for signal, test := range tests {
		test.decision.PersonID, test.decision.WorkflowID = "P-1", "hire/P-1/1"
		require.NoError(t, ringer.SendDecision(t.Context(), test.decision))
		got := signals(t, temporal, "hire/P-1/1", signal)
		require.Len(t, got, 1, signal)
		var input json.RawMessage
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(got[0].GetInput(), &input))
		require.JSONEq(t, test.want, string(input))
	}
	require.Zero(t, rings(t, temporal, "P-1"))
}

func TestADecisionWhoseWorkflowIsGoneRingsTheMailbox(t *testing.T) {
	temporal := somewhere(t).ready(t)
	ringer, _ := newBell(t, temporal)
	run := waitingHire(t, temporal)
	require.NoError(t, temporal.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "gone"))
	for rung, workflowID := range []string{"hire/P-1/1", "hire/P-1/2", "", "agent/P-1"} {
		require.NoError(t, ringer.SendDecision(t.Context(), store.Undelivered{
			ID: "apr_1", Approval: true, PersonID: "P-1", WorkflowID: workflowID, Decision: "approve",
		}))
		require.Equal(t, rung+1, rings(t, temporal, "P-1"), "workflow %q", workflowID)
	}
}

func TestRingsThatWaitAreSentBeforeTheBellStops(t *testing.T) {
	temporal := somewhere(t).ready(t)
	ringer, registry := newBell(t, temporal)
	for i := range 30 {
		ringer.Ring(fmt.Sprintf("P-%d", i))
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	ringer.Run(ctx)
	require.Equal(t, 30, figure(t, registry, "muster_rings_total", map[string]string{"kind": "ring", "result": "sent"}))
}

func TestRingsThatWaitForTheirTurnAreOneAndLaterOnesAreNotLost(t *testing.T) {
	temporal := somewhere(t).ready(t)
	ringer, _ := newBell(t, temporal)
	ringer.Ring("P-1", "P-1")
	ringer.Ring("P-1")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	ringer.Run(stopped)
	require.Equal(t, 1, rings(t, temporal, "P-1"))

	ringer.Ring("P-1")
	ringer.Run(stopped)
	require.Equal(t, 2, rings(t, temporal, "P-1"))
}

func TestRingingNeverWaitsEvenWhenNobodySendsTheRings(t *testing.T) {
	ringer, registry := newBell(t, place{namespace: "none"}.client(t, "127.0.0.1:1"))
	var ringing sync.WaitGroup
	for i := range 4 {
		ringing.Go(func() {
			for j := range 3_000 {
				ringer.Ring(fmt.Sprintf("P-%d-%d", i, j))
			}
		})
	}
	ringing.Wait()
	require.Equal(t, 2_000, figure(t, registry, "muster_rings_total", map[string]string{"result": "left_to_relay"}))
}

func TestTheServerTellsWhichSearchAttributesAreMissing(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	server := bell.NewServer(temporal, here.namespace)
	require.NoError(t, server.Reachable(t.Context()))
	missing, err := server.MissingSearchAttributes(t.Context())
	require.NoError(t, err)
	require.Len(t, missing, 5)

	_, err = searchattributes.Register(t.Context(), temporal.OperatorService(), here.namespace)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		missing, err := server.MissingSearchAttributes(t.Context())
		return err == nil && len(missing) == 0
	}, patience, glance)

	nowhere := bell.NewServer(here.client(t, "127.0.0.1:1"), here.namespace)
	ctx, cancel := context.WithTimeout(t.Context(), signalPatience)
	defer cancel()
	require.Error(t, nowhere.Reachable(ctx))
}
