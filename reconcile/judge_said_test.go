package reconcile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/reconcile"
)

func TestASkillMismatchSpeaksHRsCodes(t *testing.T) {
	v := judge(after(extraSkill, account(func(a *ccaas.Account) { a.Languages = nil })))
	require.Len(t, v.Deltas, 1)
	d := v.Deltas[0]
	require.Equal(t, []string{"LANG_ES", "SVC_TECH"}, d.ExpectedSkills)
	require.Equal(t, []string{"SVC_BILLING", "SVC_TECH"}, d.ActualSkills)
	require.Equal(t, []string{"Spanish 3", "Tech 4"}, d.ExpectedSkillNames)
	require.Equal(t, []string{"Billing 2", "Tech 4"}, d.ActualSkillNames)
	require.Equal(t, []reconcile.Difference{
		{Part: reconcile.PartLanguage, ID: "l-es", Name: "Spanish", How: reconcile.Lacking},
		{Part: reconcile.PartSkill, ID: "s-bill", Name: "Billing", How: reconcile.Extra},
	}, d.Differences)
}

func TestARemissionNamesTheOriginal(t *testing.T) {
	require.Equal(t, "evt_hire", judge(gone).Deltas[0].OriginalEventID)
	require.Equal(t, "evt_change", judge(person(func(e *reconcile.Expected) { e.Roster[0].Skills = nil })).Deltas[0].OriginalEventID)
	require.Equal(t, "evt_leave", judge(rosterEnds).Deltas[0].OriginalEventID)
	require.Empty(t, judge(after(neverHeard, gone)).Deltas[0].OriginalEventID)
}

func TestARosterThatIsNotToBeTrustedEvaluatesNobodyOfIt(t *testing.T) {
	v := judge(after(rosterEnds, run(func(r *reconcile.Run) { r.Sources["workday"] = reconcile.Source{Why: "it is 30 hours old"} })))
	require.Equal(t, reconcile.NotEvaluated, v.Class)
	require.Contains(t, v.Unevaluated[0].Why, "30 hours")
}

func TestAPartThatWasNotReadIsNotCompared(t *testing.T) {
	v := judge(func(_ *reconcile.Run, _ *reconcile.Expected, a *reconcile.Actual) {
		a.Account.Queues, a.Unread = nil, []reconcile.Part{reconcile.PartQueue}
	})
	require.Equal(t, reconcile.NotEvaluated, v.Class)
	require.Equal(t, reconcile.PartQueue, v.Unevaluated[0].Part)
}
