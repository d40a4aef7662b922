package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// Erase erases for good what is left of a deleted account and of the person's data: on the platform, in the archive, here. Legal has
// approved it; a hold placed before its point of no return still stops it. What the platform refuses for good is a review.
func (a *Activities) Erase(ctx context.Context, in lifecycle.OperationInput) (lifecycle.EraseResult, error) {
	var result lifecycle.EraseResult
	err := beating(ctx, func(ctx context.Context) error {
		e := erasure{a: a, in: in}
		stopped, err := e.decide(ctx)
		switch {
		case err != nil:
			return err
		case stopped:
			result.Ended = lifecycle.EndedDismissed
			return nil
		}
		err = e.carryOut(ctx)
		if refusal, refused := refusalOf(err); refused {
			result.Refused, err = e.refused(ctx, refusal)
			return err
		}
		result.Ended = lifecycle.Done
		return err
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
		if err := e.takeUpDecided(p, person); err != nil {
			return err
		}
		if person.Grace == nil {
			return refuse(lifecycle.Refusal{Kind: lifecycle.ReviewPlatformRefusal, Question: "There is no record of the deletion of the account that is to be erased."})
		}
		e.grace = *person.Grace
		switch {
		case e.grace.Phase == lifecycle.GraceErased:
			return nil
		case e.grace.Phase != lifecycle.GraceErasing || len(person.Holds) > 0:
			stopped = true
			return e.stop(p, len(person.Holds) > 0)
		}
		return errors.Join(
			p.ChangeGrace(e.grace.Generation, store.GraceChange{Phase: new(lifecycle.GraceErased)}),
			e.note(p, "erasure.began", "the erasure's point of no return"))
	})
	return stopped, err
}

// takeUpDecided: whatever was decided about a refusal, the erasure is past its point of no return and is tried again.
func (e *erasure) takeUpDecided(p *store.PersonTx, person store.Person) error {
	for _, r := range person.Reviews {
		if r.Generation == e.in.Generation && r.State != store.ReviewOpen {
			if err := p.TakeUpReview(r.ID); err != nil {
				return err
			}
		}
	}
	return attend(p)
}

// refusalOf is what the platform says where trying again on its own is in vain.
func refusalOf(err error) (refusal lifecycle.Refusal, refused bool) {
	var app *temporal.ApplicationError
	if !errors.As(boundary(err), &app) || app.Type() != names.ErrorNeedsReview {
		return refusal, false
	}
	return refusal, app.Details(&refusal) == nil
}

// refused asks for somebody: the erasure is decided and the platform refuses it.
func (e *erasure) refused(ctx context.Context, refusal lifecycle.Refusal) (*lifecycle.Parked, error) {
	workflow := names.ErasureWorkflowID(e.in.PersonID, e.in.Generation)
	parked := &lifecycle.Parked{
		Kind:     lifecycle.ReviewPurgeStuck,
		Question: "The erasure is decided and the platform refuses it; make it possible there and retry. It is tried every day anyway. " + refusal.Question,
	}
	return parked, e.inOperation(ctx, func(p *store.PersonTx, _ store.Person) error {
		review, err := p.OpenReview(store.Review{
			Kind: parked.Kind, Question: parked.Question, DedupeKey: workflow, WorkflowID: workflow, Generation: e.in.Generation,
			Detail: object(refusal.Detail),
		})
		parked.ReviewID = review.ID
		return errors.Join(err, p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)}))
	})
}

// stop gives up an erasure before its point of no return. What the grace has come to by other hands stays.
func (e *erasure) stop(p *store.PersonTx, held bool) error {
	why := "what legal approved is not so any more, the grace is " + string(e.grace.Phase)
	if held {
		why = "a legal hold is in force"
	}
	if e.grace.Phase == lifecycle.GraceErasing {
		if err := p.ChangeGrace(e.grace.Generation, store.GraceChange{Phase: new(lifecycle.GraceDeleted)}); err != nil {
			return err
		}
	}
	return errors.Join(
		p.UpdateAgent(store.AgentChange{Operation: new(lifecycle.None)}),
		e.note(p, "erasure.stopped", "the erasure was stopped: "+why+"; it has to be asked for anew"))
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
