// Package names is the one place for every name that two processes must agree on: workflow types and IDs, task queues,
// signals, search attributes and error types. It imports nothing of Muster, so anything may import it.
package names

import (
	"fmt"
	"strconv"
	"strings"
)

// Workflow types, as registered with Temporal.
const (
	WorkflowAgent       = "Agent"
	WorkflowHire        = "Hire"
	WorkflowTransfer    = "Transfer"
	WorkflowTermination = "Termination"
	WorkflowErasure     = "Erasure"
	WorkflowRollout     = "Rollout"
	WorkflowReconcile   = "Reconcile"
)

// Task queues. Leavers have their own queue and worker slots, so nobody's hire can stand between a leaver and the cut-off.
const (
	// QueueMuster carries the workflows and their local activities.
	QueueMuster = "muster"
	// QueueGenesys carries platform activities of joiners and movers.
	QueueGenesys = "muster-genesys"
	// QueueGenesysLeaver carries platform activities of leavers.
	QueueGenesysLeaver = "muster-genesys-leaver"
	// QueueGenesysDrain carries the waits for leavers' running conversations, which last minutes and cost next to nothing: however
	// many people drain, nobody's isolation waits for a slot.
	QueueGenesysDrain = "muster-genesys-drain"
	// QueueRecord carries long work on PostgreSQL alone, which no mailbox and no platform call waits for.
	QueueRecord = "muster-record"
)

// Signals.
const (
	// SignalRing has no content: it says "look at PostgreSQL again".
	SignalRing = "ring"
	// SignalApprovalDecision carries an ApprovalDecision as JSON.
	SignalApprovalDecision = "approval-decision"
	// SignalReviewDecision carries a ReviewDecision as JSON.
	SignalReviewDecision = "review-decision"
)

// Signals of Termination, each carrying a LeverSignal as JSON. Only SignalHold is accepted from nobody in particular.
const (
	SignalReverse     = "reverse"
	SignalHold        = "hold"
	SignalReleaseHold = "release-hold"
	SignalExpedite    = "expedite"
	SignalReschedule  = "reschedule"
	SignalResume      = "resume"
)

// Search attributes, registered by the set-up step and checked by readiness.
const (
	AttributeExternalUserID = "ExternalUserId"
	AttributeLifecycleState = "LifecycleState"
	AttributeNeedsAttention = "NeedsAttention"
	AttributePurgeAt        = "PurgeAt"
	AttributePlatform       = "Platform"
)

// ApprovalDecision is what SignalApprovalDecision carries. ApprovalID may be empty when the workflow waits for one approval only.
type ApprovalDecision struct {
	ApprovalID string `json:"approval_id,omitempty"`
	Decision   string `json:"decision"` // approve | reject
	Actor      string `json:"actor,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// ReviewDecision is what SignalReviewDecision carries.
type ReviewDecision struct {
	ReviewID string `json:"review_id,omitempty"`
	Decision string `json:"decision"` // retry | dismiss
	Actor    string `json:"actor,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// LeverSignal is what the signals of Termination carry.
type LeverSignal struct {
	Matter string `json:"matter,omitempty"` // hold, release-hold
	Until  string `json:"until,omitempty"`  // reschedule, RFC 3339
	Actor  string `json:"actor,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// The words a decision may say.
const (
	DecisionApprove = "approve"
	DecisionReject  = "reject"
	DecisionRetry   = "retry"
	DecisionDismiss = "dismiss"
	// DecisionDefault: nobody decided, and what the kind of question has for that takes effect.
	DecisionDefault = "default"
)

// Activity types. Local activities touch PostgreSQL only; the others carry out one phase on the platform.
const (
	ActivityDecide       = "Decide"
	ActivityMakePlan     = "MakePlan"
	ActivityPark         = "Park"
	ActivityTakeReview   = "TakeReview"
	ActivityOpenApproval = "OpenApproval"
	ActivityTakeApproval = "TakeApproval"
	ActivityAttention    = "RaiseAttention"
	ActivityFinish       = "Finish"
	ActivityGrace        = "LookAtGrace"
	ActivityLeverSignal  = "TakeLeverSignal"

	ActivityIdentity     = "EstablishIdentity"
	ActivityEntitlements = "PrepareEntitlements"
	ActivityJoin         = "Join"
	ActivityChange       = "Change"
	ActivityIsolate      = "Isolate"
	ActivityKeepIsolated = "KeepIsolated"
	ActivityDrain        = "Drain"
	ActivityHandOver     = "HandOver"
	ActivityDeactivate   = "Deactivate"
	ActivityArchive      = "Archive"
	ActivityDelete       = "Delete"
	ActivityErase        = "Erase"

	ActivityCarryOutRollout = "CarryOutRollout"
)

// Error types of application errors that cross an activity boundary.
const (
	// ErrorFenced: a newer operation has taken the person over; whoever gets it must stop. Never retried.
	ErrorFenced = "Fenced"
	// ErrorNeedsReview: the platform or the rules refused for good; a person has to decide. Never retried.
	ErrorNeedsReview = "NeedsReview"
	// ErrorPlatform: the platform failed in a way that passes (429, 5xx, connection). Retried.
	ErrorPlatform = "Platform"
	// ErrorNotYet: the platform accepted a change but the read-back does not show it yet. Retried.
	ErrorNotYet = "NotYet"
	// ErrorStore: PostgreSQL failed. Retried.
	ErrorStore = "Store"
)

// AgentWorkflowID is the ID of the person's mailbox.
func AgentWorkflowID(personID string) string { return "agent/" + personID }

// HireWorkflowID is the ID of the hire that took the person over at a generation.
func HireWorkflowID(personID string, generation int64) string {
	return operationID("hire", personID, generation)
}

// TransferWorkflowID is HireWorkflowID for a transfer.
func TransferWorkflowID(personID string, generation int64) string {
	return operationID("transfer", personID, generation)
}

// TerminationWorkflowID is HireWorkflowID for a termination.
func TerminationWorkflowID(personID string, generation int64) string {
	return operationID("termination", personID, generation)
}

// ErasureWorkflowID is HireWorkflowID for an erasure.
func ErasureWorkflowID(personID string, generation int64) string {
	return operationID("erasure", personID, generation)
}

// RolloutWorkflowID is the ID of the workflow that brings a change of the rules to everybody whom it concerns.
func RolloutWorkflowID(rolloutID string) string { return "rollout/" + rolloutID }

func operationID(kind, personID string, generation int64) string {
	return kind + "/" + personID + "/" + strconv.FormatInt(generation, 10)
}

// ParseAgentWorkflowID returns the person of a mailbox's ID.
func ParseAgentWorkflowID(id string) (personID string, err error) {
	personID, found := strings.CutPrefix(id, "agent/")
	if !found || personID == "" {
		return "", fmt.Errorf("workflow ID %q: want agent/{person_id}", id)
	}
	return personID, nil
}
