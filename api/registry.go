package api

import (
	"encoding/json"
	"time"
)

// MappingVersion is one immutable version of the mapping registry.
type MappingVersion struct {
	Version   int       `json:"version"`
	Digest    string    `json:"digest"`
	Author    string    `json:"author"`
	Reason    string    `json:"reason,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	// YAML is the version's text; left out of lists.
	YAML string `json:"yaml,omitempty"`
}

// NewMappingVersion is the body that adds a version, when it is sent as JSON.
type NewMappingVersion struct {
	YAML   string `json:"yaml" doc:"The registry's rules"`
	Reason string `json:"reason,omitempty" doc:"Why the version is added"`
}

// ResolveRequest asks what the registry would give a person with these HR codes.
type ResolveRequest struct {
	Version        int        `json:"version,omitempty" doc:"A version's number; the latest when absent"`
	At             *time.Time `json:"at,omitempty" doc:"The instant; now when absent"`
	DepartmentCode string     `json:"department_code,omitempty" example:"SUPP_L2"`
	JobTitleCode   string     `json:"job_title_code,omitempty" example:"SR_TECH_SUPPORT"`
	LocationCode   string     `json:"location_code,omitempty"`
	SkillCodes     []string   `json:"skill_codes,omitempty"`
	Timezone       string     `json:"timezone,omitempty"`
}

// Resolution is the registry's answer: in scope or not, the desired account, the rules used, the codes without a rule.
type Resolution struct {
	Version  int             `json:"version"`
	InScope  bool            `json:"in_scope"`
	Desired  json.RawMessage `json:"desired" doc:"What the account would have, in names of the platform's constructs"`
	Policies json.RawMessage `json:"policies"`
	Unmapped []string        `json:"unmapped" nullable:"false"`
	Rules    []string        `json:"rules" nullable:"false"`
	Warnings []string        `json:"warnings" nullable:"false"`
}
