package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/archive"
	"muster/ccaas"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// Delete deletes the account at the end of a grace. Whether it may is decided in one transaction on the person's record, which is the
// point of no return; before it the archive is read back once more. After it, attempts only go forward. On Genesys the deletion is soft.
func (a *Activities) Delete(ctx context.Context, in lifecycle.GraceInput) (lifecycle.DeleteResult, error) {
	var result lifecycle.DeleteResult
	err := beating(ctx, func(ctx context.Context) error {
		d := deletion{a: a, in: in}
		refused, err := d.decide(ctx)
		if err != nil || refused != "" || d.held != nil {
			result.Refused, result.Guard = refused, d.held
			return err
		}
		err = d.carryOut(ctx)
		if !final(err) {
			return err
		}
		result.ReviewID, err = d.stuck(ctx, err)
		return err
	})
	return result, boundary(err)
}

type deletion struct {
	a     *Activities
	in    lifecycle.GraceInput
	grace lifecycle.Grace
	// held: the mass-change guard holds the deletion.
	held *lifecycle.Guarded
}

// decide commits to the deletion, or says why it may not be made. One that was decided before is not decided again.
func (d *deletion) decide(ctx context.Context) (refused string, err error) {
	if err := d.read(ctx); err != nil {
		return "", err
	}
	if d.grace.Phase != lifecycle.GraceDeleting {
		if refused, err = d.archiveReadsBack(ctx); err != nil || refused != "" {
			return refused, err
		}
	}
	err = d.a.store.WithPerson(ctx, d.in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		d.held = nil
		g, err := d.a.graceOf(p, d.in.OperationInput, d.in.Now)
		if err != nil {
			return err
		}
		decision := lifecycle.LookAtGrace(g.look)
		if decision.Do != lifecycle.GraceDelete {
			refused = decision.Because
			return nil
		}
		d.grace = g.look.Grace
		if d.grace.Phase == lifecycle.GraceDeleting {
			return nil
		}
		if d.held, err = d.askGuard(p); err != nil || d.held != nil {
			return err
		}
		if err := g.change(p, store.GraceChange{Phase: new(lifecycle.GraceDeleting)}); err != nil {
			return err
		}
		if err := p.UpdateAgent(store.AgentChange{State: new(lifecycle.Deleting)}); err != nil {
			return err
		}
		return g.note(p, "account.deleting", "the point of no return: "+decision.Because)
	})
	return refused, err
}

// askGuard is the guard before the point of no return. A deletion that was not released is a review; trying that again asks anew.
func (d *deletion) askGuard(p *store.PersonTx) (*lifecycle.Guarded, error) {
	registry, err := d.a.registry.inForce(p, d.in.Now)
	if err != nil {
		return nil, err
	}
	request := store.GuardRequest{
		Platform: d.grace.Platform, Kind: lifecycle.GuardDeletion, Generation: d.in.Generation, Limits: d.a.guardLimits(registry),
		MappingVersion: registry.VersionNumber(), WorkflowID: d.workflowID(), Now: d.in.Now, Question: "May this account be deleted? Its grace is over.",
	}
	held, err := p.AskGuard(request)
	if err != nil || held == nil || !held.Refused {
		return held, err
	}
	asked, found, err := p.NewestReview(lifecycle.ReviewGuardRefused, held.ApprovalID)
	if err != nil {
		return nil, err
	}
	if found && asked.State != store.ReviewOpen {
		if err := p.TakeUpReview(asked.ID); err != nil {
			return nil, err
		}
		request.Refused = held.ApprovalID
		return p.AskGuard(request)
	}
	if _, err := p.OpenReview(store.Review{
		Kind: lifecycle.ReviewGuardRefused, DedupeKey: held.ApprovalID, WorkflowID: d.workflowID(), Generation: d.in.Generation,
		Question: "The deletion was not released, and the account stays as it is. Retry asks an approver again.",
	}); err != nil {
		return nil, err
	}
	return held, p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)})
}

func (d *deletion) read(ctx context.Context) error {
	return d.a.store.WithPerson(ctx, d.in.PersonID, func(_ context.Context, p *store.PersonTx) (err error) {
		d.grace, err = p.Grace(d.in.Generation)
		return err
	})
}

// archiveDamagedStays is how long the alert about a damaged archive stays: the archive is whole again within seconds, and somebody still
// has to find out what happened to the bucket.
const archiveDamagedStays = 7 * 24 * time.Hour

