package alerting

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muster/store"
)

const (
	// batch is how many alerts are taken at once, parallel how many are posted to one endpoint at once.
	batch    = 20
	parallel = 5
	// giveBackTimeout bounds what a stop waits for.
	giveBackTimeout = 2 * time.Second
)

// courier delivers to one endpoint.
type courier struct {
	store      *store.Store
	endpoint   Endpoint
	client     *http.Client
	pace       Pace
	deliveries *prometheus.CounterVec
	log        *slog.Logger
}

// lease is longer than it takes to try a batch, however slowly the endpoint answers.
func (c *courier) lease() time.Duration { return 2 * (batch/parallel + 1) * c.pace.Timeout }

// round delivers what is due, once. It says whether there was more than fits into a round.
func (c *courier) round(ctx context.Context) (more bool) {
	due, err := c.store.DueAlerts(ctx, c.endpoint.Name, batch, c.lease())
	if err != nil {
		c.report(ctx, err)
		return false
	}
	waiting := make(chan store.DueAlert, len(due))
	for _, alert := range due {
		waiting <- alert
	}
	close(waiting)
	var posting sync.WaitGroup
	for range min(parallel, len(due)) {
		posting.Go(func() {
			for alert := range waiting {
				c.deliver(ctx, alert)
			}
		})
	}
	posting.Wait()
	return len(due) == batch && ctx.Err() == nil
}

// deliver makes one attempt and notes what came of it. What cannot be noted is tried again when the lease is over.
func (c *courier) deliver(ctx context.Context, alert store.DueAlert) {
	err := post(ctx, c.client, c.endpoint, alert.Alert)
	switch {
	case ctx.Err() != nil:
		c.giveBack(ctx, alert)
	case err != nil:
		c.report(ctx, c.failed(ctx, alert, err))
	default:
		c.deliveries.WithLabelValues(c.endpoint.Name, "delivered").Inc()
		c.report(ctx, c.delivered(ctx, alert))
	}
}

// giveBack leaves an attempt that a stop has cut short to the next process, at once rather than after the lease. Whether the
// endpoint got the message is unknown.
func (c *courier) giveBack(ctx context.Context, alert store.DueAlert) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTimeout)
	defer cancel()
	if err := c.store.AlertNotDelivered(ctx, c.endpoint.Name, alert.ID, alert.State(), time.Millisecond); err != nil {
		c.log.WarnContext(ctx, "an alert under way at the stop is delivered when its lease is over", "alert", alert.ID, "error", err)
	}
}

func (c *courier) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		c.log.WarnContext(ctx, "the delivery of alerts failed and is tried again", "endpoint", c.endpoint.Name, "error", err)
	}
}

// delivered notes a delivery, and that the endpoint can be reached again once nothing waits that it was tried with in vain.
func (c *courier) delivered(ctx context.Context, alert store.DueAlert) error {
	if err := c.store.AlertDelivered(ctx, c.endpoint.Name, alert.ID, alert.State()); err != nil {
		return err
	}
	undelivered, err := c.store.UndeliveredAlerts(ctx, c.endpoint.Name, c.pace.ComplainAfter)
	if err != nil || undelivered > 0 {
		return err
	}
	return c.store.CloseAlert(ctx, store.AlertKey(store.AlertDeliveryFailed, c.endpoint.Name), "the endpoint takes alerts again")
}

// failed plans the next attempt, or gives up, and makes the failure visible when it is not the first.
func (c *courier) failed(ctx context.Context, alert store.DueAlert, cause error) error {
	pause := pauseAfter(alert.Attempt, c.pace, rand.Float64()) //nolint:gosec // spreads attempts, guards nothing
	entry := []any{"endpoint", c.endpoint.Name, "alert", alert.ID, "state", alert.State(), "attempt", alert.Attempt, "error", cause}
	if time.Since(alert.FirstAttemptAt)+pause > c.pace.GiveUpAfter && !lasting(alert.Alert) {
		pause = 0
		c.deliveries.WithLabelValues(c.endpoint.Name, "given_up").Inc()
		c.log.ErrorContext(ctx, "an alert was not delivered and is given up", entry...)
	} else {
		c.deliveries.WithLabelValues(c.endpoint.Name, "failed").Inc()
		c.log.WarnContext(ctx, "an alert was not delivered", append(entry, "next_in", pause)...)
	}
	if err := c.store.AlertNotDelivered(ctx, c.endpoint.Name, alert.ID, alert.State(), pause); err != nil {
		return err
	}
	if alert.Attempt < c.pace.ComplainAfter && pause > 0 {
		return nil
	}
	lapses := time.Now().Add(c.pace.GiveUpAfter)
	return c.store.RaiseAlert(ctx, store.Alert{
		Kind: store.AlertDeliveryFailed, Severity: store.SeverityWarning, SubjectID: c.endpoint.Name, LapsesAt: &lapses,
		Text: fmt.Sprintf("Alerts do not get through to endpoint %s.", c.endpoint.Name),
	})
}

// lasting says whether an alert is told as long as it is open, however long it takes: an endpoint that comes back after days must
// not be the reason why legal has not heard of a deletion. It counts as undelivered all the while, so AlertDeliveryFailed stays open.
func lasting(alert store.Alert) bool {
	return alert.Kind == store.AlertDeletionDue && alert.ClosedAt == nil
}

// pauseAfter is the pause after so many failed attempts: it doubles up to the longest, and is spread by a fifth to either side
// (spread is from 0 to 1) so that many alerts do not come back to a receiver at one instant. It is pure.
func pauseAfter(attempts int, pace Pace, spread float64) time.Duration {
	pause := pace.FirstPause
	for range attempts - 1 {
		if pause >= pace.LongestPause {
			break
		}
		pause *= 2
	}
	pause = min(pause, pace.LongestPause)
	return time.Duration(float64(pause) * (0.8 + 0.4*spread))
}
