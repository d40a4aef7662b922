package genesys

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
)

func TestAccountIsReadInOneCallUnlessMoreIsWanted(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, `{"id":"u1","version":3,"state":"active","name":"A","email":"a@example.com",
		"department":"Support","title":"Agent","division":{"id":"d1"},"manager":{"id":"m1"},
		"addresses":[{"mediaType":"PHONE","type":"MOBILE","address":"+15550100"},
			{"mediaType":"PHONE","type":"WORK","extension":"4452"}],
		"employerInfo":{"employeeId":"WD-1"},"locations":[{"id":"x","locationDefinition":{"id":"austin"}}],
		"groups":[{"id":"g2"},{"id":"g1"}],
		"skills":[{"id":"k1","proficiency":3.5,"state":"active"},{"id":"k0","proficiency":1,"state":"deleted"}],"languages":[],
		"presence":{"presenceDefinition":{"id":"p","systemPresence":"On Queue"}},"routingStatus":{"status":"INTERACTING"},
		"conversationSummary":{"userId":"u1","call":{"contactCenter":{"active":1,"acw":0},"enterprise":{"active":1,"acw":0}},
			"email":{"contactCenter":{"active":0,"acw":2}}}}`))
	account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{})
	require.NoError(t, err)
	require.Equal(t, ccaas.Account{
		ID: "u1", State: ccaas.Active, Version: 3, Name: "A", Email: "a@example.com", Department: "Support", Title: "Agent",
		Extension: "4452", ManagerID: "m1", DivisionID: "d1", LocationIDs: []string{"austin"}, EmployeeID: "WD-1",
		Skills: []ccaas.Rated{{ID: "k1", Proficiency: 3.5}}, Languages: []ccaas.Rated{}, GroupIDs: []string{"g1", "g2"},
		Presence: "On Queue", RoutingStatus: "INTERACTING", Live: 4,
	}, account)
	require.Len(t, s.calls(readCall), 1)
	query, err := url.ParseQuery(s.calls(readCall)[0].query)
	require.NoError(t, err)
	require.ElementsMatch(t, expanded, query["expand"])
}

func TestBlocksThatThePlatformLeftOutAreUnknownAndSkillsAreReadOnTheirOwn(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, `{"id":"u1","version":3,"state":"active","conversationSummary":{"userId":"u1"}}`))
	s.on("GET /api/v2/users/u1/routingskills", answering(http.StatusOK, `{"entities":[{"id":"k1","proficiency":2}],"pageCount":1}`))
	s.on("GET /api/v2/users/u1/routinglanguages", answering(http.StatusOK, `{"entities":[]}`))
	account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{})
	require.NoError(t, err)
	require.Equal(t, -1, account.Live)
	require.Empty(t, account.Presence)
	require.Empty(t, account.RoutingStatus)
	require.Nil(t, account.GroupIDs)
	require.Nil(t, account.LocationIDs)
	require.Nil(t, account.Queues)
	require.Nil(t, account.Roles)
	require.Equal(t, []ccaas.Rated{{ID: "k1", Proficiency: 2}}, account.Skills)
	require.Equal(t, []ccaas.Rated{}, account.Languages)
}

func TestLiveIsZeroOnlyWhenThePlatformSaysSo(t *testing.T) {
	medium := func(counts map[string]any) map[string]any { return map[string]any{"contactCenter": counts} }
	for _, c := range []struct {
		summary conversations
		live    int
	}{
		{nil, -1},
		{conversations{"userId": "u1"}, -1},
		{conversations{"call": map[string]any{}}, -1},
		{conversations{"call": medium(map[string]any{"active": 0.0, "acw": 0.0})}, 0},
		{conversations{"callback": medium(map[string]any{"active": 2.0}), "chat": medium(map[string]any{"acw": 1.0})}, 3},
	} {
		require.Equal(t, c.live, c.summary.live(), "%v", c.summary)
	}
}

func TestSystemPresenceIsSpelledInOneWay(t *testing.T) {
	for found, presence := range map[string]string{
		"Offline": "Offline", "OFFLINE": "Offline", "offline": "Offline", "OnQueue": "On Queue", "ON_QUEUE": "On Queue",
		"on queue": "On Queue", "AVAILABLE": "Available", "Somewhere": "Somewhere",
	} {
		s := newScripted(t)
		s.on(readCall, answering(http.StatusOK, `{"id":"u1","state":"active","skills":[],"languages":[],
			"presence":{"presenceDefinition":{"id":"p","systemPresence":"`+found+`"}}}`))
		account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{})
		require.NoError(t, err)
		require.Equal(t, presence, account.Presence)
	}
}

