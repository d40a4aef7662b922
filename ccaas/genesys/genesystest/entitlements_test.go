package genesystest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func role(name string) string     { return genesystest.ID(genesystest.KindRole, name) }
func division(name string) string { return genesystest.ID(genesystest.KindDivision, name) }
func skill(name string) string    { return genesystest.ID(genesystest.KindSkill, name) }
func language(name string) string { return genesystest.ID(genesystest.KindLanguage, name) }
func queue(name string) string    { return genesystest.ID(genesystest.KindQueue, name) }
func group(name string) string    { return genesystest.ID(genesystest.KindGroup, name) }
func unit(name string) string     { return genesystest.ID(genesystest.KindManagementUnit, name) }
func plan(name string) string     { return genesystest.ID(genesystest.KindWorkPlan, name) }

func pair(roleName, divisionName string) fields {
	return fields{"roleId": role(roleName), "divisionId": division(divisionName)}
}

func TestGrantsAreReplacedAddedAndRemoved(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	subject := "/api/v2/authorization/subjects/" + id
	c.want(204, "POST", subject+"/bulkreplace?subjectType=PC_USER", fields{"grants": []fields{pair("Agent", "Sales"), pair("Supervisor", "Home")}})
	c.want(204, "POST", subject+"/bulkadd", fields{"grants": []fields{pair("Agent", "Sales"), pair("Agent", "Home")}})
	c.want(204, "POST", subject+"/bulkremove", fields{"grants": []fields{pair("Supervisor", "Home")}})
	require.ElementsMatch(t, []genesystest.RoleGrant{{Role: "Agent", Division: "Sales"}, {Role: "Agent", Division: "Home"}}, c.truth(id).Grants)
	require.Equal(t, 2, c.want(200, "GET", subject, nil).length(t, "grants"))
	c.want(204, "POST", subject+"/bulkreplace", fields{"grants": []fields{}})
	require.Empty(t, c.truth(id).Grants)
}

func TestGrantOfAnUnknownRoleIsRefused(t *testing.T) {
	_, c := start(t, nil)
	subject := "/api/v2/authorization/subjects/" + c.create("jane@example.com")
	c.refused(404, "general.resource.not.found", "POST", subject+"/bulkreplace", fields{"grants": []fields{pair("Wizard", "Home")}})
	c.refused(404, "general.resource.not.found", "POST", subject+"/bulkreplace", fields{"grants": []fields{pair("Agent", "Moon")}})
	c.refused(400, "invalid.value", "POST", subject+"/bulkreplace", fields{})
}

func TestGroupGrantsAreToldApartBySubject(t *testing.T) {
	server, c := start(t, nil)
	require.NoError(t, server.ChangeCatalogue(genesystest.CatalogueChange{
		Add: []genesystest.Construct{{Kind: genesystest.KindGroup, Name: "Leads", Roles: []string{"Supervisor"}}},
	}))
	planted, err := server.Plant(genesystest.Plant{
		Name: to("Jane"), Email: to("jane@example.com"), Groups: []string{"Leads"}, Roles: []string{"Supervisor", "Agent"},
	})
	require.NoError(t, err)
	subject := "/api/v2/authorization/subjects/" + planted.ID
	answer := c.want(200, "GET", subject+"?includeDuplicates=true", nil)
	direct := 0
	for i := range answer.length(t, "grants") {
		if answer.text(t, "grants", i, "subjectId") == planted.ID {
			direct++
		}
	}
	require.Equal(t, 2, direct)
	require.Equal(t, 3, answer.length(t, "grants"))
	require.Equal(t, 2, c.want(200, "GET", subject, nil).length(t, "grants"))
}

func TestDivisionMoveBumpsTheVersion(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.want(204, "POST", "/api/v2/authorization/divisions/"+division("Sales")+"/objects/USER", []string{id})
	truth := c.truth(id)
	require.Equal(t, "Sales", truth.Division)
	require.Equal(t, 2, truth.Version)
	c.refused(404, "general.resource.not.found", "POST", "/api/v2/authorization/divisions/"+division("Sales")+"/objects/USER", []string{"nobody"})
	c.refused(400, "invalid.value", "POST", "/api/v2/authorization/divisions/"+division("Sales")+"/objects/QUEUE", []string{id})
}

