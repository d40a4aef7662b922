package genesystest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func TestCreatedAccountIsReadById(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	answer := c.want(200, "GET", "/api/v2/users/"+id, nil)
	require.Equal(t, "jane@example.com", answer.text(t, "email"))
	require.Equal(t, "active", answer.text(t, "state"))
	require.EqualValues(t, 1, answer.field(t, "version"))
}

func TestCreationWithoutStateIsInactive(t *testing.T) {
	_, c := start(t, nil)
	answer := c.want(200, "POST", "/api/v2/users", fields{
		"name": "Jane", "email": "jane@example.com", "divisionId": genesystest.ID(genesystest.KindDivision, "Home"),
	})
	require.Equal(t, "inactive", answer.text(t, "state"))
}

func TestCreationRefusesWhatTheContractDoesNotHave(t *testing.T) {
	_, c := start(t, nil)
	home := genesystest.ID(genesystest.KindDivision, "Home")
	for name, body := range map[string]any{
		"no name":            fields{"email": "a@example.com", "divisionId": home},
		"no email":           fields{"name": "A", "divisionId": home},
		"no division":        fields{"name": "A", "email": "a@example.com"},
		"unknown division":   fields{"name": "A", "email": "a@example.com", "divisionId": "x"},
		"unknown state":      fields{"name": "A", "email": "a@example.com", "divisionId": home, "state": "enabled"},
		"roles":              fields{"name": "A", "email": "a@example.com", "divisionId": home, "roles": []string{}},
		"phone numbers":      fields{"name": "A", "email": "a@example.com", "divisionId": home, "phoneNumbers": []string{}},
		"wrong type":         fields{"name": 7, "email": "a@example.com", "divisionId": home},
		"malformed":          `{"name":`,
		"data after the end": `{"name":"A","email":"a@example.com","divisionId":"` + home + `"} {}`,
		"address and extension": fields{"name": "A", "email": "a@example.com", "divisionId": home, "addresses": []fields{
			{"mediaType": "PHONE", "type": "WORK", "address": "+15550100", "extension": "1"},
		}},
		"unknown contact type": fields{"name": "A", "email": "a@example.com", "divisionId": home, "addresses": []fields{
			{"mediaType": "PHONE", "type": "DESK", "extension": "1"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.on(t)
			c.want(400, "POST", "/api/v2/users", body)
		})
	}
	require.Empty(t, c.server.Users(genesystest.TruthFilter{}))
}

func TestEmailStaysTakenByADeletedAccount(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.want(200, "DELETE", "/api/v2/users/"+id, nil)
	c.refused(409, "general.conflict", "POST", "/api/v2/users", fields{
		"name": "Other", "email": "JANE@example.com", "divisionId": genesystest.ID(genesystest.KindDivision, "Home"), "state": "active",
	})
}

func TestPatchNeedsTheCurrentVersion(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.refused(400, "invalid.value", "PATCH", "/api/v2/users/"+id, fields{"title": "Agent"})
	c.refused(409, "general.conflict", "PATCH", "/api/v2/users/"+id, fields{"title": "Agent", "version": 7})
	answer := c.want(200, "PATCH", "/api/v2/users/"+id, fields{"title": "Agent", "version": 1})
	require.EqualValues(t, 2, answer.field(t, "version"))
	require.Equal(t, "Agent", c.truth(id).Title)
}

func TestStateChangeGoesAlone(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.refused(400, "invalid.value", "PATCH", "/api/v2/users/"+id, fields{"state": "inactive", "title": "x", "version": 1})
	require.Equal(t, "active", c.truth(id).State)
	c.setState(id, "inactive")
	require.Equal(t, "inactive", c.truth(id).State)
}

func TestPatchRefusesUnknownFieldsAndReferences(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	for name, body := range map[string]fields{
		"division":        {"version": 1, "divisionId": genesystest.ID(genesystest.KindDivision, "Sales")},
		"unknown manager": {"version": 1, "manager": "nobody"},
		"own manager":     {"version": 1, "manager": id},
		"no location":     {"version": 1, "locations": []fields{{"id": "nowhere"}}},
		"empty name":      {"version": 1, "name": ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.on(t)
			c.want(400, "PATCH", "/api/v2/users/"+id, body)
		})
	}
	require.Equal(t, 1, c.truth(id).Version)
}

