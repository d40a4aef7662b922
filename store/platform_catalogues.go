package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// CatalogueNames are the names of a platform's constructs, sorted. They are compared exactly.
type CatalogueNames struct {
	Queues          []string        `json:"queues"`
	Roles           []string        `json:"roles"`
	Skills          []string        `json:"skills"`
	Languages       []string        `json:"languages"`
	Groups          []string        `json:"groups"`
	Divisions       []string        `json:"divisions"`
	Locations       []string        `json:"locations"`
	ManagementUnits []CatalogueUnit `json:"management_units"`
}

// CatalogueUnit is a management unit with the names of its work plans, which other units may use too.
type CatalogueUnit struct {
	Name      string   `json:"name"`
	TimeZone  string   `json:"time_zone,omitempty"` // IANA
	WorkPlans []string `json:"work_plans"`
}

// PlatformCatalogue is what is known of one platform's names. All its times are the database's.
type PlatformCatalogue struct {
	Platform string
	// SeenAt is when a worker for this platform was last heard of.
	SeenAt time.Time
	// Names is nil as long as nothing was read.
	Names *CatalogueNames
	// ReadAt is when the reading of Names began: what was made on the platform since may be missing.
	ReadAt *time.Time
	// WantedAt: somebody needs names that are newer.
	WantedAt *time.Time
	// FailedAt, Failure, Failures and RetryAt are set while the last try is one that failed: when, why in fixed words, how many
	// failed in a row, and when the next is due.
	FailedAt *time.Time
	Failure  string
	Failures int
	RetryAt  *time.Time
	// At is when this row was looked at.
	At time.Time
}

// NewerThan says whether names have been read whose reading began at that instant of the database's clock or later.
func (c PlatformCatalogue) NewerThan(wanted time.Time) bool {
	return c.ReadAt != nil && !c.ReadAt.Before(wanted)
}

// CatalogueClaim is one worker's right to read a platform's names. It ends with Keep, Fail, Release, or by itself.
type CatalogueClaim struct {
	Platform string
	// At is when it was given, by the database's clock, and what it is known by.
	At time.Time
	// Failures is how many tries failed in a row before it.
	Failures int
}

// SeePlatform records that a worker for a platform is there; the first time it adds the platform to those of this installation.
func (s *Store) SeePlatform(ctx context.Context, platform string) error {
	_, err := s.pool.Exec(ctx, `
		insert into platform_catalogues (platform) values ($1)
		on conflict (platform) do update set seen_at = clock_timestamp()`, platform)
	if err != nil {
		return fmt.Errorf("record that platform %s is there: %w", platform, err)
	}
	return nil
}

// PlatformCatalogues returns every platform this installation has had a worker for, by name.
func (s *Store) PlatformCatalogues(ctx context.Context) ([]PlatformCatalogue, error) {
	return list[PlatformCatalogue](ctx, s.pool, "the platforms' catalogues", `
		select platform, seen_at, names, read_at, wanted_at, failed_at, failure, failures, retry_at, clock_timestamp() as at
		from platform_catalogues order by platform`)
}

// WantCatalogue asks for names that are at most so old, and returns the instant that they have to be newer than. A worker that is
// there reads those that are older within about a second, unless the last try has just failed. Unknown platforms are left alone.
func (s *Store) WantCatalogue(ctx context.Context, age time.Duration, platforms ...string) (wanted time.Time, err error) {
	err = s.pool.QueryRow(ctx, `
		with wish as (select clock_timestamp() - make_interval(secs => $1) as wanted),
		asked as (
			update platform_catalogues set wanted_at = greatest(wanted_at, wish.wanted)
			from wish where platform = any($2)
		)
		select wanted from wish`, age.Seconds(), platforms).Scan(&wanted)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask for the platforms' catalogues: %w", err)
	}
	return wanted, nil
}

// ClaimCatalogue gives the right to read a platform's names to one worker, for as long as lease: when they are older than oldest or than
// somebody wants them, when the wait after a failure is over, and when nobody else has it. claimed is false otherwise.
func (s *Store) ClaimCatalogue(
	ctx context.Context, platform string, oldest, lease time.Duration,
) (claim CatalogueClaim, claimed bool, err error) {
	// The clock is asked anew where two meet at the row: the second one then finds it claimed.
	err = s.pool.QueryRow(ctx, `
		update platform_catalogues
		set claimed_at = clock_timestamp(), claimed_until = clock_timestamp() + make_interval(secs => $3)
		where platform = $1
		  and (claimed_until is null or claimed_until <= clock_timestamp())
		  and (retry_at is null or retry_at <= clock_timestamp())
		  and (read_at is null or read_at < wanted_at or read_at < clock_timestamp() - make_interval(secs => $2))
		returning platform, claimed_at, failures`, platform, oldest.Seconds(), lease.Seconds()).
		Scan(&claim.Platform, &claim.At, &claim.Failures)
	if errors.Is(err, pgx.ErrNoRows) {
		return CatalogueClaim{}, false, nil
	}
	if err != nil {
		return CatalogueClaim{}, false, fmt.Errorf("claim the catalogue of platform %s: %w", platform, err)
	}
	return claim, true, nil
}

// KeepCatalogue keeps the names that were read under a claim and ends it. A claim that was lost meanwhile keeps nothing where somebody
// who began later has kept theirs.
func (s *Store) KeepCatalogue(ctx context.Context, claim CatalogueClaim, names CatalogueNames) error {
	_, err := s.pool.Exec(ctx, `
		update platform_catalogues
		set names = $3, read_at = $2, failed_at = null, failure = '', failures = 0, retry_at = null,
		    claimed_until = case when claimed_at = $2 then null else claimed_until end
		where platform = $1 and (read_at is null or read_at < $2)`, claim.Platform, claim.At, names)
	if err != nil {
		return fmt.Errorf("keep the catalogue of platform %s: %w", claim.Platform, err)
	}
	return nil
}

// FailCatalogue records why the names could not be read under a claim, in fixed words without anything secret, and ends it; the next try
// is due in retryIn. A claim that was lost meanwhile records nothing.
func (s *Store) FailCatalogue(ctx context.Context, claim CatalogueClaim, failure string, retryIn time.Duration) error {
	_, err := s.pool.Exec(ctx, `
		update platform_catalogues
		set failed_at = clock_timestamp(), failure = $3, failures = failures + 1,
		    retry_at = clock_timestamp() + make_interval(secs => $4), claimed_until = null
		where platform = $1 and claimed_at = $2`, claim.Platform, claim.At, failure, retryIn.Seconds())
	if err != nil {
		return fmt.Errorf("record that the catalogue of platform %s could not be read: %w", claim.Platform, err)
	}
	return nil
}

// ReleaseCatalogue ends a claim without a result, for others to take.
func (s *Store) ReleaseCatalogue(ctx context.Context, claim CatalogueClaim) error {
	_, err := s.pool.Exec(ctx, `
		update platform_catalogues set claimed_until = null where platform = $1 and claimed_at = $2`, claim.Platform, claim.At)
	if err != nil {
		return fmt.Errorf("give back the catalogue of platform %s: %w", claim.Platform, err)
	}
	return nil
}
