package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muster/lifecycle"
	"muster/names"
)

// ClosePlanQuestions closes what operations up to a generation have asked about a plan that is another one now. What binds to something
// else than the plan stays: a role escalation binds to the roles, a field that is held up to the event that says it.
func (p *PersonTx) ClosePlanQuestions(upTo int64, reason string) error {
	return p.closeQuestions(upTo, reason, func(a Approval) bool { return a.Kind == lifecycle.ApprovalRole || ofGuard(a) },
		func(r Review) bool { return r.Kind == lifecycle.ReviewConflict })
}

// ofGuard: whom the mass-change guard holds is held whatever becomes of the plan, and is asked about once.
func ofGuard(a Approval) bool { return a.Kind == lifecycle.ApprovalGuardRelease }

// CloseLeaverQuestions is ClosePlanQuestions for a termination.
func (p *PersonTx) CloseLeaverQuestions(upTo int64, reason string) error {
	return p.closeQuestions(upTo, reason, ofGuard, func(Review) bool { return false })
}

// CloseHireQuestions is ClosePlanQuestions for a hire: whether somebody who was dismissed may come back binds to the dismissal, whatever is
// planned for the return.
func (p *PersonTx) CloseHireQuestions(upTo int64, reason string) error {
	return p.closeQuestions(upTo, reason, func(a Approval) bool { return a.Kind == lifecycle.ApprovalRehire || ofGuard(a) },
		func(Review) bool { return false })
}

// OpenQuestions are the person's reviews and approvals of a kind each that are open.
func (p *PersonTx) OpenQuestions(review lifecycle.ReviewKind, approval lifecycle.ApprovalKind) (reviews []Review, approvals []Approval, err error) {
	person, err := p.questions()
	reviews = slices.DeleteFunc(person.Reviews, func(r Review) bool { return r.Kind != review || r.State != ReviewOpen })
	approvals = slices.DeleteFunc(person.Approvals, func(a Approval) bool { return a.Kind != approval || a.State != ApprovalOpen })
	return reviews, approvals, err
}

// DecidedApproval is the newest approval of a kind that somebody, or its deadline, has decided for what binds names, of whatever
// generation; found is false when there is none.
func (s *Store) DecidedApproval(ctx context.Context, personID string, kind lifecycle.ApprovalKind, binds string) (approval Approval, found bool, err error) {
	return decidedApproval(ctx, s.pool, personID, kind, binds)
}

// DecidedApproval is Store.DecidedApproval within the transaction.
func (p *PersonTx) DecidedApproval(kind lifecycle.ApprovalKind, binds string) (approval Approval, found bool, err error) {
	return decidedApproval(p.ctx, p.tx, p.personID, kind, binds)
}

func decidedApproval(ctx context.Context, db database, personID string, kind lifecycle.ApprovalKind, binds string) (Approval, bool, error) {
	approval, err := one[Approval](ctx, db, "the decided approval", `
		select `+approvalColumns+` from approvals
		where person_id = $1 and kind = $2 and plan_digest = $3 and state in ('approved', 'rejected')
		order by decided_at desc limit 1`, personID, kind, binds)
	if errors.Is(err, ErrNotFound) {
		return Approval{}, false, nil
	}
	return approval, err == nil, err
}

// DecidedReview is the newest of the person's reviews of a kind and a dedupe key that somebody has retried or dismissed and whose decision
// nobody has taken up; found is false when there is none.
func (p *PersonTx) DecidedReview(kind lifecycle.ReviewKind, dedupeKey string) (review Review, found bool, err error) {
	review, err = one[Review](p.ctx, p.tx, "the decided review", `
		select `+reviewColumns+` from reviews
		where person_id = $1 and kind = $2 and dedupe_key = $3 and state in ('retried', 'dismissed') and taken_up_at is null
		order by decided_at desc limit 1`, p.personID, kind, dedupeKey)
	if errors.Is(err, ErrNotFound) {
		return Review{}, false, nil
	}
	return review, err == nil, err
}

