package api

import (
	"encoding/json"
	"time"
)

// Agent is where one person stands.
type Agent struct {
	PersonID       string     `json:"person_id"`
	ExternalIDs    []string   `json:"external_ids" nullable:"false" doc:"Every id HR knows the person by"`
	FirstName      string     `json:"first_name,omitempty"`
	LastName       string     `json:"last_name,omitempty"`
	Email          string     `json:"email,omitempty"`
	LifecycleState string     `json:"lifecycle_state" example:"active"`
	Operation      string     `json:"operation,omitempty" doc:"What has the person now: hire, transfer, termination" example:"hire"`
	OperationSince *time.Time `json:"operation_since,omitempty"`
	Generation     int64      `json:"generation" doc:"Grows each time an operation takes the person over"`
	Platform       string     `json:"platform,omitempty" example:"genesys"`
	PlatformUserID string     `json:"platform_user_id,omitempty"`
	MappingVersion int        `json:"mapping_version,omitempty"`
	NeedsAttention bool       `json:"needs_attention"`
	WorkflowID     string     `json:"workflow_id" doc:"The person's mailbox in Temporal"`
	ActivatedAt    *time.Time `json:"activated_at,omitempty"`
	UpdatedAt      *time.Time `json:"updated_at,omitempty"`
	// NextDue is the earliest instant something is due by itself; absent when that would name a confidential event.
	NextDue *time.Time `json:"next_due,omitempty"`
}

// TimelineEntry is one thing that happened to a person.
type TimelineEntry struct {
	ID            int64           `json:"id"`
	At            time.Time       `json:"at"`
	Kind          string          `json:"kind" example:"event.received"`
	Actor         string          `json:"actor"`
	ActorVerified bool            `json:"actor_verified" doc:"False when the actor is only what a bare signal claimed"`
	Text          string          `json:"text"`
	Detail        json.RawMessage `json:"detail,omitempty"`
	EventID       string          `json:"event_id,omitempty"`
	WorkflowID    string          `json:"workflow_id,omitempty"`
	RunID         string          `json:"run_id,omitempty"`
}

// Explanation says why an account is as it is, what it waits for, who can unblock it and how.
type Explanation struct {
	PersonID       string `json:"person_id"`
	LifecycleState string `json:"lifecycle_state"`
	// Sentences are the explanation in plain words, to be read from the first to the last.
	Sentences []string `json:"sentences" nullable:"false"`
	// Blocks are what has to be decided or to pass before work goes on.
	Blocks []Block `json:"blocks" nullable:"false"`
	// Plan is what the account is to become, in names of the platform's constructs.
	Plan *ExplainedPlan `json:"plan,omitempty"`
	// Events are the events that count, those that wait first.
	Events []Event `json:"events" nullable:"false"`
}

// Block is one thing that keeps work waiting.
type Block struct {
	What  string     `json:"what" doc:"What is missing"`
	Until *time.Time `json:"until,omitempty" doc:"When it ends by itself, or its deadline"`
	Who   string     `json:"who,omitempty" doc:"Who can end it" example:"role approver, not the requester and not the person"`
	// Commands are complete musterctl command lines that end it; one of them is enough.
	Commands []string `json:"commands,omitempty"`
	// Signal ends it from Temporal's UI or command line.
	Signal *Signal `json:"signal,omitempty"`
}

// Signal is what to send to a workflow by hand.
type Signal struct {
	WorkflowID string `json:"workflow_id"`
	Name       string `json:"name" example:"approval-decision"`
	// Input is the JSON to paste.
	Input string `json:"input"`
}

// ExplainedPlan is the plan in force, as far as an operator needs it to understand an account.
type ExplainedPlan struct {
	Operation      string    `json:"operation"`
	At             time.Time `json:"at" doc:"The instant HR's events were folded at"`
	MappingVersion int       `json:"mapping_version"`
	Digest         string    `json:"digest"`
	Rules          []string  `json:"rules" nullable:"false" doc:"Rules of the mapping version that decided"`
	Warnings       []string  `json:"warnings,omitempty"`
	Unmapped       []string  `json:"unmapped,omitempty" doc:"Codes that no rule answers"`
	EventIDs       []string  `json:"event_ids" nullable:"false" doc:"Events that were in effect, in the order applied"`
	Desired        any       `json:"desired" doc:"What the account is to have"`
}
