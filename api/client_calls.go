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

// SendEvents posts one event or a batch ({"events":[…]}) with the client's token (role ingest). A single refused event comes
// back as a *Problem, a refused event of a batch as a receipt with its problem.
func (c *Client) SendEvents(ctx context.Context, body []byte) (EventReceipts, error) {
	return c.postEvents(ctx, body, nil)
}

// SendSignedEvents is SendEvents with the HR system's own signature in place of a token. The id names the delivery; give a
// redelivery the id of the first one.
func (c *Client) SendSignedEvents(ctx context.Context, secret, id string, body []byte) (EventReceipts, error) {
	header, err := Sign(secret, id, time.Now(), body)
	if err != nil {
		return EventReceipts{}, err
	}
	signed := *c
	signed.Token = ""
	return signed.postEvents(ctx, body, header)
}

func (c *Client) postEvents(ctx context.Context, body []byte, header http.Header) (EventReceipts, error) {
	var raw json.RawMessage
	err := c.call(ctx, request{
		method: http.MethodPost, path: "/v1/events", header: header, contentType: "application/json", body: body,
	}, &raw)
	if err != nil {
		return EventReceipts{}, err
	}
	// A batch is answered with a list, a single event with its receipt alone.
	var receipts EventReceipts
	if err := json.Unmarshal(raw, &receipts); err != nil {
		return EventReceipts{}, fmt.Errorf("read the receipts: %w", err)
	}
	if receipts.Events != nil {
		return receipts, nil
	}
	var receipt EventReceipt
	if err := json.Unmarshal(raw, &receipt); err != nil {
		return EventReceipts{}, fmt.Errorf("read the receipt: %w", err)
	}
	return EventReceipts{Events: []EventReceipt{receipt}}, nil
}

// Event says what became of an event.
func (c *Client) Event(ctx context.Context, eventID string) (Event, error) {
	var event Event
	err := c.call(ctx, get("/v1/events/"+url.PathEscape(eventID), nil), &event)
	return event, err
}

// AgentQuery narrows a list of agents; zero values do not narrow.
type AgentQuery struct {
	PageQuery
	// State is a lifecycle state.
	State string
	// Email is the whole address, case aside.
	Email string
	// Text is part of a name, an id or an address.
	Text string
	// NeedsAttention, when set, keeps only those who do or do not.
	NeedsAttention *bool
}

// Agents lists where people stand.
func (c *Client) Agents(ctx context.Context, query AgentQuery) (Page[Agent], error) {
	values := query.values()
	setUnlessEmpty(values, "state", query.State)
	setUnlessEmpty(values, "email", query.Email)
	setUnlessEmpty(values, "q", query.Text)
	if query.NeedsAttention != nil {
		values.Set("needs_attention", strconv.FormatBool(*query.NeedsAttention))
	}
	var page Page[Agent]
	err := c.call(ctx, get("/v1/agents", values), &page)
	return page, err
}

// Agent says where one person stands; id is a person id or any of the person's external ids.
func (c *Client) Agent(ctx context.Context, id string) (Agent, error) {
	var agent Agent
	err := c.call(ctx, get("/v1/agents/"+url.PathEscape(id), nil), &agent)
	return agent, err
}

// Timeline lists what happened to a person, the oldest first.
func (c *Client) Timeline(ctx context.Context, id string, query PageQuery) (Page[TimelineEntry], error) {
	var page Page[TimelineEntry]
	err := c.call(ctx, get("/v1/agents/"+url.PathEscape(id)+"/timeline", query.values()), &page)
	return page, err
}

// Explain says why a person's account is as it is, what it waits for, who can unblock it and how.
func (c *Client) Explain(ctx context.Context, id string) (Explanation, error) {
	var explanation Explanation
	err := c.call(ctx, get("/v1/agents/"+url.PathEscape(id)+"/explain", nil), &explanation)
	return explanation, err
}

// DecisionQuery narrows a list of approvals or reviews; zero values do not narrow.
type DecisionQuery struct {
	PageQuery
	// State is one of the states of Approval or Review.
	State string
	// Kind is a kind of approval or review.
	Kind string
	// PersonID is a person id.
	PersonID string
}

func (q DecisionQuery) values() url.Values {
	values := q.PageQuery.values()
	setUnlessEmpty(values, "state", q.State)
	setUnlessEmpty(values, "kind", q.Kind)
	setUnlessEmpty(values, "person_id", q.PersonID)
	return values
}

