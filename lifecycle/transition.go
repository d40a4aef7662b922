package lifecycle

import (
	"fmt"
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
	// Unsettled are the ids of the accepted events without a final outcome.
	Unsettled map[string]bool
	// BlockedBy is the id of an open review that must be decided before anything is done for the person; empty if none.
	BlockedBy string
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
	// State is set when the person's lifecycle state changes without any operation.
	State State
	// Because is one sentence for the record.
	Because string
}

// Settlement is a final outcome with its reason.
type Settlement struct {
	EventID string
	Outcome Outcome
	Reason  string
}

// EventWait says until when, for whom and for what an event waits. Until is zero when no time is set.
type EventWait struct {
	EventID string
	Until   time.Time
	For     string
	What    string
}

// Decide is the mailbox's transition function: DESIGN's table of what is due by what is going on. It is pure; whatever order
// events came in, equal situations give equal decisions.
func Decide(s Situation) Decision {
	var d Decision
	d.Do = Rest
	due := d.settleWhatStands(s)
	d.Wake = s.Picture.Next
	if len(due) == 0 {
		d.Because = "no event is due"
		return d
	}
	if s.BlockedBy != "" {
		d.wait(due, "operator", "review "+s.BlockedBy)
		d.Because = "blocked by review " + s.BlockedBy
		return d
	}
	switch {
	case s.Picture.State.Employment == hr.Left:
		d.leave(s, due, "HR ended the employment")
	case s.Picture.State.Employment == hr.NeverEmployed:
		d.settle(due, NoChange, "nothing that employs the person is in effect")
	case !s.InScope:
		d.leaveScope(s, due)
	case s.Picture.State.Status == hr.StatusOnLeave || s.Picture.State.Status == hr.StatusSuspended:
		d.leave(s, due, "HR says "+string(s.Picture.State.Status))
	default:
		d.work(s, due)
	}
	return d
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
		d.Do, d.Operation = Nudge, s.Running
		d.Because = fmt.Sprintf("the running %s takes it up", s.Running)
		return
	case Termination:
		d.wait(due, "muster", "the running isolation has to end first")
		d.Because = "an isolation is running; coming back follows it"
		return
	case None:
	}
	d.Do = Start
	switch s.State {
	case Active:
		d.Operation, d.Because = Transfer, "an active agent changes"
	case Isolating, Draining:
		// Its workflow is gone: finish taking away before giving back.
		d.Operation, d.Because = Termination, "an isolation was interrupted"
	case Held, Suspended, Deleting:
		d.Do = Rest
		d.wait(due, "legal", "the account is "+string(s.State))
		d.Because = "the account is " + string(s.State)
	case Unknown, Preparing, WaitingActivation, OnLeave, Deactivated, Deleted, OutOfScope:
		d.Operation, d.Because = Hire, "HR wants the person at work, state "+string(s.State)
	}
}

// leave: HR wants the person to have no access (termination, leave, suspension, gone from scope).
func (d *Decision) leave(s Situation, due []string, because string) {
	d.Because = because
	switch s.Running {
	case Hire, Transfer:
		d.Do, d.Operation = TakeOver, Termination
		return
	case Termination:
		d.wait(due, "muster", "the running isolation covers it")
		return
	case None:
	}
	switch s.State {
	case Deactivated, OnLeave, Held, Suspended, Deleting, Deleted:
		d.settle(due, NoChange, "the account is already "+string(s.State))
		d.State = s.restingState()
	case Unknown, Preparing, WaitingActivation, Active, Isolating, Draining, OutOfScope:
		d.Do, d.Operation = Start, Termination
	}
}

// restingState is the state an account without access has by what HR says now; empty when it is not Muster's to change.
func (s Situation) restingState() State {
	if s.State != Deactivated && s.State != OnLeave {
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

// leaveScope: employed, but nobody the contact centre knows (RULES 1).
func (d *Decision) leaveScope(s Situation, due []string) {
	if s.Running == None && !s.Linked && (s.State == Unknown || s.State == OutOfScope) {
		d.settle(due, OutcomeOutOfScope, "the registry's scope rule says: not an agent")
		d.State = OutOfScope
		d.Because = "out of scope"
		return
	}
	if s.Running == None && s.State == OutOfScope {
		d.settle(due, NoChange, "already out of scope")
		d.Because = "out of scope"
		return
	}
	d.leave(s, due, "the registry's scope rule says: no longer an agent")
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
