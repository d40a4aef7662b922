package frontdoor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muster/store"
)

const (
	// catalogueAge is how old a platform's names may be where nobody asks for newer ones.
	catalogueAge = 5 * time.Minute
	// catalogueFreshest is the newest that can be asked for. It bounds what impatient callers cost the platform: one reading in that time.
	catalogueFreshest = 10 * time.Second
	// cataloguePatience is how long a request waits for a worker to read names.
	cataloguePatience = 10 * time.Second
	// cataloguePoll is how often it looks meanwhile.
	cataloguePoll = 200 * time.Millisecond
	// workerSilence is after how long without a sign a worker is taken for absent. It gives one every minute.
	workerSilence = 3 * time.Minute
)

// platformCatalogue is what exists on a platform, as far as a worker could read it in time.
type platformCatalogue struct {
	platform string
	// names is nil when they were never read; of a catalogue that is not current they are the last that were read, readAt and age with them.
	names  *store.CatalogueNames
	readAt time.Time
	age    time.Duration
	// current says that the names are as new as was asked for. Only then may something be called absent.
	current bool
	// why says why they are not.
	why string
}

// catalogues answers with what exists on every platform of this installation, at most so old where that can be had: it asks the workers
// and waits for them some seconds. The starter itself never calls a platform. No platform at all: no worker has ever run.
func (d *Door) catalogues(ctx context.Context, age time.Duration) ([]platformCatalogue, error) {
	return askCatalogues(ctx, d.Store, max(age, catalogueFreshest), cataloguePatience)
}

// askCatalogues is catalogues with a patience.
func askCatalogues(ctx context.Context, records *store.Store, age, patience time.Duration) ([]platformCatalogue, error) {
	rows, err := records.PlatformCatalogues(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	// Both by the database's clock, like all times of the rows.
	wanted, deadline := rows[0].At.Add(-age), rows[0].At.Add(patience)
	if slices.ContainsFunc(rows, func(row store.PlatformCatalogue) bool { return !row.NewerThan(wanted) }) {
		platforms := make([]string, len(rows))
		for i, row := range rows {
			platforms[i] = row.Platform
		}
		// Of all of them: one that is just new enough may be too old by the instant that this returns.
		if wanted, err = records.WantCatalogue(ctx, age, platforms...); err != nil {
			return nil, err
		}
		if rows, err = awaitCatalogues(ctx, records, wanted, deadline); err != nil {
			return nil, err
		}
	}
	found := make([]platformCatalogue, len(rows))
	for i, row := range rows {
		found[i] = catalogueOf(row, wanted, deadline)
	}
	return found, nil
}

// awaitCatalogues polls until nothing more is to be expected of any platform before the deadline.
func awaitCatalogues(ctx context.Context, records *store.Store, wanted, deadline time.Time) ([]store.PlatformCatalogue, error) {
	tick := time.NewTicker(cataloguePoll)
	defer tick.Stop()
	for {
		rows, err := records.PlatformCatalogues(ctx)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(rows, func(row store.PlatformCatalogue) bool {
			return !row.NewerThan(wanted) && hopeless(row, deadline) == ""
		}) {
			return rows, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// catalogueOf is a row as an answer to who wanted names newer than an instant and waited for them until the deadline.
func catalogueOf(row store.PlatformCatalogue, wanted, deadline time.Time) platformCatalogue {
	found := platformCatalogue{platform: row.Platform, names: row.Names, current: row.NewerThan(wanted)}
	if row.ReadAt != nil {
		found.readAt, found.age = *row.ReadAt, row.At.Sub(*row.ReadAt)
	}
	if !found.current {
		found.why = hopeless(row, deadline)
	}
	return found
}

// hopeless says why names that are too old will not be replaced by the deadline; empty while they may be.
func hopeless(row store.PlatformCatalogue, deadline time.Time) string {
	over := !row.At.Before(deadline)
	switch {
	case row.At.Sub(row.SeenAt) > workerSilence:
		return "no worker for this platform has been heard of since " + row.SeenAt.UTC().Format(time.RFC3339)
	case row.RetryAt != nil && (over || !row.RetryAt.Before(deadline)):
		return fmt.Sprintf("%s; tried at %s, next at %s",
			row.Failure, row.FailedAt.UTC().Format(time.RFC3339), row.RetryAt.UTC().Format(time.RFC3339))
	case over:
		return "no worker has read it in time"
	default:
		return ""
	}
}
