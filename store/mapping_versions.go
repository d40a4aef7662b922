package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// MappingState is where a version of the registry stands.
type MappingState string

// The states of a version. A draft has no number yet: see MappingDraft.
const (
	// MappingSubmitted waits for somebody else's approval.
	MappingSubmitted MappingState = "submitted"
	// MappingApproved waits to be published.
	MappingApproved MappingState = "approved"
	MappingRejected MappingState = "rejected"
	// MappingWithdrawn was taken back before it was in force.
	MappingWithdrawn MappingState = "withdrawn"
	// MappingScheduled is published and takes effect on a later day.
	MappingScheduled MappingState = "scheduled"
	// MappingPublished is the one in force.
	MappingPublished MappingState = "published"
	// MappingSuperseded was in force until the next one was.
	MappingSuperseded MappingState = "superseded"
)

// MappingVersion is one immutable version of the registry's rules.
type MappingVersion struct {
	// Version counts from 1; the store gives it.
	Version int
	YAML    []byte
	// Digest identifies the rules.
	Digest string
	Author string
	Reason string
	// BaseVersion is the newest publication at the time of submission: what the author changed. 0: there was none.
	BaseVersion int
	CreatedAt   time.Time
	State       MappingState
	// EffectiveAt is from when on it is in force; nil unless it is published.
	EffectiveAt *time.Time
	// Managed is the JSON of every construct that Muster manages from its publication on, former versions' among them; nil before.
	Managed json.RawMessage
}

// MappingStep is something that happened to a version: who did it, when and why.
type MappingStep struct {
	Version int
	Step    string // submitted, approved, rejected, withdrawn, published
	Actor   string
	At      time.Time
	Reason  string
	// EffectiveAt is that of a publication; nil otherwise.
	EffectiveAt *time.Time
}

// mappingLock makes those who change versions take turns. Any number does that no other part of this database uses.
const mappingLock = 0x6d757374_6d617070

// publications are the versions that were published and not withdrawn, with from when on each is in force.
const publications = `
	select p.version, p.effective_at, p.managed, p.id from mapping_steps p
	where p.step = 'published'
	  and not exists (select from mapping_steps w where w.version = p.version and w.step = 'withdrawn')`

// inForceAt is the version in force at an instant, which is SQL.
func inForceAt(instant string) string {
	return `(select version from (` + publications + `) f where f.effective_at <= ` + instant + ` order by f.effective_at desc, f.id desc limit 1)`
}

// newestPublication is the version that is in force after all others, be that today or on a later day.
const newestPublication = `(select version from (` + publications + `) f order by f.effective_at desc, f.id desc limit 1)`

func mappingColumns(yaml string) string {
	has := func(step string) string {
		return `exists (select from mapping_steps s where s.version = v.version and s.step = '` + step + `')`
	}
	return `v.version, ` + yaml + ` as yaml, v.digest, v.author, v.reason, v.base_version, v.created_at, p.effective_at, p.managed,
		case
			when ` + has("withdrawn") + ` then 'withdrawn'
			when p.effective_at > clock_timestamp() then 'scheduled'
			when v.version = ` + inForceAt("clock_timestamp()") + ` then 'published'
			when p.effective_at is not null then 'superseded'
			when ` + has("rejected") + ` then 'rejected'
			when ` + has("approved") + ` then 'approved'
			else 'submitted'
		end as state
		from mapping_versions v left join mapping_steps p on p.version = v.version and p.step = 'published'`
}

// MappingInForce returns the version in force, or ErrNotFound where none is. Now is the later of the caller's time and the database's:
// whoever is told right after a publication finds it, whatever the clocks of the two say.
func (s *Store) MappingInForce(ctx context.Context, now time.Time) (MappingVersion, error) {
	return mappingInForce(ctx, s.pool, now)
}

// MappingInForce is Store.MappingInForce within the transaction.
func (p *PersonTx) MappingInForce(now time.Time) (MappingVersion, error) {
	return mappingInForce(p.ctx, p.tx, now)
}

// MappingVersionInForce is the number of the version that MappingInForce returns: who has it already need not read its text again.
func (p *PersonTx) MappingVersionInForce(now time.Time) (version int, err error) {
	var found *int
	if err := p.tx.QueryRow(p.ctx, `select `+inForceAt("greatest($1, clock_timestamp())"), now).Scan(&found); err != nil {
		return 0, fmt.Errorf("read which mapping version is in force: %w", err)
	}
	if found == nil {
		return 0, fmt.Errorf("the mapping version in force: %w", ErrNotFound)
	}
	return *found, nil
}

func mappingInForce(ctx context.Context, db database, now time.Time) (MappingVersion, error) {
	return one[MappingVersion](ctx, db, "the mapping version in force",
		`select `+mappingColumns("v.yaml")+` where v.version = `+inForceAt("greatest($1, clock_timestamp())"), now)
}

// NewestPublication returns the version that is in force after all others, be that today or on a later day; ErrNotFound while nothing
// is published.
func (s *Store) NewestPublication(ctx context.Context) (MappingVersion, error) {
	return newestPublished(ctx, s.pool)
}

func newestPublished(ctx context.Context, db database) (MappingVersion, error) {
	return one[MappingVersion](ctx, db, "the newest publication", `select `+mappingColumns("v.yaml")+` where v.version = `+newestPublication)
}

// MappingVersion returns a version by number, or ErrNotFound.
func (s *Store) MappingVersion(ctx context.Context, version int) (MappingVersion, error) {
	return mappingVersion(ctx, s.pool, version)
}

func mappingVersion(ctx context.Context, db database, version int) (MappingVersion, error) {
	return one[MappingVersion](ctx, db, fmt.Sprintf("mapping version %d", version),
		`select `+mappingColumns("v.yaml")+` where v.version = $1`, version)
}

// MappingVersions returns all versions without their YAML, newest first.
func (s *Store) MappingVersions(ctx context.Context) ([]MappingVersion, error) {
	return list[MappingVersion](ctx, s.pool, "the mapping versions", `select `+mappingColumns("''::bytea")+` order by v.version desc`)
}

// MappingSteps returns what happened to a version, in order.
func (s *Store) MappingSteps(ctx context.Context, version int) ([]MappingStep, error) {
	return list[MappingStep](ctx, s.pool, fmt.Sprintf("the steps of mapping version %d", version), `
		select version, step, actor, at, reason, effective_at from mapping_steps where version = $1 order by id`, version)
}

// withMapping runs fn while nobody else changes versions.
func (s *Store) withMapping(ctx context.Context, what string, fn func(tx pgx.Tx) error) error {
	return s.transact(ctx, what, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, int64(mappingLock)); err != nil {
			return err
		}
		return fn(tx)
	})
}
