// Package levers is how legal and operators turn a termination back, hold it, move it or bring it to its end (RULES 8). Each lever is one
// transaction on the person's record, which decides by lifecycle.Judge what happens; workflows learn of it afterwards.
package levers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/hr"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// Outcome is what pulling a lever brought about.
type Outcome struct {
	// ApprovalID is the approval that was asked for; nothing else has been done yet. Empty when none is needed.
	ApprovalID string
	// State is the person's lifecycle state now.
	State lifecycle.State
	// Deadline is the grace's; nil when there is none.
	Deadline *time.Time
	HoldID   string
	// Already: what was asked for was so before.
	Already bool
}

// Pull pulls a lever for a person and commits what follows; the caller rings the mailbox. zones are the mapping registry's. A refusal is
// a *lifecycle.LeverRefusal; store.ErrNotFound when there is no such person.
func Pull(ctx context.Context, s *store.Store, zones hr.Zones, personID string, pull lifecycle.Pull) (Outcome, error) {
	var outcome Outcome
	err := s.WithPerson(ctx, personID, func(_ context.Context, p *store.PersonTx) error {
		person, err := p.Load()
		if err != nil {
			return err
		}
		if outcome, err = Apply(p, person, Fold(person, pull.At, zones), pull); err != nil {
			return err
		}
		return p.Ring()
	})
	var refusal *lifecycle.LeverRefusal
	if errors.As(err, &refusal) {
		return Outcome{}, refusal
	}
	return outcome, err
}

// Apply is Pull within a transaction that holds the person. picture is Fold's.
func Apply(p *store.PersonTx, person store.Person, picture hr.Picture, pull lifecycle.Pull) (Outcome, error) {
	situation := situationOf(person, picture)
	effect, err := lifecycle.Judge(pull, situation)
	if err != nil {
		return Outcome{}, err
	}
	l := lever{p: p, person: person, picture: picture, pull: pull, effect: effect}
	if err := l.carryOut(); err != nil {
		return Outcome{}, err
	}
	return l.outcome, nil
}

func situationOf(person store.Person, picture hr.Picture) lifecycle.LeverSituation {
	s := lifecycle.LeverSituation{
		Standing: Standing(person, picture), Holds: person.Holds, Dismissed: dismissal(person, picture),
		Leavings: len(leavings(person, picture)), Reversed: person.Override != nil,
	}
	if person.Grace != nil && person.Grace.Open() {
		s.Grace = person.Grace
	}
	return s
}

// Standing is where a person stands as the levers see it.
func Standing(person store.Person, picture hr.Picture) lifecycle.LeaverStanding {
	agent := person.Agent
	switch {
	case agent.State == lifecycle.Deleted && person.Grace != nil && person.Grace.Phase == lifecycle.GraceErased:
		return lifecycle.LeaverErased
	case agent.State == lifecycle.Deleted:
		return lifecycle.LeaverDeleted
	case agent.State == lifecycle.Deleting:
		return lifecycle.LeaverDeleting
	case person.Grace != nil && person.Grace.Open() && len(person.Holds) > 0:
		return lifecycle.LeaverHeld
	case person.Grace != nil && person.Grace.Open() && person.Grace.Phase == lifecycle.GraceSuspended:
		return lifecycle.LeaverSuspended
	case person.Grace != nil && person.Grace.Open():
		return lifecycle.LeaverInGrace
	case agent.Operation == lifecycle.Termination:
		return lifecycle.LeaverDraining
	case picture.State.Employment == hr.Left || len(leavings(person, picture)) > 0:
		return lifecycle.BeforeIsolation
	}
	return lifecycle.NotLeaving
}

