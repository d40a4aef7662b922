package api

import (
	"context"
	"net/url"
	"time"
)

// GuardTrip is a limit of the mass-change guard that was reached, with whom it holds. The numbers are those of that moment.
type GuardTrip struct {
	ID       string `json:"id" example:"grd_01hzx3"`
	Platform string `json:"platform"`
	Kind     string `json:"kind" enum:"deactivation,deletion,creation,removal,isolation" doc:"What is counted; isolation is the hard stop"`
	Subject  string `json:"subject,omitempty" doc:"The queue, skill or source that is counted apart"`
	// Because says which limit was reached, in a sentence.
	Because  string     `json:"because"`
	Passed   int        `json:"passed" doc:"How many had passed within the window without anybody's word"`
	Limit    int        `json:"limit" doc:"How many may"`
	ShareOf  int        `json:"share_of" doc:"What the limit is a share of: those active, or a queue's members"`
	OpenedAt time.Time  `json:"opened_at"`
	LiftedAt *time.Time `json:"lifted_at,omitempty" doc:"Of a hard stop: since when isolations are counted anew"`
	ClosedAt *time.Time `json:"closed_at,omitempty" doc:"Absent while it holds anybody"`
	// LimitsSetBy may not release.
	LimitsSetBy []string    `json:"limits_set_by,omitempty" doc:"Who set the limits, and therefore cannot release"`
	Waiting     []GuardHeld `json:"waiting" nullable:"false" doc:"Who waits, the longest first"`
	Decided     []GuardHeld `json:"decided,omitempty" doc:"Who was released, refused, or needs no word any more"`
}

// GuardHeld is somebody whom the guard holds, or held.
type GuardHeld struct {
	PersonID   string     `json:"person_id"`
	ApprovalID string     `json:"approval_id"`
	Since      time.Time  `json:"since"`
	State      string     `json:"state" enum:"open,approved,rejected,withdrawn"`
	Deadline   *time.Time `json:"deadline,omitempty" doc:"When an escalation goes out; nobody passes by it"`
	DecidedBy  string     `json:"decided_by,omitempty"`
}

// GuardDecision is the body that releases or refuses people whom a trip holds: all of them, or those named.
type GuardDecision struct {
	All       bool     `json:"all,omitempty" doc:"Everybody who waits now; a hard stop is lifted by it"`
	PersonIDs []string `json:"person_ids,omitempty" maxItems:"10000" doc:"Only these"`
	Reason    string   `json:"reason" maxLength:"2000" doc:"Why; mandatory"`
}

// GuardReceipt says what came of one person of a decision.
type GuardReceipt struct {
	PersonID   string   `json:"person_id"`
	ApprovalID string   `json:"approval_id,omitempty"`
	State      string   `json:"state,omitempty" doc:"Of the approval"`
	Problem    *Problem `json:"problem,omitempty" doc:"Why nothing was decided"`
}

// GuardReceipts answers a decision, one receipt for each person.
type GuardReceipts struct {
	Items []GuardReceipt `json:"items" nullable:"false"`
}

// GuardQuery narrows the guard's trips; those that hold somebody unless All.
type GuardQuery struct {
	PageQuery
	All bool
}

// Guards lists the guard's trips, the oldest first.
func (c *Client) Guards(ctx context.Context, query GuardQuery) (Page[GuardTrip], error) {
	values := query.values()
	if query.All {
		values.Set("all", "true")
	}
	var page Page[GuardTrip]
	err := c.call(ctx, get("/v1/guards", values), &page)
	return page, err
}

// ReleaseGuard lets people pass whom a trip holds.
func (c *Client) ReleaseGuard(ctx context.Context, tripID string, decision GuardDecision) (GuardReceipts, error) {
	return c.decideGuard(ctx, tripID, "release", decision)
}

// RefuseGuard refuses people whom a trip holds.
func (c *Client) RefuseGuard(ctx context.Context, tripID string, decision GuardDecision) (GuardReceipts, error) {
	return c.decideGuard(ctx, tripID, "refuse", decision)
}

func (c *Client) decideGuard(ctx context.Context, tripID, word string, decision GuardDecision) (receipts GuardReceipts, err error) {
	outgoing, err := post("/v1/guards/"+url.PathEscape(tripID)+"/"+word, decision)
	if err != nil {
		return receipts, err
	}
	err = c.call(ctx, outgoing, &receipts)
	return receipts, err
}
