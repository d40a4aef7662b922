package activities

import (
	"context"
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// takers finds out who can take over a leaver's live work, each of them once and only when it is asked for: most work goes back to
// its queue, and a hand-over has seconds. An error is one that may pass: what is refused for good counts as nobody.
type takers struct {
	ph *phase
	// queues, boss and supervisors (by queue) hold what was found out; nil: not yet.
	queues      *[]string
	boss        *string
	supervisors map[string][]string
}

func newTakers(ph *phase) *takers { return &takers{ph: ph, supervisors: map[string][]string{}} }

// mostSupervisors bounds how many supervisors of a queue are looked at on the platform, each with a call.
const mostSupervisors = 5

// departmentQueues are the queues in which the department's work is done. A registry that cannot say leaves the queue the work came
// through.
func (t *takers) departmentQueues(ctx context.Context) ([]string, error) {
	if t.queues == nil {
		// A refusal may be about something else that the registry names and the platform lacks: the queues there are count all the same.
		target, err := t.ph.target(ctx)
		if mayPass(err) {
			return nil, err
		}
		t.queues = &target.QueueIDs
	}
	return *t.queues, nil
}

// manager is the account of the manager whom HR names, if that one is active, not leaving and joined to any queue; else empty.
func (t *takers) manager(ctx context.Context) (string, error) {
	if t.boss == nil {
		manager, err := t.managerAtWork(ctx)
		if mayPass(err) {
			return "", err
		}
		t.boss = &manager
	}
	return *t.boss, nil
}

func (t *takers) managerAtWork(ctx context.Context) (string, error) {
	if t.ph.hr.ManagerExternalID == "" {
		return "", nil
	}
	manager, err := t.ph.a.store.Agent(ctx, t.ph.hr.ManagerExternalID)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguousID) {
		return "", nil
	}
	if err != nil || manager.State != lifecycle.Active || manager.Operation == lifecycle.Termination || manager.PlatformUserID == "" {
		return "", err
	}
	ready, err := t.joined(ctx, []string{manager.PlatformUserID}, func(queues []string) bool { return len(queues) > 0 })
	if err != nil || len(ready) == 0 {
		return "", err
	}
	return ready[0], nil
}

// supervisorsOf are the accounts of the supervisors of a queue, as far as the record knows them, who are active, not leaving and joined
// to it. The platform itself does not say who supervises: its roles are the organisation's own, by whatever name.
func (t *takers) supervisorsOf(ctx context.Context, queueID string) ([]string, error) {
	if _, asked := t.supervisors[queueID]; !asked {
		supervisors, err := t.supervisorsAtWork(ctx, queueID)
		if mayPass(err) {
			return nil, err
		}
		t.supervisors[queueID] = supervisors
	}
	return t.supervisors[queueID], nil
}

func (t *takers) supervisorsAtWork(ctx context.Context, queueID string) ([]string, error) {
	catalogue, err := t.ph.a.platform.Catalogue(ctx, false)
	if err != nil {
		return nil, err
	}
	for name, id := range catalogue.Queues {
		if id != queueID {
			continue
		}
		known, err := t.ph.a.store.Supervisors(ctx, t.ph.a.platform.Name(), name, mostSupervisors)
		if err != nil {
			return nil, err
		}
		var accounts []string
		for _, supervisor := range known {
			if supervisor.PersonID != t.ph.in.PersonID {
				accounts = append(accounts, supervisor.PlatformUserID)
			}
		}
		return t.joined(ctx, accounts, func(queues []string) bool { return slices.Contains(queues, queueID) })
	}
	return nil, nil
}

// joined returns those of the accounts that are active on the platform and joined to queues that suffice, in their order.
func (t *takers) joined(ctx context.Context, accounts []string, suffices func(queueIDs []string) bool) ([]string, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	standings, err := t.ph.a.platform.Standings(ctx, accounts)
	if err != nil {
		return nil, err
	}
	var ready []string
	for _, account := range accounts {
		if standings[account].State != ccaas.Active {
			continue
		}
		switch queues, err := t.ph.a.platform.QueueIDs(ctx, account, true); {
		case mayPass(err):
			return nil, err
		case err == nil && suffices(queues):
			ready = append(ready, account)
		}
	}
	return ready, nil
}

// mayPass says that asking again may bring another answer: the error is neither a refusal of the platform nor one that a person has
// to decide about.
func mayPass(err error) bool {
	var app *temporal.ApplicationError
	return err != nil && !final(err) && !(errors.As(err, &app) && app.NonRetryable())
}
