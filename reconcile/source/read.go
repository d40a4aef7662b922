package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"muster/hr"
	"muster/hr/roster"
	"muster/store"
)

// Reader reads rosters into the record.
type Reader struct {
	store *store.Store
	now   func() time.Time
}

// NewReader returns a reader that keeps what it reads in the store.
func NewReader(records *store.Store, now func() time.Time) *Reader {
	return &Reader{store: records, now: now}
}

// Ask is what to read.
type Ask struct {
	// RosterID names the reading: who asks with the same id again goes on where it stopped, or gets what came of it.
	RosterID string
	// Zones are the registry's, for the names of time zones that it translates.
	Zones hr.Zones
	// Again reads what was found also where it was read and judged before.
	Again bool
	// Progress is called after each page, with how many pages and lines are here; nil: nobody wants to know.
	Progress func(pages int, lines int64)
}

// Result is what came of it.
type Result struct {
	Roster store.Roster
	// Verdict as of now. That of the record (Roster.Verdict) is of when the roster was read, and may be younger than the roster is now.
	Verdict roster.Verdict
	// Earlier: nothing new is there; this is the roster that was read before, under another id.
	Earlier bool
}

// Read finds the source's roster, stages it and judges it. A roster that may not be believed is no error: its verdict says so. After
// an error, which is the network's, the bucket's or the database's, call it again with the same id; nothing is read or recorded twice.
func (r *Reader) Read(ctx context.Context, from Source, ask Ask) (Result, error) {
	begun, err := r.store.Roster(ctx, ask.RosterID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return r.begin(ctx, from, ask)
	case err != nil:
		return Result{}, err
	case begun.State == store.RosterJudged:
		return Result{Roster: begun, Verdict: begun.Verdict}, nil
	case begun.State == store.RosterRead:
		return r.end(ctx, from, begun.ID, store.RosterEnd{})
	}
	return r.goOn(ctx, from, begun, ask)
}

func (r *Reader) begin(ctx context.Context, from Source, ask Ask) (Result, error) {
	found, err := from.Place.Find(ctx)
	var fault *Fault
	if err != nil && !errors.As(err, &fault) {
		return Result{}, fmt.Errorf("find the roster of %s: %w", from.Name, err)
	}
	if fault != nil {
		found = Found{Key: from.Place.String()}
	} else if !ask.Again {
		earlier, err := r.store.JudgedRoster(ctx, from.Name, found.Key, found.ETag, found.SHA256, found.AsOf)
		if err == nil {
			verdict := roster.Rejudge(earlier.Verdict, earlier.Figures, from.Limits, r.now())
			return Result{Roster: earlier, Verdict: verdict, Earlier: true}, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return Result{}, err
		}
	}
	begun, err := r.store.BeginRoster(ctx, store.Roster{
		ID: ask.RosterID, Source: from.Name, SourceSystem: from.SourceSystem, Namespace: from.Namespace,
		Key: found.Key, ETag: found.ETag, AsOf: found.AsOf, Declared: found.Declared, BegunAt: r.now(),
	})
	if err != nil {
		return Result{}, err
	}
	if fault != nil {
		return r.end(ctx, from, begun.ID, ending(fault))
	}
	return r.goOn(ctx, from, begun, ask)
}

// goOn reads what is not here yet.
func (r *Reader) goOn(ctx context.Context, from Source, begun store.Roster, ask Ask) (Result, error) {
	digest, err := r.stage(ctx, from, begun, ask)
	var fault *Fault
	switch {
	case errors.As(err, &fault):
		return r.end(ctx, from, begun.ID, ending(fault))
	case err != nil:
		return Result{}, fmt.Errorf("read the roster of %s: %w", from.Name, err)
	}
	return r.end(ctx, from, begun.ID, store.RosterEnd{SHA256: digest})
}

func ending(fault *Fault) store.RosterEnd {
	if fault.Reason == roster.Unreadable {
		return store.RosterEnd{Unreadable: fault.words()}
	}
	return store.RosterEnd{Cut: fault.words()}
}

// stage records the pages that are not here yet, and returns the digest of all.
func (r *Reader) stage(ctx context.Context, from Source, begun store.Roster, ask Ask) (digest string, err error) {
	here, err := r.store.RosterPages(ctx, begun.ID)
	if err != nil {
		return "", err
	}
	found := Found{Key: begun.Key, ETag: begun.ETag, AsOf: begun.AsOf, Declared: begun.Declared}
	pages, err := from.Place.Open(ctx, found, ask.Zones, here)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, pages.Close()) }()
	var lines int64
	for _, page := range here {
		lines += page.Lines
	}
	for page, err := range ahead(ctx, pages) {
		if err != nil {
			return "", err
		}
		err = r.store.AddRosterPage(ctx, begun.ID, page.RosterPage, page.Lines)
		if errors.Is(err, store.ErrRosterChanged) {
			return "", truncated("another page than before", "the roster to stay what it is while it is read")
		}
		if err != nil {
			return "", err
		}
		lines += int64(len(page.Lines))
		if ask.Progress != nil {
			ask.Progress(page.Page, lines)
		}
	}
	return pages.SHA256(), nil
}

// ahead yields the pages, and reads the next one while one is looked at. Nobody reads any more once it has returned.
func ahead(ctx context.Context, pages Pages) iter.Seq2[Page, error] {
	type next struct {
		page Page
		err  error
	}
	return func(yield func(Page, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		read := make(chan next)
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer close(read)
			for more, err := true, error(nil); more && err == nil; {
				var page Page
				if page, more, err = pages.Next(ctx); !more && err == nil {
					return
				}
				select {
				case read <- next{page, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		defer func() {
			cancel()
			<-done
		}()
		for n := range read {
			if !yield(n.page, n.err) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Page{}, err)
		}
	}
}

// end closes the reading and judges it. How it ended counts only once: the first time.
func (r *Reader) end(ctx context.Context, from Source, id string, how store.RosterEnd) (Result, error) {
	how.At = r.now()
	read, previous, err := r.store.EndRoster(ctx, id, how)
	if err != nil {
		return Result{}, err
	}
	judged, err := r.store.JudgeRoster(ctx, id, roster.Judge(previous, read.Figures, from.Limits, r.now()))
	if err != nil {
		return Result{}, err
	}
	return Result{Roster: judged, Verdict: judged.Verdict}, nil
}
