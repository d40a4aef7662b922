package genesystest_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

// desk is a simulator with an agent on queue.
type desk struct {
	*client
	agent string
}

func newDesk(t *testing.T, change func(*genesystest.Settings)) desk {
	t.Helper()
	server, c := start(t, change)
	planted, err := server.Plant(genesystest.Plant{Name: to("A"), Email: to("a@example.com"), Presence: to("OnQueue")})
	require.NoError(t, err)
	return desk{c, planted.ID}
}

func (d desk) begin(start genesystest.StartConversation) string {
	d.t.Helper()
	id, err := d.server.StartConversation(d.agent, start)
	require.NoError(d.t, err)
	return id
}

func (d desk) where(conversation string) genesystest.ConversationTruth {
	d.t.Helper()
	for _, truth := range d.server.Conversations(genesystest.ConversationFilter{}) {
		if truth.ID == conversation {
			return truth
		}
	}
	require.Fail(d.t, "no such conversation", conversation)
	return genesystest.ConversationTruth{}
}

func (d desk) leg(conversation string) string {
	return "/api/v2/conversations/" + conversation + "/participants/" + d.legOf(conversation, d.agent)
}

func (d desk) listed(and ...fields) int {
	d.t.Helper()
	answer := d.want(200, "POST", "/api/v2/analytics/conversations/details/query", openWork(d.agent, and...))
	return int(answer.field(d.t, "totalHits").(float64))
}

func toQueue(name string) fields {
	return fields{"queueId": queue(name), "transferType": "Unattended"}
}

var hangUp = fields{"state": "disconnected", "wrapupSkipped": true}

func TestConversationHandedToAQueueIsNoLongerWithTheAgent(t *testing.T) {
	d := newDesk(t, nil)
	id := d.begin(genesystest.StartConversation{Queue: "General_Support"})
	require.Equal(t, "connected", d.where(id).State)
	require.Equal(t, d.agent, d.where(id).AgentID)
	d.want(202, "POST", d.leg(id)+"/replace/queue", toQueue("Billing_Queue"))
	truth := d.where(id)
	require.Equal(t, "queued", truth.State)
	require.Equal(t, "Billing_Queue", truth.Queue)
	require.Empty(t, truth.AgentID)
	require.Zero(t, d.truth(d.agent).Live)
	require.Equal(t, "IDLE", d.truth(d.agent).RoutingStatus)
	require.Zero(t, d.listed())
}

func TestConversationHandedToAnAgentAlertsThatAgent(t *testing.T) {
	d := newDesk(t, nil)
	other := d.create("other@example.com")
	id := d.begin(genesystest.StartConversation{Queue: "General_Support"})
	d.want(202, "POST", d.leg(id)+"/replace/agent", fields{"userId": other, "transferType": "Unattended"})
	require.Equal(t, "alerting", d.where(id).State)
	require.Equal(t, other, d.where(id).AgentID)
	require.Equal(t, 1, d.truth(other).Live)
	require.Zero(t, d.truth(d.agent).Live)
}

func TestTransferIsAnsweredBeforeItIsEffective(t *testing.T) {
	d := newDesk(t, func(s *genesystest.Settings) { s.ConversationLagMS = 100 })
	id := d.begin(genesystest.StartConversation{Queue: "General_Support"})
	d.want(202, "POST", d.leg(id)+"/replace/queue", toQueue("Billing_Queue"))
	require.Equal(t, "connected", d.where(id).State)
	eventually(t, func() bool { return d.where(id).State == "queued" })
}

func TestQueryOfConversationsLagsBehindThem(t *testing.T) {
	d := newDesk(t, func(s *genesystest.Settings) { s.AnalyticsLagMS = 100 })
	id := d.begin(genesystest.StartConversation{})
	require.Zero(t, d.listed())
	eventually(t, func() bool { return d.listed() == 1 })
	require.NoError(t, d.server.EndConversation(id))
	require.Equal(t, 1, d.listed(), "ended, and not yet known to be")
	eventually(t, func() bool { return d.listed() == 0 })
}

func TestInteractSegmentsMissWhatIsHeldAlertingOrInAfterCallWork(t *testing.T) {
	d := newDesk(t, nil)
	d.begin(genesystest.StartConversation{})
	d.begin(genesystest.StartConversation{State: "held"})
	d.begin(genesystest.StartConversation{State: "alerting"})
	require.NoError(t, d.server.EndConversation(d.begin(genesystest.StartConversation{AfterCallMS: 60_000})))
	require.Equal(t, 4, d.listed())
	require.Equal(t, 1, d.listed(fields{"dimension": "segmentType", "value": "interact"}))
}

