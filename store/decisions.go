package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"muster/names"
)

// Prefixes of the ids of questions to people.
const (
	approvalPrefix = "apr_"
	reviewPrefix   = "rev_"
)

// Decision is a person's answer to an approval or a review.
type Decision struct {
	// Decision is names.DecisionApprove or DecisionReject for an approval, names.DecisionRetry or DecisionDismiss for a review.
	Decision string
	Actor    string
	Reason   string
	// Logins are other names that the actor is known by: where two persons are needed, none of them is another person.
	Logins []string
}

// by says whether a name is one of the actor's.
func (d Decision) by(name string) bool {
	return strings.EqualFold(d.Actor, name) || slices.ContainsFunc(d.Logins, func(login string) bool { return strings.EqualFold(login, name) })
}

// question is what approvals and reviews have in common: the table, and the state each decision leads to.
type question struct {
	table    string
	what     string
	states   map[string]string
	timeline string
}

func approvalQuestion() question {
	return question{table: "approvals", what: "approval", timeline: TimelineApprovalDecided, states: map[string]string{
		names.DecisionApprove: ApprovalApproved, names.DecisionReject: ApprovalRejected,
	}}
}

func reviewQuestion() question {
	return question{table: "reviews", what: "review", timeline: TimelineReviewDecided, states: map[string]string{
		names.DecisionRetry: ReviewRetried, names.DecisionDismiss: ReviewDismissed,
	}}
}

func questionOf(id string) (question, error) {
	switch {
	case strings.HasPrefix(id, approvalPrefix):
		return approvalQuestion(), nil
	case strings.HasPrefix(id, reviewPrefix):
		return reviewQuestion(), nil
	}
	return question{}, fmt.Errorf("%.60q is neither an approval (%s…) nor a review (%s…): %w", id, approvalPrefix, reviewPrefix, ErrNotFound)
}

func newID(prefix string) string { return prefix + strings.ReplaceAll(uuid.NewString(), "-", "") }

// standing is the part of a question's row that a decision looks at.
type standing struct {
	PersonID   string
	Kind       string
	EventID    string
	WorkflowID string
	State      string
	DecidedBy  string
	DecidedAt  *time.Time
}

// decide records a decision once: row, timeline, audit fact and ring in the caller's transaction. verified says whether the
// actor was authenticated. A question that has its decision gives *AlreadyDecidedError.
func (q question) decide(ctx context.Context, tx pgx.Tx, id string, d Decision, verified bool) error {
	state, known := q.states[d.Decision]
	if !known {
		return fmt.Errorf("%.40q for an %s: %w", d.Decision, q.what, ErrBadDecision)
	}
	eventID := "event_id"
	if q.table == "approvals" {
		eventID = "'' as event_id"
	}
	found, err := one[standing](ctx, tx, q.what+" "+id, `
		select person_id, kind, `+eventID+`, workflow_id, state, decided_by, decided_at
		from `+q.table+` where id = $1 for no key update`, id)
	if err != nil {
		return err
	}
	if found.DecidedAt != nil {
		return &AlreadyDecidedError{ID: id, State: found.State, DecidedBy: found.DecidedBy, DecidedAt: *found.DecidedAt}
	}
	if _, err := tx.Exec(ctx, `
		update `+q.table+` set state = $2, decided_by = $3, decided_at = clock_timestamp(), actor_verified = $4, reason = $5
		where id = $1`, id, state, d.Actor, verified, d.Reason); err != nil {
		return fmt.Errorf("decide %s: %w", id, err)
	}
	if err := closeQuestionAlerts(ctx, tx, id); err != nil {
		return err
	}
	// Why is free text that may name people: it stays in the question's row, from where it can be erased.
	detail, err := json.Marshal(map[string]string{"id": id, "kind": found.Kind, "decision": d.Decision})
	if err != nil {
		return fmt.Errorf("describe the decision: %w", err)
	}
	err = addTimeline(ctx, tx, TimelineEntry{
		PersonID: found.PersonID, Kind: q.timeline, Actor: d.Actor, ActorVerified: verified,
		Text:   fmt.Sprintf("%s %s (%s): %s", q.what, id, found.Kind, state),
		Detail: detail, EventID: found.EventID, WorkflowID: found.WorkflowID,
	})
	if err != nil {
		return err
	}
	err = addAudit(ctx, tx, AuditFact{
		Actor: d.Actor, ActorVerified: verified, Action: q.what + "." + d.Decision, PersonID: found.PersonID,
		WorkflowID: found.WorkflowID, Detail: detail,
	})
	if err != nil {
		return err
	}
	if err := decidedDeltas(ctx, tx, id, d, verified); err != nil {
		return err
	}
	return ringAll(ctx, tx, []string{found.PersonID})
}

// decideQuestion decides and returns the question as it stands: also along with ErrAlreadyDecided.
func decideQuestion[T any](
	ctx context.Context, s *Store, q question, id string, d Decision, read func(context.Context, database, string) (T, error),
) (decided T, err error) {
	err = s.transact(ctx, "decide an "+q.what, func(tx pgx.Tx) (err error) {
		if err := q.decide(ctx, tx, id, d, true); err != nil {
			return err
		}
		decided, err = read(ctx, tx, id)
		return err
	})
	if errors.Is(err, ErrAlreadyDecided) {
		standing, readErr := read(ctx, s.pool, id)
		return standing, errors.Join(err, readErr)
	}
	return decided, err
}

