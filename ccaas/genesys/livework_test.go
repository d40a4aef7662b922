package genesys_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

// served is an agent at work, with a colleague.
func (o *org) served() (agent, colleague string) {
	o.t.Helper()
	first := o.plant(genesystest.Plant{Name: new("Jane Doe"), Email: new("jane.doe@example.com"), Presence: new("OnQueue")})
	second := o.plant(genesystest.Plant{Name: new("Sam Roe"), Email: new("sam.roe@example.com"), Presence: new("OnQueue")})
	return first.ID, second.ID
}

func (o *org) begin(agent string, start genesystest.StartConversation) string {
	o.t.Helper()
	id, err := o.sim.StartConversation(agent, start)
	require.NoError(o.t, err)
	return id
}

func (o *org) work(agent string) []ccaas.LiveWork {
	o.t.Helper()
	work, err := o.LiveWork(o.t.Context(), agent)
	require.NoError(o.t, err)
	return work
}

func (o *org) conversation(id string) genesystest.ConversationTruth {
	o.t.Helper()
	for _, truth := range o.sim.Conversations(genesystest.ConversationFilter{}) {
		if truth.ID == id {
			return truth
		}
	}
	require.Fail(o.t, "no such conversation", id)
	return genesystest.ConversationTruth{}
}

func TestLiveWorkOfEveryMediumAndState(t *testing.T) {
	for name, c := range map[string]struct {
		start genesystest.StartConversation
		want  ccaas.LiveWork
	}{
		"call of a queue": {
			genesystest.StartConversation{Queue: "General_Support"},
			ccaas.LiveWork{Media: "call", State: "connected", QueueID: queue("General_Support")},
		},
		"call of no queue": {genesystest.StartConversation{}, ccaas.LiveWork{Media: "call", State: "connected"}},
		"held call": {
			genesystest.StartConversation{Queue: "General_Support", State: "held"},
			ccaas.LiveWork{Media: "call", State: "held", QueueID: queue("General_Support")},
		},
		"alerting chat": {
			genesystest.StartConversation{Media: "chat", Queue: "General_Support", State: "alerting"},
			ccaas.LiveWork{Media: "chat", State: "alerting", QueueID: queue("General_Support")},
		},
		"agent's own callback": {
			genesystest.StartConversation{Media: "callback", Queue: "General_Support", AgentOwned: true},
			ccaas.LiveWork{Media: "callback", State: "scheduled", QueueID: queue("General_Support"), AgentOwned: true},
		},
		"own callback that is being made": {
			genesystest.StartConversation{Media: "callback", AgentOwned: true, State: "connected"},
			ccaas.LiveWork{Media: "callback", State: "connected", AgentOwned: true},
		},
		"email":   {genesystest.StartConversation{Media: "email"}, ccaas.LiveWork{Media: "email", State: "connected"}},
		"message": {genesystest.StartConversation{Media: "message"}, ccaas.LiveWork{Media: "message", State: "connected"}},
		"video":   {genesystest.StartConversation{Media: "video"}, ccaas.LiveWork{Media: "video", State: "connected"}},
		"social":  {genesystest.StartConversation{Media: "socialExpression"}, ccaas.LiveWork{Media: "socialExpression", State: "connected"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			agent, colleague := o.served()
			c.want.ConversationID = o.begin(agent, c.start)
			found := o.work(agent)
			require.Len(t, found, 1)
			require.NotEmpty(t, found[0].ParticipantID)
			c.want.ParticipantID = found[0].ParticipantID
			require.Equal(t, c.want, found[0])
			require.Empty(t, o.work(colleague))
		})
	}
}

func TestAfterCallWorkIsLiveWork(t *testing.T) {
	o := newOrg(t)
	agent, _ := o.served()
	require.NoError(t, o.sim.EndConversation(o.begin(agent, genesystest.StartConversation{Queue: "General_Support", AfterCallMS: 60_000})))
	work := o.work(agent)
	require.Len(t, work, 1)
	require.Equal(t, ccaas.WorkAfterCall, work[0].State)
	requireKind(t, o.writer().HandOverToQueue(t.Context(), agent, work[0], queue("Billing_Queue")), ccaas.KindConflict)
	require.NoError(t, o.writer().Disconnect(t.Context(), agent, work[0]))
	require.Empty(t, o.work(agent))
}

