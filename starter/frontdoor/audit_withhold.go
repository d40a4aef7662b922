package frontdoor

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"muster/api"
	"muster/lifecycle"
	"muster/store"
)

// withheldAction stands in for the action of a row about a termination that was not in effect.
const withheldAction = "person.withheld"

// withheldEntry is a row without what it tells: that somebody did something about a person is left of it.
func withheldEntry(row store.AuditRow) api.AuditEntry {
	return api.AuditEntry{
		ID: row.ID, At: row.At, Actor: row.Actor, ActorVerified: row.ActorVerified, Action: withheldAction, Phase: row.Phase, PersonID: row.PersonID,
	}
}

// auditReader shows the audit trail to one caller. It looks at each person once, however many rows are about them.
type auditReader struct {
	door      *Door
	secrecies map[string]secrecy
}

// withholds says whether a row tells the caller of a termination that was not in effect when it was written: a lever, a decision or a
// dismissal about it, or a refusal of one.
func (r auditReader) withholds(ctx context.Context, row store.AuditRow) (bool, error) {
	if row.PersonID == "" || actorOf(ctx).Has(api.RoleLegal) {
		return false, nil
	}
	var about struct {
		ID    string `json:"id"`
		Route string `json:"route"`
	}
	readable := json.Unmarshal(row.Detail, &about) == nil
	lever := strings.HasPrefix(row.Action, leverKind) && !aboutHold(row.Action)
	question := strings.HasPrefix(row.Action, "approval.") || strings.HasPrefix(row.Action, "review.")
	refusal := row.Action == refusedAction && strings.Contains(about.Route, "/termination/") && !aboutHold(about.Route)
	if !lever && !question && !refusal {
		return false, nil
	}
	known, err := r.secrecyOf(ctx, row.PersonID)
	if err != nil {
		return false, err
	}
	switch {
	case !readable:
		return true, nil // nobody knows what it tells
	case refusal, lever && row.WorkflowID == "":
		return !known.hadLeft(row.At), nil
	case holds(row.Detail, known.unspeakable()):
		return true, nil
	case strings.HasPrefix(row.Action, "review."):
		return r.hidesReview(ctx, about.ID, known)
	}
	return false, nil
}

// aboutHold says whether an action or a route is a hold's, which auditors may know of.
func aboutHold(name string) bool {
	return strings.HasSuffix(name, string(lifecycle.LeverHold)) // release-hold, too
}

// hidesReview says whether the caller must not know of a review.
func (r auditReader) hidesReview(ctx context.Context, id string, known secrecy) (bool, error) {
	review, err := r.door.Store.Review(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && known.review(review), err
}

// secrecyOf is what the caller must not recognise about a person, or about whom they were joined into.
func (r auditReader) secrecyOf(ctx context.Context, id string) (secrecy, error) {
	if known, found := r.secrecies[id]; found {
		return known, nil
	}
	personID, err := r.door.Store.PersonID(ctx, id)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguousID) {
		personID, err = id, nil
	}
	if err != nil {
		return secrecy{}, err
	}
	known, err := r.door.secrecyFor(ctx, personID)
	if err == nil {
		r.secrecies[id] = known
	}
	return known, err
}
