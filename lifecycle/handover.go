package lifecycle

import "muster/ccaas"

// Handling is what to do with a piece of live work that a leaver still has when the drain is over.
type Handling string

// The ways of handling it.
const (
	// ToQueue gives it to a queue; the customer stays and waits for another agent.
	ToQueue Handling = "to_queue"
	// ToAgent offers it to the leaver's manager.
	ToAgent Handling = "to_agent"
	// ToSupervisor offers it to another supervisor of its queue.
	ToSupervisor Handling = "to_supervisor"
	// EndLeg ends the leaver's part of it and nobody else's.
	EndLeg Handling = "end_leg"
)

// Step is one way of handling live work; TargetID is a queue's or an agent's.
type Step struct {
	Handling Handling
	TargetID string
}

// Takers are who can take work over from a leaver, by ids of the platform.
type Takers struct {
	// Queues are those of the leaver's department.
	Queues []string
	// ManagerID is the leaver's manager; empty when there is none who can take anything now.
	ManagerID string
	// Supervisors of the work's queue who can take something now, in the order to try.
	Supervisors []string
}

// spoken says that a customer is, or is to be, on the phone: such a conversation never ends by our doing.
func spoken(media string) bool { return media == "call" || media == "callback" }

// Transferable says that somebody else could take it in its present state.
func Transferable(w ccaas.LiveWork) bool {
	return w.State != ccaas.WorkAfterCall && w.State != ccaas.WorkAlerting
}

// HandOver says how to handle a piece of live work, in the order to try (RULES 12): back to the queue it came through, to a queue of
// the department, to the manager, to another supervisor. An offer that was not taken goes back to its queue when the leaver's leg
// ends, and a caller whose offer has no queue is left to ring; after-call work only ends; what is written ends when nobody can
// take it.
func HandOver(w ccaas.LiveWork, takers Takers) []Step {
	if !Transferable(w) {
		if w.State == ccaas.WorkAlerting && w.QueueID == "" && spoken(w.Media) {
			return nil
		}
		return []Step{{Handling: EndLeg}}
	}
	var steps []Step
	add := func(handling Handling, target string) {
		for _, step := range steps {
			if step.TargetID == target {
				return
			}
		}
		if target != "" {
			steps = append(steps, Step{handling, target})
		}
	}
	add(ToQueue, w.QueueID)
	for _, queue := range takers.Queues {
		add(ToQueue, queue)
	}
	add(ToAgent, takers.ManagerID)
	for _, supervisor := range takers.Supervisors {
		add(ToSupervisor, supervisor)
	}
	if !spoken(w.Media) {
		steps = append(steps, Step{Handling: EndLeg})
	}
	return steps
}

// HasLeft says that the employment of somebody in this state has ended and the access with it: whom they managed moves up one level
// (RULES 12). Somebody on leave, or out of the contact centre's scope, still manages.
func (s State) HasLeft() bool {
	switch s {
	case Deactivated, Held, Suspended, Deleting, Deleted:
		return true
	case Unknown, Preparing, WaitingActivation, Active, OnLeave, Isolating, Draining, OutOfScope:
	}
	return false
}