func TestSkillsAreReplacedAndMerged(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	path := "/api/v2/users/" + id + "/routingskills/bulk"
	c.want(200, "PUT", path, []fields{{"id": skill("Billing_Support"), "proficiency": 2}, {"id": skill("Sales_Closing"), "proficiency": 1}})
	c.want(200, "PUT", path, []fields{{"id": skill("Billing_Support"), "proficiency": 3}})
	c.want(200, "PATCH", path, []fields{{"id": skill("Network_Troubleshooting"), "proficiency": 5.0}})
	truth := c.truth(id)
	require.Equal(t, map[string]float64{"Billing_Support": 3, "Network_Troubleshooting": 5}, truth.Skills)
	require.Equal(t, 4, truth.Version, "each change of skills is a change of the directory object")
	c.want(200, "DELETE", "/api/v2/users/"+id+"/routingskills/"+skill("Billing_Support"), nil)
	c.refused(404, "general.resource.not.found", "DELETE", "/api/v2/users/"+id+"/routingskills/"+skill("Billing_Support"), nil)
	require.Equal(t, 1, c.want(200, "GET", "/api/v2/users/"+id+"/routingskills", nil).length(t, "entities"))
}

func TestSkillsRefuseWhatTheContractDoesNotAllow(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	tooMany := []fields{}
	for range 51 {
		tooMany = append(tooMany, fields{"id": skill("Billing_Support"), "proficiency": 1})
	}
	for name, body := range map[string]any{
		"no proficiency":     []fields{{"id": skill("Billing_Support")}},
		"too proficient":     []fields{{"id": skill("Billing_Support"), "proficiency": 5.5}},
		"unknown skill":      []fields{{"id": "x", "proficiency": 1}},
		"a language":         []fields{{"id": language("Spanish"), "proficiency": 1}},
		"not a list":         fields{"id": skill("Billing_Support"), "proficiency": 1},
		"more than fifty":    tooMany,
		"the same one twice": []fields{{"id": skill("Billing_Support"), "proficiency": 1}, {"id": skill("Billing_Support"), "proficiency": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.on(t)
			c.want(400, "PUT", "/api/v2/users/"+id+"/routingskills/bulk", body)
		})
	}
	require.Empty(t, c.truth(id).Skills)
}

func TestAcceptedSkillIsTakenBackInTheBackground(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("jane@example.com")
	require.NoError(t, server.RejectSkill(genesystest.Rejection{Skill: "Billing_Support", UserID: id, DelayMS: 20}))
	body := []fields{{"id": skill("Billing_Support"), "proficiency": 2}}
	answer := c.want(200, "PUT", "/api/v2/users/"+id+"/routingskills/bulk", body)
	require.Equal(t, 1, answer.length(t, "entities"))
	eventually(t, func() bool { return len(c.truth(id).Skills) == 0 })
	c.want(200, "PUT", "/api/v2/users/"+id+"/routingskills/bulk", body)
	require.Len(t, c.truth(id).Skills, 1, "armed for one time only")
}

func TestLanguagesAreMergedAndRemovedOneByOne(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	path := "/api/v2/users/" + id + "/routinglanguages"
	c.want(200, "PATCH", path+"/bulk", []fields{{"id": language("English"), "proficiency": 5}})
	c.want(200, "PATCH", path+"/bulk", []fields{{"id": language("Spanish"), "proficiency": 4}})
	require.Equal(t, map[string]float64{"English": 5, "Spanish": 4}, c.truth(id).Languages)
	c.want(204, "DELETE", path+"/"+language("English"), nil)
	c.refused(404, "general.resource.not.found", "DELETE", path+"/"+language("English"), nil)
	require.Equal(t, 1, c.want(200, "GET", path, nil).length(t, "entities"))
	c.want(405, "PUT", path+"/bulk", []fields{})
}

func TestGroupMembershipIsEffectiveLater(t *testing.T) {
	server, c := start(t, func(s *genesystest.Settings) { s.GroupLagMS = 60_000 })
	id := c.create("jane@example.com")
	path := "/api/v2/groups/" + group("Support Team") + "/members"
	c.want(202, "POST", path, fields{"memberIds": []string{id}})
	require.Empty(t, c.truth(id).Groups)
	require.NoError(t, server.ChangeSettings(func(s *genesystest.Settings) { s.GroupLagMS = 10 }))
	c.want(202, "POST", path, fields{"memberIds": []string{id}})
	eventually(t, func() bool { return len(c.truth(id).Groups) == 1 })
	require.Equal(t, id, c.want(200, "GET", path, nil).text(t, "entities", 0, "id"))
	c.want(202, "DELETE", path+"?ids="+id, nil)
	eventually(t, func() bool { return len(c.truth(id).Groups) == 0 })
}

func TestGroupCallsAreStrict(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	path := "/api/v2/groups/" + group("Support Team") + "/members"
	c.refused(409, "general.conflict", "POST", path, fields{"memberIds": []string{id}, "version": 99})
	c.refused(404, "general.resource.not.found", "POST", path, fields{"memberIds": []string{"nobody"}})
	c.refused(400, "bad.request", "POST", path, fields{"memberIds": []string{}})
	many := []string{}
	for i := range 51 {
		many = append(many, fmt.Sprint(i))
	}
	c.refused(400, "bad.request", "POST", path, fields{"memberIds": many})
	found := c.want(200, "POST", "/api/v2/groups/search", fields{"query": []fields{{"type": "EXACT", "fields": []string{"name"}, "value": "Austin Site"}}})
	require.Equal(t, group("Austin Site"), found.text(t, "results", 0, "id"))
}

