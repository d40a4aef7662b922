package frontdoor_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/mapping"
	"muster/names"
	"muster/starter/frontdoor"
	"muster/store"
)

// held are people who left and whom the guard holds before their deactivation, with the trip; lea, who is an approver, set the limits.
func held(t *testing.T, h *house, many int) (tripID string, people []string) {
	t.Helper()
	version, _, err := h.store.SubmitMapping(t.Context(), store.Submission{YAML: mapping.Example(), Digest: mapping.Digest(mapping.Example()), Author: "lea"})
	require.NoError(t, err)
	for n := range many {
		person := fmt.Sprintf("WD-EMP-%d", 100+n)
		h.sent(fmt.Sprintf(`{"event_id":"evt_%d","event_type":"USER_CREATE","source_system":"WORKDAY","timestamp_utc":"2026-03-02T10:00:00Z",
			"payload":{"external_user_id":%q,"email":"p%d@example.com","first_name":"Pat","last_name":"Doe","department_code":"SUPP_L2"}}`, n, person, n))
		people = append(people, person)
		h.ask(person, lifecycle.GuardDeactivation, version.Version)
	}
	page, err := h.as(viewerToken).Guards(t.Context(), api.GuardQuery{})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	return page.Items[0].ID, people
}

// ask asks the guard about somebody, with limits that nobody passes.
func (h *house) ask(person string, kind lifecycle.GuardKind, version int) {
	h.t.Helper()
	h.askIn(person, kind, version, 1)
}

func (h *house) askIn(person string, kind lifecycle.GuardKind, version int, generation int64) {
	h.t.Helper()
	require.NoError(h.t, h.store.WithPerson(h.t.Context(), person, func(_ context.Context, p *store.PersonTx) error {
		guarded, err := p.AskGuard(store.GuardRequest{
			Platform: "genesys", Kind: kind, Generation: generation, Limits: lifecycle.GuardLimits{Window: 24 * time.Hour, HardStop: lifecycle.HardStop{Within: time.Minute, Answer: time.Minute}},
			MappingVersion: version, Question: "May it?", WorkflowID: names.TerminationWorkflowID(person, generation), Now: time.Now(),
		})
		require.NotNil(h.t, guarded)
		return err
	}))
}

func TestTheGuardSaysWhomItHoldsAndWhy(t *testing.T) {
	h := open(t)
	tripID, people := held(t, h, 2)
	page, err := h.as(viewerToken).Guards(t.Context(), api.GuardQuery{})
	require.NoError(t, err)
	trip := page.Items[0]
	require.Equal(t, []string{tripID, "deactivation", "genesys"}, []string{trip.ID, trip.Kind, trip.Platform})
	require.Equal(t, []string{"lea"}, trip.LimitsSetBy)
	require.NotEmpty(t, trip.Because)
	require.Len(t, trip.Waiting, 2)
	require.Equal(t, people[0], trip.Waiting[0].PersonID)

	explanation, err := h.as(viewerToken).Explain(t.Context(), people[0])
	require.NoError(t, err)
	said := strings.Join(explanation.Sentences, " ")
	require.Contains(t, said, "(guard_release): May it? The guard holds it ("+tripID+")")
	require.Contains(t, said, "role approver, other than the requester and the person; not whoever set the guard's limits")
	require.Contains(t, said, "musterctl approvals approve "+trip.Waiting[0].ApprovalID)
	require.Contains(t, said, "musterctl guard list")
}

func TestSomeAreReleasedAndTheRestIsRefused(t *testing.T) {
	h := open(t)
	tripID, people := held(t, h, 3)
	receipts, err := h.as(approverToken).ReleaseGuard(t.Context(), tripID, api.GuardDecision{PersonIDs: []string{people[1], "WD-EMP-NOBODY"}, Reason: "checked"})
	require.NoError(t, err)
	require.Equal(t, "approved", receipts.Items[0].State)
	require.Equal(t, http.StatusNotFound, receipts.Items[1].Problem.Status)
	require.Len(t, h.bell.announced, 1)
	require.Equal(t, names.TerminationWorkflowID(people[1], 1), h.bell.announced[0].WorkflowID)

	receipts, err = h.as(approverToken).RefuseGuard(t.Context(), tripID, api.GuardDecision{All: true, Reason: "a wrong file"})
	require.NoError(t, err)
	require.Len(t, receipts.Items, 2, "who is decided about is not decided about again")
	for _, receipt := range receipts.Items {
		require.Equal(t, "rejected", receipt.State)
	}
	again, err := h.as(approverToken).ReleaseGuard(t.Context(), tripID, api.GuardDecision{PersonIDs: people[:1], Reason: "after all"})
	require.NoError(t, err)
	require.Equal(t, http.StatusConflict, again.Items[0].Problem.Status)
	require.Contains(t, again.Items[0].Problem.Detail, "rejected by ana")

	page, err := h.as(viewerToken).Guards(t.Context(), api.GuardQuery{All: true})
	require.NoError(t, err)
	require.Empty(t, page.Items[0].Waiting)
	require.Len(t, page.Items[0].Decided, 3)
}

