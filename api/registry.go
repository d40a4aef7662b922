package api

import (
	"encoding/json"
	"time"
)

// MappingVersion is one immutable version of the mapping registry.
type MappingVersion struct {
	Version     int        `json:"version"`
	State       string     `json:"state" enum:"submitted,approved,rejected,withdrawn,scheduled,published,superseded" doc:"published: in force now; scheduled: published for a later day"`
	Digest      string     `json:"digest" doc:"Of what the rules say: comments, layout and order do not change it"`
	Author      string     `json:"author"`
	Reason      string     `json:"reason,omitempty"`
	BaseVersion int        `json:"base_version,omitempty" doc:"The newest publication when it was submitted: what its author changed"`
	CreatedAt   time.Time  `json:"created_at"`
	EffectiveAt *time.Time `json:"effective_at,omitempty" doc:"From when on it is in force"`
	// Steps is what happened to it, in order; left out of lists.
	Steps []MappingStep `json:"steps,omitempty"`
	// YAML is the version's text; left out of lists.
	YAML string `json:"yaml,omitempty"`
}

// MappingStep is something that happened to a version.
type MappingStep struct {
	Step        string     `json:"step" enum:"submitted,approved,rejected,withdrawn,published"`
	Actor       string     `json:"actor"`
	At          time.Time  `json:"at"`
	Reason      string     `json:"reason,omitempty"`
	EffectiveAt *time.Time `json:"effective_at,omitempty"`
}

// NewMappingVersion is the body that submits a version, or keeps or changes a draft, when it is sent as JSON.
type NewMappingVersion struct {
	YAML   string `json:"yaml" doc:"The registry's rules"`
	Reason string `json:"reason,omitempty" doc:"Why the rules change"`
}

// MappingDraft is a text in the making.
type MappingDraft struct {
	ID               string    `json:"id"`
	Author           string    `json:"author"`
	Reason           string    `json:"reason,omitempty"`
	CreatedAt        time.Time `json:"created_at"`
	UpdatedAt        time.Time `json:"updated_at"`
	SubmittedVersion int       `json:"submitted_version,omitempty" doc:"The version it became"`
	// YAML is the draft's text; left out of lists.
	YAML string `json:"yaml,omitempty"`
}

// PublishRequest puts an approved version in force.
type PublishRequest struct {
	Reason        string     `json:"reason" doc:"Why, and why now"`
	EffectiveDate string     `json:"effective_date,omitempty" format:"date" doc:"The first day on which it is in force, from 00:00 in the version's time zone" example:"2027-01-01"`
	EffectiveAt   *time.Time `json:"effective_at,omitempty" doc:"The instant from which on it is in force; without either, at once"`
}

// PlanRequest asks what a text would change, and what is wrong with it.
type PlanRequest struct {
	YAML string `json:"yaml" doc:"The registry's rules"`
}

// MappingPlan is what a text would change, against the newest publication.
type MappingPlan struct {
	Digest      string `json:"digest,omitempty" doc:"Of what the rules say; empty where they cannot be read"`
	BaseVersion int    `json:"base_version,omitempty" doc:"The newest publication, which it is held against"`
	// Mistakes have to be mended before the text can be submitted.
	Mistakes []MappingFinding `json:"mistakes" nullable:"false" doc:"What has to be mended before it can be submitted"`
	// Notices are for a person to read.
	Notices     []MappingFinding    `json:"notices" nullable:"false" doc:"What somebody should look at, and may mean"`
	Differences []MappingDifference `json:"differences" nullable:"false"`
	Catalogues  []CheckedCatalogue  `json:"catalogues" nullable:"false" doc:"The platforms whose names the rules were held against"`
	Unchecked   []string            `json:"unchecked" nullable:"false" doc:"Platforms whose names could not be read, and why: there, names were not checked"`
}

// MappingFinding is something about a line of a text.
type MappingFinding struct {
	Line     int    `json:"line,omitempty"`
	Field    string `json:"field,omitempty"`
	Found    string `json:"found"`
	Expected string `json:"expected,omitempty"`
}

// String is a finding as a compiler would print it, without the file.
func (f MappingFinding) String() string {
	text := f.Found
	if f.Expected != "" {
		text = "found " + f.Found + ", expected " + f.Expected
	}
	if f.Field != "" {
		text = f.Field + ": " + text
	}
	return text
}

// MappingDifference is a rule that differs between two versions.
type MappingDifference struct {
	Change string `json:"change" enum:"added,removed,changed"`
	Rule   string `json:"rule" example:"skill SVC_TECH"`
	Text   string `json:"text" doc:"The whole difference in one line"`
	Line   int    `json:"line,omitempty" doc:"Where it stands: in the later text, or in the former one for what was removed"`
}

// MappingDiff is the difference between two versions.
type MappingDiff struct {
	From        int                 `json:"from"`
	To          int                 `json:"to"`
	Differences []MappingDifference `json:"differences" nullable:"false"`
}

