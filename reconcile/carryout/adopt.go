package carryout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muster/lifecycle"
	"muster/names"
	"muster/reconcile"
	"muster/store"
)

// CarryOutAdoption takes the next people of an adoption: whoever stands as the plan showed gets the hire into their mailbox, the others are
// said to be refused, and why. It ends the adoption when nobody is left.
func (c *Carryout) CarryOutAdoption(ctx context.Context, in names.AdoptInput) (lifecycle.AdoptionResult, error) {
	return step(ctx, func(ctx context.Context) (lifecycle.AdoptionResult, error) {
		return c.adoptNext(ctx, in.AdoptionID)
	})
}

func (c *Carryout) adoptNext(ctx context.Context, id string) (lifecycle.AdoptionResult, error) {
	adoption, err := c.Store.Adoption(ctx, id)
	if err != nil {
		return lifecycle.AdoptionResult{}, err
	}
	people, err := c.Store.AdoptionNext(ctx, id, lifecycle.AdoptionAtOnce(adoption.PerMinute))
	if err != nil {
		return lifecycle.AdoptionResult{}, err
	}
	if len(people) > 0 && c.Remedy == nil {
		return lifecycle.AdoptionResult{}, errors.New("this worker only reports: it adopts nobody")
	}
	if len(people) > 0 {
		if err := c.adoptSome(ctx, adoption, people); err != nil {
			return lifecycle.AdoptionResult{}, err
		}
	}
	if adoption, err = c.Store.EndAdoption(ctx, id); err != nil {
		return lifecycle.AdoptionResult{}, err
	}
	return lifecycle.AdoptionResult{
		State: string(adoption.State), ReconciliationID: adoption.ReconciliationID, People: adoption.People,
		Sent: adoption.Sent, Changed: adoption.Changed, Failed: adoption.Failed,
	}, nil
}

func (c *Carryout) adoptSome(ctx context.Context, adoption store.Adoption, people []store.AdoptionPerson) error {
	plan, err := c.Store.Reconciliation(ctx, adoption.ReconciliationID)
	if err != nil {
		return err
	}
	frame, x, err := c.frame(ctx, plan, c.Now(), true)
	if err != nil {
		return err
	}
	a := adopting{Carryout: c, id: adoption.ID, plan: plan, frame: frame, x: x}
	yielding := c.yielding()
	for _, person := range people {
		if err := yielding.pause(ctx); err != nil {
			return err
		}
		if err := a.person(ctx, person); err != nil {
			return fmt.Errorf("adopt by delta %d: %w", person.ID, err)
		}
	}
	return nil
}

// adopting is a stretch of an adoption.
type adopting struct {
	*Carryout
	id    string
	plan  store.Reconciliation
	frame reconcile.Run
	x     *expecting
}

func (a adopting) person(ctx context.Context, person store.AdoptionPerson) error {
	delta, err := reconcile.DeltaOf(person.Delta)
	if err != nil {
		return err
	}
	if person.JudgedAt == nil {
		changed, err := a.changed(ctx, delta)
		if err != nil {
			return err
		}
		if changed != "" {
			return a.Store.SettleAdoption(ctx, a.id, person.ID, store.AdoptionChanged, changed)
		}
		if goesOn, err := a.Store.JudgeAdoption(ctx, a.id, person.ID); err != nil || !goesOn {
			return err
		}
	}
	// The plan's own delta, so that it is sent once however many adoptions and crashes there are.
	remedied, err := a.Remedy.Carry(ctx, a.plan.ID, delta, store.ModeRepair)
	if err != nil {
		return err
	}
	if remedied.Outcome == store.DeltaFailed {
		return a.Store.SettleAdoption(ctx, a.id, person.ID, store.AdoptionFailed, remedied.Text)
	}
	return a.Store.SettleAdoption(ctx, a.id, person.ID, store.AdoptionSent, remedied.Text)
}

// changed judges somebody anew, with their account read by its id, and says in what they stand otherwise than in the plan; empty: as there.
func (a adopting) changed(ctx context.Context, planned reconcile.Delta) (string, error) {
	candidate := store.Candidate{PersonID: planned.PersonID, Find: true}
	if planned.PersonID == "" {
		candidate.PersonID = planned.Adoption.Namespace + ":" + planned.ExternalUserID
		if known, err := a.Store.KnownSince(ctx, planned.Adoption.Namespace, planned.ExternalUserID); err != nil || known {
			return "HR's events tell of the person by now: their mailbox sees to them", err
		}
	}
	verdict, err := a.settle(ctx, a.plan, a.frame, a.x, candidate)
	if err != nil {
		return "", err
	}
	return otherwise(planned, verdict), nil
}

// otherwise says in what a verdict is not what the plan showed.
func otherwise(planned reconcile.Delta, verdict reconcile.Verdict) string {
	i := slices.IndexFunc(verdict.Deltas, func(d reconcile.Delta) bool { return d.DeltaType == reconcile.HRActiveCCaaSMissing })
	if i < 0 {
		return "nothing is to be adopted any more: " + reasonsOf(verdict)
	}
	now, then := verdict.Deltas[i].Adoption, planned.Adoption
	switch {
	case now == nil:
		return "it would be left alone now: " + verdict.Deltas[i].Because
	case now.Digest == then.Digest:
		return ""
	case now.Claim != then.Claim:
		return fmt.Sprintf("the plan said %s, now it would be %s%s", then.Claim, now.Claim, inBrackets(now.Why))
	case now.AccountID != then.AccountID:
		return fmt.Sprintf("the plan said account %s, now it would be account %s", then.AccountID, now.AccountID)
	case now.Why != then.Why:
		return "another question would be asked: " + now.Why
	case !slices.Equal(now.Differences, then.Differences):
		return fmt.Sprintf("the plan said %s, now it would change %s", listOf(then.Differences), listOf(now.Differences))
	}
	return "the registry says something else than when the plan was made"
}

func reasonsOf(v reconcile.Verdict) string {
	var reasons []string
	for _, u := range v.Unevaluated {
		reasons = append(reasons, u.Why)
	}
	for _, e := range v.Expected {
		reasons = append(reasons, string(e.Reason))
	}
	if len(reasons) == 0 {
		return "the person is as they must be, or is not in HR's roster as it was kept"
	}
	return strings.Join(reasons, ", ")
}

func inBrackets(why string) string {
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

// listOf lists differences for a sentence.
func listOf(differences []reconcile.Difference) string {
	if len(differences) == 0 {
		return "nothing"
	}
	list := make([]string, len(differences))
	for i, d := range differences {
		list[i] = d.String()
	}
	return strings.Join(list, ", ")
}
