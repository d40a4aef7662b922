package api

import (
	"context"
	"net/http"
	"net/url"
)

// MakeException lets one construct of a person be as it is until a time.
func (c *Client) MakeException(ctx context.Context, id string, wanted ExceptionRequest) (Exception, error) {
	var made Exception
	outgoing, err := post("/v1/agents/"+url.PathEscape(id)+"/exceptions", wanted)
	if err != nil {
		return made, err
	}
	err = c.call(ctx, outgoing, &made)
	return made, err
}

// Exceptions lists a person's exceptions, ended ones too.
func (c *Client) Exceptions(ctx context.Context, id string) (Exceptions, error) {
	var all Exceptions
	err := c.call(ctx, get("/v1/agents/"+url.PathEscape(id)+"/exceptions", nil), &all)
	return all, err
}

// EndException ends a person's exception before its time.
func (c *Client) EndException(ctx context.Context, id, exceptionID string) (Exception, error) {
	var ended Exception
	err := c.call(ctx, request{
		method: http.MethodDelete, path: "/v1/agents/" + url.PathEscape(id) + "/exceptions/" + url.PathEscape(exceptionID),
	}, &ended)
	return ended, err
}

// Outstanding lists accounts of the platform that are nobody's.
func (c *Client) Outstanding(ctx context.Context, query PageQuery) (Page[Outstanding], error) {
	var page Page[Outstanding]
	err := c.call(ctx, get("/v1/outstanding", query.values()), &page)
	return page, err
}

// IgnoredAccounts lists the accounts that somebody decided to leave alone.
func (c *Client) IgnoredAccounts(ctx context.Context) (page Page[IgnoredAccount], err error) {
	return page, c.call(ctx, get("/v1/outstanding/ignored", nil), &page)
}

// AccountTerminations lists what somebody asks to make inactive.
func (c *Client) AccountTerminations(ctx context.Context) (page Page[AccountTermination], err error) {
	return page, c.call(ctx, get("/v1/outstanding/terminations", nil), &page)
}

// DecideAccountTermination decides, approve or reject, about an account that somebody asks to make inactive.
func (c *Client) DecideAccountTermination(ctx context.Context, accountID, decision, reason string) (Settled, error) {
	return sent[Settled](ctx, c, "/v1/outstanding/"+url.PathEscape(accountID)+"/terminate/"+url.PathEscape(decision), DecisionRequest{Reason: reason})
}

// SettleOutstanding settles one: adopt, ignore or terminate; or takes one that is ignored back into sight: notice. A refusal is a *Problem with status 409.
func (c *Client) SettleOutstanding(ctx context.Context, accountID, how string, wanted SettleRequest) (Settled, error) {
	var settled Settled
	outgoing, err := post("/v1/outstanding/"+url.PathEscape(accountID)+"/"+url.PathEscape(how), wanted)
	if err != nil {
		return settled, err
	}
	err = c.call(ctx, outgoing, &settled)
	return settled, err
}
