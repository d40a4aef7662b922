package frontdoor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"muster/store"
)

// loginsOf are the names of all the logins that the person who calls has, the one of this call first: two names of one human are no
// second person. They are told by the person id that the tokens give their owners, whichever of the person's ids each of them gives.
func (d *Door) loginsOf(ctx context.Context, actor Actor) ([]string, error) {
	names := []string{actor.Name}
	if actor.PersonID == "" {
		return names, nil
	}
	owner, err := d.Store.Agent(ctx, actor.PersonID)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguousID) {
		owner, err = store.AgentView{}, nil
		owner.PersonID = actor.PersonID // HR does not know them: the ids as they are written
	}
	if err != nil {
		return nil, err
	}
	for _, other := range d.Tokens.others(actor) {
		if sameHuman(other, owner) {
			names = append(names, other.Name)
		}
	}
	return names, nil
}

// isOneOf says whether a name is one of somebody's logins, however it is written.
func isOneOf(logins []string, name string) bool {
	return slices.ContainsFunc(logins, func(login string) bool { return strings.EqualFold(login, name) })
}
