package api

import "time"

// MaxHoldBatch is how many persons one batch of holds may name.
const MaxHoldBatch = 1000

// Hold keeps a person's account and data from being deleted, for one matter of legal's.
type Hold struct {
	ID       string    `json:"id" example:"hld_01hzx3"`
	PersonID string    `json:"person_id"`
	Matter   string    `json:"matter" example:"2026/117"`
	PlacedBy string    `json:"placed_by"`
	PlacedAt time.Time `json:"placed_at"`
	Reason   string    `json:"reason"`
	// PlacedVerified is false when the hold came as a bare signal.
	PlacedVerified bool       `json:"placed_verified" doc:"False when the hold came as a bare signal"`
	ReleasedBy     string     `json:"released_by,omitempty"`
	ReleasedAt     *time.Time `json:"released_at,omitempty" doc:"Absent while it is in force"`
	ReleaseReason  string     `json:"release_reason,omitempty"`
}

// MatterPattern is what a matter's id looks like: opaque, and nothing a path or a log would mangle.
const MatterPattern = `^[A-Za-z0-9._:/ -]{1,128}$`

// HoldRequest is the body that places a hold.
type HoldRequest struct {
	Matter string `json:"matter" pattern:"^[A-Za-z0-9._:/ -]{1,128}$" doc:"The matter's id with legal" example:"2026/117"`
	Reason string `json:"reason" maxLength:"2000" doc:"Why; mandatory, and shown to legal and auditors only"`
}

// ReleaseRequest is the body that releases a hold.
type ReleaseRequest struct {
	Reason string `json:"reason" maxLength:"2000" doc:"Why; mandatory, and shown to legal and auditors only"`
}

// HoldBatch is the body that places a hold for one matter on many persons.
type HoldBatch struct {
	Matter    string   `json:"matter" pattern:"^[A-Za-z0-9._:/ -]{1,128}$" doc:"The matter's id with legal" example:"2026/117"`
	Reason    string   `json:"reason" maxLength:"2000" doc:"Why; mandatory, and shown to legal and auditors only"`
	PersonIDs []string `json:"person_ids" minItems:"1" maxItems:"1000" nullable:"false" doc:"Person ids, or any of their external ids"`
}

// HoldReceipt says what came of one person of a batch. A hold is in force when it has an outcome.
type HoldReceipt struct {
	// ID is the person as the request named them.
	ID      string        `json:"id"`
	Outcome *LeverOutcome `json:"outcome,omitempty"`
	Problem *Problem      `json:"problem,omitempty" doc:"Why no hold was placed"`
}

// HoldReceipts answers a batch, one receipt for each person in the order sent.
type HoldReceipts struct {
	Items []HoldReceipt `json:"items" nullable:"false"`
}
