package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// document is a registry as its text says it, in canonical order: lists sorted wherever order means nothing. Its JSON is
// what the digest is taken of; the lower-case fields (lines, instants) are no part of it.
type document struct {
	Platform         string            `json:"platform"`
	Zone             string            `json:"time_zone"`
	OrganisationZone string            `json:"organisation_zone"`
	ScopeDefault     bool              `json:"scope_default"`
	Scope            []scopeRule       `json:"scope"` // the order means something: the first match wins
	Skills           []skillRule       `json:"skills"`
	Departments      []departmentRule  `json:"departments"`
	JobTitles        []jobTitleRule    `json:"job_titles"`
	Locations        []locationRule    `json:"locations"`
	Legacy           map[string]string `json:"time_zones"`
	Roles            []roleRule        `json:"roles,omitempty"`
	Defaults         defaults          `json:"defaults"`
	SunsetWarning    *time.Duration    `json:"sunset_warning,omitempty"`
	Queues           []queueMinimum    `json:"queues,omitempty"`
	Guards           *guardSettings    `json:"guards,omitempty"`
	Unmanaged        *unmanaged        `json:"unmanaged,omitempty"`
	Elsewhere        []elsewhere       `json:"owned_elsewhere,omitempty"`

	references                                                                     []reference
	registryLine, platformLine, scopeLine, defaultsLine, guardsLine, unmanagedLine int
	legacyLines                                                                    map[string]int
}

// roleRule says whether a role may be added to somebody who is at work without asking.
type roleRule struct {
	Name     string `json:"name"`
	Approval bool   `json:"approval"`

	line int
}

// skillRule says what an HR skill code gives on the platform.
type skillRule struct {
	rule
	Skills    []Target `json:"skills,omitempty"`
	Languages []Target `json:"languages,omitempty"`
}

// departmentRule says where a department's people work.
type departmentRule struct {
	rule
	Platform       string         `json:"platform"`
	Department     string         `json:"department,omitempty"`
	Division       string         `json:"division,omitempty"`
	ManagementUnit string         `json:"management_unit,omitempty"`
	WorkPlan       string         `json:"work_plan,omitempty"`
	TimeZone       string         `json:"time_zone,omitempty"`
	Queues         []Queue        `json:"queues,omitempty"`
	Roles          []string       `json:"roles,omitempty"`
	Groups         []string       `json:"groups,omitempty"`
	Policies       policySettings `json:"policies"`
}

// jobTitleRule says what a job title gives.
type jobTitleRule struct {
	rule
	Title     string   `json:"title,omitempty"`
	Queues    []Queue  `json:"queues,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	Skills    []Target `json:"skills,omitempty"`
	Languages []Target `json:"languages,omitempty"`
	Groups    []string `json:"groups,omitempty"`
}

// locationRule says what a location is on the platform.
type locationRule struct {
	rule
	Location string   `json:"location,omitempty"`
	Groups   []string `json:"groups,omitempty"`
	TimeZone string   `json:"time_zone,omitempty"`
}

// defaults is what holds for everyone in scope.
type defaults struct {
	Roles    []string       `json:"roles,omitempty"`
	Policies policySettings `json:"policies"`
}

// Target is a skill or language on the platform, as a rule gives it. The weight, from 0 to 1000, decides where rules meet on one.
type Target struct {
	Name        string  `json:"name"`
	Proficiency float64 `json:"proficiency"`
	Weight      int     `json:"weight"`
}

// digest is the SHA-256 of the canonical JSON, in hexadecimal.
func (d *document) digest() string {
	canonical, err := json.Marshal(d)
	if err != nil {
		// Strings, finite numbers and booleans only: there is nothing in a document that JSON cannot say.
		panic("mapping: canonical JSON of a registry: " + err.Error())
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