// NewestReview is the newest of the person's reviews of a kind and a dedupe key, whatever became of it; found is false when there is none.
func (p *PersonTx) NewestReview(kind lifecycle.ReviewKind, dedupeKey string) (review Review, found bool, err error) {
	review, err = one[Review](p.ctx, p.tx, "the newest review", `
		select `+reviewColumns+` from reviews
		where person_id = $1 and kind = $2 and dedupe_key = $3
		order by opened_at desc limit 1`, p.personID, kind, dedupeKey)
	if errors.Is(err, ErrNotFound) {
		return Review{}, false, nil
	}
	return review, err == nil, err
}

// unjoinedDetail is where a review keeps the queues that an account was made a member of and could not be joined to.
const unjoinedDetail = "unjoined"

// WithUnjoined is the detail of a review, naming the queues that an account was made a member of and could not be joined to.
func WithUnjoined(detail map[string]string, queueIDs []string) map[string]string {
	if len(queueIDs) > 0 {
		detail[unjoinedDetail] = strings.Join(queueIDs, " ")
	}
	return detail
}

// Unjoined are the queues that the person's account is a member of and waits to be joined to, by the newest review that names any: whatever
// operation takes up after the one that asked knows them. None where somebody decided that they stay unjoined.
func (s *Store) Unjoined(ctx context.Context, personID string) ([]string, error) {
	newest, err := one[struct{ State, Unjoined string }](ctx, s.pool, "the queues that wait to be joined", `
		select state, detail ->> '`+unjoinedDetail+`' as unjoined from reviews
		where person_id = $1 and kind = $2 and detail ? '`+unjoinedDetail+`'
		order by opened_at desc limit 1`, personID, lifecycle.ReviewConflict)
	if errors.Is(err, ErrNotFound) || newest.State == ReviewDismissed {
		return nil, nil
	}
	return strings.Fields(newest.Unjoined), err
}

// Joined notes that no queue waits to be joined any more.
func (p *PersonTx) Joined() error {
	_, err := p.tx.Exec(p.ctx, `
		update reviews set detail = detail - '`+unjoinedDetail+`'
		where person_id = $1 and kind = $2 and state <> 'dismissed' and detail ? '`+unjoinedDetail+`'`, p.personID, lifecycle.ReviewConflict)
	if err != nil {
		return fmt.Errorf("note that no queue waits to be joined: %w", err)
	}
	return nil
}

// GivenUp are the dedupe keys of the person's reviews of a kind that somebody has dismissed.
func (s *Store) GivenUp(ctx context.Context, personID string, kind lifecycle.ReviewKind) (map[string]bool, error) {
	return givenUp(ctx, s.pool, personID, kind)
}

// GivenUp is Store.GivenUp in the person's transaction.
func (p *PersonTx) GivenUp(kind lifecycle.ReviewKind) (map[string]bool, error) {
	return givenUp(p.ctx, p.tx, p.personID, kind)
}

func givenUp(ctx context.Context, db database, personID string, kind lifecycle.ReviewKind) (map[string]bool, error) {
	rows, err := list[struct{ DedupeKey string }](ctx, db, "the dismissed reviews", `
		select distinct dedupe_key from reviews where person_id = $1 and kind = $2 and state = 'dismissed'`, personID, kind)
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, r := range rows {
		keys[r.DedupeKey] = true
	}
	return keys, nil
}

// RefuseOverdue rejects one of the person's approvals that nobody has decided by its deadline. A decision that is there already stays.
func (p *PersonTx) RefuseOverdue(id string) error {
	if err := p.owns(approvalQuestion(), id); err != nil {
		return err
	}
	err := approvalQuestion().decide(p.ctx, p.tx, id, Decision{Decision: names.DecisionReject, Actor: ActorMuster, Reason: nobodyDecided}, true)
	if errors.Is(err, ErrAlreadyDecided) {
		return nil
	}
	return err
}
