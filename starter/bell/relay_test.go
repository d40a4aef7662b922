package bell_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"muster/lifecycle"
	"muster/names"
	"muster/starter/bell"
	"muster/starter/internal/gate"
	"muster/store"
	"muster/testenv"
)

// signalPatience bounds a call to a server that is not there.
const signalPatience = time.Second

// brisk is the relay's pace in tests: it looks often, and is as patient as in production unless a test says otherwise.
func brisk() bell.Pace {
	return bell.Pace{
		Every: 10 * time.Millisecond, RingAgain: time.Minute, DecisionAge: time.Millisecond, MaxBackoff: 50 * time.Millisecond, VainAfter: 3,
		GraceCheck: time.Hour,
	}
}

// relaying runs a relay until the test ends and returns its figures and its log.
func relaying(t *testing.T, records *store.Store, here place, address string, pace bell.Pace) (*prometheus.Registry, *safeLog) {
	t.Helper()
	registry := prometheus.NewRegistry()
	log := &safeLog{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	temporal := here.client(t, address)
	ringer := bell.New(temporal, registry, logger)
	relay := bell.NewRelay(records, ringer, bell.NewServer(temporal, here.namespace), pace, registry, logger)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return registry, log
}

type safeLog struct {
	mutex   sync.Mutex
	content bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.content.Write(p)
}

func (l *safeLog) count(text string) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return strings.Count(l.content.String(), text)
}

func TestTheRelayRingsWhoIsDue(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	due(t, records, "P-1", "P-2")
	relaying(t, records, here, here.address, brisk())
	for _, personID := range []string{"P-1", "P-2"} {
		require.Eventually(t, func() bool { return rings(t, temporal, personID) == 1 }, patience, glance)
	}
}

func TestTwoRelaysShareThePeopleWhoAreDue(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	people := make([]string, 20)
	for i := range people {
		people[i] = fmt.Sprintf("P-%d", i)
	}
	due(t, records, people...)
	one, _ := relaying(t, records, here, here.address, brisk())
	two, _ := relaying(t, records, here, here.address, brisk())
	sent := func() int {
		return figure(t, one, "muster_rings_total", map[string]string{"result": "sent"}) +
			figure(t, two, "muster_rings_total", map[string]string{"result": "sent"})
	}
	require.Eventually(t, func() bool { return sent() >= 20 }, patience, glance)
	require.Equal(t, 20, sent(), "nobody is rung twice")
	require.Equal(t, 1, rings(t, temporal, "P-19"))
}

func TestWhatIsDueWhileTemporalIsDownIsRungWhenItIsBack(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	before := gate.Before(t, here.address)
	before.Shut()
	registry, _ := relaying(t, records, here, before.Address(), brisk())
	due(t, records, "P-1")
	require.Eventually(t, func() bool { return figure(t, registry, "muster_relay_failures_total", nil) >= 2 }, patience, glance)
	require.Zero(t, rings(t, temporal, "P-1"))

	before.Open()
	require.Eventually(t, func() bool { return rings(t, temporal, "P-1") == 1 }, patience, glance,
		"and at once, not when the next ring would be due")
}

func TestTheRelayDeliversADecisionUntilItIsTakenUp(t *testing.T) {
	here := somewhere(t)
	temporal := here.ready(t)
	records := testenv.Store(t)
	due(t, records, "P-1")
	waitingHire(t, temporal)
	var approval store.Approval
	require.NoError(t, records.WithPerson(t.Context(), "P-1", func(_ context.Context, p *store.PersonTx) (err error) {
		approval, err = p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalActivation, WorkflowID: "hire/P-1/1", Question: "?"})
		return err
	}))
	_, err := records.DecideApproval(t.Context(), approval.ID, store.Decision{Decision: names.DecisionApprove, Actor: "ana"})
	require.NoError(t, err)
	relaying(t, records, here, here.address, brisk())
	delivered := func() int { return len(signals(t, temporal, "hire/P-1/1", names.SignalApprovalDecision)) }
	require.Eventually(t, func() bool { return delivered() >= 2 }, patience, glance, "again and again while nobody takes it up")

	require.NoError(t, records.WithPerson(t.Context(), "P-1", func(_ context.Context, p *store.PersonTx) error {
		return p.TakeUpApproval(approval.ID)
	}))
	var last int
	require.Eventually(t, func() bool {
		now := delivered()
		quiet := now == last
		last = now
		return quiet
	}, patience, 20*brisk().Every, "and no more once it was")
}

func TestAMailboxThatIsRungInVainIsAnError(t *testing.T) {
	here := somewhere(t)
	here.ready(t)
	records := testenv.Store(t)
	due(t, records, "P-1")
	pace := brisk()
	pace.RingAgain = 50 * time.Millisecond
	pace.MaxBackoff = 5 * time.Second
	registry, log := relaying(t, records, here, here.address, pace)
	require.Eventually(t, func() bool { return log.count(`"level":"ERROR"`) > 0 }, patience, glance)
	require.Equal(t, 1, log.count("rung many times in vain"), "said once")
	require.Equal(t, 1, figure(t, registry, "muster_relay_people_rung_in_vain", nil))
	alert := alerted(t, records)
	require.Equal(t, "P-1", alert.PersonID)
	require.NotNil(t, alert.LapsesAt, "it closes when the mailbox answers")
}

// alerted waits for an alert about rings in vain.
func alerted(t *testing.T, records *store.Store) (alert store.Alert) {
	t.Helper()
	require.Eventually(t, func() bool {
		alerts, _, err := records.Alerts(t.Context(), store.AlertFilter{State: store.AlertOpen})
		require.NoError(t, err)
		for _, found := range alerts {
			if found.Kind == store.AlertRungInVain {
				alert = found
				return true
			}
		}
		return false
	}, patience, glance)
	return alert
}

func TestThatTemporalStaysAwayIsAnAlert(t *testing.T) {
	here := somewhere(t)
	records := testenv.Store(t)
	before := gate.Before(t, here.address)
	before.Shut()
	pace := brisk()
	pace.RingAgain = 50 * time.Millisecond
	relaying(t, records, here, before.Address(), pace)
	require.Equal(t, "temporal", alerted(t, records).SubjectID)
}
