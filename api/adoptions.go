package api

import (
	"context"
	"net/url"
	"time"
)

// AdoptionClaims are what a plan may say of a person's account, in the order of a summary.
func AdoptionClaims() []string { return []string{"adopt", "restore", "create", "review", "none"} }

// AdoptionPlan is what a reconciliation shows that hires would do about accounts. Nothing has been done yet.
type AdoptionPlan struct {
	ReconciliationID string     `json:"reconciliation_id"`
	Status           string     `json:"status" enum:"running,completed,refused,failed" doc:"Of the reconciliation: only a completed one can be applied"`
	MadeAt           time.Time  `json:"made_at"`
	HoldsUntil       *time.Time `json:"holds_until,omitempty" doc:"From then on HR's roster as it was read is kept no longer, and a new plan has to be made"`
	People           int        `json:"people" doc:"Everybody who was compared, those among them for whom nothing is to be adopted"`
	Adopt            int        `json:"adopt" doc:"An active account becomes the person's, as it is, and a transfer changes what differs"`
	Unchanged        int        `json:"unchanged" doc:"Of those: nothing differs"`
	Restore          int        `json:"restore" doc:"An inactive or deleted account becomes the person's"`
	Create           int        `json:"create" doc:"There is no account"`
	Review           int        `json:"review" doc:"Somebody would be asked first"`
	None             int        `json:"none" doc:"There is no working account and nothing would be done"`
	Asked            int        `json:"asked" doc:"People for whom a role would be asked for"`
	Nobodys          int        `json:"nobodys" doc:"Active accounts that stay nobody's"`
	// Reviews counts questions by kind, Changes people by what would change on an adopted account.
	Reviews     map[string]int `json:"reviews" doc:"By kind of question"`
	Changes     map[string]int `json:"changes" doc:"Of adopted accounts, by what would change: 'skill extra'"`
	Expected    map[string]int `json:"expected" doc:"Of everybody: differences that are none, by reason"`
	Unevaluated map[string]int `json:"unevaluated" doc:"What could not be compared, by why"`
}

// DeltaAdoption is what the hire that a delta asks for would do about the account.
type DeltaAdoption struct {
	Claim       string            `json:"claim" enum:"adopt,restore,create,review"`
	Namespace   string            `json:"namespace,omitempty"`
	AccountID   string            `json:"account_id,omitempty"`
	Link        bool              `json:"link,omitempty"`
	Review      string            `json:"review,omitempty"`
	Why         string            `json:"why,omitempty"`
	Differences []DeltaDifference `json:"differences,omitempty"`
	AskedRoles  []string          `json:"asked_roles,omitempty"`
	Digest      string            `json:"digest"`
}

// PlannedAdoption is what a plan says of one person.
type PlannedAdoption struct {
	PersonID       string            `json:"person_id,omitempty" doc:"Absent while Muster knows the person by HR's roster alone"`
	ExternalUserID string            `json:"external_user_id"`
	Namespace      string            `json:"namespace,omitempty"`
	Claim          string            `json:"claim" enum:"adopt,restore,create,review,none"`
	AccountID      string            `json:"account_id,omitempty" doc:"The account that would be theirs, or that is in question"`
	Link           bool              `json:"link,omitempty" doc:"The account does not carry the person's external id yet"`
	Review         string            `json:"review,omitempty" doc:"What kind of question would be asked"`
	Why            string            `json:"why,omitempty" doc:"The question, or why nothing would be done"`
	Differences    []DeltaDifference `json:"differences,omitempty" doc:"What would change on the account, or what a new one would get"`
	AskedRoles     []string          `json:"asked_roles,omitempty" doc:"Roles among them that nobody gets without an approval"`
	Outcomes       []DeltaOutcome    `json:"outcomes,omitempty" doc:"What became of it, the oldest first"`
}

// NobodysAccount is an active account that stays nobody's by a plan.
type NobodysAccount struct {
	AccountID string `json:"account_id"`
	PersonID  string `json:"person_id,omitempty" doc:"Whose second account it seems to be"`
	Because   string `json:"because"`
}

// AdoptionRequest asks to carry a plan out.
type AdoptionRequest struct {
	People    []string `json:"people,omitempty" maxItems:"10000" doc:"These people, by person id, external id or namespace:id"`
	Claims    []string `json:"claims,omitempty" doc:"Everybody of whom the plan says one of these: adopt, restore, create, review"`
	PerMinute int      `json:"per_minute,omitempty" minimum:"1" maximum:"6000" doc:"So many people in a minute at the most; 60 where it is absent"`
	Reason    string   `json:"reason" maxLength:"1000" doc:"Why; mandatory"`
}

