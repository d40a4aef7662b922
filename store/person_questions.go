package store

import (
	"errors"

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

// Approved returns the newest approval of this kind that was granted for a plan of this digest: it counts for every equal plan.
func (p *PersonTx) Approved(kind lifecycle.ApprovalKind, planDigest string) (approval Approval, granted bool, err error) {
	approval, err = one[Approval](p.ctx, p.tx, "the granted approval", `
		select `+approvalColumns+` from approvals
		where person_id = $1 and kind = $2 and plan_digest = $3 and state = 'approved'
		order by decided_at desc limit 1`, p.personID, kind, planDigest)
	if errors.Is(err, ErrNotFound) {
		return Approval{}, false, nil
	}
	return approval, err == nil, err
}

// Ring makes the mailbox due, as any change does that needs it.
func (p *PersonTx) Ring() error { return ringAll(p.ctx, p.tx, []string{p.personID}) }
