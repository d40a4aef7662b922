package api

import (
	"encoding/json"
	"time"
)

// AuditEntry is one row of the audit trail.
type AuditEntry struct {
	ID            int64           `json:"id"`
	At            time.Time       `json:"at"`
	Actor         string          `json:"actor"`
	ActorVerified bool            `json:"actor_verified"`
	Action        string          `json:"action"`
	Phase         string          `json:"phase" enum:"intent,result,fact" doc:"Before a write, after it, or a fact of its own"`
	IntentID      int64           `json:"intent_id,omitempty" doc:"The intent a result belongs to"`
	PersonID      string          `json:"person_id,omitempty"`
	WorkflowID    string          `json:"workflow_id,omitempty"`
	RunID         string          `json:"run_id,omitempty"`
	Detail        json.RawMessage `json:"detail,omitempty"`
}

// AuditVerdict is the result of recomputing the audit trail's chain.
type AuditVerdict struct {
	Intact   bool  `json:"intact"`
	Sealed   int64 `json:"sealed" doc:"Rows in the chain that were recomputed"`
	Unsealed int64 `json:"unsealed" doc:"Newest rows, not chained yet"`
	// OpenIntents are platform writes without a result for more than two minutes.
	OpenIntents int64 `json:"open_intents" doc:"Platform writes that have had no result for more than two minutes"`
	// BrokenAt is the first position that does not fit; absent when intact, and when no link of the chain is at fault.
	BrokenAt int64  `json:"broken_at,omitempty" doc:"First link that does not fit; absent when no link is at fault"`
	Reason   string `json:"reason,omitempty"`
	// HeadHash is the chain's last hash in hex: kept elsewhere, it also shows a chain that was cut off at its end.
	HeadHash string `json:"head_hash,omitempty" doc:"The chain's last hash; keep it elsewhere to notice a chain that was cut off"`
	// ExpectedAt is the position of the link that has the expected hash.
	ExpectedAt int64 `json:"expected_at,omitempty" doc:"Position of the expected hash; absent when none was given or no link has it"`
}
