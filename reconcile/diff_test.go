package reconcile_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/hr"
	"muster/mapping"
	"muster/reconcile"
)

func catalogue() *ccaas.Catalogue {
	return &ccaas.Catalogue{
		HomeDivisionID:  "d-home",
		Divisions:       map[string]string{"Care": "d-care"},
		Roles:           map[string]string{"Agent": "r-agent", "Supervisor": "r-super"},
		Skills:          map[string]string{"Billing": "s-bill", "Tech": "s-tech"},
		Languages:       map[string]string{"Spanish": "l-es"},
		Queues:          map[string]string{"Tier 2": "q-2", "General": "q-0"},
		Groups:          map[string]string{"Team": "g-team"},
		Locations:       map[string]string{"Austin": "loc-aus"},
		ManagementUnits: map[string]ccaas.ManagementUnit{"Support": {ID: "mu", TimeZone: "America/New_York"}},
		WorkPlans:       map[string]map[string]string{"mu": {"Full Time": "wp"}},
	}
}

func desired() mapping.Desired {
	return mapping.Desired{
		Division: "Care", Department: "Support", Roles: []string{"Agent"}, Groups: []string{"Team"}, Location: "Austin",
		Skills:    []mapping.Rated{{Name: "Tech", Proficiency: 4}},
		Languages: []mapping.Rated{{Name: "Spanish", Proficiency: 3}},
		Queues:    []mapping.Queue{{Name: "Tier 2", Fallback: "General"}}, ManagementUnit: "Support", WorkPlan: "Full Time",
	}
}

func TestBindTurnsNamesIntoIDs(t *testing.T) {
	target, missing := reconcile.Bind(desired(), hr.State{FirstName: "Jane", LastName: "Doe", Email: "jane@example.com"}, "", catalogue())
	require.Empty(t, missing)
	require.Equal(t, "Jane Doe", target.Name)
	require.Equal(t, []string{"q-2"}, target.QueueIDs)
	require.Equal(t, "wp", target.WorkPlanID)
	require.Equal(t, "America/New_York", target.UnitTimeZone)
}

func TestAQueueThatIsGoneIsReplacedByItsFallback(t *testing.T) {
	c := catalogue()
	delete(c.Queues, "Tier 2")
	target, missing := reconcile.Bind(desired(), hr.State{}, "", c)
	require.Empty(t, missing)
	require.Equal(t, []string{"q-0"}, target.QueueIDs)
}

func TestWhatThePlatformDoesNotHaveIsNamed(t *testing.T) {
	d := desired()
	d.Skills = append(d.Skills, mapping.Rated{Name: "Juggling", Proficiency: 1})
	d.WorkPlan = "Night"
	_, missing := reconcile.Bind(d, hr.State{}, "", catalogue())
	require.ElementsMatch(t, []reconcile.Missing{{Kind: "skill", Name: "Juggling"}, {Kind: "work plan", Name: "Night"}}, missing)
}

func TestWhatNoRuleNamesIsReportedAndLeftAlone(t *testing.T) {
	target, _ := reconcile.Bind(desired(), hr.State{}, "", catalogue())
	managed := reconcile.ManagedIDs{"s-tech": true, "s-bill": true, "r-agent": true, "q-2": true, "q-0": true}
	actual := atTarget(target)
	actual.Skills = append(actual.Skills, ccaas.Rated{ID: "s-special", Proficiency: 5}, ccaas.Rated{ID: "s-bill", Proficiency: 2})
	actual.Roles = append(actual.Roles, ccaas.Grant{RoleID: "r-super", DivisionID: "d-home"})
	actual.Queues = append(actual.Queues, ccaas.Membership{QueueID: "q-own", Joined: true}, ccaas.Membership{QueueID: "q-0", Joined: true})

	c := reconcile.Diff(target, managed, actual)

	require.Equal(t, []ccaas.Rated{{ID: "s-tech", Proficiency: 4}, {ID: "s-special", Proficiency: 5}}, c.Skills)
	require.Equal(t, []string{"q-0"}, c.RemoveQueues)
	require.False(t, c.SetRoles)
	require.ElementsMatch(t, []string{"skill s-special", "role r-super", "queue q-own"}, c.Unmanaged)
}

func TestAFieldHRNeverGaveIsLeftAlone(t *testing.T) {
	target, _ := reconcile.Bind(desired(), hr.State{}, "", catalogue())
	actual := atTarget(target)
	actual.Extension, actual.ManagerID, actual.Email = "4452", "boss", "kept@example.com"
	require.True(t, reconcile.Diff(target, nil, actual).Empty())
	target.ClearExtension = true
	require.NotNil(t, reconcile.Diff(target, nil, actual).Profile.Extension)
}