// leavings are the terminations of the person's primary employment that are in effect or to come; those of an employment before the
// present one are not among them.
func leavings(person store.Person, picture hr.Picture) (ids []string) {
	ends := map[string]bool{}
	for _, e := range person.Events {
		primary := employmentOf(e) == employment{picture.State.Namespace, picture.State.ExternalUserID}
		ends[e.Event.EventID] = primary && e.Event.EventType == hr.UserTerminate
	}
	for _, e := range picture.Events {
		if ends[e.EventID] && e.Standing != hr.Rescinded && (picture.State.HiredAt.IsZero() || e.Effective.After(picture.State.HiredAt)) {
			ids = append(ids, e.EventID)
		}
	}
	return ids
}

// dismissal says that the access ended, or is to end, by dismissal.
func dismissal(person store.Person, picture hr.Picture) bool {
	if person.Agent.DismissedLast() || picture.State.Employment == hr.Left && picture.State.Reason == hr.Involuntary {
		return true
	}
	ahead := map[string]bool{}
	for _, id := range leavings(person, picture) {
		ahead[id] = true
	}
	for _, e := range person.Events {
		if end := e.Event.Payload.Termination; ahead[e.Event.EventID] && end != nil && end.Reason == hr.Involuntary {
			return true
		}
	}
	return false
}

// lever is one lever being pulled.
type lever struct {
	p       *store.PersonTx
	person  store.Person
	picture hr.Picture
	pull    lifecycle.Pull
	effect  lifecycle.LeverEffect
	outcome Outcome
}

func (l *lever) carryOut() error {
	l.outcome = Outcome{State: l.person.Agent.State, Already: l.effect.Already}
	if l.effect.Already {
		return l.already()
	}
	steps := []struct {
		due bool
		do  func() error
	}{
		{l.effect.Ask != "", l.ask},
		{l.effect.Reverse, l.reverse},
		{l.effect.Place != "", l.place},
		{l.effect.Release != "", l.release},
		{l.effect.Phase != "" || !l.effect.Deadline.IsZero(), l.move},
		{l.effect.Erase, l.erase},
	}
	for _, step := range steps {
		if step.due {
			if err := step.do(); err != nil {
				return err
			}
		}
	}
	if l.effect.Ask != "" {
		return l.noteAsked()
	}
	return l.note("termination."+string(l.pull.Lever), l.text())
}

func (l *lever) already() error {
	if l.effect.Reverse {
		return nil
	}
	for _, h := range l.person.Holds {
		if h.Matter == l.pull.Matter {
			l.outcome.HoldID = h.ID
		}
	}
	return nil
}

// actor is who pulls, for the record.
func (l *lever) actor() string { return cmp.Or(l.pull.Actor, "unknown") }

// noteAsked puts on record who asked for what somebody else has to approve; why is in the approval.
func (l *lever) noteAsked() error {
	return l.audit("termination."+string(l.pull.Lever)+"_requested", map[string]string{
		"approval_id": l.outcome.ApprovalID, "kind": string(l.effect.Ask),
	})
}

// note puts on record who did it. Why is free text that may name people: it stays in the hold, the reversal or the approval, from where
// it can be erased, if there is one.
func (l *lever) note(kind, text string) error {
	actor := l.actor()
	if err := l.p.AddTimeline(store.TimelineEntry{Kind: kind, Actor: actor, ActorVerified: l.pull.Verified, Text: text, WorkflowID: l.workflowID()}); err != nil {
		return err
	}
	about := map[string]string{}
	if l.pull.Matter != "" {
		about["matter"] = l.pull.Matter
	}
	if !l.reasonHasARow() {
		about["reason"] = l.pull.Reason
	}
	return l.audit(kind, about)
}

// reasonHasARow says that the reason is kept in a hold, a reversal or an approval. That of a lever which leaves no row of its own would
// be nowhere but in the audit trail.
func (l *lever) reasonHasARow() bool {
	return l.pull.Lever != lifecycle.LeverReschedule && l.pull.Lever != lifecycle.LeverResume
}