func TestExtensionBelongsToOneAccountUntilItIsDeleted(t *testing.T) {
	_, c := start(t, nil)
	extension := []fields{{"mediaType": "PHONE", "type": "WORK", "extension": "4452"}}
	first, second := c.create("a@example.com"), c.create("b@example.com")
	c.want(200, "PATCH", "/api/v2/users/"+first, fields{"addresses": extension, "version": 1})
	c.refused(409, "general.conflict", "PATCH", "/api/v2/users/"+second, fields{"addresses": extension, "version": 1})
	c.want(200, "DELETE", "/api/v2/users/"+first, nil)
	c.want(200, "PATCH", "/api/v2/users/"+second, fields{"addresses": extension, "version": 1})
	require.Equal(t, "4452", c.truth(second).Extension)
	require.Empty(t, c.truth(first).Extension)
}

func TestDeletedAccountAnswersOnlyToItsState(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.refused(404, "general.resource.not.found", "GET", "/api/v2/users/"+id+"?state=deleted", nil)
	c.want(200, "DELETE", "/api/v2/users/"+id, nil)
	c.refused(404, "general.resource.not.found", "GET", "/api/v2/users/"+id, nil)
	require.Equal(t, "deleted", c.want(200, "GET", "/api/v2/users/"+id+"?state=deleted", nil).text(t, "state"))
	c.refused(404, "user.not.found.on.delete", "DELETE", "/api/v2/users/"+id, nil)
}

func TestDeletionMovesHomeAndDropsRolesForGood(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("Jane"), Email: to("jane@example.com"), Division: to("Sales"), Roles: []string{"Agent"}, Extension: to("4452"),
		Skills: map[string]float64{"Sales_Closing": 3},
	})
	require.NoError(t, err)
	c.want(200, "DELETE", "/api/v2/users/"+planted.ID, nil)
	c.refused(404, "general.resource.not.found", "PATCH", "/api/v2/users/"+planted.ID, fields{"title": "x", "version": 2})
	c.setState(planted.ID, "active")
	truth := c.truth(planted.ID)
	require.Equal(t, "active", truth.State)
	require.Equal(t, "Home", truth.Division)
	require.Empty(t, truth.Roles)
	require.Empty(t, truth.Extension)
	require.Equal(t, map[string]float64{"Sales_Closing": 3}, truth.Skills)
}

func TestInactivationDropsRolesForGood(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("Jane"), Email: to("jane@example.com"), Division: to("Sales"), Roles: []string{"Agent"},
	})
	require.NoError(t, err)
	c.setState(planted.ID, "inactive")
	c.setState(planted.ID, "active")
	truth := c.truth(planted.ID)
	require.Empty(t, truth.Roles)
	require.Equal(t, "Sales", truth.Division)
}

func TestNewAccountHasTheDefaultRole(t *testing.T) {
	_, c := start(t, func(s *genesystest.Settings) { s.NewUserRole = "employee" })
	require.Equal(t, []string{"employee"}, c.truth(c.create("jane@example.com")).Roles)
}

func TestExpandGivesTheBlocksAskedFor(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("Jane"), Email: to("jane@example.com"), Skills: map[string]float64{"Billing_Support": 4},
		Languages: map[string]float64{"Spanish": 5}, Groups: []string{"Support Team"}, Locations: []string{"Austin"}, EmployeeID: to("E1"),
	})
	require.NoError(t, err)
	plain := c.want(200, "GET", "/api/v2/users/"+planted.ID, nil)
	require.Nil(t, plain.field(t, "skills"))
	full := c.want(200, "GET", "/api/v2/users/"+planted.ID+"?expand=skills,languages&expand=groups&expand=locations,employerInfo", nil)
	require.Equal(t, "Billing_Support", full.text(t, "skills", 0, "name"))
	require.Equal(t, "Spanish", full.text(t, "languages", 0, "name"))
	require.Equal(t, "Support Team", full.text(t, "groups", 0, "name"))
	require.Equal(t, "Austin", full.text(t, "locations", 0, "locationDefinition", "name"))
	require.Equal(t, "E1", full.text(t, "employerInfo", "employeeId"))
	c.refused(400, "invalid.value", "GET", "/api/v2/users/"+planted.ID+"?expand=queues", nil)
}

func TestExpandIsBestEffort(t *testing.T) {
	_, c := start(t, func(s *genesystest.Settings) { s.OmitExpands = []string{"conversationSummary"} })
	answer := c.want(200, "GET", "/api/v2/users/"+c.create("jane@example.com")+"?expand=conversationSummary,presence", nil)
	require.Nil(t, answer.field(t, "conversationSummary"))
	require.NotNil(t, answer.field(t, "presence"))
}

func TestUnknownPathMethodAndQueryAreRefused(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.refused(404, "not.found", "PATCH", "/api/v2/users/"+id+"/routing", fields{})
	c.want(405, "PUT", "/api/v2/users/"+id, fields{})
	c.refused(400, "invalid.value", "GET", "/api/v2/users?email=jane@example.com", nil)
	c.refused(400, "invalid.value", "GET", "/api/v2/users?pageSize=501", nil)
	c.refused(400, "invalid.value", "GET", "/api/v2/users?pageNumber=0", nil)
}

