package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/reconcile"
	"muster/store"
)

// finds has a reconciliation find an account that would be adopted, a question, and an account that is nobody's, and end.
func (o *office) finds(id string) error {
	for _, d := range []reconcile.Delta{
		{DeltaType: reconcile.HRActiveCCaaSMissing, ResolutionAction: reconcile.ReemitHire, ExternalUserID: "WD-1", AccountID: "acc-1", Adoption: &reconcile.Adoption{
			Claim: lifecycle.ClaimAdopt, AccountID: "acc-1", Link: true, AskedRoles: []string{"Supervisor"}, Differences: []reconcile.Difference{
				{Part: reconcile.PartSkill, Name: "Billing_Support", How: reconcile.Extra}, {Part: reconcile.PartRole, Name: "Supervisor", How: reconcile.Lacking},
			},
		}},
		{DeltaType: reconcile.HRActiveCCaaSMissing, ResolutionAction: reconcile.ReemitHire, ExternalUserID: "WD-2", Adoption: &reconcile.Adoption{
			Claim: lifecycle.ClaimReview, AccountID: "acc-2", Review: lifecycle.ReviewIdentity, Why: "=Is it the same person?",
		}},
		{DeltaType: reconcile.PlatformOnly, ResolutionAction: reconcile.ReviewOutstanding, AccountID: "acc-robot", Because: "nobody's"},
	} {
		d.ReconciliationID, d.TimestampUTC = id, time.Now().UTC()
		row, err := d.Row()
		if err != nil {
			return err
		}
		if _, err := o.store.AddDeltas(o.t.Context(), []store.Delta{row}); err != nil {
			return err
		}
	}
	return o.store.EndReconciliation(o.t.Context(), id, store.ReconciliationEnd{Status: store.ReconciliationCompleted, Counts: json.RawMessage(`{"people":9}`)})
}

func TestAPlanIsMadeAndShownToPeopleAndToPrograms(t *testing.T) {
	o := openOffice(t)
	o.workerDoes(o.finds)
	text := o.done("adopt", "plan")
	for _, line := range []string{
		"1  adopt: an active account becomes the person's; nothing differs on 0 of them", "1  review: somebody is asked first", "1  active accounts stay nobody's",
		"external id, -skill Billing_Support, +role Supervisor (asked for)", "acc-robot",
	} {
		require.Contains(t, text, line)
	}
	runs, _, err := o.store.Reconciliations(t.Context(), store.ReconciliationFilter{})
	require.NoError(t, err)
	require.Len(t, runs, 1)
	require.Equal(t, store.ModeReport, runs[0].Modes["HR_ACTIVE_CCAAS_MISSING"], "whatever the modes are, a plan repairs nothing")
	id := runs[0].ID

	require.NotContains(t, o.done("adopt", "plan", id, "--claim", "review"), "acc-1")
	require.Equal(t, exitUsage, o.run("adopt", "plan", id, "--claim", "delete").code)
	file := filepath.Join(t.TempDir(), "plan.csv")
	o.done("adopt", "plan", id, "--csv", "--file", file)
	content, err := os.Open(file)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, content.Close()) })
	rows, err := csv.NewReader(content).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.Equal(t, "skill Billing_Support extra;role Supervisor lacking", rows[1][9])
	require.Equal(t, "'=Is it the same person?", rows[2][8], "a spreadsheet calculates nothing")
	require.Equal(t, []string{"nobodys", "acc-robot"}, []string{rows[3][1], rows[3][5]})
	whole := answer[struct {
		Adopt    int                   `json:"adopt"`
		Persons  []api.PlannedAdoption `json:"persons"`
		Accounts []api.NobodysAccount  `json:"accounts"`
	}](o, "adopt", "plan", id)
	require.Equal(t, 1, whole.Adopt)
	require.Len(t, whole.Persons, 2)
	require.Len(t, whole.Accounts, 1)
}

func TestAPlanThatIsRefusedSaysWhy(t *testing.T) {
	o := openOffice(t)
	o.workerDoes(func(id string) error {
		return o.store.EndReconciliation(t.Context(), id, store.ReconciliationEnd{Status: store.ReconciliationRefused, Reason: "the roster is stale"})
	})
	got := o.run("adopt", "plan")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "the roster is stale")
}

func TestAPlanIsAppliedShownAndStopped(t *testing.T) {
	o := openOffice(t)
	const id = "rec_20260302_0200"
	_, _, err := o.store.StartReconciliation(t.Context(), store.Reconciliation{ID: id, Platform: "genesys"})
	require.NoError(t, err)
	require.NoError(t, o.finds(id))
	require.Equal(t, exitUsage, o.run("adopt", "apply", id, "--all").code, "without a reason")
	require.Equal(t, exitUsage, o.run("adopt", "apply", id, "--reason", "x").code, "for nobody")
	require.Equal(t, exitUsage, o.run("adopt", "apply", id, "--all", "--person", "WD-1", "--reason", "x").code)
	require.Equal(t, exitRefused, o.run("adopt", "apply", id, "--person", "WD-9", "--reason", "x").code)
	started := answer[api.Adoption](o, "adopt", "apply", id, "--all", "--per-minute", "30", "--reason", "day one")
	require.Equal(t, []int{1, 30}, []int{started.People, started.PerMinute}, "a question is not asked unless it is named")
	require.Contains(t, o.done("adopt", "list"), started.ID)
	require.NoError(t, o.store.SettleAdoption(t.Context(), started.ID, o.firstDelta(id), store.AdoptionChanged, "the account was made inactive"))
	require.Contains(t, o.done("adopt", "show", started.ID), "the account was made inactive")
	require.Contains(t, o.done("adopt", "stop", started.ID, "--reason", "enough"), "enough")
	require.Equal(t, exitRefused, o.run("adopt", "stop", started.ID, "--reason", "again").code)
}

func (o *office) firstDelta(reconciliationID string) int64 {
	o.t.Helper()
	rows, _, err := o.store.Deltas(o.t.Context(), store.DeltaFilter{ReconciliationID: reconciliationID})
	require.NoError(o.t, err)
	return rows[0].ID
}
