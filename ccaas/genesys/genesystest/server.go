package genesystest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// The OAuth client every simulator knows unless Options say otherwise.
const (
	DefaultClientID     = "muster"
	DefaultClientSecret = "muster-secret"
)

// Options configure a simulator. The zero value is useful.
type Options struct {
	// Listen is the TCP address; empty means a free port on the loopback interface.
	Listen string
	// StateFile keeps accounts across restarts; empty keeps them in memory only.
	StateFile string
	// Seed makes the ids of created accounts repeatable; empty picks one at random (and keeps it in the state file).
	Seed string
	// ClientID and ClientSecret are the OAuth client that may do everything; empty means DefaultClientID and DefaultClientSecret.
	ClientID     string
	ClientSecret string
	// Clients are further OAuth clients, with the permissions they name; the one above may do everything.
	Clients []Client
	// Settings override DefaultSettings when not nil.
	Settings *Settings
	// Now is the simulator's clock; nil means time.Now.
	Now func() time.Time
	// Logger gets one line per refused control request and per failure to keep state; nil discards.
	Logger *slog.Logger
}

// Server is a running simulator.
type Server struct {
	options Options
	url     string
	now     func() time.Time
	logger  *slog.Logger
	routes  *router
	needs   map[string]needs
	http    *http.Server
	closing sync.Once
	closed  error
	keeper  *keeper

	journal journal
	faults  faults

	mu       sync.Mutex // guards what follows; handlers run with it held
	world    *world
	settings Settings
	tokens   tokens
	clients  map[string]*Client
	armed    armed
	members  map[string][]*user // of a queue; forgotten with each change
}

// Start opens the listener and serves until Close. It fails when the address is taken or the state file cannot be read.
func Start(options Options) (*Server, error) {
	if options.Listen == "" {
		options.Listen = "127.0.0.1:0"
	}
	if options.ClientID == "" {
		options.ClientID, options.ClientSecret = DefaultClientID, DefaultClientSecret
	}
	server := &Server{options: options, now: options.Now, logger: options.Logger}
	if server.now == nil {
		server.now = time.Now
	}
	if server.logger == nil {
		server.logger = slog.New(slog.DiscardHandler)
	}
	server.settings = server.initialSettings()
	if err := server.settings.check(); err != nil {
		return nil, err
	}
	world, err := loadWorld(options.StateFile, options.Seed)
	if err != nil {
		return nil, err
	}
	server.world = world
	server.routes, server.needs = newRouter(routes()), operationNeeds()
	own := Client{ID: options.ClientID, Secret: options.ClientSecret, Permissions: []string{everything}}
	for _, client := range append([]Client{own}, options.Clients...) {
		if err := server.putClient(client); err != nil {
			return nil, fmt.Errorf("OAuth client %s: %w", client.ID, err)
		}
	}

	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", options.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", options.Listen, err)
	}
	server.url = "http://" + listener.Addr().String()
	server.keeper = startKeeper(options.StateFile, server.encodeWorld, server.logger)
	server.http = &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			server.logger.Error("simulator stopped serving", "error", err)
		}
	}()
	return server, nil
}

// TB is the part of testing.TB that New needs, so that this package does not link package testing into programs.
type TB interface {
	Helper()
	Fatalf(format string, arguments ...any)
	Cleanup(func())
}

// New starts a simulator for one test and closes it at the test's end.
func New(t TB, options Options) *Server {
	t.Helper()
	server, err := Start(options)
	if err != nil {
		t.Fatalf("starting the platform simulator: %v", err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// Close stops serving, ends requests in flight and writes the state file. It may be called more than once.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.closed = errors.Join(s.http.Close(), s.keeper.stop())
	})
	return s.closed
}

// URL is the base of the platform API, without /api/v2.
func (s *Server) URL() string { return s.url }

// LoginURL is the base of the token endpoint, without /oauth/token. The simulator serves both from one address.
func (s *Server) LoginURL() string { return s.url }

// ClientID is the id of the OAuth client.
func (s *Server) ClientID() string { return s.options.ClientID }

// ClientSecret is the secret of the OAuth client.
func (s *Server) ClientSecret() string { return s.options.ClientSecret }

func (s *Server) initialSettings() Settings {
	if s.options.Settings != nil {
		return s.options.Settings.clone()
	}
	return DefaultSettings()
}
