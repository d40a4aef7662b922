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
	err := a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, _ store.Person) error {
		plan, err := p.PlanOf(in.Generation, in.Digest)
		if err != nil {
			return err
		}
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
			if decided.Refused = refuseReviewSignal(in, review); decided.Refused != "" {
				return refusedSignal(p, names.SignalReviewDecision, in.Signal.ReviewID, decided.Refused)
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
		if in.Operation == lifecycle.Transfer && decided.Decision == names.DecisionDismiss {
			if err := giveUp(p, in.PhaseInput, person, review); err != nil {
				return err
			}
		}
		return attend(p)
	})
	return decided, boundary(err)
}

// giveUp settles the events of a change that waited for a review which was dismissed: it may be one of several that are open.
func giveUp(p *store.PersonTx, in lifecycle.PhaseInput, person store.Person, r store.Review) error {
	plan, err := p.PlanOf(in.Generation, in.Digest)
	if err != nil {
		return err
	}
	switch r.Kind { //nolint:exhaustive // a review of any other kind is about the whole change
	case lifecycle.ReviewConflict:
		return giveUpField(p, plan, person, r)
	case lifecycle.ReviewUnmapped:
		for id := range naming(plan, person) {
			if err := p.Settle(id, lifecycle.Dismissed, "the review was dismissed; the rest is applied", r.WorkflowID); err != nil {
				return err
			}
		}
	}
	return nil
}