func TestExternalIDIsUniqueAndCaseSensitive(t *testing.T) {
	_, c := start(t, nil)
	first, second := c.create("a@example.com"), c.create("b@example.com")
	body := fields{"authorityName": "muster-hris", "externalKey": "WD/1 a"}
	answer := c.want(200, "POST", "/api/v2/users/"+first+"/externalid", body)
	require.Equal(t, "WD/1 a", answer.text(t, 0, "externalKey"))
	require.Equal(t, first, c.want(200, "GET", "/api/v2/users/externalid/muster-hris/WD%2F1%20a", nil).text(t, "id"))
	c.refused(404, "general.resource.not.found", "GET", "/api/v2/users/externalid/muster-hris/wd%2F1%20a", nil)
	c.refused(409, "general.conflict", "POST", "/api/v2/users/"+second+"/externalid", body)
	c.want(200, "POST", "/api/v2/users/"+first+"/externalid", body)
	require.Len(t, c.truth(first).ExternalIDs, 1)
	c.want(204, "DELETE", "/api/v2/users/"+first+"/externalid/muster-hris/WD%2F1%20a", nil)
	c.want(200, "POST", "/api/v2/users/"+second+"/externalid", body)
}

func TestExternalIDOfADeletedAccountIsHiddenButHeld(t *testing.T) {
	_, c := start(t, nil)
	body := fields{"authorityName": "muster-hris", "externalKey": "WD-1"}
	first, second := c.create("a@example.com"), c.create("b@example.com")
	c.want(200, "POST", "/api/v2/users/"+first+"/externalid", body)
	c.want(200, "DELETE", "/api/v2/users/"+first, nil)
	c.refused(404, "general.resource.not.found", "GET", "/api/v2/users/externalid/muster-hris/WD-1", nil)
	c.refused(409, "general.conflict", "POST", "/api/v2/users/"+second+"/externalid", body)
	require.Equal(t, 1, c.want(200, "GET", "/api/v2/users/"+first+"/externalid", nil).length(t))
}

func TestBodiesBeyondTheLimitAndOfOtherTypesAreRefused(t *testing.T) {
	server, c := start(t, nil)
	c.refused(413, "response.entity.too.large", "POST", "/api/v2/users", `{"name":"`+strings.Repeat("x", 1<<20)+`"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+"/api/v2/users", strings.NewReader("name=Jane"))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, 415, c.send(request).Status)
}

func TestExtensionIsAnsweredAsTheOrganisationShowsIt(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("Jane"), Email: to("jane@example.com"), Extension: to("4452"), Numbers: map[string]string{"HOME": "+13174269078x12"},
	})
	require.NoError(t, err)
	home := map[string]any{"mediaType": "PHONE", "type": "HOME", "extension": "12", "display": "+13174269078"}
	for answers, work := range map[string]map[string]any{
		"":                                      {"extension": "4452", "display": "4452"},
		genesystest.ExtensionsPooled:            {"extension": "4452", "display": "4452"},
		genesystest.ExtensionsPooledWithAddress: {"address": "4452", "extension": "4452", "display": "4452"},
		genesystest.ExtensionsUnpooled:          {"display": "(4452)"},
	} {
		require.NoError(t, server.ChangeSettings(func(s *genesystest.Settings) { s.ExtensionAnswers = answers }))
		work["mediaType"], work["type"] = "PHONE", "WORK"
		require.ElementsMatch(t, []any{work, home}, c.want(200, "GET", "/api/v2/users/"+planted.ID, nil).field(t, "addresses"), answers)
	}
	require.Error(t, server.ChangeSettings(func(s *genesystest.Settings) { s.ExtensionAnswers = "shouted" }))
}

func TestNumberKeepsItsOwnExtensionButGetsNone(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("Jane"), Email: to("jane@example.com"), Numbers: map[string]string{"WORK": "+13174269078x12"},
	})
	require.NoError(t, err)
	contact := func(extension string) []fields {
		return []fields{{"mediaType": "PHONE", "type": "WORK", "address": "+13174269078", "extension": extension}}
	}
	c.want(200, "PATCH", "/api/v2/users/"+planted.ID, fields{"addresses": contact("12"), "version": 1})
	c.refused(400, "invalid.value", "PATCH", "/api/v2/users/"+planted.ID, fields{"addresses": contact("13"), "version": 2})
	require.Equal(t, map[string]string{"WORK": "+13174269078x12"}, c.truth(planted.ID).Numbers)
}
