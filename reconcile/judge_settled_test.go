package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/reconcile"
)

func TestWhatAListShowsIsConfirmedByIDBeforeItCounts(t *testing.T) {
	r := nightly()
	e, a := jane()
	fresh := a
	a.Confirmed = false
	extraSkill(&r, &e, &a)

	v := r.Judge(e, []reconcile.Actual{a})
	require.Equal(t, reconcile.ToConfirm, v.Class)
	require.Equal(t, []string{"acc"}, v.Confirm.AccountIDs)
	require.False(t, v.Confirm.Find)
	require.Empty(t, v.Deltas)

	settled := r.Settle(*v.Confirm, reconcile.Fresh{Accounts: []reconcile.Actual{fresh}})
	require.Equal(t, reconcile.ExpectedToDiffer, settled.Class, "the index lagged")
	require.Equal(t, reconcile.IndexLag, settled.Expected[0].Reason)

	asked := *v.Confirm
	asked.Asked = true
	settled = r.Settle(asked, reconcile.Fresh{Accounts: []reconcile.Actual{fresh}})
	require.Equal(t, reconcile.Equal, settled.Class, "no list was read that could have been behind")
	require.Empty(t, settled.Expected)

	settled = r.Settle(*v.Confirm, reconcile.Fresh{Accounts: []reconcile.Actual{a}})
	require.Equal(t, reconcile.HasDelta, settled.Class, "it is so")

	settled = r.Settle(*v.Confirm, reconcile.Fresh{})
	require.Equal(t, reconcile.HRActiveCCaaSMissing, settled.Deltas[0].DeltaType, "the account is gone meanwhile")

	moved := e
	moved.Record.Operation = lifecycle.Transfer
	r.Workflows = reconcile.NewOpenWorkflows([]string{"transfer/WD-1/3"})
	settled = r.Settle(*v.Confirm, reconcile.Fresh{Expected: &moved, Accounts: []reconcile.Actual{a}})
	require.Equal(t, reconcile.OperationRunning, settled.Expected[0].Reason, "a transfer has begun meanwhile")

	require.Equal(t, reconcile.NotEvaluated, v.Confirm.Unconfirmed("the platform did not answer").Class)
}

func TestARecordThatChangedAfterTheAccountWasReadIsNotHeldAgainstIt(t *testing.T) {
	v := judge(after(extraSkill, func(_ *reconcile.Run, e *reconcile.Expected, a *reconcile.Actual) {
		a.Confirmed, e.Record.ChangedAt = false, a.ReadAt.Add(time.Second)
	}))
	require.Equal(t, reconcile.ExpectedToDiffer, v.Class)
	require.Equal(t, reconcile.OperationRunning, v.Expected[0].Reason)
}

func TestSomebodyMissingIsLookedForByIDAndBySearch(t *testing.T) {
	r := nightly()
	e, _ := jane()
	v := r.Judge(e, nil)
	require.Equal(t, reconcile.ToConfirm, v.Class)
	require.Equal(t, []string{"acc"}, v.Confirm.AccountIDs)
	require.True(t, v.Confirm.Find)
}

func TestALostWorkflowIsAskedForByIDBeforeItCounts(t *testing.T) {
	r := nightly()
	e, a := jane()
	running(lifecycle.Transfer)(&r, &e, &a)
	r.Workflows = reconcile.OpenWorkflows{}
	v := r.Judge(e, []reconcile.Actual{a})
	require.Equal(t, reconcile.ToConfirm, v.Class)
	require.Equal(t, []string{"transfer/WD-1/3"}, v.Confirm.Workflows)
	require.Equal(t, reconcile.ExpectedToDiffer, r.Settle(*v.Confirm, reconcile.Fresh{Accounts: []reconcile.Actual{a}, OpenWorkflows: v.Confirm.Workflows}).Class)
	settled := r.Settle(*v.Confirm, reconcile.Fresh{Accounts: []reconcile.Actual{a}})
	require.Equal(t, "transfer/WD-1/3", settled.Deltas[0].WorkflowID)
}

