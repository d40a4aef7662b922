package frontdoor

import (
	"context"
	"errors"
	"net/http"

	"muster/api"
	"muster/store"
)

type outstandingQuery struct {
	PageQuery
}

type settleInput struct {
	Account string `path:"account" maxLength:"200" doc:"The platform's id of the account"`
	Body    api.SettleRequest
}

func (d *Door) addOutstanding() {
	operator, refusals := []api.Role{api.RoleOperator}, []int{http.StatusNotFound, http.StatusConflict}
	add(d, route{
		method: http.MethodGet, path: "/v1/outstanding", id: "list-outstanding", tag: tagReconciliation,
		summary: "Active accounts that are nobody's, as the last reconciliation found them",
		roles:   readers(),
	}, d.listOutstanding)
	add(d, route{
		method: http.MethodPost, path: "/v1/outstanding/{account}/adopt", id: "adopt-account", tag: tagReconciliation, missing: "outstanding account",
		summary: "Say whose an account is; a transfer then brings it to what HR and the registry say",
		description: "Its email or its name has to be the person's. Nothing is unjoined first. Where HR does not want the person at work, the " +
			"account is isolated, and inactive once an approver agrees.",
		roles: operator, refusals: refusals,
	}, d.adoptAccount)
	add(d, route{
		method: http.MethodPost, path: "/v1/outstanding/{account}/ignore", id: "ignore-account", tag: tagReconciliation, missing: "outstanding account",
		summary: "Leave an account alone, with a reason",
		roles:   operator, refusals: refusals,
	}, d.ignoreAccount)
	add(d, route{
		method: http.MethodGet, path: "/v1/outstanding/ignored", id: "list-ignored-accounts", tag: tagReconciliation,
		summary: "Accounts that somebody decided to leave alone, and why", roles: readers(),
	}, d.listIgnored)
	add(d, route{
		method: http.MethodPost, path: "/v1/outstanding/{account}/notice", id: "notice-account", tag: tagReconciliation, missing: "ignored account",
		summary:     "Do not leave an account alone any longer",
		description: "The next reconciliation finds it, if it is active and nobody's still.",
		roles:       operator, refusals: refusals,
	}, d.noticeAccount)
	d.addAccountTerminations()
}

func (d *Door) listOutstanding(ctx context.Context, query *outstandingQuery) (*listed[api.Outstanding], error) {
	found, next, err := d.Store.OutstandingAccounts(ctx, "", query.Cursor, query.Limit)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Outstanding]{Body: api.Page[api.Outstanding]{Items: make([]api.Outstanding, len(found)), NextCursor: next}}
	var people []string
	for i, o := range found {
		answer.Body.Items[i] = api.Outstanding{
			AccountID: o.AccountID, Platform: o.Platform, PersonID: o.PersonID, Because: o.Because, ReconciliationID: o.ReconciliationID, FoundAt: o.TimestampUTC,
		}
		if o.PersonID != "" {
			people = append(people, o.PersonID)
		}
	}
	return answer, d.noteRead(ctx, "outstanding", distinct(people)...)
}

func (d *Door) adoptAccount(ctx context.Context, in *settleInput) (*document[api.Settled], error) {
	by, err := settlement(ctx, in)
	if err != nil {
		return nil, err
	}
	if in.Body.PersonID == "" {
		return nil, invalid("body.person_id", "nothing", "whose account it is, by any of the person's ids")
	}
	if _, err := d.named(ctx, "body.person_id", in.Body.PersonID); err != nil {
		return nil, err
	}
	view, err := d.agent(ctx, in.Body.PersonID, "agent")
	if err != nil {
		return nil, err
	}
	if sameHuman(actorOf(ctx), view) {
		return nil, api.NewProblem(http.StatusForbidden, "nobody adopts an account for themselves")
	}
	err = d.Store.AdoptAccount(ctx, view.PersonID, by)
	var refusal *store.AdoptionRefusal
	if errors.As(err, &refusal) {
		return nil, api.NewProblem(http.StatusConflict, refusal.Why)
	}
	if err != nil {
		return nil, err
	}
	d.Bell.Ring(view.PersonID)
	return &document[api.Settled]{Body: api.Settled{AccountID: in.Account, Result: "adopted", PersonID: view.PersonID}}, nil
}

func (d *Door) ignoreAccount(ctx context.Context, in *settleInput) (*document[api.Settled], error) {
	by, err := settlement(ctx, in)
	if err != nil {
		return nil, err
	}
	if _, err := d.Store.IgnoreOutstanding(ctx, by); err != nil {
		return nil, err
	}
	return &document[api.Settled]{Body: api.Settled{AccountID: in.Account, Result: "ignored"}}, nil
}

func (d *Door) listIgnored(ctx context.Context, _ *struct{}) (*listed[api.IgnoredAccount], error) {
	rows, err := d.Store.IgnoredAccounts(ctx, reconciledPlatform)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.IgnoredAccount]{Body: api.Page[api.IgnoredAccount]{Items: make([]api.IgnoredAccount, len(rows))}}
	for i, a := range rows {
		answer.Body.Items[i] = api.IgnoredAccount{
			AccountID: a.AccountID, Platform: a.Platform, DecidedBy: a.DecidedBy, DecidedAt: a.DecidedAt, Reason: a.Reason,
		}
	}
	return answer, nil
}

func (d *Door) noticeAccount(ctx context.Context, in *settleInput) (*document[api.Settled], error) {
	by, err := settlement(ctx, in)
	if err != nil {
		return nil, err
	}
	if _, err := d.Store.NoticeAccount(ctx, reconciledPlatform, by); err != nil {
		return nil, err
	}
	return &document[api.Settled]{Body: api.Settled{AccountID: in.Account, Result: "noticed"}}, nil
}

func settlement(ctx context.Context, in *settleInput) (store.Settlement, error) {
	reason, err := neededReason(in.Body.Reason)
	return store.Settlement{AccountID: in.Account, Actor: actorOf(ctx).Name, Verified: true, Reason: reason}, err
}
