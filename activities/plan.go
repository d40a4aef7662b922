package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/store"
)

const defaultApprovalDeadline = 4 * time.Hour

// MakePlan folds, resolves and stores what the operation is to bring about. What the registry cannot answer for becomes a
// review; what it can answer for now closes the review that waited for it.
func (a *Activities) MakePlan(ctx context.Context, in lifecycle.PlanInput) (lifecycle.PlanResult, error) {
	var result lifecycle.PlanResult
	err := a.store.WithPerson(ctx, in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		v, err := a.look(p, in.Now)
		if err != nil {
			return err
		}
		if v.person.Agent.Generation != in.Generation {
			return store.ErrFenced
		}
		plan := lifecycle.NewPlan(in.PersonID, in.Operation, in.Generation, v.picture, v.resolution, v.unsettled)
		last, err := p.LatestPlan()
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		plan.Continue(last)
		if v.person.Override != nil && in.Operation != lifecycle.Termination {
			plan.RestoresGeneration = v.person.Override.Generation
		}
		result = planResult(plan, v)
		if result.Moot {
			return nil
		}
		if err := a.keepPlan(p, v, plan); err != nil {
			return err
		}
		result.Review, err = parkUnmapped(p, v, plan)
		return err
	})
	return result, boundary(err)
}

func planResult(plan lifecycle.Plan, v view) lifecycle.PlanResult {
	result := lifecycle.PlanResult{
		Digest: plan.Digest, MappingVersion: plan.MappingVersion,
		Moot:             v.wantsWork() == (plan.Operation == lifecycle.Termination),
		NeedsActivation:  plan.Policies.ActivationApproval && plan.Operation == lifecycle.Hire,
		ApprovalDeadline: plan.Policies.ApprovalDeadline,
		DrainWindow:      plan.Policies.DrainWindow,
		HandOverWindow:   plan.Policies.HandOverWindow,
		SkipDrain:        dismissed(v.picture.State),
		Resting:          plan.Resting,
	}
	if v.owner != "" && plan.Operation != lifecycle.Termination {
		result.Moot, result.MootBecause = true, "the account is owned elsewhere, by "+v.owner
	}
	if plan.Operation == lifecycle.Termination {
		result.Confirm = confirms(v.person.Agent)
	}
	if plan.Operation == lifecycle.Hire {
		result.Rehire = rehire(v.person.Agent)
	}
	if since := v.person.Agent.OperationSince; since != nil {
		result.Underway = max(time.Since(*since), 0)
	}
	if result.ApprovalDeadline == 0 {
		result.ApprovalDeadline = defaultApprovalDeadline
	}
	return result
}

// confirms is what an approver has to agree to before an account is made inactive that a reconciliation found active.
func confirms(agent store.Agent) string {
	if agent.FoundBy == "" {
		return ""
	}
	return "found active by " + agent.FoundBy
}

// rehire is what legal has to approve when somebody who was dismissed is to come back, by whatever way: hired anew, the dismissal
// rescinded or moved to another day. It is by what was done, not by what HR says now.
func rehire(agent store.Agent) string {
	if !dismissedLast(agent) {
		return ""
	}
	return "return after the dismissal of " + agent.DismissedAt.UTC().Format(time.RFC3339)
}

// dismissedLast says that the last the person saw of the platform was a dismissal.
func dismissedLast(agent store.Agent) bool {
	return agent.DismissedAt != nil && (agent.ActivatedAt == nil || agent.ActivatedAt.Before(*agent.DismissedAt))
}

