package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/lifecycle"
)

// graceOpen is the condition of lifecycle.Grace.Open, as the indices on graces have it.
const graceOpen = `phase not in ('deleted', 'ended', 'erasing', 'erased')`

const graceColumns = `person_id, generation, platform, platform_user_id, started_at, deadline, phase, ended_because,
	coalesce(archive_id, '') as archive_id, version, seen_version, deleted_at`

// BeginGrace records that the grace of a termination begins, in phase waiting, version 1, not seen by its workflow. It takes
// Generation, Platform, PlatformUserID, StartedAt, Deadline and, where it is known already, ArchiveID. Again for the same
// generation it changes nothing, however far that grace has come. An open one of an older generation ends. *FencedError when a
// newer operation has taken the person over since: that one decides about the account.
func (p *PersonTx) BeginGrace(g lifecycle.Grace) error {
	var current int64
	err := p.tx.QueryRow(p.ctx, `select generation from agents where person_id = $1`, p.personID).Scan(&current)
	if err != nil {
		return fmt.Errorf("begin the grace of generation %d: look at the agent: %w", g.Generation, err)
	}
	if _, err := p.Grace(g.Generation); !errors.Is(err, ErrNotFound) {
		return err // it has begun, or could not be read
	}
	if current > g.Generation {
		return &FencedError{PersonID: p.personID, Own: g.Generation, Current: current}
	}
	older, err := list[lifecycle.Grace](p.ctx, p.tx, "the open graces", `
		select `+graceColumns+` from graces where person_id = $1 and `+graceOpen+` and generation < $2`, p.personID, g.Generation)
	if err != nil {
		return err
	}
	for _, open := range older {
		ended, because := lifecycle.GraceEnded, "a newer termination"
		if err := p.ChangeGrace(open.Generation, GraceChange{Phase: &ended, EndedBecause: &because}); err != nil {
			return err
		}
	}
	_, err = p.tx.Exec(p.ctx, `
		insert into graces (person_id, generation, platform, platform_user_id, started_at, deadline, phase, archive_id)
		values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''))`,
		p.personID, g.Generation, g.Platform, g.PlatformUserID, g.StartedAt, g.Deadline, lifecycle.GraceWaiting, g.ArchiveID)
	if err != nil {
		return fmt.Errorf("begin the grace of generation %d: %w", g.Generation, err)
	}
	return nil
}

// GraceChange sets what is not nil. EndedBecause belongs to phase lifecycle.GraceEnded and to no other.
type GraceChange struct {
	Phase        *lifecycle.GracePhase
	Deadline     *time.Time
	ArchiveID    *string
	EndedBecause *string
	DeletedAt    *time.Time
}

// ChangeGrace changes a grace and makes its version grow. The alerts about notices close with their reason: where the deadline
// moves, those about another one; where the grace ends or the account is deleted, all. ErrNotFound when no grace of that
// generation has begun.
func (p *PersonTx) ChangeGrace(generation int64, c GraceChange) error {
	changed, err := p.tx.Exec(p.ctx, `
		update graces set
			phase         = coalesce($3, phase),
			deadline      = coalesce($4, deadline),
			archive_id    = case when $5::text is null then archive_id else nullif($5, '') end,
			ended_because = coalesce($6, ended_because),
			deleted_at    = coalesce($7, deleted_at),
			version       = version + 1
		where person_id = $1 and generation = $2`,
		p.personID, generation, c.Phase, c.Deadline, c.ArchiveID, c.EndedBecause, c.DeletedAt)
	if err != nil {
		return fmt.Errorf("change the grace of generation %d: %w", generation, err)
	}
	if changed.RowsAffected() == 0 {
		return fmt.Errorf("grace of generation %d: %w", generation, ErrNotFound)
	}
	return p.closeNoticeAlerts(generation)
}

