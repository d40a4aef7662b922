package frontdoor_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

const plan = "rec_20260302_0200"

// withPlan is a house with a plan: ana's account would be adopted, ben's would be created, cleo and dora would get one and the same, and
// about ed somebody would be asked.
func withPlan(t *testing.T) *house {
	t.Helper()
	h := open(t)
	_, _, err := h.store.StartReconciliation(t.Context(), store.Reconciliation{ID: plan, Platform: "genesys"})
	require.NoError(t, err)
	adds := func(d reconcile.Delta) {
		d.ReconciliationID, d.TimestampUTC = plan, time.Now().UTC()
		row, err := d.Row()
		require.NoError(t, err)
		_, err = h.store.AddDeltas(t.Context(), []store.Delta{row})
		require.NoError(t, err)
	}
	planned := func(id string, a reconcile.Adoption) {
		a.Namespace, a.Digest = "default", id
		adds(reconcile.Delta{
			DeltaType: reconcile.HRActiveCCaaSMissing, ResolutionAction: reconcile.ReemitHire, ExternalUserID: id, AccountID: a.AccountID, Because: "x", Adoption: &a,
		})
	}
	planned("ana", reconcile.Adoption{
		Claim: lifecycle.ClaimAdopt, AccountID: "acc-ana", Link: true, AskedRoles: []string{"Supervisor"},
		Differences: []reconcile.Difference{
			{Part: reconcile.PartSkill, ID: "s1", Name: "Billing_Support", How: reconcile.Extra}, {Part: reconcile.PartRole, ID: "r1", Name: "Supervisor", How: reconcile.Lacking},
		},
	})
	planned("ben", reconcile.Adoption{Claim: lifecycle.ClaimCreate})
	planned("cleo", reconcile.Adoption{Claim: lifecycle.ClaimAdopt, AccountID: "acc-one"})
	planned("dora", reconcile.Adoption{Claim: lifecycle.ClaimAdopt, AccountID: "acc-one"})
	planned("ed", reconcile.Adoption{Claim: lifecycle.ClaimReview, AccountID: "acc-ed", Review: lifecycle.ReviewIdentity, Why: "Is it the same person?"})
	for _, account := range []string{"acc-ana", "acc-one", "acc-ed", "acc-robot"} {
		adds(reconcile.Delta{DeltaType: reconcile.PlatformOnly, ResolutionAction: reconcile.ReviewOutstanding, AccountID: account, Because: "nobody's"})
	}
	return h
}

func (h *house) completes() {
	h.t.Helper()
	require.NoError(h.t, h.store.EndReconciliation(h.t.Context(), plan, store.ReconciliationEnd{
		Status: store.ReconciliationCompleted, Counts: json.RawMessage(`{"people":7}`),
	}))
}

func TestAPlanIsReadSummaryFirstThenPeopleThenTheAccountsThatStayNobodys(t *testing.T) {
	h := withPlan(t)
	h.completes()
	viewer := h.as(viewerToken)
	summary, err := viewer.AdoptionPlan(t.Context(), plan)
	require.NoError(t, err)
	require.Equal(t, []int{7, 1, 0, 0, 1, 3, 0, 1, 1}, []int{
		summary.People, summary.Adopt, summary.Unchanged, summary.Restore, summary.Create, summary.Review, summary.None, summary.Asked, summary.Nobodys,
	})
	require.Equal(t, map[string]int{"identity": 3}, summary.Reviews)
	require.Equal(t, map[string]int{"skill extra": 1, "role lacking": 1}, summary.Changes)

	var lines []string
	query := api.PageQuery{Limit: 2}
	for {
		page, err := viewer.PlannedAdoptions(t.Context(), plan, "", query)
		require.NoError(t, err)
		for _, p := range page.Items {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", p.ExternalUserID, p.Claim, p.AccountID, p.Why))
		}
		if query.Cursor = page.NextCursor; query.Cursor == "" {
			break
		}
	}
	contested := "several people would get account acc-one: whose is it?"
	require.Equal(t, []string{
		"ana adopt acc-ana ", "ben create  ", "cleo review acc-one " + contested, "dora review acc-one " + contested, "ed review acc-ed Is it the same person?",
	}, lines)
	adopted, err := viewer.PlannedAdoptions(t.Context(), plan, "adopt", api.PageQuery{})
	require.NoError(t, err)
	require.Len(t, adopted.Items, 1)
	require.Equal(t, []string{"Supervisor"}, adopted.Items[0].AskedRoles)
	require.Equal(t, api.DeltaDifference{Part: "skill", ID: "s1", Name: "Billing_Support", How: "extra"}, adopted.Items[0].Differences[0])
	left, err := viewer.NobodysAccounts(t.Context(), plan, api.PageQuery{})
	require.NoError(t, err)
	require.Equal(t, []api.NobodysAccount{{AccountID: "acc-robot", Because: "nobody's"}}, left.Items)
	require.NotEmpty(t, h.audited("read.adoption_plan"))
	_, err = viewer.AdoptionPlan(t.Context(), "rec_20990101_0000")
	refused(t, err, http.StatusNotFound)
	_, err = h.as(ingestToken).AdoptionPlan(t.Context(), plan)
	refused(t, err, http.StatusForbidden)
}

