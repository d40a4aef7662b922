package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/store"
)

// workerDoes has something done to the next reconciliation, as a worker does, once it is asked for.
func (o *office) workerDoes(what func(id string) error) {
	o.t.Helper()
	done := make(chan error, 1)
	go func() {
		for {
			runs, _, err := o.store.Reconciliations(o.t.Context(), store.ReconciliationFilter{Status: store.ReconciliationRunning})
			if err == nil && len(runs) > 0 {
				err = what(runs[0].ID)
			}
			if err != nil || len(runs) > 0 {
				done <- err
				return
			}
		}
	}()
	o.t.Cleanup(func() { require.NoError(o.t, <-done) })
}

func TestAReconciliationThatIsRefusedForItsRosterIsSaidSoAtOnce(t *testing.T) {
	o := openOffice(t)
	o.workerDoes(func(id string) error {
		return o.store.EndReconciliation(t.Context(), id, store.ReconciliationEnd{
			Status: store.ReconciliationRefused, Reason: "the roster of workday may not be believed: no file of that name", Counts: json.RawMessage(`{}`),
		})
	})
	refused := o.run("reconcile", "run")
	require.Equal(t, exitRefused, refused.code)
	require.Contains(t, refused.out, ": refused")
	require.Contains(t, refused.errors, "is refused: the roster of workday may not be believed: no file of that name")
}

func TestAReconciliationIsStartedShownAndReported(t *testing.T) {
	o := openOffice(t)
	o.workerDoes(func(id string) error {
		return o.store.NoteSources(t.Context(), id, []store.SourceVerdict{{Source: "workday", Namespace: "default", Healthy: true, AsOf: time.Now(), Rows: 3}})
	})
	started := answer[api.Reconciliation](o, "reconcile", "run", "--mode", "observe")
	require.Equal(t, "running", started.Status)
	require.Equal(t, "the operator", started.RequestedBy)
	require.NoError(t, o.store.EndReconciliation(t.Context(), started.ID, store.ReconciliationEnd{
		Status: store.ReconciliationRefused, Reason: "the roster of workday may not be believed: stale", Counts: json.RawMessage(`{}`),
	}))
	require.Contains(t, o.done("reconcile", "show", started.ID), "may not be believed")
	require.Contains(t, o.done("reconcile", "list"), "refused")
	require.Contains(t, o.done("reconcile", "deltas", started.ID), "none")
	file := filepath.Join(t.TempDir(), "report.html")
	o.done("reconcile", "report", started.ID, "--file", file)
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(page), started.ID)
	require.Contains(t, o.done("reconcile", "report", started.ID, "--format", "json"), started.ID)
	require.Equal(t, exitNotFound, o.run("reconcile", "show", "rec_20260302_0200").code)
	require.Equal(t, exitUsage, o.run("reconcile", "run", "--mode", "destroy").code)
}

func TestAModeIsSetWithAReason(t *testing.T) {
	o := openOffice(t)
	require.Equal(t, exitUsage, o.run("reconcile", "mode", "SKILL_MISMATCH", "repair").code)
	require.Equal(t, exitUsage, o.run("reconcile", "mode", "SKILL_MISMATCH").code)
	require.Contains(t, o.done("reconcile", "mode", "SKILL_MISMATCH", "repair", "--reason", "two quiet weeks"), "repair")
	require.Contains(t, o.done("reconcile", "mode"), "two quiet weeks")
	require.Equal(t, exitRefused, o.run("reconcile", "mode", "NOTHING", "repair", "--reason", "x").code)
}

func TestWhatWasReportedIsReleased(t *testing.T) {
	o := openOffice(t)
	require.Equal(t, exitUsage, o.run("reconcile", "release", "rec_20260302_0200", "--reason", "x").code)
	require.Equal(t, exitUsage, o.run("reconcile", "release", "rec_20260302_0200", "--type", "SKILL_MISMATCH").code)
	require.Equal(t, exitNotFound, o.run("reconcile", "release", "rec_20260302_0200", "--type", "SKILL_MISMATCH", "--reason", "x").code)
	const id = "rec_20260302_0200"
	_, _, err := o.store.StartReconciliation(t.Context(), store.Reconciliation{ID: id, Platform: "genesys"})
	require.NoError(t, err)
	_, err = o.store.AddDeltas(t.Context(), []store.Delta{{
		ReconciliationID: id, DeltaType: "PLATFORM_ONLY", Subject: "a-1", AccountID: "a-1", ResolutionAction: "REVIEW_OUTSTANDING", Body: json.RawMessage(`{}`), TimestampUTC: time.Now(),
	}})
	require.NoError(t, err)
	require.NoError(t, o.store.EndReconciliation(t.Context(), id, store.ReconciliationEnd{Status: store.ReconciliationCompleted, Counts: json.RawMessage(`{}`)}))
	released := o.run("reconcile", "release", id, "--type", "PLATFORM_ONLY", "--reason", "looked through")
	require.NotZero(t, released.code, "nothing was released")
	require.Contains(t, released.out, "settle it")
}
