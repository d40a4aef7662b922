package genesys

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
)

func TestWorkOfALegByWhatThePlatformSaysAboutIt(t *testing.T) {
	for name, c := range map[string]struct {
		leg   string // of the user, beside id
		state string // empty: no work
	}{
		"dialing out":                     {`"purpose":"user","calls":[{"state":"dialing"}]`, ccaas.WorkConnected},
		"offered":                         {`"purpose":"agent","messages":[{"state":"offering"}]`, ccaas.WorkAlerting},
		"parked":                          {`"purpose":"agent","emails":[{"state":"parked"}]`, ccaas.WorkHeld},
		"never connected":                 {`"purpose":"agent","calls":[{"state":"none"}]`, ""},
		"without communications":          {`"purpose":"agent"`, ""},
		"customer":                        {`"purpose":"customer","calls":[{"state":"connected"}]`, ""},
		"second communication still open": {`"purpose":"agent","calls":[{"state":"disconnected"},{"state":"connected"}]`, ccaas.WorkConnected},
		"after-call work of the leg":      {`"purpose":"agent","startAcwTime":"2026-01-01T00:00:00Z","calls":[{"state":"disconnected"}]`, ccaas.WorkAfterCall},
		"after-call work that is over": {
			`"purpose":"agent","startAcwTime":"2026-01-01T00:00:00Z","endAcwTime":"2026-01-01T00:01:00Z","calls":[{"state":"terminated"}]`, "",
		},
		"after-call work that was skipped": {
			`"purpose":"agent","startAcwTime":"2026-01-01T00:00:00Z","calls":[{"state":"disconnected","afterCallWork":{"state":"skipped"}}]`, "",
		},
		"after-call work of the communication": {
			`"purpose":"agent","calls":[{"state":"disconnected","afterCallWork":{"state":"pending"}}]`, ccaas.WorkAfterCall,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var found conversation
			require.NoError(t, json.Unmarshal([]byte(`{"id":"c","participants":[{"id":"p","userId":"u",`+c.leg+`},{"id":"q","userId":"v","purpose":"agent","calls":[{"state":"connected"}]}]}`), &found))
			work, listensIn := found.workOf("u", false)
			require.False(t, listensIn)
			if c.state == "" {
				require.Empty(t, work)
				return
			}
			require.Len(t, work, 1)
			require.Equal(t, c.state, work[0].State)
		})
	}
}

func TestListeningInIsNoWork(t *testing.T) {
	for _, field := range []string{"monitoredParticipantId", "coachedParticipantId", "bargedParticipantId"} {
		var found conversation
		require.NoError(t, json.Unmarshal([]byte(`{"id":"c","participants":[
			{"id":"p","userId":"u","purpose":"user","`+field+`":"q","calls":[{"state":"connected"}]}]}`), &found))
		work, listensIn := found.workOf("u", false)
		require.Empty(t, work)
		require.True(t, listensIn)
	}
}

func TestCallbackBeingMadeIsACallback(t *testing.T) {
	var found conversation
	require.NoError(t, json.Unmarshal([]byte(`{"id":"c","participants":[{"id":"p","userId":"u","purpose":"agent","queueId":"q",
		"calls":[{"state":"connected"}],"callbacks":[{"state":"connected"}]}]}`), &found))
	work, _ := found.workOf("u", true)
	require.Equal(t, []ccaas.LiveWork{{
		ConversationID: "c", ParticipantID: "p", Media: "callback", QueueID: "q", State: ccaas.WorkConnected, AgentOwned: true,
	}}, work)
}

func TestListedConversationThatIsNoMoreIsNoWork(t *testing.T) {
	s := newScripted(t)
	s.on("POST /api/v2/analytics/conversations/details/query",
		answering(http.StatusOK, `{"totalHits":1,"conversations":[{"conversationId":"gone"}]}`))
	s.on("GET /api/v2/users/u", answering(http.StatusOK, `{"id":"u","state":"active","conversationSummary":{"call":{"contactCenter":{"active":0}}}}`))
	work, err := s.platform().LiveWork(t.Context(), "u")
	require.NoError(t, err)
	require.Empty(t, work)
	require.Len(t, s.calls("GET /api/v2/conversations/gone"), 1)
}

func TestUnreadableConversationIsNoAnswer(t *testing.T) {
	s := newScripted(t)
	s.on("POST /api/v2/analytics/conversations/details/query",
		answering(http.StatusOK, `{"totalHits":1,"conversations":[{"conversationId":"c"}]}`))
	s.on("GET /api/v2/conversations/c", answering(http.StatusForbidden, `{"code":"missing.permissions"}`))
	_, err := s.platform().LiveWork(t.Context(), "u")
	requireKind(t, err, ccaas.KindForbidden)
}
