package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"

	"muster/starter/alerting"
	"muster/starter/bell"
	"muster/starter/frontdoor"
	"muster/store"
)

// Run serves until ctx ends, then stops gracefully: requests under way are answered, rings that wait are sent.
//
// It starts, and accepts what it can, while PostgreSQL or Temporal is down; /readyz says which.
func Run(ctx context.Context, config Config, logger *slog.Logger) error {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return fmt.Errorf("reading TEMPORAL_*: %w", err)
	}
	options.Logger = log.NewStructuredLogger(logger)
	// A lazy client connects at its first call, and again after the server was away.
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return fmt.Errorf("prepare the Temporal client: %w", err)
	}
	defer temporal.Close()
	records, err := store.Open(ctx, config.DatabaseURL)
	if err != nil {
		return err
	}
	defer records.Close()

	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	ringer := bell.New(temporal, registry, logger)
	namespace := options.Namespace
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	server := bell.NewServer(temporal, namespace)
	pace := bell.DefaultPace()
	pace.GraceCheck = cmp.Or(config.GraceCheck, pace.GraceCheck)
	relay := bell.NewRelay(records, ringer, server, pace, registry, logger)
	alerts, err := newAlerting(config, records, registry, logger)
	if err != nil {
		return err
	}
	door, err := newDoor(config, records, ringer, server, registry, logger)
	if err != nil {
		return err
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", config.Listen, err)
	}
	// What runs beside the requests outlives them, so that the last accepted event still rings.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { ringer.Run(background) })
	running.Go(func() { relay.Run(background) })
	running.Go(func() { alerts.Run(background) })
	running.Go(func() { records.RunSequencer(background, logger) })
	logger.InfoContext(ctx, "serving", "address", listener.Addr().String())
	err = serve(ctx, door, listener, config.StopTimeout)
	stop()
	running.Wait()
	return err
}

func newAlerting(config Config, records *store.Store, registry *prometheus.Registry, logger *slog.Logger) (*alerting.Alerting, error) {
	options := alerting.Options{
		Store: records, Silence: time.Duration(config.SilenceHours * float64(time.Hour)), Pace: alerting.DefaultPace(),
		Metrics: registry, Log: logger,
	}
	if config.AlertURLsFile != "" {
		var err error
		if options.Endpoints, err = alerting.ReadEndpoints(config.AlertURLsFile); err != nil {
			return nil, err
		}
	}
	return alerting.New(options), nil
}

func newDoor(
	config Config, records *store.Store, ringer *bell.Bell, server bell.Server, registry *prometheus.Registry, logger *slog.Logger,
) (*frontdoor.Door, error) {
	options := frontdoor.Options{
		Store: records, Bell: ringer, Temporal: server, Namespaces: config.Namespaces, Metrics: registry, Log: logger, Now: time.Now,
	}
	var err error
	if config.TokensFile != "" {
		if options.Tokens, err = frontdoor.ReadTokens(config.TokensFile); err != nil {
			return nil, err
		}
	}
	if config.WebhookSecretsFile != "" {
		if options.Secrets, err = frontdoor.ReadSecrets(config.WebhookSecretsFile); err != nil {
			return nil, err
		}
	}
	if config.TokensFile == "" {
		logger.Warn("no tokens are configured: every operator call will be refused")
	}
	if config.WebhookSecretsFile == "" {
		logger.Warn("no webhook secrets are configured: every signed event will be refused")
	}
	return frontdoor.New(options)
}

// serve answers requests until ctx ends and those under way are done.
func serve(ctx context.Context, handler http.Handler, listener net.Listener, stopTimeout time.Duration) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return fmt.Errorf("stop serving HTTP: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}
