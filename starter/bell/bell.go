// Package bell tells Temporal's workflows that there is something to look at in PostgreSQL.
//
// A ring has no content, so one that is lost or doubled does no harm; a decision's signal is backed by its row. Whatever the
// Bell could not deliver, the Relay delivers from the rows.
package bell

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"muster/names"
	"muster/store"
)

const (
	// parallel is how many signals are under way at once. They wait for the server most of the time.
	parallel = 32
	// waiting is how many rings may wait for their turn. A ring beyond that is left to the relay.
	waiting = 10_000
	// signalTimeout bounds one signal; the SDK tries again by itself until then.
	signalTimeout = 10 * time.Second
)

// Bell rings mailboxes in the background. New makes it; it rings while Run runs.
type Bell struct {
	temporal client.Client
	log      *slog.Logger
	jobs     chan job
	sent     *prometheus.CounterVec

	// queued are the persons whose ring waits for its turn. A second ring would say nothing more, and cost as much.
	mutex  sync.Mutex
	queued map[string]bool
}

// job is one signal to be sent.
type job struct {
	personID string
	decision *store.Undelivered
}

// New makes a bell that signals through a Temporal client, which may be one that has not connected yet.
func New(temporal client.Client, registry *prometheus.Registry, log *slog.Logger) *Bell {
	sent := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "muster_rings_total",
		Help: "Signals to workflows by kind (ring, decision) and result (sent, failed, left_to_relay).",
	}, []string{"kind", "result"})
	registry.MustRegister(sent)
	return &Bell{temporal: temporal, log: log, jobs: make(chan job, waiting), sent: sent, queued: map[string]bool{}}
}

// Ring rings the mailboxes of these persons, soon. It never waits: rings that find no room are left to the relay.
func (b *Bell) Ring(personIDs ...string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, personID := range personIDs {
		if !b.queued[personID] && b.enqueue(job{personID: personID}) {
			b.queued[personID] = true
		}
	}
}

// isQueued says whether a person's ring waits for its turn.
func (b *Bell) isQueued(personID string) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.queued[personID]
}

// begin takes a ring out of those that wait, before it is sent: whatever is committed from now on needs another.
func (b *Bell) begin(next job) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.queued, next.personID)
}

// Announce signals a decision to the workflow that waits for it, soon. It never waits.
func (b *Bell) Announce(decision store.Undelivered) {
	b.enqueue(job{decision: &decision})
}

func (b *Bell) enqueue(next job) bool {
	select {
	case b.jobs <- next:
		return true
	default:
		b.sent.WithLabelValues(next.kind(), "left_to_relay").Inc()
		return false
	}
}

func (j job) kind() string {
	if j.decision != nil {
		return "decision"
	}
	return "ring"
}

// Run sends signals until the context ends, then those already waiting, as far as they go out at the first try.
func (b *Bell) Run(ctx context.Context) {
	var senders sync.WaitGroup
	for range parallel {
		senders.Go(func() {
			for {
				select {
				case <-ctx.Done():
					b.drain()
					return
				case next := <-b.jobs:
					b.deliver(next)
				}
			}
		})
	}
	senders.Wait()
}

// drain empties the queue at shutdown; it gives up at the first failure, since the relay of the next process has the rest.
func (b *Bell) drain() {
	for {
		select {
		case next := <-b.jobs:
			if !b.deliver(next) {
				return
			}
		default:
			return
		}
	}
}

// deliver sends one signal and counts it. A failure is no error yet: the relay tries again and complains when it is in vain.
func (b *Bell) deliver(next job) bool {
	b.begin(next)
	ctx, cancel := context.WithTimeout(context.Background(), signalTimeout)
	defer cancel()
	var err error
	if next.decision != nil {
		err = b.SendDecision(ctx, *next.decision)
	} else {
		err = b.SendRing(ctx, next.personID)
	}
	if err != nil {
		b.log.Warn("could not signal; the relay will", "kind", next.kind(), "error", err)
		return false
	}
	return true
}

// SendRing rings one mailbox, starting it when it is not running, and waits for the server's answer.
func (b *Bell) SendRing(ctx context.Context, personID string) error {
	workflowID := names.AgentWorkflowID(personID)
	_, err := b.temporal.SignalWithStartWorkflow(ctx, workflowID, names.SignalRing, nil, client.StartWorkflowOptions{
		ID:                    workflowID,
		TaskQueue:             names.QueueMuster,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "Mailbox of " + personID + ": decides what is due and has it done",
	}, names.WorkflowAgent, names.AgentInput{PersonID: personID})
	b.count("ring", err)
	if err != nil {
		return fmt.Errorf("ring %s: %w", workflowID, err)
	}
	return nil
}

// SendDecision signals a decision to its workflow; where that is gone, it rings the person's mailbox, which finds the row.
func (b *Bell) SendDecision(ctx context.Context, decision store.Undelivered) error {
	if decision.WorkflowID == "" || decision.WorkflowID == names.AgentWorkflowID(decision.PersonID) {
		return b.SendRing(ctx, decision.PersonID)
	}
	signal, input := decisionSignal(decision)
	err := b.temporal.SignalWorkflow(ctx, decision.WorkflowID, "", signal, input)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return b.SendRing(ctx, decision.PersonID)
	}
	b.count("decision", err)
	if err != nil {
		return fmt.Errorf("signal %s to %s: %w", signal, decision.WorkflowID, err)
	}
	return nil
}

func (b *Bell) count(kind string, err error) {
	result := "sent"
	if err != nil {
		result = "failed"
	}
	b.sent.WithLabelValues(kind, result).Inc()
}
