package lifecycle

import (
	"fmt"
	"slices"
	"time"

	"muster/hr"
)

// Situation is all a mailbox knows when it is rung: what HR wants, what the registry says to it, where the person stands.
type Situation struct {
	// Picture is the fold of the person's events at Picture.At, which is now.
	Picture hr.Picture
	// InScope is the registry's answer for Picture.State.
	InScope bool
	// State is the recorded lifecycle state, Linked whether an account of the platform is known to be the person's.
	State  State
	Linked bool
	// Running is the operation that the mailbox knows to be running; None when there is none.
	Running Operation
	// Changed: a plan made now would bring about something else than the plan made last, or knows an answer that it did not.
	Changed bool
	// Interrupted: the record says that an operation has the person, and none runs.
	Interrupted bool
	// Dismissed: the last the person saw, or is to see, of the platform is a dismissal: whatever HR says now, the access ends before
	// it is given back, which is for legal to approve.
	Dismissed bool
	// Unsettled are the ids of the accepted events without a final outcome; Planned are those the plan made last settles.
	Unsettled map[string]bool
	Planned   map[string]bool
	// BlockedBy is the id of an open review that must be decided before anything is done for the person; empty if none.
	BlockedBy string
	// Grace is the leaver's grace, the newest; nil when there never was one. GraceRuns says whether its workflow runs.
	Grace     *Grace
	GraceRuns bool
	// Reversed: legal has reversed the termination that HR still tells of.
	Reversed bool
	// Answered: somebody has decided about a review of the running operation, which has not taken that up.
	Answered bool
	// Owner is who owns the person's account in Muster's place (RULES 16), in words; empty: nobody does. EndedElsewhere are the keys of
	// questions to the owner (OwnerQuestion) that somebody has dismissed: the access was ended there.
	Owner          string
	EndedElsewhere map[string]bool
}

// Action is what the mailbox does next.
type Action string

// The actions.
const (
	// Rest: nothing to do until rung or until Decision.Wake.
	Rest Action = "rest"
	// Start starts Decision.Operation under a new generation.
	Start Action = "start"
	// TakeOver starts Decision.Operation under a new generation although another operation runs; that one is cancelled.
	TakeOver Action = "take_over"
	// Nudge tells the running operation to look again.
	Nudge Action = "nudge"
	// Restart starts the workflow of a grace again, which was terminated or lost. No new generation: nothing else has begun.
	Restart Action = "restart"
)

// Decision is what to do about a situation.
type Decision struct {
	Do        Action
	Operation Operation
	// Wake is when to look again if nobody rings; zero when nothing is timed.
	Wake time.Time
	// Settle brings events to their final outcome now.
	Settle []Settlement
	// Waits says, for each event still open, what it waits for.
	Waits []EventWait
	// Park are the events that a person has to decide about, with the question.
	Park []EventQuestion
	// State is set when the person's lifecycle state changes without any operation.
	State State
	// EndGrace: the grace ends although nothing is started, since HR employs the person.
	EndGrace bool
	// AskOwner asks somebody to end an access that is not Muster's to end; nil: nobody need be asked, or any more.
	AskOwner *OwnerQuestion
	// Blocked: a review has to be decided before anything is known of what the person needs; what was asked stays asked.
	Blocked bool
	// Because is one sentence for the record.
	Because string
}

// Settlement is a final outcome with its reason.
type Settlement struct {
	EventID string
	Outcome Outcome
	Reason  string
}

// EventQuestion is what a person has to decide about an event.
type EventQuestion struct {
	EventID  string
	Kind     ReviewKind
	Question string
}

// ForHR is who an event waits for when only another event can end its wait: that event rings by itself.
const ForHR = "hr"

// EventWait says until when, for whom and for what an event waits. Until is zero when no time is set.
type EventWait struct {
	EventID string
	Until   time.Time
	For     string
	What    string
}

// Wanted is what HR and the registry together want for a person.
type Wanted string

