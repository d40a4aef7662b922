package genesystest

import (
	"slices"
)

// Results of a move, per agent [API: MoveAgentResponse.result].
const (
	moveAlready     = "AlreadyMoved"
	moveDone        = "MoveSuccessful"
	moveNothing     = "NothingToDo"
	moveInFlight    = "MovingToDifferentManagementUnit"
	moveUnitMissing = "DestinationManagementUnitDoesNotExist"
	moveUnitFull    = "DestinationManagementUnitAgentLimitExceeded"
)

var moveResults = []string{
	moveAlready, "DestinationBusinessUnitAgentLimitExceeded", moveUnitFull, moveUnitMissing, moveDone, moveInFlight, moveNothing,
	"SourceManagementUnitNotAuthorized",
}

type moveBody struct {
	UserIDs     []string `json:"userIds"`
	Destination *string  `json:"destinationManagementUnitId"`
}

// moveAgents answers 202 with a result for each agent: HTTP success is not success.
func (s *Server) moveAgents(r *request) answer {
	var body moveBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	if len(body.UserIDs) == 0 {
		return badField("userIds", "userIds is required")
	}
	destination := ""
	set(&destination, body.Destination)
	for _, id := range body.UserIDs {
		if s.world.living(id) == nil {
			return fail(400, "wfm.validation.failure", "One or more of the request's fields did not pass validation: userIds")
		}
	}
	results := renderAll(body.UserIDs, func(id string) object {
		u := s.world.living(id)
		r.about(u)
		return object{"user": userReference(id), "result": s.move(u, destination)}
	})
	answerBody := object{"results": results}
	if destination != "" {
		answerBody["destinationManagementUnit"] = unitReference(destination)
	}
	return accepted(answerBody)
}

func (s *Server) move(u *user, destination string) string {
	if forced := s.armed.moveResult(u.ID); forced != "" {
		return forced
	}
	switch {
	case destination != "" && s.world.construct(KindManagementUnit, destination) == nil:
		return moveUnitMissing
	case u.MovingTo == destination && destination != "":
		return moveAlready
	case u.MovingTo != "":
		return moveInFlight
	case u.UnitID == destination && destination == "":
		return moveNothing
	case u.UnitID == destination:
		return moveAlready
	case destination != "" && s.settings.ManagementUnitLimit > 0 && len(s.unitAgents(destination)) >= s.settings.ManagementUnitLimit:
		return moveUnitFull
	}
	u.MovingTo = destination
	s.later(s.settings.MoveLagMS, effect{Kind: effectMove, UserID: u.ID, Target: destination})
	return moveDone
}

func (s *Server) unitAgents(id string) []*user {
	var found []*user
	for _, u := range s.world.Users {
		if u.UnitID == id && u.State != stateDeleted {
			found = append(found, u)
		}
	}
	return found
}

// getAgentUnit answers for agents without a unit, too, then without one in the body.
func (s *Server) getAgentUnit(r *request) answer {
	u := s.world.living(r.params["agentId"])
	if u == nil {
		return missing("agent", r.params["agentId"])
	}
	r.about(u)
	body := object{"user": userReference(u.ID)}
	if unit := s.world.construct(KindManagementUnit, u.UnitID); unit != nil {
		body["managementUnit"] = unitReference(unit.ID)
		body["businessUnit"] = businessReference(unit.Parent)
	}
	return ok(body)
}

func (s *Server) listBusinessUnits(*request) answer {
	return ok(object{"entities": renderAll(s.world.ofKind(KindBusinessUnit), func(c construct) object {
		return object{"id": c.ID, "name": c.Name, "authorized": true, "selfUri": businessReference(c.ID)["selfUri"]}
	})})
}

func (s *Server) listUnitsOfBusiness(r *request) answer {
	id := r.params["businessUnitId"]
	if s.world.construct(KindBusinessUnit, id) == nil {
		return missing("business unit", id)
	}
	units := slices.DeleteFunc(s.world.ofKind(KindManagementUnit), func(c construct) bool { return c.Parent != id })
	return ok(wholeListing(units, renderUnit))
}

func (s *Server) listUnits(r *request) answer {
	if expand := r.query.Get("expand"); expand != "" && expand != "details" {
		return badField("expand", "Value [%s] is not valid for field type [expand]. Allowable values are: details", expand)
	}
	return ok(entityListing(r, s.world.ofKind(KindManagementUnit), renderUnit))
}

func renderUnit(c construct) object {
	return object{
		"id": c.ID, "name": c.Name, "timeZone": c.TimeZone, "startDayOfWeek": "Monday", "version": c.Version,
		"businessUnit": businessReference(c.Parent), "metadata": object{"version": c.Version},
		"selfUri": unitReference(c.ID)["selfUri"],
	}
}

