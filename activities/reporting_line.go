package activities

import (
	"context"
	"errors"
	"fmt"

	"muster/store"
)

// longestLine bounds how far up the line a manager is looked for; HR's word may go round in a circle.
const longestLine = 20

// superior is the account of the nearest person up the line who has not left, beginning with the manager whom HR names by this id: whom
// a leaver managed is managed by the leaver's manager (RULES 12), until HR names another. Empty: HR names none, nobody is left up the
// line, the next one has no account yet, or the id is that of several people.
func (a *Activities) superior(ctx context.Context, externalID string) (accountID string, err error) {
	for range longestLine {
		if externalID == "" {
			return "", nil
		}
		manager, err := a.store.Agent(ctx, externalID)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguousID) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if !manager.State.HasLeft() {
			return manager.PlatformUserID, nil
		}
		if externalID, err = a.store.NamedManager(ctx, manager.PersonID); err != nil {
			return "", err
		}
	}
	return "", nil
}

// moveReports has the accounts of those whom the leaver managed looked at again, where there is somebody up the line to manage them.
// above is that somebody's account.
func (l leaving) moveReports(p *store.PersonTx, above string) error {
	if above == "" {
		return nil
	}
	reports, err := p.MoveReports()
	if err != nil || reports == 0 {
		return err
	}
	return l.note(p, "reports.moved_up", fmt.Sprintf("the accounts of %d people whom the leaver managed get the leaver's manager, until HR names another", reports))
}

// above is the account of who manages from now on whom the leaver managed; empty when there is nobody, or nobody has left.
func (l leaving) above(ctx context.Context) (string, error) {
	if !l.plan.Ended {
		return "", nil
	}
	return l.a.superior(ctx, l.hr.ManagerExternalID)
}
