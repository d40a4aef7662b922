package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// Change brings an active account to the plan: it reads what is, takes away what is wrong, adds what is missing, and reads back.
// Queues the agent keeps stay joined or not as they are; what no rule names is left alone. What cannot be applied yet waits, each part
// for itself, and the rest does not: a role that would be an escalation, a field somebody else has, an email during a conversation.
func (a *Activities) Change(ctx context.Context, in lifecycle.ChangeInput) (lifecycle.ChangeResult, error) {
	var result lifecycle.ChangeResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in.PhaseInput)
		if err != nil {
			return err
		}
		result, err = ph.change(ctx, in)
		return err
	})
	return result, boundary(err)
}

// change looks again as long as somebody decides about a part of it while it runs: what is asked then has its answer already.
func (ph *phase) change(ctx context.Context, in lifecycle.ChangeInput) (lifecycle.ChangeResult, error) {
	for {
		c := changing{phase: ph, in: in, accountID: ph.person.Agent.PlatformUserID}
		result, err := c.run(ctx)
		if err != nil || !c.decided {
			return result, err
		}
		in.Changed = in.Changed || result.Changed != lifecycle.NothingChanged
		in.Unjoined = c.unjoined
	}
}

// changing is a change on its way.
type changing struct {
	*phase
	in        lifecycle.ChangeInput
	accountID string
	// actual is the account as it was found; target is what it is brought to now: without what waits.
	actual  ccaas.Account
	target  reconcile.Target
	managed reconcile.ManagedIDs
	want    ccaas.Want
	// planned and plannedManaged are what the plan says, whatever of it waits; found is the account as it was read last.
	planned        reconcile.Target
	plannedManaged reconcile.ManagedIDs
	found          ccaas.Account
	allowed        allowances

	catalogue   *ccaas.Catalogue
	escalations []escalation
	refused     []string // roles
	held        []heldUp
	emailWaits  bool
	// guards are the releases that removals wait for, kept what was not released, keptQueues the queues among both.
	guards     []lifecycle.Asked
	kept       []string
	keptQueues []string
	// unjoined are queues that the account is a member of and could not be joined to.
	unjoined []string
	// joined: queues were joined. rolesWait: no seat lets the roles change at all.
	joined    bool
	rolesWait bool
	// decided: a question that this change would leave open was decided while it ran.
	decided bool
}

func (c *changing) run(ctx context.Context) (lifecycle.ChangeResult, error) {
	actual, err := c.look(ctx)
	if err != nil {
		return lifecycle.ChangeResult{}, err
	}
	c.actual, c.found = actual, actual
	changes := c.diff(actual)
	if err := c.holdBack(ctx, changes, actual); err != nil {
		return lifecycle.ChangeResult{}, err
	}
	if err := c.guardRemovals(ctx, changes); err != nil {
		return lifecycle.ChangeResult{}, err
	}
	changes = c.diff(actual)
	join, err := c.toJoin(ctx, changes, actual)
	if err != nil {
		return lifecycle.ChangeResult{}, err
	}
	if !changes.Empty() || len(join) > 0 {
		if join, err = c.carryOut(ctx, changes, join); err != nil {
			return lifecycle.ChangeResult{}, err
		}
		if err := c.readBack(ctx, join); err != nil {
			return lifecycle.ChangeResult{}, err
		}
	}
	result := lifecycle.ChangeResult{PhaseResult: lifecycle.PhaseResult{Changed: changes.String(), Writes: c.writes}}
	result.Rest, err = c.conclude(ctx, changes)
	return result, err
}

// look reads the account and what it must be. Roles that ask for approval are not in the target until it is granted.
func (c *changing) look(ctx context.Context) (actual ccaas.Account, err error) {
	b, err := c.bind(ctx)
	if err != nil {
		return actual, err
	}
	c.managed, c.catalogue = b.managed, b.catalogue
	c.planned, c.plannedManaged = b.target, b.managed
	if c.allowed, err = c.allowances(ctx, c.catalogue, c.in.Now); err != nil {
		return actual, err
	}
	if c.plan.Partial() {
		c.managed = reconcile.ManagedIDs{}
	}
	unit := b.target.ManagementUnitID
	c.want = ccaas.Want{Grants: true, Queues: true, Workforce: unit != "", ManagementUnitID: unit}
	if actual, err = c.a.platform.Account(ctx, c.accountID, c.want); err != nil {
		return actual, err
	}
	if actual.State != ccaas.Active {
		return actual, refuse(lifecycle.Refusal{
			Kind: lifecycle.ReviewPlatformRefusal, Detail: map[string]string{"account_id": c.accountID},
			Question: fmt.Sprintf("The account is %s on the platform although HR wants the person at work: somebody changed it there. Make it active there and retry, or dismiss.", actual.State),
		})
	}
	b.target = c.allowed.on(b.target, actual)
	c.target, c.escalations, c.refused, err = c.escalate(ctx, b, actual)
	return actual, err
}

