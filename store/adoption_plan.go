package store

import (
	"context"
	"fmt"
)

// ClaimNone is the claim of a plan beside those of the hire: there is no working account, and an adoption does nothing about this person.
const ClaimNone = "none"

// PlannedAdoption is what a reconciliation showed that a hire would do about somebody's account.
type PlannedAdoption struct {
	Delta
	// Claim is adopt, restore, create, review or ClaimNone.
	Claim string
	// Contested: the account would become several people's, so it is a question too.
	Contested bool
	// Unchanged: nothing on the account would change.
	Unchanged bool
}

// plannedSQL are the people of plan $1. An account that several people would get is nobody's before somebody has said whose it is.
const plannedSQL = `
	select d.*, case when contested then 'review' else claimed end as claim, contested,
		coalesce(jsonb_array_length(d.body #> '{adoption,differences}'), 0) = 0 as unchanged
	from (
		select *, coalesce(body #>> '{adoption,claim}', '` + ClaimNone + `') as claimed, coalesce(body #>> '{adoption,account_id}', '') as adopted
		from deltas where reconciliation_id = $1 and delta_type = 'HR_ACTIVE_CCAAS_MISSING'
	) d cross join lateral (
		select d.adopted <> '' and d.claimed in ('adopt', 'restore') and exists (
			select from deltas o where o.reconciliation_id = $1 and o.body ? 'adoption' and o.body #>> '{adoption,account_id}' = d.adopted
			and o.body #>> '{adoption,claim}' in ('adopt', 'restore') and o.id <> d.id) as contested
	) c`

const plannedColumns = deltaColumns + `, claim, contested, unchanged`

// AdoptionFilter selects people of a plan; empty fields select all.
type AdoptionFilter struct {
	ReconciliationID string
	Claim            string
	Cursor           string
	Limit            int
}

// PlannedAdoptions returns a page of the people of a plan, with what became of them, in the order they were found, and the cursor of the
// next page (empty at the end).
func (s *Store) PlannedAdoptions(ctx context.Context, f AdoptionFilter) ([]PlannedAdoption, string, error) {
	from, err := afterNumber(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	rows, err := list[PlannedAdoption](ctx, s.pool, "the people of plan "+f.ReconciliationID, `
		select `+plannedColumns+` from (`+plannedSQL+`) p where id > $2 and ($3 = '' or claim = $3) order by id limit $4`,
		f.ReconciliationID, from, f.Claim, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(p PlannedAdoption) string { return numberKey(p.ID) })
	deltas := make([]Delta, len(items))
	for i := range items {
		deltas[i] = items[i].Delta
	}
	err = s.fillOutcomes(ctx, deltas)
	for i := range items {
		items[i].Delta = deltas[i]
	}
	return items, next, err
}

// AdoptionSummary counts what a plan shows.
type AdoptionSummary struct {
	// Claims counts people by claim; Unchanged those who would be adopted with nothing changed on the account.
	Claims    map[string]int
	Unchanged int
	// Reviews counts questions by their kind; contested accounts are of the kind identity.
	Reviews map[string]int
	// Changes counts people whose adopted account would change by part and way, such as "skill extra".
	Changes map[string]int
	// Asked is how many people would have a role asked for.
	Asked int
	// Nobodys is how many active accounts stay nobody's.
	Nobodys int
}

// AdoptionSummary counts what plan id shows.
func (s *Store) AdoptionSummary(ctx context.Context, id string) (sum AdoptionSummary, err error) {
	sum = AdoptionSummary{Claims: map[string]int{}, Reviews: map[string]int{}, Changes: map[string]int{}}
	type count struct {
		What string
		N    int
	}
	for _, counted := range []struct {
		into map[string]int
		sql  string
	}{
		{sum.Claims, `select claim as what, count(*) as n from (` + plannedSQL + `) p group by 1`},
		{sum.Reviews, `select case when contested then 'identity' else coalesce(body #>> '{adoption,review}', '') end as what, count(*) as n
			from (` + plannedSQL + `) p where claim = 'review' group by 1`},
		{sum.Changes, `select (x ->> 'part') || ' ' || (x ->> 'how') as what, count(distinct id) as n
			from (` + plannedSQL + `) p, jsonb_array_elements(body #> '{adoption,differences}') x where claim = 'adopt' group by 1`},
	} {
		rows, err := list[count](ctx, s.pool, "what plan "+id+" shows", counted.sql, id)
		if err != nil {
			return AdoptionSummary{}, err
		}
		for _, row := range rows {
			counted.into[row.What] = row.N
		}
	}
	err = s.pool.QueryRow(ctx, `
		select count(*) filter (where claim = 'adopt' and unchanged), count(*) filter (where body #> '{adoption,asked_roles}' is not null and claim <> 'review'),
			(select count(*) from (`+nobodysSQL+`) n) from (`+plannedSQL+`) p`, id).Scan(&sum.Unchanged, &sum.Asked, &sum.Nobodys)
	if err != nil {
		return AdoptionSummary{}, fmt.Errorf("count what plan %s shows: %w", id, err)
	}
	return sum, nil
}

// nobodysSQL are the active accounts that plan $1 does not make anybody's, and that no question is about.
const nobodysSQL = `
	select id as delta_id, account_id, person_id, coalesce(body ->> 'because', '') as because from deltas n
	where reconciliation_id = $1 and delta_type = 'PLATFORM_ONLY' and not exists (
		select from deltas o where o.reconciliation_id = $1 and o.body ? 'adoption' and o.body #>> '{adoption,account_id}' = n.account_id)`

// NobodysAccount is an active account that stays nobody's.
type NobodysAccount struct {
	DeltaID   int64
	AccountID string
	// PersonID is whose second account it seems to be; empty: nobody's.
	PersonID string
	Because  string
}

// NobodysAccounts returns a page of the accounts that stay nobody's by a plan, and the cursor of the next page (empty at the end).
func (s *Store) NobodysAccounts(ctx context.Context, id, cursor string, limit int) ([]NobodysAccount, string, error) {
	from, err := afterNumber(cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	rows, err := list[NobodysAccount](ctx, s.pool, "the accounts of nobody in plan "+id, `
		select * from (`+nobodysSQL+`) n where delta_id > $2 order by delta_id limit $3`, id, from, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(a NobodysAccount) string { return numberKey(a.DeltaID) })
	return items, next, nil
}
