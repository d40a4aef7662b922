package frontdoor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"muster/api"
	"muster/hr"
	"muster/levers"
	"muster/lifecycle"
	"muster/store"
)

type holdInput struct {
	AgentPath
	Body api.HoldRequest
}

type releaseInput struct {
	AgentPath
	Matter string `path:"matter" pattern:"^[A-Za-z0-9._:/ -]{1,128}$" doc:"The matter's id with legal, its slashes escaped"`
	Body   api.ReleaseRequest
}

type holdsQuery struct {
	PageQuery
	Matter   string `query:"matter" maxLength:"128" doc:"Only for this matter"`
	PersonID string `query:"person_id" doc:"Only on this person"`
	InForce  string `query:"in_force" enum:"true,false" doc:"Only those in force, or only those released"`
}

type holdBatchInput struct {
	Body api.HoldBatch
}

func (d *Door) addHolds() {
	legal := []api.Role{api.RoleLegal}
	refusals := []int{http.StatusNotFound, http.StatusConflict}
	add(d, route{
		method: http.MethodPost, path: "/v1/agents/{id}/holds", id: "place-hold", tag: tagHold,
		summary: "Place a hold for a matter: nothing of the person is deleted while one is in force",
		description: "On anybody who is known, at any time. It counts from when this answers. Placing it again changes nothing. It never stops HR's " +
			"events or the cutting of access.",
		roles: legal, refusals: refusals,
	}, func(ctx context.Context, in *holdInput) (*leverAnswer, error) {
		pull, err := d.holdPull(ctx, in.Body.Matter, in.Body.Reason)
		if err != nil {
			return nil, err
		}
		return d.pull(ctx, in.ID, pull)
	})
	add(d, route{
		method: http.MethodDelete, path: "/v1/agents/{id}/holds/{matter}", id: "release-hold", tag: tagHold,
		summary:     "Release the hold for a matter; a grace then lasts at least seven more days",
		description: "By somebody else than who placed it. Releasing it again changes nothing.",
		roles:       legal, refusals: refusals,
	}, func(ctx context.Context, in *releaseInput) (*leverAnswer, error) {
		reason, err := neededReason(in.Body.Reason)
		if err != nil {
			return nil, err
		}
		return d.pull(ctx, in.ID, lifecycle.Pull{
			Lever: lifecycle.LeverReleaseHold, Actor: actorOf(ctx).Name, Reason: reason, Verified: true, Matter: in.Matter, At: d.Now(),
		})
	})
	add(d, route{
		method: http.MethodGet, path: "/v1/holds", id: "list-holds", tag: tagHold, summary: "Holds, the oldest first",
		roles: []api.Role{api.RoleLegal, api.RoleAuditor},
	}, d.listHolds)
	add(d, route{
		method: http.MethodPost, path: "/v1/holds/batch", id: "place-holds", tag: tagHold,
		summary: "Place a hold for one matter on up to 1,000 persons",
		description: "Each person has a receipt of their own, in the order sent, and one that fails does not keep the others from being placed. " +
			"Sending it again is safe.",
		roles: legal,
	}, d.placeHolds)
}

// releaseOrPull pulls a lever. Releasing a hold that was released before changes nothing, so that a file can be sent again; and whoever
// placed one does not release it by another login of theirs.
func (d *Door) releaseOrPull(ctx context.Context, zones hr.Zones, subject store.AgentView, pull lifecycle.Pull) (levers.Outcome, error) {
	if pull.Lever == lifecycle.LeverReleaseHold {
		newest, err := d.newestHold(ctx, subject.PersonID, pull.Matter)
		switch {
		case errors.Is(err, store.ErrNotFound): // which is for the lever to refuse
		case err != nil:
			return levers.Outcome{}, err
		case !newest.InForce():
			return levers.Outcome{State: subject.State, HoldID: newest.ID, Already: true}, nil
		default:
			logins, err := d.loginsOf(ctx, actorOf(ctx))
			if err != nil {
				return levers.Outcome{}, err
			}
			if isOneOf(logins, newest.PlacedBy) {
				return levers.Outcome{}, &lifecycle.LeverRefusal{Lever: pull.Lever, Why: "whoever placed a hold cannot release it"}
			}
		}
	}
	return levers.Pull(ctx, d.Store, zones, subject.PersonID, pull)
}

