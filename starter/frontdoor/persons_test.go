package frontdoor_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/frontdoor"
	"muster/store"
	"muster/testenv"
)

// two are a house in which WORKDAY knows two persons.
func two(t *testing.T, changes ...func(*frontdoor.Options)) *house {
	t.Helper()
	h := open(t, changes...)
	h.sent(event(t, "evt_1", "WD-1", nil, nil))
	h.sent(event(t, "evt_2", "C-7", nil, nil))
	return h
}

func (h *house) askLink(kept, joined string) (api.Approval, error) {
	return h.as(operatorToken).LinkPersons(h.t.Context(), api.LinkRequest{Kept: kept, Joined: joined, Reason: "contractor hired"})
}

func TestAnOperatorAsksAndAnApproverJoins(t *testing.T) {
	h := two(t)

	asked, err := h.askLink("WD-1", "C-7")
	require.NoError(t, err)
	require.Equal(t, "link", asked.Kind)
	require.Equal(t, "open", asked.State)
	decided, err := h.as(approverToken).Approve(t.Context(), asked.ID, "seen both contracts")

	require.NoError(t, err)
	require.Equal(t, "approved", decided.State)
	agent, err := h.as(viewerToken).Agent(t.Context(), "C-7")
	require.NoError(t, err)
	require.Equal(t, "WD-1", agent.PersonID)
	require.ElementsMatch(t, []string{"WD-1", "C-7"}, agent.ExternalIDs)
	require.Equal(t, "WD-1", h.bell.announced[0].PersonID)
	timeline, err := h.as(viewerToken).Timeline(t.Context(), "C-7", api.PageQuery{})
	require.NoError(t, err)
	received := 0
	for _, line := range timeline.Items {
		if line.Kind == store.TimelineEventReceived {
			received++
		}
	}
	require.Equal(t, 2, received)
}

func TestALinkIsRefusedWithTheReason(t *testing.T) {
	h := two(t)
	_, err := h.as(legalToken).LinkPersons(t.Context(), api.LinkRequest{Kept: "WD-1", Joined: "C-7", Reason: "x"})
	refused(t, err, http.StatusForbidden)
	_, err = h.as(operatorToken).LinkPersons(t.Context(), api.LinkRequest{Kept: "WD-1", Joined: "C-7", Reason: " "})
	require.Equal(t, "body.reason", refused(t, err, http.StatusUnprocessableEntity).Errors[0].Field)
	_, err = h.askLink("WD-1", "WD-404")
	require.Equal(t, "body.joined", refused(t, err, http.StatusNotFound).Errors[0].Field)
	_, err = h.askLink("WD-1", "WD-1")
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "already")
}

func TestALinkThatCannotBeGrantedAnyMoreAnswersWhy(t *testing.T) {
	h := two(t)
	asked, err := h.askLink("WD-1", "C-7")
	require.NoError(t, err)
	_, err = h.as(legalToken).PlaceHold(t.Context(), "C-7", "M-1", "litigation")
	require.NoError(t, err)

	_, err = h.as(approverToken).Approve(t.Context(), asked.ID, "yes")

	problem := refused(t, err, http.StatusConflict)
	require.Equal(t, "they cannot be joined now: ask legal", problem.Detail, "that somebody is under a hold is legal's")
	_, err = h.askLink("WD-1", "C-7")
	require.Equal(t, problem.Detail, refused(t, err, http.StatusConflict).Detail)
	require.NotContains(t, h.log.String(), "hold")
	require.Len(t, h.audited("access.refused"), 2)
}

func TestALinkThatIsRefusedForSomethingElseOfLegalsIsAnsweredAlike(t *testing.T) {
	h, _ := gone(t, "VOLUNTARY")
	h.sent(event(t, "evt_other", "C-7", nil, nil))
	_, err := h.askLink(jane, "C-7")
	require.Equal(t, "they cannot be joined now: ask legal", refused(t, err, http.StatusConflict).Detail)
}

// Neither who asked nor either of the two may say that they are one.
func TestWhoMayNotGrantALink(t *testing.T) {
	for name, actor := range map[string]frontdoor.Actor{
		"the requester": {Name: "otto", Roles: []api.Role{api.RoleApprover}},
		"the kept":      {Name: "ken", PersonID: "WD-1", Roles: []api.Role{api.RoleApprover}},
		"the joined":    {Name: "joy", PersonID: "C-7", Roles: []api.Role{api.RoleApprover}},
	} {
		t.Run(name, func(t *testing.T) {
			const own = "token-of-the-excluded-1"
			h := two(t, func(options *frontdoor.Options) {
				made, err := frontdoor.NewTokens(map[string]frontdoor.Actor{
					own: actor, operatorToken: {Name: "otto", Roles: []api.Role{api.RoleOperator}},
				})
				require.NoError(t, err)
				options.Tokens = made
			})
			asked, err := h.askLink("WD-1", "C-7")
			require.NoError(t, err)

			_, err = h.as(own).Approve(t.Context(), asked.ID, "it is me")

			refused(t, err, http.StatusForbidden)
		})
	}
}

func TestAnIdOfTwoNamespacesHasToSayWhich(t *testing.T) {
	records := testenv.Store(t)
	var h *house
	for i, namespace := range []string{"workday", "sap"} {
		h = openOn(t, records, func(options *frontdoor.Options) {
			options.Namespaces = map[string]string{"WORKDAY": namespace, "ANOTHER": "another"}
		})
		h.sent(event(t, fmt.Sprintf("evt_%d", i), "4711", nil, nil))
	}

	_, err := h.askLink("workday:4711", "4711")
	refused(t, err, http.StatusConflict)
	asked, err := h.askLink("workday:4711", "sap:4711")

	require.NoError(t, err)
	require.Contains(t, asked.Question, "join sap:4711 into workday:4711")
}