func TestWhatHasEndedIsNotLiveWorkThoughItIsStillListed(t *testing.T) {
	o := newOrg(t)
	agent, _ := o.served()
	id := o.begin(agent, genesystest.StartConversation{Queue: "General_Support"})
	require.NoError(t, o.sim.ChangeSettings(func(s *genesystest.Settings) { s.AnalyticsLagMS = 60_000 }))
	require.NoError(t, o.sim.EndConversation(id))
	require.Empty(t, o.work(agent))
}

func TestNothingListedWhileSomethingCountsIsNoAnswer(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.AnalyticsLagMS = 150 })
	agent, _ := o.served()
	o.begin(agent, genesystest.StartConversation{Queue: "General_Support"})
	_, err := o.LiveWork(t.Context(), agent)
	requireKind(t, err, ccaas.KindUnavailable)
	eventually(t, func() bool {
		work, err := o.LiveWork(t.Context(), agent)
		return err == nil && len(work) == 1
	})
}

func TestNothingListedAndNothingSaidIsNoAnswer(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.OmitExpands = []string{"conversationSummary"} })
	agent, _ := o.served()
	_, err := o.LiveWork(t.Context(), agent)
	requireKind(t, err, ccaas.KindUnavailable)
}

func TestLiveWorkOfADeletedAccountIsNone(t *testing.T) {
	o := newOrg(t)
	former := o.plant(genesystest.Plant{Name: new("Jane Doe"), Email: new("jane.doe@example.com"), State: new("deleted")})
	require.Empty(t, o.work(former.ID))
}

func TestLiveWorkOfMoreThanOnePage(t *testing.T) {
	o := newOrg(t)
	agent, _ := o.served()
	for range 101 {
		o.begin(agent, genesystest.StartConversation{Media: "email", Queue: "General_Support"})
	}
	require.Len(t, o.work(agent), 101)
}

func TestHandOverToAQueue(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.ConversationLagMS = 50 })
	agent, _ := o.served()
	id := o.begin(agent, genesystest.StartConversation{Queue: "General_Support"})
	work := o.work(agent)[0]
	for range 2 { // an answer that was lost is followed by the same call
		require.NoError(t, o.writer().HandOverToQueue(t.Context(), agent, work, queue("Billing_Queue")))
		eventually(t, func() bool { return o.conversation(id).State == "queued" })
	}
	require.Equal(t, "Billing_Queue", o.conversation(id).Queue)
	eventually(t, func() bool { return len(o.work(agent)) == 0 })
	require.Equal(t, ccaas.Write{Verb: "conversations.to_queue", AccountID: agent, Detail: map[string]any{
		"conversation_id": id, "participant_id": work.ParticipantID, "media": "call", "state": "connected",
		"from_queue_id": queue("General_Support"), "to_queue_id": queue("Billing_Queue"),
	}}, o.writes[0])
}

func TestHandOverThatLeavesAfterCallWorkIsDone(t *testing.T) {
	o := newOrg(t)
	agent, _ := o.served()
	id := o.begin(agent, genesystest.StartConversation{Queue: "General_Support", AfterCallMS: 60_000})
	work := o.work(agent)[0]
	for range 2 {
		require.NoError(t, o.writer().HandOverToQueue(t.Context(), agent, work, queue("General_Support")))
	}
	require.Equal(t, "queued", o.conversation(id).State)
	left := o.work(agent)
	require.Len(t, left, 1)
	require.Equal(t, ccaas.WorkAfterCall, left[0].State)
}

func TestHandOverToAColleague(t *testing.T) {
	o := newOrg(t)
	agent, colleague := o.served()
	id := o.begin(agent, genesystest.StartConversation{Media: "callback", Queue: "General_Support", AgentOwned: true})
	work := o.work(agent)[0]
	for range 2 {
		require.NoError(t, o.writer().HandOverToAgent(t.Context(), agent, work, colleague))
	}
	require.Equal(t, colleague, o.conversation(id).AgentID)
	require.Empty(t, o.work(agent))
	require.Len(t, o.work(colleague), 1)
	require.Equal(t, "conversations.to_agent", o.writes[0].Verb)
	require.Equal(t, colleague, o.writes[0].Detail["to_account_id"])
}

