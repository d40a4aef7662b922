// Package alerting tells people outside what is in the inbox: it posts every alert to the endpoints that are configured, signed
// by Standard Webhooks, and does what only the passing of time brings about: alerts, notices of deletions, and the defaults of
// approvals that nobody decides.
//
// Everything it does starts from rows, so whatever is lost on the way, with a process or a receiver, is tried again. A receiver
// may get a message twice, then with the same webhook-id.
package alerting

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muster/store"
)

// Pace says how often alerting looks and how patient it is. Every duration is positive.
type Pace struct {
	// Every is how often due alerts are looked for.
	Every time.Duration
	// WatchEvery is how often undecided approvals, deletions that legal is to be told of, lapsed alerts and silent sources are looked for.
	WatchEvery time.Duration
	// Timeout bounds one attempt to deliver.
	Timeout time.Duration
	// FirstPause is the pause after a first failed attempt; it doubles up to LongestPause.
	FirstPause, LongestPause time.Duration
	// GiveUpAfter is how long after the first attempt the last one is made. The notice of a deletion is tried as long as it is open.
	GiveUpAfter time.Duration
	// ComplainAfter is how many attempts in vain to deliver one alert make an alert about the endpoint.
	ComplainAfter int
}

// DefaultPace is that of a production starter.
func DefaultPace() Pace {
	return Pace{
		Every: time.Second, WatchEvery: 15 * time.Second, Timeout: 10 * time.Second,
		FirstPause: 5 * time.Second, LongestPause: 5 * time.Minute, GiveUpAfter: 24 * time.Hour, ComplainAfter: 3,
	}
}

// Options are what alerting is made of. All but Endpoints and Silence are needed.
type Options struct {
	Store *store.Store
	// Endpoints are told of every alert; without any, alerts are in the inbox all the same.
	Endpoints []Endpoint
	// Silence is how long a source that sends every day may send nothing; zero: sources are not watched.
	Silence time.Duration
	Pace    Pace
	Metrics *prometheus.Registry
	Log     *slog.Logger
}

// Alerting delivers and watches while Run runs. Several processes may run it; each alert is delivered by one of them at a time.
type Alerting struct {
	Options
	couriers []*courier
	sunsets  *sunsets
}

// New makes it and registers its figures.
func New(options Options) *Alerting {
	deliveries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "muster_alert_deliveries_total", Help: "Attempts to deliver alerts by endpoint and result (delivered, failed, given_up).",
	}, []string{"endpoint", "result"})
	options.Metrics.MustRegister(deliveries, newOpenAlerts(options.Store))
	alerting := &Alerting{Options: options, sunsets: &sunsets{store: options.Store}}
	client := newClient(options.Pace.Timeout)
	for _, endpoint := range options.Endpoints {
		alerting.couriers = append(alerting.couriers, &courier{
			store: options.Store, endpoint: endpoint, client: client, pace: options.Pace, deliveries: deliveries, log: options.Log,
		})
	}
	return alerting
}

// Run delivers and watches until the context ends. Each endpoint has a loop of its own: one that hangs delays no other.
func (a *Alerting) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, courier := range a.couriers {
		running.Go(func() { every(ctx, a.Pace.Every, courier.round) })
	}
	running.Go(func() { every(ctx, a.Pace.WatchEvery, a.watch) })
	running.Wait()
}

// every calls a round again and again until the context ends, at once when there is more to do than fitted into it.
func every(ctx context.Context, pause time.Duration, round func(context.Context) (more bool)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if round(ctx) {
			timer.Reset(0)
		} else {
			timer.Reset(pause)
		}
	}
}

// watch raises and closes what depends on the time.
func (a *Alerting) watch(ctx context.Context) (more bool) {
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return a.Store.KeepApprovalDeadlines(ctx, time.Now()) },
		func(ctx context.Context) error { return a.Store.KeepGraceNotices(ctx, time.Now()) },
		a.Store.CloseGuardTrips,
		a.Store.WatchRollouts,
		a.Store.CloseLapsedAlerts,
		a.Store.WatchSchedules,
		func(ctx context.Context) error { return a.sunsets.watch(ctx, time.Now()) },
	}
	if a.Silence > 0 {
		steps = append(steps, func(ctx context.Context) error { return a.Store.WatchSilence(ctx, a.Silence) })
	}
	for _, step := range steps {
		if err := step(ctx); err != nil && ctx.Err() == nil {
			a.Log.WarnContext(ctx, "what has to be alerted about could not be looked for", "error", err)
		}
	}
	return false
}