func TestMovesAnswerPerAgent(t *testing.T) {
	_, c := start(t, func(s *genesystest.Settings) { s.ManagementUnitLimit = 1 })
	first, second := c.create("a@example.com"), c.create("b@example.com")
	move := func(id string, to any) string {
		return c.want(202, "POST", "/api/v2/workforcemanagement/agents", fields{"userIds": []string{id}, "destinationManagementUnitId": to}).
			text(t, "results", 0, "result")
	}
	require.Equal(t, "NothingToDo", move(first, nil))
	require.Equal(t, "MoveSuccessful", move(first, unit("Support MU")))
	require.Equal(t, "AlreadyMoved", move(first, unit("Support MU")))
	require.Equal(t, "DestinationManagementUnitAgentLimitExceeded", move(second, unit("Support MU")))
	require.Equal(t, "DestinationManagementUnitDoesNotExist", move(second, "x"))
	require.Equal(t, "Support MU", c.truth(first).ManagementUnit)
	require.Equal(t, "MoveSuccessful", move(first, nil))
	require.Empty(t, c.truth(first).ManagementUnit)
}

func TestMoveInFlightRefusesAnother(t *testing.T) {
	_, c := start(t, func(s *genesystest.Settings) { s.MoveLagMS = 60_000 })
	id := c.create("a@example.com")
	move := func(to string) string {
		return c.want(202, "POST", "/api/v2/workforcemanagement/agents", fields{"userIds": []string{id}, "destinationManagementUnitId": to}).
			text(t, "results", 0, "result")
	}
	require.Equal(t, "MoveSuccessful", move(unit("Support MU")))
	require.Empty(t, c.truth(id).ManagementUnit)
	require.Equal(t, "MovingToDifferentManagementUnit", move(unit("Sales MU")))
}

func TestMoveResultOnDemandDoesNothing(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("a@example.com")
	require.NoError(t, server.AnswerMoves(genesystest.MoveResult{UserID: id, Result: "SourceManagementUnitNotAuthorized"}))
	body := fields{"userIds": []string{id}, "destinationManagementUnitId": unit("Support MU")}
	answer := c.want(202, "POST", "/api/v2/workforcemanagement/agents", body)
	require.Equal(t, "SourceManagementUnitNotAuthorized", answer.text(t, "results", 0, "result"))
	require.Empty(t, c.truth(id).ManagementUnit)
}

func TestWorkPlanBelongsToTheAgentsUnit(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{Name: to("A"), Email: to("a@example.com"), ManagementUnit: to("Support MU")})
	require.NoError(t, err)
	assign := func(unitName, planName string) response {
		return c.want(200, "PATCH", "/api/v2/workforcemanagement/managementunits/"+unit(unitName)+"/agents/workplans/bulk", fields{
			"entities": []fields{{"userId": planted.ID, "workPlanId": fields{"value": plan(planName)}}},
		})
	}
	require.Equal(t, "AgentNotInManagementUnit", assign("Sales MU", "Sales Full Time").text(t, "failures", 0, "failure"))
	require.Equal(t, "WorkPlanNotFound", assign("Support MU", "Sales Full Time").text(t, "failures", 0, "failure"))
	require.Equal(t, 0, assign("Support MU", "Support Full Time").length(t, "failures"))
	agent := "/agents/" + planted.ID
	require.Equal(t, unit("Support MU"),
		c.want(200, "GET", "/api/v2/workforcemanagement"+agent+"/managementunit", nil).text(t, "managementUnit", "id"))
	require.Equal(t, plan("Support Full Time"),
		c.want(200, "GET", "/api/v2/workforcemanagement/managementunits/"+unit("Support MU")+agent, nil).text(t, "workPlan", "id"))
	c.refused(404, "general.resource.not.found", "GET", "/api/v2/workforcemanagement/managementunits/"+unit("Sales MU")+agent, nil)
	c.want(202, "POST", "/api/v2/workforcemanagement/agents", fields{"userIds": []string{planted.ID}, "destinationManagementUnitId": unit("Sales MU")})
	require.Empty(t, c.truth(planted.ID).WorkPlan, "the plan stays with the unit")
}

func TestSkillsAndLanguagesOfAnAccountComeFiftyAtATime(t *testing.T) {
	_, c := start(t, nil)
	user := "/api/v2/users/" + c.create("jane@example.com")
	for _, listing := range []string{user + "/routingskills", user + "/routinglanguages"} {
		c.want(200, "GET", listing+"?pageSize=50", nil)
		c.refused(400, "invalid.value", "GET", listing+"?pageSize=51", nil)
	}
}
