package genesystest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func TestControlPlantsAccountsInAnyState(t *testing.T) {
	_, c := start(t, nil)
	c.token = "" // the control API asks for none
	answer := c.want(200, "POST", "/_sim/users", fields{
		"name": "Jane", "email": "jane@example.com", "state": "deleted", "division": "Sales", "roles": []string{"Agent"},
		"skills": fields{"Sales_Closing": 4}, "queues": fields{"Sales_Inbound": true}, "work_plan": "Sales Full Time",
		"external_ids": []fields{{"authority": "muster-hris", "key": "WD-9"}}, "presence": "Training", "groups": []string{"Madrid Site"},
	})
	truth := c.truth(answer.text(t, "id"))
	require.Equal(t, "deleted", truth.State)
	require.Equal(t, []genesystest.RoleGrant{{Role: "Agent", Division: "Sales"}}, truth.Grants)
	require.Equal(t, "Sales MU", truth.ManagementUnit)
	require.Equal(t, "Training", truth.Presence)
	require.Equal(t, 1, c.want(200, "GET", "/_sim/users?external_id=WD-9", nil).length(t))
	require.Equal(t, 1, c.want(200, "GET", "/_sim/users?email=JANE@example.com&state=deleted", nil).length(t))
	require.Equal(t, 0, c.want(200, "GET", "/_sim/users?state=active", nil).length(t))
	require.Equal(t, truth.Email, c.want(200, "GET", "/_sim/users/"+truth.ID, nil).text(t, "email"))
}

func TestControlChangesAccountsBehindEverybodysBack(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.want(200, "PATCH", "/_sim/users/"+id, fields{"skills": fields{"Billing_Support": 1}, "queues": fields{"Billing_Queue": true}})
	truth := c.truth(id)
	require.Equal(t, map[string]float64{"Billing_Support": 1}, truth.Skills)
	require.Equal(t, map[string]bool{"Billing_Queue": true}, truth.Queues)
	require.Equal(t, 2, truth.Version)
	require.Equal(t, "jane@example.com", truth.Email)
}

func TestControlRefusesNamesTheCatalogueDoesNotHave(t *testing.T) {
	_, c := start(t, nil)
	for name, body := range map[string]fields{
		"no email":      {"name": "A"},
		"unknown queue": {"name": "A", "email": "a@example.com", "queues": fields{"Nowhere": true}},
		"unknown state": {"name": "A", "email": "a@example.com", "state": "gone"},
		"unknown field": {"name": "A", "email": "a@example.com", "shoe_size": 7},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.on(t)
			require.NotEmpty(t, c.want(400, "POST", "/_sim/users", body).text(t, "error"))
		})
	}
	require.Empty(t, c.server.Users(genesystest.TruthFilter{}))
	c.want(404, "GET", "/_sim/nonsense", nil)
	c.want(404, "GET", "/_sim/users/nobody", nil)
}

func TestControlTurnsOnlyTheDialsItNames(t *testing.T) {
	server, c := start(t, nil)
	before := server.Settings()
	c.want(200, "POST", "/_sim/settings", fields{"seats": 5, "omit_expands": []string{"presence"}})
	before.Seats, before.OmitExpands = 5, []string{"presence"}
	require.Equal(t, before, server.Settings())
	c.want(400, "POST", "/_sim/settings", fields{"seats": -1})
	c.want(400, "POST", "/_sim/settings", fields{"seat": 1})
	c.want(400, "POST", "/_sim/settings", fields{"omit_expands": []string{"queues"}})
	require.Equal(t, before, server.Settings())
}

