package bell

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"golang.org/x/sync/errgroup"

	"muster/names"
	"muster/store"
)

// graceWatch looks after the workflows that count down leavers' graces. One that was terminated, or lost with Temporal's history, does
// nothing any more, and rings nobody: without a watch its account would stay for ever, and nobody would know.
type graceWatch struct {
	store  *store.Store
	server Server
	pace   Pace
	log    *slog.Logger
	checks *prometheus.CounterVec
}

// The results of checking a grace.
const (
	graceRuns    = "running"
	graceMissing = "missing"
	graceUnsure  = "unknown"
)

func newGraceWatch(relay *Relay, registry *prometheus.Registry) graceWatch {
	checks := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "muster_grace_checks_total",
		Help: "Checks whether the workflow of an open grace runs, by result (running, missing, unknown).",
	}, []string{"result"})
	registry.MustRegister(checks)
	return graceWatch{store: relay.store, server: relay.server, pace: relay.pace, log: relay.log, checks: checks}
}

// roundsPerCheck is how many rounds the graces are spread over, so that they are not all asked about at once.
const roundsPerCheck = 60

// run checks until the context ends.
func (w graceWatch) run(ctx context.Context) {
	pace := rounds{
		first: w.pace.Every, every: max(w.pace.Every, w.pace.GraceCheck/roundsPerCheck), least: w.pace.Every, most: w.pace.MaxBackoff,
		failed: func(pause time.Duration, err error) {
			w.log.WarnContext(ctx, "the watch over graces failed and tries again", "pause", pause, "error", err)
		},
	}
	pace.run(ctx, w.round)
}

// round looks at the graces that nobody looked at for long, and has the mailbox rung of whoever's is not counted down: it asks Temporal
// itself, and starts the workflow again. It says whether there were more graces than it took at once.
func (w graceWatch) round(ctx context.Context) (full bool, err error) {
	// Graces count as checked when they are taken, so none is taken while Temporal could not be asked.
	asking, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	if err := w.server.Reachable(asking); err != nil {
		return false, err
	}
	graces, err := w.store.UncheckedGraces(ctx, w.pace.GraceCheck, batch)
	if err != nil {
		return false, err
	}
	for _, personID := range w.uncounted(ctx, graces) {
		w.log.WarnContext(ctx, "no workflow is known to count a leaver's grace down: the mailbox will be rung", "person_id", personID)
		err = errors.Join(err, w.makeDue(ctx, personID))
	}
	return len(graces) == batch, err
}

// uncounted are the people of those graces that no running workflow counts down.
func (w graceWatch) uncounted(ctx context.Context, graces []store.GraceRef) (people []string) {
	missing := make([]bool, len(graces))
	var asking errgroup.Group
	asking.SetLimit(parallel)
	for i, grace := range graces {
		asking.Go(func() error {
			missing[i] = !w.runs(ctx, grace)
			return nil
		})
	}
	_ = asking.Wait() // none fails: what cannot be asked counts as missing
	for i, grace := range graces {
		if missing[i] {
			people = append(people, grace.PersonID)
		}
	}
	return people
}

// runs asks Temporal. In doubt it does not run: a ring too many does no harm, and the next check is far away.
func (w graceWatch) runs(ctx context.Context, grace store.GraceRef) bool {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	running, err := w.server.Runs(ctx, names.TerminationWorkflowID(grace.PersonID, grace.Generation))
	switch {
	case err != nil:
		w.checks.WithLabelValues(graceUnsure).Inc()
	case running:
		w.checks.WithLabelValues(graceRuns).Inc()
	default:
		w.checks.WithLabelValues(graceMissing).Inc()
	}
	return running && err == nil
}

// makeDue puts the ring on record: the relay rings soon, and again if that is lost.
func (w graceWatch) makeDue(ctx context.Context, personID string) error {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	return w.store.WithPerson(ctx, personID, func(_ context.Context, p *store.PersonTx) error { return p.Ring() })
}

// Runs says whether a workflow is open. One that Temporal does not know, or no longer, is not.
func (s Server) Runs(ctx context.Context, workflowID string) (bool, error) {
	found, err := s.temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	var gone *serviceerror.NotFound
	switch {
	case errors.As(err, &gone):
		return false, nil
	case err != nil:
		return false, err
	}
	switch found.GetWorkflowExecutionInfo().GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED:
		return true, nil
	default:
		return false, nil
	}
}