// What may be wanted.
const (
	// AtWork: a working account.
	AtWork Wanted = "at_work"
	// NoAccess: no account that work or a login could reach.
	NoAccess Wanted = "no_access"
)

// Want says what is wanted for a state that HR gives and the registry's answer to it.
func Want(state hr.State, inScope bool) Wanted {
	if state.Employment == hr.Employed && inScope && state.Status != hr.StatusOnLeave && state.Status != hr.StatusSuspended {
		return AtWork
	}
	return NoAccess
}

// Decide is the mailbox's transition function: DESIGN's table of what is due by what is going on. What is to be done follows from
// what is wanted now and where the person stands, whether or not an event is due: an event that was taken back or moved to another
// day is due no more and changes what is wanted all the same. It is pure; equal situations give equal decisions.
func Decide(s Situation) Decision {
	d := Decision{Do: Rest, Wake: s.Picture.Next}
	due := d.settleWhatStands(s)
	if s.BlockedBy != "" {
		d.wait(due, "operator", "review "+s.BlockedBy)
		d.Because, d.Blocked = "blocked by review "+s.BlockedBy, true
		return d
	}
	if s.wanted() == AtWork {
		d.work(s, due)
	} else {
		d.leave(s, due)
	}
	if s.Owner != "" {
		d.elsewhere(s, due)
	}
	d.keepGrace(s)
	return d
}

// keepGrace sees to it that an open grace has its workflow, whatever ended it: without it nothing is ever deleted, nor is legal told.
func (d *Decision) keepGrace(s Situation) {
	if d.Do != Rest || s.Running != None {
		return
	}
	if s.employedInGrace() {
		// On leave or out of scope: whom HR employs has no delete timer, and keeps the account that has no access.
		d.EndGrace = true
		if s.wanted() == NoAccess {
			d.State = RestingState(s.Picture.State, s.InScope)
		}
		return
	}
	if s.Grace != nil && s.Grace.Open() && !s.GraceRuns {
		d.Do, d.Operation = Restart, Termination
		d.Because = "the grace has lost its workflow"
	}
	if s.Grace != nil && (s.Grace.Phase == GraceErasing || s.Grace.Phase == GraceErased) && s.State == Deleted && s.Linked {
		d.Do, d.Operation = Start, Erasure
		d.Because = "legal approved the erasure"
	}
}

// employedInGrace says that the grace of somebody runs on whom HR employs, and that it can still be turned back.
func (s Situation) employedInGrace() bool {
	return s.Grace != nil && s.Grace.Open() && s.Grace.Phase != GraceDeleting && s.Picture.State.Employment == hr.Employed
}

func (s Situation) wanted() Wanted {
	return WantAfter(s.Dismissed, s.State, s.Picture.State, s.InScope)
}

// WantAfter is Want for somebody in a lifecycle state who may have been dismissed: an access that a dismissal was to end does not
// go on because HR has hired the person again meanwhile.
func WantAfter(dismissed bool, at State, state hr.State, inScope bool) Wanted {
	if dismissed && (at == Active || at == Isolating || at == Draining) {
		return NoAccess
	}
	return Want(state, inScope)
}

// settleWhatStands settles events whose standing alone decides them and returns the ids of those that are due.
func (d *Decision) settleWhatStands(s Situation) (due []string) {
	for _, e := range s.Picture.Events {
		if !s.Unsettled[e.EventID] {
			continue
		}
		switch e.Standing {
		case hr.Superseded:
			d.Settle = append(d.Settle, Settlement{e.EventID, Superseded, by("superseded", e.By)})
		case hr.Rescinded:
			d.Settle = append(d.Settle, Settlement{e.EventID, Rescinded, by("rescinded", e.By)})
		case hr.Future:
			d.Waits = append(d.Waits, EventWait{EventID: e.EventID, Until: e.Effective, For: "time", What: "takes effect then"})
		case hr.Unmatched:
			d.Waits = append(d.Waits, EventWait{EventID: e.EventID, For: ForHR, What: "the event it refers to has not come, or is about somebody else"})
		case hr.Contributes:
			due = append(due, e.EventID)
		}
	}
	return due
}

