package activities

import (
	"context"

	"muster/lifecycle"
	"muster/store"
)

// Finish closes an operation that does not end with its last phase: dismissed by a person, moot, or without an account to act on.
func (a *Activities) Finish(ctx context.Context, in lifecycle.FinishInput) error {
	return boundary(a.inOperation(ctx, in.PhaseInput, func(ctx context.Context, p *store.PersonTx, person store.Person) error {
		if in.Ended != lifecycle.Moot {
			plan, err := a.store.PlanOf(ctx, in.PersonID, in.Generation, in.Digest)
			if err != nil {
				return err
			}
			outcome := lifecycle.NoChange
			if in.Ended == lifecycle.EndedDismissed {
				outcome = lifecycle.Dismissed
			}
			for _, id := range plan.Settles {
				if err := p.Settle(id, outcome, in.Reason, workflowID(in.Operation, in.PersonID, in.Generation)); err != nil {
					return err
				}
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

// closeOperation frees the person for the next operation and makes the mailbox look again.
func (a *Activities) closeOperation(p *store.PersonTx, in lifecycle.PhaseInput, state lifecycle.State, text string) error {
	change := store.AgentChange{State: &state, Operation: new(lifecycle.None), NeedsAttention: new(false)}
	if err := p.UpdateAgent(change); err != nil {
		return err
	}
	if in.Operation == lifecycle.Termination {
		// The mailbox does not wait for a termination.
		if err := p.Ring(); err != nil {
			return err
		}
	}
	return p.AddTimeline(store.TimelineEntry{
		Kind: string(in.Operation) + ".ended", Actor: "muster", Text: text, WorkflowID: workflowID(in.Operation, in.PersonID, in.Generation),
	})
}
