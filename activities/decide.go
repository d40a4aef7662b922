package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	// ringAgainWhileCut is for a leaver's access: until it is read back as cut, nobody may be gone from it unnoticed for long (RULES 11).
	ringAgainWhileCut = time.Minute
)

// Decide is what the mailbox asks at each ring: it loads the person, lets lifecycle.Decide say what is due, and commits the
// answer; a Start or TakeOver has taken the person over under a new generation when it returns.
func (a *Activities) Decide(ctx context.Context, in lifecycle.DecideInput) (lifecycle.DecideResult, error) {
	known := knownToRun{operation: in.Running, asked: in.Running != lifecycle.None && in.Running != lifecycle.Termination}
	result, err := a.decide(ctx, in, known)
	if errors.Is(err, errAskTemporal) {
		if known, err = a.askTemporal(ctx, in.PersonID, known); err == nil {
			result, err = a.decide(ctx, in, known)
		}
	}
	return result, boundary(err)
}

// knownToRun is what runs: the operation, and the workflow of an open grace. A mailbox knows of a Hire or Transfer, its children; it does
// not wait for a Termination, so about that one Temporal has to be asked.
type knownToRun struct {
	operation lifecycle.Operation
	asked     bool
	// graces are the generations whose workflow was asked about, and whether it runs.
	graces map[int64]bool
}

// covers says whether enough is known to decide about the person.
func (k knownToRun) covers(person store.Person) bool {
	if !k.asked && person.Agent.Operation == lifecycle.Termination {
		return false
	}
	if person.Grace != nil && person.Grace.Open() {
		_, asked := k.graces[person.Grace.Generation]
		return asked
	}
	return true
}

func (k knownToRun) graceRuns(grace *lifecycle.Grace) bool {
	return grace != nil && k.graces[grace.Generation]
}

// errAskTemporal: the record says that a termination has the person, or a grace. Whether its workflow still runs is for Temporal to
// say, and no other server is asked while the person is locked.
var errAskTemporal = errors.New("a termination may be running")

func (a *Activities) decide(ctx context.Context, in lifecycle.DecideInput, known knownToRun) (result lifecycle.DecideResult, err error) {
	err = a.store.WithPerson(ctx, in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		v, err := a.look(p, in.Now)
		if err != nil {
			return err
		}
		if !known.covers(v.person) {
			return errAskTemporal
		}
		if v, err = a.hearLegal(p, v, in.Now); err != nil {
			return err
		}
		d := lifecycle.Decide(v.situation(known))
		d.Wake = v.wake(d)
		result = lifecycle.DecideResult{
			Do: d.Do, Operation: d.Operation, Wake: d.Wake, Because: d.Because,
			ExternalUserID: v.picture.State.ExternalUserID, Platform: a.platform.Name(),
		}
		if result.Generation, err = a.commit(p, v, d, known.operation); err != nil {
			return err
		}
		if d.Do == lifecycle.Restart {
			result.Generation = v.person.Grace.Generation
		}
		if result.RingGrace, err = v.keepGrace(p, d, known, in.Now); err != nil {
			return err
		}
		if held, is := heldByGuard(v.person); is && result.RingGrace == "" && (d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver) {
			// The fence ends it; it has to be told to look.
			result.RingGrace = held.WorkflowID
		}
		unfinished := len(v.unfinished(d)) > 0 || known.operation != lifecycle.None || d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver ||
			v.person.Agent.Operation != lifecycle.None
		return p.RingAt(v.person.RingSeq, nextRing(in.Now, d, unfinished, v.ringAgain(d)))
	})
	return result, err
}