func by(what, eventID string) string {
	if eventID == "" {
		return what + " by later events"
	}
	return what + " by " + eventID
}

// work: HR wants the person at work.
func (d *Decision) work(s Situation, due []string) {
	switch s.Running {
	case Hire, Transfer:
		d.nudge(s, due)
		return
	case Termination:
		// The fence stops the isolation wherever it is: who is wanted at work again does not wait to be cut off first.
		d.Do, d.Operation, d.Because = TakeOver, Hire, "HR or legal turned the running termination back"
		return
	case Erasure:
		d.whileErasing(s, due)
		return
	case None:
	}
	switch s.State {
	case Deleting:
		d.wait(due, "legal", "the account is being deleted; coming back follows")
		d.Because = "the account is being deleted"
		return
	case Deleted:
		if s.beingErased() {
			d.wait(due, "muster", "the account is being erased; coming back follows")
			d.Because = "the erasure is past its point of no return"
			return
		}
		if !s.Reversed && !s.hiredAnew(due) {
			d.parkAll(s, due, "what it says would bring a deleted account back")
			return
		}
	case Unknown, Preparing, WaitingActivation, Active, OnLeave, Isolating, Draining, Deactivated, Held, Suspended, OutOfScope:
	}
	if len(due) == 0 && !s.Changed && !s.Interrupted {
		d.Because = "nothing is due"
		return
	}
	d.Do, d.Operation, d.Because = Start, Hire, "HR wants the person at work, state "+string(s.State)
	if s.State == Active {
		d.Operation, d.Because = Transfer, "an active agent changes"
	}
}

// whileErasing: an erasure goes on whatever HR says; one that the platform refuses is told when somebody has settled it.
func (d *Decision) whileErasing(s Situation, due []string) {
	d.wait(due, "muster", "the account is being erased")
	d.Because = "the account is being erased"
	if s.Answered {
		d.Do, d.Operation = Nudge, Erasure
	}
}

// beingErased says that an erasure is past its point of no return and not at its end: it only goes forward, whatever HR says meanwhile.
func (s Situation) beingErased() bool {
	return s.Grace != nil && s.Grace.Phase == GraceErased && s.Linked
}

// hiredAnew says that a hire is among the due events: that alone brings somebody back whose account is deleted, without anybody's word.
func (s Situation) hiredAnew(due []string) bool {
	return slices.ContainsFunc(s.Picture.Events, func(e hr.EventStanding) bool {
		return e.Type == hr.UserCreate && slices.Contains(due, e.EventID)
	})
}

// parkAll asks about events that came after the account was deleted, but for those that only say again that the person has left.
func (d *Decision) parkAll(s Situation, due []string, why string) {
	d.Because = "the account is deleted"
	for _, e := range s.Picture.Events {
		switch {
		case !slices.Contains(due, e.EventID):
		case e.Type == hr.UserTerminate:
			d.settle([]string{e.EventID}, NoChange, "the account is already deleted")
		default:
			d.Park = append(d.Park, EventQuestion{e.EventID, ReviewAfterDeletion, fmt.Sprintf(
				"The account was deleted and %s says otherwise: %s. To bring the account back: restore-deleted, which legal approves. Dismiss to leave it deleted.", e.Type, why)})
		}
	}
}

// nudge tells the running operation of what its plan does not know yet.
func (d *Decision) nudge(s Situation, due []string) {
	d.Because = fmt.Sprintf("the running %s has it", s.Running)
	unplanned := slices.ContainsFunc(due, func(id string) bool { return !s.Planned[id] })
	if unplanned || s.Changed {
		d.Do, d.Operation = Nudge, s.Running
		d.Because = fmt.Sprintf("the running %s takes it up", s.Running)
	}
}

