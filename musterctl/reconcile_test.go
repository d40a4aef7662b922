package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/store"
)

func TestAReconciliationIsStartedShownAndReported(t *testing.T) {
	o := openOffice(t)
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
