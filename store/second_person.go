package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/names"
)

// TimelineDismissalAsked is the kind of the line that one person wants a termination's review dismissed.
const TimelineDismissalAsked = "review.dismissal_asked"

// DismissalAsked is the first of the two words that dismiss a termination's review (RULES 11).
type DismissalAsked struct {
	AskedBy string
	AskedAt time.Time
	Reason  string
}

// Dismissal says how a review is dismissed.
type Dismissal struct {
	// TwoPersons: it is about a termination, and nobody dismisses it alone.
	TwoPersons bool
	// Asked is the first person's word, nil when there is none that counts.
	Asked *DismissalAsked
}

// SecondPersonError says why somebody is not the second person that a dismissal needs.
type SecondPersonError struct{ Why string }

func (e *SecondPersonError) Error() string { return e.Why }

// aboutTermination is true for reviews that a termination waits for, and for those about an event of HR's that ends an employment.
const aboutTermination = `(starts_with(r.workflow_id, 'termination/')
	or exists (select from hr_events e where r.event_id <> '' and e.event_id = r.event_id and e.event_type = 'USER_TERMINATE'))`

// Dismissals says of each of these reviews how it is dismissed. Ids of none are left out.
func (s *Store) Dismissals(ctx context.Context, reviewIDs ...string) (map[string]Dismissal, error) {
	return dismissals(ctx, s.pool, reviewIDs)
}

func dismissals(ctx context.Context, db database, reviewIDs []string) (map[string]Dismissal, error) {
	rows, err := list[struct {
		ID         string
		TwoPersons bool
		AskedBy    *string
		AskedAt    *time.Time
		Reason     *string
	}](ctx, db, "who asked for dismissals", `
		select r.id, `+aboutTermination+` as two_persons, d.asked_by, d.asked_at, d.reason
		from reviews r left join review_dismissals d on d.review_id = r.id and d.question = r.question
		where r.id = any($1)`, reviewIDs)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Dismissal, len(rows))
	for _, row := range rows {
		dismissal := Dismissal{TwoPersons: row.TwoPersons}
		if row.AskedBy != nil {
			dismissal.Asked = &DismissalAsked{AskedBy: *row.AskedBy, AskedAt: *row.AskedAt, Reason: *row.Reason}
		}
		found[row.ID] = dismissal
	}
	return found, nil
}

// DismissReview dismisses a review as DecideReview does, but for one about a termination: there the first person's word is only
// recorded, and the review comes back open; the word of somebody else who did not have it tried again last dismisses it. Saying it
// again changes nothing. *SecondPersonError when the actor cannot be the second; other errors as for DecideReview.
func (s *Store) DismissReview(ctx context.Context, id string, d Decision) (review Review, err error) {
	err = s.transact(ctx, "dismiss a review", func(tx pgx.Tx) (err error) {
		// The lock is the one a decision takes: two persons who dismiss at once come one after the other.
		if review, err = one[Review](ctx, tx, "review "+id, `select `+reviewColumns+` from reviews where id = $1 for no key update`, id); err != nil {
			return err
		}
		carryOut, err := secondWord(ctx, tx, review, d)
		if err != nil || !carryOut {
			return err
		}
		if err := reviewQuestion().decide(ctx, tx, id, d, true); err != nil {
			return err
		}
		review, err = readReview(ctx, tx, id)
		return err
	})
	if errors.Is(err, ErrAlreadyDecided) {
		standing, readErr := readReview(ctx, s.pool, id)
		return standing, errors.Join(err, readErr)
	}
	return review, err
}

// secondWord says whether this word dismisses the review; the first one about a termination it records instead.
func secondWord(ctx context.Context, tx pgx.Tx, review Review, d Decision) (carryOut bool, err error) {
	if d.Decision != names.DecisionDismiss {
		return false, fmt.Errorf("%.40q to dismiss a review: %w", d.Decision, ErrBadDecision)
	}
	found, err := dismissals(ctx, tx, []string{review.ID})
	if err != nil {
		return false, err
	}
	dismissal := found[review.ID]
	switch {
	case !dismissal.TwoPersons || review.DecidedAt != nil:
		return true, nil
	case dismissal.Asked == nil:
		return false, askDismissal(ctx, tx, review, d)
	case d.by(dismissal.Asked.AskedBy):
		return false, nil
	}
	retriedBy, err := lastRetriedBy(ctx, tx, review)
	if err == nil && retriedBy != "" && d.by(retriedBy) {
		err = &SecondPersonError{Why: "whoever had a termination's work tried again last cannot be the one who dismisses it"}
	}
	return err == nil, err
}

func askDismissal(ctx context.Context, tx pgx.Tx, review Review, d Decision) error {
	_, err := tx.Exec(ctx, `
		insert into review_dismissals (review_id, question, asked_by, reason) values ($1, $2, $3, $4)
		on conflict (review_id) do update
		set question = excluded.question, asked_by = excluded.asked_by, reason = excluded.reason, asked_at = excluded.asked_at`,
		review.ID, review.Question, d.Actor, d.Reason)
	if err != nil {
		return fmt.Errorf("record who asked to dismiss %s: %w", review.ID, err)
	}
	detail, err := json.Marshal(map[string]string{"id": review.ID, "kind": string(review.Kind)})
	if err != nil {
		return fmt.Errorf("describe the dismissal: %w", err)
	}
	err = addTimeline(ctx, tx, TimelineEntry{
		PersonID: review.PersonID, Kind: TimelineDismissalAsked, Actor: d.Actor, ActorVerified: true, Detail: detail,
		Text:    fmt.Sprintf("review %s (%s): one person wants it dismissed; a second one has to agree", review.ID, review.Kind),
		EventID: review.EventID, WorkflowID: review.WorkflowID,
	})
	if err != nil {
		return err
	}
	return addAudit(ctx, tx, AuditFact{
		Actor: d.Actor, ActorVerified: true, Action: "review.dismissal_asked", PersonID: review.PersonID, WorkflowID: review.WorkflowID,
		Detail: detail,
	})
}

// lastRetriedBy is who had the same work tried again last; empty when nobody did.
func lastRetriedBy(ctx context.Context, db database, review Review) (actor string, err error) {
	err = db.QueryRow(ctx, `
		select coalesce((
			select decided_by from reviews
			where person_id = $1 and kind = $2 and dedupe_key = $3 and state = 'retried' and id <> $4
			order by decided_at desc limit 1), '')`, review.PersonID, review.Kind, review.DedupeKey, review.ID).Scan(&actor)
	if err != nil {
		return "", fmt.Errorf("look who had it tried again last: %w", err)
	}
	return actor, nil
}
