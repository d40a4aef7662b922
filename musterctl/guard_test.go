package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/lifecycle"
	"muster/names"
	"muster/store"
)

// guarded is an office where the guard holds somebody before the deactivation; it returns the trip.
func guarded(t *testing.T) (o *office, tripID string) {
	t.Helper()
	o = openOffice(t)
	require.Zero(t, o.run("events", "send", guideEvent, "--secret-source", "WORKDAY").code, "the guides' event")
	require.NoError(t, o.store.WithPerson(t.Context(), guidePerson, func(_ context.Context, p *store.PersonTx) error {
		held, err := p.AskGuard(store.GuardRequest{
			Platform: "genesys", Kind: lifecycle.GuardDeactivation, Generation: 1, Limits: lifecycle.GuardLimits{Window: time.Hour}, MappingVersion: 1,
			Question: "May it?", WorkflowID: names.TerminationWorkflowID(guidePerson, 1), Now: time.Now(),
		})
		require.NotNil(t, held)
		return err
	}))
	client := api.Client{BaseURL: o.url, Token: "a-token-for-the-role-viewer"}
	page, err := client.Guards(t.Context(), api.GuardQuery{})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	return o, page.Items[0].ID
}

func TestTheGuardIsListedAndDecidedAbout(t *testing.T) {
	o, trip := guarded(t)
	listed := o.run("guard", "list")
	require.Zero(t, listed.code, listed.errors)
	require.Contains(t, listed.out, trip)
	require.Contains(t, listed.out, guidePerson)
	require.Contains(t, listed.out, "1 waiting")

	require.Equal(t, exitUsage, o.run("guard", "release", trip, "--all").code, "without a reason")
	require.Equal(t, exitUsage, o.run("guard", "release", trip, "--reason", "why").code, "nobody")
	require.Equal(t, exitUsage, o.run("guard", "release", trip, guidePerson, "--all", "--reason", "why").code, "all, and somebody")
	require.Equal(t, exitNotFound, o.run("guard", "release", "grd_none", "--all", "--reason", "why").code)

	released := o.pipe(guidePerson+" # by mail\n", "guard", "release", trip, "--file", "-", "--reason", "checked")
	require.Zero(t, released.code, released.errors)
	require.Contains(t, released.out, "approved")
	late := o.run("guard", "refuse", trip, guidePerson, "--reason", "too late")
	require.Equal(t, exitRefused, late.code)
	require.Contains(t, late.out, "was approved by the approver")
}

func TestABatchIsAnnouncedFromAFileAndConfirmedByAnother(t *testing.T) {
	o := openOffice(t)
	require.NoError(t, os.WriteFile(filepath.Join(o.directory, "leavers.txt"), []byte("# the site closes\nWD-1\nWD-2 # by mail\n"), 0o600))
	file := filepath.Join(o.directory, "leavers.txt")
	announced := o.run("--as", "legal", "batch", "announce", file, "--kind", "layoff", "--from", "2026-12-01", "--reason", "the site closes")
	require.Zero(t, announced.code, announced.errors)
	require.Contains(t, announced.out, "announced for 2 people")
	batches, _, err := o.store.Batches(t.Context(), []lifecycle.BatchKind{lifecycle.BatchLayoff}, "", 0)
	require.NoError(t, err)
	id := batches[0].ID
	require.Equal(t, exitUnauthorised, o.run("--as", "legal", "batch", "confirm", id).code)
	confirmed := o.run("--as", "other-legal", "batch", "confirm", id)
	require.Zero(t, confirmed.code, confirmed.errors)
	require.Contains(t, confirmed.out, "confirmed by lou")
	require.Contains(t, o.run("--as", "auditor", "batch", "show", id).out, "WD-2")
	require.Contains(t, o.run("--as", "legal", "batch", "list").out, id)
	require.NotContains(t, o.run("batch", "list").out, id, "a planned layoff is legal's")
	require.Equal(t, exitUsage, o.run("batch", "announce", file, "--reason", "why").code)
	require.Equal(t, exitUsage, o.pipe("", "batch", "announce", "-", "--kind", "intake", "--from", "2026-12-01", "--reason", "why").code, "nobody")
}

func TestWhereTheGuardHoldsNobodyItSaysSo(t *testing.T) {
	require.Equal(t, "none\n", openOffice(t).done("guard", "list"))
}
