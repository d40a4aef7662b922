package genesystest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// as is a client of the simulator with the permissions of another OAuth client.
func (c *client) as(id string, permissions ...string) *client {
	c.t.Helper()
	require.NoError(c.t, c.server.PutClient(genesystest.Client{ID: id, Secret: "secret-of-" + id, Permissions: permissions}))
	other := &client{t: c.t, server: c.server}
	answer := other.requestToken(id, "secret-of-"+id)
	require.Equal(c.t, 200, answer.Status, string(answer.Body))
	other.token = answer.text(c.t, "access_token")
	return other
}

func TestAClientThatMayOnlyReadIsRefusedEveryWrite(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("jane@example.com")
	reader := c.as("reader", "directory:user:view", "routing:queue:view")
	server.ClearJournal()

	reader.want(200, "GET", "/api/v2/users/query?state=any", nil)
	reader.want(200, "GET", "/api/v2/routing/queues/"+queue("General_Support")+"/members", nil)

	for _, write := range []struct{ code, method, path string }{
		{"missing.any.permissions", "POST", "/api/v2/users"},
		{"missing.any.permissions", "PATCH", "/api/v2/users/" + id},
		{"missing.any.permissions", "DELETE", "/api/v2/users/" + id},
		{"missing.any.permissions", "PUT", "/api/v2/users/" + id + "/routingskills/bulk"},
		{"missing.any.permissions", "POST", "/api/v2/routing/queues/" + queue("General_Support") + "/members"},
		{"missing.permissions", "POST", "/api/v2/authorization/subjects/" + id + "/bulkreplace"},
	} {
		reader.refused(403, write.code, write.method, write.path, fields{})
	}
	user, found := server.User(id)
	require.True(t, found)
	require.Equal(t, []int{1, 0}, []int{user.Version, len(user.Skills)})
	for _, entry := range server.Journal(genesystest.JournalFilter{}) {
		require.Equal(t, "reader", entry.ClientID)
	}
}

func TestAnyOfSeveralPermissionsIsEnoughWhereTheContractSaysAny(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	body := fields{"version": 1, "title": "Agent"}
	c.as("editor", "directory:user:edit").want(200, "PATCH", "/api/v2/users/"+id, body)
	c.as("all-actions", "directory:*:*").want(200, "DELETE", "/api/v2/users/"+id, nil)
	c.as("half", "authorization:grant:add").refused(403, "missing.permissions", "POST", "/api/v2/authorization/subjects/"+id+"/bulkreplace",
		fields{"grants": []fields{}})
}

func TestAClientIsShownItsRolesAndTheirPermissions(t *testing.T) {
	server, c := start(t, nil)
	reader := c.as("reader", "directory:user:view", "authorization:role:view")
	roleID := reader.want(200, "GET", "/api/v2/tokens/me", nil).text(t, "OAuthClient", "roleDivisions", 0, "roleId")

	role := reader.want(200, "GET", "/api/v2/authorization/roles?id="+roleID, nil)

	require.EqualValues(t, 1, role.field(t, "total"))
	require.Equal(t, "directory", role.text(t, "entities", 0, "permissionPolicies", 0, "domain"))
	require.Equal(t, "user", role.text(t, "entities", 0, "permissionPolicies", 0, "entityName"))
	require.Equal(t, "view", role.text(t, "entities", 0, "permissionPolicies", 0, "actionSet", 0))
	require.NoError(t, server.ChangeSettings(func(s *genesystest.Settings) { s.TokenHidesRoles = true }))
	shown, is := reader.want(200, "GET", "/api/v2/tokens/me", nil).field(t, "OAuthClient").(map[string]any)
	require.True(t, is)
	require.NotContains(t, shown, "roleDivisions")
}

func TestAWrongSecretOfAFurtherClientIsRefused(t *testing.T) {
	_, c := start(t, nil)
	c.as("reader", "directory:user:view")
	require.Equal(t, 401, c.requestToken("reader", "secret").Status)
	require.Error(t, c.server.PutClient(genesystest.Client{ID: "reader", Secret: "s", Permissions: []string{"directory:user"}}))
}
