package genesys

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

func TestWhatThePlatformCountsAndDoesNotListIsSaid(t *testing.T) {
	for name, each := range map[string]struct {
		before, after string
		missing       []ccaas.Incomplete
	}{
		"as many as counted":          {`{"total":2}`, `{"total":9}`, nil},
		"fewer before and after":      {`{"total":5}`, `{"total":4}`, []ccaas.Incomplete{{What: "accounts", Missing: 2, Why: "the platform counts 4 users and listed 2"}}},
		"the others have gone":        {`{"total":5}`, `{"total":2}`, nil},
		"some have gone, not all are": {`{"total":3}`, `{"total":7}`, []ccaas.Incomplete{{What: "accounts", Missing: 1, Why: "the platform counts 3 users and listed 2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t)
			s.on("GET /api/v2/users", answering(http.StatusOK, each.before), answering(http.StatusOK, each.after))
			s.on("GET /api/v2/users/query", answering(http.StatusOK, `{"entities":[{"id":"a"},{"id":"b"}]}`))

			page, err := s.platform().Roster(nil).RosterPage(t.Context(), "")

			require.NoError(t, err)
			require.Equal(t, each.missing, page.Incomplete)
			require.NotEmpty(t, page.Next, "the members follow")
		})
	}
}

func TestAMemberWithoutItsFlagIsNeverGuessed(t *testing.T) {
	s := newScripted(t)
	s.on("GET /api/v2/users", answering(http.StatusOK, `{"total":0}`))
	s.on("GET /api/v2/users/query", answering(http.StatusOK, `{"entities":[]}`))
	s.on("GET /api/v2/routing/queues", answering(http.StatusOK, `{"entities":[{"id":"q"}],"pageCount":1}`))
	s.on("GET /api/v2/routing/queues/q/members", answering(http.StatusOK, `{"entities":[{"id":"a"}]}`))
	roster := s.platform().Roster(nil)
	users, err := roster.RosterPage(t.Context(), "")
	require.NoError(t, err)

	_, err = roster.RosterPage(t.Context(), users.Next)

	require.True(t, ccaas.IsKind(err, ccaas.KindUnavailable), err)
}

// Official code pages until a page is empty; a short page is the last one only where the platform names no next.
func TestAQueueEndsWithAPageThatIsEmptyOrShortWithoutANext(t *testing.T) {
	member := `{"id":"a","joined":true}`
	for name, each := range map[string]struct {
		answers []string
		calls   int
	}{
		"empty":                {[]string{`{"entities":[]}`}, 1},
		"short":                {[]string{`{"entities":[` + member + `]}`}, 1},
		"short with a next":    {[]string{`{"entities":[` + member + `],"nextUri":"/n"}`, `{"entities":[` + member + `]}`}, 2},
		"an empty one ends it": {[]string{`{"entities":[` + member + `],"nextUri":"/n"}`, `{"entities":[],"nextUri":"/n"}`}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t)
			s.on("GET /api/v2/users", answering(http.StatusOK, `{"total":0}`))
			s.on("GET /api/v2/users/query", answering(http.StatusOK, `{"entities":[]}`))
			s.on("GET /api/v2/routing/queues", answering(http.StatusOK, `{"entities":[{"id":"q"}],"pageCount":1}`))
			var answers []http.HandlerFunc
			for _, body := range each.answers {
				answers = append(answers, answering(http.StatusOK, body))
			}
			s.on("GET /api/v2/routing/queues/q/members", answers...)
			roster := s.platform().Roster(nil)
			page, err := roster.RosterPage(t.Context(), "")
			require.NoError(t, err)

			page, err = roster.RosterPage(t.Context(), page.Next)

			require.NoError(t, err)
			require.Empty(t, page.Next)
			require.Len(t, s.calls("GET /api/v2/routing/queues/q/members"), each.calls)
		})
	}
}

func TestMembersReadBeforeAFailureAreKeptAndTheNextReadMeetsIt(t *testing.T) {
	s := newScripted(t)
	s.on("GET /api/v2/users", answering(http.StatusOK, `{"total":0}`))
	s.on("GET /api/v2/users/query", answering(http.StatusOK, `{"entities":[]}`))
	s.on("GET /api/v2/routing/queues", answering(http.StatusOK, `{"entities":[{"id":"p"},{"id":"q"}],"pageCount":1}`))
	s.on("GET /api/v2/routing/queues/p/members", answering(http.StatusOK, `{"entities":[{"id":"a","joined":true}]}`))
	s.on("GET /api/v2/routing/queues/q/members",
		answering(http.StatusTooManyRequests, `{}`, "Retry-After", "60"), answering(http.StatusTooManyRequests, `{}`, "Retry-After", "60"),
		answering(http.StatusOK, `{"entities":[{"id":"a","joined":false}]}`))
	roster := s.platform().Roster(nil)
	users, err := roster.RosterPage(t.Context(), "")
	require.NoError(t, err)

	first, err := roster.RosterPage(t.Context(), users.Next)
	require.NoError(t, err)
	require.Equal(t, []ccaas.QueueMember{{AccountID: "a", QueueID: "p", Joined: true}}, first.Members)
	_, err = roster.RosterPage(t.Context(), first.Next)
	requireKind(t, err, ccaas.KindRateLimited)
	second, err := roster.RosterPage(t.Context(), first.Next)

	require.NoError(t, err)
	require.Equal(t, []ccaas.QueueMember{{AccountID: "a", QueueID: "q"}}, second.Members)
	require.Empty(t, second.Next)
}