// Approvals lists approvals.
func (c *Client) Approvals(ctx context.Context, query DecisionQuery) (Page[Approval], error) {
	var page Page[Approval]
	err := c.call(ctx, get("/v1/approvals", query.values()), &page)
	return page, err
}

// Approve approves; the reason may be empty.
func (c *Client) Approve(ctx context.Context, id, reason string) (Approval, error) {
	return decide[Approval](ctx, c, "/v1/approvals/"+url.PathEscape(id)+"/approve", reason)
}

// Reject rejects; a reason is mandatory.
func (c *Client) Reject(ctx context.Context, id, reason string) (Approval, error) {
	return decide[Approval](ctx, c, "/v1/approvals/"+url.PathEscape(id)+"/reject", reason)
}

// Reviews lists reviews.
func (c *Client) Reviews(ctx context.Context, query DecisionQuery) (Page[Review], error) {
	var page Page[Review]
	err := c.call(ctx, get("/v1/reviews", query.values()), &page)
	return page, err
}

// Retry has parked work tried again; the reason may be empty.
func (c *Client) Retry(ctx context.Context, id, reason string) (Review, error) {
	return decide[Review](ctx, c, "/v1/reviews/"+url.PathEscape(id)+"/retry", reason)
}

// Dismiss gives parked work up; a reason is mandatory.
func (c *Client) Dismiss(ctx context.Context, id, reason string) (Review, error) {
	return decide[Review](ctx, c, "/v1/reviews/"+url.PathEscape(id)+"/dismiss", reason)
}

// InboxQuery narrows the inbox; zero values do not narrow, but what is listed is open unless State says otherwise.
type InboxQuery struct {
	PageQuery
	// State is open or closed.
	State string
	// PersonID is a person id.
	PersonID string
}

// Inbox lists what needs a person now, the critical first, then the newest.
func (c *Client) Inbox(ctx context.Context, query InboxQuery) (Page[InboxItem], error) {
	values := query.values()
	setUnlessEmpty(values, "state", query.State)
	setUnlessEmpty(values, "person_id", query.PersonID)
	var page Page[InboxItem]
	err := c.call(ctx, get("/v1/inbox", values), &page)
	return page, err
}

func decide[T any](ctx context.Context, c *Client, path, reason string) (T, error) {
	return sent[T](ctx, c, path, DecisionRequest{Reason: reason})
}

// AuditQuery narrows the audit trail; zero values do not narrow.
type AuditQuery struct {
	PageQuery
	PersonID string
	Action   string
	Actor    string
}

// Audit lists the audit trail, the oldest first.
func (c *Client) Audit(ctx context.Context, query AuditQuery) (Page[AuditEntry], error) {
	values := query.values()
	setUnlessEmpty(values, "person_id", query.PersonID)
	setUnlessEmpty(values, "action", query.Action)
	setUnlessEmpty(values, "actor", query.Actor)
	var page Page[AuditEntry]
	err := c.call(ctx, get("/v1/audit", values), &page)
	return page, err
}

// VerifyAudit has the server recompute the audit trail's chain.
func (c *Client) VerifyAudit(ctx context.Context) (AuditVerdict, error) {
	return c.VerifyAuditAgainst(ctx, "")
}

// VerifyAuditAgainst is VerifyAudit, and the chain has to hold a head hash that was kept from an earlier verification.
func (c *Client) VerifyAuditAgainst(ctx context.Context, expectedHead string) (AuditVerdict, error) {
	values := url.Values{}
	setUnlessEmpty(values, "expect_head", expectedHead)
	var verdict AuditVerdict
	err := c.call(ctx, get("/v1/audit/verify", values), &verdict)
	return verdict, err
}

// Readiness asks whether the server's parts are there. A server that answers "not ready" is no error.
func (c *Client) Readiness(ctx context.Context) (Readiness, error) {
	var readiness Readiness
	answer, err := c.send(ctx, get("/readyz", nil))
	if err != nil {
		return readiness, err
	}
	if err := json.Unmarshal(answer.body, &readiness); err != nil {
		return readiness, fmt.Errorf("read the answer to GET /readyz (status %d): %w", answer.StatusCode, err)
	}
	return readiness, nil
}
