package carryout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// confirmedAtOnce is how many are read by id before it is recorded, and readersOfIDs how many at the same time.
const (
	confirmedAtOnce = 20
	readersOfIDs    = 4
)

// Confirm reads by id whoever differs by the lists, a few at a time, and records what is left of it. Whoever is recorded is not read again.
func (c *Carryout) Confirm(ctx context.Context, in names.ReconcileInput) (lifecycle.ReconciliationStep, error) {
	return step(ctx, func(ctx context.Context) (lifecycle.ReconciliationStep, error) {
		return c.confirm(ctx, in.ReconciliationID)
	})
}

func (c *Carryout) confirm(ctx context.Context, id string) (lifecycle.ReconciliationStep, error) {
	run, err := c.Store.Reconciliation(ctx, id)
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	yielding := c.yielding()
	for fresh := true; ; fresh = false { // the platform's names are read once, however many differ
		candidates, err := c.Store.Candidates(ctx, id, confirmedAtOnce)
		if err != nil {
			return lifecycle.ReconciliationStep{}, err
		}
		if len(candidates) == 0 {
			break
		}
		if err := c.settleSome(ctx, run, candidates, fresh, yielding); err != nil {
			return lifecycle.ReconciliationStep{}, err
		}
	}
	if run, err = c.Store.Reconciliation(ctx, id); err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	tally, err := tallyOf(run.Counts)
	if err != nil {
		return lifecycle.ReconciliationStep{}, err
	}
	deltas := 0
	for _, n := range tally.Deltas {
		deltas += n
	}
	return lifecycle.ReconciliationStep{Note: words(fmt.Sprintf("%d deltas", deltas), yielding.note())}, nil
}

