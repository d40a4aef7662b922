package store

import (
	"context"
	"fmt"
	"time"

	"muster/lifecycle"
)

// Agent is where a person stands with Muster and on the platform.
type Agent struct {
	PersonID       string
	Platform       string // empty while not linked
	PlatformUserID string // empty while not linked
	State          lifecycle.State
	// Generation grows with each operation that takes the person over; 0: none ever did.
	Generation     int64
	Operation      lifecycle.Operation
	OperationSince *time.Time // one that was interrupted and begun anew counts from its first beginning
	NeedsAttention bool
	MappingVersion int    // of the last plan carried out; 0: none
	PlanDigest     string // of the last plan carried out
	ActivatedAt    *time.Time
	DismissedAt    *time.Time // when access began to be taken away because of a dismissal, last
	ErasedAt       *time.Time // when the person's data was erased here, last
	// FoundBy is the reconciliation that found the account active although nobody may reach it; empty: none did, or it is settled.
	FoundBy   string
	UpdatedAt time.Time
}

// DismissedLast says that the last the person saw of the platform was a dismissal: the way back is for legal to approve.
func (a Agent) DismissedLast() bool {
	return a.DismissedAt != nil && (a.ActivatedAt == nil || a.ActivatedAt.Before(*a.DismissedAt))
}

const agentColumns = `agents.person_id, coalesce(platform, '') as platform, coalesce(platform_user_id, '') as platform_user_id,
	lifecycle_state as state, generation, operation, operation_since, needs_attention, coalesce(mapping_version, 0) as mapping_version,
	coalesce(plan_digest, '') as plan_digest, activated_at, dismissed_at, erased_at, found_by,
	updated_at`

func readAgent(ctx context.Context, db database, personID string) (Agent, error) {
	return one[Agent](ctx, db, "the agent", `select `+agentColumns+` from agents where person_id = $1`, personID)
}

// TakeOver makes op the person's operation under a new generation, which it returns. It waits until no guarded platform write of
// an older generation is in flight (at most as long as one call may take); from its commit on, they are all refused. Its wait
// is bounded by the transaction's context. What older operations had asked people is closed. because is for the timeline.
func (p *PersonTx) TakeOver(op lifecycle.Operation, because string) (generation int64, err error) {
	// The explicit "for update" is the fence: an update alone would not wait for the guards' "for key share".
	if _, err := p.tx.Exec(p.ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, turnstile(p.personID)); err != nil {
		return 0, fmt.Errorf("wait for platform writes in flight: %w", err)
	}
	if _, err := p.tx.Exec(p.ctx, `select from agents where person_id = $1 for update`, p.personID); err != nil {
		return 0, fmt.Errorf("wait for platform writes in flight: %w", err)
	}
	err = p.tx.QueryRow(p.ctx, `
		update agents set generation = generation + 1, operation = $2, updated_at = clock_timestamp(),
			operation_since = case when operation = $2 then coalesce(operation_since, clock_timestamp()) else clock_timestamp() end
		where person_id = $1 returning generation`, p.personID, op).Scan(&generation)
	if err != nil {
		return 0, fmt.Errorf("take the person over: %w", err)
	}
	if err := p.CloseQuestions(generation-1, "another operation took the person over"); err != nil {
		return 0, err
	}
	return generation, p.AddTimeline(TimelineEntry{
		Kind: TimelineTakenOver, Text: fmt.Sprintf("%s takes over, generation %d: %s", op, generation, because),
	})
}

// AccountOwner is the person an account of a platform is linked to; empty when it is nobody's.
func (s *Store) AccountOwner(ctx context.Context, platform, platformUserID string) (personID string, err error) {
	err = s.pool.QueryRow(ctx, `
		select coalesce((select person_id from agents where platform = $1 and platform_user_id = $2), '')`, platform, platformUserID).Scan(&personID)
	if err != nil {
		return "", fmt.Errorf("look for the account's owner: %w", err)
	}
	return personID, nil
}

// AgentChange sets what is not nil. A pointer to the empty string unlinks the platform or its user.
type AgentChange struct {
	Platform       *string
	PlatformUserID *string
	State          *lifecycle.State
	// Operation lifecycle.None says that nothing is going on any more.
	Operation      *lifecycle.Operation
	NeedsAttention *bool
	MappingVersion *int
	PlanDigest     *string
	ActivatedAt    *time.Time
	DismissedAt    *time.Time
	FoundBy        *string
	// DismissalSettled: legal has turned the dismissal back; nothing is left to be approved about it.
	DismissalSettled bool
}

// UpdateAgent changes the agent's record. ErrLinked when the platform user is another person's.
func (p *PersonTx) UpdateAgent(change AgentChange) error {
	_, err := p.tx.Exec(p.ctx, `
		update agents set
			platform         = case when $2::text is null then platform else nullif($2, '') end,
			platform_user_id = case when $3::text is null then platform_user_id else nullif($3, '') end,
			lifecycle_state  = coalesce($4, lifecycle_state),
			operation        = coalesce($5, operation),
			operation_since  = case when $5::text is null then operation_since when $5 = '' then null
			                        when $5 = operation then operation_since else clock_timestamp() end,
			needs_attention  = coalesce($6, needs_attention),
			mapping_version  = coalesce($7, mapping_version),
			plan_digest      = coalesce($8, plan_digest),
			activated_at     = coalesce($9, activated_at),
			dismissed_at     = case when $11 then null else coalesce($10, dismissed_at) end,
			found_by         = coalesce($12, found_by),
			updated_at       = clock_timestamp()
		where person_id = $1`,
		p.personID, change.Platform, change.PlatformUserID, change.State, change.Operation, change.NeedsAttention,
		change.MappingVersion, change.PlanDigest, change.ActivatedAt, change.DismissedAt, change.DismissalSettled, change.FoundBy)
	if isCode(err, "23505") { // unique_violation: the only one an update can run into
		return fmt.Errorf("change the agent's record: %w", ErrLinked)
	}
	if err != nil {
		return fmt.Errorf("change the agent's record: %w", err)
	}
	return nil
}

