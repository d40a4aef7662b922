package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// AdoptionState is how far an adoption has come.
type AdoptionState string

// The states of an adoption.
const (
	AdoptionRunning AdoptionState = "running"
	AdoptionDone    AdoptionState = "done"
	AdoptionStopped AdoptionState = "stopped"
)

// AdoptionOutcome is what became of a person in an adoption.
type AdoptionOutcome string

// The outcomes of people in an adoption.
const (
	// AdoptionSent: the hire is in the person's mailbox.
	AdoptionSent AdoptionOutcome = "sent"
	// AdoptionChanged: the person stands otherwise than in the plan; nothing was done.
	AdoptionChanged AdoptionOutcome = "changed"
	// AdoptionFailed: it could not be sent.
	AdoptionFailed AdoptionOutcome = "failed"
)

const adoptionPrefix = "ado_"

// Adoption carries out what a plan showed about people.
type Adoption struct {
	ID               string // "ado_…", given by the store
	ReconciliationID string // the plan
	RequestedBy      string
	Reason           string
	PerMinute        int
	State            AdoptionState
	StartedAt        time.Time
	EndedAt          *time.Time
	StoppedBy        string
	StopReason       string
	// People counts all; Sent, Changed and Failed those who are through.
	People, Sent, Changed, Failed int
}

// Left is how many are not through.
func (a Adoption) Left() int { return a.People - a.Sent - a.Changed - a.Failed }

const adoptionSelect = `
	select id, reconciliation_id, requested_by, reason, per_minute, state, started_at, ended_at, stopped_by, stop_reason, n.*
	from adoptions a cross join lateral (
		select count(*)::int as people, (count(*) filter (where result = 'sent'))::int as sent,
			(count(*) filter (where result = 'changed'))::int as changed, (count(*) filter (where result = 'failed'))::int as failed
		from adoption_people where adoption_id = a.id) n`

// AdoptionRequest is whom of a plan somebody wants adopted.
type AdoptionRequest struct {
	ReconciliationID string
	// Claims selects everybody with one of these claims. People selects persons, by person id, external id or "namespace:id" whatever their
	// claim; either is enough.
	Claims []string
	People []string
	// PerMinute is how many people at the most are taken in a minute.
	PerMinute int
	Actor     string
	Verified  bool
	Reason    string
}

// AdoptionStart is why an adoption does not begin.
type AdoptionStart struct{ Why string }

func (e *AdoptionStart) Error() string { return e.Why }