// CheckedCatalogue is a platform whose names were read.
type CheckedCatalogue struct {
	Platform string    `json:"platform"`
	ReadAt   time.Time `json:"read_at"`
}

// Rollout is how a change of the rules reaches people.
type Rollout struct {
	ID      string    `json:"id"`
	Version int       `json:"version"`
	Cause   string    `json:"cause" enum:"publication,date" doc:"A version takes effect, or a rule of it begins or ends on a date"`
	About   []string  `json:"about,omitempty" doc:"The rules that begin or end"`
	DueAt   time.Time `json:"due_at"`
	State   string    `json:"state" enum:"scheduled,running,paused,done,superseded"`
	// Concerned is 0 until the rollout has begun.
	Concerned  int        `json:"concerned" doc:"People for whom something has to be done; 0 until it has begun"`
	Done       int        `json:"done"`
	Waits      int        `json:"waits" doc:"People whom something else holds: a review, an approval"`
	UnderWay   int        `json:"under_way"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	ChangedBy  string     `json:"changed_by,omitempty" doc:"Who paused or resumed it last"`
	Reason     string     `json:"reason,omitempty"`
	WorkflowID string     `json:"workflow_id"`
}

// PriorityWeight is the one strategy by which rules that meet on a skill are resolved: all targets apply; where several rules name the same
// one, the higher weight wins, then the higher proficiency.
const PriorityWeight = "PRIORITY_WEIGHT"

// ResolveRequest asks what the registry would give a person with these HR codes, or, with HRSkillCode, what one skill code means.
type ResolveRequest struct {
	Version            int        `json:"version,omitempty" doc:"A version's number; the one in force when absent"`
	At                 *time.Time `json:"at,omitempty" doc:"The instant; now when absent"`
	EffectiveDate      string     `json:"effective_date,omitempty" format:"date" doc:"In place of at: 00:00 of that day in the version's time zone" example:"2027-01-01"`
	ResolutionStrategy string     `json:"resolution_strategy,omitempty" enum:"PRIORITY_WEIGHT" doc:"How rules that meet on one skill are resolved; there is one way"`
	HRSkillCode        string     `json:"hr_skill_code,omitempty" doc:"Asks what this one skill code means; the codes of a person are left out then" example:"SVC_TECH"`
	Platform           string     `json:"platform,omitempty" doc:"With hr_skill_code: on this platform; the registry's when absent"`
	DepartmentCode     string     `json:"department_code,omitempty" example:"SUPP_L2"`
	JobTitleCode       string     `json:"job_title_code,omitempty" example:"SR_TECH_SUPPORT"`
	LocationCode       string     `json:"location_code,omitempty"`
	SkillCodes         []string   `json:"skill_codes,omitempty"`
	Timezone           string     `json:"timezone,omitempty"`
}

// Resolution is the registry's answer: in scope or not, the desired account, the rules used, the codes without a rule.
type Resolution struct {
	Version  int             `json:"version"`
	At       time.Time       `json:"at" doc:"The instant it was asked for"`
	InScope  bool            `json:"in_scope" doc:"Of a person; false for a question about one code"`
	Desired  json.RawMessage `json:"desired,omitempty" doc:"What a person's account would have, in names of the platform's constructs"`
	Policies json.RawMessage `json:"policies,omitempty"`
	// Targets are what one skill code gives.
	Targets  []ResolvedTarget `json:"targets,omitempty" doc:"What one skill code gives"`
	Unmapped []string         `json:"unmapped" nullable:"false" doc:"Codes without a rule"`
	Retired  bool             `json:"retired,omitempty" doc:"The skill code's rule has ended, as published, and nothing follows: it stands for nothing"`
	Rules    []string         `json:"rules" nullable:"false" doc:"The rules that answered, in words"`
	Used     []UsedRule       `json:"used" nullable:"false" doc:"The same for programs, with lines of the version's text"`
	Warnings []string         `json:"warnings" nullable:"false"`
}

// ResolvedTarget is a construct that a skill code gives.
type ResolvedTarget struct {
	Kind        string  `json:"kind" enum:"skill,language"`
	Platform    string  `json:"platform"`
	Name        string  `json:"name"`
	Proficiency float64 `json:"proficiency"`
	Weight      int     `json:"weight"`
}

// UsedRule is a rule that answered.
type UsedRule struct {
	Kind          string   `json:"kind"`
	Code          string   `json:"code,omitempty"`
	Platform      string   `json:"platform,omitempty" doc:"The platform that the rule is for; any when absent"`
	EffectiveDate string   `json:"effective_date,omitempty"`
	SunsetDate    string   `json:"sunset_date,omitempty"`
	Line          int      `json:"line"`
	Gives         []string `json:"gives,omitempty"`
}