func TestLastAgentOffACallLeavesTheCustomerOnTheLine(t *testing.T) {
	d := newDesk(t, nil)
	call, email := d.begin(genesystest.StartConversation{}), d.begin(genesystest.StartConversation{Media: "email"})
	for _, id := range []string{call, email} {
		d.want(202, "PATCH", d.leg(id), hangUp)
	}
	require.Equal(t, "unattended", d.where(call).State)
	require.Equal(t, "ended", d.where(email).State, "other media end with their last agent")
	require.Zero(t, d.truth(d.agent).Live)
}

func TestDeclinedOfferGoesBackToItsQueue(t *testing.T) {
	d := newDesk(t, nil)
	id := d.begin(genesystest.StartConversation{Media: "chat", State: "alerting", Queue: "General_Support"})
	d.refused(400, "conversations.error.transfer.not.connected", "POST", d.leg(id)+"/replace/queue", toQueue("Billing_Queue"))
	d.want(202, "PATCH", d.leg(id), hangUp)
	require.Equal(t, "queued", d.where(id).State)
	require.Equal(t, "General_Support", d.where(id).Queue)
}

func TestTransferLeavesAfterCallWorkThatOnlyAnEndedWrapUpEnds(t *testing.T) {
	d := newDesk(t, nil)
	id := d.begin(genesystest.StartConversation{Queue: "General_Support", AfterCallMS: 60_000})
	leg := d.leg(id)
	d.want(202, "POST", leg+"/replace/queue", toQueue("Billing_Queue"))
	require.Equal(t, "queued", d.where(id).State)
	require.Equal(t, 1, d.truth(d.agent).Live)
	d.refused(400, "conversations.error.transfer.not.connected", "POST", leg+"/replace/queue", toQueue("Billing_Queue"))
	d.refused(400, "conversation.error.participant.no.active.conversations", "PATCH", leg, fields{"state": "disconnected"})
	d.want(202, "PATCH", leg, hangUp)
	require.Zero(t, d.truth(d.agent).Live)
	d.refused(400, "conversation.error.participant.no.active.conversations", "PATCH", leg, hangUp)
}

func TestAgentOwnedCallbackIsListedAndNotCountedAsLive(t *testing.T) {
	d := newDesk(t, nil)
	id := d.begin(genesystest.StartConversation{Media: "callback", Queue: "General_Support", AgentOwned: true})
	require.Equal(t, "scheduled", d.where(id).State)
	require.True(t, d.where(id).AgentOwned)
	require.Zero(t, d.truth(d.agent).Live)
	require.Equal(t, 1, d.listed(fields{"dimension": "agentOwned", "value": "true"}))
	d.want(202, "POST", d.leg(id)+"/replace/queue", toQueue("General_Support"))
	require.Equal(t, "queued", d.where(id).State)
	require.False(t, d.where(id).AgentOwned)
}

func TestConversationOfNoQueueIsTheEnterprises(t *testing.T) {
	d := newDesk(t, nil)
	d.begin(genesystest.StartConversation{})
	answer := d.want(200, "GET", "/api/v2/users/"+d.agent+"?expand=conversationSummary", nil)
	require.EqualValues(t, 1, answer.field(t, "conversationSummary", "call", "enterprise", "active"))
	require.EqualValues(t, 0, answer.field(t, "conversationSummary", "call", "contactCenter", "active"))
}

func TestEndOfSessionsCutsACallOffAndKeepsWhatIsScheduled(t *testing.T) {
	d := newDesk(t, nil)
	call := d.begin(genesystest.StartConversation{Queue: "General_Support"})
	later := d.begin(genesystest.StartConversation{Media: "callback", AgentOwned: true})
	d.want(204, "DELETE", "/api/v2/tokens/"+d.agent, nil)
	require.Equal(t, "unattended", d.where(call).State)
	require.Equal(t, "scheduled", d.where(later).State)
}

