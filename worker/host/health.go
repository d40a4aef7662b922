package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/client"

	"muster/ccaas/genesys"
	"muster/store"
)

// serveHealth serves /healthz (the process lives), /readyz (PostgreSQL and Temporal answer) and /metrics until ctx ends.
func serveHealth(ctx context.Context, listen string, database *store.Store, temporal client.Client, platform *genesys.Platform) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listening for health checks: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answerReady(w, r, database, temporal) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics(platform), promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving health checks: %w", err)
	}
	return nil
}

func answerReady(w http.ResponseWriter, r *http.Request, database *store.Store, temporal client.Client) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	parts := map[string]string{"database": "ok", "temporal": "ok"}
	status := http.StatusOK
	if err := database.Ping(ctx); err != nil {
		parts["database"], status = err.Error(), http.StatusServiceUnavailable
	}
	if _, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		parts["temporal"], status = err.Error(), http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(parts)
}

func metrics(platform *genesys.Platform) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, value func(genesys.Limits) float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "muster", Subsystem: "genesys", Name: name, Help: help},
			func() float64 { return value(platform.Limits()) }))
	}
	gauge("ratelimit_used", "Requests used in the platform's current window.", func(l genesys.Limits) float64 { return float64(l.Used) })
	gauge("ratelimit_allowed", "Requests the platform allows in a window.", func(l genesys.Limits) float64 { return float64(l.Allowed) })
	return registry
}
