package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/hr/roster"
	"muster/lifecycle"
)

// Errors about rosters.
var (
	// ErrRosterEnded: no more of it can be added, it has been read to its end.
	ErrRosterEnded = errors.New("the roster has been read to its end")
	// ErrRosterChanged: a page that was here before comes again as another one, or the id is another reading's.
	ErrRosterChanged = errors.New("the roster is not the one that was begun")
)

// RosterState says how far a roster has come.
type RosterState string

// The states of a roster.
const (
	RosterReading RosterState = "reading"
	RosterRead    RosterState = "read"
	RosterJudged  RosterState = "judged"
)

// Roster is one reading of what HR says of everybody.
type Roster struct {
	// ID is whoever's who reads it: the same id goes on with the same reading.
	ID           string
	Source       string // by its name in the configuration
	SourceSystem string
	Namespace    string
	// Key is the object in a bucket, or the address; without secrets.
	Key    string
	ETag   string
	SHA256 string // of the content, once it has been read to its end
	// AsOf is the moment that it tells of; zero: it could not be found out.
	AsOf     time.Time
	Declared *int64
	State    RosterState
	// Healthy: it was judged and may be believed. Figures and Verdict are empty before.
	Healthy bool
	Figures roster.Figures
	Verdict roster.Verdict
	// ComparedWith is the last good roster of the source when this one was read; empty: there was none.
	ComparedWith string
	BegunAt      time.Time
	ReadAt       *time.Time
	// CleanedAt is when its people were removed from the record.
	CleanedAt *time.Time
}

const rosterColumns = `id, source, source_system, namespace, key, etag as e_tag, sha256,
	coalesce(as_of, '0001-01-01 00:00:00+00') as as_of, declared, state, healthy, figures, verdict,
	coalesce(compared_with, '') as compared_with, begun_at, read_at, cleaned_at`

func oneRoster(ctx context.Context, db database, what, where string, args ...any) (Roster, error) {
	return one[Roster](ctx, db, what, `select `+rosterColumns+` from hr_rosters where `+where, args...)
}

// BeginRoster records that a roster is being read. It takes ID, Source, SourceSystem, Namespace, Key, ETag, AsOf, Declared and, unless
// the time is now, BegunAt. Again it returns what is there, however far that has come; ErrRosterChanged when that is of another source,
// object or moment.
func (s *Store) BeginRoster(ctx context.Context, r Roster) (Roster, error) {
	_, err := s.pool.Exec(ctx, `
		insert into hr_rosters (id, source, source_system, namespace, key, etag, as_of, declared, begun_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, clock_timestamp()))
		on conflict (id) do nothing`,
		r.ID, r.Source, r.SourceSystem, r.Namespace, r.Key, r.ETag, instant(r.AsOf), r.Declared, instant(r.BegunAt))
	if err != nil {
		return Roster{}, fmt.Errorf("begin roster %s: %w", r.ID, err)
	}
	begun, err := s.Roster(ctx, r.ID)
	if err != nil {
		return Roster{}, err
	}
	asOf := r.AsOf.Truncate(time.Microsecond) // as PostgreSQL keeps it
	if begun.Source != r.Source || begun.Namespace != r.Namespace || begun.Key != r.Key || begun.ETag != r.ETag || !begun.AsOf.Equal(asOf) {
		return begun, fmt.Errorf("roster %s: found %s %s, expected %s %s: %w", r.ID, begun.Key, begun.ETag, r.Key, r.ETag, ErrRosterChanged)
	}
	return begun, nil
}

// Roster returns a roster, or ErrNotFound.
func (s *Store) Roster(ctx context.Context, id string) (Roster, error) {
	return oneRoster(ctx, s.pool, "roster "+id, `id = $1`, id)
}

// LastGoodRoster returns the source's healthy roster that was read last, or ErrNotFound.
func (s *Store) LastGoodRoster(ctx context.Context, source string) (Roster, error) {
	return lastGoodRoster(ctx, s.pool, source, "")
}

func lastGoodRoster(ctx context.Context, db database, source, except string) (Roster, error) {
	return oneRoster(ctx, db, "the last good roster of "+source,
		`source = $1 and healthy and id <> $2 order by read_at desc, id desc limit 1`, source, except)
}

// JudgedRoster returns the newest roster that was read from the same object and judged, and whose people are still here: the object in
// the same version (etag), or with the same content (sha256) and moment. What is empty is like nothing. ErrNotFound.
func (s *Store) JudgedRoster(ctx context.Context, source, key, etag, sha256 string, asOf time.Time) (Roster, error) {
	return oneRoster(ctx, s.pool, "what was read of "+key, `
		source = $1 and key = $2 and (etag = $3 and $3 <> '' or sha256 = $4 and $4 <> '' and as_of = $5)
		and state = 'judged' and cleaned_at is null
		order by begun_at desc, id desc limit 1`, source, key, etag, sha256, asOf)
}

