package bell_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"muster/devstack/temporal"
	"muster/hr"
	"muster/names"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// patience is how long a test waits for what happens in the background, and how often it looks.
const (
	patience = 30 * time.Second
	glance   = 20 * time.Millisecond
)

// envTemporalAddress is a server that was started for all tests of a run; without it each test starts its own.
const envTemporalAddress = "MUSTER_TEST_TEMPORAL_ADDRESS"

// place is a namespace of a Temporal server in which no worker runs, so that nothing but the test moves a workflow.
type place struct{ address, namespace string }

func somewhere(t *testing.T) place {
	t.Helper()
	address := os.Getenv(envTemporalAddress)
	if address == "" {
		server, err := temporal.Start(t.Context(), temporal.Options{
			Dir: t.TempDir(), Binaries: filepath.Join("..", "..", ".muster", "bin"), InMemory: true, AnyPorts: true, Log: os.Stderr,
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Stop()) })
		address = server.Address
	}
	here := place{address: address, namespace: "bell-" + uuid.NewString()[:8]}
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: address, Logger: quiet()})
	require.NoError(t, err)
	defer namespaces.Close()
	require.NoError(t, namespaces.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: here.namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	}))
	return here
}

func quiet() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// client connects lazily, as the starter does. Another address than the server's own is that of a gate before it.
func (p place) client(t *testing.T, address string) client.Client {
	t.Helper()
	connected, err := client.NewLazyClient(client.Options{HostPort: address, Namespace: p.namespace, Logger: quiet()})
	require.NoError(t, err)
	t.Cleanup(connected.Close)
	return connected
}

// ready is a client that can start workflows: a new namespace takes a moment to be known in every part of the server.
func (p place) ready(t *testing.T) client.Client {
	t.Helper()
	connected := p.client(t, p.address)
	require.Eventually(t, func() bool {
		_, err := connected.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "probe", TaskQueue: "nobody"}, "Probe")
		return err == nil
	}, patience, glance)
	return connected
}

// signals are the signals a workflow got, by name, and the inputs of the newest.
func signals(t *testing.T, from client.Client, workflowID, name string) []*historypb.WorkflowExecutionSignaledEventAttributes {
	t.Helper()
	var found []*historypb.WorkflowExecutionSignaledEventAttributes
	history := from.GetWorkflowHistory(t.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			return nil
		}
		require.NoError(t, err)
		if signal := event.GetWorkflowExecutionSignaledEventAttributes(); signal.GetSignalName() == name {
			found = append(found, signal)
		}
	}
	return found
}

// rings is how often a person's mailbox has been rung in its current run.
func rings(t *testing.T, from client.Client, personID string) int {
	t.Helper()
	return len(signals(t, from, names.AgentWorkflowID(personID), names.SignalRing))
}

// due makes people in the store whose ring is overdue.
func due(t *testing.T, records *store.Store, people ...string) {
	t.Helper()
	items := make([]store.Incoming, len(people))
	for i, personID := range people {
		raw := fmt.Sprintf(`{"event_id":"evt_%s","event_type":"USER_UPDATE","source_system":"WORKDAY","timestamp_utc":"2026-01-05T10:00:00Z",`+
			`"payload":{"external_user_id":%q,"department_code":"SUPP_L2"}}`, personID, personID)
		decoded, err := hr.Decode([]byte(raw), hr.Zones{})
		require.NoError(t, err)
		items[i] = store.Incoming{
			Raw: []byte(raw), SourceSystem: "WORKDAY", Namespace: "default", EventID: decoded.Event.EventID, ExternalUserID: personID,
			Event: &decoded.Event, Canonical: decoded.Canonical, Digest: decoded.Digest,
			ProcessingKey: hr.ProcessingKey("default", decoded.Event),
		}
	}
	_, err := records.Ingest(t.Context(), items, false)
	require.NoError(t, err)
	for _, personID := range people {
		require.NoError(t, records.WithPerson(t.Context(), personID, func(_ context.Context, p *store.PersonTx) error {
			person, err := p.Load()
			if err != nil {
				return err
			}
			return p.RingAt(person.RingSeq, time.Now().Add(-time.Minute))
		}))
	}
}

// figure is the sum of a counter's or gauge's samples with these label values.
func figure(t *testing.T, registry *prometheus.Registry, name string, labels map[string]string) int {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			fits := true
			for _, label := range metric.GetLabel() {
				want, asked := labels[label.GetName()]
				fits = fits && (!asked || want == label.GetValue())
			}
			if fits {
				sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return int(sum)
}
