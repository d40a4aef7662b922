package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// newestManager selects what HR said last about the manager of the person whose id is at %s: namespace and external_id, the latter null
// where HR cleared the field; no row where HR never said. What was taken back does not count.
const newestManager = `
	select e.namespace, e.canonical #>> '{payload,manager_external_id}' as external_id
	from hr_events e
	where e.person_id = %s and e.admission = 'accepted' and e.outcome is distinct from 'rescinded'
	  and e.canonical -> 'payload' ? 'manager_external_id'
	order by e.timestamp_utc desc, e.id desc limit 1`

// NamedManager is HR's id of the person's manager, as HR said last, in the form that Agent takes; empty when HR names none.
func (s *Store) NamedManager(ctx context.Context, personID string) (externalID string, err error) {
	err = s.pool.QueryRow(ctx, `select coalesce(named.namespace || ':' || named.external_id, '') from (`+fmt.Sprintf(newestManager, "$1")+`) as named`,
		personID).Scan(&externalID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read whom HR names as the manager of %s: %w", personID, err)
	}
	return externalID, nil
}

// MoveReports makes the mailboxes due of the people at work, or about to be, whom this person manages, by HR's word: their
// accounts are to be looked at again, since their manager has left. It returns how many they are.
func (p *PersonTx) MoveReports() (reports int, err error) {
	rows, err := p.tx.Query(p.ctx, `
		with mine as (
			select namespace, external_id from person_ids where person_id = $1
		), once as (
			select distinct e.person_id
			from hr_events e join mine on e.canonical #>> '{payload,manager_external_id}' = mine.external_id and e.namespace = mine.namespace
			where e.admission = 'accepted' and e.person_id <> $1
		), managed as (
			select agents.person_id
			from agents join once using (person_id)
			cross join lateral (`+fmt.Sprintf(newestManager, "agents.person_id")+`) as named
			join mine on mine.namespace = named.namespace and mine.external_id = named.external_id
			where agents.lifecycle_state = any($2)
			order by agents.person_id for no key update of agents
		)
		update agents set plan_digest = null from managed where agents.person_id = managed.person_id
		returning agents.person_id`, p.personID, atWork())
	if err != nil {
		return 0, fmt.Errorf("find whom this person manages: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("find whom this person manages: %w", err)
	}
	return len(people), ringAll(p.ctx, p.tx, people)
}

// IsAccountOf says whether an account is that of the person with an external id, which may carry its namespace.
func (p *PersonTx) IsAccountOf(externalID, platformUserID string) (is bool, err error) {
	err = p.tx.QueryRow(p.ctx, `
		select exists (
			select from agents join person_ids i using (person_id)
			where agents.platform_user_id = $2 and ($1 = i.external_id or $1 = i.namespace || ':' || i.external_id or $1 = agents.person_id))`,
		externalID, platformUserID).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look whose account it is: %w", err)
	}
	return is, nil
}
