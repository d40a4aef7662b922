package activities

import (
	"context"
	"fmt"
	"time"

	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// Workflows tells what Temporal is running. It is asked only when the record says that a leaver's workflow runs and the mailbox,
// which does not wait for it, cannot know.
type Workflows interface {
	// IsRunning reports whether a workflow of this ID is open.
	IsRunning(ctx context.Context, workflowID string) (bool, error)
}

// How long until the relay rings again although nobody asked: a safety net for a mailbox that an operator ended.
const (
	ringAgainWhileOpen = time.Hour
	ringAgainAfterWake = time.Minute
)

// Decide is what the mailbox asks at each ring: it loads the person, lets lifecycle.Decide say what is due, and commits the
// answer; a Start or TakeOver has taken the person over under a new generation when it returns.
func (a *Activities) Decide(ctx context.Context, in lifecycle.DecideInput) (lifecycle.DecideResult, error) {
	var result lifecycle.DecideResult
	err := a.store.WithPerson(ctx, in.PersonID, func(ctx context.Context, p *store.PersonTx) error {
		v, err := a.look(ctx, p, in.Now)
		if err != nil {
			return err
		}
		running, err := a.running(ctx, v.person, in.Running)
		if err != nil {
			return err
		}
		d := lifecycle.Decide(v.situation(running))
		result = lifecycle.DecideResult{
			Do: d.Do, Operation: d.Operation, Wake: d.Wake, Because: d.Because,
			ExternalUserID: v.picture.State.ExternalUserID, Platform: a.platform.Name(),
		}
		if result.Generation, err = a.commit(p, v, d); err != nil {
			return err
		}
		return p.RingAt(v.person.RingSeq, nextRing(in.Now, d, len(v.unfinished(d)) > 0))
	})
	return result, boundary(err)
}

// running is the operation that runs, as far as anybody can know.
func (a *Activities) running(ctx context.Context, person store.Person, known lifecycle.Operation) (lifecycle.Operation, error) {
	if known != lifecycle.None || person.Agent.Operation != lifecycle.Termination {
		return known, nil
	}
	open, err := a.workflows.IsRunning(ctx, names.TerminationWorkflowID(person.PersonID, person.Agent.Generation))
	if err != nil {
		return known, fmt.Errorf("asking whether the termination still runs: %w", err)
	}
	if open {
		return lifecycle.Termination, nil
	}
	return lifecycle.None, nil
}

func (v view) situation(running lifecycle.Operation) lifecycle.Situation {
	s := lifecycle.Situation{
		Picture: v.picture, InScope: v.resolution.InScope,
		State: v.person.Agent.State, Linked: v.person.Agent.PlatformUserID != "",
		Running: running, Unsettled: v.unsettled,
	}
	for _, r := range v.person.Reviews {
		if r.Blocking && r.State == store.ReviewOpen {
			s.BlockedBy = r.ID
		}
	}
	return s
}

// commit writes a decision down and returns the generation of the operation it starts.
func (a *Activities) commit(p *store.PersonTx, v view, d lifecycle.Decision) (generation int64, err error) {
	for _, s := range d.Settle {
		if err := p.Settle(s.EventID, s.Outcome, s.Reason, names.AgentWorkflowID(v.person.PersonID)); err != nil {
			return 0, err
		}
	}
	for _, w := range d.Waits {
		if err := p.SetWaiting(w.EventID, store.Wait{Until: w.Until, For: w.For, What: w.What}); err != nil {
			return 0, err
		}
	}
	change := store.AgentChange{}
	if d.State != "" {
		change.State = &d.State
	}
	if d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver {
		if generation, err = p.TakeOver(d.Operation); err != nil {
			return 0, err
		}
		change.State = stateAtStart(d.Operation)
		for _, id := range v.open() {
			if err := p.SetWaiting(id, store.Wait{For: "muster", What: string(d.Operation) + " is under way"}); err != nil {
				return 0, err
			}
		}
		text := fmt.Sprintf("%s begins: %s", d.Operation, d.Because)
		if err := p.AddTimeline(store.TimelineEntry{Kind: string(d.Operation) + ".begun", Actor: "muster", Text: text}); err != nil {
			return 0, err
		}
	}
	if change.State == nil {
		return generation, nil
	}
	return generation, p.UpdateAgent(change)
}

// open are the events that take effect now and have no outcome.
func (v view) open() (ids []string) {
	for _, e := range v.picture.Events {
		if v.unsettled[e.EventID] && !e.Effective.After(v.picture.At) {
			ids = append(ids, e.EventID)
		}
	}
	return ids
}

func stateAtStart(op lifecycle.Operation) *lifecycle.State {
	switch op {
	case lifecycle.Hire:
		return new(lifecycle.Preparing)
	case lifecycle.Termination, lifecycle.Transfer, lifecycle.None:
		// These change an account that is somewhere already: the state changes with the first write.
	}
	return nil
}

// unfinished are the events that stay without an outcome after the decision and do not just wait for their time.
func (v view) unfinished(d lifecycle.Decision) (ids []string) {
	done := map[string]bool{}
	for _, s := range d.Settle {
		done[s.EventID] = true
	}
	for _, w := range d.Waits {
		done[w.EventID] = done[w.EventID] || !w.Until.IsZero()
	}
	for id, open := range v.unsettled {
		if open && !done[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// nextRing is when the relay rings although nobody asked; zero when nothing is unfinished.
func nextRing(now time.Time, d lifecycle.Decision, unfinished bool) (next time.Time) {
	if unfinished {
		next = now.Add(ringAgainWhileOpen)
	}
	if !d.Wake.IsZero() && (next.IsZero() || d.Wake.Before(next)) {
		next = d.Wake.Add(ringAgainAfterWake)
	}
	return next
}
