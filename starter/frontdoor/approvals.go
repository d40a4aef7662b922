package frontdoor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/api"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

type approvalsQuery struct {
	PageQuery
	State    string `query:"state" enum:"open,approved,rejected,withdrawn" doc:"Only those in this state"`
	Kind     string `query:"kind" doc:"Only this kind" example:"activation"`
	PersonID string `query:"person_id" doc:"Only this person"`
}

// decisionInput is a decision: which, and why. Who decides is the token's name.
type decisionInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body *api.DecisionRequest
}

func (in *decisionInput) reason() string {
	if in.Body == nil {
		return ""
	}
	return strings.TrimSpace(in.Body.Reason)
}

// readReason refuses a reason that cannot be stored.
func (in *decisionInput) readReason() error {
	if !storable(in.reason()) {
		return unstorable("body.reason")
	}
	return nil
}

// needReason refuses a decision without a reason.
func (in *decisionInput) needReason() error {
	if in.reason() == "" {
		return invalid("body.reason", "nothing", "why, in a sentence")
	}
	return nil
}

func (d *Door) addApprovals() {
	add(d, route{
		method: http.MethodGet, path: "/v1/approvals", id: "list-approvals", tag: tagApproval,
		summary:     "Approvals, the longest open first",
		description: "Those that legal decides are shown to roles legal and auditor only.",
		roles:       readers(),
	}, d.listApprovals)
	refusals := []int{http.StatusNotFound, http.StatusConflict}
	add(d, route{
		method: http.MethodPost, path: "/v1/approvals/{id}/approve", id: "approve", tag: tagApproval, summary: "Approve",
		description: "The requester and the person it is about are refused. The decision is on record before the answer; the waiting " +
			"workflow gets it right after, or when Temporal is back.",
		roles: approvers(), refusals: refusals,
	}, func(ctx context.Context, in *decisionInput) (*document[api.Approval], error) {
		return d.decideApproval(ctx, in, names.DecisionApprove)
	})
	add(d, route{
		method: http.MethodPost, path: "/v1/approvals/{id}/reject", id: "reject", tag: tagApproval, summary: "Reject, with a reason",
		description: "The requester and the person it is about are refused.",
		roles:       approvers(), refusals: refusals,
	}, func(ctx context.Context, in *decisionInput) (*document[api.Approval], error) {
		if err := in.needReason(); err != nil {
			return nil, err
		}
		return d.decideApproval(ctx, in, names.DecisionReject)
	})
}

func (d *Door) listApprovals(ctx context.Context, query *approvalsQuery) (*listed[api.Approval], error) {
	approvals, next, err := visible(query.PageQuery, func(cursor string, limit int) ([]store.Approval, string, error) {
		return d.Store.Approvals(ctx, store.QuestionFilter{
			State: query.State, Kind: query.Kind, PersonID: query.PersonID, Cursor: cursor, Limit: limit,
		})
	}, func(approval store.Approval) (bool, error) { return d.hidesApproval(ctx, approval) })
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Approval]{Body: api.Page[api.Approval]{Items: make([]api.Approval, len(approvals)), NextCursor: next}}
	people := make([]string, len(approvals))
	for i, approval := range approvals {
		answer.Body.Items[i] = approvalOf(approval)
		people[i] = approval.PersonID
	}
	return answer, d.noteRead(ctx, "approvals", distinct(people)...)
}

func distinct(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}

func approvalOf(stored store.Approval) api.Approval {
	return api.Approval{
		ID: stored.ID, PersonID: stored.PersonID, Kind: string(stored.Kind), Question: stored.Question, State: stored.State,
		RequestedBy: stored.RequestedBy, WorkflowID: stored.WorkflowID, PlanDigest: stored.PlanDigest, OpenedAt: stored.OpenedAt,
		Deadline: stored.Deadline, DecidedBy: stored.DecidedBy, DecidedAt: stored.DecidedAt, ActorVerified: stored.ActorVerified,
		Reason: stored.Reason,
	}
}

