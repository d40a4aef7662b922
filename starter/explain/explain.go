// Package explain says in plain words why a person's account is as it is, what it waits for, who can unblock it and how.
//
// It is pure, and it is given only what the reader may see: so nothing it says can give more away.
package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/lifecycle"
)

// Situation is all that an explanation is made of.
type Situation struct {
	Agent api.Agent
	// Events of the person, oldest first, as the reader may see them.
	Events []api.Event
	// Approvals and Reviews that are open, or decided and not taken up by their workflow yet.
	Approvals []api.Approval
	Reviews   []api.Review
	// Withheld: there are more of them, which only role legal may see.
	Withheld bool
	// Plan is the newest; nil when none has been made.
	Plan *lifecycle.Plan
	// Termination is where the person stands as a leaver, as the reader may see it; nil when there is nothing to say.
	Termination *api.Termination
}

// Explain makes the explanation. The same situation gives the same text.
func Explain(s Situation) api.Explanation {
	explanation := api.Explanation{
		PersonID:       s.Agent.PersonID,
		LifecycleState: s.Agent.LifecycleState,
		Blocks:         blocks(s),
		Plan:           explainedPlan(s.Plan),
		Events:         waitingFirst(s.Events),
	}
	explanation.Sentences = append(explanation.Sentences, stateSentence(s.Agent), linkSentence(s.Agent))
	if s.Agent.Operation != "" {
		explanation.Sentences = append(explanation.Sentences, operationSentence(s.Agent))
	}
	explanation.Sentences = append(explanation.Sentences, leaverSentences(s.Termination)...)
	if s.Agent.NeedsAttention {
		explanation.Sentences = append(explanation.Sentences, "It needs a person's attention.")
	}
	for _, block := range explanation.Blocks {
		explanation.Sentences = append(explanation.Sentences, blockSentence(block))
	}
	switch {
	case s.Withheld:
		explanation.Sentences = append(explanation.Sentences, "Something waits for a decision that only role legal may see.")
	case len(explanation.Blocks) > 0:
	case s.Agent.NeedsAttention:
		explanation.Sentences = append(explanation.Sentences, "No decision is open: the timeline says what happened.")
	default:
		explanation.Sentences = append(explanation.Sentences, "Nothing is waiting for a decision.")
	}
	explanation.Sentences = append(explanation.Sentences, planSentences(s.Plan, s.Events)...)
	explanation.Sentences = append(explanation.Sentences, eventSentences(explanation.Events)...)
	return explanation
}

func stateSentence(agent api.Agent) string {
	text := map[lifecycle.State]string{
		lifecycle.Unknown:           "is known from HR, and nothing has been done on the platform yet",
		lifecycle.Preparing:         "is being prepared: the account is in no queue yet",
		lifecycle.WaitingActivation: "has a prepared account that is in no queue: joining waits for an approval",
		lifecycle.Active:            "is active: the account was read back as planned and takes work",
		lifecycle.OnLeave:           "is on leave: the account is inactive and in no queue, and will not be deleted",
		lifecycle.Isolating:         "is being taken out of all queues",
		lifecycle.Draining:          "is out of all queues; conversations that were running may end",
		lifecycle.Deactivated:       "has an inactive account that is deleted when its grace ends, unless reversed",
		lifecycle.Held:              "has an inactive account under a hold: it is not deleted",
		lifecycle.Suspended:         "has an inactive account whose deletion is suspended until an operator resumes it",
		lifecycle.Deleting:          "has an account that is being deleted: this can no longer be stopped",
		lifecycle.Deleted:           "has no account any more",
		lifecycle.OutOfScope:        "is outside the contact centre by the registry's scope: no account is kept for the person",
	}[lifecycle.State(agent.LifecycleState)]
	if text == "" {
		text = "is in state " + agent.LifecycleState
	}
	sentence := agent.PersonID + " " + text
	if agent.UpdatedAt != nil {
		sentence += fmt.Sprintf(" (last changed %s)", moment(*agent.UpdatedAt))
	}
	return sentence + "."
}

func linkSentence(agent api.Agent) string {
	if agent.PlatformUserID == "" {
		return "No account on a platform is linked."
	}
	sentence := fmt.Sprintf("The linked account is user %s on %s", agent.PlatformUserID, agent.Platform)
	if agent.ActivatedAt != nil {
		sentence += ", activated " + moment(*agent.ActivatedAt)
	}
	return sentence + "."
}

func operationSentence(agent api.Agent) string {
	sentence := fmt.Sprintf("A %s has the person", agent.Operation)
	if agent.OperationSince != nil {
		sentence += " since " + moment(*agent.OperationSince)
	}
	return sentence + fmt.Sprintf(" (workflow %s/%s/%d).", agent.Operation, agent.PersonID, agent.Generation)
}

