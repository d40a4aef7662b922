package api

import (
	"context"
	"net/url"
	"time"
)

// MaxBatch is how many people one batch may name.
const MaxBatch = 20_000

// Batch announces a planned layoff or a seasonal intake: once a second person has confirmed it, its people pass the mass-change guard on
// its days.
type Batch struct {
	ID          string     `json:"id" example:"bat_01hzx3"`
	Kind        string     `json:"kind" enum:"layoff,intake"`
	Namespace   string     `json:"namespace" example:"default" doc:"Of its people's ids"`
	FirstDay    string     `json:"first_day" example:"2026-12-01"`
	LastDay     string     `json:"last_day" example:"2026-12-02" doc:"Included"`
	Timezone    string     `json:"timezone" example:"America/New_York" doc:"Where its days begin and end"`
	Reason      string     `json:"reason"`
	RequestedBy string     `json:"requested_by"`
	RequestedAt time.Time  `json:"requested_at"`
	ConfirmedBy string     `json:"confirmed_by,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty" doc:"Absent while it exempts nobody"`
	People      int        `json:"people" doc:"How many it names"`
	// ExternalIDs are its people; absent in lists.
	ExternalIDs []string `json:"external_ids,omitempty" doc:"Its people; absent in lists"`
}

// BatchRequest is the body that announces a batch.
type BatchRequest struct {
	Kind        string   `json:"kind" enum:"layoff,intake" doc:"A layoff is announced and confirmed by role legal, an intake by role approver"`
	Namespace   string   `json:"namespace,omitempty" maxLength:"128" doc:"Which HR system's ids these are; mandatory where sources have namespaces of their own"`
	FirstDay    string   `json:"first_day" format:"date" example:"2026-12-01"`
	LastDay     string   `json:"last_day,omitempty" format:"date" doc:"Included; the first day where it is absent"`
	Timezone    string   `json:"timezone,omitempty" example:"America/New_York" doc:"IANA name of the zone of its days; UTC where it is absent"`
	Reason      string   `json:"reason" maxLength:"2000" doc:"Why; mandatory"`
	ExternalIDs []string `json:"external_ids" minItems:"1" maxItems:"20000" nullable:"false" doc:"HR's ids of exactly these people; those to be hired need not be known yet"`
}

// AnnounceBatch announces a batch. It exempts nobody before somebody else confirms it.
func (c *Client) AnnounceBatch(ctx context.Context, request BatchRequest) (batch Batch, err error) {
	outgoing, err := post("/v1/batches", request)
	if err != nil {
		return batch, err
	}
	err = c.call(ctx, outgoing, &batch)
	return batch, err
}

// ConfirmBatch is the second person's word.
func (c *Client) ConfirmBatch(ctx context.Context, id string) (batch Batch, err error) {
	outgoing, err := post("/v1/batches/"+url.PathEscape(id)+"/confirm", struct{}{})
	if err != nil {
		return batch, err
	}
	err = c.call(ctx, outgoing, &batch)
	return batch, err
}

// Batch returns a batch with its people.
func (c *Client) Batch(ctx context.Context, id string) (batch Batch, err error) {
	err = c.call(ctx, get("/v1/batches/"+url.PathEscape(id), nil), &batch)
	return batch, err
}

// Batches lists batches, the oldest first.
func (c *Client) Batches(ctx context.Context, query PageQuery) (Page[Batch], error) {
	var page Page[Batch]
	err := c.call(ctx, get("/v1/batches", query.values()), &page)
	return page, err
}