// AgentView is an agent as operators look at it.
type AgentView struct {
	Agent
	// Email and names are what HR told last; empty when erased or never told.
	Email       string
	FirstName   string
	LastName    string
	ExternalIDs []ExternalID `db:"-"`
	// OpenReviews, OpenApprovals and WaitingEvents count what is unfinished.
	OpenReviews   int
	OpenApprovals int
	WaitingEvents int
	// NextDue is the earliest instant an event waits for; nil when none waits for a time.
	NextDue   *time.Time
	CreatedAt time.Time
}

const agentViewColumns = agentColumns + `,
	coalesce(email, '') as email, coalesce(first_name, '') as first_name, coalesce(last_name, '') as last_name,
	(select count(*) from reviews r where r.person_id = agents.person_id and r.state = 'open') as open_reviews,
	(select count(*) from approvals a where a.person_id = agents.person_id and a.state = 'open') as open_approvals,
	(select count(*) from hr_events e where e.person_id = agents.person_id and e.outcome is null) as waiting_events,
	(select min(e.waiting_until) from hr_events e where e.person_id = agents.person_id and e.outcome is null) as next_due,
	created_at`

// AgentFilter selects agents; empty fields select all.
type AgentFilter struct {
	State lifecycle.State
	// Email is exact, without regard to case.
	Email string
	// Query is found anywhere in a person id, an external id, an email or a name, without regard to case.
	Query          string
	NeedsAttention *bool
	Cursor         string
	Limit          int
}

// Agents returns a page of agents in the order of their person ids, and the cursor of the next page (empty at the end).
func (s *Store) Agents(ctx context.Context, f AgentFilter) ([]AgentView, string, error) {
	from, err := after(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	pattern := ""
	if f.Query != "" {
		pattern = likePattern(f.Query)
	}
	views, err := list[AgentView](ctx, s.pool, "the agents", `
		select `+agentViewColumns+`
		from agents join persons using (person_id)
		where agents.person_id > $1 and joined_into is null and ($2 = '' or lifecycle_state = $2) and ($3 = '' or lower(email) = lower($3))
		  and ($4::boolean is null or needs_attention = $4)
		  and ($5 = '' or agents.person_id ilike $5 or email ilike $5 or concat_ws(' ', first_name, last_name) ilike $5
		       or exists (select from person_ids i where i.person_id = agents.person_id and i.external_id ilike $5))
		order by agents.person_id limit $6`, from, f.State, f.Email, f.NeedsAttention, pattern, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(views, size, func(v AgentView) string { return v.PersonID })
	if err := s.fillExternalIDs(ctx, items); err != nil {
		return nil, "", err
	}
	return items, next, nil
}

// fillExternalIDs reads the ids of all people on a page at once.
func (s *Store) fillExternalIDs(ctx context.Context, views []AgentView) error {
	people := make([]string, 0, len(views))
	for _, view := range views {
		people = append(people, view.PersonID)
	}
	type row struct {
		PersonID string
		ExternalID
	}
	ids, err := list[row](ctx, s.pool, "external ids", `
		select person_id, namespace, external_id as id from person_ids where person_id = any($1)
		order by created_at, namespace, external_id`, people)
	if err != nil {
		return err
	}
	byPerson := map[string][]ExternalID{}
	for _, id := range ids {
		byPerson[id.PersonID] = append(byPerson[id.PersonID], id.ExternalID)
	}
	for i := range views {
		views[i].ExternalIDs = byPerson[views[i].PersonID]
	}
	return nil
}

// Agent returns one agent by person id, by external id or by "namespace:external id". ErrNotFound; ErrAmbiguousID when the
// external id belongs to several people.
func (s *Store) Agent(ctx context.Context, anyID string) (AgentView, error) {
	personID, err := s.PersonID(ctx, anyID)
	if err != nil {
		return AgentView{}, err
	}
	view, err := one[AgentView](ctx, s.pool, "agent "+anyID, `
		select `+agentViewColumns+` from agents join persons using (person_id) where agents.person_id = $1`, personID)
	if err != nil {
		return AgentView{}, err
	}
	view.ExternalIDs, err = externalIDs(ctx, s.pool, personID)
	return view, err
}

// PersonID returns the person of a person id or any external id; errors as for Agent. Of somebody who was joined into another it
// is that other one.
func (s *Store) PersonID(ctx context.Context, anyID string) (string, error) {
	type match struct {
		PersonID string
		Exact    bool // anyID is a person id
	}
	found, err := list[match](ctx, s.pool, "the people with id "+anyID, `
		select person_id, bool_or(exact) as exact from (
			select coalesce(joined_into, person_id) as person_id, true as exact from persons where person_id = $1
			union
			select person_id, false from person_ids
			where external_id = $1 or (namespace = split_part($1, ':', 1) and external_id = substr($1, strpos($1, ':') + 1))
		) as found
		group by person_id order by exact desc, person_id`, anyID)
	if err != nil {
		return "", err
	}
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("agent %s: %w", anyID, ErrNotFound)
	case len(found) == 1 || found[0].Exact:
		return found[0].PersonID, nil
	}
	return "", fmt.Errorf("agent %s: %w", anyID, ErrAmbiguousID)
}