func blockSentence(block api.Block) string {
	var text strings.Builder
	text.WriteString("Waits for " + strings.TrimSuffix(block.What, "."))
	if block.Until != nil {
		text.WriteString(", until " + moment(*block.Until))
	}
	text.WriteString(".")
	if block.Who != "" {
		text.WriteString(" Who can decide: " + block.Who + ".")
	}
	if len(block.Commands) > 0 {
		text.WriteString(" How: " + strings.Join(block.Commands, "  or  "))
	}
	if block.Signal != nil {
		fmt.Fprintf(&text, "  or, in Temporal, signal %s to %s with %s", block.Signal.Name, block.Signal.WorkflowID, block.Signal.Input)
	}
	return text.String()
}

func planSentences(plan *lifecycle.Plan, events []api.Event) []string {
	if plan == nil {
		return []string{"No plan has been made yet."}
	}
	sentences := []string{fmt.Sprintf("The plan is a %s by mapping version %d, from HR's state at %s.",
		plan.Operation, plan.MappingVersion, moment(plan.At))}
	if counted := nameable(plan.EventIDs, events); len(counted) > 0 {
		sentences = append(sentences, "Events that decided, in the order applied: "+strings.Join(counted, ", ")+".")
	}
	if len(plan.Rules) > 0 {
		sentences = append(sentences, "Rules used: "+strings.Join(plan.Rules, "; ")+".")
	}
	if unmapped := unmappedCodes(plan); len(unmapped) > 0 {
		sentences = append(sentences, "Codes without a rule: "+strings.Join(unmapped, ", ")+".")
	}
	if len(plan.Warnings) > 0 {
		sentences = append(sentences, "Warnings: "+strings.Join(plan.Warnings, "; ")+".")
	}
	return sentences
}

// nameable leaves out the ids of events that the reader may not recognise.
func nameable(ids []string, events []api.Event) (kept []string) {
	for _, id := range ids {
		if !slices.ContainsFunc(events, func(e api.Event) bool { return e.EventID == id && e.Confidential }) {
			kept = append(kept, id)
		}
	}
	return kept
}

func eventSentences(events []api.Event) []string {
	sentences := make([]string, 0, len(events))
	for _, event := range events {
		if event.Confidential {
			if event.Outcome == string(lifecycle.Waiting) {
				sentences = append(sentences, "A pending HR event is known; only role legal may see what it is.")
			}
			continue
		}
		var text strings.Builder
		fmt.Fprintf(&text, "Event %s (%s", event.EventID, event.EventType)
		if event.TimestampUTC != nil {
			text.WriteString(" of " + moment(*event.TimestampUTC))
		}
		fmt.Fprintf(&text, " from %s): %s", event.SourceSystem, strings.ReplaceAll(event.Outcome, "_", " "))
		if event.Reason != "" {
			text.WriteString(", " + strings.TrimSuffix(event.Reason, "."))
		}
		if event.Waiting != nil {
			text.WriteString(waitingText(*event.Waiting))
		}
		sentences = append(sentences, text.String()+".")
	}
	return sentences
}

func waitingText(wait api.Wait) string {
	var text string
	if wait.What != "" {
		text += " for " + strings.TrimSuffix(wait.What, ".")
	}
	if wait.For != "" {
		text += " by " + wait.For
	}
	if wait.Until != nil {
		text += " until " + moment(*wait.Until)
	}
	return text
}

// waitingFirst keeps the order but puts what waits before what is settled: that is what the reader came for.
func waitingFirst(events []api.Event) []api.Event {
	ordered := make([]api.Event, 0, len(events))
	for _, waiting := range []bool{true, false} {
		for _, event := range events {
			if (event.Outcome == string(lifecycle.Waiting)) == waiting {
				ordered = append(ordered, event)
			}
		}
	}
	return ordered
}

func explainedPlan(plan *lifecycle.Plan) *api.ExplainedPlan {
	if plan == nil {
		return nil
	}
	return &api.ExplainedPlan{
		Operation: string(plan.Operation), At: plan.At, MappingVersion: plan.MappingVersion, Digest: plan.Digest,
		Rules: append([]string{}, plan.Rules...), Warnings: plan.Warnings, Unmapped: unmappedCodes(plan),
		EventIDs: append([]string{}, plan.EventIDs...), Desired: plan.Desired,
	}
}

func unmappedCodes(plan *lifecycle.Plan) []string {
	var codes []string
	for _, unmapped := range plan.Unmapped {
		codes = append(codes, strings.TrimSpace(unmapped.Kind+" "+unmapped.Code))
	}
	return codes
}

// moment writes an instant the way all sentences do.
func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05Z") }
