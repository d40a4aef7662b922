package temporal_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"muster/devstack/temporal"
	"muster/setup/searchattributes"
)

// binaries is where the repository keeps the program it has built.
const binaries = "../../.muster/bin"

func start(t *testing.T, options temporal.Options) *temporal.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	options.Binaries, options.AnyPorts = binaries, true
	var progress strings.Builder
	options.Log = &progress
	server, err := temporal.Start(ctx, options)
	require.NoError(t, err, "progress: %s", &progress)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

func TestServerHasEverySearchAttributeFromTheStart(t *testing.T) {
	server := start(t, temporal.Options{Dir: t.TempDir(), InMemory: true})

	dialled, err := client.Dial(client.Options{HostPort: server.Address})
	require.NoError(t, err)
	defer dialled.Close()
	listed, err := dialled.OperatorService().ListSearchAttributes(t.Context(),
		&operatorservice.ListSearchAttributesRequest{Namespace: temporal.Namespace})
	require.NoError(t, err)
	for _, attribute := range searchattributes.All() {
		require.Equal(t, attribute.Type, listed.GetCustomAttributes()[attribute.Name], attribute.Name)
	}
}

func TestServerKeepsItsWorkflowsOverARestart(t *testing.T) {
	dir := t.TempDir()
	first := start(t, temporal.Options{Dir: dir})
	dialled, err := client.Dial(client.Options{HostPort: first.Address})
	require.NoError(t, err)
	_, err = dialled.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: "nobody"}, "Nothing")
	require.NoError(t, err)
	dialled.Close()
	require.NoError(t, first.Stop())

	second := start(t, temporal.Options{Dir: dir})
	again, err := client.Dial(client.Options{HostPort: second.Address})
	require.NoError(t, err)
	defer again.Close()
	described, err := again.DescribeWorkflowExecution(t.Context(), "kept", "")
	require.NoError(t, err)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())
}

func TestTwoServersOfOneMachineDoNotMeet(t *testing.T) {
	first := start(t, temporal.Options{Dir: t.TempDir(), InMemory: true})
	second := start(t, temporal.Options{Dir: t.TempDir(), InMemory: true})
	require.NotEqual(t, first.Address, second.Address)
	require.NotEqual(t, first.UIURL, second.UIURL)
}

func TestServerThatCannotStartIsNamedWithItsLastLines(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "temporal.db"), []byte(strings.Repeat("not a database ", 100)), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := temporal.Start(ctx, temporal.Options{Dir: dir, Binaries: binaries, AnyPorts: true})
	require.ErrorContains(t, err, "temporal ended")
	require.ErrorContains(t, err, "file is not a database")
}
