package frontdoor

import (
	"context"
	"errors"
	"net/http"

	"muster/api"
	"muster/lifecycle"
	"muster/names"
	"muster/starter/explain"
	"muster/store"
)

type agentsQuery struct {
	PageQuery
	State          string `query:"state" doc:"Lifecycle state" example:"active"`
	Email          string `query:"email" doc:"The whole address, case aside"`
	Text           string `query:"q" doc:"Part of a name, an id or an address"`
	NeedsAttention string `query:"needs_attention" enum:"true,false" doc:"Only those who do, or do not"`
}

// AgentPath names a person. It is exported because the router looks into exported parts only.
type AgentPath struct {
	ID string `path:"id" maxLength:"200" doc:"A person id or any of the person's external ids"`
}

type timelineQuery struct {
	AgentPath
	PageQuery
}

func (d *Door) addAgents() {
	add(d, route{
		method: http.MethodGet, path: "/v1/agents", id: "list-agents", tag: tagAgent, summary: "Where people stand",
		roles: readers(),
	}, d.listAgents)
	add(d, route{
		method: http.MethodGet, path: "/v1/agents/{id}", id: "get-agent", tag: tagAgent, summary: "Where one person stands",
		roles: readers(), refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.showAgent)
	add(d, route{
		method: http.MethodGet, path: "/v1/agents/{id}/timeline", id: "get-timeline", tag: tagAgent,
		summary: "What happened to a person, the oldest first, with actors",
		roles:   readers(), refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.timeline)
	add(d, route{
		method: http.MethodGet, path: "/v1/agents/{id}/explain", id: "explain-agent", tag: tagAgent,
		summary: "Why the account is as it is, what it waits for, who can unblock it and how",
		roles:   readers(), refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.explain)
}

func (d *Door) listAgents(ctx context.Context, query *agentsQuery) (*listed[api.Agent], error) {
	filter := store.AgentFilter{
		State: lifecycle.State(query.State), Email: query.Email, Query: query.Text, Cursor: query.Cursor, Limit: query.Limit,
	}
	if query.NeedsAttention != "" {
		wanted := query.NeedsAttention == "true"
		filter.NeedsAttention = &wanted
	}
	views, next, err := d.Store.Agents(ctx, filter)
	if err != nil {
		return nil, err
	}
	people := make([]string, len(views))
	answer := &listed[api.Agent]{Body: api.Page[api.Agent]{Items: make([]api.Agent, len(views)), NextCursor: next}}
	for i, view := range views {
		people[i] = view.PersonID
		answer.Body.Items[i] = agentOf(view)
		// What is due next may be a planned termination; telling which would cost a fold for each row. One person's own page
		// tells it to everyone who may know.
		if actorOf(ctx).Has(api.RoleLegal) {
			answer.Body.Items[i].NextDue = view.NextDue
		}
	}
	return answer, d.noteRead(ctx, "agents", people...)
}

// agentOf is an agent without what is due next, which may be confidential.
func agentOf(view store.AgentView) api.Agent {
	ids := make([]string, len(view.ExternalIDs))
	for i, id := range view.ExternalIDs {
		ids[i] = id.ID
	}
	updated := view.UpdatedAt
	return api.Agent{
		PersonID: view.PersonID, ExternalIDs: ids, FirstName: view.FirstName, LastName: view.LastName, Email: view.Email,
		LifecycleState: string(view.State), Operation: string(view.Operation), OperationSince: view.OperationSince,
		Generation: view.Generation, Platform: view.Platform, PlatformUserID: view.PlatformUserID, MappingVersion: view.MappingVersion,
		NeedsAttention: view.NeedsAttention, WorkflowID: names.AgentWorkflowID(view.PersonID),
		ActivatedAt: view.ActivatedAt, UpdatedAt: &updated,
	}
}

// agent finds a person by any id and notes that the caller read about them.
func (d *Door) agent(ctx context.Context, id, what string) (store.AgentView, error) {
	view, err := d.person(ctx, id)
	if err != nil {
		return store.AgentView{}, err
	}
	return view, d.noteRead(ctx, what, view.PersonID)
}

func (d *Door) showAgent(ctx context.Context, path *AgentPath) (*document[api.Agent], error) {
	view, err := d.agent(ctx, path.ID, "agent")
	if err != nil {
		return nil, err
	}
	secrecy, err := d.secrecyFor(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	shown := agentOf(view)
	shown.NextDue = secrecy.nextDue()
	return &document[api.Agent]{Body: shown}, nil
}

func (d *Door) timeline(ctx context.Context, query *timelineQuery) (*listed[api.TimelineEntry], error) {
	view, err := d.agent(ctx, query.ID, "timeline")
	if err != nil {
		return nil, err
	}
	secrecy, err := d.secrecyFor(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	hidden := secrecy.hiddenIDs()
	reader := actorOf(ctx)
	entries, next, err := visible(query.PageQuery, func(cursor string, limit int) ([]store.TimelineEntry, string, error) {
		return d.Store.Timeline(ctx, view.PersonID, cursor, limit)
	}, func(entry store.TimelineEntry) (bool, error) {
		return mentions(entry.Text, secrecy.approvals) || holds(entry.Detail, secrecy.approvals) || secrecy.hidesLever(entry, reader), nil
	})
	if err != nil {
		return nil, err
	}
	answer := &listed[api.TimelineEntry]{Body: api.Page[api.TimelineEntry]{Items: make([]api.TimelineEntry, len(entries)), NextCursor: next}}
	for i, entry := range entries {
		answer.Body.Items[i] = timelineEntry(entry, hidden)
	}
	return answer, nil
}

func (d *Door) explain(ctx context.Context, path *AgentPath) (*document[api.Explanation], error) {
	view, err := d.agent(ctx, path.ID, "explain")
	if err != nil {
		return nil, err
	}
	secrecy, err := d.secrecyFor(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	found, err := d.leaver(ctx, view.PersonID)
	if err != nil {
		return nil, err
	}
	standing := found.shown(actorOf(ctx), secrecy, d.Now())
	situation := explain.Situation{Agent: agentOf(view), Termination: &standing}
	for _, event := range secrecy.events {
		situation.Events = append(situation.Events, secrecy.event(event))
	}
	var more bool
	if situation.Approvals, situation.Withheld, err = d.openApprovals(ctx, view.PersonID, secrecy); err != nil {
		return nil, err
	}
	if situation.Reviews, more, err = d.openReviews(ctx, view.PersonID, secrecy); err != nil {
		return nil, err
	}
	situation.Withheld = situation.Withheld || more
	plan, err := d.Store.LatestPlan(ctx, view.PersonID)
	switch {
	case err == nil:
		situation.Plan = &plan
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	return &document[api.Explanation]{Body: clean(explain.Explain(situation), secrecy.unspeakable())}, nil
}

// openLimit bounds the questions of each kind and state that an explanation looks at.
const openLimit = 100

// openApprovals are those that are open, and those decided that their workflow has not taken up, without those that the reader
// must not know of; withheld says whether there are such.
func (d *Door) openApprovals(ctx context.Context, personID string, secrecy secrecy) (found []api.Approval, withheld bool, err error) {
	for _, state := range []string{store.ApprovalOpen, store.ApprovalApproved, store.ApprovalRejected} {
		approvals, _, err := d.Store.Approvals(ctx, store.QuestionFilter{PersonID: personID, State: state, Limit: openLimit})
		if err != nil {
			return nil, false, err
		}
		for _, approval := range approvals {
			switch {
			case approval.TakenUpAt != nil:
			case secrecy.approvals[approval.ID]:
				withheld = true
			default:
				found = append(found, approvalOf(approval))
			}
		}
	}
	return found, withheld, nil
}

// openReviews are those that are open, and those decided that their workflow has not taken up, without those about events that
// the reader must not recognise; withheld says whether there are such.
func (d *Door) openReviews(ctx context.Context, personID string, secrecy secrecy) (found []api.Review, withheld bool, err error) {
	var waiting []store.Review
	for _, state := range []string{store.ReviewOpen, store.ReviewRetried, store.ReviewDismissed} {
		reviews, _, err := d.Store.Reviews(ctx, store.QuestionFilter{PersonID: personID, State: state, Limit: openLimit})
		if err != nil {
			return nil, false, err
		}
		for _, review := range reviews {
			switch {
			case review.TakenUpAt != nil:
			case secrecy.review(review):
				withheld = true
			default:
				waiting = append(waiting, review)
			}
		}
	}
	found, err = d.reviewsOf(ctx, waiting)
	return found, withheld, err
}
