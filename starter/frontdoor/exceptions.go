package frontdoor

import (
	"context"
	"net/http"
	"strings"
	"time"

	"muster/api"
	"muster/store"
)

type exceptionInput struct {
	AgentPath
	Body api.ExceptionRequest
}

type exceptionPath struct {
	AgentPath
	Exception string `path:"exception" maxLength:"100"`
}

func (d *Door) addExceptions() {
	refusals := []int{http.StatusNotFound, http.StatusConflict}
	add(d, route{
		method: http.MethodPost, path: "/v1/agents/{id}/exceptions", id: "make-exception", tag: tagReconciliation, missing: tagAgent,
		summary: "Let one construct of a person's account be as it is until a time",
		description: "A supervisor's temporary skill: neither a change nor a reconciliation puts it back before. One in force for the same construct " +
			"is ended by it. Nobody makes one for themselves.",
		roles: []api.Role{api.RoleOperator}, refusals: refusals,
	}, d.makeException)
	add(d, route{
		method: http.MethodGet, path: "/v1/agents/{id}/exceptions", id: "list-exceptions", tag: tagReconciliation, missing: tagAgent,
		summary: "A person's exceptions, the newest first, ended ones too",
		roles:   readers(), refusals: refusals,
	}, d.listExceptions)
	add(d, route{
		method: http.MethodDelete, path: "/v1/agents/{id}/exceptions/{exception}", id: "end-exception", tag: tagReconciliation, missing: "exception",
		summary:     "End an exception before its time",
		description: "The next reconciliation puts the construct back. Ending it again changes nothing.",
		roles:       []api.Role{api.RoleOperator}, refusals: refusals,
	}, d.endException)
}

func (d *Door) makeException(ctx context.Context, in *exceptionInput) (*document[api.Exception], error) {
	reason, err := neededReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	construct := strings.TrimSpace(in.Body.Construct)
	switch {
	case construct == "" || !storable(construct):
		return nil, invalid("body.construct", "nothing", "the platform's id or name of it")
	case !in.Body.Until.After(d.Now()):
		return nil, invalid("body.until", in.Body.Until.UTC().Format(time.RFC3339), "a time to come")
	}
	view, err := d.agent(ctx, in.ID, "exceptions")
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	if sameHuman(actor, view) {
		return nil, api.NewProblem(http.StatusForbidden, "nobody makes an exception for themselves")
	}
	var made store.Exception
	err = d.Store.WithPerson(ctx, view.PersonID, func(_ context.Context, p *store.PersonTx) (err error) {
		made, err = p.AddException(store.Exception{
			Part: in.Body.Part, Construct: construct, Until: in.Body.Until.UTC(), MadeBy: actor.Name, MadeByVerified: true, Reason: reason,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &document[api.Exception]{Body: exceptionOf(made)}, nil
}

func (d *Door) listExceptions(ctx context.Context, path *AgentPath) (*document[api.Exceptions], error) {
	view, err := d.agent(ctx, path.ID, "exceptions")
	if err != nil {
		return nil, err
	}
	all, err := d.Store.PersonExceptions(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	answer := &document[api.Exceptions]{Body: api.Exceptions{Items: make([]api.Exception, len(all))}}
	for i, one := range all {
		answer.Body.Items[i] = exceptionOf(one)
	}
	return answer, nil
}

func (d *Door) endException(ctx context.Context, path *exceptionPath) (*document[api.Exception], error) {
	view, err := d.agent(ctx, path.ID, "exceptions")
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	err = d.Store.WithPerson(ctx, view.PersonID, func(_ context.Context, p *store.PersonTx) error {
		return p.EndException(path.Exception, actor.Name, true)
	})
	if err != nil {
		return nil, err
	}
	all, err := d.Store.PersonExceptions(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.ID == path.Exception {
			return &document[api.Exception]{Body: exceptionOf(one)}, nil
		}
	}
	return nil, store.ErrNotFound
}

func exceptionOf(x store.Exception) api.Exception {
	return api.Exception{
		ID: x.ID, PersonID: x.PersonID, Part: x.Part, Construct: x.Construct, Until: x.Until, Reason: x.Reason, MadeBy: x.MadeBy,
		MadeByVerified: x.MadeByVerified, MadeAt: x.MadeAt, EndedAt: x.EndedAt, EndedBy: x.EndedBy,
	}
}
