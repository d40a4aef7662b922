package frontdoor

import (
	"context"
	"errors"
	"net/http"

	"muster/api"
	"muster/store"
)

type decideTerminationInput struct {
	Account string `path:"account" maxLength:"200" doc:"The platform's id of the account"`
	Body    api.DecisionRequest
}

func (d *Door) addAccountTerminations() {
	refusals := []int{http.StatusNotFound, http.StatusConflict}
	add(d, route{
		method: http.MethodPost, path: "/v1/outstanding/{account}/terminate", id: "terminate-account", tag: tagReconciliation, missing: "outstanding account", status: http.StatusAccepted,
		summary: "Ask that an account which is nobody's be made inactive",
		description: "Nothing is touched before an approver, who is somebody else, agrees within a day. Refused for an account that by the last " +
			"reconciliation is somebody's whom HR employs.",
		roles: []api.Role{api.RoleOperator}, refusals: refusals,
	}, d.askAccountTermination)
	add(d, route{
		method: http.MethodGet, path: "/v1/outstanding/terminations", id: "list-account-terminations", tag: tagReconciliation,
		summary: "What somebody asks to make inactive, the oldest first", roles: readers(),
	}, d.listAccountTerminations)
	add(d, route{
		method: http.MethodPost, path: "/v1/outstanding/{account}/terminate/approve", id: "approve-account-termination", tag: tagReconciliation, missing: "request to terminate an account",
		summary: "Agree that an account which is nobody's is made inactive",
		description: "Its queues are unjoined, live work is handed over, and it becomes inactive, by a termination of a record of its own whose timeline " +
			"tells of it. The mass-change guard counts it. Nothing is deleted.",
		roles: []api.Role{api.RoleApprover}, refusals: refusals,
	}, func(ctx context.Context, in *decideTerminationInput) (*document[api.Settled], error) {
		return d.decideAccountTermination(ctx, in, "approve", "terminating", d.Store.ApproveAccountTermination)
	})
	add(d, route{
		method: http.MethodPost, path: "/v1/outstanding/{account}/terminate/reject", id: "reject-account-termination", tag: tagReconciliation, missing: "request to terminate an account",
		summary: "Leave an account as it is that somebody wants made inactive; it stays outstanding",
		roles:   []api.Role{api.RoleApprover}, refusals: refusals,
	}, func(ctx context.Context, in *decideTerminationInput) (*document[api.Settled], error) {
		return d.decideAccountTermination(ctx, in, "reject", "kept", d.Store.RejectAccountTermination)
	})
}

func (d *Door) askAccountTermination(ctx context.Context, in *settleInput) (*document[api.Settled], error) {
	by, err := settlement(ctx, in)
	if err != nil {
		return nil, err
	}
	if _, err := d.Store.AskAccountTermination(ctx, by); err != nil {
		return nil, terminationConflict(err)
	}
	return &document[api.Settled]{Body: api.Settled{AccountID: in.Account, Result: "asked"}}, nil
}

func (d *Door) decideAccountTermination(
	ctx context.Context, in *decideTerminationInput, verb, result string,
	decide func(context.Context, string, store.Decision) (store.AccountTermination, error),
) (*document[api.Settled], error) {
	by, err := d.decisionOf(ctx, verb, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	decided, err := decide(ctx, in.Account, by)
	var second *store.SecondPersonError
	if errors.As(err, &second) {
		d.refusals.note(ctx, refused{
			route: "/v1/outstanding/{account}/terminate/" + verb, status: http.StatusForbidden, actor: by.Actor, why: in.Account + ": " + second.Why,
		})
		return nil, api.NewProblem(http.StatusForbidden, second.Why)
	}
	if err != nil {
		return nil, terminationConflict(err)
	}
	if decided.PersonID != "" {
		d.Bell.Ring(decided.PersonID)
	}
	return &document[api.Settled]{Body: api.Settled{AccountID: in.Account, Result: result, PersonID: decided.PersonID}}, nil
}

func terminationConflict(err error) error {
	var why *store.TerminationRefusal
	if errors.As(err, &why) {
		return api.NewProblem(http.StatusConflict, why.Why)
	}
	return err
}

func (d *Door) listAccountTerminations(ctx context.Context, _ *struct{}) (*listed[api.AccountTermination], error) {
	rows, err := d.Store.AccountTerminations(ctx)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.AccountTermination]{Body: api.Page[api.AccountTermination]{Items: make([]api.AccountTermination, len(rows))}}
	for i, t := range rows {
		answer.Body.Items[i] = api.AccountTermination{
			AccountID: t.AccountID, Platform: t.Platform, RequestedBy: t.RequestedBy, RequestedAt: t.RequestedAt, Reason: t.Reason, Deadline: t.Deadline,
		}
	}
	return answer, nil
}
