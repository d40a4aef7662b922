package frontdoor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"muster/api"
	"muster/levers"
	"muster/lifecycle"
	"muster/store"
)

// leverInput pulls a lever. Who pulls is the token's name.
type leverInput struct {
	AgentPath
	Body api.LeverRequest
}

// leverAnswer is what came of a lever: 200 when it is done, 202 when somebody has to approve it first.
type leverAnswer struct {
	Status int
	Body   api.LeverOutcome
}

func (d *Door) addLevers() {
	add(d, route{
		method: http.MethodGet, path: "/v1/agents/{id}/termination", id: "get-termination", tag: tagAgent,
		summary: "Where a leaver stands: grace, holds, reversal, archive, and what can be done about it now",
		description: "Holds, matters and reasons are shown to roles legal and auditor. A termination that is not in effect is shown to role " +
			"legal alone.",
		roles: readers(), refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.showTermination)
	summaries := map[api.Lever]string{
		api.LeverReverse:        "Turn a termination back: the person's access is given back",
		api.LeverExpedite:       "Delete a leaver's account without waiting for the deadline",
		api.LeverReschedule:     "Move the deadline of a grace to a later time",
		api.LeverResume:         "Let a suspended grace go on; it lasts at least 72 hours more",
		api.LeverErase:          "Erase what is left of a deleted account, its archive and the person's data here",
		api.LeverRestoreDeleted: "Bring a deleted account back",
	}
	for _, lever := range api.TerminationLevers() {
		add(d, route{
			method: http.MethodPost, path: "/v1/agents/{id}/termination/" + string(lever), id: string(lever) + "-termination", tag: tagAgent,
			summary: summaries[lever],
			description: "A reason is mandatory. 200 when it is on record, 202 when another person has to approve it first, 409 when it cannot be " +
				"done as the person stands. Nobody pulls a lever about themselves.",
			roles: api.LeverRoles(lever), refusals: []int{http.StatusNotFound, http.StatusConflict},
			change: documentAccepted[api.LeverOutcome](d, "An approval was asked for; nothing is done before it is given"),
		}, func(ctx context.Context, in *leverInput) (*leverAnswer, error) {
			pull, err := d.pullOf(ctx, lifecycle.Lever(lever), in.Body)
			if err != nil {
				return nil, err
			}
			return d.pull(ctx, in.ID, pull)
		})
	}
}

// documentAccepted describes the answer 202, which comes in place of the usual one where somebody else has to agree first.
func documentAccepted[T any](d *Door, description string) func(*huma.Operation) {
	return func(operation *huma.Operation) {
		operation.Responses[strconv.Itoa(http.StatusAccepted)] = &huma.Response{
			Description: description,
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schemaOf[T](d.api)}},
		}
	}
}

