package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"muster/lifecycle"
	"muster/names"
)

const (
	stepArchive = "Archive: what the account was; read back"
	stepGrace   = "Grace: legal can turn it back until the account is deleted"
)

// grace waits, and deletes the account in the end. What happens is decided on the record, where legal's levers act first; this only
// wakes in time, and when told.
func (t *termination) grace(ctx workflow.Context, cancelledBefore bool) (lifecycle.OperationResult, error) {
	g := &graceWait{termination: t, alarm: newAlarm(), cancelledBefore: cancelledBefore}
	result, err := g.run(ctx)
	g.alarm.clear()
	if err != nil {
		return end(err)
	}
	return result, nil
}

type graceWait struct {
	*termination
	alarm *alarm
	// archiving is the running attempt to archive; nil when none runs. renew: a new run is due.
	archiving workflow.Future
	renew     bool
	// tried is when the last attempt to archive began; pausing: archiving is the pause after it. told: somebody was told that it fails.
	tried         time.Time
	pausing, told bool
	// cancelledBefore: the run before this one was cancelled.
	cancelledBefore bool
	// heard: the workflow's cancellation has suspended the grace; only a new run can hear another one.
	heard bool
	shown lifecycle.GraceResult
	// expired: the last wait ended with the alarm and with nothing else.
	expired bool
}

func (g *graceWait) run(ctx workflow.Context) (lifecycle.OperationResult, error) {
	for {
		g.takeRings()
		look, err := g.look(ctx)
		if err != nil {
			return lifecycle.OperationResult{}, err
		}
		switch look.Do {
		case lifecycle.GraceClose:
			return g.closed(ctx, look)
		case lifecycle.GraceDelete:
			if look, err = g.delete(ctx, look); err != nil {
				return lifecycle.OperationResult{}, err
			}
			if look.Do == lifecycle.GraceClose {
				return g.closed(ctx, look)
			}
		case lifecycle.GraceWait:
		}
		if g.heard && look.State != lifecycle.Suspended && look.State != lifecycle.Held {
			g.renew = true // resumed
		}
		if g.archiving == nil && !look.Archived {
			g.archiving, g.tried = keepArchive(ctx, g.in), workflow.Now(ctx)
		}
		if !look.Archived && !workflow.Now(ctx).Before(look.Deadline) {
			if err := g.notArchived(ctx, "a leaver's deadline has passed without an archive; nothing is deleted before there is one"); err != nil {
				return lifecycle.OperationResult{}, err
			}
		}
		if err := g.show(ctx, look); err != nil {
			return lifecycle.OperationResult{}, err
		}
		if g.renew && g.archiving == nil && !g.waiting() {
			return lifecycle.OperationResult{}, workflow.NewContinueAsNewError(ctx, names.WorkflowTermination, lifecycle.TerminationInput{OperationInput: g.in, InGrace: true})
		}
		g.alarm.set(ctx, look.Wake, look.Because)
		if err := g.await(ctx); err != nil {
			return lifecycle.OperationResult{}, err
		}
	}
}

// look asks the record what to do. When nothing has happened but that the deadline has come, it is the deletion: that asks the record
// itself, under the person's lock.
func (g *graceWait) look(ctx workflow.Context) (lifecycle.GraceResult, error) {
	cancelled := g.cancellation()
	if g.expired && !cancelled && g.shown.Archived && g.shown.State == lifecycle.Deactivated {
		look := g.shown
		look.Do, look.Because = lifecycle.GraceDelete, "the deadline has passed"
		return look, nil
	}
	return lookAtGrace(ctx, lifecycle.GraceInput{OperationInput: g.in, Now: workflow.Now(ctx), Cancelled: cancelled})
}

// cancellation reports a cancellation of the workflow, once.
func (g *graceWait) cancellation() bool {
	if g.cancelledBefore {
		g.cancelledBefore = false
		return true
	}
	cancelled := g.cancelled.Err() != nil && !g.heard
	g.heard = g.heard || cancelled
	return cancelled
}

