package store

import (
	"context"
	"fmt"
	"time"

	"muster/lifecycle"
)

// States of an approval.
const (
	ApprovalOpen      = "open"
	ApprovalApproved  = "approved"
	ApprovalRejected  = "rejected"
	ApprovalWithdrawn = "withdrawn" // no longer needed
)

// Approval is a question that must be answered before an operation goes on. It binds to the digest of a plan.
type Approval struct {
	ID          string // "apr_…", given by the store
	PersonID    string // filled in by PersonTx.OpenApproval
	Kind        lifecycle.ApprovalKind
	PlanDigest  string
	Generation  int64
	WorkflowID  string
	RequestedBy string
	Question    string
	State       string // ApprovalOpen, …
	OpenedAt    time.Time
	// Deadline is when an undecided approval needs attention; nil when it has none.
	Deadline      *time.Time
	DecidedBy     string
	DecidedAt     *time.Time // nil while open
	ActorVerified bool
	Reason        string
	TakenUpAt     *time.Time // nil until the waiting work has the decision
}

const approvalColumns = `id, person_id, kind, plan_digest, generation, workflow_id, requested_by, question, state, opened_at, deadline,
	decided_by, decided_at, actor_verified, reason, taken_up_at`

// OpenApproval asks. An open approval of the same kind for the same plan digest is returned instead, bound to the asking workflow
// and generation from now on. What the store gives (ID, State, OpenedAt) is filled in.
func (p *PersonTx) OpenApproval(a Approval) (Approval, error) {
	opened, err := one[struct {
		Approval
		Inserted bool
	}](p.ctx, p.tx, "the opened approval", `
		insert into approvals (id, person_id, kind, plan_digest, generation, workflow_id, requested_by, question, deadline)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (person_id, kind, plan_digest) where state = 'open'
		do update set generation = excluded.generation, workflow_id = excluded.workflow_id
		returning `+approvalColumns+`, xmax = 0 as inserted`,
		newID(approvalPrefix), p.personID, a.Kind, a.PlanDigest, a.Generation, a.WorkflowID, a.RequestedBy, a.Question, a.Deadline)
	if err != nil {
		return Approval{}, err
	}
	if !opened.Inserted {
		return opened.Approval, nil // it was open already: the timeline has its line
	}
	if err := raiseApproval(p.ctx, p.tx, opened.Approval); err != nil {
		return Approval{}, err
	}
	err = p.AddTimeline(TimelineEntry{
		Kind: TimelineApprovalOpened, Text: fmt.Sprintf("approval %s (%s) asked for", opened.ID, opened.Kind),
		WorkflowID: opened.WorkflowID,
	})
	return opened.Approval, err
}

// WithdrawApproval closes an open approval that is no longer needed. One that is decided or withdrawn stays as it is.
func (p *PersonTx) WithdrawApproval(id, reason string) error {
	if err := p.owns(approvalQuestion(), id); err != nil {
		return err
	}
	closed, err := p.tx.Exec(p.ctx, `
		update approvals set state = 'withdrawn', decided_by = $2, decided_at = clock_timestamp(), actor_verified = true, reason = $3
		where id = $1 and state = 'open'`, id, ActorMuster, reason)
	if err != nil {
		return fmt.Errorf("withdraw approval %s: %w", id, err)
	}
	if closed.RowsAffected() == 0 {
		return nil
	}
	if err := closeQuestionAlerts(p.ctx, p.tx, id); err != nil {
		return err
	}
	return p.AddTimeline(TimelineEntry{
		Kind: TimelineApprovalWithdraw, Text: fmt.Sprintf("approval %s withdrawn: %s", id, reason),
	})
}

// TakeUpApproval notes that the waiting work has the decision.
func (p *PersonTx) TakeUpApproval(id string) error { return p.takeUp(approvalQuestion(), id) }

// DecideApproval records an authenticated person's decision, once. It returns the approval as it stands: also along with
// ErrAlreadyDecided, when a decision was there before. ErrNotFound, ErrBadDecision. Who may decide is the caller's to check.
// Granting a link joins the two persons along with it; *lifecycle.LinkRefusal when they cannot be joined now, and it stays open.
func (s *Store) DecideApproval(ctx context.Context, id string, d Decision) (Approval, error) {
	asked, err := s.Approval(ctx, id)
	if err != nil {
		return Approval{}, err
	}
	if grantsLink(asked, d) {
		return s.approveLink(ctx, asked, d)
	}
	return decideQuestion(ctx, s, approvalQuestion(), id, d, readApproval)
}

// Approval returns an approval, or ErrNotFound.
func (s *Store) Approval(ctx context.Context, id string) (Approval, error) {
	return readApproval(ctx, s.pool, id)
}

func readApproval(ctx context.Context, db database, id string) (Approval, error) {
	return one[Approval](ctx, db, "approval "+id, `select `+approvalColumns+` from approvals where id = $1`, id)
}

// Approvals returns a page of approvals, the longest open first, and the cursor of the next page (empty at the end).
func (s *Store) Approvals(ctx context.Context, f QuestionFilter) ([]Approval, string, error) {
	return questionPage(ctx, s, approvalQuestion(), approvalColumns, f, func(a Approval) string { return instantKey(a.OpenedAt, a.ID) })
}

// waitingApprovals are those the mailbox has to look at: open ones, and decided ones nobody took up yet.
func waitingApprovals(ctx context.Context, db database, personID string) ([]Approval, error) {
	return list[Approval](ctx, db, "the person's approvals", `
		select `+approvalColumns+` from approvals
		where person_id = $1 and (state = 'open' or (state in ('approved', 'rejected') and taken_up_at is null))
		order by opened_at, id`, personID)
}
