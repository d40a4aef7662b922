package bell

import (
	"muster/names"
	"muster/store"
)

// decisionSignal is the signal that carries a decision, and its input.
func decisionSignal(decision store.Undelivered) (signal string, input any) {
	if decision.Approval {
		return names.SignalApprovalDecision, names.ApprovalDecision{
			ApprovalID: decision.ID, Decision: decision.Decision, Actor: decision.Actor, Reason: decision.Reason,
		}
	}
	return names.SignalReviewDecision, names.ReviewDecision{
		ReviewID: decision.ID, Decision: decision.Decision, Actor: decision.Actor, Reason: decision.Reason,
	}
}
