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

// registryAge is how long the latest mapping version is taken for the latest: events name zones, and zones hardly change.
const registryAge = 3 * time.Second

// registryCache keeps the latest version of the mapping registry at hand.
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

// latest returns the newest version, nil while there is none. Those who find it too old read it side by side: none waits for
// another's slow database.
func (c *registryCache) latest(ctx context.Context) (*mapping.Registry, error) {
	c.mutex.Lock()
	cached, fresh := c.registry, c.now().Sub(c.readAt) < registryAge
	c.mutex.Unlock()
	if fresh {
		return cached, nil
	}
	began := c.now()
	version, err := c.store.LatestMapping(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	latest := cached
	if err == nil && (cached == nil || cached.VersionNumber() != version.Version) {
		if latest, err = mapping.Parse(version.Version, "the stored version", version.YAML); err != nil {
			return nil, err
		}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.registry, c.readAt = latest, began
	return latest, nil
}

// forget makes the next call read the latest version anew.
func (c *registryCache) forget() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.readAt = time.Time{}
}

// zones are the latest version's time zones.
func (c *registryCache) zones(ctx context.Context) (hr.Zones, error) {
	registry, err := c.latest(ctx)
	if err != nil || registry == nil {
		return hr.Zones{}, err
	}
	return registry.Zones(), nil
}