// Adoption carries a plan out.
type Adoption struct {
	ID               string     `json:"id"`
	ReconciliationID string     `json:"reconciliation_id" doc:"The plan"`
	State            string     `json:"state" enum:"running,done,stopped"`
	RequestedBy      string     `json:"requested_by"`
	Reason           string     `json:"reason"`
	PerMinute        int        `json:"per_minute"`
	StartedAt        time.Time  `json:"started_at"`
	EndedAt          *time.Time `json:"ended_at,omitempty"`
	StoppedBy        string     `json:"stopped_by,omitempty"`
	StopReason       string     `json:"stop_reason,omitempty"`
	People           int        `json:"people"`
	Sent             int        `json:"sent" doc:"Their hire is in their mailbox, which goes on by itself"`
	Changed          int        `json:"changed" doc:"They stand otherwise than in the plan: nothing was done"`
	Failed           int        `json:"failed"`
	Left             int        `json:"left"`
	WorkflowID       string     `json:"workflow_id"`
}

// AdoptionPerson is what became of one person in an adoption.
type AdoptionPerson struct {
	PersonID       string     `json:"person_id,omitempty"`
	ExternalUserID string     `json:"external_user_id"`
	AccountID      string     `json:"account_id,omitempty"`
	Claim          string     `json:"claim"`
	Result         string     `json:"result,omitempty" enum:"sent,changed,failed" doc:"Absent: not yet their turn"`
	Why            string     `json:"why,omitempty"`
	SettledAt      *time.Time `json:"settled_at,omitempty"`
}

const adoptionsPath = "/v1/adoptions"

func planPath(reconciliationID string) string {
	return reconciliationPath(reconciliationID) + "/adoption-plan"
}

// AdoptionPlan is the summary of a plan.
func (c *Client) AdoptionPlan(ctx context.Context, reconciliationID string) (plan AdoptionPlan, err error) {
	return plan, c.call(ctx, get(planPath(reconciliationID), nil), &plan)
}

// PlannedAdoptions lists the people of a plan; claim selects one, empty selects all.
func (c *Client) PlannedAdoptions(ctx context.Context, reconciliationID, claim string, query PageQuery) (page Page[PlannedAdoption], err error) {
	values := query.values()
	setUnlessEmpty(values, "claim", claim)
	return page, c.call(ctx, get(planPath(reconciliationID)+"/people", values), &page)
}

// NobodysAccounts lists the active accounts that stay nobody's by a plan.
func (c *Client) NobodysAccounts(ctx context.Context, reconciliationID string, query PageQuery) (page Page[NobodysAccount], err error) {
	return page, c.call(ctx, get(planPath(reconciliationID)+"/accounts", query.values()), &page)
}

// ApplyAdoptionPlan carries a plan out for some or all; what cannot begin is a *Problem with status 409.
func (c *Client) ApplyAdoptionPlan(ctx context.Context, reconciliationID string, wanted AdoptionRequest) (Adoption, error) {
	return sent[Adoption](ctx, c, planPath(reconciliationID)+"/apply", wanted)
}

// Adoptions lists adoptions, the newest first.
func (c *Client) Adoptions(ctx context.Context) (page Page[Adoption], err error) {
	return page, c.call(ctx, get(adoptionsPath, nil), &page)
}

// Adoption returns one.
func (c *Client) Adoption(ctx context.Context, id string) (found Adoption, err error) {
	return found, c.call(ctx, get(adoptionsPath+"/"+url.PathEscape(id), nil), &found)
}

// AdoptionPeople lists the people of an adoption; result selects one, empty selects all.
func (c *Client) AdoptionPeople(ctx context.Context, id, result string, query PageQuery) (page Page[AdoptionPerson], err error) {
	values := query.values()
	setUnlessEmpty(values, "result", result)
	return page, c.call(ctx, get(adoptionsPath+"/"+url.PathEscape(id)+"/people", values), &page)
}

// StopAdoption keeps an adoption from sending anybody else; 409 when it has ended.
func (c *Client) StopAdoption(ctx context.Context, id, reason string) (Adoption, error) {
	return sent[Adoption](ctx, c, adoptionsPath+"/"+url.PathEscape(id)+"/stop", DecisionRequest{Reason: reason})
}