// GraceSeen records that the grace's workflow has acted on a version of it. An older one than it has acted on already changes
// nothing, and one that does not exist yet counts as the newest. ErrNotFound.
func (p *PersonTx) GraceSeen(generation, version int64) error {
	seen, err := p.tx.Exec(p.ctx, `
		update graces set seen_version = greatest(seen_version, least(version, $3))
		where person_id = $1 and generation = $2`, p.personID, generation, version)
	if err != nil {
		return fmt.Errorf("note that the grace of generation %d was seen: %w", generation, err)
	}
	if seen.RowsAffected() == 0 {
		return fmt.Errorf("grace of generation %d: %w", generation, ErrNotFound)
	}
	return nil
}

// Grace returns the grace of a generation, or ErrNotFound.
func (p *PersonTx) Grace(generation int64) (lifecycle.Grace, error) {
	return one[lifecycle.Grace](p.ctx, p.tx, fmt.Sprintf("grace of generation %d", generation), `
		select `+graceColumns+` from graces where person_id = $1 and generation = $2`, p.personID, generation)
}

// newestGrace is the grace of the person's newest generation that has one, open or not; nil when there is none.
func newestGrace(ctx context.Context, db database, personID string) (*lifecycle.Grace, error) {
	found, err := list[lifecycle.Grace](ctx, db, "the person's grace", `
		select `+graceColumns+` from graces where person_id = $1 order by generation desc limit 1`, personID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// GraceRef names a grace.
type GraceRef struct {
	PersonID   string
	Generation int64
}

// UncheckedGraces returns at most limit open graces that nobody has checked for so long, the longest unchecked first, and marks
// them checked as it returns. Whoever asks at the same time gets different ones. A grace counts as checked when it begins.
func (s *Store) UncheckedGraces(ctx context.Context, every time.Duration, limit int) ([]GraceRef, error) {
	return list[GraceRef](ctx, s.pool, "the unchecked graces", `
		with unchecked as (
			select person_id, generation from graces
			where `+graceOpen+` and checked_at <= clock_timestamp() - make_interval(secs => $1)
			order by checked_at limit $2 for no key update skip locked
		)
		update graces g set checked_at = clock_timestamp()
		from unchecked u where g.person_id = u.person_id and g.generation = u.generation
		returning g.person_id, g.generation`, every.Seconds(), limit)
}

// GraceFilter selects graces; empty fields select all.
type GraceFilter struct {
	Phase    lifecycle.GracePhase
	PersonID string
	Open     *bool
	Cursor   string
	Limit    int
}

// Graces returns a page of graces, the earliest deadline first, and the cursor of the next page (empty at the end). A deadline only
// ever moves to a later time, so paging misses none.
func (s *Store) Graces(ctx context.Context, f GraceFilter) ([]lifecycle.Grace, string, error) {
	from, err := afterGrace(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	rows, err := list[lifecycle.Grace](ctx, s.pool, "the graces", `
		select `+graceColumns+` from graces
		where (deadline, person_id, generation) > ($1, $2, $3) and ($4 = '' or phase = $4) and ($5 = '' or person_id = $5)
		  and ($6::boolean is null or (`+graceOpen+`) = $6)
		order by deadline, person_id, generation limit $7`,
		from.at, from.id, from.generation, f.Phase, f.PersonID, f.Open, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(g lifecycle.Grace) string {
		return instantKey(g.Deadline, g.PersonID+" "+numberKey(g.Generation))
	})
	return items, next, nil
}

// gracePosition is a place in the order of deadlines.
type gracePosition struct {
	position
	generation int64
}

func afterGrace(cursor string) (gracePosition, error) {
	from, err := afterInstant(cursor)
	if err != nil || from.id == "" {
		return gracePosition{position: from}, err
	}
	personID, generation, _ := strings.Cut(from.id, " ")
	number, err := strconv.ParseInt(generation, 10, 64)
	if err != nil {
		return gracePosition{}, fmt.Errorf("cursor %.40q: %w", cursor, ErrBadCursor)
	}
	return gracePosition{position: position{at: from.at, id: personID}, generation: number}, nil
}