// attend takes the mark of needing attention away when no review is open any more.
func attend(p *store.PersonTx) error {
	attention, err := p.NeedsAttention()
	if err != nil {
		return err
	}
	return p.UpdateAgent(store.AgentChange{NeedsAttention: &attention})
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

func refuseReviewSignal(in lifecycle.TakeReviewInput, r store.Review) string {
	s := *in.Signal
	switch {
	case s.ReviewID != "" && s.ReviewID != r.ID:
		return fmt.Sprintf("review_id: found %q, expected %q", s.ReviewID, r.ID)
	case s.Decision != names.DecisionRetry && s.Decision != names.DecisionDismiss:
		return fmt.Sprintf("decision: found %q, expected retry or dismiss", s.Decision)
	case in.Early && s.ReviewID == "":
		return "it was sent before review " + r.ID + " was opened and names none"
	case in.Several && s.ReviewID == "":
		return "review_id: found nothing, expected one of the reviews that are open"
	case in.Operation == lifecycle.Termination && s.Decision == names.DecisionDismiss:
		return "a bare signal cannot dismiss the review of a termination; use the API"
	}
	return ""
}

// OpenApproval opens the approval of a plan, or finds the one that an equal plan already has, decided or not.
func (a *Activities) OpenApproval(ctx context.Context, in lifecycle.OpenApprovalInput) (lifecycle.OpenedApproval, error) {
	var opened lifecycle.OpenedApproval
	err := a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, _ store.Person) error {
		plan, err := p.PlanOf(in.Generation, in.Digest)
		if err != nil {
			return err
		}
		workflow := workflowID(in.Operation, in.PersonID, in.Generation)
		if granted, ok, err := p.Approved(in.Kind, in.Binds, in.Generation); err != nil || ok {
			opened = lifecycle.OpenedApproval{ApprovalID: granted.ID, Decision: approvalDecision(granted.State)}
			return err
		}
		approval, err := p.OpenApproval(store.Approval{
			Kind: in.Kind, PlanDigest: in.Binds, Generation: in.Generation, WorkflowID: workflow,
			RequestedBy: store.ActorMuster, Deadline: &in.Deadline, Question: in.Question,
		})
		if err != nil {
			return err
		}
		opened = lifecycle.OpenedApproval{ApprovalID: approval.ID, Deadline: in.Deadline}
		if approval.Deadline != nil {
			opened.Deadline = *approval.Deadline
		}
		for _, id := range plan.Settles {
			wait := store.Wait{Until: opened.Deadline, For: "approver", What: "approval " + approval.ID + ": " + string(in.Kind), WorkflowID: workflow}
			if err := p.SetWaiting(id, wait); err != nil {
				return err
			}
		}
		if in.Kind != lifecycle.ApprovalActivation {
			return nil
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
			if decided.Refused = refuseApprovalSignal(in, approval); decided.Refused != "" {
				return refusedSignal(p, names.SignalApprovalDecision, in.Signal.ApprovalID, decided.Refused)
			}
			decided.Decision = in.Signal.Decision
			if err := p.RecordUnverifiedDecision(approval.ID, store.Decision{Decision: in.Signal.Decision, Actor: in.Signal.Actor, Reason: in.Signal.Reason}); err != nil {
				return err
			}
		}
		if decided.Decision == "" && in.Overdue && lifecycle.RuleFor(approval.Kind).Default == lifecycle.DefaultRefused {
			decided.Decision = names.DecisionReject
			if err := p.RefuseOverdue(approval.ID); err != nil {
				return err
			}
		}
		if decided.Decision == "" && in.Overdue && lifecycle.RuleFor(approval.Kind).Default == lifecycle.DefaultProceeds {
			decided.Decision = names.DecisionDefault
			if err := p.WithdrawApproval(approval.ID, "nobody decided by the deadline: the default takes effect"); err != nil {
				return err
			}
		}
		if decided.Decision == "" {
			return nil
		}
		if err := p.TakeUpApproval(approval.ID); err != nil {
			return err
		}
		return attend(p)
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

func refuseApprovalSignal(in lifecycle.TakeApprovalInput, a store.Approval) string {
	s := *in.Signal
	switch {
	case in.Early && s.ApprovalID == "":
		return "it was sent before approval " + a.ID + " was asked for and names none"
	case in.Several && s.ApprovalID == "":
		return "approval_id: found nothing, expected one of the approvals that are open"
	case s.ApprovalID != "" && s.ApprovalID != a.ID:
		return fmt.Sprintf("approval_id: found %q, expected %q", s.ApprovalID, a.ID)
	case s.Decision != names.DecisionApprove && s.Decision != names.DecisionReject:
		return fmt.Sprintf("decision: found %q, expected approve or reject", s.Decision)
	case s.Decision == names.DecisionApprove && a.Kind != lifecycle.ApprovalActivation:
		return fmt.Sprintf("a bare signal cannot approve %s; use the API", a.Kind)
	}
	return ""
}

// refusedSignal keeps what was refused, with the reason, where people look. A signal about another question that has its decision is
// no news: the question is taken up, so that nobody sends it again.
func refusedSignal(p *store.PersonTx, signal, questionID, reason string) error {
	taken, err := p.TakeUpDecided(questionID)
	if err != nil || taken {
		return err
	}
	return p.AddTimeline(store.TimelineEntry{Kind: "signal.refused", Actor: "unknown", Text: "signal " + signal + " refused: " + reason})
}

// RaiseAttention marks the person as needing somebody.
func (a *Activities) RaiseAttention(ctx context.Context, in lifecycle.AttentionInput) error {
	return boundary(a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, person store.Person) error {
		if in.NotCut && person.Agent.Operation != in.Operation {
			return nil // it has been read back as cut this moment
		}
		entry := store.TimelineEntry{Kind: "attention.raised", Text: in.Text, WorkflowID: workflowID(in.Operation, in.PersonID, in.Generation)}
		if err := p.AddTimeline(entry); err != nil {
			return err
		}
		if err := raiseAbout(p, in); err != nil {
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

// raiseAbout raises the alert about an access that should have ended, which closeNotCut closes, or about an archive.
func raiseAbout(p *store.PersonTx, in lifecycle.AttentionInput) error {
	switch {
	case in.NotArchived:
		return p.RaiseAlert(store.Alert{Kind: store.AlertArchiveFailing, Severity: store.SeverityCritical, Text: in.Text})
	case in.Escalated:
		return p.RaiseAlert(store.Alert{Kind: store.AlertAccessEscalated, Severity: store.SeverityCritical, Text: in.Text})
	case in.NotCut:
		return p.RaiseAlert(store.Alert{Kind: store.AlertAccessNotCut, Severity: store.SeverityCritical, Text: in.Text})
	}
	return nil
}

// closeNotCut closes what was raised about an access.
func closeNotCut(p *store.PersonTx, personID, why string) error {
	for _, kind := range []store.AlertKind{store.AlertAccessNotCut, store.AlertAccessEscalated} {
		if err := p.CloseAlert(store.AlertKey(kind, personID), why); err != nil {
			return err
		}
	}
	return nil
}
