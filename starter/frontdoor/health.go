package frontdoor

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"muster/api"
	"muster/store"
)

// readyTimeout bounds each part's answer to a readiness question.
const readyTimeout = 2 * time.Second

type alive struct {
	Status string `json:"status" enum:"ok"`
}

type readiness struct {
	Status int
	Body   api.Readiness
}

func (d *Door) addHealth() {
	add(d, route{
		method: http.MethodGet, path: "/healthz", id: "get-health", tag: tagOperation, summary: "Whether the process is alive",
	}, func(context.Context, *struct{}) (*document[alive], error) {
		return &document[alive]{Body: alive{Status: "ok"}}, nil
	})
	add(d, route{
		method: http.MethodGet, path: "/readyz", id: "get-readiness", tag: tagOperation,
		summary:     "Whether the database, Temporal and its search attributes are there",
		description: "Answers 503 with the same document when a part is missing. Events are accepted while only Temporal is down.",
	}, d.ready)
	d.describePlain("/metrics", "get-metrics", "Figures for Prometheus", "text/plain")
	d.router.Method(http.MethodGet, "/metrics", promhttp.HandlerFor(d.Metrics, promhttp.HandlerOpts{
		// A database that is down must not take away the figures that say so.
		ErrorHandling: promhttp.ContinueOnError,
	}))
}

func (d *Door) ready(ctx context.Context, _ *struct{}) (*readiness, error) {
	questions := []struct {
		name string
		ask  func(context.Context) string
	}{
		{"database", d.databaseProblem},
		{"temporal", d.temporalProblem},
		{"search_attributes", d.searchAttributesProblem},
	}
	answer := &readiness{Status: http.StatusOK, Body: api.Readiness{Ready: true, Parts: make([]api.ReadinessPart, len(questions))}}
	var asking sync.WaitGroup
	for i, question := range questions {
		asking.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, readyTimeout)
			defer cancel()
			problem := question.ask(ctx)
			answer.Body.Parts[i] = api.ReadinessPart{Name: question.name, Ready: problem == "", Problem: problem}
		})
	}
	asking.Wait()
	for _, part := range answer.Body.Parts {
		if !part.Ready {
			answer.Status, answer.Body.Ready = http.StatusServiceUnavailable, false
		}
	}
	return answer, nil
}

// The problems are said in our words: an error's own text may hold addresses and user names, and readiness is open to all.

func (d *Door) databaseProblem(ctx context.Context) string {
	err := d.Store.Ping(ctx)
	var behind *store.NotMigratedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &behind):
		return behind.Error()
	default:
		d.Log.WarnContext(ctx, "not ready: database", "error", err)
		return "the database cannot be reached"
	}
}

func (d *Door) temporalProblem(ctx context.Context) string {
	if err := d.Temporal.Reachable(ctx); err != nil {
		d.Log.WarnContext(ctx, "not ready: Temporal", "error", err)
		return "the Temporal server cannot be reached"
	}
	return ""
}

func (d *Door) searchAttributesProblem(ctx context.Context) string {
	missing, err := d.Temporal.MissingSearchAttributes(ctx)
	switch {
	case err != nil:
		return "the Temporal server cannot be asked for its search attributes"
	case len(missing) > 0:
		return "not registered: " + strings.Join(missing, ", ") + " (run the set-up step)"
	default:
		return ""
	}
}
