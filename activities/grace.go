package activities

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// LookAtGrace is what the workflow of a grace asks whenever it wakes: it decides by lifecycle.LookAtGrace, records the notices that are
// due, and commits the answer.
func (a *Activities) LookAtGrace(ctx context.Context, in lifecycle.GraceInput) (lifecycle.GraceResult, error) {
	var result lifecycle.GraceResult
	err := a.store.WithPerson(ctx, in.PersonID, func(_ context.Context, p *store.PersonTx) (err error) {
		g, err := a.graceOf(p, in.OperationInput, in.Now)
		if err != nil {
			return err
		}
		if in.Cancelled {
			if err := g.suspend(p); err != nil {
				return err
			}
		}
		d, err := p.TellLegal(&g.look)
		if err != nil {
			return err
		}
		if !d.Wake.IsZero() && d.Wake.Before(d.Deadline) {
			// Legal is told by whoever watches the clock (store.KeepGraceNotices): the workflow sleeps until the deadline, and makes sure then.
			d.Wake, d.Because = d.Deadline, "delete unless turned back before"
		}
		result = lifecycle.GraceResult{
			Do: d.Do, State: d.State, Wake: d.Wake, Deadline: d.Deadline, Because: d.Because,
			Expedited: g.look.Grace.Phase == lifecycle.GraceExpedited, Archived: g.look.Grace.ArchiveID != "", Deleted: d.State == lifecycle.Deleted,
			Attention: g.view.person.Agent.NeedsAttention || d.State == lifecycle.Suspended,
		}
		return g.commit(p, d)
	})
	return result, boundary(err)
}

// grace is a leaver's grace as one look finds it.
type grace struct {
	view view
	look lifecycle.GraceLook
}

// graceOf reads a grace by its own generation, whatever the person's is now.
func (a *Activities) graceOf(p *store.PersonTx, in lifecycle.OperationInput, now time.Time) (*grace, error) {
	v, err := a.look(p, now)
	if err != nil {
		return nil, err
	}
	look, err := p.GraceLook(v.person, in.Generation, now)
	if err != nil {
		return nil, err
	}
	look.Employed = v.picture.State.Employment == hr.Employed
	g := &grace{view: v, look: look}
	if v.picture.Ahead.Employment == hr.Employed {
		g.look.ComingBack = v.picture.Next
	}
	return g, nil
}

// suspend: whoever cancels the workflow stops the deletion, and an operator has to say that it goes on.
func (g *grace) suspend(p *store.PersonTx) error {
	if g.look.Grace.Phase != lifecycle.GraceWaiting && g.look.Grace.Phase != lifecycle.GraceExpedited {
		return nil
	}
	if err := g.change(p, store.GraceChange{Phase: new(lifecycle.GraceSuspended)}); err != nil {
		return err
	}
	if err := p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)}); err != nil {
		return err
	}
	if err := p.RaiseAlert(store.Alert{
		Kind: store.AlertGraceSuspended, Severity: store.SeverityCritical,
		Text: "The workflow of a leaver's grace was cancelled. Nothing is deleted until somebody resumes it.",
	}); err != nil {
		return err
	}
	return g.note(p, "grace.suspended", "the workflow of the grace was cancelled: nothing is deleted until it is resumed")
}

func (g *grace) change(p *store.PersonTx, c store.GraceChange) error {
	if c.Phase != nil {
		g.look.Grace.Phase = *c.Phase
	}
	if c.Deadline != nil {
		g.look.Grace.Deadline = *c.Deadline
	}
	if c.ArchiveID != nil {
		g.look.Grace.ArchiveID = *c.ArchiveID
	}
	g.look.Grace.Version++
	return p.ChangeGrace(g.look.Grace.Generation, c)
}

func (g *grace) note(p *store.PersonTx, kind, text string) error {
	return p.AddTimeline(store.TimelineEntry{
		Kind: kind, Text: text, WorkflowID: names.TerminationWorkflowID(g.look.Grace.PersonID, g.look.Grace.Generation),
	})
}

// commit notes that the workflow has acted on the grace as it is now, and what the person's state is.
func (g *grace) commit(p *store.PersonTx, d lifecycle.GraceDecision) error {
	if err := p.GraceSeen(g.look.Grace.Generation, g.look.Grace.Version); err != nil {
		return err
	}
	if g.look.Grace.Phase != lifecycle.GraceSuspended {
		if err := p.CloseAlert(store.AlertKey(store.AlertGraceSuspended, g.look.Grace.PersonID), "the grace is not suspended any more"); err != nil {
			return err
		}
	}
	if !g.look.Grace.Open() {
		if err := p.WithdrawReleases(g.look.Grace.Generation, "the grace is over"); err != nil {
			return err
		}
		if err := p.CloseAlert(store.AlertKey(store.AlertArchiveFailing, g.look.Grace.PersonID), "the grace is over"); err != nil {
			return err
		}
	}
	agent := g.view.person.Agent
	if agent.Generation != g.look.Grace.Generation || d.State == "" {
		return nil
	}
	for _, r := range g.view.person.Reviews {
		if r.Kind == lifecycle.ReviewPurgeStuck && r.State != store.ReviewOpen {
			// Whatever was decided: the deletion is past its point of no return and is tried again.
			if err := p.TakeUpReview(r.ID); err != nil {
				return err
			}
		}
	}
	if agent.State == d.State {
		return nil
	}
	attention, err := p.NeedsAttention()
	if err != nil {
		return err
	}
	attention = attention || d.State == lifecycle.Suspended
	return p.UpdateAgent(store.AgentChange{State: &d.State, NeedsAttention: &attention})
}

// signalText is how much of a text in a signal sent by hand is kept, in characters.
const signalText = 500

func short(text string) string {
	if runes := []rune(strings.TrimSpace(text)); len(runes) > signalText {
		return string(runes[:signalText])
	}
	return strings.TrimSpace(text)
}

// TakeLeverSignal hears a signal that somebody sent by hand. Only a hold is placed on nobody's word; everything else is refused, with
// the reason where people look.
func (a *Activities) TakeLeverSignal(ctx context.Context, in lifecycle.LeverSignalInput) error {
	return boundary(a.store.WithPerson(ctx, in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		v, err := a.look(p, in.Now)
		if err != nil {
			return err
		}
		pull := lifecycle.Pull{
			Lever: in.Lever, Actor: cmp.Or(short(in.Signal.Actor), "unknown"), Reason: short(in.Signal.Reason),
			Matter: strings.TrimSpace(in.Signal.Matter), At: in.Now,
		}
		why := "its content could not be read; expected a JSON object with matter, actor and reason"
		if in.Readable {
			if _, err = levers.Apply(p, v.person, v.picture, pull); err == nil {
				return nil
			}
			refusal, refused := refusalText(err)
			if !refused {
				return err
			}
			why = refusal
		}
		return p.AddTimeline(store.TimelineEntry{
			Kind: "signal.refused", Actor: "unknown", Text: fmt.Sprintf("signal %s refused: %s", in.Lever, why),
			WorkflowID: names.TerminationWorkflowID(in.PersonID, in.Generation),
		})
	}))
}