// decideApproval records the decision, then has the waiting workflow told. An approval that the caller may not see does not exist
// for them.
func (d *Door) decideApproval(ctx context.Context, in *decisionInput, word string) (*document[api.Approval], error) {
	if err := in.readReason(); err != nil {
		return nil, err
	}
	approval, err := d.Store.Approval(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	decided, err := d.decide(ctx, approval, word, in.reason())
	if err != nil {
		return nil, err
	}
	return &document[api.Approval]{Body: approvalOf(decided)}, nil
}

// decide is decideApproval for one that was read.
func (d *Door) decide(ctx context.Context, approval store.Approval, word, reason string) (decided store.Approval, err error) {
	hidden, err := d.hidesApproval(ctx, approval)
	if err != nil {
		return decided, err
	}
	if hidden {
		return decided, store.ErrNotFound
	}
	subject, err := d.Store.Agent(ctx, approval.PersonID)
	if err != nil {
		return decided, err
	}
	actor := actorOf(ctx)
	joined, err := d.excludedFromLink(ctx, approval)
	if err != nil {
		return decided, err
	}
	logins, err := d.loginsOf(ctx, actor)
	if err != nil {
		return decided, err
	}
	limits, err := d.excludedFromGuard(ctx, approval.ID, logins)
	if err != nil {
		return decided, err
	}
	if why := cmp.Or(notFor(actor, approval.Kind), excluded(actor, logins, approval.RequestedBy, subject), joined, limits); why != "" {
		d.refusals.note(ctx, refused{
			route: "/v1/approvals/{id}/" + word, status: http.StatusForbidden, actor: actor.Name, why: approval.ID + ": " + why,
		})
		return decided, api.NewProblem(http.StatusForbidden, why)
	}
	decided, err = d.Store.DecideApproval(ctx, approval.ID, store.Decision{Decision: word, Actor: actor.Name, Reason: reason})
	if err != nil {
		return decided, d.linkRefusal(ctx, "/v1/approvals/{id}/"+word, approval.PersonID, standing(err))
	}
	d.Bell.Announce(store.Undelivered{
		ID: decided.ID, Approval: true, PersonID: decided.PersonID, WorkflowID: decided.WorkflowID, Decision: word,
		Actor: decided.DecidedBy, ActorVerified: true, Reason: decided.Reason,
	})
	return decided, nil
}

// approvers are the roles that may decide about some approval; which one depends on its kind.
func approvers() []api.Role { return []api.Role{api.RoleApprover, api.RoleLegal} }

// notFor says why a role is not the one that decides; empty when it is.
func notFor(actor Actor, kind lifecycle.ApprovalKind) string {
	role := api.ApproverOf(string(kind))
	if actor.Has(role) {
		return ""
	}
	return fmt.Sprintf("an approval of kind %s is for role %s", kind, role)
}

// excluded says why a person may not decide about this approval; empty when they may. logins are the names of all the actor's own
// logins. It is pure.
func excluded(actor Actor, logins []string, requestedBy string, subject store.AgentView) string {
	if isOneOf(logins, requestedBy) {
		return "whoever asked for an approval cannot give it"
	}
	if sameHuman(actor, subject) {
		return "nobody can approve what is about themselves"
	}
	return ""
}

// sameHuman says whether an actor is the person: by the id that the token gives its owner, else by the actor's name. Whatever roles
// somebody has, they do not have them where it is about themselves.
func sameHuman(actor Actor, subject store.AgentView) bool {
	own := []string{subject.PersonID, subject.Email, strings.TrimSpace(subject.FirstName + " " + subject.LastName)}
	for _, id := range subject.ExternalIDs {
		own = append(own, id.ID, id.Namespace+":"+id.ID)
	}
	return slices.ContainsFunc(own, func(name string) bool {
		return name != "" && (strings.EqualFold(actor.Name, name) || strings.EqualFold(actor.PersonID, name))
	})
}

// standing turns "already decided" into a refusal that names the decision that stands.
func standing(err error) error {
	var decided *store.AlreadyDecidedError
	if !errors.As(err, &decided) {
		return err
	}
	return api.NewProblem(http.StatusConflict, fmt.Sprintf("%s was %s by %s at %s", decided.ID, decided.State, decided.DecidedBy,
		decided.DecidedAt.UTC().Format(time.RFC3339)))
}
