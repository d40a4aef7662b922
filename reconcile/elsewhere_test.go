package reconcile_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/mapping"
	"muster/reconcile"
)

// everythingDiffers is a target with a word on everything, and an account that has something else.
func everythingDiffers() (reconcile.Target, reconcile.ManagedIDs, ccaas.Account) {
	target := reconcile.Target{
		Name: "N", Email: "n@example.com", Department: "D", Title: "T", Extension: "1", ManagerID: "m", LocationID: "l", DivisionID: "d",
		RoleIDs: []string{"r"}, Skills: []ccaas.Rated{{ID: "s", Proficiency: 1}}, Languages: []ccaas.Rated{{ID: "l", Proficiency: 1}},
		GroupIDs: []string{"g"}, QueueIDs: []string{"q"}, ManagementUnitID: "u", WorkPlanID: "w",
	}
	actual := ccaas.Account{
		Name: "x", Email: "x@example.com", Department: "x", Title: "x", Extension: "x", ManagerID: "x", DivisionID: "x", ManagementUnitID: "x",
		Roles: []ccaas.Grant{{RoleID: "mine", DivisionID: "d"}}, Skills: []ccaas.Rated{{ID: "mine", Proficiency: 1}},
		Languages: []ccaas.Rated{{ID: "mine", Proficiency: 1}}, GroupIDs: []string{"mine"}, Queues: []ccaas.Membership{{QueueID: "mine"}},
	}
	return target, reconcile.ManagedIDs{"mine": true}, actual
}

// left is what a diff does about a field; "" where it does nothing.
func left(c reconcile.Changes) map[mapping.Ownable]bool {
	p := c.Profile
	return map[mapping.Ownable]bool{
		mapping.OwnableName: p.Name != nil, mapping.OwnableEmail: p.Email != nil, mapping.OwnableDepartment: p.Department != nil,
		mapping.OwnableTitle: p.Title != nil, mapping.OwnableManager: p.ManagerID != nil, mapping.OwnableExtension: p.Extension != nil,
		mapping.OwnableLocation: p.LocationIDs != nil, mapping.OwnableDivision: c.DivisionID != "", mapping.OwnableWorkPlan: c.SetWorkforce,
		mapping.OwnableRoles: c.SetRoles, mapping.OwnableSkills: c.SetSkills,
		mapping.OwnableLanguages: len(c.PutLanguages)+len(c.RemoveLanguages) > 0, mapping.OwnableGroups: len(c.AddGroups)+len(c.RemoveGroups) > 0,
		mapping.OwnableQueues: len(c.AddQueues)+len(c.RemoveQueues) > 0,
	}
}

func TestWhatIsOwnedElsewhereIsNeitherAddedNorTakenAwayAndEverythingElseIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target, managed, actual := everythingDiffers()
		owned := rapid.SliceOfDistinct(rapid.SampledFrom(mapping.Ownables()), rapid.ID[mapping.Ownable]).Draw(t, "owned elsewhere")
		does := left(reconcile.Diff(target.Leaving(reconcile.ElsewhereOf(owned)), managed, actual))
		require.Len(t, does, len(mapping.Ownables()))
		for _, field := range mapping.Ownables() {
			expected := true
			for _, o := range owned {
				expected = expected && o != field
			}
			require.Equal(t, expected, does[field], field)
		}
	})
}

func TestWhatThePlatformDoesNotHaveIsNotMissedWhereSomebodyElseGivesIt(t *testing.T) {
	missing := []reconcile.Missing{
		{Kind: "role", Name: "R"},
		{Kind: "group", Name: "G"},
		{Kind: "queue", Name: "Q"},
		{Kind: "skill", Name: "S"},
		{Kind: "language", Name: "L"},
		{Kind: "division", Name: "D"},
		{Kind: "management unit", Name: "M"},
		{Kind: "work plan", Name: "W"},
		{Kind: "location", Name: "Madrid"},
	}
	require.Equal(t, missing, reconcile.Elsewhere{}.Needed(missing))
	require.Empty(t, reconcile.ElsewhereOf(mapping.Ownables()).Needed(missing))
	require.Equal(t, missing[:1], reconcile.ElsewhereOf([]mapping.Ownable{mapping.OwnableSkills}).Needed([]reconcile.Missing{missing[0], missing[3]}))
}

