package reconcile_test

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/reconcile"
)

func stream[T any](items ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func failing[T any](err error, items ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
		var none T
		yield(none, err)
	}
}

func collect(t require.TestingT, verdicts iter.Seq2[reconcile.Verdict, error]) (all []reconcile.Verdict) {
	for v, err := range verdicts {
		require.NoError(t, err)
		all = append(all, v)
	}
	return all
}

// numbered is jane under another id.
func numbered(id string) (reconcile.Expected, reconcile.Actual) {
	e, a := jane()
	e.PersonID, e.ExternalUserID, e.Record.AccountID = id, id, "acc-"+id
	a.PersonID, a.Account.ID = id, "acc-"+id
	return e, a
}

func TestAccountsOfNobodyComeFirstAndAreOutstandingUnlessSomebodyDecidedOtherwise(t *testing.T) {
	r := nightly()
	r.Ignored = map[string]string{"acc-it": "ign_1: a test user"}
	e, a := numbered("WD-1")
	stranger := reconcile.Actual{Account: ccaas.Account{ID: "acc-x", State: ccaas.Active}}
	ignored := reconcile.Actual{Account: ccaas.Account{ID: "acc-it", State: ccaas.Active}}
	off := reconcile.Actual{Account: ccaas.Account{ID: "acc-off", State: ccaas.Inactive}}
	verdicts := collect(t, r.Compare(stream(e), stream(stranger, ignored, off, a)))
	require.Len(t, verdicts, 4)
	require.Equal(t, []reconcile.Class{reconcile.ToConfirm, reconcile.ExpectedToDiffer, reconcile.Equal, reconcile.Equal}, []reconcile.Class{
		verdicts[0].Class, verdicts[1].Class, verdicts[2].Class, verdicts[3].Class,
	})

	candidate := *verdicts[0].Confirm
	settled := r.Settle(candidate, reconcile.Fresh{Accounts: []reconcile.Actual{stranger}})
	require.Equal(t, reconcile.PlatformOnly, settled.Deltas[0].DeltaType)
	require.Equal(t, reconcile.ReviewOutstanding, settled.Deltas[0].ResolutionAction)
	require.Equal(t, reconcile.ExpectedToDiffer, r.Settle(candidate, reconcile.Fresh{}).Class, "it is gone meanwhile")
	stranger.PersonID = "WD-9"
	require.Equal(t, reconcile.OperationRunning, r.Settle(candidate, reconcile.Fresh{Accounts: []reconcile.Actual{stranger}}).Expected[0].Reason)
}

func TestAnAccountOfSomebodyTheRecordDoesNotHaveIsNotEvaluated(t *testing.T) {
	_, a := numbered("WD-5")
	e, _ := numbered("WD-9")
	verdicts := collect(t, nightly().Compare(stream(e), stream(a)))
	require.Equal(t, reconcile.NotEvaluated, verdicts[0].Class)
	require.Equal(t, "WD-5", verdicts[0].PersonID)
}

func TestAWorkflowOfSomebodyTheRecordDoesNotHaveIsFound(t *testing.T) {
	r := nightly()
	r.Workflows = reconcile.NewOpenWorkflows([]string{"termination/WD-7/2"})
	verdicts := collect(t, r.Compare(stream[reconcile.Expected](), stream[reconcile.Actual]()))
	require.Len(t, verdicts, 1)
	v := r.Settle(*verdicts[0].Confirm, reconcile.Fresh{OpenWorkflows: []string{"termination/WD-7/2"}})
	require.Equal(t, reconcile.NoneReportOnly, v.Deltas[0].ResolutionAction)
	require.Len(t, r.Workflows, 1, "what was given stays")
}

func TestAStreamOutOfOrderOrBrokenEndsTheComparison(t *testing.T) {
	one, first := numbered("WD-1")
	two, second := numbered("WD-2")
	broken := errors.New("connection reset")
	for name, c := range map[string]struct {
		expected iter.Seq2[reconcile.Expected, error]
		actual   iter.Seq2[reconcile.Actual, error]
		want     error
	}{
		"people":             {stream(two, one), stream(first, second), reconcile.ErrOutOfOrder},
		"somebody twice":     {stream(one, one), stream(first, second), reconcile.ErrOutOfOrder},
		"accounts":           {stream(one, two), stream(second, first), reconcile.ErrOutOfOrder},
		"people who broke":   {failing(broken, one), stream(first), broken},
		"accounts that did":  {stream(one, two), failing(broken, first), broken},
		"accounts from them": {stream(one, two), failing[reconcile.Actual](broken), broken},
	} {
		t.Run(name, func(t *testing.T) {
			var last error
			for _, err := range nightly().Compare(c.expected, c.actual) {
				require.NoError(t, last, "nothing comes after an error")
				last = err
			}
			require.ErrorIs(t, last, c.want)
		})
	}
}

