package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// RolloutCause is why the rules' answers change.
type RolloutCause string

// The causes.
const (
	// RolloutPublication: a version takes effect.
	RolloutPublication RolloutCause = "publication"
	// RolloutByDate: a rule of the version in force begins or ends.
	RolloutByDate RolloutCause = "date"
)

// RolloutState is how far a rollout has come.
type RolloutState string

// The states of a rollout.
const (
	RolloutScheduled RolloutState = "scheduled"
	RolloutRunning   RolloutState = "running"
	RolloutPaused    RolloutState = "paused"
	RolloutDone      RolloutState = "done"
	// RolloutSuperseded: another version took effect before it was through; that one's rollout has the rest.
	RolloutSuperseded RolloutState = "superseded"
)

// Rollout brings a change of the rules to everybody whom it concerns.
type Rollout struct {
	ID      string // "rol_…", given by the store
	Version int
	DueAt   time.Time
	Cause   RolloutCause
	// About names the rules that begin or end; empty for a publication.
	About     []string
	State     RolloutState
	ScopedAt  *time.Time // nil until it is known whom it concerns
	StartedAt *time.Time
	EndedAt   *time.Time
	// ChangedBy paused or resumed it last, and Reason says why.
	ChangedBy string
	Reason    string
	// Concerned, Done, Waits and UnderWay count people: all of them, those who are as the rules say, those whom something else holds (a
	// review, an approval), those who have been told and are not through.
	Concerned, Done, Waits, UnderWay int
}

// Instant is the one for which the rules are asked: now, and never before the rollout was due. It is due by the database's clock; a worker
// whose own is a little behind would ask for the moment before a rule begins, and find nobody whom that concerns.
func (r Rollout) Instant(now time.Time) time.Time {
	if now.Before(r.DueAt) {
		return r.DueAt
	}
	return now
}

const rolloutPrefix = "rol_"

const rolloutSelect = `select r.id, r.version, r.due_at, r.cause,
	array(select jsonb_array_elements_text(r.about)) as about, r.state, r.scoped_at, r.started_at, r.ended_at, r.changed_by, r.reason,
	(select count(*) from mapping_rollout_people p where p.rollout_id = r.id)::int as concerned,
	(select count(*) from mapping_rollout_people p where p.rollout_id = r.id and result = 'done')::int as done,
	(select count(*) from mapping_rollout_people p where p.rollout_id = r.id and result = 'waits')::int as waits,
	(select count(*) from mapping_rollout_people p where p.rollout_id = r.id and ended_at is null and rung_at is not null)::int as under_way
	from mapping_rollouts r`

func rollouts(ctx context.Context, db database, condition string, args ...any) ([]Rollout, error) {
	return list[Rollout](ctx, db, "the rollouts", rolloutSelect+" "+condition, args...)
}

// Rollout returns a rollout by its id, or ErrNotFound.
func (s *Store) Rollout(ctx context.Context, id string) (Rollout, error) {
	return rollout(ctx, s.pool, id)
}