// A leaver who comes back and leaves again while the trip is open is held by it twice.
func TestOfAPersonHeldTwiceTheOperationThatWaitsIsDecidedAbout(t *testing.T) {
	h := open(t)
	tripID, people := held(t, h, 1)
	require.NoError(t, h.store.WithPerson(t.Context(), people[0], func(_ context.Context, p *store.PersonTx) error {
		return p.WithdrawReleases(1, "HR took it back")
	}))
	h.askIn(people[0], lifecycle.GuardDeactivation, 1, 2)
	receipts, err := h.as(approverToken).ReleaseGuard(t.Context(), tripID, api.GuardDecision{PersonIDs: people, Reason: "checked"})
	require.NoError(t, err)
	require.Equal(t, "approved", receipts.Items[0].State, "%+v", receipts.Items[0].Problem)
}

func TestWhoeverSetTheLimitsReleasesNobody(t *testing.T) {
	h := open(t)
	tripID, people := held(t, h, 1)
	receipts, err := h.as(leadToken).ReleaseGuard(t.Context(), tripID, api.GuardDecision{All: true, Reason: "mine"})
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, receipts.Items[0].Problem.Status)
	approvals, err := h.as(viewerToken).Approvals(t.Context(), api.DecisionQuery{PersonID: people[0]})
	require.NoError(t, err)
	_, err = h.as(leadToken).Approve(t.Context(), approvals.Items[0].ID, "mine")
	require.Contains(t, refused(t, err, http.StatusForbidden).Detail, "whoever set the guard's limits")
	_, err = h.as(legalToken).ReleaseGuard(t.Context(), tripID, api.GuardDecision{All: true, Reason: "not legal's"})
	refused(t, err, http.StatusForbidden)
	_, err = h.as(approverToken).Approve(t.Context(), approvals.Items[0].ID, "the ordinary way works too")
	require.NoError(t, err)
}

func TestADecisionAboutTheGuardSaysWhoAndWhy(t *testing.T) {
	h := open(t)
	tripID, people := held(t, h, 1)
	for name, decision := range map[string]api.GuardDecision{
		"no reason":         {All: true},
		"nobody":            {Reason: "why"},
		"all, and somebody": {All: true, PersonIDs: people, Reason: "why"},
	} {
		_, err := h.as(approverToken).ReleaseGuard(t.Context(), tripID, decision)
		require.Equal(t, http.StatusUnprocessableEntity, refused(t, err, http.StatusUnprocessableEntity).Status, name)
	}
	_, err := h.as(approverToken).ReleaseGuard(t.Context(), "grd_none", api.GuardDecision{All: true, Reason: "why"})
	refused(t, err, http.StatusNotFound)
}

func TestReleasingAllOfAHardStopLiftsIt(t *testing.T) {
	h := open(t)
	_, people := held(t, h, 2)
	h.ask(people[0], lifecycle.GuardIsolation, 1)
	page, err := h.as(viewerToken).Guards(t.Context(), api.GuardQuery{})
	require.NoError(t, err)
	stop := page.Items[1]
	require.Equal(t, "isolation", stop.Kind)
	_, err = h.as(leadToken).ReleaseGuard(t.Context(), stop.ID, api.GuardDecision{All: true, Reason: "mine"})
	refused(t, err, http.StatusForbidden)
	_, err = h.as(approverToken).ReleaseGuard(t.Context(), stop.ID, api.GuardDecision{All: true, Reason: "meant"})
	require.NoError(t, err)
	page, err = h.as(viewerToken).Guards(t.Context(), api.GuardQuery{All: true})
	require.NoError(t, err)
	require.NotNil(t, page.Items[1].LiftedAt)
	require.Nil(t, page.Items[0].LiftedAt)
}

