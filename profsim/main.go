// Command genesys-simulator runs the platform simulator until it is told to stop (SIGINT, SIGTERM). Its first line on standard
// output is a JSON object with the addresses and the OAuth client that may do everything; the control API is under /_sim/ of the same address.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"github.com/caarlos0/env/v11"

	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
)

func main() {
	f, _ := os.Create("/tmp/prof/sim.cpu")
	_ = pprof.StartCPUProfile(f)
	defer func() { pprof.StopCPUProfile(); f.Close() }()
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, logger); err != nil && !errors.Is(err, flag.ErrHelp) {
		logger.Error("platform simulator", "error", err)
		stop()
		os.Exit(1)
	}
}

// oauthClients are the client that may do everything, without an id the library's default, and one that may only read the roster, which
// there is only with an id.
type oauthClients struct {
	ID           string `env:"GENESYS_CLIENT_ID"`
	Secret       string `env:"GENESYS_CLIENT_SECRET"`
	ReaderID     string `env:"GENESYS_READER_ID"`
	ReaderSecret string `env:"GENESYS_READER_SECRET"`
}

// run serves until the context ends; the ready line goes to stdout.
func run(ctx context.Context, arguments []string, stdout io.Writer, logger *slog.Logger) error {
	client, err := env.ParseAs[oauthClients]()
	if err != nil {
		return fmt.Errorf("reading the environment: %w", err)
	}
	settings := genesystest.DefaultSettings()
	options := genesystest.Options{
		Settings: &settings, Logger: logger,
		ClientID: client.ID, ClientSecret: client.Secret,
	}
	if client.ReaderID != "" {
		options.Clients = []genesystest.Client{{ID: client.ReaderID, Secret: client.ReaderSecret, Permissions: genesys.RosterPermissions()}}
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
	if err := json.NewEncoder(stdout).Encode(ready); err != nil {
		_ = server.Close()
		return fmt.Errorf("telling the address: %w", err)
	}
	<-ctx.Done()
	return server.Close()
}
