package frontdoor

import (
	"context"
	"fmt"
	"net/http"

	"muster/api"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

type guardsQuery struct {
	PageQuery
	All bool `query:"all" doc:"Those that hold nobody any more, too"`
}

type guardInput struct {
	Trip string `path:"trip" maxLength:"100"`
	Body api.GuardDecision
}

func (d *Door) addGuards() {
	add(d, route{
		method: http.MethodGet, path: "/v1/guards", id: "list-guards", tag: tagGuard,
		summary: "Limits of the mass-change guard that are reached, with who waits, the oldest first",
		description: "Whoever waits for a deactivation or a deletion is isolated already; whoever waits for a creation or a removal has lost nothing. " +
			"Nobody passes because time has.",
		roles: readers(),
	}, d.listGuards)
	refusals := []int{http.StatusNotFound}
	const who = "By role approver, but for whoever set the limits, and never about oneself. Each person has a receipt; one that fails does not hold up the others. " +
		"Sending it again is safe. The ordinary approvals of kind guard_release decide about one person alone."
	add(d, route{
		method: http.MethodPost, path: "/v1/guards/{trip}/release", id: "release-guard", tag: tagGuard,
		summary:     "Let people pass whom a trip holds: all who wait now, or some",
		description: "Releasing all of a hard stop lifts it: accesses are cut again, and counted anew. " + who,
		roles:       []api.Role{api.RoleApprover}, refusals: refusals,
	}, func(ctx context.Context, in *guardInput) (*document[api.GuardReceipts], error) {
		return d.decideGuard(ctx, in, names.DecisionApprove)
	})
	add(d, route{
		method: http.MethodPost, path: "/v1/guards/{trip}/refuse", id: "refuse-guard", tag: tagGuard,
		summary: "Refuse people whom a trip holds: all who wait now, or some",
		description: "A leaver stays isolated, a hire without an account, and a review asks what to do: retry asks for the release again. A queue or a skill is kept. " +
			"Refusing a hard stop confirms it. " + who,
		roles: []api.Role{api.RoleApprover}, refusals: refusals,
	}, func(ctx context.Context, in *guardInput) (*document[api.GuardReceipts], error) {
		return d.decideGuard(ctx, in, names.DecisionReject)
	})
}

func (d *Door) listGuards(ctx context.Context, query *guardsQuery) (*listed[api.GuardTrip], error) {
	trips, next, err := d.Store.GuardTrips(ctx, !query.All, query.Cursor, query.Limit)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(trips))
	for i, trip := range trips {
		ids[i] = trip.ID
	}
	held, err := d.Store.GuardHeld(ctx, ids...)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.GuardTrip]{Body: api.Page[api.GuardTrip]{Items: make([]api.GuardTrip, len(trips)), NextCursor: next}}
	var people []string
	for i, trip := range trips {
		answer.Body.Items[i] = tripOf(trip, held[trip.ID])
		for _, h := range held[trip.ID] {
			people = append(people, h.PersonID)
		}
		if len(held[trip.ID]) == 0 {
			continue
		}
		if answer.Body.Items[i].LimitsSetBy, err = d.Store.LimitsSetBy(ctx, held[trip.ID][0].ApprovalID); err != nil {
			return nil, err
		}
	}
	return answer, d.noteRead(ctx, "guards", distinct(people)...)
}

func tripOf(trip store.GuardTrip, held []store.GuardHeld) api.GuardTrip {
	document := api.GuardTrip{
		ID: trip.ID, Platform: trip.Platform, Kind: string(trip.Kind), Subject: trip.Subject, Because: trip.Because, Passed: trip.Passed,
		Limit: trip.Allowed, ShareOf: trip.ShareOf, OpenedAt: trip.OpenedAt, LiftedAt: trip.LiftedAt, ClosedAt: trip.ClosedAt, Waiting: []api.GuardHeld{},
	}
	for _, h := range held {
		shown := api.GuardHeld{PersonID: h.PersonID, ApprovalID: h.ApprovalID, Since: h.Since, State: h.State, Deadline: h.Deadline, DecidedBy: h.DecidedBy}
		if h.State == store.ApprovalOpen {
			document.Waiting = append(document.Waiting, shown)
		} else {
			document.Decided = append(document.Decided, shown)
		}
	}
	return document
}