func TestCallsOnConversationsAreStrict(t *testing.T) {
	d := newDesk(t, nil)
	id := d.begin(genesystest.StartConversation{Queue: "General_Support"})
	leg, query := d.leg(id), "/api/v2/analytics/conversations/details/query"
	month := openWork(d.agent)
	month["interval"] = "2026-01-01T00:00:00Z/2026-02-02T00:00:00Z"
	for name, refused := range map[string]struct {
		status             int
		code, method, path string
		body               fields
	}{
		"no such conversation": {404, "general.resource.not.found", "GET", "/api/v2/conversations/nothing", nil},
		"no such participant": {
			404, "conversation.error.not.conversation.participant", "PATCH", "/api/v2/conversations/" + id + "/participants/x", hangUp,
		},
		"queue that does not exist": {
			400, "conversations.error.queue.not.found", "POST", leg + "/replace/queue", fields{"queueId": "x", "transferType": "Unattended"},
		},
		"attended transfer":    {400, "invalid.value", "POST", leg + "/replace/queue", fields{"queueId": queue("Billing_Queue"), "transferType": "Attended"}},
		"transfer to itself":   {400, "invalid.value", "POST", leg + "/replace/agent", fields{"userId": d.agent, "transferType": "Unattended"}},
		"field of another API": {400, "bad.request", "POST", leg + "/replace/queue", fields{"queue": "x"}},
		"state nobody sets":    {400, "invalid.value", "PATCH", leg, fields{"state": "alerting"}},
		"nothing to do":        {400, "bad.request", "PATCH", leg, fields{}},
		"query of 32 days":     {400, "invalid.value", "POST", query, month},
		"query by guesswork":   {400, "invalid.value", "POST", query, openWork(d.agent, fields{"dimension": "mood", "value": "good"})},
		"query without a type": {400, "invalid.value", "POST", query, fields{"interval": month["interval"], "segmentFilters": []fields{{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			d.on(t).refused(refused.status, refused.code, refused.method, refused.path, refused.body)
		})
	}
	require.Equal(t, "connected", d.where(id).State)
}

func TestConversationsAreSelectedOverTheControlAPI(t *testing.T) {
	d := newDesk(t, nil)
	id := d.begin(genesystest.StartConversation{Queue: "General_Support"})
	d.begin(genesystest.StartConversation{State: "held"})
	require.Equal(t, 2, d.want(200, "GET", "/_sim/conversations?agent="+d.agent, nil).length(t))
	require.Equal(t, 0, d.want(200, "GET", "/_sim/conversations?agent=nobody", nil).length(t))
	d.want(202, "POST", d.leg(id)+"/replace/queue", toQueue("Billing_Queue"))
	found := d.want(200, "GET", "/_sim/conversations?state=queued", nil)
	require.Equal(t, 1, found.length(t))
	require.Equal(t, id, found.text(t, 0, "id"))
	require.Equal(t, "Billing_Queue", found.text(t, 0, "queue"))
}

func TestConversationsThatCannotBeAreRefused(t *testing.T) {
	d := newDesk(t, nil)
	for name, start := range map[string]genesystest.StartConversation{
		"medium": {Media: "fax"}, "state": {State: "gone"}, "queue": {Queue: "Nowhere"}, "scheduled call": {State: "scheduled"},
		"held video": {Media: "video", State: "held"}, "agent-owned call": {AgentOwned: true}, "negative time": {EndsAfterMS: -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.server.StartConversation(d.agent, start)
			require.Error(t, err)
		})
	}
	require.Empty(t, d.server.Conversations(genesystest.ConversationFilter{}))
}

func TestConversationsSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	settings := genesystest.DefaultSettings()
	options := genesystest.Options{StateFile: file, Settings: &settings}
	first, err := genesystest.Start(options)
	require.NoError(t, err)
	planted, err := first.Plant(genesystest.Plant{Name: to("A"), Email: to("a@example.com")})
	require.NoError(t, err)
	id, err := first.StartConversation(planted.ID, genesystest.StartConversation{
		Queue: "General_Support", EndsAfterMS: int(time.Hour / time.Millisecond),
	})
	require.NoError(t, err)
	require.NoError(t, first.Close())
	second := genesystest.New(t, options)
	d := desk{connect(t, second), planted.ID}
	require.Equal(t, "connected", d.where(id).State)
	require.Equal(t, 1, d.truth(planted.ID).Live)
	require.Equal(t, 1, d.listed())
	require.NoError(t, second.EndConversation(id))
}

func TestStationsAreClearedOneByOne(t *testing.T) {
	server, c := start(t, nil)
	planted, err := server.Plant(genesystest.Plant{
		Name: to("A"), Email: to("a@example.com"), Station: to("Desk 7"), DefaultStation: to("Desk 8"),
	})
	require.NoError(t, err)
	station := "/api/v2/users/" + planted.ID + "/station"
	require.Equal(t, "Desk 7", c.want(200, "GET", station, nil).text(t, "effectiveStation", "name"))
	c.want(202, "DELETE", station+"/associatedstation", nil)
	require.Equal(t, "Desk 8", c.want(200, "GET", station, nil).text(t, "effectiveStation", "name"))
	c.want(202, "DELETE", station+"/defaultstation", nil)
	require.Empty(t, c.truth(planted.ID).DefaultStation)
}