func (s *Server) unit(r *request) (*construct, *answer) {
	id := r.params["managementUnitId"]
	if unit := s.world.construct(KindManagementUnit, id); unit != nil {
		return unit, nil
	}
	refused := missing("management unit", id)
	return nil, &refused
}

func (s *Server) listUnitUsers(r *request) answer {
	unit, refused := s.unit(r)
	if refused != nil {
		return *refused
	}
	return ok(object{"entities": renderAll(s.unitAgents(unit.ID), func(u *user) object { return userReference(u.ID) })})
}

func (s *Server) getUnitAgent(r *request) answer {
	unit, refused := s.unit(r)
	if refused != nil {
		return *refused
	}
	u := s.world.living(r.params["agentId"])
	if u == nil || u.UnitID != unit.ID {
		return missing("agent", r.params["agentId"])
	}
	r.about(u)
	body := object{
		"id": u.ID, "user": userReference(u.ID), "schedulable": !u.Unscheduled, "metadata": object{"version": u.Version},
		"queues": []object{}, "languages": []object{}, "skills": []object{},
		"selfUri": "/api/v2/workforcemanagement/managementunits/" + unit.ID + "/agents/" + u.ID,
	}
	if u.PlanID != "" {
		body["workPlan"] = object{
			"id": u.PlanID, "managementUnit": unitReference(unit.ID),
			"selfUri": "/api/v2/workforcemanagement/managementunits/" + unit.ID + "/workplans/" + u.PlanID,
		}
	}
	return ok(body)
}

func (s *Server) scheduleAgents(r *request) answer {
	var body struct {
		Entities []struct {
			UserID      string `json:"userId"`
			Schedulable *bool  `json:"schedulable"`
		} `json:"entities"`
	}
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	unit, refused := s.unit(r)
	if refused != nil {
		return *refused
	}
	for _, each := range body.Entities {
		u := s.world.living(each.UserID)
		if u == nil || u.UnitID != unit.ID {
			return missing("agent", each.UserID)
		}
		r.about(u)
		if each.Schedulable != nil {
			u.Unscheduled = !*each.Schedulable
		}
	}
	return done()
}

// workPlansBody gives agents of a unit a work plan of it [API: UpdateMuAgentWorkPlansBatchRequest].
type workPlansBody struct {
	Entities []struct {
		UserID     string `json:"userId"`
		WorkPlanID *struct {
			Value *string `json:"value"`
		} `json:"workPlanId"`
	} `json:"entities"`
}

// setWorkPlans answers 200 also where it did nothing: what failed is in the body.
func (s *Server) setWorkPlans(r *request) answer {
	var body workPlansBody
	if refused := r.decode(&body); refused != nil {
		return *refused
	}
	unit, refused := s.unit(r)
	if refused != nil {
		return *refused
	}
	failures := []object{}
	for _, each := range body.Entities {
		if each.UserID == "" {
			return badField("entities.userId", "userId is required")
		}
		if each.WorkPlanID == nil {
			continue
		}
		plan := ""
		set(&plan, each.WorkPlanID.Value)
		u, failure := s.world.living(each.UserID), object{"user": userReference(each.UserID)}
		switch c := s.world.construct(KindWorkPlan, plan); {
		case u == nil || u.UnitID != unit.ID:
			failure["failure"] = "AgentNotInManagementUnit"
		case plan != "" && (c == nil || c.Parent != unit.ID):
			failure["failure"], failure["notFoundWorkPlanId"] = "WorkPlanNotFound", plan
		default:
			r.about(u)
			u.PlanID = plan
			continue
		}
		failures = append(failures, failure)
	}
	return ok(object{"failures": failures})
}

func (s *Server) listWorkPlans(r *request) answer {
	unit, refused := s.unit(r)
	if refused != nil {
		return *refused
	}
	plans := slices.DeleteFunc(s.world.ofKind(KindWorkPlan), func(c construct) bool { return c.Parent != unit.ID })
	return ok(object{"entities": renderAll(plans, func(c construct) object {
		return object{
			"id": c.ID, "name": c.Name, "enabled": true, "valid": true, "metadata": object{"version": c.Version},
			"selfUri": "/api/v2/workforcemanagement/managementunits/" + unit.ID + "/workplans/" + c.ID,
		}
	})})
}

func userReference(id string) object { return object{"id": id, "selfUri": "/api/v2/users/" + id} }

func unitReference(id string) object {
	return object{"id": id, "selfUri": "/api/v2/workforcemanagement/managementunits/" + id}
}

func businessReference(id string) object {
	return object{"id": id, "selfUri": "/api/v2/workforcemanagement/businessunits/" + id}
}
