package store

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"muster/lifecycle"
)

// atWork are the states of those whose accounts are kept as HR wants them.
func atWork() []lifecycle.State {
	return []lifecycle.State{lifecycle.Preparing, lifecycle.WaitingActivation, lifecycle.Active}
}

// AwaitManager records that the account waits for that of the manager whom HR names by this id, so that it can be filled in when the
// manager appears (RULES 14). Empty: it waits for none.
func (p *PersonTx) AwaitManager(externalID string) error {
	_, err := p.tx.Exec(p.ctx, `
		update agents set awaits_manager = nullif($2, '')
		where person_id = $1 and awaits_manager is distinct from nullif($2, '')`, p.personID, externalID)
	if err != nil {
		return fmt.Errorf("record that the account waits for the manager's: %w", err)
	}
	return nil
}

// AwaitedManager is the id that AwaitManager was given last; empty when the account waits for no manager.
func (p *PersonTx) AwaitedManager() (externalID string, err error) {
	err = p.tx.QueryRow(p.ctx, `select coalesce(awaits_manager, '') from agents where person_id = $1`, p.personID).Scan(&externalID)
	if err != nil {
		return "", fmt.Errorf("read whose account is waited for: %w", err)
	}
	return externalID, nil
}

// RingReports makes the mailboxes due of those whose accounts wait for this person's, by any of the person's ids: what was carried out
// for them is to be carried out again. They go on waiting until it is. It returns how many they are. Whoever is not at work, nor about to
// be, is left alone: the plan that took their access away was carried out, and a hire looks for the manager anew.
func (p *PersonTx) RingReports() (reports int, err error) {
	rows, err := p.tx.Query(p.ctx, `
		with mine as (
			select $1::text as id
			union select external_id from person_ids where person_id = $1
			union select namespace || ':' || external_id from person_ids where person_id = $1
		), waiting as (
			select person_id from agents where awaits_manager in (select id from mine) and person_id <> $1 and lifecycle_state = any($2)
			order by person_id for no key update
		)
		update agents set plan_digest = null from waiting where agents.person_id = waiting.person_id
		returning agents.person_id`, p.personID, atWork())
	if err != nil {
		return 0, fmt.Errorf("find whose accounts wait for this person's: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("find whose accounts wait for this person's: %w", err)
	}
	return len(people), ringAll(p.ctx, p.tx, people)
}
