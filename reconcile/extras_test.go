package reconcile_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/reconcile"
)

func TestARoleThatOnlyMovesToAnotherDivisionIsNotAdded(t *testing.T) {
	account := ccaas.Account{Roles: []ccaas.Grant{{RoleID: "agent", DivisionID: "care"}}}
	target := reconcile.Target{RoleIDs: []string{"agent", "editor"}, DivisionID: "sales"}
	require.Equal(t, []string{"editor"}, reconcile.AddedRoles(target, account))
}

func TestATargetWithoutARoleTakesNothingElseAway(t *testing.T) {
	target := reconcile.Target{RoleIDs: []string{"agent", "editor"}}
	require.Equal(t, []string{"agent"}, target.WithoutRoles([]string{"editor"}).RoleIDs)
	require.Equal(t, []string{"agent", "editor"}, target.RoleIDs, "the target itself stays")
}

func TestARoleWithADivisionOfItsOwnIsGrantedThereBesideTheOthers(t *testing.T) {
	account := ccaas.Account{DivisionID: "care", Roles: []ccaas.Grant{{RoleID: "agent", DivisionID: "care"}, {RoleID: "other", DivisionID: "home"}}}
	target := reconcile.Target{RoleIDs: []string{"agent"}, Grants: []ccaas.Grant{{RoleID: "supervisor", DivisionID: "home"}}}
	c := reconcile.Diff(target, reconcile.ManagedIDs{"agent": true}, account)
	require.True(t, c.SetRoles)
	require.ElementsMatch(t, append(account.Roles, target.Grants...), c.Roles)

	account.Roles = c.Roles
	again := reconcile.Diff(target, reconcile.ManagedIDs{"agent": true}, account)
	require.True(t, again.Empty())
	require.Equal(t, []string{"role other"}, again.Unmanaged)
}

func platform() *ccaas.Catalogue {
	return &ccaas.Catalogue{
		Skills: map[string]string{"Tech": "s1", "Sales": "s2"}, Languages: map[string]string{"French": "l1"},
		Groups: map[string]string{"Site": "g1"}, Queues: map[string]string{"A": "q1", "B": "q2", "C": "q3"},
		Roles: map[string]string{"Agent": "r1", "Lead": "r2"}, Divisions: map[string]string{"Home": "d1"},
	}
}

func had() lifecycle.Snapshot {
	return lifecycle.Snapshot{
		Skills:    []ccaas.Rated{{ID: "s1", Proficiency: 1}, {ID: "s2", Proficiency: 5}, {ID: "gone", Proficiency: 3}},
		Languages: []ccaas.Rated{{ID: "l1", Proficiency: 2}}, GroupIDs: []string{"g1", "gone"},
		Queues: []ccaas.Membership{{QueueID: "q1", Joined: true}, {QueueID: "q2", Joined: true}, {QueueID: "q3"}, {QueueID: "gone", Joined: true}},
		Roles:  []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}, {RoleID: "r2", DivisionID: "d1"}, {RoleID: "r2", DivisionID: "gone"}},
	}
}

func TestExtrasAreWhatNoRuleManagesAndThePlatformStillHas(t *testing.T) {
	extras := reconcile.ExtrasOf(had(), reconcile.ManagedIDs{"s1": true, "q1": true, "r1": true}, platform())
	require.Equal(t, reconcile.Extras{
		Skills: []ccaas.Rated{{ID: "s2", Proficiency: 5}}, Languages: []ccaas.Rated{{ID: "l1", Proficiency: 2}}, GroupIDs: []string{"g1"},
		Queues: []ccaas.Membership{{QueueID: "q2", Joined: true}, {QueueID: "q3"}}, Roles: []ccaas.Grant{{RoleID: "r2", DivisionID: "d1"}},
	}, extras)
}

func TestExtrasAreAddedAndWhatTheRegistrySaysStands(t *testing.T) {
	extras := reconcile.ExtrasOf(had(), reconcile.ManagedIDs{"q1": true}, platform())
	target := reconcile.Target{
		Skills: []ccaas.Rated{{ID: "s1", Proficiency: 4}}, QueueIDs: []string{"q1"}, RoleIDs: []string{"r1"},
	}.With(extras)
	require.Equal(t, []ccaas.Rated{{ID: "s1", Proficiency: 4}, {ID: "s2", Proficiency: 5}}, target.Skills)
	require.Equal(t, []string{"q1", "q2", "q3"}, target.QueueIDs)
	require.Equal(t, []string{"q1", "q2"}, target.JoinIDs(), "a queue that somebody was a member of and not joined to stays so")
	require.Equal(t, []string{"g1"}, target.GroupIDs)
	require.Equal(t, []string{"r1"}, target.RoleIDs, "roles come back only by approval")
	require.Empty(t, target.Grants)
}

func TestMissingRolesAreThoseTheAccountHasNot(t *testing.T) {
	extras := reconcile.Extras{Roles: []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}, {RoleID: "r2", DivisionID: "d1"}}}
	account := ccaas.Account{Roles: []ccaas.Grant{{RoleID: "r1", DivisionID: "d1"}, {RoleID: "r2", DivisionID: "other"}}}
	require.Equal(t, []ccaas.Grant{{RoleID: "r2", DivisionID: "d1"}}, extras.MissingRoles(account))
}

// Whatever the registry manages and whatever somebody had: nothing managed comes back by an extra, and giving back twice is giving back
// once.
func TestExtrasNeverGiveWhatARuleManages(t *testing.T) {
	ids := []string{"s1", "s2", "l1", "g1", "q1", "q2", "q3", "r1", "r2"}
	rapid.Check(t, func(t *rapid.T) {
		managed := reconcile.ManagedIDs{}
		for _, id := range rapid.SliceOfDistinct(rapid.SampledFrom(ids), rapid.ID).Draw(t, "managed") {
			managed[id] = true
		}
		extras := reconcile.ExtrasOf(had(), managed, platform())
		target := reconcile.Target{}.With(extras)
		for _, id := range append(target.QueueIDs, target.GroupIDs...) {
			require.False(t, managed[id], id)
		}
		for _, rated := range append(target.Skills, target.Languages...) {
			require.False(t, managed[rated.ID], rated.ID)
		}
		for _, grant := range extras.Roles {
			require.False(t, managed[grant.RoleID], grant.RoleID)
		}
		require.Equal(t, target, target.With(extras))
	})
}

func TestATargetWithoutNewRolesKeepsWhatTheAccountHolds(t *testing.T) {
	account := ccaas.Account{Roles: []ccaas.Grant{{RoleID: "agent", DivisionID: "care"}, {RoleID: "lead", DivisionID: "home"}}}
	target := reconcile.Target{
		RoleIDs: []string{"agent", "editor"}, DivisionID: "sales",
		Grants: []ccaas.Grant{{RoleID: "lead", DivisionID: "home"}, {RoleID: "supervisor", DivisionID: "home"}},
	}
	less := target.WithoutNewRoles(account)
	require.Equal(t, []string{"agent"}, less.RoleIDs)
	require.Equal(t, []ccaas.Grant{{RoleID: "lead", DivisionID: "home"}}, less.Grants)
	require.Len(t, target.Grants, 2, "the target itself stays")
}