func TestAPlanIsCarriedOutForThoseWhoAreNamedOrForAllWithAReason(t *testing.T) {
	h := withPlan(t)
	operator := h.as(operatorToken)
	all := api.AdoptionRequest{Claims: []string{"adopt", "create"}, Reason: "day one"}
	_, err := operator.ApplyAdoptionPlan(t.Context(), plan, all)
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "only one that has completed is a plan")
	h.completes()
	for _, wrong := range []api.AdoptionRequest{
		{Claims: []string{"adopt"}},
		{Reason: "nobody"},
		{Claims: []string{"none"}, Reason: "x"},
		{Claims: []string{"delete"}, Reason: "x"},
		{People: []string{" "}, Reason: "x"},
	} {
		_, err = operator.ApplyAdoptionPlan(t.Context(), plan, wrong)
		refused(t, err, http.StatusUnprocessableEntity)
	}
	_, err = h.as(viewerToken).ApplyAdoptionPlan(t.Context(), plan, all)
	refused(t, err, http.StatusForbidden)
	_, err = operator.ApplyAdoptionPlan(t.Context(), plan, api.AdoptionRequest{People: []string{"ana", "zoe"}, Reason: "x"})
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "not in the plan: zoe")
	_, err = operator.ApplyAdoptionPlan(t.Context(), plan, api.AdoptionRequest{People: []string{"cleo"}, Reason: "x"})
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "several people would get the account")

	started, err := operator.ApplyAdoptionPlan(t.Context(), plan, all)
	require.NoError(t, err)
	require.Equal(t, "running", started.State)
	require.Equal(t, []int{2, 2, 60}, []int{started.People, started.Left, started.PerMinute})
	require.Equal(t, "adopt/"+started.ID, started.WorkflowID)
	due, err := h.store.DueAdoptions(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, []string{started.ID}, due, "the relay starts its workflow")
	_, err = operator.ApplyAdoptionPlan(t.Context(), plan, all)
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "another adoption is under way")
	require.Len(t, h.audited("adoption.start"), 1)

	people, err := h.as(viewerToken).AdoptionPeople(t.Context(), started.ID, "", api.PageQuery{})
	require.NoError(t, err)
	require.Len(t, people.Items, 2)
	require.Equal(t, "ana", people.Items[0].ExternalUserID)
	_, err = operator.StopAdoption(t.Context(), started.ID, " ")
	refused(t, err, http.StatusUnprocessableEntity)
	stopped, err := h.as(otherOperator).StopAdoption(t.Context(), started.ID, "the queues run empty")
	require.NoError(t, err)
	require.Equal(t, "stopped", stopped.State)
	require.Equal(t, "olga", stopped.StoppedBy)
	_, err = operator.StopAdoption(t.Context(), started.ID, "again")
	refused(t, err, http.StatusConflict)
	found, err := h.as(viewerToken).Adoptions(t.Context())
	require.NoError(t, err)
	require.Len(t, found.Items, 1)
}

func TestAPlanThatHRsRosterIsKeptForNoLongerIsNotCarriedOut(t *testing.T) {
	h := withPlan(t)
	h.completes()
	h.clock.set(time.Now().Add(lifecycle.AdoptionPlanHolds + time.Minute))
	_, err := h.as(operatorToken).ApplyAdoptionPlan(t.Context(), plan, api.AdoptionRequest{Claims: []string{"adopt"}, Reason: "late"})
	require.Contains(t, refused(t, err, http.StatusConflict).Detail, "make a new one")
}