// newestHold is the hold for a matter that is in force, else the one that was placed last. store.ErrNotFound when there never was one.
func (d *Door) newestHold(ctx context.Context, personID, matter string) (lifecycle.Hold, error) {
	newest, err := lifecycle.Hold{}, store.ErrNotFound
	for cursor := ""; ; {
		holds, next, readErr := d.Store.Holds(ctx, store.HoldFilter{PersonID: personID, Matter: matter, Cursor: cursor})
		if readErr != nil {
			return newest, readErr
		}
		for _, hold := range holds {
			if err != nil || newest.ReleasedAt != nil {
				newest, err = hold, nil
			}
		}
		if next == "" {
			return newest, err
		}
		cursor = next
	}
}

// holdPull checks the fields of a request that places a hold.
func (d *Door) holdPull(ctx context.Context, matter, given string) (lifecycle.Pull, error) {
	reason, err := neededReason(given)
	if err == nil && strings.TrimSpace(matter) != matter {
		err = invalid("body.matter", "blanks around it", "the matter's id and nothing else")
	}
	return lifecycle.Pull{
		Lever: lifecycle.LeverHold, Actor: actorOf(ctx).Name, Reason: reason, Verified: true, Matter: matter, At: d.Now(),
	}, err
}

func (d *Door) listHolds(ctx context.Context, query *holdsQuery) (*listed[api.Hold], error) {
	filter := store.HoldFilter{PersonID: query.PersonID, Matter: query.Matter, Cursor: query.Cursor, Limit: query.Limit}
	if query.InForce != "" {
		wanted := query.InForce == "true"
		filter.InForce = &wanted
	}
	holds, next, err := d.Store.Holds(ctx, filter)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Hold]{Body: api.Page[api.Hold]{Items: make([]api.Hold, len(holds)), NextCursor: next}}
	people := make([]string, len(holds))
	for i, hold := range holds {
		people[i] = hold.PersonID
		answer.Body.Items[i] = holdOf(hold)
	}
	return answer, d.noteRead(ctx, "holds", distinct(people)...)
}

// placeHolds places one hold after the other. While the database is away it stops trying, and says so of all that are left.
func (d *Door) placeHolds(ctx context.Context, in *holdBatchInput) (*document[api.HoldReceipts], error) {
	pull, err := d.holdPull(ctx, in.Body.Matter, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	answer := &document[api.HoldReceipts]{Body: api.HoldReceipts{Items: make([]api.HoldReceipt, len(in.Body.PersonIDs))}}
	var away *api.Problem
	for i, id := range in.Body.PersonIDs {
		answer.Body.Items[i].ID = id
		if away != nil {
			answer.Body.Items[i].Problem = away
			continue
		}
		placed, err := d.placeHold(ctx, id, pull)
		if err == nil {
			answer.Body.Items[i].Outcome = &placed.Body
			continue
		}
		problem := d.problemOf(ctx, route{path: "/v1/holds/batch", tag: tagAgent}, err)
		answer.Body.Items[i].Problem = problem
		if problem.Status == http.StatusServiceUnavailable {
			away = problem
		}
	}
	return answer, nil
}

func (d *Door) placeHold(ctx context.Context, id string, pull lifecycle.Pull) (*leverAnswer, error) {
	if id == "" || !storable(id) {
		return nil, invalid("body.person_ids", "an empty or unreadable id", "a person id, or any of the person's external ids")
	}
	return d.pull(ctx, id, pull)
}

// problemOf is the document that the caller would get for an error of a call of its own.
func (d *Door) problemOf(ctx context.Context, r route, err error) *api.Problem {
	var problem *api.Problem
	if errors.As(d.refusal(ctx, r, err), &problem) {
		return problem
	}
	return api.NewProblem(http.StatusInternalServerError, "the server failed; its log says why")
}