// atTarget is an account exactly as the target says.
func atTarget(t reconcile.Target) ccaas.Account {
	a := ccaas.Account{
		ID: "acc", State: ccaas.Active, Name: t.Name, Email: t.Email, Department: t.Department, Title: t.Title, Extension: t.Extension,
		ManagerID: t.ManagerID, DivisionID: t.DivisionID, Skills: t.Skills, Languages: t.Languages, GroupIDs: t.GroupIDs,
		ManagementUnitID: t.ManagementUnitID, WorkPlanID: t.WorkPlanID,
	}
	if t.LocationID != "" {
		a.LocationIDs = []string{t.LocationID}
	}
	for _, id := range t.RoleIDs {
		a.Roles = append(a.Roles, ccaas.Grant{RoleID: id, DivisionID: t.DivisionID})
	}
	for _, id := range t.QueueIDs {
		a.Queues = append(a.Queues, ccaas.Membership{QueueID: id, Joined: true})
	}
	return a
}

// Carrying out a diff brings the account to the target and keeps everything unmanaged: the next diff is empty.
func TestCarryingOutADiffLeavesNothingToDo(t *testing.T) {
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 0, 5, rapid.ID[string])
	rated := rapid.Custom(func(t *rapid.T) []ccaas.Rated {
		var out []ccaas.Rated
		for _, id := range ids.Draw(t, "ids") {
			out = append(out, ccaas.Rated{ID: id, Proficiency: float64(rapid.IntRange(0, 5).Draw(t, "proficiency"))})
		}
		return out
	})
	rapid.Check(t, func(t *rapid.T) {
		target := reconcile.Target{
			Name: "N", DivisionID: "d", RoleIDs: ids.Draw(t, "roles"), Skills: rated.Draw(t, "skills"), Languages: rated.Draw(t, "languages"),
			GroupIDs: ids.Draw(t, "groups"), QueueIDs: ids.Draw(t, "queues"),
		}
		managed := reconcile.ManagedIDs{}
		for _, id := range ids.Draw(t, "managed") {
			managed[id] = true
		}
		actual := ccaas.Account{DivisionID: "x", Skills: rated.Draw(t, "had skills"), Languages: rated.Draw(t, "had languages"), GroupIDs: ids.Draw(t, "had groups")}
		for _, id := range ids.Draw(t, "had queues") {
			actual.Queues = append(actual.Queues, ccaas.Membership{QueueID: id, Joined: rapid.Bool().Draw(t, "joined")})
		}
		for _, id := range ids.Draw(t, "had roles") {
			actual.Roles = append(actual.Roles, ccaas.Grant{RoleID: id, DivisionID: "x"})
		}
		before := reconcile.Diff(target, managed, actual)
		after := carryOut(actual, before)
		require.True(t, reconcile.Diff(target, managed, after).Empty(), "left over: %s", reconcile.Diff(target, managed, after))
		require.ElementsMatch(t, before.Unmanaged, reconcile.Diff(target, managed, after).Unmanaged)
	})
}

func carryOut(a ccaas.Account, c reconcile.Changes) ccaas.Account {
	if c.Profile.Name != nil {
		a.Name = *c.Profile.Name
	}
	if c.DivisionID != "" {
		a.DivisionID = c.DivisionID
	}
	if c.SetRoles {
		a.Roles = c.Roles
	}
	if c.SetSkills {
		a.Skills = c.Skills
	}
	languages := map[string]ccaas.Rated{}
	for _, l := range append(a.Languages, c.PutLanguages...) {
		languages[l.ID] = l
	}
	for _, id := range c.RemoveLanguages {
		delete(languages, id)
	}
	a.Languages = nil
	for _, l := range languages {
		a.Languages = append(a.Languages, l)
	}
	a.GroupIDs = without(append(a.GroupIDs, c.AddGroups...), c.RemoveGroups)
	var queues []ccaas.Membership
	for _, q := range a.Queues {
		if len(without([]string{q.QueueID}, c.RemoveQueues)) == 1 {
			queues = append(queues, q)
		}
	}
	for _, id := range c.AddQueues {
		queues = append(queues, ccaas.Membership{QueueID: id})
	}
	a.Queues = queues
	return a
}

func without(ids, gone []string) (kept []string) {
	drop := map[string]bool{}
	for _, id := range gone {
		drop[id] = true
	}
	for _, id := range ids {
		if !drop[id] {
			kept = append(kept, id)
		}
	}
	return kept
}