// waiting says that something has come in that was not looked at.
func (g *graceWait) waiting() bool {
	return g.ear.busy() || g.rings.Len() > 0 || g.reviews.Len() > 0 || g.approvals.Len() > 0
}

// takeRings takes what only asks for a look. Decisions about reviews are on the record already where they count.
func (g *graceWait) takeRings() {
	for _, c := range []workflow.ReceiveChannel{g.rings, g.reviews, g.approvals, g.ear.heard} {
		for c.ReceiveAsync(nil) {
		}
	}
}

// await returns when there is a reason to look again.
func (g *graceWait) await(ctx workflow.Context) error {
	for {
		archiving := g.archiving
		if err := g.awaitOnce(ctx); err != nil {
			return err
		}
		if archiving == nil || g.archiving != nil || !g.shown.Archived || g.shown.Expedited || g.renew || g.waiting() ||
			!workflow.Now(ctx).Before(g.shown.Deadline) {
			return nil
		}
		// The archive has been read back, and that is all: there is nothing else to do before the deadline.
	}
}

func (g *graceWait) awaitOnce(ctx workflow.Context) error {
	selector := workflow.NewSelector(ctx)
	for _, c := range []workflow.ReceiveChannel{g.rings, g.reviews, g.approvals, g.ear.heard} {
		selector.AddReceive(c, func(workflow.ReceiveChannel, bool) {})
	}
	if !g.heard {
		selector.AddReceive(g.cancelled.Done(), func(workflow.ReceiveChannel, bool) {})
	}
	g.alarm.addTo(selector)
	var failed error
	if g.archiving != nil {
		selector.AddFuture(g.archiving, func(f workflow.Future) { failed = g.archived(ctx, f) })
	}
	timed := g.alarm.isSet()
	selector.Select(ctx)
	g.expired = timed && !g.alarm.isSet()
	return failed
}

const (
	// archiveWithin is after how long without an archive somebody is told.
	archiveWithin = time.Hour
	// archiveAgain is how long after an attempt to archive, or a deletion that was refused, the next one is made.
	archiveAgain = time.Hour
)

// archived: what fails for long, or is refused, needs somebody, and is tried again; until then nothing
// is deleted.
func (g *graceWait) archived(ctx workflow.Context, f workflow.Future) error {
	g.archiving = nil
	var archive lifecycle.ArchiveResult
	err := f.Get(ctx, &archive)
	switch {
	case err == nil && g.pausing:
		g.pausing = false
		return nil
	case err == nil:
		g.list.set(ctx, stepArchive, done, fmt.Sprintf("with %d conversations", archive.Conversations))
		g.shown.Archived = true
		return nil
	case fencedOff(err):
		return nil // the next look says why
	}
	g.list.set(ctx, stepArchive, parked, "not archived, nothing is deleted before it is: "+err.Error())
	if err := g.notArchived(ctx, "a leaver's account could not be archived; nothing is deleted before it is"); err != nil {
		return err
	}
	g.pausing = true
	g.archiving = workflow.NewTimerWithOptions(ctx, until(ctx, g.tried.Add(archiveAgain)), workflow.TimerOptions{Summary: "archives again"})
	return nil
}

// notArchived asks for somebody, once in a run.
func (g *graceWait) notArchived(ctx workflow.Context, text string) error {
	if g.told {
		return nil
	}
	g.told = true
	err := raiseAttention(ctx, lifecycle.AttentionInput{PhaseInput: g.phase(), Text: text, NotArchived: true})
	if fencedOff(err) {
		return nil // the next look says why
	}
	return err
}

