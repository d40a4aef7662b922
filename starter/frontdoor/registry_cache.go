package frontdoor

import (
	"context"
	"errors"
	"sync"
	"time"

	"muster/hr"
	"muster/mapping"
	"muster/store"
)

// registryAge is how long the version in force is taken for that: events name zones, and zones hardly change.
const registryAge = 3 * time.Second

// registryCache keeps the version of the mapping registry that is in force at hand.
type registryCache struct {
	store *store.Store
	now   func() time.Time

	mutex    sync.Mutex
	registry *mapping.Registry // nil while there is no version
	readAt   time.Time
}

func newRegistryCache(records *store.Store, now func() time.Time) *registryCache {
	return &registryCache{store: records, now: now}
}

// inForce returns the version in force, nil while there is none. Those who find it too old read it side by side: none waits for
// another's slow database.
func (c *registryCache) inForce(ctx context.Context) (*mapping.Registry, error) {
	c.mutex.Lock()
	cached, fresh := c.registry, c.now().Sub(c.readAt) < registryAge
	c.mutex.Unlock()
	if fresh {
		return cached, nil
	}
	began := c.now()
	version, err := c.store.MappingInForce(ctx, began)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	latest := cached
	if err == nil && (cached == nil || cached.VersionNumber() != version.Version) {
		if latest, err = version.Registry(); err != nil {
			return nil, err
		}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.registry, c.readAt = latest, began
	return latest, nil
}

// forget makes the next call read the version in force anew.
func (c *registryCache) forget() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.readAt = time.Time{}
}

// zones are the time zones of the version in force.
func (c *registryCache) zones(ctx context.Context) (hr.Zones, error) {
	registry, err := c.inForce(ctx)
	if err != nil || registry == nil {
		return hr.Zones{}, err
	}
	return registry.Zones(), nil
}
