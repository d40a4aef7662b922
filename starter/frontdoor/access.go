package frontdoor

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"muster/api"
	"muster/store"
)

// actorKey finds the actor in a request's context.
type actorKey struct{}

// actorOf is who makes the request; the zero Actor, who may do nothing, when nobody was asked.
func actorOf(ctx context.Context) Actor {
	actor, _ := ctx.Value(actorKey{}).(Actor)
	return actor
}

// require lets a request pass only with a token that has one of the roles: no or unknown token 401, wrong role 403.
func (d *Door) require(roles []api.Role) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		actor, problem := d.admit(ctx.Context(), ctx.Operation().Path, ctx.Header("Authorization"), roles)
		if problem != nil {
			if problem.Status == http.StatusUnauthorized {
				ctx.SetHeader("WWW-Authenticate", `Bearer realm="muster"`)
			}
			answerProblem(ctx, problem)
			return
		}
		next(huma.WithValue(ctx, actorKey{}, actor))
	}
}

// admit finds the actor of an Authorization header and checks its roles. A refusal is logged and audited here.
func (d *Door) admit(ctx context.Context, route, authorization string, roles []api.Role) (Actor, *api.Problem) {
	token, readable := bearerToken(authorization)
	actor, known := d.Tokens.Find(token)
	switch {
	case authorization == "":
		d.refusals.note(ctx, refused{route: route, status: http.StatusUnauthorized, why: "no bearer token"})
		return Actor{}, api.NewProblem(http.StatusUnauthorized, "this call needs a bearer token: Authorization: Bearer …")
	case !readable || !known:
		d.refusals.note(ctx, refused{route: route, status: http.StatusUnauthorized, why: "an unknown bearer token"})
		return Actor{}, api.NewProblem(http.StatusUnauthorized, "the bearer token is not known here")
	case !actor.Has(roles...):
		d.refusals.note(ctx, refused{route: route, status: http.StatusForbidden, actor: actor.Name, why: "none of the roles " + roleNames(roles)})
		return Actor{}, api.NewProblem(http.StatusForbidden, "this call needs one of the roles: "+roleNames(roles))
	}
	return actor, nil
}

// Refusals are audited at this rate at most, so that a flood of bad requests cannot fill the table; all are logged, and the
// next audited one says how many were left out.
const (
	auditedRefusalsPerSecond = 2
	auditedRefusalsBurst     = 50
	auditTimeout             = 2 * time.Second
)

// refused is one request that was not let in. It never holds a token, a secret or a body.
type refused struct {
	route  string
	status int
	actor  string // empty when nobody could be told
	why    string
	// personID is whose termination a refused lever was about; empty otherwise.
	personID string
}

// refusedAction is the action of what was refused, in the audit trail.
const refusedAction = "access.refused"

// refusals logs and audits who was not let in.
type refusals struct {
	store   *store.Store
	log     *slog.Logger
	limiter *rate.Limiter
	leftOut atomic.Int64
}

func newRefusals(records *store.Store, log *slog.Logger) *refusals {
	return &refusals{
		store: records, log: log,
		limiter: rate.NewLimiter(auditedRefusalsPerSecond, auditedRefusalsBurst),
	}
}

const anonymous = "anonymous"

func (r *refusals) note(ctx context.Context, refusal refused) {
	actor := refusal.actor
	if actor == "" {
		actor = anonymous
	}
	r.log.WarnContext(ctx, "refused a request", "route", refusal.route, "status", refusal.status, "actor", loggable(actor), "why", refusal.why)
	if !r.limiter.Allow() {
		r.leftOut.Add(1)
		return
	}
	// The refusal stands whether or not it can be recorded; a caller who hangs up must not erase the trace.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
	defer cancel()
	leftOut := r.leftOut.Swap(0)
	err := auditWith(ctx, r.store, store.AuditFact{
		Actor: actor, ActorVerified: refusal.actor != "", Action: refusedAction, PersonID: refusal.personID,
	}, map[string]any{"route": refusal.route, "status": refusal.status, "why": refusal.why, "left_out_before": leftOut})
	if err != nil {
		r.leftOut.Add(leftOut + 1)
		r.log.ErrorContext(ctx, "could not audit a refusal", "error", err)
	}
}

// loggable is an actor's name as a log may hold it. Logs hold no addresses of people; the audit trail has the name.
func loggable(actor string) string {
	if strings.Contains(actor, "@") {
		return "see the audit trail"
	}
	return actor
}

// noteRead audits that a person read about persons (the ids are opaque). Nothing is shown when it cannot be recorded.
func (d *Door) noteRead(ctx context.Context, what string, personIDs ...string) error {
	fact := store.AuditFact{Actor: actorOf(ctx).Name, ActorVerified: true, Action: "read." + what}
	switch len(personIDs) {
	case 0:
		return nil
	case 1:
		fact.PersonID = personIDs[0]
		return d.Store.Audit(ctx, fact)
	default:
		return auditWith(ctx, d.Store, fact, map[string]any{"person_ids": personIDs})
	}
}

// auditWith records a fact with a detail.
func auditWith(ctx context.Context, records *store.Store, fact store.AuditFact, detail map[string]any) error {
	raw, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("describe %s for the audit trail: %w", fact.Action, err)
	}
	fact.Detail = raw
	return records.Audit(ctx, fact)
}