// Rosters returns the source's rosters, those begun last first; of all sources when it is empty.
func (s *Store) Rosters(ctx context.Context, source string, limit int) ([]Roster, error) {
	return list[Roster](ctx, s.pool, "the rosters", `
		select `+rosterColumns+` from hr_rosters where $1 in ('', source) order by begun_at desc, id desc limit $2`, source, pageSize(limit))
}

// RosterEnd is how a reading ended.
type RosterEnd struct {
	SHA256 string
	// Cut and Unreadable as in roster.Figures.
	Cut, Unreadable string
	At              time.Time
}

// EndRoster closes a reading: nothing can be added to it any more. Somebody who stands in it twice, or under ids that differ only in
// case, is taken out of the records: which of the lines is right cannot be told. People whom Muster has come to know meanwhile get
// their person id. It returns the roster with its figures, and those of the source's last good one (nil: there is none) for
// roster.Judge. Again it returns the same. ErrNotFound.
func (s *Store) EndRoster(ctx context.Context, id string, end RosterEnd) (ended Roster, previous *roster.Figures, err error) {
	err = s.transact(ctx, "end roster "+id, func(tx pgx.Tx) error {
		previous = nil
		if ended, err = oneRoster(ctx, tx, "roster "+id, `id = $1 for update`, id); err != nil {
			return err
		}
		if ended.State != RosterReading {
			if ended.ComparedWith == "" {
				return nil
			}
			last, err := oneRoster(ctx, tx, "roster "+ended.ComparedWith, `id = $1`, ended.ComparedWith)
			previous = &last.Figures
			return err
		}
		last, err := lastGoodRoster(ctx, tx, ended.Source, id)
		switch {
		case err == nil:
			previous = &last.Figures
		case !errors.Is(err, ErrNotFound):
			return err
		}
		for _, step := range endingRoster() {
			if _, err := tx.Exec(ctx, step.sql, id); err != nil {
				return fmt.Errorf("%s: %w", step.what, err)
			}
		}
		figures := roster.Figures{AsOf: ended.AsOf, Cut: end.Cut, Unreadable: end.Unreadable, Declared: ended.Declared}
		if err := countRoster(ctx, tx, id, last.ID, &figures); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update hr_rosters set state = 'read', sha256 = $2, figures = $3, compared_with = nullif($4, ''),
				read_at = coalesce($5, clock_timestamp())
			where id = $1`, id, end.SHA256, figures, last.ID, instant(end.At))
		if err != nil {
			return fmt.Errorf("record the figures: %w", err)
		}
		ended, err = oneRoster(ctx, tx, "roster "+id, `id = $1`, id)
		return err
	})
	return ended, previous, err
}

// endingRoster are the steps over all lines of a roster, which is $1.
func endingRoster() []joinStep {
	return []joinStep{
		{"look who is known by now", `
			update roster_records r set person_id = i.person_id
			from person_ids i where r.roster_id = $1 and r.person_id = '' and i.namespace = r.namespace and i.external_id = r.external_user_id`},
		{"look whom the refused lines are about", `
			update roster_defects d set person_id = i.person_id
			from person_ids i where d.roster_id = $1 and d.person_id = '' and i.namespace = d.namespace and i.external_id = d.external_user_id`},
		{"take out who stands there twice", `
			with told as (
				select external_user_id, line from roster_records where roster_id = $1
				union all
				select external_user_id, line from roster_defects where roster_id = $1 and external_user_id <> ''
			), twice as (
				select lower(external_user_id) as folded, count(distinct external_user_id) > 1 as by_case,
				       array_to_string((array_agg(line order by line))[:10], ', ') as lines
				from told group by 1 having count(*) > 1
			), taken as (
				delete from roster_records r using twice t
				where r.roster_id = $1 and lower(r.external_user_id) = t.folded
				returning r.external_user_id, r.person_id, r.namespace, r.page, r.line, t.by_case, t.lines
			)
			insert into roster_defects (roster_id, external_user_id, person_id, namespace, page, line, problems)
			select $1, external_user_id, person_id, namespace, page, line, jsonb_build_array(jsonb_build_object(
				'field', 'external_user_id',
				'found', case when by_case then 'ids that differ only in case' else 'the id more than once' end || ', in lines ' || lines,
				'expected', 'everybody once'))
			from taken`},
	}
}

// present says of a line that the person has not left by the moment that its roster tells of: neither by status nor, whatever the status is,
// by a last day before that. Somebody's last day is no day on which they are gone.
func present(line string) string {
	return strings.ReplaceAll(`(l.status <> 'TERMINATED' and coalesce(l.record #>> '{termination,last_working_day}', l.record #>> '{termination,last_day}', '9999-12-31')
		>= (select to_char(coalesce(h.as_of, h.begun_at) at time zone 'UTC', 'YYYY-MM-DD') from hr_rosters h where h.id = l.roster_id))`, "l.", line+".")
}

// countRoster fills in what the lines tell.
func countRoster(ctx context.Context, tx pgx.Tx, id, previous string, figures *roster.Figures) error {
	err := tx.QueryRow(ctx, `
		select count(*), count(*) filter (where `+present("r")+`), (select count(*) from roster_defects where roster_id = $1)
		from roster_records r where roster_id = $1`, id).Scan(&figures.Records, &figures.Present, &figures.Refused)
	if err != nil {
		return fmt.Errorf("count the lines: %w", err)
	}
	if previous == "" {
		return countAtWork(ctx, tx, id, figures)
	}
	// Whose line was refused is not gone: it only cannot be told how they are.
	err = tx.QueryRow(ctx, `
		select count(*) from roster_records p
		where p.roster_id = $2 and `+present("p")+`
		  and not exists (select from roster_records c where c.roster_id = $1 and c.namespace = p.namespace
		                  and c.external_user_id = p.external_user_id and `+present("c")+`)
		  and not exists (select from roster_defects d where d.roster_id = $1 and d.namespace = p.namespace
		                  and d.external_user_id = p.external_user_id)`, id, previous).Scan(&figures.Gone)
	if err != nil {
		return fmt.Errorf("count who is gone: %w", err)
	}
	return nil
}

// countAtWork fills in, for the first roster of a source, whom the record has at work and who of them is gone. Whoever has ids in another
// namespace may be at work under those. Where several sources share a namespace, whoever stands in another's newest roster is not gone.
func countAtWork(ctx context.Context, tx pgx.Tx, id string, figures *roster.Figures) error {
	err := tx.QueryRow(ctx, `
		with this as (
			select id, source, namespace from hr_rosters where id = $1
		), read as (
			select id from this union
			select newest.id from (
				select distinct on (o.source) o.id from hr_rosters o join this on o.namespace = this.namespace and o.source <> this.source
				where o.state <> 'reading' and o.cleaned_at is null order by o.source, o.read_at desc, o.id desc) newest
		), at_work as (
			select a.person_id from agents a join person_ids i using (person_id)
			where a.lifecycle_state = $2
			group by a.person_id having bool_and(i.namespace = (select namespace from this))
		), told as (
			select i.person_id from roster_records c join person_ids i on i.namespace = c.namespace and i.external_id = c.external_user_id
			where c.roster_id in (select id from read) and `+present("c")+`
			union
			select i.person_id from roster_defects d join person_ids i on i.namespace = d.namespace and i.external_id = d.external_user_id
			where d.roster_id in (select id from read)
		)
		select count(*), count(*) filter (where told.person_id is null) from at_work left join told using (person_id)`,
		id, lifecycle.Active).Scan(&figures.AtWork, &figures.Gone)
	if err != nil {
		return fmt.Errorf("count whom the record has at work: %w", err)
	}
	return nil
}

// JudgeRoster records the verdict on a roster that was read. Again, the first one stays. ErrNotFound, also while it is being read.
func (s *Store) JudgeRoster(ctx context.Context, id string, verdict roster.Verdict) (Roster, error) {
	_, err := s.pool.Exec(ctx, `
		update hr_rosters set state = 'judged', healthy = $2, verdict = $3 where id = $1 and state = 'read'`, id, verdict.Healthy(), verdict)
	if err != nil {
		return Roster{}, fmt.Errorf("record the verdict on roster %s: %w", id, err)
	}
	return oneRoster(ctx, s.pool, "judged roster "+id, `id = $1 and state = 'judged'`, id)
}

// CleanRosters removes the people of the rosters that were begun before a time, and leaves what is known of the rosters themselves.
// Each source keeps its last good one, which the next is compared with. It returns how many were cleaned.
func (s *Store) CleanRosters(ctx context.Context, before, at time.Time) (cleaned int, err error) {
	old, err := list[struct{ ID string }](ctx, s.pool, "the old rosters", `
		select id from hr_rosters r
		where begun_at < $1 and cleaned_at is null
		  and id is distinct from (
			select g.id from hr_rosters g where g.source = r.source and g.healthy order by g.read_at desc, g.id desc limit 1)
		order by begun_at, id`, before)
	if err != nil {
		return 0, err
	}
	for _, r := range old {
		err := s.transact(ctx, "clean roster "+r.ID, func(tx pgx.Tx) error {
			// Whoever still reads it ends here.
			_, err := tx.Exec(ctx, `
				update hr_rosters set cleaned_at = coalesce($2, clock_timestamp()),
					state = case state when 'reading' then 'read' else state end
				where id = $1`, r.ID, instant(at))
			for _, table := range []string{"roster_records", "roster_defects", "roster_pages"} {
				if err == nil {
					_, err = tx.Exec(ctx, `delete from `+table+` where roster_id = $1`, r.ID)
				}
			}
			return err
		})
		if err != nil {
			return cleaned, err
		}
		cleaned++
	}
	return cleaned, nil
}
