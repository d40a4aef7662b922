package activities

import (
	"context"
	"slices"
	"time"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// stop takes away what is wrong, before anything right is added: first the queues, through which work comes, then what routes
// work, then memberships.
func (ph *phase) stop(ctx context.Context, accountID string, c reconcile.Changes) error {
	if len(c.RemoveQueues) > 0 {
		if err := ph.writer.SetJoined(ctx, accountID, c.RemoveQueues, false); err != nil {
			return err
		}
	}
	for _, id := range c.RemoveQueues {
		if err := ph.writer.RemoveFromQueue(ctx, accountID, id); err != nil {
			return err
		}
	}
	if c.SetSkills {
		if err := ph.writer.SetSkills(ctx, accountID, c.Skills); err != nil {
			return err
		}
	}
	for _, id := range c.RemoveLanguages {
		if err := ph.writer.RemoveLanguage(ctx, accountID, id); err != nil {
			return err
		}
	}
	for _, id := range c.RemoveGroups {
		if err := ph.writer.RemoveFromGroup(ctx, accountID, id); err != nil {
			return err
		}
	}
	return nil
}

// add gives what is missing, all but queues and profile. blank: nobody has read the account, so what the platform gave it by itself stays.
func (ph *phase) add(ctx context.Context, accountID string, t reconcile.Target, c reconcile.Changes, blank bool) error {
	if c.DivisionID != "" {
		if err := ph.writer.SetDivision(ctx, accountID, c.DivisionID); err != nil {
			return err
		}
	}
	if c.SetRoles {
		set := ph.writer.SetRoles
		if blank {
			set = ph.writer.AddRoles
		}
		if err := set(ctx, accountID, c.Roles); err != nil {
			return err
		}
	}
	if len(c.PutLanguages) > 0 {
		if err := ph.writer.PutLanguages(ctx, accountID, c.PutLanguages); err != nil {
			return err
		}
	}
	for _, id := range c.AddGroups {
		if err := ph.writer.AddToGroup(ctx, accountID, id); err != nil {
			return err
		}
	}
	if c.SetWorkforce {
		return ph.writer.SetWorkforce(ctx, accountID, t.ManagementUnitID, t.WorkPlanID)
	}
	return nil
}

// addQueues makes the account a member. Platforms join new members by themselves: the caller joins or unjoins at once.
func (ph *phase) addQueues(ctx context.Context, accountID string, queueIDs []string) error {
	for _, id := range queueIDs {
		if err := ph.writer.AddToQueue(ctx, accountID, id); err != nil {
			return err
		}
	}
	return nil
}

// unmanaged reports what no rule names.
func (ph *phase) unmanaged(p *store.PersonTx, c reconcile.Changes) error {
	if len(c.Unmanaged) == 0 {
		return nil
	}
	text := "left alone, no rule names it:"
	for _, what := range c.Unmanaged {
		text += " " + what + ";"
	}
	return ph.note(p, "account.unmanaged", text)
}

// How long a phase itself waits for the platform to show what it accepted, before it hands the wait to Temporal; and after how
// long of that a person is asked.
const (
	settleLooks   = 5
	settlePause   = 200 * time.Millisecond
	settlePatient = 16 // attempts, some ten seconds apart
)

// until reads back until the account shows what was written. differs reads and names what still differs, "" when nothing does.
// The platform joins, moves and adds to groups in the background, so the first look is after a pause too: one look costs a
// handful of requests of everybody's budget.
func (ph *phase) until(ctx context.Context, what string, differs func(ctx context.Context) (string, error)) error {
	pause := settlePause
	last := ""
	for range settleLooks {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		var err error
		if last, err = differs(ctx); err != nil || last == "" {
			return err
		}
		pause *= 2
	}
	if ph.attempt < settlePatient {
		return notYet(what+" is not to be seen on the platform yet: "+last, 5*time.Second)
	}
	return refuse(lifecycle.Refusal{
		Kind:     lifecycle.ReviewPlatformRefusal,
		Question: "The platform accepted " + what + " but does not show it: " + last + ".",
		Detail:   map[string]string{"differs": last},
	})
}

// joinedQueues are the queues through which work can reach the account.
func joinedQueues(a ccaas.Account) (ids []string) {
	for _, q := range a.Queues {
		if q.Joined {
			ids = append(ids, q.QueueID)
		}
	}
	return ids
}

// missingFrom returns those of want that are not in have.
func missingFrom(want, have []string) (missing []string) {
	for _, id := range want {
		if !slices.Contains(have, id) {
			missing = append(missing, id)
		}
	}
	return missing
}
