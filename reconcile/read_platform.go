package reconcile

import (
	"context"
	"fmt"

	"muster/ccaas"
	"muster/store"
)

// Staging is where the pages of a platform's roster are kept; the store is.
type Staging interface {
	BeginPlatformRoster(ctx context.Context, runID, platform string) (store.PlatformRoster, error)
	StageRosterPage(ctx context.Context, runID, from string, page ccaas.RosterPage) error
	PlatformRosterCounts(ctx context.Context, runID string) (store.RosterCounts, error)
}

// PlatformReading reads a platform's roster into the staging.
type PlatformReading struct {
	reader  ccaas.RosterReader
	staging Staging
}

// NewPlatformReading returns the reading of what reader lists. A reader is for one reading at a time.
func NewPlatformReading(reader ccaas.RosterReader, staging Staging) *PlatformReading {
	return &PlatformReading{reader: reader, staging: staging}
}

// Progress is how far a reading has come.
type Progress struct {
	// Cursor is the page to go on with; empty at the beginning and at the end.
	Cursor string
	// Pages counts those staged since the run began, Accounts and Memberships what this call staged.
	Pages       int
	Accounts    int
	Memberships int
}

// ReadPlatform stages the whole roster of a run and returns what is staged. It may be called again after any error and after a crash: it
// goes on with the page after the last one that was committed, and does nothing for a run that is complete. progress is told after each
// page, before the next is staged; nil: nobody is.
//
// Errors are the reader's (*ccaas.Error; after KindRateLimited or KindUnavailable call again, no sooner than RetryAfter), the store's, and
// store.ErrRosterMoved when another call for the same run went on meanwhile: that one carries it to the end.
func (r *PlatformReading) ReadPlatform(ctx context.Context, runID string, progress func(Progress)) (store.RosterCounts, error) {
	begun, err := r.staging.BeginPlatformRoster(ctx, runID, r.reader.Name())
	if err != nil {
		return store.RosterCounts{}, err
	}
	if begun.CompletedAt == nil {
		if err := r.readOn(ctx, begun, progress); err != nil {
			return store.RosterCounts{}, err
		}
	}
	return r.staging.PlatformRosterCounts(ctx, runID)
}

// fetched is a page on its way from the platform to the staging.
type fetched struct {
	from string
	page ccaas.RosterPage
	err  error
}

// readOn reads the next page while one is being staged.
func (r *PlatformReading) readOn(ctx context.Context, begun store.PlatformRoster, progress func(Progress)) error {
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan fetched)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.fetch(ctx, begun.Cursor, pages)
	}()
	defer func() { // the reader is free again when this returns
		cancel()
		<-done
	}()
	now := Progress{Pages: begun.Pages}
	for next := range pages {
		if next.err != nil {
			return fmt.Errorf("read page %d of the platform's roster: %w", now.Pages+1, next.err)
		}
		if err := r.staging.StageRosterPage(ctx, begun.RunID, next.from, next.page); err != nil {
			return err
		}
		now.Cursor, now.Pages = next.page.Next, now.Pages+1
		now.Accounts += len(next.page.Accounts)
		now.Memberships += len(next.page.Members)
		if progress != nil {
			progress(now)
		}
	}
	return ctx.Err()
}

// fetch reads from a cursor to the end of the roster, to an error or until nobody takes the pages any more.
func (r *PlatformReading) fetch(ctx context.Context, cursor string, pages chan<- fetched) {
	defer close(pages)
	for {
		page, err := r.reader.RosterPage(ctx, cursor)
		select {
		case pages <- fetched{from: cursor, page: page, err: err}:
		case <-ctx.Done():
			return
		}
		if err != nil || page.Next == "" {
			return
		}
		cursor = page.Next
	}
}
