// Command worker hosts Muster's workflows and activities. Its configuration is read from the environment (see host.Config); it
// stops gracefully on SIGTERM.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"muster/worker/host"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	config, err := host.ReadConfig()
	if err != nil {
		logger.Error("configuration", "error", err)
		os.Exit(2)
	}
	logger.Info("starting", "configuration", config)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := host.Run(ctx, config, logger); err != nil && !errors.Is(err, context.Canceled) {
		logger.Error("worker stopped", "error", err)
		os.Exit(1)
	}
	logger.Info("stopped")
}
