// Package carryout carries a reconciliation out: it reads HR's rosters and the platform, has everybody compared, reads by its id what
// differs, records what is found and does about it what its type's mode says.
//
// Each step is an activity. All that a step knows is in PostgreSQL, so that another process goes on where one died, and finds the same.
package carryout

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"muster/ccaas"
	"muster/names"
	"muster/reconcile"
	"muster/reconcile/source"
	"muster/store"
)

// Platform reads one account at a time, and the names of what there is.
type Platform interface {
	Name() string
	Catalogue(ctx context.Context, fresh bool) (*ccaas.Catalogue, error)
	AccountByExternalID(ctx context.Context, externalID string) (*ccaas.Account, error)
	AccountsByEmail(ctx context.Context, email string) ([]ccaas.Account, error)
	Account(ctx context.Context, id string, want ccaas.Want) (ccaas.Account, error)
}

// Roster lists everybody on the platform, with a client that is there for nothing else.
type Roster interface {
	// Check fails with ErrCanWrite when the client could write although it must not, and with *ccaas.Error when that cannot be found out.
	Check(ctx context.Context) error
	// Reader is for one reading; pause is called before each request.
	Reader(pause func(context.Context) error) ccaas.RosterReader
}

// ErrCanWrite says that the client which lists the platform could also change it.
var ErrCanWrite = errors.New("the client that reads the platform can write")

// Temporal tells which workflows are open.
type Temporal interface {
	// OpenOperations are the ids of all open operations of people; the list may lag behind.
	OpenOperations(ctx context.Context) ([]string, error)
	IsRunning(ctx context.Context, workflowID string) (bool, error)
	// Ring sends names.SignalRing to a workflow; one that is not there any more is no error.
	Ring(ctx context.Context, workflowID string) error
}

// Remedy repairs what a delta is about, and records what became of it. It is asked again about the same delta after a crash, and does nothing
// twice.
type Remedy interface {
	Carry(ctx context.Context, reconciliationID string, delta reconcile.Delta, mode store.ReconciliationMode) (Remedied, error)
	// Completed closes what was open about differences that a completed reconciliation did not find any more.
	Completed(ctx context.Context, reconciliationID string) error
}

// Remedied is what was done about a delta.
type Remedied struct {
	// Outcome is one of the store's words; empty: nothing is to be done.
	Outcome string
	// RingWorkflow is a workflow that has to be rung, so that it sees that its time is over; empty: none has to.
	RingWorkflow string
	// Text says more of the outcome, in fixed words and ids.
	Text string
}

// Options are what reconciliations are made of.
type Options struct {
	Store    *store.Store
	Platform Platform
	// Roster lists the platform; nil: no client is configured for it, and reconciliations of everybody are refused.
	Roster Roster
	// Sources are HR's rosters.
	Sources  []source.Settings
	Temporal Temporal
	// Remedy repairs; nil: everything is reported only.
	Remedy Remedy
	Log    *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// Patience is how long a reading of the platform waits in all for leavers whose access is being cut; zero: ten minutes.
	Patience time.Duration
}

// Carryout holds the activities of a reconciliation.
type Carryout struct {
	Options
	rosters *source.Reader
}

// New wires the activities.
func New(options Options) *Carryout {
	if options.Patience == 0 {
		options.Patience = 10 * time.Minute
	}
	return &Carryout{Options: options, rosters: source.NewReader(options.Store, options.Now)}
}

// RegisterRecord registers what works on PostgreSQL and HR's rosters.
func (c *Carryout) RegisterRecord(r worker.ActivityRegistry) {
	register(r, map[string]any{
		names.ActivityBeginReconciliation: c.Begin,
		names.ActivityReadRosters:         c.ReadRosters,
		names.ActivityCompare:             c.Compare,
		names.ActivityCarryOutDeltas:      c.CarryOut,
		names.ActivityEndReconciliation:   c.End,
	})
}

// RegisterPlatform registers what reads the platform.
func (c *Carryout) RegisterPlatform(r worker.ActivityRegistry) {
	register(r, map[string]any{
		names.ActivityReadPlatform:    c.ReadPlatform,
		names.ActivityConfirm:         c.Confirm,
		names.ActivityReconcilePerson: c.Person,
		names.ActivityCarryOutAdopted: c.CarryOutAdoption,
	})
}

func register(r worker.ActivityRegistry, activities map[string]any) {
	for name, function := range activities {
		r.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: name})
	}
}
