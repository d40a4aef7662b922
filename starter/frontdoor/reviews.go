package frontdoor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"muster/api"
	"muster/names"
	"muster/store"
)

type reviewsQuery struct {
	PageQuery
	State    string `query:"state" enum:"open,retried,dismissed,resolved" doc:"Only those in this state"`
	Kind     string `query:"kind" doc:"Only this kind" example:"unmapped"`
	PersonID string `query:"person_id" doc:"Only this person"`
}

func (d *Door) addReviews() {
	add(d, route{
		method: http.MethodGet, path: "/v1/reviews", id: "list-reviews", tag: tagReview, summary: "Parked work, the longest open first",
		description: "A review about a confidential event is shown to role legal only.",
		roles:       readers(),
	}, d.listReviews)
	refusals := []int{http.StatusNotFound, http.StatusConflict}
	const who = "Reviews of kind reposted and after_deletion are decided by role legal, each with a reason. Nobody decides about themselves."
	add(d, route{
		method: http.MethodPost, path: "/v1/reviews/{id}/retry", id: "retry", tag: tagReview, summary: "Have parked work tried again",
		description: who,
		roles:       reviewers(), refusals: refusals,
	}, func(ctx context.Context, in *decisionInput) (*reviewAnswer, error) {
		return d.decideReview(ctx, in, names.DecisionRetry)
	})
	add(d, route{
		method: http.MethodPost, path: "/v1/reviews/{id}/dismiss", id: "dismiss", tag: tagReview, summary: "Give parked work up, with a reason",
		description: "A termination's review is dismissed by two persons: the first one's request is recorded and answered with 202, and the " +
			"review stays open until another person who did not have it tried again last dismisses it as well. " + who,
		roles: reviewers(), refusals: refusals,
		change: documentAccepted[api.Review](d, "It is about a termination: a second person has to dismiss it, too"),
	}, func(ctx context.Context, in *decisionInput) (*reviewAnswer, error) {
		if err := in.needReason(); err != nil {
			return nil, err
		}
		return d.decideReview(ctx, in, names.DecisionDismiss)
	})
}

// reviewers are the roles that may decide about some review; which of them depends on its kind.
func reviewers() []api.Role { return []api.Role{api.RoleOperator, api.RoleLegal} }

// mayNotReview says why somebody may not decide about a review; empty when they may. It is pure.
func mayNotReview(actor Actor, kind string, subject store.AgentView) string {
	roles := api.ReviewersOf(kind)
	switch {
	case !actor.Has(roles...):
		return fmt.Sprintf("a review of kind %s is for role %s", kind, roleNames(roles))
	case sameHuman(actor, subject):
		return "nobody can decide about what is about themselves"
	}
	return ""
}

func (d *Door) listReviews(ctx context.Context, query *reviewsQuery) (*listed[api.Review], error) {
	reviews, next, err := visible(query.PageQuery, func(cursor string, limit int) ([]store.Review, string, error) {
		return d.Store.Reviews(ctx, store.QuestionFilter{
			State: query.State, Kind: query.Kind, PersonID: query.PersonID, Cursor: cursor, Limit: limit,
		})
	}, func(review store.Review) (bool, error) { return d.hidesReview(ctx, review) })
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Review]{Body: api.Page[api.Review]{Items: []api.Review{}, NextCursor: next}}
	people := make([]string, len(reviews))
	for i, review := range reviews {
		people[i] = review.PersonID
	}
	if answer.Body.Items, err = d.reviewsOf(ctx, reviews); err != nil {
		return nil, err
	}
	return answer, d.noteRead(ctx, "reviews", distinct(people)...)
}

// hidesReview says whether a review is about, or names, an event that the caller must not recognise.
func (d *Door) hidesReview(ctx context.Context, review store.Review) (bool, error) {
	if actorOf(ctx).Has(api.RoleLegal) {
		return false, nil
	}
	secrecy, err := d.secrecyFor(ctx, review.PersonID)
	if err != nil {
		return false, err
	}
	return secrecy.review(review), nil
}

