package carryout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
)

// ReadPlatform stages the platform's roster, page by page.
func (c *Carryout) ReadPlatform(ctx context.Context, in names.ReconcileInput) (lifecycle.ReconciliationStep, error) {
	return step(ctx, func(ctx context.Context) (lifecycle.ReconciliationStep, error) {
		return c.readPlatform(ctx, in.ReconciliationID)
	})
}

func (c *Carryout) readPlatform(ctx context.Context, id string) (lifecycle.ReconciliationStep, error) {
	if c.Roster == nil {
		return lifecycle.ReconciliationStep{Refused: "no client that reads the platform is configured (MUSTER_GENESYS_READER_CLIENT_ID)"}, nil
	}
	if err := c.Roster.Check(ctx); err != nil {
		if reason, is := refusal(err); is {
			return lifecycle.ReconciliationStep{Refused: reason}, nil
		}
		if errors.Is(err, ErrCanWrite) {
			return lifecycle.ReconciliationStep{Refused: err.Error()}, nil
		}
		return lifecycle.ReconciliationStep{}, err
	}
	yielding := c.yielding()
	counts, err := reconcile.NewPlatformReading(c.Roster.Reader(yielding.pause), c.Store).ReadPlatform(ctx, id, nil)
	if reason, is := refusal(err); is {
		return lifecycle.ReconciliationStep{Refused: reason}, nil
	}
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	return lifecycle.ReconciliationStep{Note: words(
		fmt.Sprintf("%d active, %d inactive and %d deleted accounts, %d memberships of queues", counts.Active, counts.Inactive, counts.Deleted, counts.Memberships),
		yielding.note())}, nil
}

// yielding lets leavers go first: before each request to the platform it waits while the access of somebody is being cut.
type yielding struct {
	look     func(ctx context.Context) (bool, error)
	now      func() time.Time
	patience time.Duration

	mu      sync.Mutex
	looked  time.Time
	cutting bool
	waited  time.Duration
}

func (c *Carryout) yielding() *yielding {
	return &yielding{look: c.Store.AccessIsBeingCut, now: c.Now, patience: c.Patience}
}

// looksEvery is how long a look counts.
const looksEvery = time.Second

// pause returns once nobody's access is being cut, or when the patience of the whole reading is used up.
func (y *yielding) pause(ctx context.Context) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if y.now().Sub(y.looked) >= looksEvery {
			cutting, err := y.look(ctx)
			if err != nil {
				return err
			}
			y.cutting, y.looked = cutting, y.now()
		}
		if !y.cutting || y.waited >= y.patience {
			return nil
		}
		timer := time.NewTimer(looksEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
			y.waited += looksEvery
		}
	}
}

func (y *yielding) note() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.waited == 0 {
		return ""
	}
	return fmt.Sprintf("waited %s for leavers whose access was being cut", y.waited)
}
