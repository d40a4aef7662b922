package frontdoor

import (
	"context"
	"net/http"

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
		description: "A review about a confidential event is shown to role legal only, so a page may hold fewer than were asked for.",
		roles:       readers(),
	}, d.listReviews)
	refusals := []int{http.StatusNotFound, http.StatusConflict}
	add(d, route{
		method: http.MethodPost, path: "/v1/reviews/{id}/retry", id: "retry", tag: tagReview, summary: "Have parked work tried again",
		roles: []api.Role{api.RoleOperator}, refusals: refusals,
	}, func(ctx context.Context, in *decisionInput) (*document[api.Review], error) {
		return d.decideReview(ctx, in, names.DecisionRetry)
	})
	add(d, route{
		method: http.MethodPost, path: "/v1/reviews/{id}/dismiss", id: "dismiss", tag: tagReview, summary: "Give parked work up, with a reason",
		roles: []api.Role{api.RoleOperator}, refusals: refusals,
	}, func(ctx context.Context, in *decisionInput) (*document[api.Review], error) {
		if err := in.needReason(); err != nil {
			return nil, err
		}
		return d.decideReview(ctx, in, names.DecisionDismiss)
	})
}

func (d *Door) listReviews(ctx context.Context, query *reviewsQuery) (*listed[api.Review], error) {
	reviews, next, err := d.Store.Reviews(ctx, store.QuestionFilter{
		State: query.State, Kind: query.Kind, PersonID: query.PersonID, Cursor: query.Cursor, Limit: query.Limit,
	})
	if err != nil {
		return nil, err
	}
	answer := &listed[api.Review]{Body: api.Page[api.Review]{Items: []api.Review{}, NextCursor: next}}
	var people []string
	for _, review := range reviews {
		hidden, err := d.hidesReview(ctx, review)
		if err != nil {
			return nil, err
		}
		if !hidden {
			answer.Body.Items = append(answer.Body.Items, reviewOf(review))
			people = append(people, review.PersonID)
		}
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

func reviewOf(stored store.Review) api.Review {
	return api.Review{
		ID: stored.ID, PersonID: stored.PersonID, EventID: stored.EventID, Kind: string(stored.Kind), Blocking: stored.Blocking,
		State: stored.State, Question: stored.Question, Detail: detail(stored.Detail), WorkflowID: stored.WorkflowID,
		OpenedAt: stored.OpenedAt, DecidedBy: stored.DecidedBy, DecidedAt: stored.DecidedAt, ActorVerified: stored.ActorVerified,
		Reason: stored.Reason,
	}
}

// decideReview records the decision, then has the waiting workflow told. A review that the caller may not see does not exist
// for them.
func (d *Door) decideReview(ctx context.Context, in *decisionInput, word string) (*document[api.Review], error) {
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
	decided, err := d.Store.DecideReview(ctx, review.ID, store.Decision{Decision: word, Actor: actorOf(ctx).Name, Reason: in.reason()})
	if err != nil {
		return nil, standing(err)
	}
	d.Bell.Announce(store.Undelivered{
		ID: decided.ID, PersonID: decided.PersonID, WorkflowID: decided.WorkflowID, Decision: word,
		Actor: decided.DecidedBy, ActorVerified: true, Reason: decided.Reason,
	})
	return &document[api.Review]{Body: reviewOf(decided)}, nil
}