func TestALayoffIsAnnouncedConfirmedAndSeenByLegalAlone(t *testing.T) {
	h := open(t)
	request := api.BatchRequest{
		Kind: "layoff", FirstDay: "2026-12-01", LastDay: "2026-12-02", Timezone: "America/New_York", Reason: "the site closes", ExternalIDs: []string{"WD-1", "WD-2"},
	}
	_, err := h.as(approverToken).AnnounceBatch(t.Context(), request)
	refused(t, err, http.StatusForbidden)
	batch, err := h.as(legalToken).AnnounceBatch(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, 2, batch.People)
	require.Nil(t, batch.ConfirmedAt)
	stored, err := h.store.Batch(t.Context(), batch.ID)
	require.NoError(t, err)
	require.Equal(t, "2026-12-01T05:00:00Z 2026-12-03T05:00:00Z", stored.StartsAt.Format(time.RFC3339)+" "+stored.EndsAt.Format(time.RFC3339))

	_, err = h.as(approverToken).Batch(t.Context(), batch.ID)
	refused(t, err, http.StatusNotFound)
	_, err = h.as(approverToken).ConfirmBatch(t.Context(), batch.ID)
	refused(t, err, http.StatusNotFound)
	hidden, err := h.as(viewerToken).Batches(t.Context(), api.PageQuery{})
	require.NoError(t, err)
	require.Empty(t, hidden.Items)
	shown, err := h.as(auditorToken).Batch(t.Context(), batch.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"WD-1", "WD-2"}, shown.ExternalIDs)

	_, err = h.as(legalToken).ConfirmBatch(t.Context(), batch.ID)
	require.Contains(t, refused(t, err, http.StatusForbidden).Detail, "whoever announced a batch cannot confirm it")
	confirmed, err := h.as(otherLegal).ConfirmBatch(t.Context(), batch.ID)
	require.NoError(t, err)
	require.Equal(t, "lou", confirmed.ConfirmedBy)
}

func TestAnIntakeIsForApprovers(t *testing.T) {
	h := open(t)
	request := api.BatchRequest{Kind: "intake", FirstDay: "2026-12-01", Reason: "the season", ExternalIDs: []string{"WD-1"}}
	_, err := h.as(legalToken).AnnounceBatch(t.Context(), request)
	refused(t, err, http.StatusForbidden)
	batch, err := h.as(approverToken).AnnounceBatch(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, []string{"2026-12-01", "2026-12-01", "UTC"}, []string{batch.FirstDay, batch.LastDay, batch.Timezone})
	_, err = h.as(leadToken).ConfirmBatch(t.Context(), batch.ID)
	require.NoError(t, err)
	listed, err := h.as(viewerToken).Batches(t.Context(), api.PageQuery{})
	require.NoError(t, err)
	require.Len(t, listed.Items, 1)
	require.Empty(t, listed.Items[0].ExternalIDs)
}

func TestABatchThatMakesNoSenseIsRefusedByItsField(t *testing.T) {
	h := open(t)
	for field, change := range map[string]func(*api.BatchRequest){
		"body.first_day":    func(r *api.BatchRequest) { r.FirstDay = "2026-13-01" },
		"body.last_day":     func(r *api.BatchRequest) { r.LastDay = "2026-11-30" },
		"body.timezone":     func(r *api.BatchRequest) { r.Timezone = "EST" },
		"body.reason":       func(r *api.BatchRequest) { r.Reason = " " },
		"body.external_ids": func(r *api.BatchRequest) { r.ExternalIDs = []string{" WD-1"} },
		"body.kind":         func(r *api.BatchRequest) { r.Kind = "party" },
	} {
		request := api.BatchRequest{Kind: "intake", FirstDay: "2026-12-01", Reason: "the season", ExternalIDs: []string{"WD-1"}}
		change(&request)
		_, err := h.as(approverToken).AnnounceBatch(t.Context(), request)
		require.Equal(t, field, refused(t, err, http.StatusUnprocessableEntity).Errors[0].Field)
	}
}

func TestABatchSaysWhoseIDsItHasWhereHRSystemsHaveTheirOwn(t *testing.T) {
	request := api.BatchRequest{Kind: "intake", FirstDay: "2026-12-01", Reason: "the season", ExternalIDs: []string{"WD-1"}}
	batch, err := open(t).as(approverToken).AnnounceBatch(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, frontdoor.DefaultNamespace, batch.Namespace, "there is one alone")

	h := open(t, func(options *frontdoor.Options) {
		options.Namespaces = map[string]string{"WORKDAY": "us", "SUCCESSFACTORS": "eu"}
	})
	for _, namespace := range []string{"", "default", "elsewhere"} {
		request.Namespace = namespace
		_, err = h.as(approverToken).AnnounceBatch(t.Context(), request)
		wrong := refused(t, err, http.StatusUnprocessableEntity).Errors[0]
		require.Equal(t, "body.namespace", wrong.Field)
		require.Contains(t, wrong.Expected, "eu")
	}
	request.Namespace = "eu"
	batch, err = h.as(approverToken).AnnounceBatch(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, "eu", batch.Namespace)
}
