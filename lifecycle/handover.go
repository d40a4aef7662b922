package lifecycle

import "muster/ccaas"

// Handling is what to do with a piece of live work that a leaver still has when the drain is over.
type Handling string

// The ways of handling it.
const (
	// ToQueue gives it to a queue; the customer stays and waits for another agent.
	ToQueue Handling = "to_queue"
	// ToAgent offers it to another agent.
	ToAgent Handling = "to_agent"
	// EndLeg ends the leaver's part of it and nobody else's.
	EndLeg Handling = "end_leg"
)

// Step is one way of handling live work; TargetID is a queue's or an agent's.
type Step struct {
	Handling Handling
	TargetID string
}

// spoken says that a customer is, or is to be, on the phone: such a conversation never ends by our doing.
func spoken(media string) bool { return media == "call" || media == "callback" }

// HandOver says how to handle a piece of live work, in the order to try (RULES 12): back to the queue it came through, to a queue of
// the department, to the manager. An offer that was not taken goes back to its queue when the leaver's leg ends; after-call work
// only ends; what is written ends when nobody can take it.
func HandOver(w ccaas.LiveWork, departmentQueues []string, managerID string) []Step {
	if w.State == ccaas.WorkAfterCall || w.State == ccaas.WorkAlerting {
		return []Step{{Handling: EndLeg}}
	}
	var steps []Step
	if w.QueueID != "" {
		steps = append(steps, Step{ToQueue, w.QueueID})
	}
	for _, queue := range departmentQueues {
		if queue != w.QueueID {
			steps = append(steps, Step{ToQueue, queue})
		}
	}
	if managerID != "" {
		steps = append(steps, Step{ToAgent, managerID})
	}
	if !spoken(w.Media) {
		steps = append(steps, Step{Handling: EndLeg})
	}
	return steps
}
