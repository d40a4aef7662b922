package store

import (
	"context"
	"time"

	"muster/lifecycle"
)

// MarkKind is what a mark on a leaver's record says.
type MarkKind string

// The kinds of marks.
const (
	MarkUnroutable MarkKind = "account.unroutable" // read back: no work can reach the account
	MarkGone       MarkKind = "account.gone"       // the account is not on the platform any more
	MarkRevoked    MarkKind = "sessions.revoke"    // the platform took the sessions away
	MarkJoined     MarkKind = "queues.join"        // work was given, or given back: what was cut before counts no more
	MarkExpedited  MarkKind = "termination.expedite"
)

// Mark is one thing on record about a leaver's access.
type Mark struct {
	Kind       MarkKind
	At         time.Time
	Actor      string
	WorkflowID string
}

// Leaver is a termination that HR sent, with all that is on record about the person it is about. What has become of it follows from
// that; the store does not judge.
type Leaver struct {
	EventID string
	// Agent is where the person stands now.
	Agent Agent
	// Events are all of the person's.
	Events []StoredEvent
	// Marks are in their order. Graces and Overrides are all there ever were, the oldest first.
	Marks     []Mark
	Graces    []lifecycle.Grace
	Overrides []lifecycle.Override
}

// LeaverFilter selects terminations.
type LeaverFilter struct {
	// SettledSince leaves out what had its outcome before; the zero time leaves out nothing.
	SettledSince time.Time
	Cursor       string
	Limit        int
}

// Leavers returns a page of accepted terminations in the order of their receipt, and the cursor of the next page (empty at the end).
// One person may be in it several times.
func (s *Store) Leavers(ctx context.Context, f LeaverFilter) ([]Leaver, string, error) {
	from, err := afterNumber(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	type candidate struct {
		ID       int64
		EventID  string
		PersonID string
	}
	size := pageSize(f.Limit)
	rows, err := list[candidate](ctx, s.pool, "the terminations", `
		select id, event_id, person_id from hr_events
		where event_type = 'USER_TERMINATE' and admission = 'accepted' and id > $1
		  and ($2::timestamptz is null or outcome_at is null or outcome_at >= $2)
		order by id limit $3`, from, instant(f.SettledSince), size+1)
	if err != nil {
		return nil, "", err
	}
	rows, next := page(rows, size, func(c candidate) string { return numberKey(c.ID) })
	people := make([]string, 0, len(rows))
	for _, row := range rows {
		people = append(people, row.PersonID)
	}
	records, err := s.leaverRecords(ctx, distinctSorted(people...))
	if err != nil {
		return nil, "", err
	}
	leavers := make([]Leaver, 0, len(rows))
	for _, row := range rows {
		leaver := *records[row.PersonID]
		leaver.EventID = row.EventID
		leavers = append(leavers, leaver)
	}
	return leavers, next, nil
}

// leaverRecords reads what is on record about people, a statement for each table however many they are.
func (s *Store) leaverRecords(ctx context.Context, people []string) (map[string]*Leaver, error) {
	records := map[string]*Leaver{}
	for _, personID := range people {
		records[personID] = &Leaver{}
	}
	for _, read := range []func(context.Context, []string, map[string]*Leaver) error{
		s.leaverAgents, s.leaverEvents, s.leaverMarks, s.leaverGraces, s.leaverOverrides,
	} {
		if err := read(ctx, people, records); err != nil {
			return nil, err
		}
	}
	return records, nil
}

func (s *Store) leaverAgents(ctx context.Context, people []string, records map[string]*Leaver) error {
	agents, err := list[Agent](ctx, s.pool, "the leavers", `select `+agentColumns+` from agents where person_id = any($1)`, people)
	for _, agent := range agents {
		records[agent.PersonID].Agent = agent
	}
	return err
}

func (s *Store) leaverEvents(ctx context.Context, people []string, records map[string]*Leaver) error {
	events, err := listEvents(ctx, s.pool, `person_id = any($1) order by timestamp_utc, id`, people)
	for _, event := range events {
		records[event.PersonID].Events = append(records[event.PersonID].Events, event)
	}
	return err
}

// heldBy gives the rows of a table to the people in $1 with what was recorded under the ids of those who were joined into them.
const heldBy = `
	join (select person_id as recorded, coalesce(joined_into, person_id) as person from persons
	      where person_id = any($1) or joined_into = any($1)) as who on who.recorded = `

func (s *Store) leaverMarks(ctx context.Context, people []string, records map[string]*Leaver) error {
	type row struct {
		Person string
		Mark
	}
	rows, err := list[row](ctx, s.pool, "the leavers' marks", `
		select person, kind, at, actor, workflow_id from timeline t `+heldBy+` t.person_id where kind = any($2)
		union all
		select person, action as kind, at, actor, workflow_id from audit a `+heldBy+` a.person_id
		where a.person_id <> '' and action = any($3) and phase = 'result' and detail ->> 'result' = 'done'
		order by at`, people,
		[]MarkKind{MarkUnroutable, MarkGone, MarkExpedited}, []MarkKind{MarkRevoked, MarkJoined})
	for _, r := range rows {
		records[r.Person].Marks = append(records[r.Person].Marks, r.Mark)
	}
	return err
}

func (s *Store) leaverGraces(ctx context.Context, people []string, records map[string]*Leaver) error {
	type row struct {
		Person string
		lifecycle.Grace
	}
	rows, err := list[row](ctx, s.pool, "the leavers' graces", `
		select person, `+graceColumns+` from graces g `+heldBy+` g.person_id order by started_at`, people)
	for _, r := range rows {
		records[r.Person].Graces = append(records[r.Person].Graces, r.Grace)
	}
	return err
}

func (s *Store) leaverOverrides(ctx context.Context, people []string, records map[string]*Leaver) error {
	overrides, err := list[lifecycle.Override](ctx, s.pool, "the leavers' reversals", `
		select `+overrideColumns+` from overrides where person_id = any($1) order by made_at`, people)
	for _, o := range overrides {
		records[o.PersonID].Overrides = append(records[o.PersonID].Overrides, o)
	}
	return err
}
