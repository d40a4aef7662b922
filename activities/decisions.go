package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// inOperation runs fn on the person's record while the operation still holds the person; a newer generation is ErrFenced.
func (a *Activities) inOperation(ctx context.Context, in lifecycle.PhaseInput, fn func(ctx context.Context, p *store.PersonTx, person store.Person) error) error {
	return a.store.WithPerson(ctx, in.PersonID, func(ctx context.Context, p *store.PersonTx) error {
		person, err := p.Load()
		if err != nil {
			return err
		}
		if person.Agent.Generation != in.Generation {
			return store.ErrFenced
		}
		return fn(ctx, p, person)
	})
}

// Park opens the review for what a phase could not do. An equal review that is open already is the one returned.
func (a *Activities) Park(ctx context.Context, in lifecycle.ParkInput) (lifecycle.Parked, error) {
	var parked *lifecycle.Parked
	plan, err := a.store.PlanOf(ctx, in.PersonID, in.Generation, in.Digest)
	if err != nil {
		return lifecycle.Parked{}, boundary(err)
	}
	err = a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, _ store.Person) (err error) {
		parked, err = openReview(p, plan, store.Review{Kind: in.Kind, Question: in.Question, Detail: object(in.Detail)})
		return err
	})
	if err != nil {
		return lifecycle.Parked{}, boundary(err)
	}
	return *parked, nil
}

// TakeReview takes up the decision about a review: the row's if one was recorded, else the signal's, which is recorded as coming
// from an unverified actor. Without either the answer is empty.
func (a *Activities) TakeReview(ctx context.Context, in lifecycle.TakeReviewInput) (lifecycle.Decided, error) {
	var decided lifecycle.Decided
	err := a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, person store.Person) error {
		review, err := p.Review(in.ReviewID)
		if err != nil {
			return err
		}
		decided = lifecycle.Decided{Decision: reviewDecision(review.State)}
		if decided.Decision == "" && in.Signal != nil {
			if decided.Refused = refuseReviewSignal(*in.Signal, review); decided.Refused != "" {
				return refusedSignal(p, names.SignalReviewDecision, decided.Refused)
			}
			decided.Decision = in.Signal.Decision
			if err := p.RecordUnverifiedDecision(review.ID, store.Decision{Decision: in.Signal.Decision, Actor: in.Signal.Actor, Reason: in.Signal.Reason}); err != nil {
				return err
			}
		}
		if decided.Decision == "" {
			return nil
		}
		if err := p.TakeUpReview(review.ID); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{NeedsAttention: new(attentionWithout(person, review.ID))})
	})
	return decided, boundary(err)
}

// attentionWithout says whether anything but the review of this id still needs attention.
func attentionWithout(person store.Person, reviewID string) bool {
	for _, r := range person.Reviews {
		if r.ID != reviewID && r.State == store.ReviewOpen {
			return true
		}
	}
	return false
}

func reviewDecision(state string) string {
	switch state {
	case store.ReviewRetried, store.ReviewResolved:
		return names.DecisionRetry
	case store.ReviewDismissed:
		return names.DecisionDismiss
	}
	return ""
}

func refuseReviewSignal(s names.ReviewDecision, r store.Review) string {
	switch {
	case s.ReviewID != "" && s.ReviewID != r.ID:
		return fmt.Sprintf("review_id: found %q, expected %q", s.ReviewID, r.ID)
	case s.Decision != names.DecisionRetry && s.Decision != names.DecisionDismiss:
		return fmt.Sprintf("decision: found %q, expected retry or dismiss", s.Decision)
	}
	return ""
}

