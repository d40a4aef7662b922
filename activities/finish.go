package activities

import (
	"context"

	"muster/lifecycle"
	"muster/store"
)

// Finish closes an operation that does not end with its last phase: dismissed by a person, moot, or without an account to act on.
func (a *Activities) Finish(ctx context.Context, in lifecycle.FinishInput) error {
	return boundary(a.inOperation(ctx, in.PhaseInput, func(_ context.Context, p *store.PersonTx, person store.Person) error {
		if in.Ended != lifecycle.Moot {
			plan, err := p.PlanOf(in.Generation, in.Digest)
			if err != nil {
				return err
			}
			outcome := lifecycle.NoChange
			if in.Ended == lifecycle.EndedDismissed {
				outcome = lifecycle.Dismissed
			}
			if err := settlePlan(p, plan, person, outcome, in.Reason, nil); err != nil {
				return err
			}
		}
		return a.closeOperation(p, in.PhaseInput, stateAfter(person.Agent), string(in.Ended)+": "+in.Reason)
	}))
}

// stateAfter is where an operation that did not come to its last phase leaves the person: where it found or brought them.
func stateAfter(agent store.Agent) lifecycle.State {
	if agent.PlatformUserID == "" {
		return lifecycle.Unknown
	}
	return agent.State
}

// closeOperation frees the person for the next operation: what the operation asked people is closed, and the mailbox looks again.
func (a *Activities) closeOperation(p *store.PersonTx, in lifecycle.PhaseInput, state lifecycle.State, text string) error {
	if err := p.CloseQuestions(in.Generation, "the operation has ended"); err != nil {
		return err
	}
	settled := "the person is wanted at work" // by whatever took the termination over
	if in.Operation == lifecycle.Termination {
		settled = "the access has been cut"
	}
	if err := closeNotCut(p, in.PersonID, settled); err != nil {
		return err
	}
	attention, err := p.NeedsAttention()
	if err != nil {
		return err
	}
	if err := p.UpdateAgent(store.AgentChange{State: &state, Operation: new(lifecycle.None), NeedsAttention: &attention, FoundBy: new("")}); err != nil {
		return err
	}
	if in.Operation == lifecycle.Termination {
		// The mailbox does not wait for a termination.
		if err := p.Ring(); err != nil {
			return err
		}
	}
	return p.AddTimeline(store.TimelineEntry{
		Kind: store.TimelineEnded(in.Operation), Text: text, WorkflowID: workflowID(in.Operation, in.PersonID, in.Generation),
	})
}
