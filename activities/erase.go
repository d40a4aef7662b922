package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// Erase erases for good what is left of a deleted account and of the person's data: on the platform, in the archive, here. Legal has
// approved it; a hold placed before its point of no return still stops it.
func (a *Activities) Erase(ctx context.Context, in lifecycle.OperationInput) (lifecycle.OperationResult, error) {
	var result lifecycle.OperationResult
	err := beating(ctx, func(ctx context.Context) error {
		e := erasure{a: a, in: in}
		stopped, err := e.decide(ctx)
		if err != nil || stopped {
			result.Ended = lifecycle.EndedDismissed
			return err
		}
		result.Ended = lifecycle.Done
		return e.carryOut(ctx)
	})
	return result, boundary(err)
}

type erasure struct {
	a     *Activities
	in    lifecycle.OperationInput
	grace lifecycle.Grace
}

// decide passes the point of no return, unless a hold was placed meanwhile: then what was approved lapses.
func (e *erasure) decide(ctx context.Context) (stopped bool, err error) {
	err = e.inOperation(ctx, func(p *store.PersonTx, person store.Person) error {
		if person.Grace == nil {
			return refuse(lifecycle.Refusal{Kind: lifecycle.ReviewPlatformRefusal, Question: "There is no record of the deletion of the account that is to be erased."})
		}
		e.grace = *person.Grace
		switch {
		case e.grace.Phase == lifecycle.GraceErased:
			return nil
		case e.grace.Phase != lifecycle.GraceErasing || len(person.Holds) > 0:
			stopped = true
			return errors.Join(
				p.ChangeGrace(e.grace.Generation, store.GraceChange{Phase: new(lifecycle.GraceDeleted)}),
				p.UpdateAgent(store.AgentChange{Operation: new(lifecycle.None)}),
				e.note(p, "erasure.stopped", "the erasure was stopped by a legal hold; it has to be asked for anew"))
		}
		return errors.Join(
			p.ChangeGrace(e.grace.Generation, store.GraceChange{Phase: new(lifecycle.GraceErased)}),
			e.note(p, "erasure.began", "the erasure's point of no return"))
	})
	return stopped, err
}

func (e *erasure) inOperation(ctx context.Context, fn func(p *store.PersonTx, person store.Person) error) error {
	return e.a.inOperation(ctx, lifecycle.PhaseInput{OperationInput: e.in, Operation: lifecycle.Erasure}, func(_ context.Context, p *store.PersonTx, person store.Person) error {
		return fn(p, person)
	})
}

func (e *erasure) note(p *store.PersonTx, kind, text string) error {
	return p.AddTimeline(store.TimelineEntry{Kind: kind, Text: text, WorkflowID: names.ErasureWorkflowID(e.in.PersonID, e.in.Generation)})
}

// erasureLook is how long to wait before the platform is asked again how far it is: it takes days.
const erasureLook = 15 * time.Minute

func (e *erasure) carryOut(ctx context.Context) error {
	info := activity.GetInfo(ctx)
	writer := e.a.platform.Writer(e.a.store.Guard(store.Fence{
		PersonID: e.in.PersonID, Generation: e.in.Generation, Actor: store.ActorMuster,
		WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID,
	}))
	requestID, err := writer.Erase(ctx, e.grace.PlatformUserID)
	if err != nil {
		return err
	}
	state, err := e.a.platform.Erasure(ctx, requestID)
	switch {
	case err != nil:
		return err
	case state == ccaas.ErasureFailed:
		return refuse(lifecycle.Refusal{
			Kind: lifecycle.ReviewPlatformRefusal, Question: "The platform could not carry out the erasure request " + requestID + ". Settle it with the platform, then retry.",
			Detail: map[string]string{"request_id": requestID},
		})
	case state != ccaas.ErasureDone:
		return notYet("the platform is carrying out the erasure request "+requestID, min(time.Duration(info.Attempt)*time.Second, erasureLook))
	}
	archives, err := e.a.store.Archives(ctx, e.in.PersonID)
	if err != nil {
		return err
	}
	for _, kept := range archives {
		if kept.ErasedAt == nil {
			if err := e.a.archive.Delete(ctx, kept.Key); err != nil {
				return err
			}
		}
	}
	return e.record(ctx, archives, requestID)
}

func (e *erasure) record(ctx context.Context, archives []store.Archive, requestID string) error {
	now := time.Now().UTC()
	return e.inOperation(ctx, func(p *store.PersonTx, _ store.Person) error {
		for _, kept := range archives {
			if kept.ErasedAt != nil {
				continue
			}
			if err := p.ArchiveErased(kept.ID, now); err != nil {
				return err
			}
		}
		if err := p.Shred(now); err != nil {
			return err
		}
		if err := e.note(p, "person.erased", fmt.Sprintf("erased on the platform (request %s), in the archive and here; ids, codes and times stay", requestID)); err != nil {
			return err
		}
		if err := p.CloseQuestions(e.in.Generation, "the person's data is erased"); err != nil {
			return err
		}
		attention, err := p.NeedsAttention()
		if err != nil {
			return err
		}
		return p.UpdateAgent(store.AgentChange{
			State: new(lifecycle.Deleted), Operation: new(lifecycle.None), PlatformUserID: new(""), NeedsAttention: &attention,
		})
	})
}