// diff is what is to be changed about the account as it was read, excepted constructs as they are now.
func (c *changing) diff(actual ccaas.Account) reconcile.Changes {
	return reconcile.Diff(c.allowed.on(c.target, actual), c.managed, actual)
}

// holdBack takes out of the target the fields that somebody gave up, and a new email while a conversation is running: it would be cut off.
func (c *changing) holdBack(ctx context.Context, changes reconcile.Changes, actual ccaas.Account) error {
	fields := profileFields(changes.Profile)
	if len(fields) == 0 {
		return nil
	}
	given, err := c.givenUp(ctx, fields...)
	if err != nil {
		return err
	}
	c.target = leaveAlone(c.target, given...)
	if changes.Profile.Email != nil && actual.Live > 0 && !slices.Contains(given, lifecycle.FieldEmail) {
		c.emailWaits = true
		c.target = leaveAlone(c.target, lifecycle.FieldEmail)
	}
	return nil
}

// toJoin are the queues to join: new ones, and those that an earlier try did not come to join, of this operation or of one before.
func (c *changing) toJoin(ctx context.Context, changes reconcile.Changes, actual ccaas.Account) ([]string, error) {
	if len(c.in.Unjoined) == 0 {
		unjoined, err := c.a.store.Unjoined(ctx, c.in.PersonID)
		if err != nil {
			return nil, err
		}
		c.in.Unjoined = unjoined
	}
	join := slices.Concat(changes.AddQueues, c.in.Unjoined)
	if c.attempt > 1 {
		// An attempt that ended early may have made the account a member without joining it.
		join = c.target.QueueIDs
	}
	join = missingFrom(join, joinedQueues(actual))
	join = slices.DeleteFunc(join, func(id string) bool {
		return !slices.Contains(c.target.QueueIDs, id) || slices.Contains(c.keptQueues, id)
	})
	if len(c.in.Unjoined) == 0 || len(join) == 0 {
		return join, nil
	}
	given, err := c.givenUp(ctx, lifecycle.FieldWork)
	if len(given) > 0 {
		return missingFrom(join, c.in.Unjoined), err
	}
	return join, err
}

// carryOut stops wrong work before it adds right work. It returns the queues that were joined.
func (c *changing) carryOut(ctx context.Context, changes reconcile.Changes, join []string) ([]string, error) {
	if err := c.stop(ctx, c.accountID, changes); err != nil {
		return nil, err
	}
	if err := c.give(ctx, changes); err != nil {
		return nil, err
	}
	join, err := c.enlist(ctx, changes.AddQueues, join)
	if err != nil {
		return nil, err
	}
	if join, err = c.joinQueues(ctx, join); err != nil {
		return nil, err
	}
	held, err := c.profile(ctx, c.accountID, changes.Profile)
	c.held = append(c.held, held...)
	c.target = leaveAlone(c.target, fieldsOf(held)...)
	return join, err
}

func (c *changing) readBack(ctx context.Context, join []string) error {
	return c.until(ctx, "the change", func(ctx context.Context) (string, error) {
		actual, err := c.a.platform.Account(ctx, c.accountID, c.want)
		if err != nil {
			return "", err
		}
		left := c.diff(actual)
		left.SetRoles = left.SetRoles && !c.rolesWait
		if !left.Empty() {
			return left.String(), nil
		}
		if len(missingFrom(join, joinedQueues(actual))) > 0 {
			return "a new queue is not joined", nil
		}
		c.found = actual
		return "", nil
	})
}

// conclude records the proof, parks what waits, and unless anything does ends the operation.
func (c *changing) conclude(ctx context.Context, changes reconcile.Changes) (rest lifecycle.Remainder, err error) {
	manager, err := c.manager(ctx)
	if err != nil {
		return rest, err
	}
	err = c.record(ctx, func(p *store.PersonTx) error {
		if c.decided, err = c.takeUpDecided(p); err != nil || c.decided {
			return err
		}
		if rest, err = c.park(p); err != nil {
			return err
		}
		if len(c.unjoined) == 0 {
			if err := p.Joined(); err != nil {
				return err
			}
		}
		outcome, reason := c.outcome(changes)
		if len(c.guards) == 0 { // else the change is not made before somebody releases it, and its events wait for that
			if err := c.settle(p, outcome, reason, c.waiting()...); err != nil {
				return err
			}
		}
		if err := c.manages(p, c.target.ManagerID, manager); err != nil {
			return err
		}
		if err := c.repaired(p); err != nil {
			return err
		}
		if !c.in.Again {
			if err := c.unmanaged(p, changes); err != nil {
				return err
			}
		}
		if rest.Empty() && len(naming(c.plan, c.person)) == 0 {
			return c.a.closeOperation(p, c.in.PhaseInput, lifecycle.Active, "verified: "+reason)
		}
		if changes.Empty() && c.in.Again {
			return attend(p)
		}
		if err := c.note(p, "transfer.part", "what can be applied was read back; the rest waits; changed: "+changes.String()); err != nil {
			return err
		}
		return attend(p)
	})
	return rest, err
}

