package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const archivePrefix = "arc_"

// Archive is where the archive of a leaver lies in the bucket, and what it must read back as.
type Archive struct {
	ID         string // "arc_…", given by the store
	PersonID   string // filled in by PersonTx.AddArchive
	Generation int64  // of the termination
	Key        string // in the bucket
	SHA256     string // of its content, in hex
	Size       int64  // in bytes
	WrittenAt  time.Time
	VerifiedAt *time.Time // when it was read back and was what had been written; nil: not yet
	ErasedAt   *time.Time // nil while it is there
}

const archiveColumns = `id, person_id, generation, key, sha256, size, written_at, verified_at, erased_at`

// AddArchive records an archive, one for each generation: written again, the row names what was written last. A zero WrittenAt is
// now. ErrErased when that generation's archive was erased: it is not written anew.
func (p *PersonTx) AddArchive(a Archive) (Archive, error) {
	added, err := one[Archive](p.ctx, p.tx, "the added archive", `
		insert into archives (id, person_id, generation, key, sha256, size, written_at, verified_at)
		values ($1, $2, $3, $4, $5, $6, coalesce($7, clock_timestamp()), $8)
		on conflict (person_id, generation) do update
		set key = excluded.key, sha256 = excluded.sha256, size = excluded.size, written_at = excluded.written_at,
		    verified_at = excluded.verified_at
		where archives.erased_at is null
		returning `+archiveColumns,
		newID(archivePrefix), p.personID, a.Generation, a.Key, a.SHA256, a.Size, instant(a.WrittenAt), a.VerifiedAt)
	if errors.Is(err, ErrNotFound) { // the conflicting row is there, and is not to be changed
		return Archive{}, fmt.Errorf("archive of generation %d: %w", a.Generation, ErrErased)
	}
	return added, err
}

// ArchiveErased records that an archive is gone from the bucket for good. When it was first is what stays. ErrNotFound when it is not
// this person's.
func (p *PersonTx) ArchiveErased(id string, at time.Time) error {
	erased, err := p.tx.Exec(p.ctx, `
		update archives set erased_at = coalesce(erased_at, $3) where id = $1 and person_id `+oneWith("$2"), id, p.personID, at)
	if err != nil {
		return fmt.Errorf("note that archive %s is erased: %w", id, err)
	}
	if erased.RowsAffected() == 0 {
		return fmt.Errorf("archive %s of person %s: %w", id, p.personID, ErrNotFound)
	}
	return nil
}

// Archive returns an archive, erased or not, or ErrNotFound.
func (s *Store) Archive(ctx context.Context, id string) (Archive, error) {
	return one[Archive](ctx, s.pool, "archive "+id, `select `+archiveColumns+` from archives where id = $1`, id)
}

// Archives returns a person's archives, erased ones too, the oldest generation first.
func (s *Store) Archives(ctx context.Context, personID string) ([]Archive, error) {
	return list[Archive](ctx, s.pool, "the archives", `
		select `+archiveColumns+` from archives where person_id `+oneWith("$1")+` order by generation`, personID)
}