func (a *Activities) askTemporal(ctx context.Context, personID string, known knownToRun) (knownToRun, error) {
	agent, err := a.store.Agent(ctx, personID)
	if err != nil {
		return knownToRun{}, err
	}
	graces, _, err := a.store.Graces(ctx, store.GraceFilter{PersonID: agent.PersonID, Open: new(true), Limit: 1})
	if err != nil {
		return knownToRun{}, err
	}
	known.graces = map[int64]bool{}
	for _, g := range graces {
		if known.graces[g.Generation], err = a.runs(ctx, agent.PersonID, g.Generation); err != nil {
			return knownToRun{}, err
		}
	}
	if known.asked || agent.Operation != lifecycle.Termination {
		return known, nil
	}
	runs, err := a.runs(ctx, agent.PersonID, agent.Generation)
	if runs {
		known.operation = lifecycle.Termination
	}
	known.asked = true
	return known, err
}

func (a *Activities) runs(ctx context.Context, personID string, generation int64) (bool, error) {
	runs, err := a.workflows.IsRunning(ctx, names.TerminationWorkflowID(personID, generation))
	if err != nil {
		return false, fmt.Errorf("asking whether the termination still runs: %w", err)
	}
	return runs, nil
}

func (v view) situation(known knownToRun) lifecycle.Situation {
	running := known.operation
	s := lifecycle.Situation{
		Picture: v.picture, InScope: v.resolution.InScope,
		State: v.person.Agent.State, Linked: v.person.Agent.PlatformUserID != "",
		Running: running, Unsettled: v.unsettled, Planned: map[string]bool{},
		Grace: v.person.Grace, GraceRuns: known.graceRuns(v.person.Grace), Reversed: v.person.Override != nil,
		Owner: v.owner, EndedElsewhere: v.ended,
	}
	now := lifecycle.NewPlan(v.person.PersonID, lifecycle.Hire, 0, v.picture, v.resolution, v.unsettled)
	s.Changed = now.Digest != v.person.Agent.PlanDigest || v.person.Plan != nil && !slices.Equal(v.person.Plan.Unmapped, now.Unmapped)
	s.Interrupted = v.person.Agent.Operation != lifecycle.None && running == lifecycle.None
	s.Dismissed = dismissedLast(v.person.Agent) || v.dismissalDue()
	if v.person.Plan != nil {
		for _, id := range v.person.Plan.Settles {
			s.Planned[id] = true
		}
	}
	for _, r := range v.person.Reviews {
		if r.Blocking && r.State == store.ReviewOpen {
			s.BlockedBy = r.ID
		}
		s.Answered = s.Answered || r.State != store.ReviewOpen && r.Generation == v.person.Agent.Generation
	}
	return s
}

// commit writes a decision down and returns the generation of the operation it starts.
func (a *Activities) commit(p *store.PersonTx, v view, d lifecycle.Decision, running lifecycle.Operation) (generation int64, err error) {
	if err := v.takeUpStrays(p, running); err != nil {
		return 0, err
	}
	for _, s := range d.Settle {
		if err := p.Settle(s.EventID, s.Outcome, s.Reason, names.AgentWorkflowID(v.person.PersonID)); err != nil {
			return 0, err
		}
	}
	for _, q := range d.Park {
		if err := parkEvent(p, q); err != nil {
			return 0, err
		}
	}
	if !d.Blocked { // then nothing is known of what has to end, and what was asked stays
		if err := askOwner(p, v, d.AskOwner); err != nil {
			return 0, err
		}
	}
	held, isHeld := heldByGuard(v.person)
	for _, w := range d.Waits {
		wait := store.Wait{Until: w.Until, For: w.For, What: w.What}
		if isHeld && running == lifecycle.Termination && held.Deadline != nil && w.Until.IsZero() && w.For != lifecycle.ForHR {
			wait = releaseWait(held.ID, *held.Deadline, held.WorkflowID)
		}
		if err := p.SetWaiting(w.EventID, wait); err != nil {
			return 0, err
		}
	}
	change := store.AgentChange{}
	if d.State != "" {
		change.State = &d.State
	}
	if v.dismissalDue() {
		// Remembered as soon as it is known: whatever becomes of the event, nobody comes back from it without legal.
		change.DismissedAt = new(v.picture.At)
	}
	if d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver {
		if generation, err = p.TakeOver(d.Operation, d.Because); err != nil {
			return 0, err
		}
		change.State = stateAtStart(d.Operation)
		for _, id := range v.open() {
			if err := p.SetWaiting(id, store.Wait{For: "muster", What: string(d.Operation) + " is under way"}); err != nil {
				return 0, err
			}
		}
	}
	if change == (store.AgentChange{}) {
		return generation, nil
	}
	return generation, p.UpdateAgent(change)
}