func TestClearingAFieldIsItsOwners(t *testing.T) {
	target := reconcile.Target{ClearExtension: true, ClearManager: true, ClearTitle: true}
	owned := reconcile.ElsewhereOf([]mapping.Ownable{mapping.OwnableExtension, mapping.OwnableManager, mapping.OwnableTitle})
	require.True(t, reconcile.Diff(target.Leaving(owned), nil, ccaas.Account{Extension: "1", ManagerID: "m", Title: "T"}).Empty())
}

func TestWhatIsUnmanagedOfAPartThatIsOwnedElsewhereIsNoNews(t *testing.T) {
	actual := ccaas.Account{Skills: []ccaas.Rated{{ID: "theirs"}}, GroupIDs: []string{"unknown"}}
	owned := reconcile.ElsewhereOf([]mapping.Ownable{mapping.OwnableSkills})
	require.Equal(t, []string{"group unknown"}, reconcile.Diff(reconcile.Target{}.Leaving(owned), nil, actual).Unmanaged)
}

func TestANewAccountHasANameAnEmailAndADivisionWhoeverOwnsThem(t *testing.T) {
	e, _ := jane()
	left := e.Target.Leaving(reconcile.ElsewhereOf(mapping.Ownables()))
	require.Equal(t, "Jane Doe", left.CreateName)
	require.Equal(t, "jane@example.com", left.CreateEmail)
	require.Equal(t, e.Target.CreateIn, left.CreateIn)
	require.NotEmpty(t, left.CreateIn)
	require.Empty(t, left.Name+left.Email+left.DivisionID)
	require.Empty(t, left.JoinIDs())
}

func TestWhatAReversalGivesBackOfAPartThatIsOwnedElsewhereIsItsOwners(t *testing.T) {
	extras := reconcile.Extras{
		Skills: []ccaas.Rated{{ID: "s"}}, Languages: []ccaas.Rated{{ID: "l"}}, GroupIDs: []string{"g"}, Queues: []ccaas.Membership{{QueueID: "q", Joined: true}},
		Basics: []ccaas.Grant{{RoleID: "b"}}, Roles: []ccaas.Grant{{RoleID: "r"}},
	}
	all := reconcile.Target{}.Leaving(reconcile.ElsewhereOf(mapping.Ownables()))
	require.Equal(t, reconcile.Extras{}, extras.Leaving(all))
	require.Empty(t, all.With(extras).JoinIDs(), "nothing is joined that somebody else looks after")
	some := reconcile.Target{}.Leaving(reconcile.ElsewhereOf([]mapping.Ownable{mapping.OwnableRoles}))
	require.Equal(t, []string{"q"}, some.With(extras).JoinIDs())
	require.Empty(t, extras.Leaving(some).MissingRoles(ccaas.Account{}), "nobody is asked about them")
}

func TestTheAccountOfALeaverWhoIsOwnedElsewhereIsLookedForBeforeThereIsNone(t *testing.T) {
	r := nightly()
	e, a := jane()
	after(leaver, unlinked, ownedElsewhere)(&r, &e, &a)
	v := r.Judge(e, nil)
	require.Equal(t, reconcile.ToConfirm, v.Class)
	require.True(t, v.Confirm.Find)
	require.Empty(t, r.Settle(*v.Confirm, reconcile.Fresh{}).Deltas)
	found := r.Settle(*v.Confirm, reconcile.Fresh{Accounts: []reconcile.Actual{a}})
	require.Len(t, found.Deltas, 1)
	require.Equal(t, reconcile.HRTerminatedCCaaSActive, found.Deltas[0].DeltaType)
}

func TestASecondAccountThatIsOwnedElsewhereIsNobodysQuestion(t *testing.T) {
	r := nightly()
	e, a := jane()
	second := a
	second.Account.ID, second.Foreign = "acc-2", true
	v := r.Judge(e, []reconcile.Actual{a, second})
	require.Equal(t, reconcile.ExpectedToDiffer, v.Class)
	second.Foreign = false
	require.Equal(t, reconcile.HasDelta, r.Judge(e, []reconcile.Actual{a, second}).Class)
}

func TestAReviewAboutAnAccessThatIsOwnedElsewhereExplainsNoLeaver(t *testing.T) {
	v := judge(after(leaver, ownedElsewhere, question(lifecycle.ReviewOwnedElsewhere, false, "")))
	require.Len(t, v.Deltas, 1)
	require.Equal(t, reconcile.NoneReportOnly, v.Deltas[0].ResolutionAction)
}