// QuestionFilter selects approvals or reviews; empty fields select all.
type QuestionFilter struct {
	State    string
	Kind     string
	PersonID string
	Cursor   string
	Limit    int
}

// questionPage is a page of approvals or reviews, the longest open first; key is a row's place in that order.
func questionPage[T any](ctx context.Context, s *Store, q question, columns string, f QuestionFilter, key func(T) string) ([]T, string, error) {
	from, err := afterInstant(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	rows, err := list[T](ctx, s.pool, "the "+q.table, `
		select `+columns+` from `+q.table+`
		where ($1 = '' or state = $1) and ($2 = '' or kind = $2) and ($3 = '' or person_id = coalesce((select joined_into from persons where person_id = $3), $3))
		  and (opened_at, id) > ($4, $5)
		order by opened_at, id limit $6`, f.State, f.Kind, f.PersonID, from.at, from.id, size+1)
	if err != nil {
		return nil, "", err
	}
	items, next := page(rows, size, key)
	return items, next, nil
}

// RecordUnverifiedDecision records the decision of a bare signal for an approval or a review of this person: its actor is what
// the signal claims and is marked unverified. A question that has its decision already gives ErrAlreadyDecided.
func (p *PersonTx) RecordUnverifiedDecision(id string, d Decision) error {
	q, err := questionOf(id)
	if err != nil {
		return err
	}
	if err := p.owns(q, id); err != nil {
		return err
	}
	return q.decide(p.ctx, p.tx, id, d, false)
}

// owns makes sure that a question is this person's, so that one mailbox cannot touch another's.
func (p *PersonTx) owns(q question, id string) error {
	var mine bool
	err := p.tx.QueryRow(p.ctx, `select exists (select from `+q.table+` where id = $1 and person_id = $2)`, id, p.personID).Scan(&mine)
	if err != nil {
		return fmt.Errorf("look for %s %s: %w", q.what, id, err)
	}
	if !mine {
		return fmt.Errorf("%s %s of person %s: %w", q.what, id, p.personID, ErrNotFound)
	}
	return nil
}

// takeUp notes that the work a decision was for has it. Doing it again changes nothing.
func (p *PersonTx) takeUp(q question, id string) error {
	if err := p.owns(q, id); err != nil {
		return err
	}
	_, err := p.tx.Exec(p.ctx, `
		update `+q.table+` set taken_up_at = clock_timestamp()
		where id = $1 and decided_at is not null and taken_up_at is null`, id)
	if err != nil {
		return fmt.Errorf("take up %s %s: %w", q.what, id, err)
	}
	return nil
}

// Undelivered is a decision that the workflow it is for has not taken up.
type Undelivered struct {
	ID            string // of the approval or review
	Approval      bool   // else a review
	PersonID      string
	WorkflowID    string // empty: the person's mailbox
	Decision      string // names.Decision…
	Actor         string
	ActorVerified bool
	Reason        string
	DecidedAt     time.Time
}

// UndeliveredDecisions returns at most limit decisions older than olderThan that nobody has taken up, and does not return the
// same again before olderThan has passed once more. Relays that ask at the same time get different ones.
func (s *Store) UndeliveredDecisions(ctx context.Context, olderThan time.Duration, limit int) ([]Undelivered, error) {
	approvals, err := s.undelivered(ctx, approvalQuestion(), olderThan, limit)
	if err != nil {
		return nil, err
	}
	reviews, err := s.undelivered(ctx, reviewQuestion(), olderThan, limit-len(approvals))
	if err != nil {
		return nil, err
	}
	return append(approvals, reviews...), nil
}

func (s *Store) undelivered(ctx context.Context, q question, olderThan time.Duration, limit int) ([]Undelivered, error) {
	if limit <= 0 {
		return nil, nil
	}
	type row struct {
		ID            string
		PersonID      string
		WorkflowID    string
		State         string
		DecidedBy     string
		ActorVerified bool
		Reason        string
		DecidedAt     time.Time
	}
	var decided []string
	decisionOf := map[string]string{}
	for decision, state := range q.states {
		decided = append(decided, state)
		decisionOf[state] = decision
	}
	rows, err := list[row](ctx, s.pool, "undelivered decisions", `
		with late as (
			select id from `+q.table+`
			where state = any($1) and taken_up_at is null and next_delivery_at <= now()
			  and decided_at <= now() - make_interval(secs => $2)
			order by decided_at limit $3 for no key update skip locked
		)
		update `+q.table+` q set next_delivery_at = now() + make_interval(secs => $2)
		from late where q.id = late.id
		returning q.id, q.person_id, q.workflow_id, q.state, q.decided_by, q.actor_verified, q.reason, q.decided_at`,
		decided, olderThan.Seconds(), limit)
	if err != nil {
		return nil, err
	}
	found := make([]Undelivered, 0, len(rows))
	for _, r := range rows {
		found = append(found, Undelivered{
			ID: r.ID, Approval: q.what == "approval", PersonID: r.PersonID, WorkflowID: r.WorkflowID,
			Decision: decisionOf[r.State], Actor: r.DecidedBy, ActorVerified: r.ActorVerified, Reason: r.Reason, DecidedAt: r.DecidedAt,
		})
	}
	return found, nil
}
