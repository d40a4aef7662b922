package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// MappingVersion is one immutable version of the registry's rules.
type MappingVersion struct {
	// Version counts from 1; the store gives it.
	Version int
	YAML    []byte
	// Digest identifies the rules; empty means the hex SHA-256 of YAML.
	Digest string
	Author string
	Reason string
	// CreatedAt is given by the store.
	CreatedAt time.Time
}

const mappingColumns = `version, yaml, digest, author, reason, created_at`

// mappingLock makes those who add versions take turns. Any number does that no other part of this database uses.
const mappingLock = 0x6d757374_6d617070

// AddMappingVersion adds a version and returns its number. Rules equal to the newest version's are that version: nothing is
// added. Everyone whose work waits for the registry is rung, since the new rules may answer. The audit trail gets the fact in the
// same transaction: no version is without it.
func (s *Store) AddMappingVersion(ctx context.Context, m MappingVersion) (version int, err error) {
	if m.Digest == "" {
		sum := sha256.Sum256(m.YAML)
		m.Digest = hex.EncodeToString(sum[:])
	}
	err = s.transact(ctx, "add a mapping version", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, int64(mappingLock)); err != nil {
			return err
		}
		newest, err := latestMapping(ctx, tx)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err == nil && newest.Digest == m.Digest {
			version = newest.Version
			return nil
		}
		version = newest.Version + 1
		if _, err := tx.Exec(ctx, `
			insert into mapping_versions (version, yaml, digest, author, reason) values ($1, $2, $3, $4, $5)`,
			version, m.YAML, m.Digest, m.Author, m.Reason); err != nil {
			return err
		}
		added, err := json.Marshal(map[string]any{"version": version, "digest": m.Digest, "reason": m.Reason})
		if err != nil {
			return fmt.Errorf("describe mapping version %d for the audit trail: %w", version, err)
		}
		if err := addAudit(ctx, tx, AuditFact{Actor: m.Author, ActorVerified: true, Action: "mapping.add", Detail: added}); err != nil {
			return err
		}
		return ringParked(ctx, tx, version)
	})
	return version, err
}

// ringParked rings everyone whose work waits for rules newer than those it parked under.
func ringParked(ctx context.Context, tx pgx.Tx, version int) error {
	rows, err := tx.Query(ctx, `
		select person_id from reviews where state = 'open' and kind = any($1)
		union
		select person_id from hr_events where outcome is null and parked_version between 1 and $2`,
		[]string{string(lifecycle.ReviewUnmapped), string(lifecycle.ReviewMissingConstruct)}, version-1)
	if err != nil {
		return err
	}
	parked, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	return ringAll(ctx, tx, parked)
}

// LatestMapping returns the newest version, or ErrNotFound while there is none.
func (s *Store) LatestMapping(ctx context.Context) (MappingVersion, error) {
	return latestMapping(ctx, s.pool)
}

// LatestMapping is Store.LatestMapping within the transaction.
func (p *PersonTx) LatestMapping() (MappingVersion, error) { return latestMapping(p.ctx, p.tx) }

func latestMapping(ctx context.Context, db database) (MappingVersion, error) {
	return one[MappingVersion](ctx, db, "the latest mapping version",
		`select `+mappingColumns+` from mapping_versions order by version desc limit 1`)
}

// MappingVersion returns a version by number, or ErrNotFound.
func (s *Store) MappingVersion(ctx context.Context, version int) (MappingVersion, error) {
	return one[MappingVersion](ctx, s.pool, fmt.Sprintf("mapping version %d", version),
		`select `+mappingColumns+` from mapping_versions where version = $1`, version)
}

// MappingVersions returns all versions without their YAML, newest first.
func (s *Store) MappingVersions(ctx context.Context) ([]MappingVersion, error) {
	return list[MappingVersion](ctx, s.pool, "the mapping versions", `
		select version, ''::bytea as yaml, digest, author, reason, created_at from mapping_versions order by version desc`)
}
