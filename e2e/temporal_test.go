package e2e

import (
	"bufio"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"muster/names"
)

func execution(workflowID string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: workflowID}
}

var actionMetric = regexp.MustCompile(`^action\{(.*)\} ([0-9.e+]+)$`)

// actions is the server's own count of billable actions in this stack's namespace, by type. The server publishes its counters
// about once a second: the answer is the one that three readings in a row, a second and a half apart, agree on.
func (s *stack) actions(t *testing.T) map[string]float64 {
	t.Helper()
	ticker := time.NewTicker(1500 * time.Millisecond)
	defer ticker.Stop()
	last, agreed := s.readActions(t), 1
	for agreed < 3 {
		<-ticker.C
		read := s.readActions(t)
		if !maps.Equal(read, last) {
			agreed = 0
		}
		last, agreed = read, agreed+1
	}
	return last
}

func (s *stack) readActions(t *testing.T) map[string]float64 {
	t.Helper()
	response, err := http.Get(s.metrics)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	counted := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		match := actionMetric.FindStringSubmatch(lines.Text())
		if match == nil || label(match[1], "namespace") != s.namespace {
			continue
		}
		value, err := strconv.ParseFloat(match[2], 64)
		require.NoError(t, err)
		counted[label(match[1], "action_type")] += value
	}
	require.NoError(t, lines.Err())
	return counted
}

func label(labels, name string) string {
	match := regexp.MustCompile(`(?:^|,)` + name + `="([^"]*)"`).FindStringSubmatch(labels)
	if match == nil {
		return ""
	}
	return match[1]
}

// ring rings a person's mailbox as the starter does.
func (s *stack) ring(t *testing.T, personID string) error {
	t.Helper()
	id := names.AgentWorkflowID(personID)
	_, err := s.temporal.SignalWithStartWorkflow(t.Context(), id, names.SignalRing, nil,
		client.StartWorkflowOptions{ID: id, TaskQueue: names.QueueMuster}, names.WorkflowAgent, names.AgentInput{PersonID: personID})
	return err
}

// mailboxCloses waits until the person's mailbox has nothing left to do.
func (s *stack) mailboxCloses(t *testing.T, personID string) {
	t.Helper()
	eventually(t, "the mailbox closes", func() error {
		description, err := s.temporal.DescribeWorkflowExecution(t.Context(), names.AgentWorkflowID(personID), "")
		if err != nil {
			return err
		}
		if status := description.GetWorkflowExecutionInfo().GetStatus(); status != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
			return fmt.Errorf("the mailbox is %s", status)
		}
		return nil
	})
}

// rests waits until a workflow has nothing to do but to wait: what it has seen of the record by then is all it will see by itself.
func (s *stack) rests(t *testing.T, workflowID string) {
	t.Helper()
	eventually(t, workflowID+" rests", func() error {
		description, err := s.temporal.DescribeWorkflowExecution(t.Context(), workflowID, "")
		if err == nil && (description.GetPendingWorkflowTask() != nil || len(description.GetPendingActivities()) > 0) {
			err = errNotYet
		}
		return err
	})
}