// delete carries out what is decided. What the platform refuses for good waits for somebody, and is tried again every hour.
func (g *graceWait) delete(ctx workflow.Context, look lifecycle.GraceResult) (lifecycle.GraceResult, error) {
	g.list.set(ctx, stepGrace, running, look.Because)
	in := lifecycle.GraceInput{OperationInput: g.in, Now: workflow.Now(ctx)}
	deleted, err := deleteAccount(ctx, in)
	refusal, refused := needsReview(err)
	switch {
	case fencedOff(err):
	case refused:
		g.list.set(ctx, stepGrace, parked, "not deleted: "+refusal.Question)
	case err != nil:
		return look, err
	case deleted.Guard != nil:
		return g.deletionHeld(ctx, look, *deleted.Guard), nil
	case deleted.ReviewID == "" && deleted.Refused == "":
		return lifecycle.GraceResult{Do: lifecycle.GraceClose, State: lifecycle.Deleted, Deleted: true, Because: "read back deleted"}, nil
	}
	if look, err = lookAtGrace(ctx, in); err != nil || look.Do != lifecycle.GraceDelete {
		return look, err
	}
	look.Do, look.Wake = lifecycle.GraceWait, workflow.Now(ctx).Add(archiveAgain)
	look.Because = "the platform refuses the deletion; tried again then"
	g.list.ask(ctx, "The platform refuses a deletion that is decided. Make it possible there; then `musterctl reviews retry "+deleted.ReviewID+"`.")
	return look, nil
}

func (g *graceWait) closed(ctx workflow.Context, look lifecycle.GraceResult) (lifecycle.OperationResult, error) {
	if err := g.ear.finish(ctx); err != nil {
		return lifecycle.OperationResult{}, err
	}
	g.list.set(ctx, stepGrace, done, look.Because)
	if look.Deleted {
		return lifecycle.OperationResult{Ended: lifecycle.EndedDeleted}, markGrace(ctx, lifecycle.Deleted, false, time.Time{})
	}
	return lifecycle.OperationResult{Ended: lifecycle.TurnedBack}, nil
}

// show shows what changed since it was shown last: search attributes count as actions.
func (g *graceWait) show(ctx workflow.Context, look lifecycle.GraceResult) error {
	note := fmt.Sprintf("deleted %s unless turned back; %s", minute(look.Deadline), look.Because)
	if look.State == lifecycle.Held || look.State == lifecycle.Suspended {
		note = look.Because
	}
	g.list.set(ctx, stepGrace, running, note)
	if look.Archived {
		g.list.set(ctx, stepArchive, done, "")
	}
	g.list.ask(ctx, askAboutGrace(g.in.PersonID, look.State))
	changed := look.State != g.shown.State || !look.Deadline.Equal(g.shown.Deadline) || look.Attention != g.shown.Attention
	g.shown = look
	if !changed || g.carried(ctx, look) {
		return nil
	}
	g.state = look.State
	return markGrace(ctx, look.State, look.Attention, look.Deadline)
}

// carried says that the search attributes already show it: a new run has those of the one before.
func (g *graceWait) carried(ctx workflow.Context, look lifecycle.GraceResult) bool {
	attributes := workflow.GetTypedSearchAttributes(ctx)
	state, _ := attributes.GetKeyword(lifecycleState)
	at, _ := attributes.GetTime(purgeAt)
	attention, _ := attributes.GetBool(needsAttention)
	return state == string(look.State) && at.Equal(look.Deadline) && attention == look.Attention
}

func askAboutGrace(personID string, state lifecycle.State) string {
	if state == lifecycle.Suspended {
		return fmt.Sprintf("This workflow was cancelled, so nothing is deleted. `musterctl --as legal termination resume %s --reason …` goes on.", personID)
	}
	if state == lifecycle.Held {
		return fmt.Sprintf("`musterctl --as legal hold list --person %s` says which holds stop the deletion; each is released by another person than placed it.", personID)
	}
	return fmt.Sprintf("Legal: `musterctl --as legal termination reverse %s --reason …` brings the person back, `hold add %s --matter … --reason …` stops the deletion, "+
		"`termination reschedule %s --until … --reason …` moves it. In an emergency anybody can send the signal `hold` with\n\n```json\n{\n  \"matter\": \"which\",\n  \"actor\": \"your name\",\n"+
		"  \"reason\": \"why\"\n}\n```\n\nWhat gives access back or deletes is not heard by signal.", personID, personID, personID)
}
