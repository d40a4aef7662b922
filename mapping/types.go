// Package mapping is the registry: rules that translate HR codes into contact-centre constructs by name, in immutable
// versions. Resolve is a pure function; the registry never creates skills, queues or roles on a platform.
package mapping

import (
	"time"

	"muster/hr"
)

// Desired is the state an account must have, in names of the platform's constructs. Slices are sorted and free of duplicates.
type Desired struct {
	Platform       string   `json:"platform"`
	Division       string   `json:"division,omitempty"`
	Title          string   `json:"title,omitempty"`      // from the job title rule
	Department     string   `json:"department,omitempty"` // from the department rule
	Location       string   `json:"location,omitempty"`
	Queues         []Queue  `json:"queues,omitempty"`
	Roles          []string `json:"roles,omitempty"`
	Skills         []Rated  `json:"skills,omitempty"`
	Languages      []Rated  `json:"languages,omitempty"`
	Groups         []string `json:"groups,omitempty"`
	ManagementUnit string   `json:"management_unit,omitempty"`
	WorkPlan       string   `json:"work_plan,omitempty"`
	// OwnedElsewhere is what of the account somebody else writes: the account need not have it, and Muster does not write it (RULES 16).
	OwnedElsewhere []Ownable `json:"owned_elsewhere,omitempty"`
}

// Queue is a queue to be a member of; Fallback stands in when Name no longer exists on the platform.
type Queue struct {
	Name     string `json:"name"`
	Fallback string `json:"fallback,omitempty"`
}

// Rated is a skill or language with a proficiency from 0 to 5.
type Rated struct {
	Name        string  `json:"name"`
	Proficiency float64 `json:"proficiency"`
}

// Policies are the department's rules for how operations run.
type Policies struct {
	// ActivationApproval: a team lead must approve before the account is joined to its queues.
	ActivationApproval bool `json:"activation_approval"`
	// DrainWindow is how long a leaver's running conversations may go on (default 300 s).
	DrainWindow time.Duration `json:"drain_window"`
	// HandOverWindow is how long the hand-over of a leaver's live work may take (default 1 m); for a dismissal it is at most 15 s.
	HandOverWindow time.Duration `json:"hand_over_window,omitempty"`
	// Grace is how long a deactivated account is kept before deletion (default 30 × 24 h).
	Grace time.Duration `json:"grace"`
	// ApprovalDeadline after the start is when an undecided activation needs attention (default 4 h).
	ApprovalDeadline time.Duration `json:"approval_deadline"`
}

// Unmapped is a code in scope that no rule answers.
type Unmapped struct {
	Kind string `json:"kind"` // skill | department | job_title | location
	Code string `json:"code"`
}

// Resolution is what the registry says about a person at an instant.
type Resolution struct {
	Version  int        `json:"version"`
	InScope  bool       `json:"in_scope"`
	Desired  Desired    `json:"desired"`
	Policies Policies   `json:"policies"`
	Unmapped []Unmapped `json:"unmapped,omitempty"`
	// Rules names the rules used, e.g. "department SUPP_L2", for the explanation.
	Rules    []string `json:"rules,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Resolver answers for one version. *Registry implements it.
type Resolver interface {
	// Resolve says what state must have at the instant. It is pure: the same arguments give the same answer.
	Resolve(state hr.State, at time.Time) Resolution
	// Managed is every construct that the version manages: only these are ever taken away from an account.
	Managed() Managed
	// Zones are the version's time zones.
	Zones() hr.Zones
	// VersionNumber is the version's number, from 1 up.
	VersionNumber() int
}
