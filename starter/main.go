// Command starter is Muster's HTTP front door: HR systems post events to it, operators and legal read and decide. It also rings
// again whatever a mailbox has not taken up. Its configuration is read from the environment (see host.Config); it stops
// gracefully on SIGTERM.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"muster/starter/host"
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
	if err := host.Run(ctx, config, logger); err != nil {
		logger.Error("starter stopped", "error", err)
		os.Exit(1) //nolint:gocritic // nothing is left to release
	}
	logger.Info("stopped")
}