func rollout(ctx context.Context, db database, id string) (Rollout, error) {
	found, err := rollouts(ctx, db, `where r.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("rollout %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return Rollout{}, err
	}
	return found[0], nil
}

// Rollouts returns all rollouts, those to come and under way first, then the one that ended last.
func (s *Store) Rollouts(ctx context.Context) ([]Rollout, error) {
	return rollouts(ctx, s.pool, `order by r.ended_at desc nulls first, r.due_at, r.id`)
}

func scheduleRollout(ctx context.Context, tx pgx.Tx, version int, cause RolloutCause, date RolloutDate) error {
	about, err := json.Marshal(append([]string{}, date.About...))
	if err != nil {
		return fmt.Errorf("describe the rollout: %w", err)
	}
	_, err = tx.Exec(ctx, `
		insert into mapping_rollouts (id, version, due_at, cause, about) values ($1, $2, $3, $4, $5)`,
		newID(rolloutPrefix), version, date.At, cause, about)
	if err != nil {
		return fmt.Errorf("schedule the rollout of version %d at %s: %w", version, date.At.UTC().Format(time.RFC3339), err)
	}
	return nil
}

// endRolloutsOf ends what is scheduled for a version that never takes effect.
func endRolloutsOf(ctx context.Context, tx pgx.Tx, version int) error {
	_, err := tx.Exec(ctx, `
		update mapping_rollouts set state = 'superseded', ended_at = clock_timestamp() where version = $1 and ended_at is null`, version)
	if err != nil {
		return fmt.Errorf("end the rollouts of version %d: %w", version, err)
	}
	return nil
}

// DueRollouts returns the ids of rollouts that are due and whose workflow nobody has seen to for so long; while one of a version is paused,
// none of that version is due. Those who ask at the same time
// get different ones.
func (s *Store) DueRollouts(ctx context.Context, again time.Duration) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		with due as (
			select id from mapping_rollouts r
			where state in ('scheduled', 'running') and due_at <= now()
			  and not exists (select from mapping_rollouts p where p.version = r.version and p.state = 'paused')
			  and checked_at <= now() - make_interval(secs => $1)
			order by due_at for update of r skip locked
		)
		update mapping_rollouts r set checked_at = now() from due where r.id = due.id returning r.id`, again.Seconds())
	if err != nil {
		return nil, fmt.Errorf("take due rollouts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("take due rollouts: %w", err)
	}
	return ids, nil
}

// BeginRollout says that a due rollout runs from now on, and returns it as it stands: one that is paused or has ended stays so. What is
// open of versions that were published before is superseded with it, also what was paused or had yet to come: nobody needs to be told to
// go on with it, and nothing of it lies ahead.
func (s *Store) BeginRollout(ctx context.Context, id string) (Rollout, error) {
	_, err := s.pool.Exec(ctx, `
		with begun as (
			update mapping_rollouts set state = 'running', started_at = coalesce(started_at, clock_timestamp())
			where id = $1 and state = 'scheduled' and due_at <= now() returning version
		)
		update mapping_rollouts former set state = 'superseded', ended_at = clock_timestamp()
		from begun, mapping_steps now_in_force, mapping_steps before
		where now_in_force.version = begun.version and now_in_force.step = 'published'
		  and before.version = former.version and before.step = 'published' and before.id < now_in_force.id and former.ended_at is null`, id)
	if err != nil {
		return Rollout{}, fmt.Errorf("begin rollout %s: %w", id, err)
	}
	return s.Rollout(ctx, id)
}

// WaitingForRules returns everybody whose work waits for rules, whoever has waited longest first.
func (s *Store) WaitingForRules(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		select person_id from (
			select person_id, id as since from hr_events where outcome is null and admission = 'accepted' and parked_version > 0
			union all
			select r.person_id, coalesce(e.id, 9223372036854775807) from reviews r left join hr_events e on e.event_id = r.event_id and e.admission = 'accepted'
			where r.state = 'open' and r.kind = any($1)
		) waiting group by person_id order by min(since), person_id`,
		[]string{string(lifecycle.ReviewUnmapped), string(lifecycle.ReviewMissingConstruct)})
	if err != nil {
		return nil, fmt.Errorf("read who waits for rules: %w", err)
	}
	waiting, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read who waits for rules: %w", err)
	}
	return waiting, nil
}

// AskedAbout are those of these people about whom a review or an approval is open.
func (s *Store) AskedAbout(ctx context.Context, people []string) (map[string]bool, error) {
	found, err := list[struct{ PersonID string }](ctx, s.pool, "about whom a question is open", `
		select person_id from reviews where state = 'open' and person_id = any($1)
		union select person_id from approvals where state = 'open' and person_id = any($1)`, people)
	asked := map[string]bool{}
	for _, person := range found {
		asked[person.PersonID] = true
	}
	return asked, err
}

// ScopeRollout records whom a rollout concerns, in the order in which they are taken. A rollout that has been scoped stays as it is.
func (s *Store) ScopeRollout(ctx context.Context, id string, people []string) error {
	return s.transact(ctx, "scope rollout "+id, func(tx pgx.Tx) error {
		scoped, err := tx.Exec(ctx, `
			update mapping_rollouts set scoped_at = clock_timestamp() where id = $1 and scoped_at is null and state = 'running'`, id)
		if err != nil || scoped.RowsAffected() == 0 {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"mapping_rollout_people"}, []string{"rollout_id", "person_id", "position"},
			pgx.CopyFromSlice(len(people), func(i int) ([]any, error) { return []any{id, people[i], i + 1}, nil }))
		return err
	})
}

// RolloutPerson is somebody whom a rollout has told.
type RolloutPerson struct {
	PersonID string
	RungAt   time.Time
}

// RolloutUnderWay returns those whom a rollout has told and who are not through.
func (s *Store) RolloutUnderWay(ctx context.Context, id string) ([]RolloutPerson, error) {
	return list[RolloutPerson](ctx, s.pool, "who is under way", `
		select person_id, rung_at from mapping_rollout_people
		where rollout_id = $1 and ended_at is null and rung_at is not null order by position`, id)
}

// RingForRollout tells the next people of a running rollout, in their order, and returns how many there were.
func (s *Store) RingForRollout(ctx context.Context, id string, most int) (rung int, err error) {
	if most <= 0 {
		return 0, nil
	}
	err = s.transact(ctx, "ring for rollout "+id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			with next as (
				select p.person_id from mapping_rollout_people p join mapping_rollouts r on r.id = p.rollout_id and r.state = 'running'
				where p.rollout_id = $1 and p.ended_at is null and p.rung_at is null order by p.position limit $2 for update of p
			)
			update mapping_rollout_people p set rung_at = clock_timestamp() from next
			where p.rollout_id = $1 and p.person_id = next.person_id returning p.person_id`, id, most)
		if err != nil {
			return err
		}
		people, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		rung = len(people)
		// Due now: nobody else rings for it, so there is no ring of anybody's to wait for.
		return ringSoon(ctx, tx, people, 0)
	})
	return rung, err
}

