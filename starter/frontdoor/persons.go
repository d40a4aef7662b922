package frontdoor

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

type linkInput struct {
	Body api.LinkRequest
}

func (d *Door) addPersons() {
	add(d, route{
		method: http.MethodPost, path: "/v1/persons/link", id: "link-persons", tag: tagAgent, status: http.StatusAccepted,
		summary: "Ask for two persons to be joined into one",
		description: "For one person who is known by ids that nobody knew to be one: a contractor who is hired, a rehire under a new number, two " +
			"HR systems. It asks for an approval of kind link, which somebody else grants; ids, events and account of the joined person then " +
			"become the kept person's, for good. 409 while either has an operation, a hold or a grace, and when both have an account. What is legal's to settle is said to roles legal and auditor " +
			"only.",
		roles: []api.Role{api.RoleOperator}, refusals: []int{http.StatusNotFound, http.StatusConflict},
	}, d.linkPersons)
}

func (d *Door) linkPersons(ctx context.Context, in *linkInput) (*document[api.Approval], error) {
	reason := strings.TrimSpace(in.Body.Reason)
	switch {
	case reason == "":
		return nil, invalid("body.reason", "nothing", "why they are one, in a sentence")
	case !storable(reason):
		return nil, unstorable("body.reason")
	}
	kept, err := d.named(ctx, "body.kept", in.Body.Kept)
	if err != nil {
		return nil, err
	}
	joined, err := d.named(ctx, "body.joined", in.Body.Joined)
	if err != nil {
		return nil, err
	}
	approval, err := d.Store.RequestLink(ctx, store.LinkRequest{
		KeptID: kept.PersonID, JoinedID: joined.PersonID, RequestedBy: actorOf(ctx).Name, Reason: reason, At: d.Now(),
	})
	if err != nil {
		return nil, d.linkRefusal(ctx, "/v1/persons/link", kept.PersonID, err)
	}
	return &document[api.Approval]{Body: approvalOf(approval)}, nil
}

// named finds whom a field names, by any id; what cannot be found names the field.
func (d *Door) named(ctx context.Context, field, id string) (store.AgentView, error) {
	if !storable(id) {
		return store.AgentView{}, unstorable(field)
	}
	view, err := d.Store.Agent(ctx, id)
	switch {
	case errors.Is(err, store.ErrAmbiguousID):
		return view, api.NewProblem(http.StatusConflict, field+": several people have this id", api.FieldProblem{
			Field: field, Found: shortened(id), Expected: "namespace:id, or the person id",
		})
	case errors.Is(err, store.ErrNotFound):
		return view, api.NewProblem(http.StatusNotFound, field+": nobody has this id", api.FieldProblem{
			Field: field, Found: shortened(id), Expected: "a person id, or any external id of a person",
		})
	}
	return view, err
}

// linkRefusal turns why two cannot be joined into a refusal of the call, which is on record.
func (d *Door) linkRefusal(ctx context.Context, route, keptID string, err error) error {
	var refusal *lifecycle.LinkRefusal
	if !errors.As(err, &refusal) {
		return err
	}
	actor := actorOf(ctx)
	d.refusals.note(ctx, refused{
		route: route, status: http.StatusConflict, actor: actor.Name, why: "they cannot be joined as they stand", personID: keptID,
	})
	return api.NewProblem(http.StatusConflict, linkRefusalFor(actor, refusal.Why))
}

// linkRefusalFor is why two cannot be joined, as far as the reader may know it: that somebody is under a hold is for legal and auditors.
// What else is legal's to settle is answered alike, so that the answer does not mean a hold. It is pure.
func linkRefusalFor(reader Actor, why string) string {
	legals := []string{"under a legal hold", "was erased", "waits for its deletion", "has not been carried out yet"}
	if !mayKnowMatters(reader) && slices.ContainsFunc(legals, func(part string) bool { return strings.Contains(why, part) }) {
		return "they cannot be joined now: ask legal"
	}
	return why
}

// excludedFromLink says why somebody may not grant a link for what they are to the person who would be joined; the one who is kept is
// looked at as for every approval. Empty when they may, and for approvals of other kinds.
func (d *Door) excludedFromLink(ctx context.Context, approval store.Approval) (why string, err error) {
	if approval.Kind != lifecycle.ApprovalLink {
		return "", nil
	}
	joined, err := d.Store.Agent(ctx, approval.PlanDigest)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil // granting it is refused for that
	}
	if err != nil {
		return "", err
	}
	actor := actorOf(ctx)
	return excluded(actor, []string{actor.Name}, approval.RequestedBy, joined), nil
}