// OpenApproval opens the approval of a plan, or finds the one that an equal plan already has, decided or not.
func (a *Activities) OpenApproval(ctx context.Context, in lifecycle.OpenApprovalInput) (lifecycle.OpenedApproval, error) {
	var opened lifecycle.OpenedApproval
	plan, err := a.store.PlanOf(ctx, in.PersonID, in.Generation, in.Digest)
	if err != nil {
		return opened, boundary(err)
	}
	err = a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, person store.Person) error {
		for _, other := range person.Approvals {
			if other.Kind == in.Kind && other.State == store.ApprovalOpen && other.PlanDigest != in.Digest {
				if err := p.WithdrawApproval(other.ID, "the plan has changed"); err != nil {
					return err
				}
			}
		}
		workflow := workflowID(in.Operation, in.PersonID, in.Generation)
		if granted, ok, err := p.Approved(in.Kind, in.Digest); err != nil || ok {
			opened = lifecycle.OpenedApproval{ApprovalID: granted.ID, Decision: approvalDecision(granted.State)}
			return err
		}
		approval, err := p.OpenApproval(store.Approval{
			Kind: in.Kind, PlanDigest: in.Digest, Generation: in.Generation, WorkflowID: workflow,
			RequestedBy: store.ActorMuster, Deadline: &in.Deadline, Question: in.Question,
		})
		if err != nil {
			return err
		}
		opened = lifecycle.OpenedApproval{ApprovalID: approval.ID}
		for _, id := range plan.Settles {
			wait := store.Wait{Until: in.Deadline, For: "approver", What: "approval " + approval.ID + ": " + string(in.Kind), WorkflowID: workflow}
			if err := p.SetWaiting(id, wait); err != nil {
				return err
			}
		}
		return p.UpdateAgent(store.AgentChange{State: new(lifecycle.WaitingActivation)})
	})
	return opened, boundary(err)
}

// TakeApproval is TakeReview for an approval. A bare signal is enough for an activation.
func (a *Activities) TakeApproval(ctx context.Context, in lifecycle.TakeApprovalInput) (lifecycle.Decided, error) {
	var decided lifecycle.Decided
	err := a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, _ store.Person) error {
		approval, err := p.Approval(in.ApprovalID)
		if err != nil {
			return err
		}
		decided = lifecycle.Decided{Decision: approvalDecision(approval.State)}
		if decided.Decision == "" && in.Signal != nil {
			if decided.Refused = refuseApprovalSignal(*in.Signal, approval); decided.Refused != "" {
				return refusedSignal(p, names.SignalApprovalDecision, decided.Refused)
			}
			decided.Decision = in.Signal.Decision
			if err := p.RecordUnverifiedDecision(approval.ID, store.Decision{Decision: in.Signal.Decision, Actor: in.Signal.Actor, Reason: in.Signal.Reason}); err != nil {
				return err
			}
		}
		if decided.Decision == "" {
			return nil
		}
		if err := p.TakeUpApproval(approval.ID); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{NeedsAttention: new(false)})
	})
	return decided, boundary(err)
}

func approvalDecision(state string) string {
	switch state {
	case store.ApprovalApproved:
		return names.DecisionApprove
	case store.ApprovalRejected:
		return names.DecisionReject
	}
	return ""
}

func refuseApprovalSignal(s names.ApprovalDecision, a store.Approval) string {
	switch {
	case s.ApprovalID != "" && s.ApprovalID != a.ID:
		return fmt.Sprintf("approval_id: found %q, expected %q", s.ApprovalID, a.ID)
	case s.Decision != names.DecisionApprove && s.Decision != names.DecisionReject:
		return fmt.Sprintf("decision: found %q, expected approve or reject", s.Decision)
	case s.Decision == names.DecisionApprove && a.Kind != lifecycle.ApprovalActivation:
		return fmt.Sprintf("a bare signal cannot approve %s; use the API", a.Kind)
	}
	return ""
}

// refusedSignal keeps what was refused, with the reason, where people look.
func refusedSignal(p *store.PersonTx, signal, reason string) error {
	return p.AddTimeline(store.TimelineEntry{Kind: "signal.refused", Actor: "unknown", Text: "signal " + signal + " refused: " + reason})
}

// RaiseAttention marks the person as needing somebody.
func (a *Activities) RaiseAttention(ctx context.Context, in lifecycle.AttentionInput) error {
	return boundary(a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, _ store.Person) error {
		entry := store.TimelineEntry{Kind: "attention.raised", Actor: "muster", Text: in.Text, WorkflowID: workflowID(in.Operation, in.PersonID, in.Generation)}
		if err := p.AddTimeline(entry); err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)})
	}))
}

// object is a map as the JSON object that the record keeps.
func object(m map[string]string) json.RawMessage {
	content, err := json.Marshal(m)
	if err != nil {
		panic("a map of strings always marshals: " + err.Error())
	}
	return content
}
