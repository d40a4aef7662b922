package genesystest_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func crowd(n int, state string) genesystest.Crowd {
	return genesystest.Crowd{Count: n, From: 1, Like: genesystest.Plant{
		Name: to("Person {n}"), Email: to(state + "-{n}@example.com"), State: &state, EmployeeID: to("E-{n}"),
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: state + "-{n}"}},
	}}
}

func TestTheListingOfInactiveAccountsEndsAtTenThousand(t *testing.T) {
	server, c := start(t, nil)
	_, err := server.Populate(crowd(10_001, "inactive"))
	require.NoError(t, err)

	last := c.want(200, "GET", "/api/v2/users?state=inactive&pageSize=500&pageNumber=20", nil)
	require.EqualValues(t, 21, last.field(t, "pageCount"), "it promises a page that it then refuses")
	c.refused(400, "invalid.value", "GET", "/api/v2/users?state=inactive&pageSize=500&pageNumber=21", nil)
}

func TestTheListingByCursorHasNoCapAndNeitherSkipsNorDoublesWhenOthersComeAndGo(t *testing.T) {
	server, c := start(t, nil)
	ids, err := server.Populate(crowd(30, "inactive"))
	require.NoError(t, err)
	_, err = server.Populate(crowd(30, "deleted"))
	require.NoError(t, err)
	seen := map[string]int{}
	for cursor, page := "", 0; ; page++ {
		answer := c.want(200, "GET", "/api/v2/users/query?state=any&pageSize=7&cursor="+url.QueryEscape(cursor), nil)
		for i := range int(answer.field(t, "results").(float64)) {
			seen[answer.text(t, "entities", i, "id")]++
		}
		c.create(fmt.Sprintf("new-%d@example.com", page))
		if page == 2 { // who has been listed goes for good
			request := c.want(200, "POST", "/api/v2/gdpr/requests?deleteConfirmed=true",
				fields{"requestType": "GDPR_DELETE", "subject": fields{"userId": ids[0]}})
			require.Eventually(t, func() bool {
				return c.want(200, "GET", "/api/v2/gdpr/requests/"+request.text(t, "id"), nil).text(t, "status") == "COMPLETED"
			}, 5*time.Second, 10*time.Millisecond)
		}
		next, more := answer.field(t, "cursor").(string)
		if !more || page > 20 {
			break
		}
		cursor = next
	}
	for _, id := range ids {
		require.Equal(t, 1, seen[id])
	}
	require.GreaterOrEqual(t, len(seen), 60)
	for id, times := range seen {
		require.Equal(t, 1, times, id)
	}
}

func TestACursorIsGoodForAsLongAsTheSettingSays(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	settings := genesystest.DefaultSettings()
	settings.CursorMS = 60_000
	server := genesystest.New(t, genesystest.Options{Settings: &settings, Now: func() time.Time { return at }})
	c := connect(t, server)
	_, err := server.Populate(crowd(3, "active"))
	require.NoError(t, err)
	cursor := c.want(200, "GET", "/api/v2/users/query?pageSize=1", nil).text(t, "cursor")

	at = at.Add(time.Minute)
	c.want(200, "GET", "/api/v2/users/query?pageSize=1&cursor="+cursor, nil)
	at = at.Add(time.Second)
	c.refused(400, "invalid.value", "GET", "/api/v2/users/query?pageSize=1&cursor="+cursor, nil)
	c.refused(400, "invalid.value", "GET", "/api/v2/users/query?pageSize=1&cursor=made-up", nil)
}

func TestACrowdIsPlantedWithANumberEach(t *testing.T) {
	server, c := start(t, nil)
	ids, err := server.Populate(genesystest.Crowd{Count: 2, From: 41, Like: genesystest.Plant{
		Name: to("Person {n}"), Email: to("p-{n}@example.com"), Extension: to("{n}"), EmployeeID: to("E-{n}"), Queues: map[string]bool{"General_Support": false},
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: "WD-{n}"}},
	}})
	require.NoError(t, err)
	require.Len(t, ids, 2)
	user, found := server.User(ids[1])
	require.True(t, found)
	require.Equal(t, []string{"Person 0000042", "p-0000042@example.com", "0000042", "E-0000042", "WD-0000042"},
		[]string{user.Name, user.Email, user.Extension, user.EmployeeID, user.ExternalIDs[0].Key})
	require.Equal(t, map[string]bool{"General_Support": false}, user.Queues)
	c.want(200, "GET", "/api/v2/users/externalid/muster-hris/WD-0000041", nil)

	_, err = server.Populate(crowd(0, "active"))
	require.Error(t, err)
	taken := crowd(1, "active")
	taken.Like.Email = to("p-0000042@example.com")
	_, err = server.Populate(taken)
	require.ErrorContains(t, err, "{n}")
}

func TestMembersOfAQueueAreListedWithTheirFlagAsTheyAreNow(t *testing.T) {
	server, c := start(t, nil)
	ids, err := server.Populate(genesystest.Crowd{Count: 3, Like: genesystest.Plant{
		Name: to("Person {n}"), Email: to("p-{n}@example.com"), Queues: map[string]bool{"General_Support": true},
	}})
	require.NoError(t, err)
	members := "/api/v2/routing/queues/" + queue("General_Support") + "/members?pageSize=2"
	first := c.want(200, "GET", members, nil)
	require.NotNil(t, first.field(t, "nextUri"))
	require.Nil(t, first.field(t, "total"))

	c.want(200, "PATCH", "/api/v2/users/"+ids[0]+"/queues", []fields{{"id": queue("General_Support"), "joined": false}})

	require.Equal(t, false, c.want(200, "GET", members, nil).field(t, "entities", 0, "joined"))
	second := c.want(200, "GET", members+"&pageNumber=2", nil)
	require.Equal(t, ids[2], second.text(t, "entities", 0, "id"))
	require.Nil(t, second.field(t, "nextUri"))
	require.Empty(t, c.want(200, "GET", members+"&pageNumber=3", nil).field(t, "entities"))
	c.refused(400, "invalid.value", "GET", "/api/v2/routing/queues/"+queue("General_Support")+"/members?pageSize=101", nil)
}
