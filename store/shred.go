package store

import (
	"fmt"
	"time"
)

// Shred erases the person's personal data from the record: the email and the names, and what their events say of them beyond codes,
// accepted or refused. Ids, codes, times, digests and keys stay, so that events sent again are still known, the fold still works and the
// audit chain still verifies. ErrHeld while a hold is in force.
//
// Accepted events without an outcome are left alone, with the reviews about them: they tell of what comes after the account that is
// erased, a hire anew for one, and what they say of the person stays on the person's row. Events that are being received are waited for,
// and are such.
func (p *PersonTx) Shred(at time.Time) error {
	holds, err := holdsInForce(p.ctx, p.tx, p.personID)
	if err != nil {
		return err
	}
	if len(holds) > 0 {
		return fmt.Errorf("shred the person's data: %w", ErrHeld)
	}
	for _, step := range shredding() {
		args := []any{p.personID}
		if step.timed {
			args = append(args, at)
		}
		if _, err := p.tx.Exec(p.ctx, step.sql, args...); err != nil {
			return fmt.Errorf("shred the person's data: %s: %w", step.what, err)
		}
	}
	return nil
}

type shredStep struct {
	what, sql string
	timed     bool // takes the time as its second argument
}

// shredding are the steps, in the order of ingest's own locks. The ids come first: ingest holds them from its first statement on, so
// whatever it had begun to receive is committed and seen by the steps that follow.
func shredding() []shredStep {
	// What is still to be carried out.
	const ahead = `(admission = 'accepted' and outcome is null)`
	// Without what says who the person is and who leads them. An event that says nothing of it is left as it is.
	const scrubbed = `
		canonical = case when jsonb_typeof(canonical -> 'payload') = 'object' then jsonb_set(canonical, '{payload}',
			(canonical -> 'payload') - '{email,first_name,last_name,phone_extension,manager_external_id}'::text[]) else canonical end,
		raw = null,
		-- What was found may be what the person sent; field and expectation still tell what was wrong.
		defects = (select coalesce(jsonb_agg(d || '{"found": "erased"}' order by place), '[]')
		           from jsonb_array_elements(defects) with ordinality as problems (d, place))`
	return []shredStep{
		{what: "wait for events being received", sql: `
			select from person_ids where person_id = $1 order by namespace, external_id for update`},
		{what: "erase it from the events", sql: `update hr_events set ` + scrubbed + ` where person_id = $1 and not ` + ahead},
		{what: "erase it from the refused events", sql: `
			update hr_events e set ` + scrubbed + `
			from person_ids i
			where i.person_id = $1 and e.admission = 'rejected' and e.namespace = i.namespace and e.external_user_id = i.external_id`},
		// Of the rosters that are still here too, whatever HR goes on saying: what says nothing of a field differs from no account.
		{what: "erase it from the rosters", sql: `
			update roster_records r set record = r.record - '{email,first_name,last_name,phone_extension,manager_external_id}'::text[]
			from person_ids i
			where i.person_id = $1 and r.namespace = i.namespace and r.external_user_id = i.external_id`},
		{what: "erase it from the refused lines of rosters", sql: `
			update roster_defects r set problems = (
				select coalesce(jsonb_agg(d || '{"found": "erased"}' order by place), '[]')
				from jsonb_array_elements(r.problems) with ordinality as found (d, place))
			from person_ids i
			where i.person_id = $1 and r.namespace = i.namespace and r.external_user_id = i.external_id`},
		{what: "erase it from the reviews", sql: `
			update reviews set question = 'erased', detail = '{}', reason = ''
			where person_id = $1 and not (state = 'open' and event_id in (select event_id from hr_events where person_id = $1 and ` + ahead + `))`},
		{what: "erase it from the approvals", sql: `update approvals set question = 'erased', reason = '' where person_id = $1`},
		// Who did it and when stays, for which matter too: it proves that nothing was erased in between.
		{what: "erase it from the words to dismiss reviews", sql: `
			update review_dismissals d set question = 'erased', reason = ''
			from reviews r where r.id = d.review_id and r.person_id = $1 and r.question = 'erased'`},
		{what: "erase it from the holds", sql: `update holds set reason = '', release_reason = '' where person_id = $1`},
		// The batch stays with its ids and days; its reason may name any of its people.
		{what: "erase it from the batches", sql: `
			update guard_batches set reason = '' where id in (
				select b.id from guard_batches b join guard_batch_people m on m.batch_id = b.id
				join person_ids i on i.external_id = m.external_id and b.namespace in ('', i.namespace) where i.person_id = $1)`},
		{what: "erase it from the reversals", sql: `update overrides set reason = '' where person_id = $1`},
		{what: "erase it from what was read of the platform", sql: `
			delete from platform_roster_accounts
			where run_id in (select run_id from platform_rosters)
			  and account_id = (select platform_user_id from agents where person_id = $1) collate "C"`},
		{what: "erase it from the reconciliations", sql: `update reconciliations set request_reason = '' where person_id = $1`},
		{what: "erase it from the exceptions", sql: `update exceptions set reason = '' where person_id = $1`},
		{what: "erase the person's row", sql: `
			with said as (
				select timestamp_utc as at, id, canonical -> 'payload' as payload from hr_events where person_id = $1 and ` + ahead + `
			)
			update persons set
				email         = (select payload ->> 'email' from said where payload ? 'email' order by at desc, id desc limit 1),
				email_at      = (select max(at) from said where payload ? 'email'),
				first_name    = (select payload ->> 'first_name' from said where payload ? 'first_name' order by at desc, id desc limit 1),
				first_name_at = (select max(at) from said where payload ? 'first_name'),
				last_name     = (select payload ->> 'last_name' from said where payload ? 'last_name' order by at desc, id desc limit 1),
				last_name_at  = (select max(at) from said where payload ? 'last_name')
			where person_id = $1`},
		{what: "mark the agent", timed: true, sql: `update agents set erased_at = $2, awaits_manager = null, updated_at = clock_timestamp() where person_id = $1`},
	}
}
