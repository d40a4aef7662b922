package api

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// DeltaTypes are the types of deltas, in the order of reports: docs/deltas.md says what each is.
func DeltaTypes() []string {
	return []string{
		"HR_TERMINATED_CCAAS_ACTIVE", "HR_ACTIVE_CCAAS_MISSING", "SKILL_MISMATCH", "QUEUE_MISMATCH", "ROLE_MISMATCH", "ATTRIBUTE_MISMATCH",
		"PLATFORM_ONLY", "MISSING_FROM_HR", "WORKFLOW_MISSING",
	}
}

// ReconciliationModes are what may be done about a type of deltas.
func ReconciliationModes() []string { return []string{"observe", "report", "repair"} }

// Reconciliation is one comparison of HR, the record and a platform.
type Reconciliation struct {
	ID          string                 `json:"reconciliation_id" example:"rec_20260302_0200"`
	Platform    string                 `json:"platform" example:"genesys"`
	PersonID    string                 `json:"person_id,omitempty" doc:"Of one person alone"`
	Status      string                 `json:"status" enum:"running,completed,refused,failed"`
	Reason      string                 `json:"reason,omitempty" doc:"Why it was refused or failed"`
	RequestedBy string                 `json:"requested_by,omitempty" doc:"Absent: the Schedule"`
	StartedAt   time.Time              `json:"started_at"`
	EndedAt     *time.Time             `json:"ended_at,omitempty"`
	Modes       map[string]string      `json:"modes" doc:"By type of deltas"`
	Sources     []ReconciliationSource `json:"sources"`
	Counts      ReconciliationCounts   `json:"counts"`
	// NotEvaluated is what was not compared for anybody.
	NotEvaluated []NotEvaluated `json:"not_evaluated"`
	WorkflowID   string         `json:"workflow_id"`
}

// ReconciliationSource is what was said of one of HR's rosters.
type ReconciliationSource struct {
	Source  string    `json:"source"`
	Healthy bool      `json:"healthy"`
	Why     string    `json:"why,omitempty" doc:"Why it may not be believed"`
	AsOf    time.Time `json:"as_of"`
	Rows    int       `json:"rows"`
}

// ReconciliationCounts counts what was looked at and what it came to.
type ReconciliationCounts struct {
	People      int            `json:"people"`
	Accounts    int            `json:"accounts" doc:"Accounts that are nobody's"`
	Classes     map[string]int `json:"classes"`
	Deltas      map[string]int `json:"deltas" doc:"By type"`
	Resolutions map[string]int `json:"resolutions" doc:"By what is to be done"`
	Expected    map[string]int `json:"expected" doc:"Differences that are none, by reason"`
	Unevaluated map[string]int `json:"unevaluated" doc:"What could not be compared, by why"`
}

// NotEvaluated is what was not compared, and why.
type NotEvaluated struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Delta is one disagreement, by ids, codes and names of constructs.
type Delta struct {
	ReconciliationID   string            `json:"reconciliation_id"`
	DeltaType          string            `json:"delta_type"`
	ExternalUserID     string            `json:"external_user_id"`
	PersonID           string            `json:"person_id,omitempty"`
	AccountID          string            `json:"account_id,omitempty"`
	ExpectedSkills     []string          `json:"expected_skills"`
	ActualSkills       []string          `json:"actual_skills"`
	ExpectedSkillNames []string          `json:"expected_skill_names,omitempty"`
	ActualSkillNames   []string          `json:"actual_skill_names,omitempty"`
	Differences        []DeltaDifference `json:"differences,omitempty"`
	ResolutionAction   string            `json:"resolution_action"`
	OriginalEventID    string            `json:"original_event_id,omitempty"`
	WorkflowID         string            `json:"workflow_id,omitempty"`
	Adoption           *DeltaAdoption    `json:"adoption,omitempty" doc:"Of REEMIT_HIRE: what the hire would do about the account"`
	Because            string            `json:"because"`
	TimestampUTC       time.Time         `json:"timestamp_utc"`
	Outcomes           []DeltaOutcome    `json:"outcomes,omitempty" doc:"What became of it, the oldest first"`
}

// DeltaDifference is one construct that differs.
type DeltaDifference struct {
	Part string `json:"part" example:"skill"`
	ID   string `json:"id"`
	Name string `json:"name"`
	How  string `json:"how" enum:"lacking,extra,different"`
}

// DeltaOutcome is one thing that became of a delta.
type DeltaOutcome struct {
	At        time.Time `json:"at"`
	Outcome   string    `json:"outcome"`
	Actor     string    `json:"actor"`
	Reference string    `json:"reference,omitempty"`
	Text      string    `json:"text,omitempty"`
}

// StartReconciliation asks for a reconciliation of everybody.
type StartReconciliation struct {
	Mode string `json:"mode,omitempty" enum:"observe,report,repair" doc:"For all types, this once; absent: each type's own"`
}

// PersonReconciliation is the reconciliation of one person with its deltas, as far as it has come.
type PersonReconciliation struct {
	Reconciliation
	Deltas []Delta `json:"deltas"`
}

