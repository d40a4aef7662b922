// Package catalogue keeps the names of the platform's constructs in the record, for those who have no way to the platform: the starter
// tells an author of rules what exists without ever asking the platform.
package catalogue

import (
	"context"
	"log/slog"
	"time"

	"muster/ccaas"
	"muster/store"
)

// Platform is what the keeper asks of a platform.
type Platform interface {
	Name() string
	// Catalogue reads the constructs by name; fresh: not from a cache.
	Catalogue(ctx context.Context, fresh bool) (*ccaas.Catalogue, error)
}

// Pace says how often the keeper looks and how patient it is. Every duration is positive.
type Pace struct {
	// Every is how often it looks whether names are wanted. That costs PostgreSQL one small statement and the platform nothing.
	Every time.Duration
	// Sign is how often it tells that it is there.
	Sign time.Duration
	// Oldest is how old names may become when nobody wants newer ones.
	Oldest time.Duration
	// ReadWithin bounds one reading. When the worker dies over it, the others wait that long and a little longer.
	ReadWithin time.Duration
	// FirstRetry is the wait after a first failure; it doubles with each further one, up to LastRetry.
	FirstRetry, LastRetry time.Duration
}

// DefaultPace is that of a production worker.
func DefaultPace() Pace {
	return Pace{
		Every: time.Second, Sign: time.Minute, Oldest: time.Hour, ReadWithin: time.Minute, FirstRetry: 2 * time.Second, LastRetry: time.Minute,
	}
}

// settleWithin bounds what is written once a reading is over, also while the process stops.
const settleWithin = 5 * time.Second

// Keeper keeps the names of one platform. Every worker process may run one: one of them reads, the others see that it does.
type Keeper struct {
	store    *store.Store
	platform Platform
	pace     Pace
	log      *slog.Logger
}

// New makes a keeper; Run starts it.
func New(records *store.Store, platform Platform, pace Pace, log *slog.Logger) *Keeper {
	return &Keeper{store: records, platform: platform, pace: pace, log: log.With("platform", platform.Name())}
}

// Run reads the names when there are none or old ones, and soon after somebody wants newer ones, until ctx ends. Failures are recorded,
// logged and tried again.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(k.pace.Every)
	defer tick.Stop()
	var signed time.Time
	for {
		if time.Since(signed) >= k.pace.Sign {
			if err := k.store.SeePlatform(ctx, k.platform.Name()); err == nil {
				signed = time.Now()
			} else if ctx.Err() == nil {
				k.log.ErrorContext(ctx, "the platform could not be recorded as one of this installation's", "error", err)
			}
		}
		if err := k.round(ctx); err != nil && ctx.Err() == nil {
			k.log.ErrorContext(ctx, "the names of the platform's constructs could not be kept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round reads and keeps the names if they are due and nobody else is at it. What the platform refuses goes into the record; what
// PostgreSQL refuses is returned.
func (k *Keeper) round(ctx context.Context) error {
	claim, claimed, err := k.store.ClaimCatalogue(ctx, k.platform.Name(), k.pace.Oldest, k.pace.ReadWithin+2*settleWithin)
	if err != nil || !claimed {
		return err
	}
	reading, cancel := context.WithTimeout(ctx, k.pace.ReadWithin)
	defer cancel()
	// From the platform itself: a cache may be older than the claim says, and its other users gain by the reading.
	found, failure := k.platform.Catalogue(reading, true)
	settling, done := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer done()
	switch {
	case failure == nil:
		return k.store.KeepCatalogue(settling, claim, NamesOf(found))
	case ctx.Err() != nil:
		// We stop; that says nothing about the platform.
		return k.store.ReleaseCatalogue(settling, claim)
	}
	pause := retryIn(k.pace, claim.Failures, failure)
	k.log.WarnContext(ctx, "the names of the platform's constructs could not be read", "pause", pause, "error", failure)
	return k.store.FailCatalogue(settling, claim, failureText(failure), pause)
}