func (l *lever) audit(action string, about map[string]string) error {
	detail, err := json.Marshal(about)
	if err != nil {
		return fmt.Errorf("describe the lever: %w", err)
	}
	return l.p.Audit(store.AuditFact{
		Actor: l.actor(), ActorVerified: l.pull.Verified, Action: action, WorkflowID: l.workflowID(), Detail: detail,
	})
}

func (l *lever) workflowID() string {
	if l.person.Grace != nil && l.person.Grace.Open() {
		return names.TerminationWorkflowID(l.person.PersonID, l.person.Grace.Generation)
	}
	return ""
}

func (l *lever) text() string {
	switch {
	case l.effect.Reverse:
		return "the termination is reversed: the person comes back"
	case l.effect.Place != "":
		return "a legal hold was placed"
	case l.effect.Release != "":
		return "a legal hold was released"
	case l.effect.Phase == lifecycle.GraceExpedited:
		return "the account is deleted without waiting for the deadline"
	case l.effect.Phase == lifecycle.GraceWaiting:
		return "resumed; deleted on " + l.effect.Deadline.UTC().Format(time.RFC3339) + " unless turned back"
	case l.effect.Erase:
		return "what is left of the account and the person's data is erased"
	}
	return "the deadline moves to " + l.effect.Deadline.UTC().Format(time.RFC3339)
}

// ask asks for the approval that the lever needs.
func (l *lever) ask() error {
	deadline := lifecycle.RuleFor(l.effect.Ask).Deadline(l.pull.At)
	approval, err := l.p.OpenApproval(store.Approval{
		Kind: l.effect.Ask, PlanDigest: Binds(l.effect.Ask, l.person, l.picture), RequestedBy: l.pull.Actor, Deadline: &deadline,
		Question: fmt.Sprintf("%s asks to %s. Reason: %s", l.pull.Actor, asked(l.effect.Ask), l.pull.Reason),
	})
	l.outcome.ApprovalID = approval.ID
	return err
}

// Binds is what an approval of a lever binds to. A reversal is about what HR said, whatever is being done about it meanwhile; the others
// are about an account as one termination left it.
func Binds(kind lifecycle.ApprovalKind, person store.Person, picture hr.Picture) string {
	if kind == lifecycle.ApprovalReversal {
		return fmt.Sprintf("%s of %s", kind, strings.Join(slices.Sorted(slices.Values(leavings(person, picture))), ", "))
	}
	return fmt.Sprintf("%s of generation %d", kind, person.Agent.Generation)
}

func asked(kind lifecycle.ApprovalKind) string {
	switch kind {
	case lifecycle.ApprovalReversal:
		return "reverse this person's termination, which was a dismissal"
	case lifecycle.ApprovalExpedite:
		return "delete this leaver's account without waiting for the deadline"
	case lifecycle.ApprovalErase:
		return "erase this person's data on the platform, in the archive and here, for good"
	case lifecycle.ApprovalRestoreDeleted:
		return "bring this person's deleted account back"
	case lifecycle.ApprovalActivation, lifecycle.ApprovalRehire, lifecycle.ApprovalRole, lifecycle.ApprovalLink,
		lifecycle.ApprovalGuardRelease, lifecycle.ApprovalTerminate:
	}
	return string(kind)
}

