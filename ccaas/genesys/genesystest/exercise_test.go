package genesystest_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// exerciseEverything calls every operation of the simulator once with success, and provokes its common refusals.
func exerciseEverything(t *testing.T, server *genesystest.Server, c *client) {
	t.Helper()
	planted, err := server.Plant(genesystest.Plant{
		Name: to("Sam"), Email: to("sam@example.com"), Queues: map[string]bool{"General_Support": true, "Billing_Queue": false},
		Skills: map[string]float64{"Billing_Support": 1}, Languages: map[string]float64{"French": 2}, Groups: []string{"Support Team"},
		Roles: []string{"Agent"}, WorkPlan: to("Support Full Time"), Locations: []string{"Madrid"}, Station: to("Desk 7"), DefaultStation: to("Desk 8"),
		Presence: to("OnQueue"), Extension: to("100"), EmployeeID: to("E-1"), Department: to("Support"), Title: to("Agent"),
	})
	require.NoError(t, err)
	_, err = server.StartConversation(planted.ID, genesystest.StartConversation{})
	require.NoError(t, err)
	exerciseReads(c, planted.ID)
	exerciseEntitlements(c, planted.ID)
	exerciseRouting(c, planted.ID)
	exerciseConversations(t, server, c, planted.ID)
	exerciseAccounts(c)
	c.want(204, "DELETE", "/api/v2/tokens/"+planted.ID, nil)
	c.want(200, "DELETE", "/api/v2/tokens/me", nil)
}

func exerciseReads(c *client, id string) {
	expand := "?" + url.Values{"expand": {
		"skills", "languages", "groups", "authorization", "locations", "employerInfo", "routingStatus", "presence",
		"conversationSummary", "station", "profileSkills", "certifications",
	}}.Encode()
	user := "/api/v2/users/" + id
	for _, path := range []string{
		"/api/v2/tokens/me", user + expand, "/api/v2/users" + expand, "/api/v2/users/query" + expand, user + "/state", user + "/externalid",
		user + "/roles", user + "/routingskills", user + "/routinglanguages", user + "/queues", user + "/queues?joined=false",
		user + "/presences/purecloud", user + "/routingstatus", user + "/station",
		"/api/v2/authorization/roles", "/api/v2/authorization/divisions", "/api/v2/authorization/divisions/home",
		"/api/v2/authorization/subjects/" + id + "?includeDuplicates=true",
		"/api/v2/routing/skills", "/api/v2/routing/languages", "/api/v2/routing/queues",
		"/api/v2/routing/queues/" + queue("General_Support"), "/api/v2/routing/queues/" + queue("General_Support") + "/members",
		"/api/v2/groups?pageSize=1&pageNumber=2", "/api/v2/groups/" + group("Support Team"), "/api/v2/groups/" + group("Support Team") + "/members",
		"/api/v2/locations", "/api/v2/presence/definitions",
		"/api/v2/workforcemanagement/agents/" + id + "/managementunit", "/api/v2/workforcemanagement/businessunits",
		"/api/v2/workforcemanagement/businessunits/" + genesystest.ID(genesystest.KindBusinessUnit, "Contact Centre") + "/managementunits",
		"/api/v2/workforcemanagement/managementunits", "/api/v2/workforcemanagement/managementunits/" + unit("Support MU") + "/users",
		"/api/v2/workforcemanagement/managementunits/" + unit("Support MU") + "/agents/" + id,
		"/api/v2/workforcemanagement/managementunits/" + unit("Support MU") + "/workplans",
	} {
		c.want(200, "GET", path, nil)
	}
	c.want(200, "HEAD", "/api/v2/tokens/me", nil)
	c.want(404, "GET", "/api/v2/users/nobody", nil)
	c.want(400, "GET", "/api/v2/users?pageSize=9999", nil)
	c.want(200, "POST", "/api/v2/groups/search", fields{"query": []fields{{"type": "EXACT", "fields": []string{"name"}, "value": "Support Team"}}})
	found := c.want(200, "POST", "/api/v2/users/search", fields{
		"pageSize": 1, "query": []fields{{"type": "CONTAINS", "fields": []string{"email"}, "value": "sam"}},
		"expand": []string{"skills"},
	})
	require.Equal(c.t, id, found.text(c.t, "results", 0, "id"))
}