func TestOnlyGrantsMadeToTheUserItselfAreDirect(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, userBody))
	s.on("GET /api/v2/authorization/subjects/u1", answering(http.StatusOK, `{"grants":[
		{"subjectId":"u1","division":{"id":"d1"},"role":{"id":"r2"}},
		{"subjectId":"group-7","division":{"id":"d1"},"role":{"id":"r3"}},
		{"subjectId":"u1","division":{"id":"d1"},"role":{"id":"r1"}},
		{"subjectId":"u1","division":{"id":"d1"},"role":{"id":"r1"}}]}`))
	account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{Grants: true})
	require.NoError(t, err)
	require.Equal(t, []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}, {RoleID: "r2", DivisionID: "d1"}}, account.Roles)
	require.Equal(t, "includeDuplicates=true", s.calls("GET /api/v2/authorization/subjects/u1")[0].query)
}

func TestExternalIDsOfOtherAuthoritiesAreNotOurs(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, userBody))
	s.on("GET /api/v2/users/u1/externalid", answering(http.StatusOK, `[
		{"authorityName":"crm","externalKey":"77"},{"authorityName":"muster-hris","externalKey":"WD-1"}]`))
	account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{ExternalIDs: true})
	require.NoError(t, err)
	require.Equal(t, []string{"WD-1"}, account.ExternalIDs)
}

func TestBothHalvesOfTheQueueListAreAskedForAndPaged(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, userBody))
	s.on("GET /api/v2/users/u1/queues", func(w http.ResponseWriter, r *http.Request) {
		pages := map[string]string{
			"true/1":  `{"entities":[{"id":"q3"}],"pageCount":2}`,
			"true/2":  `{"entities":[{"id":"q1"}],"pageCount":2}`,
			"false/1": `{"entities":[{"id":"q2"},{"id":"q3"}],"pageCount":1}`,
		}
		answering(http.StatusOK, pages[r.URL.Query().Get("joined")+"/"+r.URL.Query().Get("pageNumber")])(w, r)
	})
	account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{Queues: true})
	require.NoError(t, err)
	require.Equal(t, []ccaas.Membership{
		{QueueID: "q1", Joined: true}, {QueueID: "q2"}, {QueueID: "q3", Joined: true},
	}, account.Queues, "a queue in both halves counts as joined")
	require.Len(t, s.calls("GET /api/v2/users/u1/queues"), 3)
}

func TestExpectedManagementUnitSavesACallAndAWrongOneDoesNotChangeTheAnswer(t *testing.T) {
	for expected, calls := range map[string]int{"m1": 1, "m9": 3, "": 2} {
		s := newScripted(t)
		s.on(readCall, answering(http.StatusOK, userBody))
		s.on("GET /api/v2/workforcemanagement/agents/u1/managementunit",
			answering(http.StatusOK, `{"managementUnit":{"id":"m1"}}`))
		s.on("GET /api/v2/workforcemanagement/managementunits/m1/agents/u1",
			answering(http.StatusOK, `{"id":"u1","workPlan":{"id":"p1"}}`))
		account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{Workforce: true, ManagementUnitID: expected})
		require.NoError(t, err)
		require.Equal(t, "m1", account.ManagementUnitID)
		require.Equal(t, "p1", account.WorkPlanID)
		require.Len(t, s.received, 2+calls, "token, user and %d for workforce with %q expected", calls, expected)
	}
}

func TestAccountOutsideWorkforceManagementHasNoUnit(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, userBody))
	account, err := s.platform().Account(t.Context(), "u1", ccaas.Want{Workforce: true})
	require.NoError(t, err)
	require.Empty(t, account.ManagementUnitID)
}

func TestMissingAccountIsNotFoundInEveryState(t *testing.T) {
	s := newScripted(t)
	_, err := s.platform().Account(t.Context(), "u1", ccaas.Everything)
	requireKind(t, err, ccaas.KindNotFound)
	states := map[string]bool{}
	for _, call := range s.calls(readCall) {
		query, _ := url.ParseQuery(call.query)
		states[query.Get("state")] = true
	}
	require.Equal(t, map[string]bool{"": true, "deleted": true}, states)
}

