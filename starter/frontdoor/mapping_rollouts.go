package frontdoor

import (
	"context"
	"errors"
	"net/http"

	"muster/api"
	"muster/names"
	"muster/store"
)

const rolloutsPath = "/v1/mapping/rollouts"

// RolloutPath names a rollout. Like PageQuery it is exported for the router alone.
type RolloutPath struct {
	ID string `path:"id" maxLength:"100"`
}

type rolloutInput struct {
	RolloutPath
	Body api.DecisionRequest
}

func (d *Door) addRollouts() {
	add(d, route{
		method: http.MethodGet, path: rolloutsPath, id: "list-rollouts", tag: tagMapping,
		summary: "How changes of the rules reach people: those to come and under way first", roles: mappingReaders(),
	}, d.listRollouts)
	add(d, route{
		method: http.MethodGet, path: rolloutsPath + "/{id}", id: "get-rollout", tag: tagMapping, summary: "How far one rollout has come",
		roles: mappingReaders(), refusals: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *RolloutPath) (*document[api.Rollout], error) {
		return rolloutDocument(d.Store.Rollout(ctx, in.ID))
	})
	for _, step := range []struct {
		verb, summary string
		take          func(ctx context.Context, id string, by store.Decision) (store.Rollout, error)
	}{
		{"pause", "Keep a rollout from telling anybody else; whoever has been told goes on", d.Store.PauseRollout},
		{"resume", "Let a paused rollout go on", d.Store.ResumeRollout},
	} {
		add(d, route{
			method: http.MethodPost, path: rolloutsPath + "/{id}/" + step.verb, id: step.verb + "-rollout", tag: tagMapping, summary: step.summary,
			roles: []api.Role{api.RoleOperator, api.RoleRegistryEditor}, refusals: []int{http.StatusNotFound, http.StatusConflict},
		}, func(ctx context.Context, in *rolloutInput) (*document[api.Rollout], error) {
			by, err := d.decisionOf(ctx, step.verb, in.Body.Reason)
			if err != nil {
				return nil, err
			}
			changed, err := step.take(ctx, in.ID, by)
			var stands *store.RolloutRefusal
			if errors.As(err, &stands) {
				err = api.NewProblem(http.StatusConflict, stands.Error())
			}
			return rolloutDocument(changed, err)
		})
	}
}

func (d *Door) listRollouts(ctx context.Context, _ *struct{}) (*listed[api.Rollout], error) {
	rollouts, err := d.Store.Rollouts(ctx)
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Rollout]{Body: api.Page[api.Rollout]{Items: []api.Rollout{}}}
	for _, rollout := range rollouts {
		answer.Body.Items = append(answer.Body.Items, rolloutOf(rollout))
	}
	return answer, nil
}

func rolloutDocument(rollout store.Rollout, err error) (*document[api.Rollout], error) {
	if err != nil {
		return nil, err
	}
	return &document[api.Rollout]{Body: rolloutOf(rollout)}, nil
}

func rolloutOf(r store.Rollout) api.Rollout {
	return api.Rollout{
		ID: r.ID, Version: r.Version, Cause: string(r.Cause), About: r.About, DueAt: r.DueAt, State: string(r.State),
		Concerned: r.Concerned, Done: r.Done, Waits: r.Waits, UnderWay: r.UnderWay, StartedAt: r.StartedAt, EndedAt: r.EndedAt,
		ChangedBy: r.ChangedBy, Reason: r.Reason, WorkflowID: names.RolloutWorkflowID(r.ID),
	}
}
