package carryout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// peoplePerPage is how many people are read at once, candidatesPerPage how many that differ are kept at once.
const (
	peoplePerPage     = 1000
	candidatesPerPage = 500
)

// registry is the mapping registry in force.
func (c *Carryout) registry(ctx context.Context, at time.Time) (*mapping.Registry, error) {
	version, err := c.Store.MappingInForce(ctx, at)
	if err != nil {
		return nil, err
	}
	return version.Registry()
}

// noRegistry refuses a run where nothing says what accounts must be.
func noRegistry(err error) (lifecycle.ReconciliationStep, error) {
	if errors.Is(err, store.ErrNotFound) {
		return lifecycle.ReconciliationStep{Refused: "no mapping version is in force: nothing says what accounts must be"}, nil
	}
	return lifecycle.ReconciliationStep{}, err
}

// Compare compares everybody whom HR, the record or the platform knows. Who differs is kept to be read by id; nothing is said of anybody
// before. It begins anew after a crash, and forgets what it kept.
func (c *Carryout) Compare(ctx context.Context, in names.ReconcileInput) (lifecycle.ReconciliationStep, error) {
	return step(ctx, func(ctx context.Context) (lifecycle.ReconciliationStep, error) {
		return c.compare(ctx, in.ReconciliationID)
	})
}

func (c *Carryout) compare(ctx context.Context, id string) (lifecycle.ReconciliationStep, error) {
	run, err := c.Store.Reconciliation(ctx, id)
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	compared, err := c.Store.Compared(ctx, id)
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	if !compared {
		if err := c.compareAll(ctx, run); err != nil {
			return lifecycle.ReconciliationStep{}, err
		}
		if run, err = c.Store.Reconciliation(ctx, id); err != nil {
			return lifecycle.ReconciliationStep{}, err
		}
	}
	tally, err := tallyOf(run.Counts)
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	open, err := c.Store.CountCandidates(ctx, id)
	return lifecycle.ReconciliationStep{Note: fmt.Sprintf("%d people and %d accounts of nobody are as they must be, %d differ by the lists", tally.People, tally.Accounts, open)}, err
}

func (c *Carryout) compareAll(ctx context.Context, run store.Reconciliation) error {
	if err := c.Store.BeginComparing(ctx, run.ID); err != nil {
		return err
	}
	staged, err := c.Store.PlatformRoster(ctx, run.ID)
	if err != nil {
		return err
	}
	if staged.CompletedAt == nil {
		return fmt.Errorf("the platform's roster of %s has not been read to its end", run.ID)
	}
	frame, x, err := c.frame(ctx, run, c.Now(), true)
	if err != nil {
		return err
	}
	workflows, err := c.Temporal.OpenOperations(ctx)
	if err != nil {
		return fmt.Errorf("list the open workflows: %w", err)
	}
	frame.Workflows = reconcile.NewOpenWorkflows(workflows)

	tally := reconcile.NewTally()
	var differ []store.Candidate
	flush := func() error {
		err := c.Store.AddCandidates(ctx, run.ID, differ)
		differ = differ[:0]
		return err
	}
	for verdict, err := range frame.CompareByAccount(c.expected(ctx, run, x), c.actual(ctx, run.ID, staged.StartedAt, x)) {
		if err != nil {
			return err
		}
		if candidate, is := candidateOf(verdict); is {
			if differ = append(differ, candidate); len(differ) == candidatesPerPage {
				if err := flush(); err != nil {
					return err
				}
			}
			continue
		}
		tally.Add(verdict)
	}
	if err := flush(); err != nil {
		return err
	}
	counts, err := json.Marshal(tally)
	if err != nil {
		return fmt.Errorf("write the counts: %w", err)
	}
	return c.Store.EndComparing(ctx, run.ID, counts)
}

