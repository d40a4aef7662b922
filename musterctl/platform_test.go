package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/store"
)

// tried lets a worker try to read the names once: it fails where it is told why.
func (o *office) tried(names store.CatalogueNames, failure string) {
	o.t.Helper()
	require.NoError(o.t, o.store.SeePlatform(o.t.Context(), "genesys"))
	claim, claimed, err := o.store.ClaimCatalogue(o.t.Context(), "genesys", 0, time.Minute)
	require.NoError(o.t, err)
	require.True(o.t, claimed)
	if failure != "" {
		require.NoError(o.t, o.store.FailCatalogue(o.t.Context(), claim, failure, time.Hour))
		return
	}
	require.NoError(o.t, o.store.KeepCatalogue(o.t.Context(), claim, names))
}

func TestTheNamesOnThePlatformAreListed(t *testing.T) {
	o := openOffice(t)
	o.tried(store.CatalogueNames{
		Queues: []string{"Sales", "Service"}, Skills: []string{"Billing"},
		ManagementUnits: []store.CatalogueUnit{{Name: "Support MU", TimeZone: "America/New_York", WorkPlans: []string{"Full Time"}}},
	}, "")
	all := o.done("platform", "catalogue")
	require.Regexp(t, `(?s)genesys +queue +Sales.*genesys +queue +Service.*genesys +skill +Billing`, all)
	require.Regexp(t, `management_unit +Support MU +America/New_York`, all)
	require.Regexp(t, `work_plan +Full Time +Support MU`, all)
	require.Contains(t, o.authorizations[len(o.authorizations)-1], api.RoleRegistryEditor)

	queues := o.done("platform", "catalogue", "--kind", "queue", "--fresh")
	require.Contains(t, queues, "Sales")
	require.NotContains(t, queues, "Billing")
	page := answer[api.Page[api.PlatformCatalogue]](o, "platform", "catalogue", "--kind", "skill", "--platform", "genesys")
	require.Equal(t, []api.PlatformConstruct{{Kind: "skill", Name: "Billing"}}, page.Items[0].Constructs)
	require.Contains(t, o.done("platform", "catalogue", "--kind", "group"), "none")
	require.Equal(t, exitRefused, o.run("platform", "catalogue", "--kind", "person").code)
	require.Equal(t, exitNotFound, o.run("platform", "catalogue", "--platform", "cxone").code)
	require.Equal(t, exitUsage, o.run("platform").code)
}

func TestNamesThatCouldNotBeReadAnewAreAFailure(t *testing.T) {
	o := openOffice(t)
	got := o.run("platform", "catalogue")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "no worker has run yet")

	o.tried(store.CatalogueNames{}, "the platform did not answer")
	got = o.run("platform", "catalogue")
	require.Equal(t, exitRefused, got.code)
	require.Contains(t, got.errors, "genesys has never been read: the platform did not answer; tried at 2")
}

func TestOldNamesAreShownAndSaidToBeOld(t *testing.T) {
	err := notCurrent([]api.PlatformCatalogue{
		{Platform: "cxone", Current: true},
		{Platform: "genesys", ReadAt: new(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)), Why: "the platform did not answer"},
	})
	require.EqualError(t, err, "genesys is as of 2026-03-02 12:00:00Z: the platform did not answer")
	require.NoError(t, notCurrent([]api.PlatformCatalogue{{Platform: "cxone", Current: true}}))
}
