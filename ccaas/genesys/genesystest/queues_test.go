package genesystest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func (c *client) addToQueue(id, name string) {
	c.t.Helper()
	c.want(204, "POST", "/api/v2/routing/queues/"+queue(name)+"/members?delete=false", []fields{{"id": id}})
}

func (c *client) join(status int, id, name string, joined bool) response {
	c.t.Helper()
	return c.want(status, "PATCH", "/api/v2/users/"+id+"/queues", []fields{{"id": queue(name), "joined": joined}})
}

func TestNewQueueMemberIsJoinedAtOnce(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.addToQueue(id, "General_Support")
	require.Equal(t, map[string]bool{"General_Support": true}, c.truth(id).Queues)
}

func TestAddingAMemberAgainKeepsItUnjoined(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.addToQueue(id, "General_Support")
	c.join(200, id, "General_Support", false)
	c.addToQueue(id, "General_Support")
	require.Equal(t, map[string]bool{"General_Support": false}, c.truth(id).Queues)
}

func TestQueuesOfAUserShowOnlyJoinedOnesByDefault(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("A"), Email: to("a@example.com"), Queues: map[string]bool{"General_Support": true, "Billing_Queue": false},
	})
	require.NoError(t, err)
	path := "/api/v2/users/" + planted.ID + "/queues"
	joined := c.want(200, "GET", path, nil)
	require.Equal(t, 1, joined.length(t, "entities"))
	require.Equal(t, "General_Support", joined.text(t, "entities", 0, "name"))
	unjoined := c.want(200, "GET", path+"?joined=false", nil)
	require.Equal(t, 1, unjoined.length(t, "entities"))
	require.Equal(t, "Billing_Queue", unjoined.text(t, "entities", 0, "name"))
}

func TestJoinIsAnsweredBeforeItIsEffective(t *testing.T) {
	server, c := start(t, func(s *genesystest.Settings) { s.JoinLagMS = 60_000 })
	id := c.create("jane@example.com")
	c.addToQueue(id, "General_Support")
	answer := c.join(200, id, "General_Support", false)
	require.Equal(t, true, answer.field(t, "entities", 0, "joined"))
	require.Equal(t, map[string]bool{"General_Support": true}, c.truth(id).Queues)
	require.NoError(t, server.ChangeSettings(func(s *genesystest.Settings) { s.JoinLagMS = 20 }))
	c.join(200, id, "General_Support", false)
	eventually(t, func() bool { return !c.truth(id).Queues["General_Support"] })
}

func TestJoinOfANonMemberIsIgnoredInSilence(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	answer := c.join(200, id, "General_Support", true)
	require.Equal(t, 0, answer.length(t, "entities"))
	require.Empty(t, c.truth(id).Queues)
}

func TestQueueCallsTakeAHundredEntries(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	tooMany := make([]fields, 101)
	for i := range tooMany {
		tooMany[i] = fields{"id": id}
	}
	path := "/api/v2/routing/queues/" + queue("General_Support") + "/members"
	c.refused(400, "bad.request", "POST", path, tooMany)
	c.want(204, "POST", path, tooMany[:100])
	c.refused(400, "invalid.value", "GET", path+"?pageSize=101", nil)
	c.refused(400, "invalid.value", "PATCH", "/api/v2/users/"+id+"/queues", []fields{{"id": queue("General_Support")}})
	c.refused(404, "general.resource.not.found", "POST", path, []fields{{"id": "nobody"}})
	c.refused(404, "general.resource.not.found", "POST", "/api/v2/routing/queues/x/members", []fields{{"id": id}})
}

func TestQueueMembersAreListedJoinedAndRemovedPerQueue(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	c.addToQueue(id, "General_Support")
	path := "/api/v2/routing/queues/" + queue("General_Support") + "/members"
	listed := c.want(200, "GET", path+"?pageSize=100", nil)
	require.Equal(t, id, listed.text(t, "entities", 0, "id"))
	require.Nil(t, listed.field(t, "total"), "the platform gives no total here")
	c.want(200, "PATCH", path, []fields{{"id": id, "joined": false}})
	require.Equal(t, 0, c.want(200, "GET", path+"?joined=true", nil).length(t, "entities"))
	c.want(204, "POST", path+"?delete=true", []fields{{"id": id}})
	require.Empty(t, c.truth(id).Queues)
	c.refused(404, "general.resource.not.found", "DELETE", path+"/"+id, nil)
}

func TestJoiningWithoutASeatIsRefused(t *testing.T) {
	_, c := start(t, func(s *genesystest.Settings) { s.Seats = 1 })
	first, second := c.create("a@example.com"), c.create("b@example.com")
	c.addToQueue(first, "General_Support")
	c.addToQueue(second, "General_Support")
	require.Equal(t, map[string]bool{"General_Support": false}, c.truth(second).Queues, "a member, but not joined")
	refused := c.join(400, second, "General_Support", true)
	require.Equal(t, "bad.request", refused.text(t, "code"))
	c.join(200, first, "General_Support", false)
	c.join(200, second, "General_Support", true)
	require.True(t, c.truth(second).Queues["General_Support"])
}