// takeUpStrays takes up decisions that no running operation waits for: about events that were refused or ambiguous, or of
// operations that have ended. Deciding them was all there was to do.
func (v view) takeUpStrays(p *store.PersonTx, running lifecycle.Operation) error {
	stray := func(generation int64) bool {
		return generation == 0 || running == lifecycle.None || generation != v.person.Agent.Generation
	}
	for _, r := range v.person.Reviews {
		if r.State != store.ReviewOpen && stray(r.Generation) && r.Kind != lifecycle.ReviewPutBack { // that one is carried out by hearLegal
			if err := p.TakeUpReview(r.ID); err != nil {
				return err
			}
		}
	}
	for _, a := range v.person.Approvals {
		if a.State != store.ApprovalOpen && stray(a.Generation) {
			if err := p.TakeUpApproval(a.ID); err != nil {
				return err
			}
		}
	}
	return nil
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
	case lifecycle.Termination, lifecycle.Transfer, lifecycle.Erasure, lifecycle.None:
		// These change an account that is somewhere already: the state changes with the first write.
	}
	return nil
}

// unfinished are the events that stay without an outcome after the decision and wait neither for their time nor for HR.
func (v view) unfinished(d lifecycle.Decision) (ids []string) {
	done := map[string]bool{}
	for _, s := range d.Settle {
		done[s.EventID] = true
	}
	for _, w := range d.Waits {
		done[w.EventID] = done[w.EventID] || !w.Until.IsZero() || w.For == lifecycle.ForHR
	}
	for id, open := range v.unsettled {
		if open && !done[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// nextRing is when the relay rings although nobody asked; zero when nothing is unfinished. again is how long what is unfinished may be
// left alone.
func nextRing(now time.Time, d lifecycle.Decision, unfinished bool, again time.Duration) (next time.Time) {
	if unfinished {
		next = now.Add(again)
	}
	if !d.Wake.IsZero() && (next.IsZero() || d.Wake.Before(next)) {
		next = d.Wake.Add(ringAgainAfterWake)
	}
	return next
}

// ringAgain is how long the person may be left alone after a decision: not long while a termination has them and may have lost its
// workflow. Once the account is read back unroutable, the drain takes its time.
func (v view) ringAgain(d lifecycle.Decision) time.Duration {
	agent := v.person.Agent
	begins := d.Do == lifecycle.Start || d.Do == lifecycle.TakeOver
	switch {
	case begins && d.Operation == lifecycle.Termination:
		return ringAgainWhileCut
	case begins || agent.Operation != lifecycle.Termination, v.asks(lifecycle.ApprovalTerminate):
		return ringAgainWhileOpen
	case v.held():
		return ringAgainWhileOpen
	case agent.State == lifecycle.Draining && v.person.Plan != nil:
		return ringAgainInDrain(*v.person.Plan)
	}
	return ringAgainWhileCut
}

// held says that the guard holds the running operation: it waits for people.
func (v view) held() bool {
	_, is := heldByGuard(v.person)
	return is
}

// asks says that an approval of a kind is open.
func (v view) asks(kind lifecycle.ApprovalKind) bool {
	return slices.ContainsFunc(v.person.Approvals, func(a store.Approval) bool { return a.Kind == kind && a.State == store.ApprovalOpen })
}

// ringAgainInDrain leaves a drain alone until it must have ended.
func ringAgainInDrain(plan lifecycle.Plan) time.Duration {
	return plan.Policies.DrainWindow + ringAgainWhileCut
}