// reverse ends the termination: until HR agrees, what it said about leaving has no say (RULES 6).
func (l *lever) reverse() error {
	if grace := l.person.Grace; grace != nil && grace.Phase == lifecycle.GraceErasing {
		return &lifecycle.LeverRefusal{Lever: l.pull.Lever, Why: "the account is being erased, which legal has approved"}
	}
	override := lifecycle.Override{
		EventIDs: leavings(l.person, l.picture), MadeBy: l.pull.Actor, Reason: l.pull.Reason, MadeAt: l.pull.At, RemindAt: lifecycle.RemindAt(l.pull.At),
		Generation: l.begunIn(),
	}
	if before := l.person.Override; before != nil {
		// What was reversed before stays so.
		override.EventIDs = append(override.EventIDs, before.EventIDs...)
		override.Generation = max(override.Generation, before.Generation)
	}
	if _, err := l.p.AddOverride(override); err != nil {
		return err
	}
	for _, e := range l.person.Events {
		for _, id := range override.EventIDs {
			if e.Event.EventID == id && e.Outcome == lifecycle.Waiting {
				if err := l.p.Settle(id, lifecycle.Dismissed, "reversed by legal", l.workflowID()); err != nil {
					return err
				}
			}
		}
	}
	if grace := l.person.Grace; l.ofThisLeaving(grace) {
		change := store.GraceChange{Phase: new(lifecycle.GraceEnded), EndedBecause: new("reversed by legal")}
		if err := l.p.ChangeGrace(grace.Generation, change); err != nil {
			return err
		}
	}
	return l.p.UpdateAgent(store.AgentChange{DismissalSettled: true})
}

// begunIn is the generation of the termination that is reversed; 0 where it had not begun: then it is still nobody's business.
func (l *lever) begunIn() int64 {
	if grace := l.person.Grace; l.ofThisLeaving(grace) {
		return grace.Generation
	}
	if l.person.Agent.Operation == lifecycle.Termination {
		return l.person.Agent.Generation
	}
	return 0
}

// ofThisLeaving says that a grace is that of the leaving which is being reversed, not of an earlier one that came to its end.
func (l *lever) ofThisLeaving(grace *lifecycle.Grace) bool {
	return grace != nil && (grace.Open() || l.person.Agent.State == lifecycle.Deleted)
}

func (l *lever) place() error {
	hold, err := l.p.PlaceHold(lifecycle.Hold{
		Matter: l.effect.Place, PlacedBy: l.pull.Actor, PlacedVerified: l.pull.Verified, PlacedAt: l.pull.At, Reason: l.pull.Reason,
	})
	if err != nil {
		return err
	}
	l.outcome.HoldID = hold.ID
	l.person.Holds = append(l.person.Holds, hold)
	return l.showGrace(store.GraceChange{})
}

func (l *lever) release() error {
	if err := l.p.ReleaseHold(l.effect.Release, l.pull.Actor, l.pull.Reason, l.pull.At); err != nil {
		return err
	}
	var left []lifecycle.Hold
	for _, h := range l.person.Holds {
		if h.Matter != l.effect.Release {
			left = append(left, h)
		}
	}
	l.person.Holds = left
	return l.showGrace(store.GraceChange{})
}

func (l *lever) move() error {
	change := store.GraceChange{}
	if l.effect.Phase != "" {
		change.Phase = &l.effect.Phase
	}
	if !l.effect.Deadline.IsZero() {
		change.Deadline = &l.effect.Deadline
	}
	return l.showGrace(change)
}

// showGrace changes the grace, and the person's state by what holds and phase make of it.
func (l *lever) showGrace(change store.GraceChange) error {
	if l.person.Grace == nil || !l.person.Grace.Open() {
		return nil
	}
	grace := *l.person.Grace
	if err := l.p.ChangeGrace(grace.Generation, change); err != nil {
		return err
	}
	if change.Phase != nil {
		grace.Phase = *change.Phase
	}
	if change.Deadline != nil {
		grace.Deadline = *change.Deadline
	}
	l.outcome.State, l.outcome.Deadline = grace.State(len(l.person.Holds) > 0), &grace.Deadline
	return l.p.UpdateAgent(store.AgentChange{State: &l.outcome.State})
}

func (l *lever) erase() error {
	if l.person.Grace == nil || l.person.Grace.Phase != lifecycle.GraceDeleted {
		return &lifecycle.LeverRefusal{Lever: l.pull.Lever, Why: "the account is not deleted any more, or its erasure has begun"}
	}
	return l.p.ChangeGrace(l.person.Grace.Generation, store.GraceChange{Phase: new(lifecycle.GraceErasing)})
}