// EndForPeople records that people are through with a rollout, as lifecycle.RolloutPersonDone or RolloutPersonWaits. Who waited may be done later.
func (s *Store) EndForPeople(ctx context.Context, id, result string, people []string) error {
	_, err := s.pool.Exec(ctx, `
		update mapping_rollout_people set ended_at = clock_timestamp(), result = $2
		where rollout_id = $1 and person_id = any($3) and result <> 'done'`, id, result, people)
	if err != nil {
		return fmt.Errorf("record who is through with rollout %s: %w", id, err)
	}
	return nil
}

// EndRollout ends a rollout that runs. One that was paused meanwhile stays open, and done is only one that has found out whom it concerns
// and has nobody left: somebody who pauses it while it looks must find it where it was.
func (s *Store) EndRollout(ctx context.Context, id string, state RolloutState) error {
	_, err := s.pool.Exec(ctx, `
		update mapping_rollouts r set state = $2, ended_at = clock_timestamp()
		where id = $1 and state = 'running' and ($2 <> 'done' or scoped_at is not null and not exists (
			select from mapping_rollout_people p where p.rollout_id = r.id and p.ended_at is null))`, id, state)
	if err != nil {
		return fmt.Errorf("end rollout %s: %w", id, err)
	}
	return nil
}

// RolloutRefusal says why a rollout cannot be paused or resumed.
type RolloutRefusal struct {
	ID    string
	State RolloutState
}

func (r *RolloutRefusal) Error() string { return fmt.Sprintf("rollout %s is %s", r.ID, r.State) }

// PauseRollout keeps a rollout from telling anybody else; who has been told goes on. *RolloutRefusal when it is paused or has ended.
func (s *Store) PauseRollout(ctx context.Context, id string, by Decision) (Rollout, error) {
	return s.changeRollout(ctx, id, by, "pause", RolloutPaused, RolloutScheduled, RolloutRunning)
}

// ResumeRollout lets a paused rollout go on. *RolloutRefusal when it is not paused.
func (s *Store) ResumeRollout(ctx context.Context, id string, by Decision) (Rollout, error) {
	return s.changeRollout(ctx, id, by, "resume", RolloutScheduled, RolloutPaused)
}

func (s *Store) changeRollout(ctx context.Context, id string, by Decision, verb string, to RolloutState, from ...RolloutState) (changed Rollout, err error) {
	err = s.transact(ctx, verb+" rollout "+id, func(tx pgx.Tx) error {
		set, err := tx.Exec(ctx, `
			update mapping_rollouts set state = $2, changed_by = $3, reason = $4, checked_at = '-infinity'
			where id = $1 and state = any($5)`, id, to, by.Actor, by.Reason, from)
		if err != nil {
			return err
		}
		if changed, err = rollout(ctx, tx, id); err != nil {
			return err
		}
		if set.RowsAffected() == 0 {
			return &RolloutRefusal{id, changed.State}
		}
		detail, err := json.Marshal(map[string]any{"rollout": id, "version": changed.Version, "reason": by.Reason})
		if err != nil {
			return fmt.Errorf("describe it for the audit trail: %w", err)
		}
		return addAudit(ctx, tx, AuditFact{Actor: by.Actor, ActorVerified: true, Action: "mapping.rollout_" + strings.TrimSpace(verb), Detail: detail})
	})
	var refusal *RolloutRefusal
	if errors.As(err, &refusal) {
		return changed, refusal
	}
	return changed, err
}