// leave: nobody may reach the person with work, nor the person the platform (termination, leave, suspension, out of scope, not
// employed yet).
func (d *Decision) leave(s Situation, due []string) {
	d.Because = s.whyNoAccess()
	switch s.Running {
	case Hire, Transfer:
		d.Do, d.Operation = TakeOver, Termination
		return
	case Termination:
		d.wait(due, "muster", "the running termination covers it")
		return
	case Erasure:
		d.whileErasing(s, due)
		return
	case None:
	}
	switch s.State {
	case Preparing, WaitingActivation, Active, Isolating, Draining:
		d.Do, d.Operation = Start, Termination
	case Unknown, OutOfScope:
		d.leaveUntouched(s, due)
	case Deleted:
		d.parkAll(s, due, "it tells something of somebody who has left")
	case Deactivated, OnLeave, Held, Suspended, Deleting:
		if s.beginsGrace() {
			d.Do, d.Operation = Start, Termination
			return
		}
		d.settle(due, NoChange, "the account is already "+string(s.State))
		d.State = s.restingState()
	}
}

// beginsGrace says that an account without access is a leaver's and has no delete timer: on leave or out of scope before, or its grace was
// turned back by what is not so any more. A termination begins one, and ends with it open or with no account linked, so it is not begun
// again and again. What was deleted or erased has the state that says so, and is asked about elsewhere.
func (s Situation) beginsGrace() bool {
	return s.Linked && s.Picture.State.Employment == hr.Left && (s.Grace == nil || !s.Grace.Open())
}

// leaveUntouched: Muster has done nothing for the person. Somebody who left may still have an account that nobody told us of.
func (d *Decision) leaveUntouched(s Situation, due []string) {
	employment := s.Picture.State.Employment
	switch {
	case s.beginsGrace():
		d.Do, d.Operation = Start, Termination
	case len(due) == 0:
		d.Because = "nothing is due"
	case s.Linked:
		d.settle(due, NoChange, "the account has no access")
		d.State = s.restingState()
	case employment == hr.Employed && !s.InScope:
		d.settle(due, OutcomeOutOfScope, "the registry's scope rule says: not an agent")
		d.State = OutOfScope
	case s.State == OutOfScope:
		d.settle(due, OutcomeOutOfScope, "never was an agent")
	case employment == hr.NeverEmployed:
		d.settle(due, NoChange, "nothing that employs the person is in effect")
	default:
		d.Do, d.Operation = Start, Termination
	}
}

func (s Situation) whyNoAccess() string {
	state := s.Picture.State
	switch {
	case Want(state, s.InScope) == AtWork:
		return "a dismissal is carried out before the person comes back"
	case state.Employment == hr.Left:
		return "HR ended the employment"
	case state.Employment == hr.NeverEmployed:
		return "HR does not employ the person yet, or no longer"
	case !s.InScope:
		return "the registry's scope rule says: not an agent"
	default:
		return "HR says " + string(state.Status)
	}
}

// restingState is the state an account without access has by what HR says now; empty when it is not Muster's to change.
func (s Situation) restingState() State {
	if s.State != Deactivated && s.State != OnLeave && s.State != OutOfScope {
		return ""
	}
	return RestingState(s.Picture.State, s.InScope)
}

// RestingState is the lifecycle state of an account that has no access, by what HR says.
func RestingState(state hr.State, inScope bool) State {
	switch {
	case state.Employment != hr.Employed:
		return Deactivated
	case !inScope:
		return OutOfScope
	default:
		return OnLeave
	}
}

func (d *Decision) settle(events []string, o Outcome, reason string) {
	for _, id := range events {
		d.Settle = append(d.Settle, Settlement{id, o, reason})
	}
}

func (d *Decision) wait(events []string, who, what string) {
	for _, id := range events {
		d.Waits = append(d.Waits, EventWait{EventID: id, For: who, What: what})
	}
}