func (d *Door) showTermination(ctx context.Context, path *AgentPath) (*document[api.Termination], error) {
	view, err := d.agent(ctx, path.ID, "termination")
	if err != nil {
		return nil, err
	}
	known, err := d.secrecyFor(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	found, err := d.leaver(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	return &document[api.Termination]{Body: found.shown(actorOf(ctx), known, d.Now())}, nil
}

// pullOf checks the fields of a request that pulls a lever.
func (d *Door) pullOf(ctx context.Context, lever lifecycle.Lever, body api.LeverRequest) (lifecycle.Pull, error) {
	reason, err := neededReason(body.Reason)
	if err != nil {
		return lifecycle.Pull{}, err
	}
	pull := lifecycle.Pull{Lever: lever, Actor: actorOf(ctx).Name, Reason: reason, Verified: true, At: d.Now()}
	switch {
	case lever == lifecycle.LeverReschedule && body.Until == nil:
		return pull, invalid("body.until", "nothing", "the new deadline, such as 2026-12-20T10:00:00Z")
	case lever != lifecycle.LeverReschedule && body.Until != nil:
		return pull, invalid("body.until", "a time", "nothing: only reschedule takes one")
	case body.Until != nil:
		pull.Until = body.Until.UTC()
	}
	return pull, nil
}

// neededReason is a reason that says something and can be stored.
func neededReason(given string) (string, error) {
	reason := strings.TrimSpace(given)
	switch {
	case reason == "":
		return "", invalid("body.reason", "nothing", "why, in a sentence")
	case !storable(reason):
		return "", unstorable("body.reason")
	}
	return reason, nil
}

// pull pulls a lever for the person of any id; what it did is committed, and the mailbox rung, when it answers.
func (d *Door) pull(ctx context.Context, id string, pull lifecycle.Pull) (*leverAnswer, error) {
	subject, err := d.person(ctx, id)
	if err != nil {
		return nil, err
	}
	route := "/v1/agents/{id}/termination/" + string(pull.Lever)
	if sameHuman(actorOf(ctx), subject) {
		why := "nobody can pull a lever about themselves"
		d.refusals.note(ctx, refused{route: route, status: http.StatusForbidden, actor: pull.Actor, why: why, personID: subject.PersonID})
		return nil, api.NewProblem(http.StatusForbidden, why)
	}
	zones, err := d.registry.zones(ctx)
	if err != nil {
		return nil, err
	}
	outcome, err := d.releaseOrPull(ctx, zones, subject, pull)
	var refusal *lifecycle.LeverRefusal
	if errors.As(err, &refusal) {
		problem := leverProblem(refusal, actorOf(ctx))
		// Why exactly is for who asked: it may name a matter, or tell of a termination that is not in effect.
		d.refusals.note(ctx, refused{route: route, status: problem.Status, actor: pull.Actor, why: "refused as the person stands", personID: subject.PersonID})
		return nil, problem
	}
	if err != nil {
		return nil, err
	}
	d.Bell.Ring(subject.PersonID)
	return answerOf(subject.PersonID, pull, outcome), nil
}

func answerOf(personID string, pull lifecycle.Pull, outcome levers.Outcome) *leverAnswer {
	answer := &leverAnswer{Status: http.StatusOK, Body: api.LeverOutcome{
		PersonID: personID, Lever: api.Lever(pull.Lever), Result: api.LeverDone, ApprovalID: outcome.ApprovalID,
		LifecycleState: string(outcome.State), Deadline: outcome.Deadline, HoldID: outcome.HoldID,
	}}
	switch {
	case outcome.ApprovalID != "":
		answer.Status, answer.Body.Result = http.StatusAccepted, api.LeverAsked
		answer.Body.Approvers = fmt.Sprintf("role %s, other than the requester and the person", api.RoleLegal)
	case outcome.Already:
		answer.Body.Result = api.LeverAlready
	}
	return answer
}

// leverProblem is the document for a lever that was refused: 422 where a field is at fault, else 409. To whoever may not know of a
// termination that is not in effect, the person is not leaving.
func leverProblem(refusal *lifecycle.LeverRefusal, reader Actor) *api.Problem {
	why := refusal.Why
	if field, rest, isField := strings.Cut(why, ": found "); isField {
		if found, expected, whole := strings.Cut(rest, ", expected "); whole {
			return invalid("body."+field, found, expected)
		}
	}
	if !reader.Has(api.RoleLegal) {
		why = strings.ReplaceAll(why, string(lifecycle.BeforeIsolation), string(lifecycle.NotLeaving))
	}
	return api.NewProblem(http.StatusConflict, fmt.Sprintf("%s refused: %s", refusal.Lever, why))
}

// person finds a person by any id.
func (d *Door) person(ctx context.Context, id string) (store.AgentView, error) {
	view, err := d.Store.Agent(ctx, id)
	if errors.Is(err, store.ErrAmbiguousID) {
		return store.AgentView{}, api.NewProblem(http.StatusConflict, "several people have this id", api.FieldProblem{
			Field: "path.id", Found: shortened(id), Expected: "namespace:id, or the person id",
		})
	}
	return view, err
}
