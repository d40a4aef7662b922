package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// MappingDraft is a text in the making: it has no number, and its author may change it until it is submitted.
type MappingDraft struct {
	ID        string // "dft_…", given by the store
	YAML      []byte
	Author    string
	Reason    string
	CreatedAt time.Time
	UpdatedAt time.Time
	// SubmittedVersion is the version it became; nil while it is a draft.
	SubmittedVersion *int
}

const draftColumns = `id, yaml, author, reason, created_at, updated_at, submitted_version`

// NotTheAuthorError says that a draft is somebody else's.
type NotTheAuthorError struct{ ID, Author string }

func (e *NotTheAuthorError) Error() string {
	return fmt.Sprintf("draft %s is %s's: only its author changes, submits or discards it", e.ID, e.Author)
}

// DraftSubmittedError says that a draft has become a version, and stays as it is.
type DraftSubmittedError struct {
	ID      string
	Version int
}

func (e *DraftSubmittedError) Error() string {
	return fmt.Sprintf("draft %s was submitted as version %d and stays as it is", e.ID, e.Version)
}

// DraftChangedError says that a draft is not what it was when its text was judged.
type DraftChangedError struct{ ID string }

func (e *DraftChangedError) Error() string {
	return fmt.Sprintf("draft %s was changed while it was being submitted: submit it again", e.ID)
}

// AddDraft keeps a text as a new draft.
func (s *Store) AddDraft(ctx context.Context, in Submission) (MappingDraft, error) {
	return one[MappingDraft](ctx, s.pool, "the new draft", `
		insert into mapping_drafts (id, yaml, author, reason) values ($1, $2, $3, $4) returning `+draftColumns,
		newID("dft_"), in.YAML, in.Author, in.Reason)
}

// Draft returns a draft by its id, or ErrNotFound.
func (s *Store) Draft(ctx context.Context, id string) (MappingDraft, error) {
	return one[MappingDraft](ctx, s.pool, "draft "+id, `select `+draftColumns+` from mapping_drafts where id = $1`, id)
}

// Drafts returns what has not been submitted, the one changed last first, without texts.
func (s *Store) Drafts(ctx context.Context) ([]MappingDraft, error) {
	return list[MappingDraft](ctx, s.pool, "the drafts", `
		select id, ''::bytea as yaml, author, reason, created_at, updated_at, submitted_version from mapping_drafts
		where submitted_version is null order by updated_at desc, id`)
}

// ChangeDraft replaces a draft's text and reason. *NotTheAuthorError, *DraftSubmittedError, ErrNotFound.
func (s *Store) ChangeDraft(ctx context.Context, id string, in Submission, by Decision) (changed MappingDraft, err error) {
	err = s.withDraft(ctx, id, by, func(tx pgx.Tx, _ MappingDraft) error {
		changed, err = one[MappingDraft](ctx, tx, "the changed draft", `
			update mapping_drafts set yaml = $2, reason = $3, updated_at = clock_timestamp() where id = $1 returning `+draftColumns,
			id, in.YAML, in.Reason)
		return err
	})
	return changed, err
}

// DiscardDraft forgets a draft. Errors as for ChangeDraft.
func (s *Store) DiscardDraft(ctx context.Context, id string, by Decision) error {
	return s.withDraft(ctx, id, by, func(tx pgx.Tx, _ MappingDraft) error {
		_, err := tx.Exec(ctx, `delete from mapping_drafts where id = $1`, id)
		return err
	})
}

// SubmitDraft makes a draft a version, as SubmitMapping does, if its text is still the one that was judged and has this digest: one that
// was changed meanwhile is refused (*DraftChangedError), since nobody has looked at what it says now. Errors as for ChangeDraft.
func (s *Store) SubmitDraft(ctx context.Context, id string, judged []byte, digest string, by Decision) (submitted MappingVersion, added bool, err error) {
	err = s.withDraft(ctx, id, by, func(tx pgx.Tx, draft MappingDraft) error {
		if !bytes.Equal(draft.YAML, judged) {
			return &DraftChangedError{id}
		}
		submitted, added, err = submitMapping(ctx, tx, Submission{YAML: draft.YAML, Digest: digest, Author: draft.Author, Reason: draft.Reason})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update mapping_drafts set submitted_version = $2, updated_at = clock_timestamp() where id = $1`, id, submitted.Version)
		return err
	})
	return submitted, added, err
}

// withDraft runs fn on a draft that is the actor's and not submitted yet, while nobody else changes it.
func (s *Store) withDraft(ctx context.Context, id string, by Decision, fn func(tx pgx.Tx, draft MappingDraft) error) error {
	err := s.withMapping(ctx, "draft "+id, func(tx pgx.Tx) error {
		draft, err := one[MappingDraft](ctx, tx, "draft "+id, `select `+draftColumns+` from mapping_drafts where id = $1 for update`, id)
		if err != nil {
			return err
		}
		switch {
		case !by.by(draft.Author):
			return &NotTheAuthorError{id, draft.Author}
		case draft.SubmittedVersion != nil:
			return &DraftSubmittedError{id, *draft.SubmittedVersion}
		}
		return fn(tx, draft)
	})
	var another *NotTheAuthorError
	if errors.As(err, &another) {
		return another
	}
	var already *DraftSubmittedError
	if errors.As(err, &already) {
		return already
	}
	var changed *DraftChangedError
	if errors.As(err, &changed) {
		return changed
	}
	return err
}
