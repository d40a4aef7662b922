package frontdoor

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"muster/api"
	"muster/store"
)

type releaseDeltasInput struct {
	ReconciliationPath
	Body api.ReleaseDeltas
}

func (d *Door) addReconciliationRelease() {
	add(d, route{
		method: http.MethodPost, path: reconciliationsPath + "/{id}/release", id: "release-deltas", tag: tagReconciliation, status: http.StatusAccepted,
		summary: "Repair what one found, whatever the mode of its type is",
		description: "For each person a reconciliation of their own begins, which compares anew and repairs what still stands, of the released types alone. " +
			"Guards, approvals and exceptions hold as ever. At most 200 people at once.",
		roles: []api.Role{api.RoleOperator}, refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.releaseDeltas)
}

func (d *Door) releaseDeltas(ctx context.Context, in *releaseDeltasInput) (*document[api.ReleasedDeltas], error) {
	reason, err := neededReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	if len(in.Body.DeltaTypes)+len(in.Body.People) == 0 {
		return nil, invalid("body.delta_types", "neither types nor people", "the types of deltas, or the people, that are released")
	}
	for _, t := range in.Body.DeltaTypes {
		if !slices.Contains(api.DeltaTypes(), t) {
			return nil, invalid("body.delta_types", shortened(t), "some of "+strings.Join(api.DeltaTypes(), ", "))
		}
	}
	var ids []string
	for _, id := range in.Body.People {
		person, err := d.named(ctx, "body.people", id)
		if err != nil {
			return nil, err
		}
		ids = append(ids, person.PersonID)
	}
	actor := actorOf(ctx)
	released, err := d.Store.ReleaseDeltas(ctx, store.DeltaRelease{
		ReconciliationID: in.ID, DeltaTypes: in.Body.DeltaTypes, People: distinct(ids), AllTypes: api.DeltaTypes(),
		NewID: func() string { return personReconciliationID(d.Now()) }, Actor: actor.Name, Verified: true, Reason: reason,
	})
	var refusal *store.ReleaseRefusal
	if errors.As(err, &refusal) {
		return nil, api.NewProblem(http.StatusConflict, refusal.Why)
	}
	if err != nil {
		return nil, err
	}
	answer := &document[api.ReleasedDeltas]{Body: api.ReleasedDeltas{Items: []api.ReleasedDelta{}}}
	var people []string
	for _, r := range released {
		item := api.ReleasedDelta{DeltaType: r.DeltaType, PersonID: r.Subject, ReconciliationID: r.ReconciliationID, Why: r.Why}
		if r.DeltaType == "PLATFORM_ONLY" {
			item.PersonID, item.AccountID = "", r.Subject
		} else {
			people = append(people, r.Subject)
		}
		answer.Body.Items = append(answer.Body.Items, item)
	}
	return answer, d.noteRead(ctx, "deltas", distinct(people)...)
}
