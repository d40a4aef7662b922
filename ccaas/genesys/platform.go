// Package genesys is the platform port's adapter to Genesys Cloud over its public HTTP API (version 2).
//
// What a method of the port means on the platform is decided in the file named after it; how a request travels (token,
// limits, retries, errors) is decided once, in transport.go, retry.go and errors.go.
package genesys

import (
	"context"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"muster/ccaas"
)

// Name is the platform's name in records and search attributes.
const Name = "genesys"

// Platform is one Genesys Cloud organisation. It is safe for concurrent use and meant to live as long as the process:
// token, request slots and catalogue are shared by all its users.
type Platform struct {
	calls     *caller
	authority string
	now       func() time.Time

	catalogueTTL time.Duration
	catalogue    cached[*ccaas.Catalogue]
	presences    cached[string]
}

var _ ccaas.Platform = (*Platform)(nil)

// New returns the platform of config; it makes no request. The error names the field that is wrong.
func New(config Config) (*Platform, error) {
	config, err := config.completed()
	if err != nil {
		return nil, err
	}
	login, err := url.Parse(config.LoginURL)
	if err != nil {
		return nil, err
	}
	api, err := url.Parse(config.APIURL)
	if err != nil {
		return nil, err
	}
	tokens := newTokenSource(config, login.JoinPath("oauth", "token").String())
	return &Platform{
		calls:        newCaller(config, api, tokens),
		authority:    config.ExternalIDAuthority,
		now:          time.Now,
		catalogueTTL: config.CatalogueTTL,
	}, nil
}

// Name returns "genesys".
func (p *Platform) Name() string { return Name }

// Limits returns what the platform last said about the request budget of our token; zero before the first answer.
func (p *Platform) Limits() Limits { return p.calls.limits.last() }

// Writer returns the writing half for one operation on one person. Every changing request passes guard on its own;
// attempts that the platform refused unexecuted (401, 429) and that are sent again within the call are part of the same
// write. A nil guard refuses every write.
func (p *Platform) Writer(guard ccaas.Guard) ccaas.Writer {
	if guard == nil {
		guard = refuse
	}
	return &writer{platform: p, guard: guard, seen: make(map[string]seenUser)}
}

// cached keeps one value that is costly to read, and lets one goroutine at a time read it.
type cached[T any] struct {
	loads singleflight.Group
	mu    sync.Mutex
	value T
	begun time.Time // when the load of value began
	until time.Time
}

// Keys of loads: who asks for a fresh value does not join a load begun for who did not.
const (
	loadWhenStale = "stale"
	loadFresh     = "fresh"
)

// get returns the kept value, or what load returns when it is older than ttl or fresh is set. One caller's cancellation
// does not take the value from the others: load runs without it. A load that is overtaken by a later one is not kept.
func (c *cached[T]) get(ctx context.Context, now func() time.Time, ttl time.Duration, fresh bool,
	load func(context.Context) (T, error),
) (T, error) {
	c.mu.Lock()
	value, until := c.value, c.until
	c.mu.Unlock()
	if !fresh && now().Before(until) {
		return value, nil
	}
	key := loadWhenStale
	if fresh {
		key = loadFresh
	}
	loading := c.loads.DoChan(key, func() (any, error) {
		begun := now()
		loaded, err := load(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if !begun.Before(c.begun) {
			c.value, c.begun, c.until = loaded, begun, now().Add(ttl)
		}
		return loaded, nil
	})
	var none T
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case result := <-loading:
		if result.Err != nil {
			return none, result.Err
		}
		loaded, _ := result.Val.(T)
		return loaded, nil
	}
}
