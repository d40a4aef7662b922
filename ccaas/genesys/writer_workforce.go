package genesys

import (
	"context"
	"net/http"

	"muster/ccaas"
)

// SetWorkforce moves the user to a management unit (empty: out of any) and, if workPlanID is set, gives it that work
// plan: one call each. The platform answers a move with success whatever became of it, so the result for the agent is
// what counts: a move that is under way elsewhere, or a plan that the unit does not take yet, is of KindUnavailable,
// every other refusal of KindInvalid.
func (w *writer) SetWorkforce(ctx context.Context, id, managementUnitID, workPlanID string) error {
	if managementUnitID == "" && workPlanID != "" {
		return invalid("workforce.plan", "work plan "+workPlanID+": want the management unit it belongs to, found none")
	}
	if err := w.moveAgent(ctx, id, managementUnitID); err != nil {
		return err
	}
	if workPlanID == "" {
		return nil
	}
	return w.planAgent(ctx, id, managementUnitID, workPlanID)
}

func (w *writer) moveAgent(ctx context.Context, id, managementUnitID string) error {
	body := struct {
		UserIDs     []string `json:"userIds"`
		Destination *string  `json:"destinationManagementUnitId"` // null: out of any unit
	}{UserIDs: []string{id}}
	if managementUnitID != "" {
		body.Destination = &managementUnitID
	}
	var moved struct {
		Results []struct {
			User   entity `json:"user"`
			Result string `json:"result"`
		} `json:"results"`
	}
	write := ccaas.Write{
		Verb: "workforce.move", AccountID: id, Detail: map[string]any{"management_unit_id": managementUnitID},
	}
	r := request{method: http.MethodPost, path: []string{"workforcemanagement", "agents"}, body: body}
	return w.change(ctx, write, r, &moved, func() *ccaas.Error {
		for _, result := range moved.Results {
			if result.User.ID == id {
				return moveFailure(result.Result)
			}
		}
		return &ccaas.Error{Kind: ccaas.KindUnavailable, Message: "the answer has no result for the agent"}
	})
}

// moveFailure translates the result of a move of one agent (definition MoveAgentResponse); nil for success.
func moveFailure(result string) *ccaas.Error {
	switch result {
	case "AlreadyMoved", "MoveSuccessful", "NothingToDo":
		return nil
	case "MovingToDifferentManagementUnit":
		return &ccaas.Error{Kind: ccaas.KindUnavailable, Code: result, Message: "another move of the agent is under way"}
	default:
		return &ccaas.Error{Kind: ccaas.KindInvalid, Code: result, Message: "the agent was not moved: " + result}
	}
}

func (w *writer) planAgent(ctx context.Context, id, managementUnitID, workPlanID string) error {
	type wrapped struct {
		Value string `json:"value"`
	}
	type change struct {
		UserID     string  `json:"userId"`
		WorkPlanID wrapped `json:"workPlanId"`
	}
	var answered struct {
		Failures []struct {
			User    entity `json:"user"`
			Failure string `json:"failure"`
		} `json:"failures"`
	}
	write := ccaas.Write{
		Verb: "workforce.plan", AccountID: id,
		Detail: map[string]any{"management_unit_id": managementUnitID, "work_plan_id": workPlanID},
	}
	r := request{
		method: http.MethodPatch,
		path:   []string{"workforcemanagement", "managementunits", managementUnitID, "agents", "workplans", "bulk"},
		body:   map[string]any{"entities": []change{{UserID: id, WorkPlanID: wrapped{workPlanID}}}},
	}
	return w.change(ctx, write, r, &answered, func() *ccaas.Error {
		for _, failure := range answered.Failures {
			if failure.User.ID == id {
				return planFailure(failure.Failure)
			}
		}
		return nil
	})
}

// planFailure translates why a work plan was not given (definition UpdateMuAgentWorkPlanFailureResponse). An agent who
// has just been moved may not be in the unit yet.
func planFailure(reason string) *ccaas.Error {
	if reason == "AgentNotInManagementUnit" {
		return &ccaas.Error{Kind: ccaas.KindUnavailable, Code: reason, Message: "the agent is not in the management unit yet"}
	}
	return &ccaas.Error{Kind: ccaas.KindInvalid, Code: reason, Message: "the work plan was not given: " + reason}
}