// frame is what is the same for everybody, as of an instant, and who says what each account must be. fresh: the platform's names are read
// anew.
func (c *Carryout) frame(ctx context.Context, run store.Reconciliation, at time.Time, fresh bool) (reconcile.Run, *expecting, error) {
	registry, err := c.registry(ctx, at)
	if err != nil {
		return reconcile.Run{}, nil, err
	}
	catalogue, err := c.Platform.Catalogue(ctx, fresh)
	if err != nil {
		return reconcile.Run{}, nil, err
	}
	missing, err := c.Store.MissingBefore(ctx, run.ID)
	if err != nil {
		return reconcile.Run{}, nil, err
	}
	ignored, err := c.Store.IgnoredAccounts(ctx, run.Platform)
	if err != nil {
		return reconcile.Run{}, nil, err
	}
	frame := reconcile.Run{
		ID: run.ID, At: at, Platform: run.Platform, Sources: sources(run),
		Managed: reconcile.BindManaged(registry.Managed(), catalogue), BaseRoles: catalogue.BaseRoles,
		Names: reconcile.NamesOf(catalogue), Codes: reconcile.NewCodebook(registry.SkillCodes(run.Platform, at), catalogue),
		MissingBefore: func(personID string) bool { return missing[personID] }, Ignored: map[string]string{},
		NotListed: []reconcile.Part{reconcile.PartWorkPlan}, Digest: digest,
		Foreign: reconcile.ElsewhereOf(registry.FieldsElsewhere(run.Platform)),
	}
	for _, account := range ignored {
		frame.Ignored[account.AccountID] = account.ID
	}
	return frame, newExpecting(c.Store, registry, catalogue, run.Platform, at), nil
}

// candidateOf is a verdict that says something is wrong: it is read by its id before it counts. What HR's word alone shows is, too, so that
// what happened since the lists were read counts.
func candidateOf(v reconcile.Verdict) (store.Candidate, bool) {
	switch {
	case v.Confirm != nil:
		return store.Candidate{
			PersonID: v.Confirm.Expected.PersonID, AccountIDs: v.Confirm.AccountIDs, Find: v.Confirm.Find, WorkflowIDs: v.Confirm.Workflows,
		}, true
	case v.Class == reconcile.HasDelta:
		candidate := store.Candidate{PersonID: v.PersonID}
		for _, id := range append([]string{v.AccountID}, accountsOf(v.Deltas)...) {
			if id != "" && !slices.Contains(candidate.AccountIDs, id) {
				candidate.AccountIDs = append(candidate.AccountIDs, id)
			}
		}
		return candidate, true
	}
	return store.Candidate{}, false
}

func accountsOf(deltas []reconcile.Delta) (ids []string) {
	for _, d := range deltas {
		ids = append(ids, d.AccountID)
	}
	return ids
}

// errEnough ends a walk whose consumer has had enough.
var errEnough = errors.New("nobody reads on")

// expected are all people in the order of their accounts, a page of them at a time.
func (c *Carryout) expected(ctx context.Context, run store.Reconciliation, x *expecting) iter.Seq2[reconcile.Expected, error] {
	return func(yield func(reconcile.Expected, error) bool) {
		err := c.Store.WalkByAccount(ctx, rosterIDs(run), x.at, peoplePerPage, func(people []store.ComparedPerson) error {
			page, err := x.page(ctx, people)
			if err != nil {
				return err
			}
			for _, e := range page {
				if !yield(e, nil) {
					return errEnough
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(reconcile.Expected{}, err)
		}
	}
}

func (c *Carryout) actual(ctx context.Context, runID string, readAt time.Time, x *expecting) iter.Seq2[reconcile.Actual, error] {
	return func(yield func(reconcile.Actual, error) bool) {
		for account, err := range c.Store.StreamStagedAccounts(ctx, runID, "") {
			actual := listed(account, readAt)
			actual.Foreign = x.foreign(account.AccountID)
			if !yield(actual, err) {
				return
			}
		}
	}
}

func tallyOf(counts json.RawMessage) (reconcile.Tally, error) {
	tally := *reconcile.NewTally()
	if err := json.Unmarshal(counts, &tally); err != nil {
		return tally, fmt.Errorf("read the counts of a reconciliation: %w", err)
	}
	return tally, nil
}

// words joins what is for people.
func words(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "; ")
}