// keepPlan stores the plan. When it is another one than before, what was asked about the former one is closed.
func (a *Activities) keepPlan(p *store.PersonTx, v view, plan lifecycle.Plan) error {
	if err := p.SavePlan(plan); err != nil {
		return err
	}
	name := a.platform.Name()
	if err := p.UpdateAgent(store.AgentChange{Platform: &name, MappingVersion: &plan.MappingVersion, PlanDigest: &plan.Digest}); err != nil {
		return err
	}
	if v.person.Plan != nil && v.person.Plan.Digest == plan.Digest {
		return nil
	}
	if v.person.Plan != nil {
		closeQuestions := p.CloseQuestions
		switch plan.Operation { //nolint:exhaustive // others keep nothing open
		case lifecycle.Hire:
			// Legal is asked about the return, and not about what it brings.
			closeQuestions = p.CloseHireQuestions
		case lifecycle.Transfer:
			// What is asked about a field or a role may be asked about it still: the change that follows looks.
			closeQuestions = p.ClosePlanQuestions
		case lifecycle.Termination:
			closeQuestions = p.CloseLeaverQuestions
		}
		if err := closeQuestions(plan.Generation, "the plan has changed"); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("planned with mapping version %d", plan.MappingVersion)
	if !v.picture.CreateSeen && plan.Operation == lifecycle.Hire {
		text += "; HR's create never came"
	}
	for _, warning := range plan.Warnings {
		text += "; " + warning
	}
	return p.AddTimeline(store.TimelineEntry{Kind: "plan.made", Text: text, WorkflowID: workflowID(plan.Operation, plan.PersonID, plan.Generation)})
}

// parkUnmapped opens the review for codes without a rule, or closes the one that waited when every code has one now. A transfer asks
// only about codes that an event without an outcome names: what was dismissed before is not asked again.
func parkUnmapped(p *store.PersonTx, v view, plan lifecycle.Plan) (*lifecycle.Parked, error) {
	if plan.Operation == lifecycle.Termination {
		return nil, nil
	}
	if len(plan.Unmapped) == 0 || plan.Operation == lifecycle.Transfer && len(naming(plan, v.person)) == 0 {
		for _, r := range v.person.Reviews {
			if r.Kind == lifecycle.ReviewUnmapped && r.State == store.ReviewOpen {
				if err := p.ResolveReview(r.ID, store.ActorMuster, fmt.Sprintf("mapping version %d has the answer", plan.MappingVersion)); err != nil {
					return nil, err
				}
			}
		}
		return nil, nil
	}
	codes := listUnmapped(plan.Unmapped)
	return openReview(p, plan, store.Review{
		Kind:     lifecycle.ReviewUnmapped,
		Question: fmt.Sprintf("Mapping version %d has no rule for %s. Publish a version that has one: the work then goes on by itself.", plan.MappingVersion, codes),
		Detail:   object(map[string]string{"codes": codes, "mapping_version": fmt.Sprint(plan.MappingVersion)}),
	})
}

// naming are those events the plan settles that name a code without a rule. A missing department is named by all of them.
func naming(plan lifecycle.Plan, person store.Person) map[string]bool {
	unmapped := map[string]bool{}
	for _, u := range plan.Unmapped {
		unmapped[u.Code] = true
	}
	found := map[string]bool{}
	for _, e := range person.Events {
		if !slices.Contains(plan.Settles, e.Event.EventID) {
			continue
		}
		payload := e.Event.Payload
		codes := append([]string{payload.DepartmentCode.Value, payload.JobTitleCode.Value, payload.LocationCode.Value}, payload.SkillCodes.Value...)
		if unmapped[""] || slices.ContainsFunc(codes, func(code string) bool { return code != "" && unmapped[code] }) {
			found[e.Event.EventID] = true
		}
	}
	return found
}

func listUnmapped(codes []mapping.Unmapped) string {
	var list []string
	for _, u := range codes {
		if u.Code == "" {
			list = append(list, "a missing "+u.Kind)
			continue
		}
		list = append(list, u.Kind+" "+u.Code)
	}
	return strings.Join(list, ", ")
}

// openReview opens a review for an operation and makes the operation's events wait for it.
func openReview(p *store.PersonTx, plan lifecycle.Plan, r store.Review) (*lifecycle.Parked, error) {
	r.Generation = plan.Generation
	r.WorkflowID = workflowID(plan.Operation, plan.PersonID, plan.Generation)
	opened, err := p.OpenReview(r)
	if err != nil {
		return nil, err
	}
	wait := store.Wait{For: "operator", What: "review " + opened.ID + ": " + string(r.Kind), ParkedVersion: plan.MappingVersion, WorkflowID: r.WorkflowID}
	for _, id := range plan.Settles {
		if err := p.SetWaiting(id, wait); err != nil {
			return nil, err
		}
	}
	return &lifecycle.Parked{ReviewID: opened.ID, Kind: r.Kind, Question: r.Question}, p.UpdateAgent(store.AgentChange{NeedsAttention: new(true)})
}

func workflowID(op lifecycle.Operation, personID string, generation int64) string {
	switch op {
	case lifecycle.Hire:
		return names.HireWorkflowID(personID, generation)
	case lifecycle.Transfer:
		return names.TransferWorkflowID(personID, generation)
	case lifecycle.Termination:
		return names.TerminationWorkflowID(personID, generation)
	case lifecycle.Erasure:
		return names.ErasureWorkflowID(personID, generation)
	case lifecycle.None:
	}
	return names.AgentWorkflowID(personID)
}