func TestASecondActiveAccountIsOutstanding(t *testing.T) {
	r := nightly()
	e, a := jane()
	second := a
	second.Account.ID = "acc-2"
	v := r.Judge(e, []reconcile.Actual{second, a})
	require.Equal(t, reconcile.HasDelta, v.Class)
	require.Len(t, v.Deltas, 1)
	require.Equal(t, reconcile.PlatformOnly, v.Deltas[0].DeltaType)
	require.Equal(t, "acc-2", v.Deltas[0].AccountID)
	require.Equal(t, "account:acc-2", v.Deltas[0].Subject())

	second.Account.State = ccaas.Inactive
	require.Equal(t, reconcile.Equal, r.Judge(e, []reconcile.Actual{second, a}).Class)
}

func TestOfAccountsFoundForSomebodyUnlinkedTheActiveOneIsTheirs(t *testing.T) {
	r := nightly()
	e, a := jane()
	unlinked(&r, &e, &a)
	off := a
	off.Account.ID, off.Account.State = "a-first", ccaas.Inactive
	v := r.Judge(e, []reconcile.Actual{off, a})
	require.Len(t, v.Deltas, 1)
	require.Equal(t, reconcile.HRActiveCCaaSMissing, v.Deltas[0].DeltaType)
	require.Equal(t, "acc", v.Deltas[0].AccountID)
}

func TestAnAccountThatSomebodyKeepsTakingAwayIsAskedAbout(t *testing.T) {
	inGraceBefore := func(_ *reconcile.Run, e *reconcile.Expected, _ *reconcile.Actual) {
		e.Record.State = lifecycle.Deactivated
	}
	lostRehire := after(waiting, inactive, person(func(e *reconcile.Expected) { e.Roster[0].Employment = hr.Employed }))
	tomorrow := night().AddDate(0, 0, 1)
	cases := map[string]struct {
		change  change
		action  reconcile.Resolution // empty: no delta
		counted int
	}{
		"it is hired again, which counts":               {inactive, reconcile.ReemitHire, 1},
		"so it is where it is gone for good":            {gone, reconcile.ReemitHire, 1},
		"twice is not three times":                      {after(inactive, putBacks(reconcile.PartAccount, "state", 2)), reconcile.ReemitHire, 1},
		"three times is a question":                     {after(inactive, putBacks(reconcile.PartAccount, "state", 3)), reconcile.AskThirdPutBack, 0},
		"also where it is gone for good":                {after(gone, putBacks(reconcile.PartAccount, "state", 3)), reconcile.AskThirdPutBack, 0},
		"what was put back of its skills is no account": {after(inactive, putBacks(reconcile.PartSkill, "s-bill", 3)), reconcile.ReemitHire, 1},
		"somebody decided since": {
			after(inactive, putBacks(reconcile.PartAccount, "state", 3), person(func(e *reconcile.Expected) {
				e.PutBacks = append(e.PutBacks, reconcile.PutBack{Part: reconcile.PartAccount, Construct: "state", At: night().Add(-time.Minute), Decided: true})
			})), reconcile.ReemitHire, 1,
		},
		"an exception lets it be":               {after(inactive, except(reconcile.PartAccount, "state", tomorrow)), "", 0},
		"until its day":                         {after(inactive, except(reconcile.PartAccount, "state", night())), reconcile.ReemitHire, 1},
		"one that never was at work, never was": {after(neverHeard, gone, putBacks(reconcile.PartAccount, "state", 3)), reconcile.ReemitHire, 0},
		"one that was not back yet, neither":    {after(inactive, inGraceBefore), reconcile.ReemitHire, 0},
		"a lost rehire is HR's word":            {after(lostRehire, putBacks(reconcile.PartAccount, "state", 3)), reconcile.ReemitHire, 0},
		"which no exception silences":           {after(lostRehire, except(reconcile.PartAccount, "state", tomorrow)), reconcile.ReemitHire, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := judge(c.change)
			if c.action == "" {
				require.Equal(t, reconcile.ExpectedToDiffer, v.Class, "%+v", v)
				require.Equal(t, reconcile.DatedException, v.Expected[0].Reason)
				return
			}
			require.Len(t, v.Deltas, 1)
			require.Equal(t, c.action, v.Deltas[0].ResolutionAction)
			rows := v.Deltas[0].PutBackRows(func(reconcile.Difference) bool { return true })
			require.Len(t, rows, c.counted)
		})
	}
}
