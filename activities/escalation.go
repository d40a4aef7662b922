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

// escalation is a set of roles that somebody at work would get beyond what the account has (RULES 10).
type escalation struct {
	// binds is what an approval of it is bound to: the set of roles and where they count.
	binds    string
	names    []string
	roleIDs  []string      // of the registry
	grants   []ccaas.Grant // of a snapshot that is given back
	question string
}

// escalate takes out of the target what needs an approval that is not granted. open are to be asked for; refused were rejected, by
// somebody or by their deadline, since the operation began.
func (ph *phase) escalate(ctx context.Context, b bound, actual ccaas.Account) (t reconcile.Target, open []escalation, refused []string, err error) {
	t = b.target
	asked := ph.addedRoles(b, actual)
	restored, err := ph.restoredRoles(ctx, b, actual)
	if err != nil {
		return t, nil, nil, err
	}
	for _, e := range []escalation{asked, restored} {
		if len(e.names) == 0 {
			continue
		}
		decided, found, err := ph.a.store.DecidedApproval(ctx, ph.in.PersonID, lifecycle.ApprovalRole, e.binds)
		if err != nil {
			return t, nil, nil, err
		}
		ours := found && decided.Generation == ph.in.Generation
		switch {
		case ours && decided.State == store.ApprovalApproved && decided.ActorVerified:
			t.Grants = append(slices.Clone(t.Grants), e.grants...)
			continue
		case found && decided.State == store.ApprovalRejected && len(e.grants) > 0:
			// What a reversal gives back and somebody has refused is not asked for again, whatever changes follow it.
		case !ours:
			open = append(open, e)
		}
		if ours {
			refused = append(refused, e.names...)
		}
		t = t.WithoutRoles(e.roleIDs)
	}
	return t, open, refused, nil
}

// addedRoles are the registry's roles that the account does not have and that ask for approval.
func (ph *phase) addedRoles(b bound, actual ccaas.Account) (e escalation) {
	for _, id := range reconcile.AddedRoles(b.target, actual) {
		if name, asks := b.escalating[id]; asks {
			e.roleIDs, e.names = append(e.roleIDs, id), append(e.names, name)
		}
	}
	slices.Sort(e.names)
	division := b.target.DivisionID
	if division == "" {
		division = actual.DivisionID
	}
	e.binds = "roles " + strings.Join(e.names, ", ") + " in division " + division
	e.question = fmt.Sprintf("May account %s get more rights: %s? Everything else of the change is applied.", actual.ID, strings.Join(e.names, ", "))
	return e
}

// restoredRoles are the roles that an account had before a termination that was reversed, that no rule manages, and that it does not
// have now.
func (ph *phase) restoredRoles(ctx context.Context, b bound, actual ccaas.Account) (e escalation, err error) {
	extras, err := ph.extras(ctx, b)
	if err != nil {
		return e, err
	}
	e.grants = extras.MissingRoles(actual)
	for _, g := range e.grants {
		e.names = append(e.names, nameOf(g.RoleID, b.catalogue.Roles)+" in "+nameOf(g.DivisionID, b.catalogue.Divisions))
	}
	slices.Sort(e.names)
	e.binds = fmt.Sprintf("roles %s, given back from generation %d", strings.Join(e.names, ", "), ph.plan.RestoresGeneration)
	e.question = fmt.Sprintf("May account %s have again what it had before the reversed termination: %s? No rule names it. Everything else is given back.",
		actual.ID, strings.Join(e.names, ", "))
	return e, nil
}

func nameOf(id string, ids map[string]string) string {
	for name, known := range ids {
		if known == id {
			return name
		}
	}
	return id
}

// ask opens the approval of an escalation, and makes the events that may have brought it wait for it.
func (ph *phase) ask(p *store.PersonTx, e escalation, in lifecycle.ChangeInput) (lifecycle.Asked, error) {
	deadline := lifecycle.RuleFor(lifecycle.ApprovalRole).Deadline(in.Now)
	opened, err := p.OpenApproval(store.Approval{
		Kind: lifecycle.ApprovalRole, PlanDigest: e.binds, Generation: ph.in.Generation, WorkflowID: ph.workflowID(),
		RequestedBy: store.ActorMuster, Deadline: &deadline, Question: e.question,
	})
	if err != nil {
		return lifecycle.Asked{}, err
	}
	asked := lifecycle.Asked{ApprovalID: opened.ID, Kind: opened.Kind, Question: opened.Question, Deadline: deadline}
	if opened.Deadline != nil {
		asked.Deadline = *opened.Deadline
	}
	wait := store.Wait{Until: asked.Deadline, For: "approver", What: "approval " + opened.ID + ": " + string(opened.Kind), WorkflowID: ph.workflowID()}
	for _, id := range saying(lifecycle.FieldWork, ph.plan, ph.person) {
		if err := p.SetWaiting(id, wait); err != nil {
			return lifecycle.Asked{}, err
		}
	}
	return asked, nil
}
