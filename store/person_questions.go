package store

import (
	"errors"
	"fmt"
	"slices"

	"muster/lifecycle"
)

// Review returns one of the person's reviews, whatever its state, or ErrNotFound.
func (p *PersonTx) Review(id string) (Review, error) {
	if err := p.owns(reviewQuestion(), id); err != nil {
		return Review{}, err
	}
	return readReview(p.ctx, p.tx, id)
}

// Approval returns one of the person's approvals, whatever its state, or ErrNotFound.
func (p *PersonTx) Approval(id string) (Approval, error) {
	if err := p.owns(approvalQuestion(), id); err != nil {
		return Approval{}, err
	}
	return readApproval(p.ctx, p.tx, id)
}

// Approved returns the newest approval of this kind that was granted in a generation for what binds names. It counts for whatever
// binds to the same in that generation; a later operation asks anew.
func (p *PersonTx) Approved(kind lifecycle.ApprovalKind, binds string, generation int64) (approval Approval, granted bool, err error) {
	approval, err = one[Approval](p.ctx, p.tx, "the granted approval", `
		select `+approvalColumns+` from approvals
		where person_id = $1 and kind = $2 and plan_digest = $3 and generation = $4 and state = 'approved'
		order by decided_at desc limit 1`, p.personID, kind, binds, generation)
	if errors.Is(err, ErrNotFound) {
		return Approval{}, false, nil
	}
	return approval, err == nil, err
}

// CloseQuestions closes what operations up to a generation have asked and nobody needs to know any more: open approvals are
// withdrawn, open reviews resolved, and decisions that nobody took up count as taken up. Questions that no operation asked
// (generation 0) stay.
func (p *PersonTx) CloseQuestions(upTo int64, reason string) error {
	return p.closeQuestions(upTo, reason, func(Approval) bool { return false }, func(Review) bool { return false })
}

func (p *PersonTx) closeQuestions(upTo int64, reason string, keepApproval func(Approval) bool, keepReview func(Review) bool) error {
	person, err := p.questions()
	if err != nil {
		return err
	}
	asked := func(generation int64) bool { return generation > 0 && generation <= upTo }
	for _, a := range person.Approvals {
		if asked(a.Generation) && !keepApproval(a) {
			if err := p.WithdrawApproval(a.ID, reason); err != nil {
				return err
			}
			if err := p.TakeUpApproval(a.ID); err != nil {
				return err
			}
		}
	}
	for _, r := range person.Reviews {
		if asked(r.Generation) && !keepReview(r) {
			if err := p.ResolveReview(r.ID, ActorMuster, reason); err != nil {
				return err
			}
			if err := p.TakeUpReview(r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// TakeUpDecided takes up the approval or review of this id if it is the person's and is decided, and reports whether it is.
func (p *PersonTx) TakeUpDecided(id string) (bool, error) {
	q, err := questionOf(id)
	if err == nil {
		err = p.owns(q, id)
	}
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var decided bool
	if err := p.tx.QueryRow(p.ctx, `select decided_at is not null from `+q.table+` where id = $1`, id).Scan(&decided); err != nil {
		return false, fmt.Errorf("look at %s: %w", id, err)
	}
	return decided, p.takeUp(q, id)
}

// NeedsAttention says whether somebody has to see to the person: a review is open, or their grace is suspended until an operator resumes it.
func (p *PersonTx) NeedsAttention() (bool, error) {
	var suspended bool
	err := p.tx.QueryRow(p.ctx, `select exists (select from graces where person_id = $1 and phase = $2)`, p.personID, lifecycle.GraceSuspended).Scan(&suspended)
	if err != nil {
		return false, fmt.Errorf("look whether the grace is suspended: %w", err)
	}
	person, err := p.questions()
	return suspended || slices.ContainsFunc(person.Reviews, func(r Review) bool { return r.State == ReviewOpen }), err
}

func (p *PersonTx) questions() (person Person, err error) {
	if person.Reviews, err = waitingReviews(p.ctx, p.tx, p.personID); err != nil {
		return Person{}, err
	}
	person.Approvals, err = waitingApprovals(p.ctx, p.tx, p.personID)
	return person, err
}

// Ring makes the mailbox due, as any change does that needs it.
func (p *PersonTx) Ring() error { return ringAll(p.ctx, p.tx, []string{p.personID}) }