func TestDisconnectEndsTheAgentsLegAndItsAfterCallWorkOnly(t *testing.T) {
	o := newOrg(t)
	agent, _ := o.served()
	id := o.begin(agent, genesystest.StartConversation{Queue: "General_Support", AfterCallMS: 60_000})
	work := o.work(agent)[0]
	for range 2 {
		require.NoError(t, o.writer().Disconnect(t.Context(), agent, work))
	}
	require.Empty(t, o.work(agent))
	require.Equal(t, "unattended", o.conversation(id).State)
	require.Equal(t, "conversations.disconnect", o.writes[0].Verb)
}

func TestWorkThatAlertsCannotBeHandedOverYet(t *testing.T) {
	o := newOrg(t)
	agent, colleague := o.served()
	id := o.begin(agent, genesystest.StartConversation{Queue: "General_Support", State: "alerting"})
	work := o.work(agent)[0]
	requireKind(t, o.writer().HandOverToQueue(t.Context(), agent, work, queue("Billing_Queue")), ccaas.KindConflict)
	requireKind(t, o.writer().HandOverToAgent(t.Context(), agent, work, colleague), ccaas.KindConflict)
	require.NoError(t, o.writer().Disconnect(t.Context(), agent, work))
	require.Equal(t, "queued", o.conversation(id).State)
	require.Empty(t, o.work(agent))
}

func TestHandOverOfWhatIsGoneIsDone(t *testing.T) {
	o := newOrg(t)
	agent, colleague := o.served()
	gone := ccaas.LiveWork{ConversationID: "c", ParticipantID: "p", Media: "call", State: ccaas.WorkConnected}
	ended := o.begin(agent, genesystest.StartConversation{})
	past := o.work(agent)[0]
	require.NoError(t, o.sim.EndConversation(ended))
	for _, work := range []ccaas.LiveWork{gone, past} {
		require.NoError(t, o.writer().HandOverToQueue(t.Context(), agent, work, queue("General_Support")))
		require.NoError(t, o.writer().HandOverToAgent(t.Context(), agent, work, colleague))
		require.NoError(t, o.writer().Disconnect(t.Context(), agent, work))
	}
}

func TestHandOverToWhatIsNotThereFails(t *testing.T) {
	o := newOrg(t)
	agent, _ := o.served()
	id := o.begin(agent, genesystest.StartConversation{Queue: "General_Support"})
	work := o.work(agent)[0]
	requireKind(t, o.writer().HandOverToQueue(t.Context(), agent, work, "nothing"), ccaas.KindInvalid)
	requireKind(t, o.writer().HandOverToAgent(t.Context(), agent, work, "nobody"), ccaas.KindInvalid)
	require.Equal(t, agent, o.conversation(id).AgentID)
}

func TestHandOverWhoseAnswerWasLostIsRepeatedInPeace(t *testing.T) {
	o := newOrg(t)
	agent, colleague := o.served()
	id := o.begin(agent, genesystest.StartConversation{Queue: "General_Support"})
	work := o.work(agent)[0]
	o.fault(genesystest.Fault{Kind: genesystest.FaultCutAfter, Method: "POST", Path: "/api/v2/conversations/**"})
	requireKind(t, o.writer().HandOverToAgent(t.Context(), agent, work, colleague), ccaas.KindUnavailable)
	require.NoError(t, o.writer().HandOverToAgent(t.Context(), agent, work, colleague))
	require.Equal(t, colleague, o.conversation(id).AgentID)
	require.Len(t, o.work(colleague), 1)
}

func TestBothStationsAreClearedEvenIfOneIsRefused(t *testing.T) {
	o := newOrg(t)
	agent := o.plant(genesystest.Plant{
		Name: new("Jane Doe"), Email: new("jane.doe@example.com"), Station: new("Desk 7"), DefaultStation: new("Desk 8"),
	}).ID
	o.fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Path: "/api/v2/users/*/station/associatedstation"})
	requireKind(t, o.writer().ClearStation(t.Context(), agent), ccaas.KindForbidden)
	require.Equal(t, "Desk 7", o.truth(agent).Station)
	require.Empty(t, o.truth(agent).DefaultStation)
	require.NoError(t, o.writer().ClearStation(t.Context(), agent))
	require.Empty(t, o.truth(agent).Station)
	require.NoError(t, o.writer().ClearStation(t.Context(), "nobody"), "who is gone has no station")
	require.Equal(t, "station.clear", o.writes[0].Verb)
}