// reviewsOf are reviews with what is known of their dismissals.
func (d *Door) reviewsOf(ctx context.Context, stored []store.Review) ([]api.Review, error) {
	shown := make([]api.Review, len(stored))
	ids := make([]string, len(stored))
	for i, review := range stored {
		ids[i] = review.ID
	}
	dismissals, err := d.Store.Dismissals(ctx, ids...)
	for i, review := range stored {
		shown[i] = reviewOf(review, dismissals[review.ID])
	}
	return shown, err
}

func reviewOf(stored store.Review, dismissal store.Dismissal) api.Review {
	shown := api.Review{
		ID: stored.ID, PersonID: stored.PersonID, EventID: stored.EventID, Kind: string(stored.Kind), Blocking: stored.Blocking,
		State: stored.State, Question: stored.Question, Detail: detail(stored.Detail), WorkflowID: stored.WorkflowID,
		OpenedAt: stored.OpenedAt, DecidedBy: stored.DecidedBy, DecidedAt: stored.DecidedAt, ActorVerified: stored.ActorVerified,
		Reason: stored.Reason, TwoPersons: dismissal.TwoPersons,
	}
	if asked := dismissal.Asked; asked != nil && stored.DecidedAt == nil {
		shown.DismissalAsked = &api.DismissalAsked{By: asked.AskedBy, At: asked.AskedAt, Reason: asked.Reason}
	}
	return shown
}

// decideReview records the decision, then has the waiting workflow told. A review that the caller may not see does not exist
// for them.
func (d *Door) decideReview(ctx context.Context, in *decisionInput, word string) (*reviewAnswer, error) {
	if err := in.readReason(); err != nil {
		return nil, err
	}
	review, err := d.Store.Review(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	hidden, err := d.hidesReview(ctx, review)
	if err != nil {
		return nil, err
	}
	if hidden {
		return nil, store.ErrNotFound
	}
	actor := actorOf(ctx)
	subject, err := d.Store.Agent(ctx, review.PersonID)
	if err != nil {
		return nil, err
	}
	if why := mayNotReview(actor, string(review.Kind), subject); why != "" {
		d.refusals.note(ctx, refused{
			route: "/v1/reviews/{id}/" + word, status: http.StatusForbidden, actor: actor.Name, why: review.ID + ": " + why,
		})
		return nil, api.NewProblem(http.StatusForbidden, why)
	}
	if !slices.Contains(api.ReviewersOf(string(review.Kind)), api.RoleOperator) {
		if err := in.needReason(); err != nil {
			return nil, err
		}
	}
	logins, err := d.loginsOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	decide := d.Store.DecideReview
	if word == names.DecisionDismiss {
		decide = d.Store.DismissReview
	}
	decided, err := decide(ctx, review.ID, store.Decision{Decision: word, Actor: actor.Name, Reason: in.reason(), Logins: logins})
	if err != nil {
		return nil, d.notSecond(ctx, review, standing(err))
	}
	shown, err := d.reviewsOf(ctx, []store.Review{decided})
	if err != nil {
		return nil, err
	}
	if decided.DecidedAt == nil {
		return &reviewAnswer{Status: http.StatusAccepted, Body: shown[0]}, nil
	}
	d.Bell.Announce(store.Undelivered{
		ID: decided.ID, PersonID: decided.PersonID, WorkflowID: decided.WorkflowID, Decision: word,
		Actor: decided.DecidedBy, ActorVerified: true, Reason: decided.Reason,
	})
	return &reviewAnswer{Status: http.StatusOK, Body: shown[0]}, nil
}

// reviewAnswer is a review after a decision: 200 when it is decided, 202 when a second person has to say so too.
type reviewAnswer struct {
	Status int
	Body   api.Review
}

// notSecond turns "not the second person" into a refusal that is on record.
func (d *Door) notSecond(ctx context.Context, review store.Review, err error) error {
	var same *store.SecondPersonError
	if !errors.As(err, &same) {
		return err
	}
	d.refusals.note(ctx, refused{
		route: "/v1/reviews/{id}/dismiss", status: http.StatusForbidden, actor: actorOf(ctx).Name, why: review.ID + ": " + same.Why,
	})
	return api.NewProblem(http.StatusForbidden, same.Why)
}
