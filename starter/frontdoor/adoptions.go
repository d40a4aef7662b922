package frontdoor

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

const (
	planPath      = reconciliationsPath + "/{id}/adoption-plan"
	adoptionsPath = "/v1/adoptions"
)

type plannedInput struct {
	ReconciliationPath
	PageQuery
	Claim string `query:"claim" enum:"adopt,restore,create,review,none" doc:"Only those of whom the plan says this"`
}

type nobodysInput struct {
	ReconciliationPath
	PageQuery
}

type applyInput struct {
	ReconciliationPath
	Body api.AdoptionRequest
}

// AdoptionPath names an adoption. Like PageQuery it is exported for the router alone.
type AdoptionPath struct {
	ID string `path:"id" maxLength:"100"`
}

type adoptionPeopleInput struct {
	AdoptionPath
	PageQuery
	Result string `query:"result" enum:"sent,changed,failed" doc:"Only those of whom this became"`
}

type stopAdoptionInput struct {
	AdoptionPath
	Body api.DecisionRequest
}

func (d *Door) addAdoptions() {
	operator, missing := []api.Role{api.RoleOperator}, []int{http.StatusNotFound}
	add(d, route{
		method: http.MethodGet, path: planPath, id: "get-adoption-plan", tag: tagReconciliation,
		summary: "What hires would do about accounts that are there already, as a reconciliation showed it",
		description: "Nothing has been done. A reconciliation in mode report makes one: it finds the account of everybody whom HR employs and for whom " +
			"Muster keeps none, by external id and by email, and says what would change on it.",
		roles: readers(), refusals: missing,
	}, d.adoptionPlan)
	add(d, route{
		method: http.MethodGet, path: planPath + "/people", id: "list-planned-adoptions", tag: tagReconciliation,
		summary: "The people of a plan, each with the account and what would change on it", roles: readers(), refusals: missing,
	}, d.plannedAdoptions)
	add(d, route{
		method: http.MethodGet, path: planPath + "/accounts", id: "list-nobodys-accounts", tag: tagReconciliation,
		summary: "Active accounts that stay nobody's by a plan", roles: readers(), refusals: missing,
	}, d.nobodysAccounts)
	add(d, route{
		method: http.MethodPost, path: planPath + "/apply", id: "apply-adoption-plan", tag: tagReconciliation, status: http.StatusAccepted,
		summary: "Carry a plan out, for some or for all, a few people in a minute",
		description: "Each person is judged anew first. Whoever stands as the plan showed gets the hire into their mailbox, with its guards and " +
			"approvals; the others are refused, and why. It goes on after a crash where it was.",
		roles: operator, refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.applyAdoptionPlan)
	add(d, route{
		method: http.MethodGet, path: adoptionsPath, id: "list-adoptions", tag: tagReconciliation, summary: "Adoptions, the newest first", roles: readers(),
	}, d.listAdoptions)
	add(d, route{
		method: http.MethodGet, path: adoptionsPath + "/{id}", id: "get-adoption", tag: tagReconciliation, missing: "adoption", summary: "How far an adoption has come",
		roles: readers(), refusals: missing,
	}, func(ctx context.Context, in *AdoptionPath) (*document[api.Adoption], error) {
		return adoptionDocument(d.Store.Adoption(ctx, in.ID))
	})
	add(d, route{
		method: http.MethodGet, path: adoptionsPath + "/{id}/people", id: "list-adoption-people", tag: tagReconciliation, missing: "adoption",
		summary: "What became of the people of an adoption", roles: readers(), refusals: missing,
	}, d.adoptionPeople)
	add(d, route{
		method: http.MethodPost, path: adoptionsPath + "/{id}/stop", id: "stop-adoption", tag: tagReconciliation, missing: "adoption",
		summary: "Keep an adoption from sending anybody else; who has been sent goes on",
		roles:   operator, refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.stopAdoption)
}

func (d *Door) adoptionPlan(ctx context.Context, in *ReconciliationPath) (*document[api.AdoptionPlan], error) {
	run, err := d.Store.Reconciliation(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	shown, err := reconciliationOf(run)
	if err != nil {
		return nil, err
	}
	sum, err := d.Store.AdoptionSummary(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	plan := api.AdoptionPlan{
		ReconciliationID: run.ID, Status: string(run.Status), MadeAt: run.StartedAt, People: shown.Counts.People, Unchanged: sum.Unchanged,
		Adopt: sum.Claims[string(lifecycle.ClaimAdopt)], Restore: sum.Claims[string(lifecycle.ClaimRestore)],
		Create: sum.Claims[string(lifecycle.ClaimCreate)], Review: sum.Claims[string(lifecycle.ClaimReview)], None: sum.Claims[store.ClaimNone],
		Asked: sum.Asked, Nobodys: sum.Nobodys, Reviews: sum.Reviews, Changes: sum.Changes,
		Expected: shown.Counts.Expected, Unevaluated: shown.Counts.Unevaluated,
	}
	if until := holdsUntil(run); !until.IsZero() {
		plan.HoldsUntil = &until
	}
	return &document[api.AdoptionPlan]{Body: plan}, nil
}

// holdsUntil is until when a plan can be carried out; zero before it is made.
func holdsUntil(run store.Reconciliation) time.Time {
	if run.Status != store.ReconciliationCompleted || run.EndedAt == nil {
		return time.Time{}
	}
	return run.EndedAt.Add(lifecycle.AdoptionPlanHolds)
}

func (d *Door) plannedAdoptions(ctx context.Context, in *plannedInput) (*listed[api.PlannedAdoption], error) {
	if _, err := d.Store.Reconciliation(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := d.Store.PlannedAdoptions(ctx, store.AdoptionFilter{ReconciliationID: in.ID, Claim: in.Claim, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	answer := &listed[api.PlannedAdoption]{Body: api.Page[api.PlannedAdoption]{Items: []api.PlannedAdoption{}, NextCursor: next}}
	reader := d.newDeltaReader()
	var people []string
	for _, row := range rows {
		delta, err := reader.show(ctx, row.Delta)
		if err != nil {
			return nil, err
		}
		answer.Body.Items = append(answer.Body.Items, plannedOf(row, delta))
		people = append(people, cmp.Or(row.PersonID, row.ExternalUserID))
	}
	return answer, d.noteRead(ctx, "adoption_plan", distinct(people)...)
}

func plannedOf(row store.PlannedAdoption, delta api.Delta) api.PlannedAdoption {
	planned := api.PlannedAdoption{
		PersonID: delta.PersonID, ExternalUserID: delta.ExternalUserID, Claim: row.Claim, AccountID: delta.AccountID, Why: delta.Because, Outcomes: delta.Outcomes,
	}
	a := delta.Adoption
	if a == nil {
		return planned
	}
	planned.Namespace, planned.AccountID, planned.Link, planned.Review, planned.Why = a.Namespace, a.AccountID, a.Link, a.Review, a.Why
	planned.Differences, planned.AskedRoles = a.Differences, a.AskedRoles
	if row.Contested {
		planned.Review, planned.Link = string(lifecycle.ReviewIdentity), false
		planned.Why = "several people would get account " + a.AccountID + ": whose is it?"
	}
	return planned
}

func (d *Door) nobodysAccounts(ctx context.Context, in *nobodysInput) (*listed[api.NobodysAccount], error) {
	if _, err := d.Store.Reconciliation(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := d.Store.NobodysAccounts(ctx, in.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.NobodysAccount]{Body: api.Page[api.NobodysAccount]{Items: []api.NobodysAccount{}, NextCursor: next}}
	var people []string
	for _, row := range rows {
		answer.Body.Items = append(answer.Body.Items, api.NobodysAccount{AccountID: row.AccountID, PersonID: row.PersonID, Because: row.Because})
		if row.PersonID != "" {
			people = append(people, row.PersonID)
		}
	}
	return answer, d.noteRead(ctx, "adoption_plan", distinct(people)...)
}

func (d *Door) applyAdoptionPlan(ctx context.Context, in *applyInput) (*document[api.Adoption], error) {
	reason, err := neededReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	if err := wellAsked(in.Body); err != nil {
		return nil, err
	}
	run, err := d.Store.Reconciliation(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	switch until := holdsUntil(run); {
	case until.IsZero():
		return nil, api.NewProblem(http.StatusConflict, "reconciliation "+run.ID+" is "+string(run.Status)+": only one that has completed is a plan")
	case !d.Now().Before(until):
		return nil, api.NewProblem(http.StatusConflict, "the plan held until "+until.UTC().Format(time.RFC3339)+": make a new one")
	}
	actor := actorOf(ctx)
	started, err := d.Store.StartAdoption(ctx, store.AdoptionRequest{
		ReconciliationID: run.ID, Claims: in.Body.Claims, People: in.Body.People, PerMinute: cmp.Or(in.Body.PerMinute, lifecycle.AdoptionPace),
		Actor: actor.Name, Verified: true, Reason: reason,
	})
	return adoptionDocument(started, conflict(err))
}

// wellAsked refuses a request that names nobody, or claims that nothing can be done about.
func wellAsked(wanted api.AdoptionRequest) error {
	if len(wanted.People) == 0 && len(wanted.Claims) == 0 {
		return invalid("body.people", "nobody", "people, or claims for everybody of whom the plan says one of them")
	}
	for _, claim := range wanted.Claims {
		if claim == store.ClaimNone || !slices.Contains(api.AdoptionClaims(), claim) {
			return invalid("body.claims", shortened(claim), "some of adopt, restore, create, review")
		}
	}
	for _, person := range wanted.People {
		if strings.TrimSpace(person) == "" || !storable(person) {
			return invalid("body.people", "an empty id, or one that is not text", "ids of people in the plan")
		}
	}
	return nil
}

// conflict answers why an adoption does not begin or end.
func conflict(err error) error {
	var why *store.AdoptionStart
	if errors.As(err, &why) {
		return api.NewProblem(http.StatusConflict, why.Why)
	}
	return err
}

func (d *Door) listAdoptions(ctx context.Context, _ *struct{}) (*listed[api.Adoption], error) {
	rows, err := d.Store.Adoptions(ctx, "")
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Adoption]{Body: api.Page[api.Adoption]{Items: []api.Adoption{}}}
	for _, row := range rows {
		answer.Body.Items = append(answer.Body.Items, adoptionOf(row))
	}
	return answer, nil
}

func (d *Door) adoptionPeople(ctx context.Context, in *adoptionPeopleInput) (*listed[api.AdoptionPerson], error) {
	if _, err := d.Store.Adoption(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := d.Store.AdoptionPeople(ctx, in.ID, store.AdoptionOutcome(in.Result), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.AdoptionPerson]{Body: api.Page[api.AdoptionPerson]{Items: []api.AdoptionPerson{}, NextCursor: next}}
	reader := d.newDeltaReader()
	var people []string
	for _, row := range rows {
		delta, err := reader.show(ctx, row.Delta)
		if err != nil {
			return nil, err
		}
		person := api.AdoptionPerson{
			PersonID: delta.PersonID, ExternalUserID: delta.ExternalUserID, Result: string(row.Result), Why: row.Why, SettledAt: row.SettledAt,
		}
		if delta.Adoption != nil {
			person.AccountID, person.Claim = delta.Adoption.AccountID, delta.Adoption.Claim
		}
		answer.Body.Items = append(answer.Body.Items, person)
		people = append(people, cmp.Or(row.PersonID, row.ExternalUserID))
	}
	return answer, d.noteRead(ctx, "adoption", distinct(people)...)
}

func (d *Door) stopAdoption(ctx context.Context, in *stopAdoptionInput) (*document[api.Adoption], error) {
	reason, err := neededReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	stopped, err := d.Store.StopAdoption(ctx, in.ID, actorOf(ctx).Name, true, reason)
	return adoptionDocument(stopped, conflict(err))
}

func adoptionDocument(adoption store.Adoption, err error) (*document[api.Adoption], error) {
	if err != nil {
		return nil, err
	}
	return &document[api.Adoption]{Body: adoptionOf(adoption)}, nil
}

func adoptionOf(a store.Adoption) api.Adoption {
	return api.Adoption{
		ID: a.ID, ReconciliationID: a.ReconciliationID, State: string(a.State), RequestedBy: a.RequestedBy, Reason: a.Reason, PerMinute: a.PerMinute,
		StartedAt: a.StartedAt, EndedAt: a.EndedAt, StoppedBy: a.StoppedBy, StopReason: a.StopReason,
		People: a.People, Sent: a.Sent, Changed: a.Changed, Failed: a.Failed, Left: a.Left(), WorkflowID: names.AdoptWorkflowID(a.ID),
	}
}