// ReleaseDeltas asks for the repair of what a reconciliation found, whatever the mode of its type is. At least one of the two has to be there.
type ReleaseDeltas struct {
	DeltaTypes []string `json:"delta_types,omitempty" maxItems:"20" doc:"Only deltas of these types; absent: all types"`
	People     []string `json:"people,omitempty" maxItems:"200" doc:"Only deltas about these people, by person id or external id; absent: everybody"`
	Reason     string   `json:"reason" maxLength:"1000"`
}

// ReleasedDelta is what became of a delta that was to be released.
type ReleasedDelta struct {
	DeltaType string `json:"delta_type"`
	PersonID  string `json:"person_id,omitempty"`
	AccountID string `json:"account_id,omitempty" doc:"Of an account that is nobody's"`
	// ReconciliationID repairs it.
	ReconciliationID string `json:"reconciliation_id,omitempty" doc:"The reconciliation of this person that repairs what still stands; absent: none does"`
	Why              string `json:"why,omitempty" doc:"Why it is not repaired"`
}

// ReleasedDeltas is the answer to a release.
type ReleasedDeltas struct {
	Items []ReleasedDelta `json:"items"`
}

// DeltaMode is what is done about a type of deltas.
type DeltaMode struct {
	DeltaType string     `json:"delta_type"`
	Mode      string     `json:"mode" enum:"observe,report,repair"`
	ChangedBy string     `json:"changed_by,omitempty"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"Absent: nobody has set it"`
	Reason    string     `json:"reason,omitempty"`
}

// SetDeltaMode sets a mode.
type SetDeltaMode struct {
	Mode   string `json:"mode" enum:"observe,report,repair"`
	Reason string `json:"reason" maxLength:"1000"`
}

const reconciliationsPath = "/v1/reconciliations"

func reconciliationPath(id string) string { return reconciliationsPath + "/" + url.PathEscape(id) }

// StartReconciliation starts a reconciliation of everybody; one that was started in this minute is returned as it stands, unless
// it has other modes: then it is a *Problem with status 409. mode is for all types, this once; empty: each type's own.
func (c *Client) StartReconciliation(ctx context.Context, mode string) (Reconciliation, error) {
	return sent[Reconciliation](ctx, c, reconciliationsPath, StartReconciliation{Mode: mode})
}

// ReleaseDeltas has what a reconciliation found repaired.
func (c *Client) ReleaseDeltas(ctx context.Context, id string, what ReleaseDeltas) (ReleasedDeltas, error) {
	return sent[ReleasedDeltas](ctx, c, reconciliationPath(id)+"/release", what)
}

// ReconcilePerson reconciles one person. It answers within some ten seconds, with what is there by then.
func (c *Client) ReconcilePerson(ctx context.Context, id string) (PersonReconciliation, error) {
	return sent[PersonReconciliation](ctx, c, reconciliationsPath+"/person/"+url.PathEscape(id), struct{}{})
}

// Reconciliations lists reconciliations, the newest first.
func (c *Client) Reconciliations(ctx context.Context, query PageQuery) (page Page[Reconciliation], err error) {
	return page, c.call(ctx, get(reconciliationsPath, query.values()), &page)
}

// Reconciliation returns one.
func (c *Client) Reconciliation(ctx context.Context, id string) (found Reconciliation, err error) {
	return found, c.call(ctx, get(reconciliationPath(id), nil), &found)
}

// DeltaQuery narrows a list of deltas; zero values do not narrow.
type DeltaQuery struct {
	PageQuery
	Type   string
	Action string
}

// Deltas lists what a reconciliation found, in the order it was found.
func (c *Client) Deltas(ctx context.Context, id string, query DeltaQuery) (page Page[Delta], err error) {
	values := query.values()
	setUnlessEmpty(values, "type", query.Type)
	setUnlessEmpty(values, "action", query.Action)
	return page, c.call(ctx, get(reconciliationPath(id)+"/deltas", values), &page)
}

// ReconciliationReport is the report of a reconciliation as a file: format is html, csv or json.
func (c *Client) ReconciliationReport(ctx context.Context, id, format string) ([]byte, error) {
	answer, err := c.send(ctx, get(reconciliationPath(id)+"/report", url.Values{"format": {format}}))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 400 {
		return nil, problemOf(answer)
	}
	if length := answer.ContentLength; length >= 0 && int64(len(answer.body)) != length {
		return nil, fmt.Errorf("read the report of %s: %w", id, ErrUnreachable)
	}
	return answer.body, nil
}

// DeltaModes are the modes of all types of deltas.
func (c *Client) DeltaModes(ctx context.Context) (page Page[DeltaMode], err error) {
	return page, c.call(ctx, get(reconciliationsPath+"/modes", nil), &page)
}

// SetDeltaMode sets what is done about a type of deltas, from the next reconciliation on.
func (c *Client) SetDeltaMode(ctx context.Context, deltaType, mode, reason string) (DeltaMode, error) {
	return sent[DeltaMode](ctx, c, reconciliationsPath+"/modes/"+url.PathEscape(deltaType), SetDeltaMode{Mode: mode, Reason: reason})
}
