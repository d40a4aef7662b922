// Package source reads HR's roster from where HR puts it, a server or a bucket, keeps it in the record page by page, and judges
// whether it may be believed.
//
// A roster that is not whole never looks like a smaller one: it is judged truncated, and what was read of it is for nobody to act on.
package source

import (
	"context"
	"fmt"
	"io"
	"time"

	"muster/hr"
	"muster/hr/roster"
	"muster/store"
)

// Source is one place from which HR's roster comes.
type Source struct {
	Name string
	// SourceSystem and Namespace are those of the events about the same people.
	SourceSystem string
	Namespace    string
	Limits       roster.Limits
	Place        Place
}

// Place is where rosters are found: an HTTP server, or a bucket.
//
// Errors of both methods: *Fault where asking again soon would give the same; any other passes or does not: ask again.
type Place interface {
	// Find says which roster is there to be read now, without reading it.
	Find(ctx context.Context) (Found, error)
	// Open begins to read what was found, after the pages that are here already.
	Open(ctx context.Context, found Found, zones hr.Zones, here []store.RosterPage) (Pages, error)
	// String names the place without secrets.
	String() string
}

// Found is a roster that can be read.
type Found struct {
	Key  string // the object, or the address
	ETag string // its version, where the place has versions
	// SHA256 of the content where it is known beforehand, hexadecimal; else empty.
	SHA256 string
	// AsOf is the moment that the roster tells of.
	AsOf time.Time
	// Declared is how many people the place says are in it; nil: it does not say.
	Declared *int64
}

// Pages are a roster being read.
type Pages interface {
	// Next returns the next page; more is false after the last. A *Fault ends the reading; after any other error it can be opened
	// again. That it has come to the end is not said by an error: a connection that breaks off says io.EOF, too.
	Next(ctx context.Context) (page Page, more bool, err error)
	// SHA256 identifies the content, hexadecimal; only after the last page.
	SHA256() string
	io.Closer
}

// Page is a part of a roster.
type Page struct {
	store.RosterPage
	Lines []roster.Line
}

// maxPageLines bounds what is held in memory of a roster at a time.
const maxPageLines = 10_000

// Fault says that what is there is no roster, or not the whole of one.
type Fault struct {
	Reason   roster.Reason // roster.Unreadable or roster.Truncated
	Found    string
	Expected string
}

func (f *Fault) Error() string {
	return fmt.Sprintf("the roster is %s: found %s", f.Reason, f.words())
}

// words are what was found and what was expected, to stand behind "found".
func (f *Fault) words() string { return f.Found + ", expected " + f.Expected }

func truncated(found, expected string) *Fault {
	return &Fault{Reason: roster.Truncated, Found: found, Expected: expected}
}

func unreadable(found, expected string) *Fault {
	return &Fault{Reason: roster.Unreadable, Found: found, Expected: expected}
}