func TestWhoeverStopsListeningStopsTheStreams(t *testing.T) {
	stopped := false
	endless := func(yield func(reconcile.Actual, error) bool) {
		defer func() { stopped = true }()
		for i := 0; ; i++ {
			if _, a := numbered(fmt.Sprintf("P-%06d", i)); !yield(a, nil) {
				return
			}
		}
	}
	people := func(yield func(reconcile.Expected, error) bool) {
		for i := 0; ; i++ {
			if e, _ := numbered(fmt.Sprintf("P-%06d", i)); !yield(e, nil) {
				return
			}
		}
	}
	seen := 0
	for range nightly().Compare(people, endless) {
		if seen++; seen == 10 {
			break
		}
	}
	require.True(t, stopped)
}

// world draws people in any state with accounts in any state.
func world(t *rapid.T) (reconcile.Run, []reconcile.Expected, []reconcile.Actual) {
	r := nightly()
	var (
		people   []reconcile.Expected
		accounts []reconcile.Actual
		open     []string
	)
	maybe := func(name string) bool { return rapid.Bool().Draw(t, name) }
	for i := range rapid.IntRange(0, 6).Draw(t, "people") {
		id := fmt.Sprintf("P-%d", i)
		e, a := numbered(id)
		e.Fold.Employment = rapid.SampledFrom([]hr.Employment{hr.Employed, hr.Employed, hr.Left, hr.NeverEmployed}).Draw(t, "employment")
		e.Fold.Status = rapid.SampledFrom([]hr.Status{hr.StatusActive, hr.StatusOnLeave}).Draw(t, "status")
		e.Roster[0].Employment = rapid.SampledFrom([]hr.Employment{hr.Employed, hr.Left}).Draw(t, "roster employment")
		e.Roster[0].Status = e.Fold.Status
		if maybe("absent from the roster") {
			e.Roster = nil
		}
		e.InScope = rapid.IntRange(0, 4).Draw(t, "scope") > 0
		e.Record.Operation = rapid.SampledFrom([]lifecycle.Operation{lifecycle.None, lifecycle.None, lifecycle.Transfer, lifecycle.Termination}).Draw(t, "operation")
		e.Record.Pending = rapid.IntRange(0, 4).Draw(t, "pending") == 0
		e.Record.Reversed = rapid.IntRange(0, 4).Draw(t, "reversed") == 0
		if e.Record.Operation != lifecycle.None && maybe("its workflow") {
			open = append(open, fmt.Sprintf("%s/%s/3", e.Record.Operation, id))
		}
		if maybe("in grace") {
			e.Record.Grace = &lifecycle.Grace{PersonID: id, Generation: 2, Phase: lifecycle.GraceWaiting}
		}
		if maybe("an exception") {
			e.Exceptions = []reconcile.Exception{{ID: "x", Part: reconcile.PartSkill, Construct: "s-bill", Until: night().Add(time.Hour)}}
		}
		if maybe("a question") {
			e.Record.Open = []reconcile.Question{reconcile.QuestionOfReview("rev", lifecycle.ReviewConflict, false, lifecycle.FieldWork)}
		}
		if maybe("not linked") {
			e.Record.AccountID = ""
		}
		people = append(people, e)
		a.Confirmed = maybe("confirmed")
		a.Account.State = rapid.SampledFrom([]ccaas.State{ccaas.Active, ccaas.Active, ccaas.Inactive}).Draw(t, "state")
		if maybe("drift") {
			extraSkill(nil, nil, &a)
			a.Account.Queues = nil
		}
		if maybe("a part unread") {
			a.Unread = []reconcile.Part{reconcile.PartRole}
		}
		for n := range rapid.IntRange(0, 2).Draw(t, "accounts") {
			one := a
			if n > 0 {
				one.Account.ID += "-second"
			}
			accounts = append(accounts, one)
		}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "strangers") {
		accounts = append(accounts, reconcile.Actual{Account: ccaas.Account{ID: fmt.Sprintf("acc-of-nobody-%d", i), State: ccaas.Active}})
	}
	slices.SortStableFunc(accounts, func(a, b reconcile.Actual) int { return cmp.Compare(a.PersonID, b.PersonID) })
	r.Workflows = reconcile.NewOpenWorkflows(open)
	return r, people, accounts
}

