package api

import (
	"context"
	"net/url"
	"time"
)

// Leaver is what became of one termination that HR sent: when the access had to end, when each cut was read back, and who decided.
type Leaver struct {
	PersonID       string `json:"person_id"`
	ExternalUserID string `json:"external_user_id" doc:"The id that HR's event is about"`
	EventID        string `json:"event_id"`
	Source         string `json:"source" doc:"The HR system that ended the employment" example:"WORKDAY"`
	Reason         string `json:"reason,omitempty" doc:"HR's reason" example:"VOLUNTARY"`
	// IssuedAt is HR's own time, ReceivedAt ours.
	IssuedAt    time.Time `json:"issued_at" doc:"When HR issued the event"`
	ReceivedAt  time.Time `json:"received_at"`
	EffectiveAt time.Time `json:"effective_at" doc:"When the access ends by HR's word"`
	DueAt       time.Time `json:"due_at" doc:"When it could be cut at the earliest: effective, and received"`
	Outcome     string    `json:"outcome" example:"applied"`
	WorkflowID  string    `json:"workflow_id,omitempty" doc:"The termination that cut the access"`

	Unroutable LeaverStep `json:"unroutable" doc:"Read back: no work can reach the person"`
	Revoked    LeaverStep `json:"revoked" doc:"The platform took the sessions away"`
	Inactive   LeaverStep `json:"inactive" doc:"Read back inactive"`
	Deleted    LeaverStep `json:"deleted" doc:"Read back deleted"`
	// SecondsToUnroutable is from DueAt to Unroutable; 0 where no work could reach the person before.
	SecondsToUnroutable *float64 `json:"seconds_to_unroutable,omitempty" doc:"From due to unroutable"`

	Standing   string     `json:"standing" doc:"Where it stands now" example:"in grace until 2026-04-02 10:00:00Z"`
	ReversedBy string     `json:"reversed_by,omitempty" doc:"Who of legal turned it back"`
	ReversedAt *time.Time `json:"reversed_at,omitempty"`
}

// LeaverStep is one step of taking an access away: when it was reached, or why it was not.
type LeaverStep struct {
	At  *time.Time `json:"at,omitempty"`
	By  string     `json:"by,omitempty" doc:"Who decided that it is done" example:"WORKDAY"`
	Why string     `json:"why,omitempty" doc:"Why there is no time" example:"in grace until 2026-04-02 10:00:00Z"`
}

// LeaverQuery selects terminations whose access ended, or is to end, in [From, To); the zero time does not bound.
type LeaverQuery struct {
	PageQuery
	From, To time.Time
}

// Leavers lists what became of terminations, in the order of their receipt.
func (c *Client) Leavers(ctx context.Context, query LeaverQuery) (Page[Leaver], error) {
	values := query.values()
	setTime(values, "from", query.From)
	setTime(values, "to", query.To)
	var page Page[Leaver]
	err := c.call(ctx, get("/v1/leavers", values), &page)
	return page, err
}

func setTime(values url.Values, key string, at time.Time) {
	if !at.IsZero() {
		values.Set(key, at.UTC().Format(time.RFC3339Nano))
	}
}
