// Package frontdoor is the HTTP side of the starter: HR systems post events to it, operators and legal read and decide.
//
// It only writes rows and rings: what an event leads to is decided by the person's mailbox. Everything it accepts is
// committed before it answers, so it works while Temporal is down, and answers 503 while PostgreSQL is.
package frontdoor

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"muster/api"
	"muster/starter/alerting"
	"muster/store"
)

// Bell tells workflows that there is something to look at. Its calls return at once and never fail the request: what it
// could not deliver, the relay delivers from the rows.
type Bell interface {
	// Ring rings the mailboxes of these persons.
	Ring(personIDs ...string)
	// Announce signals a decision to the workflow that waits for it.
	Announce(decision store.Undelivered)
}

// Temporal is what readiness asks of the Temporal server.
type Temporal interface {
	// Reachable fails when the server does not answer.
	Reachable(ctx context.Context) error
	// MissingSearchAttributes names those of Muster's search attributes that are not registered.
	MissingSearchAttributes(ctx context.Context) ([]string, error)
}

// Options are what the front door is made of. All but Namespaces are needed.
type Options struct {
	Store    *store.Store
	Bell     Bell
	Temporal Temporal
	Tokens   Tokens
	Secrets  Secrets
	// Namespaces gives each source the namespace its external ids belong to. Sources that are not in it, and all of them
	// when it is empty, share DefaultNamespace.
	Namespaces map[string]string
	// Metrics is where the front door registers its figures and what /metrics shows.
	Metrics *prometheus.Registry
	Log     *slog.Logger
	// Now is the clock; confidentiality depends on it.
	Now func() time.Time
}

// DefaultNamespace is the namespace of external ids when none is configured.
const DefaultNamespace = "default"

// Door answers HTTP requests. New makes it.
type Door struct {
	Options
	router   *chi.Mux
	api      huma.API
	registry *registryCache
	refusals *refusals
	unsigned *alerting.SignatureFailures
	figures  *figures
	// questions holds those of addWhatIf that are being worked on.
	questions chan struct{}
}

// New builds the front door with all its routes.
func New(options Options) (*Door, error) {
	door := &Door{
		Options:  options,
		router:   chi.NewMux(),
		registry: newRegistryCache(options.Store, options.Now),
		refusals: newRefusals(options.Store, options.Log),
		unsigned: alerting.NewSignatureFailures(),
		figures:  newFigures(options.Metrics, options.Store, options.Now),

		questions: make(chan struct{}, questionsAtOnce),
	}
	door.router.Use(door.observe, door.recoverPanics)
	door.router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, api.NewProblem(http.StatusNotFound, "no such path: /v1/docs lists all there are"))
	})
	door.router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, api.NewProblem(http.StatusMethodNotAllowed, r.Method+" is not for this path: /v1/docs lists what is"))
	})
	door.api = humachi.New(door.router, huma.Config{
		OpenAPI:       description(),
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{asProblem},
		// A mistyped filter must not silently list everything.
		RejectUnknownQueryParameters: true,
	})
	door.addEvents()
	door.addAgents()
	door.addLevers()
	door.addHolds()
	door.addExceptions()
	door.addOutstanding()
	door.addPersons()
	door.addLeavers()
	door.addApprovals()
	door.addReviews()
	door.addGuards()
	door.addBatches()
	door.addInbox()
	door.addMapping()
	door.addPlatform()
	door.addWhatIf()
	door.addReconciliations()
	door.addAdoptions()
	door.addAudit()
	door.addHealth()
	return door, door.addDocumentation()
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.router.ServeHTTP(w, r) }

// namespaceOf is the namespace of a source's external ids.
func (d *Door) namespaceOf(source string) string {
	if namespace := d.Namespaces[source]; namespace != "" {
		return namespace
	}
	return DefaultNamespace
}

// multiNamespace says whether person ids must carry their namespace.
func (d *Door) multiNamespace() bool { return len(d.namespaces()) > 1 }

// namespaces are those of the sources that are configured, sorted.
func (d *Door) namespaces() (distinct []string) {
	for _, source := range d.sources() {
		distinct = append(distinct, d.namespaceOf(source))
	}
	if len(distinct) == 0 {
		return []string{DefaultNamespace}
	}
	slices.Sort(distinct)
	return slices.Compact(distinct)
}

// sources are all sources that are configured, by secret or by namespace.
func (d *Door) sources() []string {
	sources := d.Secrets.Sources()
	for source := range d.Namespaces {
		sources = append(sources, source)
	}
	return sources
}