// archiveReadsBack makes sure that the archive is still what was written. One that is not is written anew before anything is deleted.
func (d *deletion) archiveReadsBack(ctx context.Context) (refused string, err error) {
	if d.grace.ArchiveID == "" {
		return "no archive was read back", nil
	}
	kept, err := d.a.store.Archive(ctx, d.grace.ArchiveID)
	if err != nil {
		return "", err
	}
	err = d.a.archive.Verify(ctx, archive.Written{Key: kept.Key, SHA256: kept.SHA256, Size: kept.Size})
	if !errors.Is(err, archive.ErrMissing) && !errors.Is(err, archive.ErrMismatch) {
		return "", err
	}
	refused = "the archive does not read back as it was written: " + err.Error()
	return refused, d.a.store.WithPerson(ctx, d.in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		return errors.Join(
			p.ChangeGrace(d.in.Generation, store.GraceChange{ArchiveID: new("")}),
			p.RaiseAlert(store.Alert{
				Kind: store.AlertArchiveDamaged, Severity: store.SeverityCritical, SubjectID: kept.ID, LapsesAt: new(time.Now().Add(archiveDamagedStays)),
				Text: "The archive of a leaver is missing or is not what was written. Nothing is deleted; it is written anew.",
			}),
			p.AddTimeline(store.TimelineEntry{Kind: "archive.damaged", Text: refused, WorkflowID: d.workflowID()}))
	})
}

func (d *deletion) workflowID() string {
	return names.TerminationWorkflowID(d.in.PersonID, d.in.Generation)
}

func (d *deletion) carryOut(ctx context.Context) error {
	info := activity.GetInfo(ctx)
	writer := d.a.platform.Writer(d.a.store.Guard(store.Fence{
		PersonID: d.in.PersonID, Generation: d.in.Generation, Actor: store.ActorMuster,
		WorkflowID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID,
	}))
	if err := writer.Delete(ctx, d.grace.PlatformUserID); err != nil {
		return err
	}
	ph := &phase{a: d.a, attempt: info.Attempt}
	if err := ph.until(ctx, "the deletion", func(ctx context.Context) (string, error) {
		account, err := d.a.platform.Account(ctx, d.grace.PlatformUserID, ccaas.Want{})
		if ccaas.IsKind(err, ccaas.KindNotFound) || err == nil && account.State == ccaas.Deleted {
			return "", nil
		}
		return "state " + string(account.State), err
	}); err != nil {
		return err
	}
	return d.record(ctx)
}

func (d *deletion) record(ctx context.Context) error {
	now := time.Now().UTC()
	return d.a.store.WithPerson(ctx, d.in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		if err := p.ChangeGrace(d.in.Generation, store.GraceChange{Phase: new(lifecycle.GraceDeleted), DeletedAt: &now}); err != nil {
			return err
		}
		if err := p.CloseQuestions(d.in.Generation, "the account is deleted"); err != nil {
			return err
		}
		if err := p.CloseAlert(store.AlertKey(store.AlertPurgeStuck, d.in.PersonID), "the account is deleted"); err != nil {
			return err
		}
		attention, err := p.NeedsAttention()
		if err != nil {
			return err
		}
		if err := p.UpdateAgent(store.AgentChange{State: new(lifecycle.Deleted), NeedsAttention: &attention}); err != nil {
			return err
		}
		if err := p.AddTimeline(store.TimelineEntry{
			Kind: "account.deleted", Text: "account " + d.grace.PlatformUserID + " read back deleted; restore-deleted brings it back until it is erased",
			WorkflowID: d.workflowID(),
		}); err != nil {
			return err
		}
		return ringIfWaiting(p)
	})
}

// ringIfWaiting has the mailbox look again at what has waited for the deletion. What comes from now on rings by itself.
func ringIfWaiting(p *store.PersonTx) error {
	person, err := p.Load()
	if err != nil {
		return err
	}
	for _, e := range person.Events {
		if e.Outcome == lifecycle.Waiting {
			return p.Ring()
		}
	}
	return nil
}

// stuck asks for somebody: the deletion is decided and the platform refuses it.
func (d *deletion) stuck(ctx context.Context, cause error) (reviewID string, err error) {
	err = d.a.store.WithPerson(ctx, d.in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		review, err := p.OpenReview(store.Review{
			Kind: lifecycle.ReviewPurgeStuck, DedupeKey: d.workflowID(), WorkflowID: d.workflowID(), Generation: d.in.Generation,
			Question: fmt.Sprintf("The account's deletion is decided and the platform refuses it: %v. Make it possible there and retry; it is tried every hour anyway.", cause),
			Detail:   object(map[string]string{"account_id": d.grace.PlatformUserID}),
		})
		if err != nil {
			return err
		}
		reviewID = review.ID
		return errors.Join(
			p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)}),
			p.RaiseAlert(store.Alert{
				Kind: store.AlertPurgeStuck, Severity: store.SeverityCritical,
				Text: "A deletion past its point of no return is refused by the platform.",
			}))
	})
	return reviewID, err
}
