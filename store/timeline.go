package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/lifecycle"
)

// Kinds of timeline lines the store itself writes. Whoever records others names them in the same form, subject.verb.
const (
	TimelineEventReceived    = "event.received"
	TimelineEventSettled     = "event.settled"
	TimelineTakenOver        = "operation.started"
	TimelineReviewOpened     = "review.opened"
	TimelineReviewDecided    = "review.decided"
	TimelineApprovalOpened   = "approval.opened"
	TimelineApprovalDecided  = "approval.decided"
	TimelineApprovalWithdraw = "approval.withdrawn"
)

// ActorMuster is the actor of what nobody asked for by name.
const ActorMuster = "muster"

// TimelineEnded is the kind of the line that says that an operation has ended.
func TimelineEnded(op lifecycle.Operation) string { return string(op) + ".ended" }

// TimelineEntry is one line of what happened to a person. Text and Detail carry ids, codes and times, no personal data.
type TimelineEntry struct {
	ID            int64
	PersonID      string // filled in by PersonTx.AddTimeline
	At            time.Time
	Kind          string
	Actor         string // empty is recorded as ActorMuster, verified
	ActorVerified bool
	Text          string
	Detail        json.RawMessage // an object; empty is {}
	EventID       string
	WorkflowID    string
	RunID         string
}

// AddTimeline adds a line about the person. ID and At are given by the store.
func (p *PersonTx) AddTimeline(e TimelineEntry) error {
	e.PersonID = p.personID
	return addTimeline(p.ctx, p.tx, e)
}

func addTimeline(ctx context.Context, db database, e TimelineEntry) error {
	if e.Actor == "" {
		// Not what somebody claims to be: the program itself.
		e.Actor, e.ActorVerified = ActorMuster, true
	}
	_, err := db.Exec(ctx, `
		insert into timeline (person_id, kind, actor, actor_verified, text, detail, event_id, workflow_id, run_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.PersonID, e.Kind, e.Actor, e.ActorVerified, e.Text, object(e.Detail), e.EventID, e.WorkflowID, e.RunID)
	if err != nil {
		return fmt.Errorf("add %s to the timeline: %w", e.Kind, err)
	}
	return nil
}

// Timeline returns a page of a person's timeline, oldest first, and the cursor of the next page (empty at the end). The lines of
// whoever was joined into the person are among them, under the id they had then.
func (s *Store) Timeline(ctx context.Context, personID, cursor string, limit int) ([]TimelineEntry, string, error) {
	from, err := afterNumber(cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(limit)
	rows, err := list[TimelineEntry](ctx, s.pool, "the timeline", `
		select id, person_id, at, kind, actor, actor_verified, text, detail, event_id, workflow_id, run_id
		from timeline where person_id `+oneWith("$1")+` and id > $2 order by id limit $3`, personID, from, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, func(e TimelineEntry) string { return numberKey(e.ID) })
	return items, next, nil
}

// object is JSON for a jsonb column that holds an object.
func object(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}