// settleAll reads what is to be confirmed from the same accounts.
func settleAll(r reconcile.Run, verdicts []reconcile.Verdict, accounts []reconcile.Actual) (final []reconcile.Verdict) {
	for _, v := range verdicts {
		if v.Confirm == nil {
			final = append(final, v)
			continue
		}
		var fresh []reconcile.Actual
		for _, a := range accounts {
			if slices.Contains(v.Confirm.AccountIDs, a.Account.ID) || v.Confirm.Find && a.PersonID == v.PersonID {
				fresh = append(fresh, a)
			}
		}
		final = append(final, r.Settle(*v.Confirm, reconcile.Fresh{Accounts: fresh, OpenWorkflows: r.Workflows[v.PersonID]}))
	}
	return final
}

func TestEverybodyEndsInExactlyOneClassAndEveryDeltaIsUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, people, accounts := world(t)
		tally := reconcile.NewTally()
		seen := map[string]int{}
		keys := map[string]bool{}
		for _, v := range settleAll(r, collect(t, r.Compare(stream(people...), stream(accounts...))), accounts) {
			tally.Add(v)
			require.Nil(t, v.Confirm, "a settled verdict is final")
			if v.PersonID != "" {
				seen[v.PersonID]++
			}
			require.Contains(t, []reconcile.Class{reconcile.Equal, reconcile.HasDelta, reconcile.ExpectedToDiffer, reconcile.NotEvaluated}, v.Class)
			require.Equal(t, v.Class == reconcile.HasDelta, len(v.Deltas) > 0)
			if v.Class == reconcile.Equal {
				require.Empty(t, v.Expected)
				require.Empty(t, v.Unevaluated)
			}
			for _, d := range v.Deltas {
				key := string(d.DeltaType) + " " + d.Subject()
				require.False(t, keys[key], key)
				keys[key] = true
			}
		}
		for _, e := range people {
			require.Equal(t, 1, seen[e.PersonID], e.PersonID)
		}
		require.Equal(t, len(people), tally.People)
		sum := 0
		for _, n := range tally.Classes {
			sum += n
		}
		require.Equal(t, tally.People+tally.Accounts, sum)
	})
}

func TestTheOrderOfAnybodysRowsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, people, accounts := world(t)
		before := settleAll(r, collect(t, r.Compare(stream(people...), stream(accounts...))), accounts)

		shuffled := rapid.Permutation(accounts).Draw(t, "accounts")
		slices.SortStableFunc(shuffled, func(a, b reconcile.Actual) int { return cmp.Compare(a.PersonID, b.PersonID) })
		for i := range shuffled {
			a := &shuffled[i].Account
			a.Skills, a.Queues, a.Roles = slices.Clone(a.Skills), slices.Clone(a.Queues), slices.Clone(a.Roles)
			slices.Reverse(a.Skills)
			slices.Reverse(a.Queues)
			slices.Reverse(a.Roles)
		}
		for i := range people {
			people[i].Roster = slices.Clone(people[i].Roster)
			slices.Reverse(people[i].Roster)
		}
		after := settleAll(r, collect(t, r.Compare(stream(people...), stream(shuffled...))), shuffled)

		byKey := func(a, b reconcile.Verdict) int {
			return cmp.Or(cmp.Compare(a.PersonID, b.PersonID), cmp.Compare(a.AccountID, b.AccountID))
		}
		slices.SortFunc(before, byKey)
		slices.SortFunc(after, byKey)
		require.Equal(t, before, after)
	})
}

// Whoever's data is equal on both sides gives nothing, whatever the rest of the world is like.
func TestEqualDataGivesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, people, accounts := world(t)
		for i := range people {
			person, account := numbered(people[i].PersonID)
			people[i] = person
			accounts = slices.DeleteFunc(accounts, func(a reconcile.Actual) bool { return a.PersonID == person.PersonID })
			accounts = append(accounts, account)
		}
		slices.SortStableFunc(accounts, func(a, b reconcile.Actual) int { return cmp.Compare(a.PersonID, b.PersonID) })
		r.Workflows = reconcile.OpenWorkflows{}
		for _, v := range collect(t, r.Compare(stream(people...), stream(accounts...))) {
			if v.PersonID != "" {
				require.Equal(t, reconcile.Equal, v.Class)
			}
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	r := nightly()
	e, a := jane()
	people := func(yield func(reconcile.Expected, error) bool) {
		for i := range b.N {
			e.PersonID = fmt.Sprintf("P-%09d", i)
			if !yield(e, nil) {
				return
			}
		}
	}
	accounts := func(yield func(reconcile.Actual, error) bool) {
		for i := range b.N {
			a.PersonID = fmt.Sprintf("P-%09d", i)
			if !yield(a, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for v, err := range r.Compare(people, accounts) {
		if err != nil || v.Class != reconcile.Equal {
			b.Fatal(v, err)
		}
	}
}
