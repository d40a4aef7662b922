package genesys_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/ccaas/genesys/genesystest"
)

func TestStandingsTellOfManyAgentsInOneCall(t *testing.T) {
	o := newOrg(t)
	busy := o.plant(genesystest.Plant{Name: new("A"), Email: new("a@example.com"), Presence: new("OnQueue")})
	_, err := o.sim.StartConversation(busy.ID, genesystest.StartConversation{Queue: "General_Support"})
	require.NoError(t, err)
	idle := o.plant(genesystest.Plant{Name: new("B"), Email: new("b@example.com")})
	inactive := o.plant(genesystest.Plant{Name: new("C"), Email: new("c@example.com"), State: new("inactive")})
	deleted := o.plant(genesystest.Plant{Name: new("D"), Email: new("d@example.com"), State: new("deleted")})
	before := o.calls()
	standings, err := o.Standings(t.Context(), []string{busy.ID, idle.ID, inactive.ID, deleted.ID, "nobody", busy.ID})
	require.NoError(t, err)
	require.Equal(t, before+1, o.calls())
	require.Len(t, standings, 4, "who is not there has no standing")
	require.Equal(t, ccaas.Standing{State: ccaas.Active, Presence: "On Queue", RoutingStatus: "INTERACTING", Live: 1}, standings[busy.ID])
	require.Equal(t, ccaas.Standing{State: ccaas.Active, Presence: "Offline", RoutingStatus: "OFF_QUEUE"}, standings[idle.ID])
	require.Equal(t, ccaas.Inactive, standings[inactive.ID].State)
	require.Equal(t, ccaas.Deleted, standings[deleted.ID].State)
}

func TestStandingsOfMoreThanAHundredTakeOneCallPerHundred(t *testing.T) {
	o := newOrg(t)
	var ids []string
	for i := range 230 {
		ids = append(ids, o.plant(genesystest.Plant{Name: new("A"), Email: new(fmt.Sprintf("a%d@example.com", i))}).ID)
	}
	before := o.calls()
	standings, err := o.Standings(t.Context(), ids)
	require.NoError(t, err)
	require.Len(t, standings, 230)
	require.Equal(t, before+3, o.calls())
}

func TestCountThatThePlatformLeavesOutIsUnknown(t *testing.T) {
	o := newOrg(t, func(s *genesystest.Settings) { s.OmitExpands = []string{"conversationSummary", "presence"} })
	id := o.hired().ID
	standings, err := o.Standings(t.Context(), []string{id})
	require.NoError(t, err)
	require.Equal(t, -1, standings[id].Live)
	require.Empty(t, standings[id].Presence)
}

func TestNoIDsAskForNobodyAndAnEmptyOneIsRefused(t *testing.T) {
	o := newOrg(t)
	o.hired()
	before := o.calls()
	standings, err := o.Standings(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, standings)
	_, err = o.Standings(t.Context(), []string{"x", ""})
	requireKind(t, err, ccaas.KindInvalid)
	require.Equal(t, before, o.calls())
}

func TestStandingsAreUnknownAsAWholeWhenAPartCannotBeRead(t *testing.T) {
	o := newOrg(t)
	id := o.hired().ID
	o.fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: http.MethodGet, Path: "/api/v2/users"})
	standings, err := o.Standings(t.Context(), []string{id})
	requireKind(t, err, ccaas.KindForbidden)
	require.Nil(t, standings)
}
