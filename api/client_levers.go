package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Termination says where a leaver stands and what can be done about it.
func (c *Client) Termination(ctx context.Context, id string) (Termination, error) {
	var standing Termination
	err := c.call(ctx, get("/v1/agents/"+url.PathEscape(id)+"/termination", nil), &standing)
	return standing, err
}

// PullLever pulls one of TerminationLevers; a reason is mandatory. The zero until is left out; reschedule needs one. A refusal is a
// *Problem: 409 with the reason, 422 for a field.
func (c *Client) PullLever(ctx context.Context, id string, lever Lever, reason string, until time.Time) (LeverOutcome, error) {
	body := LeverRequest{Reason: reason}
	if !until.IsZero() {
		body.Until = &until
	}
	var outcome LeverOutcome
	outgoing, err := post("/v1/agents/"+url.PathEscape(id)+"/termination/"+url.PathEscape(string(lever)), body)
	if err != nil {
		return outcome, err
	}
	err = c.call(ctx, outgoing, &outcome)
	return outcome, err
}

// PlaceHold places a hold for a matter; it is in force when this returns.
func (c *Client) PlaceHold(ctx context.Context, id, matter, reason string) (LeverOutcome, error) {
	var outcome LeverOutcome
	outgoing, err := post("/v1/agents/"+url.PathEscape(id)+"/holds", HoldRequest{Matter: matter, Reason: reason})
	if err != nil {
		return outcome, err
	}
	err = c.call(ctx, outgoing, &outcome)
	return outcome, err
}

// ReleaseHold releases the hold for a matter.
func (c *Client) ReleaseHold(ctx context.Context, id, matter, reason string) (LeverOutcome, error) {
	var outcome LeverOutcome
	body, err := json.Marshal(ReleaseRequest{Reason: reason})
	if err != nil {
		return outcome, fmt.Errorf("write the request body: %w", err)
	}
	err = c.call(ctx, request{
		method: http.MethodDelete, path: "/v1/agents/" + url.PathEscape(id) + "/holds/" + url.PathEscape(matter),
		contentType: "application/json", body: body,
	}, &outcome)
	return outcome, err
}

// PlaceHolds places a hold for one matter on up to MaxHoldBatch persons. Those that could not be are named in their receipts.
func (c *Client) PlaceHolds(ctx context.Context, batch HoldBatch) (HoldReceipts, error) {
	var receipts HoldReceipts
	outgoing, err := post("/v1/holds/batch", batch)
	if err != nil {
		return receipts, err
	}
	err = c.call(ctx, outgoing, &receipts)
	return receipts, err
}

// HoldQuery narrows a list of holds; zero values do not narrow.
type HoldQuery struct {
	PageQuery
	Matter string
	// PersonID is a person id.
	PersonID string
	// InForce, when set, keeps only those in force, or only those released.
	InForce *bool
}

// Holds lists holds.
func (c *Client) Holds(ctx context.Context, query HoldQuery) (Page[Hold], error) {
	values := query.values()
	setUnlessEmpty(values, "matter", query.Matter)
	setUnlessEmpty(values, "person_id", query.PersonID)
	if query.InForce != nil {
		values.Set("in_force", strconv.FormatBool(*query.InForce))
	}
	var page Page[Hold]
	err := c.call(ctx, get("/v1/holds", values), &page)
	return page, err
}