func (c *changing) outcome(changes reconcile.Changes) (lifecycle.Outcome, string) {
	changed := c.in.Changed || c.joined || len(c.unjoined) > 0
	if changes.Empty() && len(c.refused)+len(c.kept) == 0 && c.attempt == 1 && !changed {
		return lifecycle.NoChange, "the account already was as planned" + ownedElsewhere(c.plan)
	}
	reason := "the account was read back as planned; changed: " + changes.String()
	if changes.Empty() && changed {
		reason = "the account was read back as planned"
	}
	reason += ownedElsewhere(c.plan)
	if len(c.refused) > 0 {
		reason += "; not approved and not granted: role " + strings.Join(c.refused, ", ")
	}
	if len(c.kept) > 0 {
		reason += "; not released by the guard and kept: " + strings.Join(c.kept, ", ")
	}
	return lifecycle.Applied, reason
}

// ownedElsewhere says, after what was done, what a plan leaves to somebody else.
func ownedElsewhere(plan lifecycle.Plan) string {
	if len(plan.Desired.OwnedElsewhere) == 0 {
		return ""
	}
	var fields []string
	for _, field := range plan.Desired.OwnedElsewhere {
		fields = append(fields, string(field))
	}
	return "; owned elsewhere and left alone: " + strings.Join(fields, ", ")
}

// waiting are the fields whose events wait.
func (c *changing) waiting() []lifecycle.Field {
	fields := fieldsOf(c.held)
	if c.emailWaits {
		fields = append(fields, lifecycle.FieldEmail)
	}
	if len(c.escalations) > 0 {
		fields = append(fields, lifecycle.FieldWork)
	}
	return fields
}

// park asks what has to be asked, and closes what was asked before and is no question any more.
func (c *changing) park(p *store.PersonTx) (rest lifecycle.Remainder, err error) {
	rest.EmailWaits, rest.Unjoined, rest.Approvals = c.emailWaits, c.unjoined, slices.Clone(c.guards)
	for _, h := range c.held {
		review, err := c.parkField(p, h)
		if err != nil {
			return rest, err
		}
		rest.Reviews = append(rest.Reviews, review)
	}
	for _, e := range c.escalations {
		asked, err := c.ask(p, e, c.in)
		if err != nil {
			return rest, err
		}
		rest.Approvals = append(rest.Approvals, asked)
	}
	if c.emailWaits {
		wait := store.Wait{For: "muster", What: "the email changes when the running conversation has ended", WorkflowID: c.workflowID()}
		for _, id := range saying(lifecycle.FieldEmail, c.plan, c.person) {
			if err := p.SetWaiting(id, wait); err != nil {
				return rest, err
			}
		}
	}
	return rest, closeSettled(p, rest)
}

// takeUpDecided takes up what somebody has decided since the change began about what it would ask: nobody is asked twice, and no answer
// is lost. In the transaction that would ask, so that a decision comes either before it or finds the question open.
func (c *changing) takeUpDecided(p *store.PersonTx) (decided bool, err error) {
	for _, e := range c.escalations {
		approval, found, err := p.DecidedApproval(lifecycle.ApprovalRole, e.binds)
		if err != nil {
			return false, err
		}
		if !found || approval.Generation != c.in.Generation {
			continue
		}
		decided = true
		if err := p.TakeUpApproval(approval.ID); err != nil {
			return false, err
		}
	}
	for _, h := range c.held {
		review, found, err := p.DecidedReview(lifecycle.ReviewConflict, c.fieldKey(h.field))
		if err != nil {
			return false, err
		}
		if !found || review.Generation != c.in.Generation {
			continue
		}
		decided = true
		if err := p.TakeUpReview(review.ID); err != nil {
			return false, err
		}
		if review.State != store.ReviewDismissed {
			continue
		}
		if err := giveUpField(p, c.plan, c.person, review); err != nil {
			return false, err
		}
	}
	if !decided {
		return false, nil
	}
	return true, attend(p)
}

// closeSettled closes the questions about fields and roles that the operation asks no longer.
func closeSettled(p *store.PersonTx, rest lifecycle.Remainder) error {
	reviews, approvals, err := p.OpenQuestions(lifecycle.ReviewConflict, lifecycle.ApprovalRole)
	if err != nil {
		return err
	}
	for _, r := range reviews {
		if slices.ContainsFunc(rest.Reviews, func(open lifecycle.Parked) bool { return open.ReviewID == r.ID }) {
			continue
		}
		if err := p.ResolveReview(r.ID, store.ActorMuster, "nothing holds it up any more"); err != nil {
			return err
		}
	}
	_, releases, err := p.OpenQuestions(lifecycle.ReviewConflict, lifecycle.ApprovalGuardRelease)
	if err != nil {
		return err
	}
	for _, a := range append(approvals, releases...) {
		if slices.ContainsFunc(rest.Approvals, func(open lifecycle.Asked) bool { return open.ApprovalID == a.ID }) {
			continue
		}
		if err := p.WithdrawApproval(a.ID, "the change does not need it any more"); err != nil {
			return err
		}
	}
	return nil
}
