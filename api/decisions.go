package api

import (
	"encoding/json"
	"time"
)

// Approval asks a person whether something may be done.
type Approval struct {
	ID            string     `json:"id" example:"apr_01hzx3"`
	PersonID      string     `json:"person_id"`
	Kind          string     `json:"kind" example:"activation"`
	Question      string     `json:"question"`
	State         string     `json:"state" enum:"open,approved,rejected,withdrawn"`
	RequestedBy   string     `json:"requested_by,omitempty"`
	WorkflowID    string     `json:"workflow_id,omitempty"`
	PlanDigest    string     `json:"plan_digest,omitempty" doc:"What exactly would be approved"`
	OpenedAt      time.Time  `json:"opened_at"`
	Deadline      *time.Time `json:"deadline,omitempty"`
	DecidedBy     string     `json:"decided_by,omitempty"`
	DecidedAt     *time.Time `json:"decided_at,omitempty"`
	ActorVerified bool       `json:"actor_verified" doc:"False when the decision came as a bare signal"`
	Reason        string     `json:"reason,omitempty"`
}

// Review is work that is parked until a person decides.
type Review struct {
	ID            string          `json:"id" example:"rev_01hzx3"`
	PersonID      string          `json:"person_id"`
	EventID       string          `json:"event_id,omitempty"`
	Kind          string          `json:"kind" example:"unmapped"`
	Blocking      bool            `json:"blocking" doc:"True when the person's work waits for it"`
	State         string          `json:"state" enum:"open,retried,dismissed,resolved"`
	Question      string          `json:"question"`
	Detail        json.RawMessage `json:"detail,omitempty" doc:"The platform's own words, correlation id, codes"`
	WorkflowID    string          `json:"workflow_id,omitempty"`
	OpenedAt      time.Time       `json:"opened_at"`
	DecidedBy     string          `json:"decided_by,omitempty"`
	DecidedAt     *time.Time      `json:"decided_at,omitempty"`
	ActorVerified bool            `json:"actor_verified"`
	Reason        string          `json:"reason,omitempty"`
	// TwoPersons: it is about a termination, so two persons have to dismiss it.
	TwoPersons bool `json:"two_persons,omitempty" doc:"True when it is dismissed only once a second person asks for that, too"`
	// DismissalAsked is the first person's word; absent when nobody has asked for a dismissal.
	DismissalAsked *DismissalAsked `json:"dismissal_asked,omitempty" doc:"Who wants it dismissed, while a second person is waited for"`
}

// DismissalAsked says who wants a termination's review dismissed, and why.
type DismissalAsked struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// DecisionRequest is the body of a decision. Who decides is never in it: that is the token's name.
type DecisionRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Why; mandatory for reject and dismiss" example:"checked with the team lead"`
}

// ApproverOf is the role that decides about a kind of approval. A kind that is not known here is legal's: what gives access back
// or destroys must not fall to whoever may activate.
func ApproverOf(kind string) Role {
	switch kind {
	case "activation", "role_escalation", "link", "guard_release", "reconciliation_terminate":
		return RoleApprover
	}
	return RoleLegal
}

// ReviewersOf are the roles that may decide about a kind of review, the best suited first. What undoes legal's word, or is about
// somebody whose account is deleted, is legal's; the rest is an operator's, and legal may too, since what is about a planned leaving is
// shown to nobody else.
func ReviewersOf(kind string) []Role {
	switch kind {
	case "reposted", "after_deletion":
		return []Role{RoleLegal}
	}
	return []Role{RoleOperator, RoleLegal}
}