func TestForbiddenPartFailsTheWholeRead(t *testing.T) {
	s := newScripted(t)
	s.on(readCall, answering(http.StatusOK, userBody))
	s.on("GET /api/v2/authorization/subjects/u1", answering(http.StatusForbidden, `{"code":"missing.permissions"}`))
	_, err := s.platform().Account(t.Context(), "u1", ccaas.Want{Grants: true})
	requireKind(t, err, ccaas.KindForbidden)
}

func TestSearchByEmailNamesEveryStateAndConfirmsHitsByID(t *testing.T) {
	s := newScripted(t)
	s.on("POST /api/v2/users/search", answering(http.StatusOK, `{"pageCount":1,"results":[
		{"id":"u1","state":"deleted"},{"id":"u2","state":"active"},{"id":"u3","state":"active"}]}`))
	s.on(readCall, answering(http.StatusOK, `{"id":"u1","version":3,"state":"deleted","email":"A@Example.com"}`))
	s.on("GET /api/v2/users/u1/externalid", answering(http.StatusOK, `[{"authorityName":"muster-hris","externalKey":"WD-1"}]`))
	s.on("GET /api/v2/users/u2", answering(http.StatusOK, `{"id":"u2","version":3,"state":"active","email":"new@example.com"}`))
	accounts, err := s.platform().AccountsByEmail(t.Context(), "a@example.com")
	require.NoError(t, err)
	require.Len(t, accounts, 1, "u2 has another email by now, u3 is gone")
	require.Equal(t, "u1", accounts[0].ID)
	require.Equal(t, ccaas.Deleted, accounts[0].State)
	require.Equal(t, []string{"WD-1"}, accounts[0].ExternalIDs)
	require.Contains(t, s.calls(readCall)[0].query, "state=deleted")
	require.JSONEq(t, `{"pageSize":100,"pageNumber":1,"query":[
		{"fields":["email"],"type":"EXACT","value":"a@example.com"},
		{"fields":["state"],"type":"EXACT","values":["active","inactive","deleted"]}]}`, s.calls("POST /api/v2/users/search")[0].body)
}

func TestSearchIsReadToItsLastPage(t *testing.T) {
	s := newScripted(t)
	s.on("POST /api/v2/users/search",
		answering(http.StatusOK, `{"pageCount":2,"results":[{"id":"u1","state":"active"}]}`),
		answering(http.StatusOK, `{"pageCount":2,"results":[{"id":"u1","state":"active"},{"id":"u2","state":"inactive"}]}`))
	for _, id := range []string{"u1", "u2"} {
		s.on("GET /api/v2/users/"+id, answering(http.StatusOK, `{"id":"`+id+`","version":1,"state":"active","email":"a@example.com"}`))
	}
	accounts, err := s.platform().AccountsByEmail(t.Context(), "a@example.com")
	require.NoError(t, err)
	require.Len(t, accounts, 2)
	require.Len(t, s.calls("POST /api/v2/users/search"), 2)
}

func TestUnknownExternalIDIsNoAccountAndNoError(t *testing.T) {
	found, err := newScripted(t).platform().AccountByExternalID(t.Context(), "WD-404")
	require.NoError(t, err)
	require.Nil(t, found)
}

func TestEmptyEmailIsNotSearchedFor(t *testing.T) {
	s := newScripted(t)
	_, err := s.platform().AccountsByEmail(t.Context(), "")
	requireKind(t, err, ccaas.KindInvalid)
	require.Empty(t, s.received)
}

func TestMembershipsHaveEveryQueueOnceAndJoinedWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		joined := rapid.SliceOfDistinct(queue, rapid.ID[string]).Draw(t, "joined")
		unjoined := rapid.SliceOfDistinct(queue, rapid.ID[string]).Draw(t, "unjoined")
		want := map[string]bool{}
		for _, q := range unjoined {
			want[q] = false
		}
		for _, q := range joined {
			want[q] = true
		}
		got := map[string]bool{}
		list := memberships(joined, unjoined)
		for _, m := range list {
			got[m.QueueID] = m.Joined
		}
		require.Equal(t, want, got)
		require.Len(t, list, len(want))
	})
}