// StartAdoption records whom an adoption takes; the relay starts its workflow. *AdoptionStart when one is under way, when somebody who is
// named is not in the plan or is a question in it whose account several people would get, or when nobody is left.
func (s *Store) StartAdoption(ctx context.Context, r AdoptionRequest) (started Adoption, err error) {
	err = s.transact(ctx, "start an adoption", func(tx pgx.Tx) error {
		ids, err := chosen(ctx, tx, r)
		if err != nil {
			return err
		}
		id := newID(adoptionPrefix)
		_, err = tx.Exec(ctx, `
			insert into adoptions (id, reconciliation_id, requested_by, requester_verified, reason, per_minute) values ($1, $2, $3, $4, $5, $6)`,
			id, r.ReconciliationID, r.Actor, r.Verified, r.Reason, r.PerMinute)
		if isCode(err, "23505") { // unique_violation: one is running
			return &AdoptionStart{"another adoption is under way: it has to end, or be stopped, before the next begins"}
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into adoption_people (adoption_id, delta_id) select $1, unnest($2::bigint[])`, id, ids); err != nil {
			return err
		}
		if err := auditAdoption(ctx, tx, "adoption.start", id, r.ReconciliationID, r.Actor, r.Verified, len(ids)); err != nil {
			return err
		}
		started, err = readAdoption(ctx, tx, id)
		return err
	})
	return started, err
}

// chosen are the deltas of those whom somebody wants adopted. Whoever was taken by an adoption before and was sent is left out of Claims.
func chosen(ctx context.Context, tx pgx.Tx, r AdoptionRequest) ([]int64, error) {
	rows, err := list[struct {
		ID        int64
		Names     []string
		Claim     string
		Contested bool
		Named     bool
	}](ctx, tx, "whom an adoption takes", `
		select id, names, claim, contested, names && $3 as named
		from (select p.*, array[person_id, external_user_id, coalesce(body #>> '{adoption,namespace}', '') || ':' || external_user_id] as names
		      from (`+plannedSQL+`) p) p
		where names && $3 or claim = any($2) and not contested and not exists (
			select from adoption_people a where a.delta_id = p.id and a.result = 'sent')
		order by id`, r.ReconciliationID, texts(r.Claims), texts(r.People))
	if err != nil {
		return nil, err
	}
	missing := map[string]bool{}
	for _, name := range r.People {
		missing[name] = true
	}
	var ids []int64
	for _, row := range rows {
		for _, name := range row.Names {
			delete(missing, name)
		}
		switch {
		case row.Named && row.Contested:
			return nil, &AdoptionStart{fmt.Sprintf("by the plan several people would get the account of %s: say whose it is first", row.Names[1])}
		case row.Named && row.Claim == ClaimNone:
			return nil, &AdoptionStart{fmt.Sprintf("the plan leaves %s alone: there is nothing to carry out", row.Names[1])}
		}
		ids = append(ids, row.ID)
	}
	if len(missing) > 0 {
		return nil, &AdoptionStart{"not in the plan: " + strings.Join(slices.Sorted(maps.Keys(missing)), ", ")}
	}
	if len(ids) == 0 {
		return nil, &AdoptionStart{"the plan has nobody left of whom this was asked"}
	}
	return ids, nil
}

// StopAdoption ends an adoption before it is through; who has been sent goes on. ErrNotFound; *AdoptionStart when it has ended.
func (s *Store) StopAdoption(ctx context.Context, id, actor string, verified bool, reason string) (stopped Adoption, err error) {
	err = s.transact(ctx, "stop adoption "+id, func(tx pgx.Tx) error {
		changed, err := tx.Exec(ctx, `
			update adoptions set state = 'stopped', ended_at = clock_timestamp(), stopped_by = $2, stop_reason = $3
			where id = $1 and state = 'running'`, id, actor, reason)
		if err != nil {
			return err
		}
		if stopped, err = readAdoption(ctx, tx, id); err != nil {
			return err
		}
		if changed.RowsAffected() == 0 {
			return &AdoptionStart{fmt.Sprintf("adoption %s is %s already", id, stopped.State)}
		}
		return auditAdoption(ctx, tx, "adoption.stop", id, stopped.ReconciliationID, actor, verified, stopped.Left())
	})
	return stopped, err
}

func auditAdoption(ctx context.Context, db database, action, id, planID, actor string, verified bool, people int) error {
	return addAudit(ctx, db, AuditFact{Actor: actor, ActorVerified: verified, Action: action, Detail: detail(map[string]string{
		"adoption_id": id, "reconciliation_id": planID, "people": fmt.Sprint(people),
	})})
}

// Adoption returns one, or ErrNotFound.
func (s *Store) Adoption(ctx context.Context, id string) (Adoption, error) {
	return readAdoption(ctx, s.pool, id)
}

func readAdoption(ctx context.Context, db database, id string) (Adoption, error) {
	return one[Adoption](ctx, db, "adoption "+id, adoptionSelect+` where id = $1`, id)
}

// Adoptions returns the adoptions of a plan, or all where reconciliationID is empty, the newest first.
func (s *Store) Adoptions(ctx context.Context, reconciliationID string) ([]Adoption, error) {
	return list[Adoption](ctx, s.pool, "the adoptions", adoptionSelect+`
		where $1 = '' or reconciliation_id = $1 order by started_at desc, id desc limit 200`, reconciliationID)
}

// AdoptionPerson is somebody in an adoption.
type AdoptionPerson struct {
	Delta
	JudgedAt  *time.Time
	SettledAt *time.Time
	Result    AdoptionOutcome // empty: not through
	Why       string
}

const adoptionPeopleSQL = `
	select ` + deltaColumns + `, judged_at, settled_at, result, why from adoption_people join deltas on id = delta_id where adoption_id = $1`

// AdoptionPeople returns a page of the people of an adoption, those with this result or, where it is empty, all; and the cursor of the next
// page (empty at the end).
func (s *Store) AdoptionPeople(ctx context.Context, id string, result AdoptionOutcome, cursor string, limit int) ([]AdoptionPerson, string, error) {
	from, err := afterNumber(cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	rows, err := list[AdoptionPerson](ctx, s.pool, "the people of adoption "+id, adoptionPeopleSQL+`
		and id > $2 and ($3 = '' or result = $3) order by id limit $4`, id, from, result, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(p AdoptionPerson) string { return numberKey(p.ID) })
	return items, next, nil
}

// AdoptionNext are the next people of an adoption, at most limit; none once it has ended.
func (s *Store) AdoptionNext(ctx context.Context, id string, limit int) ([]AdoptionPerson, error) {
	return list[AdoptionPerson](ctx, s.pool, "the next people of adoption "+id, adoptionPeopleSQL+`
		and settled_at is null and exists (select from adoptions a where a.id = $1 and a.state = 'running') order by id limit $2`, id, limit)
}

// JudgeAdoption records that somebody stands as the plan has it. It is carried out from here on, also after a crash. False when the adoption
// has ended meanwhile: then it is not.
func (s *Store) JudgeAdoption(ctx context.Context, id string, deltaID int64) (bool, error) {
	judged, err := s.pool.Exec(ctx, `
		update adoption_people p set judged_at = coalesce(judged_at, clock_timestamp()) from adoptions a
		where adoption_id = $1 and delta_id = $2 and a.id = $1 and a.state = 'running'`, id, deltaID)
	if err != nil {
		return false, fmt.Errorf("record that somebody stands as planned in adoption %s: %w", id, err)
	}
	return judged.RowsAffected() == 1, nil
}

// SettleAdoption records what became of somebody, once.
func (s *Store) SettleAdoption(ctx context.Context, id string, deltaID int64, result AdoptionOutcome, why string) error {
	_, err := s.pool.Exec(ctx, `
		update adoption_people set result = $3, why = $4, settled_at = clock_timestamp()
		where adoption_id = $1 and delta_id = $2 and settled_at is null`, id, deltaID, result, why)
	if err != nil {
		return fmt.Errorf("record what became of somebody in adoption %s: %w", id, err)
	}
	return nil
}

// EndAdoption ends an adoption in which nobody is left, and returns it as it stands.
func (s *Store) EndAdoption(ctx context.Context, id string) (ended Adoption, err error) {
	err = s.transact(ctx, "end adoption "+id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			update adoptions set state = 'done', ended_at = clock_timestamp() where id = $1 and state = 'running'
			and not exists (select from adoption_people where adoption_id = $1 and settled_at is null)`, id)
		if err != nil {
			return err
		}
		ended, err = readAdoption(ctx, tx, id)
		return err
	})
	return ended, err
}

// DueAdoptions returns those that run and whose workflow has not been seen to for a while, and counts them as checked.
func (s *Store) DueAdoptions(ctx context.Context, every time.Duration) ([]string, error) {
	rows, err := list[struct{ ID string }](ctx, s.pool, "the adoptions to be started", `
		update adoptions set checked_at = clock_timestamp()
		where state = 'running' and (checked_at is null or checked_at < clock_timestamp() - make_interval(secs => $1))
		returning id`, every.Seconds())
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids, err
}

// KnownSince says whether Muster knows the person of an external id of whom a plan had only HR's roster.
func (s *Store) KnownSince(ctx context.Context, namespace, externalID string) (bool, error) {
	_, err := s.PersonID(ctx, namespace+":"+externalID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
