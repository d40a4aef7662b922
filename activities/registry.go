package activities

import (
	"context"
	"fmt"
	"sync"
	"time"

	"muster/mapping"
	"muster/store"
)

// registry gives the mapping registry's versions, each parsed once: versions never change.
type registry struct {
	store  *store.Store
	mu     sync.Mutex
	parsed map[int]*mapping.Registry
}

func newRegistry(s *store.Store) *registry {
	return &registry{store: s, parsed: map[int]*mapping.Registry{}}
}

// inForce is the version in force at an instant. It asks PostgreSQL each time which one that is, in the caller's transaction: a ring after
// a publication must find it. The text, which may be a megabyte, is read once.
func (r *registry) inForce(p *store.PersonTx, at time.Time) (*mapping.Registry, error) {
	number, err := p.MappingVersionInForce(at)
	if err != nil {
		return nil, fmt.Errorf("reading the mapping registry: %w", err)
	}
	r.mu.Lock()
	known := r.parsed[number]
	r.mu.Unlock()
	if known != nil {
		return known, nil
	}
	version, err := p.MappingInForce(at)
	if err != nil {
		return nil, fmt.Errorf("reading the mapping registry: %w", err)
	}
	return r.parse(version)
}

// version is the version a plan was made with.
func (r *registry) version(ctx context.Context, number int) (*mapping.Registry, error) {
	r.mu.Lock()
	known := r.parsed[number]
	r.mu.Unlock()
	if known != nil {
		return known, nil
	}
	version, err := r.store.MappingVersion(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("reading mapping version %d: %w", number, err)
	}
	return r.parse(version)
}

func (r *registry) parse(v store.MappingVersion) (*mapping.Registry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.parsed[v.Version]; known != nil {
		return known, nil
	}
	parsed, err := v.Registry()
	if err != nil {
		return nil, err
	}
	r.parsed[v.Version] = parsed
	return parsed, nil
}