func TestControlReachesEveryOtherLever(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("jane@example.com")
	c.want(200, "POST", "/_sim/faults", fields{"kind": "503", "path": "/api/v2/users/*"})
	require.Len(t, server.Faults(), 1)
	c.want(400, "POST", "/_sim/faults", fields{"kind": "flood"})
	c.want(200, "DELETE", "/_sim/faults", nil)
	require.Empty(t, server.Faults())
	conversation := c.want(200, "POST", "/_sim/users/"+id+"/conversations", fields{"media": "call"}).text(t, "id")
	require.Equal(t, 1, c.truth(id).Live)
	c.want(200, "DELETE", "/_sim/conversations/"+conversation, nil)
	require.Zero(t, c.truth(id).Live)
	c.want(200, "POST", "/_sim/users/"+id+"/rejoin", fields{"times": 1})
	c.want(200, "POST", "/_sim/rejections", fields{"skill": "Billing_Support"})
	c.want(200, "POST", "/_sim/move-results", fields{"result": "MovingToDifferentManagementUnit"})
	c.want(400, "POST", "/_sim/move-results", fields{"result": "Done"})
	require.NotZero(t, c.want(200, "GET", "/_sim/journal?user="+id, nil).length(t))
	c.want(200, "DELETE", "/_sim/journal", nil)
	require.Zero(t, c.want(200, "GET", "/_sim/journal", nil).length(t))
	c.want(200, "DELETE", "/_sim/tokens", nil)
	c.refused(401, "bad.credentials", "GET", "/api/v2/users", nil)
	c.want(200, "POST", "/_sim/reset", nil)
	require.Empty(t, server.Users(genesystest.TruthFilter{}))
}

func TestControlAnswersLoopbackClientsOnly(t *testing.T) {
	server, _ := start(t, nil)
	request := httptest.NewRequest(http.MethodGet, "/_sim/users", nil)
	request.RemoteAddr = "192.0.2.7:4711"
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, request)
	require.Equal(t, 403, recorder.Code)
}

func TestRemovedQueueIsGoneEverywhere(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("jane@example.com")
	c.addToQueue(id, "Billing_Queue")
	c.want(200, "POST", "/_sim/catalogue", fields{"remove": []fields{{"kind": "queue", "name": "Billing_Queue"}}})
	require.Empty(t, c.truth(id).Queues)
	c.refused(404, "general.resource.not.found", "GET", "/api/v2/routing/queues/"+queue("Billing_Queue"), nil)
	require.Error(t, server.ChangeCatalogue(genesystest.CatalogueChange{
		Remove: []genesystest.Construct{{Kind: genesystest.KindDivision, Name: "Home"}},
	}))
}

func TestSeedHoldsTheCatalogue(t *testing.T) {
	_, c := start(t, nil)
	names := func(path string) []string {
		answer, found := c.want(200, "GET", path, nil), []string{}
		for i := range answer.length(t, "entities") {
			found = append(found, answer.text(t, "entities", i, "name"))
		}
		return found
	}
	require.Equal(t, []string{"Home", "Customer Care", "Sales"}, names("/api/v2/authorization/divisions"))
	require.Equal(t, "Home", c.want(200, "GET", "/api/v2/authorization/divisions/home", nil).text(t, "name"))
	require.Equal(t, []string{"employee", "Agent", "Knowledge Base Editor", "Supervisor", "OAuth client muster"}, names("/api/v2/authorization/roles"))
	require.Equal(t, []string{"Network_Troubleshooting", "Technical_Support", "Billing_Support", "Customer_Retention", "Sales_Closing"},
		names("/api/v2/routing/skills?pageSize=500"))
	require.Equal(t, []string{"Technical_Support"}, names("/api/v2/routing/skills?name=tech"))
	require.Equal(t, []string{"English", "Spanish", "French"}, names("/api/v2/routing/languages"))
	require.Equal(t, []string{
		"Priority_Support_Queue", "Tier_2_Escalation", "General_Support", "Billing_Queue", "Retention_Queue", "Sales_Inbound",
	}, names("/api/v2/routing/queues"))
	require.Equal(t, []string{"Support Team", "Austin Site", "Madrid Site"}, names("/api/v2/groups"))
	require.Equal(t, []string{"Austin", "Madrid"}, names("/api/v2/locations"))
	units := c.want(200, "GET", "/api/v2/workforcemanagement/managementunits", nil)
	require.Equal(t, "America/New_York", units.text(t, "entities", 0, "timeZone"))
	require.Equal(t, []string{"Sales Full Time"}, names("/api/v2/workforcemanagement/managementunits/"+unit("Sales MU")+"/workplans"))
	require.Equal(t, []string{"Contact Centre"}, names("/api/v2/workforcemanagement/businessunits"))
}