func exerciseEntitlements(c *client, id string) {
	user, subject := "/api/v2/users/"+id, "/api/v2/authorization/subjects/"+id
	grants := fields{"grants": []fields{pair("Supervisor", "Home")}}
	c.want(204, "POST", subject+"/bulkreplace?subjectType=PC_USER", grants)
	c.want(204, "POST", subject+"/bulkremove", grants)
	c.want(204, "POST", subject+"/bulkadd?subjectType=PC_USER", grants)
	single := subject + "/divisions/" + division("Sales") + "/roles/" + role("Agent")
	c.want(204, "POST", single, nil)
	c.want(204, "DELETE", single, nil)
	c.want(404, "DELETE", single, nil)
	c.want(204, "POST", "/api/v2/authorization/divisions/"+division("Sales")+"/objects/USER", []string{id})

	rating := fields{"id": skill("Sales_Closing"), "proficiency": 2.5}
	c.want(200, "PUT", user+"/routingskills/bulk", []fields{rating})
	c.want(200, "PATCH", user+"/routingskills/bulk", []fields{rating})
	c.want(200, "POST", user+"/routingskills", rating)
	c.want(200, "PUT", user+"/routingskills/"+skill("Sales_Closing"), fields{"proficiency": 1})
	c.want(200, "DELETE", user+"/routingskills/"+skill("Sales_Closing"), nil)
	spoken := fields{"id": language("English"), "proficiency": 3}
	c.want(200, "PATCH", user+"/routinglanguages/bulk", []fields{spoken})
	c.want(200, "POST", user+"/routinglanguages", spoken)
	c.want(200, "PATCH", user+"/routinglanguages/"+language("English"), fields{"proficiency": 1})
	c.want(204, "DELETE", user+"/routinglanguages/"+language("English"), nil)

	members := "/api/v2/groups/" + group("Austin Site") + "/members"
	c.want(202, "POST", members, fields{"memberIds": []string{id}})
	c.want(202, "DELETE", members+"?ids="+id, nil)

	workforce := "/api/v2/workforcemanagement/managementunits/" + unit("Support MU") + "/agents"
	c.want(204, "PATCH", workforce, fields{"entities": []fields{{"userId": id, "schedulable": false}}})
	c.want(200, "PATCH", workforce+"/workplans/bulk", fields{"entities": []fields{
		{"userId": id, "workPlanId": fields{"value": plan("Support Full Time")}}, {"userId": "nobody", "workPlanId": fields{"value": "x"}},
	}})
	c.want(202, "POST", "/api/v2/workforcemanagement/agents", fields{"userIds": []string{id}, "destinationManagementUnitId": nil})
	c.want(200, "GET", "/api/v2/workforcemanagement/agents/"+id+"/managementunit", nil)
}

func exerciseRouting(c *client, id string) {
	user, members := "/api/v2/users/"+id, "/api/v2/routing/queues/"+queue("Retention_Queue")+"/members"
	c.want(204, "POST", members+"?delete=false", []fields{{"id": id}})
	c.want(200, "PATCH", members, []fields{{"id": id, "joined": false}})
	c.want(202, "PATCH", members+"/"+id, fields{"id": id, "joined": true})
	c.want(200, "PATCH", user+"/queues", []fields{{"id": queue("Retention_Queue"), "joined": false}})
	c.want(200, "PATCH", user+"/queues/"+queue("Retention_Queue"), fields{"joined": true})
	c.want(204, "DELETE", members+"/"+id, nil)
	c.want(200, "PATCH", user+"/presences/purecloud", fields{"presenceDefinition": fields{"id": genesystest.ID(genesystest.KindPresence, "Busy")}})
	c.want(200, "PUT", user+"/routingstatus", fields{"status": "INTERACTING"})
	c.want(202, "DELETE", user+"/station/associatedstation", nil)
	c.want(202, "DELETE", user+"/station/defaultstation", nil)
}