// decideGuard decides about one person after the other. While the database is away it stops trying, and says so of all that are left.
func (d *Door) decideGuard(ctx context.Context, in *guardInput, word string) (*document[api.GuardReceipts], error) {
	reason, err := neededReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	if in.Body.All == (len(in.Body.PersonIDs) > 0) {
		return nil, invalid("body", fmt.Sprintf("all %t and %d person_ids", in.Body.All, len(in.Body.PersonIDs)), "either all or person_ids")
	}
	trip, err := d.Store.GuardTrip(ctx, in.Trip)
	if err != nil {
		return nil, err
	}
	held, err := d.Store.GuardHeld(ctx, trip.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.All && word == names.DecisionApprove && trip.Kind == lifecycle.GuardIsolation && trip.ClosedAt == nil {
		if err := d.liftHardStop(ctx, trip, held[trip.ID]); err != nil {
			return nil, err
		}
	}
	answer := &document[api.GuardReceipts]{Body: api.GuardReceipts{Items: []api.GuardReceipt{}}}
	var away *api.Problem
	for _, receipt := range meant(in.Body, held[trip.ID]) {
		switch {
		case receipt.Problem != nil:
		case away != nil:
			receipt.Problem = away
		default:
			receipt, away = d.decideHeld(ctx, receipt, word, reason)
		}
		answer.Body.Items = append(answer.Body.Items, receipt)
	}
	return answer, nil
}

// meant are those whom a decision is about: everybody who waits, or those it names, whether they wait or not.
func meant(decision api.GuardDecision, held []store.GuardHeld) (receipts []api.GuardReceipt) {
	for _, h := range held {
		if decision.All && h.State == store.ApprovalOpen {
			receipts = append(receipts, api.GuardReceipt{PersonID: h.PersonID, ApprovalID: h.ApprovalID})
		}
	}
	for _, id := range decision.PersonIDs {
		receipt := api.GuardReceipt{PersonID: id, Problem: api.NewProblem(http.StatusNotFound, "this trip does not hold the person")}
		for _, h := range held { // one trip may hold several operations of a person, one after the other
			if h.PersonID == id && (receipt.ApprovalID == "" || h.State == store.ApprovalOpen) {
				receipt = api.GuardReceipt{PersonID: id, ApprovalID: h.ApprovalID}
			}
		}
		receipts = append(receipts, receipt)
	}
	return receipts
}

// decideHeld decides about one person; away is set when the database is.
func (d *Door) decideHeld(ctx context.Context, receipt api.GuardReceipt, word, reason string) (_ api.GuardReceipt, away *api.Problem) {
	approval, err := d.Store.Approval(ctx, receipt.ApprovalID)
	if err == nil {
		approval, err = d.decide(ctx, approval, word, reason)
	}
	if err == nil {
		receipt.State = approval.State
		return receipt, nil
	}
	receipt.Problem = d.problemOf(ctx, route{path: "/v1/guards/{trip}/" + word, tag: tagGuard}, err)
	if receipt.Problem.Status == http.StatusServiceUnavailable {
		away = receipt.Problem
	}
	return receipt, away
}

// liftHardStop has isolations counted anew, unless the actor set the limit.
func (d *Door) liftHardStop(ctx context.Context, trip store.GuardTrip, held []store.GuardHeld) error {
	actor := actorOf(ctx)
	if len(held) > 0 {
		logins, err := d.loginsOf(ctx, actor)
		if err != nil {
			return err
		}
		why, err := d.excludedFromGuard(ctx, held[0].ApprovalID, logins)
		if err != nil {
			return err
		}
		if why != "" {
			d.refusals.note(ctx, refused{route: "/v1/guards/{trip}/release", status: http.StatusForbidden, actor: actor.Name, why: trip.ID + ": " + why})
			return api.NewProblem(http.StatusForbidden, why)
		}
	}
	return d.Store.LiftHardStop(ctx, trip.ID, actor.Name)
}

// excludedFromGuard says why somebody may not decide about a release for having set the limit (RULES 9); empty when they may, and for
// approvals of other kinds.
func (d *Door) excludedFromGuard(ctx context.Context, approvalID string, logins []string) (why string, err error) {
	setBy, err := d.Store.LimitsSetBy(ctx, approvalID)
	for _, name := range setBy {
		if isOneOf(logins, name) {
			why = "whoever set the guard's limits cannot release anybody from them"
		}
	}
	return why, err
}
