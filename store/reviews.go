package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/lifecycle"
)

// States of a review.
const (
	ReviewOpen      = "open"
	ReviewRetried   = "retried"
	ReviewDismissed = "dismissed"
	ReviewResolved  = "resolved" // the cause went away by itself
)

// Review is parked work that a person has to decide on.
type Review struct {
	ID       string // "rev_…", given by the store
	PersonID string // filled in by PersonTx.OpenReview
	EventID  string
	Kind     lifecycle.ReviewKind
	// DedupeKey tells apart several open reviews of one kind; empty means EventID. One review is open per person, kind and key.
	DedupeKey string
	// Blocking: nothing is done for the person until it is decided.
	Blocking bool
	Question string
	// Detail is an object: the platform's message and correlation id, the codes. No personal data.
	Detail        json.RawMessage
	WorkflowID    string
	Generation    int64
	State         string // ReviewOpen, …
	OpenedAt      time.Time
	DecidedBy     string
	DecidedAt     *time.Time // nil while open
	ActorVerified bool
	Reason        string
	TakenUpAt     *time.Time // nil until the waiting work has the decision
}

const reviewColumns = `id, person_id, event_id, kind, dedupe_key, blocking, question, detail, workflow_id, generation, state, opened_at,
	decided_by, decided_at, actor_verified, reason, taken_up_at`

// OpenReview parks work. An equal open review (kind and dedupe key) is returned instead, brought up to date with what is known
// now: question, detail, workflow, generation. What the store gives (ID, State, OpenedAt) is filled in.
func (p *PersonTx) OpenReview(r Review) (Review, error) {
	r.PersonID = p.personID
	return openReview(p.ctx, p.tx, r)
}

// openReview opens a review and says so on the timeline, unless an equal one is open.
func openReview(ctx context.Context, db database, r Review) (Review, error) {
	if r.DedupeKey == "" {
		r.DedupeKey = r.EventID
	}
	opened, err := one[struct {
		Review
		Inserted bool
	}](ctx, db, "the opened review", `
		insert into reviews (id, person_id, event_id, kind, dedupe_key, blocking, question, detail, workflow_id, generation)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (person_id, kind, dedupe_key) where state = 'open'
		do update set question = excluded.question, detail = excluded.detail, workflow_id = excluded.workflow_id,
		              generation = excluded.generation, blocking = reviews.blocking or excluded.blocking
		returning `+reviewColumns+`, xmax = 0 as inserted`,
		newID(reviewPrefix), r.PersonID, r.EventID, r.Kind, r.DedupeKey, r.Blocking, r.Question, object(r.Detail), r.WorkflowID, r.Generation)
	if err != nil || !opened.Inserted {
		return opened.Review, err
	}
	if err := raiseReview(ctx, db, opened.Review); err != nil {
		return opened.Review, err
	}
	return opened.Review, addTimeline(ctx, db, TimelineEntry{
		PersonID: opened.PersonID, Kind: TimelineReviewOpened, EventID: opened.EventID, WorkflowID: opened.WorkflowID,
		// The question stays with the review: it may repeat what the platform answered, and the timeline is kept for ever.
		Text: fmt.Sprintf("review %s (%s) opened", opened.ID, opened.Kind),
	})
}

// ResolveReview closes an open review whose cause went away. One that is decided stays as it is.
func (p *PersonTx) ResolveReview(id, by, reason string) error {
	if err := p.owns(reviewQuestion(), id); err != nil {
		return err
	}
	closed, err := p.tx.Exec(p.ctx, `
		update reviews set state = 'resolved', decided_by = $2, decided_at = clock_timestamp(), actor_verified = true, reason = $3
		where id = $1 and state = 'open'`, id, by, reason)
	if err != nil {
		return fmt.Errorf("resolve review %s: %w", id, err)
	}
	if closed.RowsAffected() == 0 {
		return nil
	}
	if err := closeQuestionAlerts(p.ctx, p.tx, id); err != nil {
		return err
	}
	return p.AddTimeline(TimelineEntry{
		Kind: TimelineReviewDecided, Actor: by, ActorVerified: true, Text: fmt.Sprintf("review %s resolved: %s", id, reason),
	})
}

// TakeUpReview notes that the waiting work has the decision.
func (p *PersonTx) TakeUpReview(id string) error { return p.takeUp(reviewQuestion(), id) }

// DecideReview records an authenticated person's decision, once. It returns the review as it stands: also along with
// ErrAlreadyDecided, when a decision was there before. ErrNotFound, ErrBadDecision. Who may decide is the caller's to check.
func (s *Store) DecideReview(ctx context.Context, id string, d Decision) (Review, error) {
	return decideQuestion(ctx, s, reviewQuestion(), id, d, readReview)
}

// Review returns a review, or ErrNotFound.
func (s *Store) Review(ctx context.Context, id string) (Review, error) {
	return readReview(ctx, s.pool, id)
}

func readReview(ctx context.Context, db database, id string) (Review, error) {
	return one[Review](ctx, db, "review "+id, `select `+reviewColumns+` from reviews where id = $1`, id)
}

// Reviews returns a page of reviews, the longest open first, and the cursor of the next page (empty at the end).
func (s *Store) Reviews(ctx context.Context, f QuestionFilter) ([]Review, string, error) {
	return questionPage(ctx, s, reviewQuestion(), reviewColumns, f, func(r Review) string { return instantKey(r.OpenedAt, r.ID) })
}

// waitingReviews are those the mailbox has to look at: open ones, and decided ones nobody took up yet.
func waitingReviews(ctx context.Context, db database, personID string) ([]Review, error) {
	return list[Review](ctx, db, "the person's reviews", `
		select `+reviewColumns+` from reviews
		where person_id = $1 and (state = 'open' or (state in ('retried', 'dismissed') and taken_up_at is null))
		order by opened_at, id`, personID)
}
