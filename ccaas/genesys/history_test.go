package genesys_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

const day = 24 * time.Hour

func (o *org) agent() string {
	o.t.Helper()
	return o.plant(genesystest.Plant{Name: new("A"), Email: new("a@example.com")}).ID
}

// began starts a conversation that long ago.
func (o *org) began(agent string, ago time.Duration, start genesystest.StartConversation) string {
	o.t.Helper()
	start.BeganAgoMS = ago.Milliseconds()
	id, err := o.sim.StartConversation(agent, start)
	require.NoError(o.t, err)
	return id
}

func (o *org) conversations(agent string, from, to time.Time) []ccaas.Conversation {
	o.t.Helper()
	list := []ccaas.Conversation{}
	for each, err := range o.Conversations(o.t.Context(), agent, from, to) {
		require.NoError(o.t, err)
		list = append(list, each)
	}
	return list
}

func ids(list []ccaas.Conversation) []string {
	found := []string{}
	for _, each := range list {
		found = append(found, each.ID)
	}
	return found
}

func TestConversationsOfALeaverAreReadWithTheirQueuesMediaAndEnds(t *testing.T) {
	o := newOrg(t)
	leaver := o.agent()
	other := o.plant(genesystest.Plant{Name: new("B"), Email: new("b@example.com")}).ID
	o.began(other, day, genesystest.StartConversation{Queue: "General_Support"})
	call := o.began(leaver, 2*day, genesystest.StartConversation{Queue: "General_Support", Recorded: true})
	require.NoError(t, o.sim.EndConversation(call))
	running := o.began(leaver, day, genesystest.StartConversation{Media: "email"})
	require.NoError(t, o.writer().Deactivate(t.Context(), leaver))
	require.NoError(t, o.writer().Delete(t.Context(), leaver))

	found := o.conversations(leaver, time.Now().Add(-3*day), time.Now())
	require.Equal(t, []string{call, running}, ids(found))
	require.Equal(t, []string{"call"}, found[0].Media)
	require.Equal(t, []string{queue("General_Support")}, found[0].QueueIDs)
	require.True(t, found[0].Recorded)
	require.WithinDuration(t, time.Now().Add(-2*day), found[0].StartedAt, time.Minute)
	require.WithinDuration(t, time.Now(), found[0].EndedAt, time.Minute)
	require.Equal(t, []string{"email"}, found[1].Media)
	require.Empty(t, found[1].QueueIDs)
	require.False(t, found[1].Recorded)
	require.Zero(t, found[1].EndedAt)
}

func TestNinetyDaysAreReadInIntervalsThatThePlatformTakes(t *testing.T) {
	o := newOrg(t)
	leaver := o.agent()
	old := o.began(leaver, 89*day, genesystest.StartConversation{})
	recent := o.began(leaver, time.Hour, genesystest.StartConversation{})
	o.began(leaver, 91*day, genesystest.StartConversation{})
	to := time.Now().Add(350 * time.Millisecond)
	before := o.calls()
	require.Equal(t, []string{old, recent}, ids(o.conversations(leaver, to.Add(-90*day), to)))
	require.Equal(t, before+3, o.calls())
}

func TestMoreThanAPageOfConversationsIsReadToItsEnd(t *testing.T) {
	o := newOrg(t)
	leaver := o.agent()
	for i := range 201 {
		o.began(leaver, time.Duration(i+1)*time.Minute, genesystest.StartConversation{Media: "chat"})
	}
	before := o.calls()
	require.Len(t, o.conversations(leaver, time.Now().Add(-2*day), time.Now()), 201)
	require.Equal(t, before+3, o.calls())
	for range o.Conversations(t.Context(), leaver, time.Now().Add(-2*day), time.Now()) {
		break
	}
	require.Equal(t, before+4, o.calls(), "who stops early reads no further page")
}

// Analytics answers for the whole days that an interval touches, so that neighbouring intervals find the same conversations.
func TestEachConversationIsYieldedOnceAndInOrderWhereverIntervalsMeet(t *testing.T) {
	o := newOrg(t)
	leaver := o.agent()
	now := time.Now().Truncate(time.Second)
	starts := map[string]time.Time{}
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(0, 3).Draw(r, "more") {
			hours := rapid.IntRange(0, 100*24).Draw(r, "hours ago")
			ago := time.Duration(hours)*time.Hour + time.Minute
			starts[o.began(leaver, ago, genesystest.StartConversation{Media: "chat"})] = time.Now().Add(-ago)
		}
		from := now.Add(-time.Duration(rapid.IntRange(0, 100*24).Draw(r, "from")) * time.Hour)
		to := from.Add(time.Duration(rapid.IntRange(0, 100*24).Draw(r, "length")) * time.Hour)
		var wanted []string
		for id, start := range starts {
			if !start.Before(from) && start.Before(to) {
				wanted = append(wanted, id)
			}
		}
		found := o.conversations(leaver, from, to)
		require.ElementsMatch(r, wanted, ids(found))
		for i := 1; i < len(found); i++ {
			require.False(r, found[i].StartedAt.Before(found[i-1].StartedAt))
		}
	})
}

func TestAFailureInTheMiddleIsTheLastThatIsYielded(t *testing.T) {
	o := newOrg(t)
	leaver := o.agent()
	o.began(leaver, 60*day, genesystest.StartConversation{})
	o.began(leaver, day, genesystest.StartConversation{})
	o.fault(genesystest.Fault{
		Kind: genesystest.FaultForbidden, Method: http.MethodPost, Path: "/api/v2/analytics/conversations/details/query", Skip: 1,
	})
	yielded, failures := 0, 0
	for _, err := range o.Conversations(t.Context(), leaver, time.Now().Add(-62*day), time.Now()) {
		if err != nil {
			requireKind(t, err, ccaas.KindForbidden)
			failures++
			continue
		}
		yielded++
	}
	require.Equal(t, 1, yielded)
	require.Equal(t, 1, failures)
}

func TestAnEmptyTimeHasNoConversationsAndTakesNoCall(t *testing.T) {
	o := newOrg(t)
	leaver := o.agent()
	before := o.calls()
	now := time.Now()
	require.Empty(t, o.conversations(leaver, now, now))
	require.Empty(t, o.conversations(leaver, now, now.Add(-day)))
	require.Equal(t, before, o.calls())
}

func TestTheTimeAskedForIsHalfOpenToTheMillisecond(t *testing.T) {
	o := newOrg(t)
	leaver := o.agent()
	o.began(leaver, time.Hour, genesystest.StartConversation{})
	began := o.conversations(leaver, time.Now().Add(-day), time.Now())[0].StartedAt
	require.Len(t, o.conversations(leaver, began, began.Add(time.Millisecond)), 1)
	require.Empty(t, o.conversations(leaver, began.Add(time.Millisecond), time.Now()))
	require.Empty(t, o.conversations(leaver, began.Add(-time.Second), began))
}