func exerciseConversations(t *testing.T, server *genesystest.Server, c *client, id string) {
	t.Helper()
	other := c.create("other@example.com")
	for _, start := range []genesystest.StartConversation{
		{Media: "call", Queue: "General_Support", State: "held", AfterCallMS: 60_000},
		{Media: "video"},
		{Media: "chat", State: "held"},
		{Media: "email", Queue: "Billing_Queue", State: "alerting"},
		{Media: "message", Queue: "Billing_Queue"},
		{Media: "socialExpression"},
		{Media: "callback", Queue: "Billing_Queue", AgentOwned: true},
		{Media: "callback", Queue: "Billing_Queue"},
	} {
		conversation, err := server.StartConversation(id, start)
		require.NoError(t, err)
		path := "/api/v2/conversations/" + conversation
		leg := path + "/participants/" + c.legOf(conversation, id)
		c.want(200, "POST", "/api/v2/analytics/conversations/details/query", openWork(id))
		if start.State != "alerting" {
			c.want(202, "POST", leg+"/replace/agent", fields{"userId": other, "transferType": "Unattended"})
		}
		c.want(200, "GET", path, nil)
		if start.State != "alerting" && start.Media != "callback" {
			taken := path + "/participants/" + c.legOf(conversation, other)
			c.want(400, "POST", taken+"/replace/queue", fields{"queueId": queue("Billing_Queue"), "transferType": "Unattended"})
			c.want(202, "PATCH", taken, fields{"state": "disconnected", "wrapupSkipped": true})
		}
		c.want(200, "GET", path, nil)
	}
	conversation, err := server.StartConversation(id, genesystest.StartConversation{Queue: "General_Support"})
	require.NoError(t, err)
	c.want(202, "POST", "/api/v2/conversations/"+conversation+"/participants/"+c.legOf(conversation, id)+"/replace/queue", fields{
		"queueId": queue("Billing_Queue"), "transferType": "Unattended",
	})
	c.want(200, "POST", "/api/v2/analytics/conversations/details/query", openWork(other))
	c.want(404, "GET", "/api/v2/conversations/nothing", nil)
	c.want(400, "POST", "/api/v2/analytics/conversations/details/query", fields{})
}

func exerciseAccounts(c *client) {
	first := c.create("first@example.com")
	c.create("second@example.com")
	user := "/api/v2/users/" + first
	external := fields{"authorityName": "muster-hris", "externalKey": "WD-1"}
	c.want(200, "POST", user+"/externalid", external)
	c.want(200, "GET", "/api/v2/users/externalid/muster-hris/WD-1?expand=skills", nil)
	c.want(204, "DELETE", user+"/externalid/muster-hris/WD-1", nil)
	c.want(200, "PATCH", user, fields{"version": 1, "title": "Agent", "addresses": []fields{{"mediaType": "PHONE", "type": "WORK", "extension": "7"}}})
	c.want(409, "PATCH", user, fields{"version": 1, "title": "Agent"})
	c.want(409, "PATCH", user, fields{"version": 2, "email": "second@example.com"})
	c.want(400, "PATCH", user, fields{"title": "Agent"})
	c.want(200, "PUT", user+"/state", fields{"state": "inactive", "version": 2, "stateChangeReason": "Leave"})
	c.want(200, "DELETE", user, nil)
	c.want(400, "POST", "/api/v2/gdpr/requests", fields{"requestType": "GDPR_DELETE", "subject": fields{"userId": first}})
	erasure := c.want(200, "POST", "/api/v2/gdpr/requests?deleteConfirmed=true", fields{
		"requestType": "GDPR_DELETE", "subject": fields{"userId": first},
	})
	c.want(200, "GET", "/api/v2/gdpr/requests?pageSize=1", nil)
	c.want(200, "GET", "/api/v2/gdpr/requests/"+erasure.text(c.t, "id"), nil)
	c.want(404, "GET", "/api/v2/gdpr/requests/nothing", nil)
	page := c.want(200, "POST", "/api/v2/users/search", fields{
		"pageSize": 1, "query": []fields{{"type": "CONTAINS", "fields": []string{"email"}, "value": "example"}, {"type": "EXACT", "fields": []string{"state"}, "values": everyState}},
	})
	c.want(200, "GET", page.text(c.t, "nextPage"), nil)
}
