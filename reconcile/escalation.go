package reconcile

import (
	"slices"

	"muster/ccaas"
)

// AddedRoles are the roles of the target that the account does not have in any division: a role that only moves to another division
// gives its holder nothing new.
func AddedRoles(t Target, a ccaas.Account) (added []string) {
	for _, id := range t.RoleIDs {
		if !holds(a, id) {
			added = append(added, id)
		}
	}
	return added
}

// WithoutRoles is the target without these roles.
func (t Target) WithoutRoles(roleIDs []string) Target {
	t.RoleIDs = slices.DeleteFunc(slices.Clone(t.RoleIDs), func(id string) bool { return slices.Contains(roleIDs, id) })
	return t
}

// WithoutNewRoles is the target without what the account does not hold: roles in any division, grants in their own.
func (t Target) WithoutNewRoles(a ccaas.Account) Target {
	t.Grants = slices.DeleteFunc(slices.Clone(t.Grants), func(g ccaas.Grant) bool { return !slices.Contains(a.Roles, g) })
	return t.WithoutRoles(AddedRoles(t, a))
}

func holds(a ccaas.Account, roleID string) bool {
	return slices.ContainsFunc(a.Roles, func(g ccaas.Grant) bool { return g.RoleID == roleID })
}