func (c *Carryout) settleSome(
	ctx context.Context, run store.Reconciliation, candidates []store.Candidate, fresh bool, yielding *yielding,
) error {
	frame, x, err := c.frame(ctx, run, c.Now(), fresh)
	if err != nil {
		return err
	}
	verdicts := make([]reconcile.Verdict, len(candidates))
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(readersOfIDs)
	for i, candidate := range candidates {
		group.Go(func() (err error) {
			if err := yielding.pause(reading); err != nil {
				return err
			}
			// x finds zones for one goroutine; each has its own.
			verdicts[i], err = c.settle(reading, run, frame, newExpecting(x.records, x.registry, x.catalogue, x.platform, x.at), candidate)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	tally := reconcile.NewTally()
	var ids []int64
	var rows []store.Delta
	for i, verdict := range verdicts {
		tally.Add(verdict)
		ids = append(ids, candidates[i].ID)
		more, err := c.rows(run, verdict)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	err = c.Store.SettleCandidates(ctx, run.ID, ids, rows, func(counts json.RawMessage) (json.RawMessage, error) {
		before, err := tallyOf(counts)
		if err != nil {
			return nil, err
		}
		before.Merge(*tally)
		return json.Marshal(before)
	})
	if errors.Is(err, store.ErrAlreadyDecided) {
		return nil // another process was faster; what it left comes next
	}
	return err
}

// rows are a verdict's deltas as they are kept: those whose type is only observed are counted and not kept. All of a run tell of the moment
// when it began.
func (c *Carryout) rows(run store.Reconciliation, verdict reconcile.Verdict) (rows []store.Delta, err error) {
	for _, delta := range verdict.Deltas {
		if run.Modes[string(delta.DeltaType)] == store.ModeObserve {
			continue
		}
		delta.TimestampUTC = run.StartedAt.UTC()
		row, err := delta.Row()
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// settle reads a candidate anew, record and accounts, and decides finally.
func (c *Carryout) settle(ctx context.Context, run store.Reconciliation, frame reconcile.Run, x *expecting, k store.Candidate) (reconcile.Verdict, error) {
	candidate := reconcile.Candidate{AccountIDs: k.AccountIDs, Find: k.Find, Asked: run.PersonID != ""}
	if k.PersonID == "" {
		accounts, err := c.byID(ctx, run.Platform, k.AccountIDs, "")
		if err != nil {
			return unreadable(candidate, err)
		}
		return frame.Settle(candidate, reconcile.Fresh{Accounts: x.owned(accounts)}), nil
	}
	person, err := c.Store.ComparePerson(ctx, k.PersonID, rosterIDs(run), frame.At)
	if errors.Is(err, store.ErrNotFound) {
		person, err = store.ComparedPerson{Person: store.Person{PersonID: k.PersonID}}, nil // joined into somebody else, or a workflow of nobody
	}
	if err != nil {
		return reconcile.Verdict{}, err
	}
	page, err := x.page(ctx, []store.ComparedPerson{person})
	if err != nil {
		return reconcile.Verdict{}, err
	}
	e := page[0]
	candidate.Expected = e
	ids := slices.Clone(k.AccountIDs)
	if linked := e.Record.AccountID; linked != "" && (e.Record.Platform == "" || e.Record.Platform == run.Platform) && !slices.Contains(ids, linked) {
		ids = append(ids, linked)
	}
	accounts, err := c.byID(ctx, run.Platform, ids, e.PersonID)
	if err != nil {
		return unreadable(candidate, err)
	}
	found := kept(e, identity(e, person), accounts)
	if k.Find || len(accounts) == 0 {
		var looked reconcile.Found
		if accounts, looked, err = c.find(ctx, run.Platform, e, found.Who, accounts); err != nil {
			return unreadable(candidate, err)
		}
		if found.Account == nil {
			found = looked
		}
	}
	open, err := c.running(ctx, append(slices.Clone(k.WorkflowIDs), e.RecordedWorkflows()...))
	if err != nil {
		return reconcile.Verdict{}, err
	}
	frame.Workflows = reconcile.OpenWorkflows{e.PersonID: open}
	verdict := frame.Settle(candidate, reconcile.Fresh{Accounts: x.owned(accounts)})
	for i, d := range verdict.Deltas {
		if d.ResolutionAction == reconcile.ReemitHire {
			adoption := frame.Adoption(e, found)
			verdict.Deltas[i].Adoption = &adoption
		}
	}
	if person.NeverHeard { // the id of the walk is nobody's yet
		for i := range verdict.Deltas {
			verdict.Deltas[i].PersonID = ""
			if len(person.ExternalIDs) > 0 {
				verdict.Deltas[i].Namespace = person.ExternalIDs[0].Namespace
			}
		}
	}
	return verdict, nil
}

// unreadable leaves somebody unevaluated whose account the platform will not show; what passes is tried again.
func unreadable(candidate reconcile.Candidate, err error) (reconcile.Verdict, error) {
	if _, is := refusal(err); !is {
		return reconcile.Verdict{}, err
	}
	return candidate.Unconfirmed("the platform would not show the account by its id"), nil
}

func (c *Carryout) running(ctx context.Context, ids []string) (open []string, err error) {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		is, err := c.Temporal.IsRunning(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("ask whether %s is open: %w", id, err)
		}
		if is {
			open = append(open, id)
		}
	}
	return open, nil
}

// byID reads accounts whole. One that is gone for good is left out; one that is another person's by the record is not this person's.
func (c *Carryout) byID(ctx context.Context, platform string, ids []string, personID string) (accounts []reconcile.Actual, err error) {
	for _, id := range ids {
		owner, err := c.Store.AccountOwner(ctx, platform, id)
		if err != nil {
			return nil, err
		}
		if personID != "" && owner != "" && owner != personID {
			continue
		}
		account, err := c.Platform.Account(ctx, id, ccaas.Everything)
		if ccaas.IsKind(err, ccaas.KindNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if personID != "" {
			owner = personID
		}
		accounts = append(accounts, reconcile.Actual{PersonID: owner, Account: account, ReadAt: c.Now(), Confirmed: true})
	}
	return accounts, nil
}

// find looks for the person's account by their ids and by their address, in every state. An account is theirs by RULES 3, or it is not said to
// be.
func (c *Carryout) find(
	ctx context.Context, platform string, e reconcile.Expected, who lifecycle.Identity, known []reconcile.Actual,
) ([]reconcile.Actual, reconcile.Found, error) {
	var byExternalID *ccaas.Account
	for _, id := range who.ExternalIDs {
		account, err := c.Platform.AccountByExternalID(ctx, id)
		if err != nil {
			return nil, reconcile.Found{}, err
		}
		if account != nil {
			byExternalID = account
			break
		}
	}
	var byEmail []ccaas.Account
	if who.Email != "" && byExternalID == nil {
		var err error
		if byEmail, err = c.Platform.AccountsByEmail(ctx, who.Email); err != nil {
			return nil, reconcile.Found{}, err
		}
	}
	found := reconcile.Found{Who: who, Decision: lifecycle.Identify(who, byExternalID, byEmail)}
	decided := found.Decision
	if decided.AccountID == "" || decided.Claim == lifecycle.ClaimReview {
		return known, found, nil
	}
	if i := slices.IndexFunc(known, func(a reconcile.Actual) bool { return a.Account.ID == decided.AccountID }); i >= 0 {
		found.Account = &known[i]
		return known, found, nil
	}
	owner, err := c.Store.AccountOwner(ctx, platform, decided.AccountID)
	if err != nil {
		return nil, reconcile.Found{}, err
	}
	if owner != e.PersonID {
		found.Owner = owner
	}
	read, err := c.byID(ctx, platform, []string{decided.AccountID}, e.PersonID)
	if err != nil {
		return nil, reconcile.Found{}, err
	}
	if len(read) > 0 {
		found.Account = &read[0]
	}
	return append(known, read...), found, nil
}

// kept is the account that the record has for the person, where it is there; a hire looks no further then.
func kept(e reconcile.Expected, who lifecycle.Identity, accounts []reconcile.Actual) reconcile.Found {
	found := reconcile.Found{Who: who, Decision: lifecycle.IdentityDecision{Claim: lifecycle.ClaimCreate}}
	i := slices.IndexFunc(accounts, func(a reconcile.Actual) bool { return a.Account.ID == e.Record.AccountID })
	if e.Record.AccountID == "" || i < 0 {
		return found
	}
	found.Account = &accounts[i]
	found.Decision = lifecycle.IdentityDecision{Claim: lifecycle.ClaimRestore, AccountID: e.Record.AccountID}
	if accounts[i].Account.State == ccaas.Active {
		found.Decision.Claim = lifecycle.ClaimAdopt
	}
	return found
}

// identity is what is known of the person for finding the account: HR's events, or the roster's line of whoever has none.
func identity(e reconcile.Expected, person store.ComparedPerson) lifecycle.Identity {
	fields := e.Fold.Fields
	if person.NeverHeard && len(e.Roster) > 0 {
		fields = e.Roster[0].Fields
	}
	who := lifecycle.Identity{FirstName: fields["first_name"], LastName: fields["last_name"], Email: fields["email"]}
	for _, id := range person.ExternalIDs {
		who.ExternalIDs = append(who.ExternalIDs, id.OnPlatform())
	}
	return who
}