func TestAgentRejoinsByItself(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("jane@example.com")
	c.addToQueue(id, "General_Support")
	require.NoError(t, server.Rejoin(id, genesystest.Rejoin{Times: 1, DelayMS: 30}))
	c.join(200, id, "General_Support", false)
	require.False(t, c.truth(id).Queues["General_Support"])
	eventually(t, func() bool { return c.truth(id).Queues["General_Support"] })
	c.join(200, id, "General_Support", false)
	require.False(t, c.truth(id).Queues["General_Support"])
}

func TestPresenceDecidesRouting(t *testing.T) {
	_, c := start(t, nil)
	id := c.create("jane@example.com")
	set := func(system string) {
		c.want(200, "PATCH", "/api/v2/users/"+id+"/presences/purecloud", fields{
			"presenceDefinition": fields{"id": genesystest.ID(genesystest.KindPresence, system)},
		})
	}
	status := func() string {
		return c.want(200, "GET", "/api/v2/users/"+id+"/routingstatus", nil).text(t, "status")
	}
	require.Equal(t, "OFF_QUEUE", status())
	set("OnQueue")
	require.Equal(t, "IDLE", status())
	shown := c.want(200, "GET", "/api/v2/users/"+id+"?expand=presence", nil)
	require.Equal(t, "On Queue", shown.text(t, "presence", "presenceDefinition", "systemPresence"))
	set("Offline")
	require.Equal(t, "OFF_QUEUE", status())
	c.refused(400, "invalid.value", "PATCH", "/api/v2/users/"+id+"/presences/purecloud", fields{"presenceDefinition": fields{"id": "x"}})
}

func TestRoutingStatusRefusesBadTransitions(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{Name: to("A"), Email: to("a@example.com"), Presence: to("OnQueue")})
	require.NoError(t, err)
	path := "/api/v2/users/" + planted.ID + "/routingstatus"
	conversation, err := server.StartConversation(planted.ID, genesystest.StartConversation{})
	require.NoError(t, err)
	c.refused(400, "bad.request", "PUT", path, fields{"status": "OFF_QUEUE"})
	require.NoError(t, server.EndConversation(conversation))
	c.want(200, "PUT", path, fields{"status": "OFF_QUEUE"})
	c.refused(400, "bad.request", "PUT", path, fields{"status": "IDLE"})
	c.refused(400, "invalid.value", "PUT", path, fields{"status": "ON_QUEUE"})
	require.Equal(t, "OFF_QUEUE", c.want(200, "GET", "/api/v2/users/nobody/routingstatus", nil).text(t, "status"))
}

func TestConversationGoesOnAfterLeavingTheQueueAndEndsByItself(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{Name: to("A"), Email: to("a@example.com"), Presence: to("OnQueue")})
	require.NoError(t, err)
	_, err = server.StartConversation(planted.ID, genesystest.StartConversation{
		Media: "email", Queue: "General_Support", EndsAfterMS: 50, AfterCallMS: 50,
	})
	require.NoError(t, err)
	c.want(200, "PATCH", "/api/v2/users/"+planted.ID+"/presences/purecloud", fields{
		"presenceDefinition": fields{"id": genesystest.ID(genesystest.KindPresence, "Offline")},
	})
	require.Equal(t, "INTERACTING", c.truth(planted.ID).RoutingStatus)
	summary := func(what string) int {
		answer := c.want(200, "GET", "/api/v2/users/"+planted.ID+"?expand=conversationSummary", nil)
		return int(answer.field(t, "conversationSummary", "email", "contactCenter", what).(float64))
	}
	require.Equal(t, 1, summary("active"))
	eventually(t, func() bool { return summary("acw") == 1 })
	eventually(t, func() bool { return summary("acw") == 0 })
	require.Equal(t, "OFF_QUEUE", c.truth(planted.ID).RoutingStatus)
}

func TestRevokingAUsersTokensEndsSessionsAndConversations(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("A"), Email: to("a@example.com"), Presence: to("OnQueue"), Sessions: to(2), Station: to("Desk 7"),
	})
	require.NoError(t, err)
	for range 2 {
		_, err = server.StartConversation(planted.ID, genesystest.StartConversation{AfterCallMS: 60_000})
		require.NoError(t, err)
	}
	c.want(204, "DELETE", "/api/v2/tokens/"+planted.ID, nil)
	c.want(202, "DELETE", "/api/v2/users/"+planted.ID+"/station/associatedstation", nil)
	truth := c.truth(planted.ID)
	require.Zero(t, truth.Sessions)
	require.Zero(t, truth.Live)
	require.Empty(t, truth.Station)
	require.Equal(t, "Offline", truth.Presence)
	require.Equal(t, "OFF_QUEUE", truth.RoutingStatus)
}
