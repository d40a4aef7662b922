package frontdoor

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"muster/store"
)

// figures are what the front door counts itself. What the database knows (events by outcome, people by state) is read by the
// collector in record_figures.go.
type figures struct {
	events   *prometheus.CounterVec
	requests *prometheus.HistogramVec
}

func newFigures(registry *prometheus.Registry, records *store.Store, now func() time.Time) *figures {
	f := &figures{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muster_events_received_total", Help: "HR events by source and what the front door did with them.",
		}, []string{"source", "status"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_http_request_duration_seconds", Help: "Duration of requests by method, route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
	}
	registry.MustRegister(f.events, f.requests, newRecordFigures(records, now))
	return f
}
