package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"muster/lifecycle"
)

// SavePlan keeps the plan under its generation and digest. Saving an equal one again makes it the newest of its generation.
func (p *PersonTx) SavePlan(plan lifecycle.Plan) error {
	body, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("write the plan as JSON: %w", err)
	}
	_, err = p.tx.Exec(p.ctx, `
		insert into plans (person_id, generation, digest, body) values ($1, $2, $3, $4)
		on conflict (person_id, generation, digest) do update set body = excluded.body, created_at = clock_timestamp()`,
		p.personID, plan.Generation, plan.Digest, body)
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	return nil
}

// LatestPlan returns the person's newest plan of any generation, or ErrNotFound.
func (s *Store) LatestPlan(ctx context.Context, personID string) (lifecycle.Plan, error) {
	return latestPlan(ctx, s.pool, personID)
}

// LatestPlan is Store.LatestPlan within the transaction.
func (p *PersonTx) LatestPlan() (lifecycle.Plan, error) { return latestPlan(p.ctx, p.tx, p.personID) }

func latestPlan(ctx context.Context, db database, personID string) (lifecycle.Plan, error) {
	return readPlan(ctx, db, `
		select body from plans where person_id = $1 order by generation desc, created_at desc limit 1`, personID)
}

// PlanOf returns the plan of a generation with that digest, or ErrNotFound.
func (s *Store) PlanOf(ctx context.Context, personID string, generation int64, digest string) (lifecycle.Plan, error) {
	return readPlan(ctx, s.pool, `
		select body from plans where person_id = $1 and generation = $2 and digest = $3`, personID, generation, digest)
}

// PlanOf is Store.PlanOf within the transaction.
func (p *PersonTx) PlanOf(generation int64, digest string) (lifecycle.Plan, error) {
	return readPlan(p.ctx, p.tx, `
		select body from plans where person_id = $1 and generation = $2 and digest = $3`, p.personID, generation, digest)
}

// newestPlan is the newest plan of a generation, nil when there is none.
func newestPlan(ctx context.Context, db database, personID string, generation int64) (*lifecycle.Plan, error) {
	plan, err := readPlan(ctx, db, `
		select body from plans where person_id = $1 and generation = $2 order by created_at desc limit 1`, personID, generation)
	if errors.Is(err, ErrNotFound) {
		return nil, nil //nolint:nilnil // "no plan yet" is an ordinary answer inside the package
	}
	if err != nil {
		return nil, err
	}
	return &plan, nil
}

func readPlan(ctx context.Context, db database, sql string, args ...any) (lifecycle.Plan, error) {
	type row struct{ Body []byte }
	found, err := one[row](ctx, db, "the plan", sql, args...)
	if err != nil {
		return lifecycle.Plan{}, err
	}
	var plan lifecycle.Plan
	if err := json.Unmarshal(found.Body, &plan); err != nil {
		return lifecycle.Plan{}, fmt.Errorf("read the plan's JSON: %w", err)
	}
	return plan, nil
}
