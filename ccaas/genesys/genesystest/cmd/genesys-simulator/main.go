// Command genesys-simulator runs the platform simulator until it is told to stop (SIGINT, SIGTERM). Its first line on standard
// output is a JSON object with the addresses and the OAuth client; the control API is under /_sim/ of the same address.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"muster/ccaas/genesys/genesystest"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(os.Args[1:], logger); err != nil {
		logger.Error("platform simulator", "error", err)
		os.Exit(1)
	}
}

func run(arguments []string, logger *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	settings := genesystest.DefaultSettings()
	options := genesystest.Options{
		Settings: &settings, Logger: logger,
		ClientID: os.Getenv("GENESYS_CLIENT_ID"), ClientSecret: os.Getenv("GENESYS_CLIENT_SECRET"),
	}
	flags := flag.NewFlagSet("genesys-simulator", flag.ContinueOnError)
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:0", "address to listen on")
	flags.StringVar(&options.StateFile, "state", "", "file that keeps accounts across restarts")
	flags.StringVar(&options.Seed, "seed", "", "makes the ids of created accounts repeatable")
	flags.IntVar(&settings.RequestsPerMinute, "requests-per-minute", settings.RequestsPerMinute,
		"budget of one token (the platform's default is 300; 0 lifts it)")
	flags.IntVar(&settings.SearchLagMS, "search-lag-ms", settings.SearchLagMS, "how long the search index stays behind")
	flags.IntVar(&settings.JoinLagMS, "join-lag-ms", settings.JoinLagMS, "how long a join takes to become effective")
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("reading flags: %w", err)
	}

	server, err := genesystest.Start(options)
	if err != nil {
		return err
	}
	ready := map[string]string{
		"url": server.URL(), "login_url": server.LoginURL(), "client_id": server.ClientID(), "client_secret": server.ClientSecret(),
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		_ = server.Close()
		return fmt.Errorf("telling the address: %w", err)
	}
	<-ctx.Done()
	return server.Close()
}
