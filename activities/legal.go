package activities

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/levers"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// hearLegal takes up what legal has decided and what follows for a reversal from what HR has said since. It returns the person as they
// stand afterwards.
func (a *Activities) hearLegal(p *store.PersonTx, v view, now time.Time) (view, error) {
	for _, step := range []func(*store.PersonTx, view, time.Time) (bool, error){
		pullApproved, decideReposted, decideAfterDeletion, reviewOverride, decidePutBack,
	} {
		for range stepsAtOnce {
			did, err := step(p, v, now)
			if err != nil {
				return v, err
			}
			if !did {
				break
			}
			if v, err = a.look(p, now); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

// stepsAtOnce bounds how often a step is taken at one look: each time it settles something for good.
const stepsAtOnce = 50

// pullApproved pulls the levers whose approval was granted. What has become impossible meanwhile lapses, visibly.
func pullApproved(p *store.PersonTx, v view, now time.Time) (pulled bool, err error) {
	// What brings somebody back goes before what deletes.
	approvals := slices.SortedStableFunc(slices.Values(v.person.Approvals), func(a, b store.Approval) int {
		return cmp.Compare(destroys(a.Kind), destroys(b.Kind))
	})
	for _, approval := range approvals {
		lever := lifecycle.LeverOf(approval.Kind)
		if lever == "" || approval.State != store.ApprovalApproved {
			continue
		}
		pull := lifecycle.Pull{
			Lever: lever, Actor: approval.RequestedBy, Verified: true, At: now, Approved: true,
			Reason: fmt.Sprintf("approved by %s: %s", approval.DecidedBy, approval.Reason),
		}
		lapsed := ""
		if approval.PlanDigest != levers.Binds(approval.Kind, v.person, v.picture) {
			lapsed = "what it was about is not so any more"
		} else if _, err := levers.Apply(p, v.person, v.picture, pull); err != nil {
			refusal, refused := refusalText(err)
			if !refused {
				return false, err
			}
			lapsed = refusal
		}
		if lapsed != "" {
			entry := store.TimelineEntry{Kind: "approval.lapsed", Text: "approval " + approval.ID + " was granted and came to nothing: " + lapsed}
			if err := p.AddTimeline(entry); err != nil {
				return false, err
			}
			if err := p.RaiseAlert(store.Alert{
				Kind: store.AlertApprovalLapsed, Severity: store.SeverityWarning, SubjectID: approval.ID, LapsesAt: new(now.AddDate(0, 0, lapsedDays)),
				Text: "An approval was granted and came to nothing: what it was about is not so any more.",
			}); err != nil {
				return false, err
			}
		}
		if err := p.TakeUpApproval(approval.ID); err != nil {
			return false, err
		}
		return true, nil // the others, if any, are judged by what stands now, at the next look
	}
	return false, nil
}

// lapsedDays is how long an alert about a lapsed approval stays.
const lapsedDays = 7

func destroys(kind lifecycle.ApprovalKind) int {
	if kind == lifecycle.ApprovalExpedite || kind == lifecycle.ApprovalErase {
		return 1
	}
	return 0
}

// parkEvent asks about one event, which waits for the answer; nothing else does.
func parkEvent(p *store.PersonTx, q lifecycle.EventQuestion) error {
	review, err := p.OpenReview(store.Review{Kind: q.Kind, Question: q.Question, EventID: q.EventID, DedupeKey: q.EventID})
	if err != nil {
		return err
	}
	return p.SetWaiting(q.EventID, store.Wait{For: "operator", What: "review " + review.ID + ": " + string(q.Kind)})
}

// decidedEvents are the events whose review of a kind was decided and not taken up, by what was decided.
func (v view) decidedEvents(kind lifecycle.ReviewKind) map[string]store.Review {
	decided := map[string]store.Review{}
	for _, r := range v.person.Reviews {
		if r.Kind == kind && r.State != store.ReviewOpen {
			decided[r.EventID] = r
		}
	}
	return decided
}

// decideReposted asks about terminations that only say again what legal has reversed, and takes up the answers: carried out after all,
// or reversed like the first.
func decideReposted(p *store.PersonTx, v view, now time.Time) (changed bool, err error) {
	decided := v.decidedEvents(lifecycle.ReviewReposted)
	for _, id := range levers.Reposted(v.person) {
		review, answered := decided[id]
		switch {
		case !answered:
			err = parkEvent(p, lifecycle.EventQuestion{
				EventID: id, Kind: lifecycle.ReviewReposted,
				Question: "HR has sent again the termination that legal reversed. Retry carries it out; dismiss keeps the reversal.",
			})
		case review.State == store.ReviewDismissed:
			changed = true
			err = errors.Join(
				p.Settle(id, lifecycle.Dismissed, "legal's reversal stands", names.AgentWorkflowID(v.person.PersonID)),
				p.OverrideEvents(v.person.Override.ID, []string{id}), p.TakeUpReview(review.ID))
		default:
			changed = true
			err = errors.Join(p.CloseOverride(v.person.Override.ID, "HR's termination is carried out after all", now), p.TakeUpReview(review.ID))
		}
		if err != nil {
			return false, err
		}
	}
	return changed, nil
}

// decideAfterDeletion takes up what was decided about events that came after the account was deleted.
func decideAfterDeletion(p *store.PersonTx, v view, _ time.Time) (changed bool, err error) {
	for id, review := range v.decidedEvents(lifecycle.ReviewAfterDeletion) {
		changed = true
		if review.State == store.ReviewDismissed && v.unsettled[id] {
			err = p.Settle(id, lifecycle.Dismissed, "it came after the account was deleted", names.AgentWorkflowID(v.person.PersonID))
		}
		if err := errors.Join(err, p.TakeUpReview(review.ID)); err != nil {
			return false, err
		}
	}
	return changed, nil
}

// reviewOverride ends a reversal that HR has come to agree with, or has overtaken, and reminds of one that HR has not agreed to yet.
func reviewOverride(p *store.PersonTx, v view, now time.Time) (changed bool, err error) {
	override := v.person.Override
	switch {
	case override == nil:
		return false, nil
	case levers.Agreed(v.person, now, v.zones):
		return true, p.CloseOverride(override.ID, "HR agrees: it no longer tells of the termination", now)
	case levers.EndedAnew(v.person):
		return true, p.CloseOverride(override.ID, "HR has ended the employment in another way", now)
	case !override.RemindAt.After(now):
		return true, p.RemindOverride(override.ID, lifecycle.RemindAt(now))
	}
	return false, nil
}

// wake is when the mailbox looks again by itself.
func (v view) wake(d lifecycle.Decision) time.Time {
	if v.person.Override == nil || !d.Wake.IsZero() && d.Wake.Before(v.person.Override.RemindAt) {
		return d.Wake
	}
	return v.person.Override.RemindAt
}

// keepGrace ends a grace whose person comes back, and gives one whose workflow was lost time before it goes on. It returns the workflow
// that has to be told of what has changed.
func (v view) keepGrace(p *store.PersonTx, d lifecycle.Decision, known knownToRun, now time.Time) (ring string, err error) {
	grace := v.person.Grace
	if grace == nil {
		return "", nil
	}
	changed := grace.Version > max(grace.SeenVersion, 1) // its workflow begins with a look
	switch {
	case !grace.Open():
	case d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver:
		changed = true
		err = p.ChangeGrace(grace.Generation, store.GraceChange{Phase: new(lifecycle.GraceEnded), EndedBecause: new(endsGrace(d.Operation))})
	case d.EndGrace:
		changed = true
		err = p.ChangeGrace(grace.Generation, store.GraceChange{Phase: new(lifecycle.GraceEnded), EndedBecause: new("HR employs the person")})
	case d.Do == lifecycle.Restart:
		return "", restartGrace(p, *grace, now)
	}
	// One that has ended is told without asking whether it runs: it sees for itself that it is done.
	told := grace.Phase == lifecycle.GraceEnded || grace.Open() && known.graceRuns(grace)
	if err != nil || !changed || !told {
		return "", err
	}
	return names.TerminationWorkflowID(v.person.PersonID, grace.Generation), nil
}

// endsGrace is why an operation that begins ends a grace: what begins is the way back, or takes away again what is there again.
func endsGrace(begins lifecycle.Operation) string {
	if begins == lifecycle.Termination {
		return "the account was found active: its access ends anew"
	}
	return "the person comes back"
}

// restartGrace: nobody was told of the deadline while the workflow was away, so there are three days at least.
func restartGrace(p *store.PersonTx, grace lifecycle.Grace, now time.Time) error {
	change := store.GraceChange{}
	if grace.Phase == lifecycle.GraceExpedited {
		// Whoever ended the workflow may have meant to stop the deletion: it has to be asked for again.
		change.Phase = new(lifecycle.GraceWaiting)
	}
	if least := now.Add(lifecycle.GraceAfterSuspension()); grace.Phase != lifecycle.GraceDeleting && grace.Deadline.Before(least) {
		change.Deadline = &least
	}
	return errors.Join(
		p.ChangeGrace(grace.Generation, change),
		p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)}),
		p.RaiseAlert(store.Alert{
			Kind: store.AlertGraceRestarted, Severity: store.SeverityCritical, LapsesAt: new(now.Add(lifecycle.GraceAfterSuspension())),
			Text: "The workflow of a leaver's grace was terminated or lost and has been started again; nothing is deleted for three days at least.",
		}),
		p.AddTimeline(store.TimelineEntry{
			Kind: "grace.restarted", Text: "the workflow of the grace was terminated or lost; it goes on",
			WorkflowID: names.TerminationWorkflowID(grace.PersonID, grace.Generation),
		}))
}

// refusalText is why a lever could not be pulled, if that is what an error says.
func refusalText(err error) (string, bool) {
	var refusal *lifecycle.LeverRefusal
	if errors.As(err, &refusal) {
		return refusal.Why, true
	}
	return "", false
}
