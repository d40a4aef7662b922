package api

import "time"

// EventStatus is what the front door did with an event.
type EventStatus string

// The front door's verdicts.
const (
	EventAccepted  EventStatus = "accepted"
	EventDuplicate EventStatus = "duplicate"
	EventRejected  EventStatus = "rejected"
)

// EventReceipt says what the front door did with one event. It is given after the event's row is committed.
type EventReceipt struct {
	EventID       string      `json:"event_id" doc:"The event's own id; empty when it could not be read"`
	ProcessingKey string      `json:"processing_key,omitempty" doc:"SHA-256 over namespace, external user id, timestamp and type" example:"9f86d081884c7d65"`
	Status        EventStatus `json:"status" enum:"accepted,duplicate,rejected" doc:"What was done with it"`
	WorkflowID    string      `json:"workflow_id,omitempty" doc:"The person's mailbox in Temporal" example:"agent/WD-EMP-99284"`
	Problem       *Problem    `json:"problem,omitempty" doc:"Why it was rejected"`
}

// EventReceipts answers a batch, one receipt for each event in the order sent.
type EventReceipts struct {
	Events []EventReceipt `json:"events" nullable:"false" doc:"One receipt for each event, in the order sent"`
}

// Event is what became of an HR event. Outside role legal a termination that is not yet in effect is an unnamed pending HR
// event: type, times, processing key and waits are left out.
type Event struct {
	EventID        string     `json:"event_id"`
	EventType      string     `json:"event_type,omitempty" doc:"Absent for a pending HR event that the reader may not see" example:"USER_UPDATE"`
	SourceSystem   string     `json:"source_system" example:"WORKDAY"`
	Namespace      string     `json:"namespace,omitempty" doc:"Namespace the external id belongs to"`
	ExternalUserID string     `json:"external_user_id,omitempty"`
	PersonID       string     `json:"person_id,omitempty"`
	TimestampUTC   *time.Time `json:"timestamp_utc,omitempty" doc:"When HR issued it"`
	ReceivedAt     time.Time  `json:"received_at"`
	ProcessingKey  string     `json:"processing_key,omitempty"`
	Confidential   bool       `json:"confidential,omitempty" doc:"True when details are withheld from the reader's role"`
	// Outcome is final unless it is "waiting".
	Outcome   string     `json:"outcome" enum:"waiting,applied,no_change,duplicate,superseded,rescinded,dismissed,out_of_scope,owned_elsewhere,rejected"`
	OutcomeAt *time.Time `json:"outcome_at,omitempty"`
	Reason    string     `json:"reason,omitempty" doc:"Why it came out like that"`
	// WorkflowID is the workflow that settled it, or is at it.
	WorkflowID string         `json:"workflow_id,omitempty"`
	Waiting    *Wait          `json:"waiting,omitempty" doc:"What it waits for, while it does"`
	Defects    []FieldProblem `json:"defects,omitempty" doc:"What was wrong with a termination that acts all the same"`
	Problems   []FieldProblem `json:"problems,omitempty" doc:"Why it was rejected, field by field"`
}

// Wait is what an event waits for.
type Wait struct {
	Until *time.Time `json:"until,omitempty" doc:"Absent when no instant ends the wait by itself"`
	For   string     `json:"for,omitempty" doc:"Who can end it" example:"registry-editor"`
	What  string     `json:"what,omitempty" doc:"What it waits for" example:"a rule for skill SVC_VIP"`
}
