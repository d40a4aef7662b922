package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"muster/ccaas"
	"muster/lifecycle"
)

// Changes is what has to be done to an account to bring it from what it is to its target.
type Changes struct {
	Profile         ccaas.ProfileChange
	DivisionID      string // empty: stays
	Roles           []ccaas.Grant
	SetRoles        bool
	Skills          []ccaas.Rated
	SetSkills       bool
	PutLanguages    []ccaas.Rated
	RemoveLanguages []string
	AddGroups       []string
	RemoveGroups    []string
	AddQueues       []string
	RemoveQueues    []string
	SetWorkforce    bool
	// Unmanaged are constructs on the account that no rule names: reported, left alone.
	Unmanaged []string
}

// Diff compares. Unmanaged roles, skills, languages, groups and queues are kept. Fields HR does not give (empty in the target)
// are left alone unless HR cleared them; so are parts that somebody else owns, unmanaged or not (Target.Leaving).
func Diff(t Target, managed ManagedIDs, a ccaas.Account) Changes {
	var c Changes
	c.Profile = profileDiff(t, a)
	if t.DivisionID != "" && t.DivisionID != a.DivisionID {
		c.DivisionID = t.DivisionID
	}
	c.rolesDiff(t, managed, a)
	c.skillsDiff(t, managed, a)
	c.languagesDiff(t, managed, a)
	if !t.leaves(PartGroup) {
		c.AddGroups, c.RemoveGroups = c.membershipDiff("group", t.GroupIDs, a.GroupIDs, managed)
	}
	if !t.leaves(PartQueue) {
		var queues []string
		for _, q := range a.Queues {
			queues = append(queues, q.QueueID)
		}
		c.AddQueues, c.RemoveQueues = c.membershipDiff("queue", t.QueueIDs, queues, managed)
	}
	c.SetWorkforce = t.ManagementUnitID != "" && (t.ManagementUnitID != a.ManagementUnitID || t.WorkPlanID != "" && t.WorkPlanID != a.WorkPlanID)
	return c
}

func profileDiff(t Target, a ccaas.Account) ccaas.ProfileChange {
	var p ccaas.ProfileChange
	set := func(field **string, want, have string) {
		if want != "" && want != have {
			*field = &want
		}
	}
	set(&p.Name, t.Name, a.Name)
	if !strings.EqualFold(t.Email, a.Email) {
		set(&p.Email, t.Email, a.Email)
	}
	set(&p.Department, t.Department, a.Department)
	set(&p.Title, t.Title, a.Title)
	set(&p.ManagerID, t.ManagerID, a.ManagerID)
	set(&p.Extension, t.Extension, a.Extension)
	for _, clear := range []struct {
		cleared bool
		have    string
		field   **string
	}{{t.ClearExtension, a.Extension, &p.Extension}, {t.ClearManager, a.ManagerID, &p.ManagerID}, {t.ClearTitle, a.Title, &p.Title}} {
		if clear.cleared && clear.have != "" && *clear.field == nil {
			*clear.field = new(string)
		}
	}
	if t.LocationID != "" && !slices.Contains(a.LocationIDs, t.LocationID) {
		p.LocationIDs = &[]string{t.LocationID}
	}
	return p
}

func (c *Changes) rolesDiff(t Target, managed ManagedIDs, a ccaas.Account) {
	if t.leaves(PartRole) {
		return
	}
	var want []ccaas.Grant
	for _, id := range t.RoleIDs {
		want = append(want, ccaas.Grant{RoleID: id, DivisionID: cmp.Or(t.DivisionID, a.DivisionID)})
	}
	for _, g := range t.Grants {
		if !slices.Contains(want, g) {
			want = append(want, g)
		}
	}
	for _, g := range a.Roles {
		if !managed[g.RoleID] && !slices.Contains(t.RoleIDs, g.RoleID) && !slices.Contains(t.Grants, g) {
			c.Unmanaged = append(c.Unmanaged, "role "+g.RoleID)
			want = append(want, g)
		}
	}
	byRole := func(x, y ccaas.Grant) int {
		return cmp.Or(cmp.Compare(x.RoleID, y.RoleID), cmp.Compare(x.DivisionID, y.DivisionID))
	}
	if !sameSet(want, a.Roles, byRole) {
		c.Roles, c.SetRoles = want, true
	}
}

func (c *Changes) skillsDiff(t Target, managed ManagedIDs, a ccaas.Account) {
	if t.leaves(PartSkill) {
		return
	}
	want := slices.Clone(t.Skills)
	for _, s := range a.Skills {
		if !managed[s.ID] && !slices.ContainsFunc(t.Skills, func(w ccaas.Rated) bool { return w.ID == s.ID }) {
			c.Unmanaged = append(c.Unmanaged, "skill "+s.ID)
			want = append(want, s)
		}
	}
	byID := func(x, y ccaas.Rated) int {
		return cmp.Or(cmp.Compare(x.ID, y.ID), cmp.Compare(x.Proficiency, y.Proficiency))
	}
	if !sameSet(want, a.Skills, byID) {
		c.Skills, c.SetSkills = want, true
	}
}

func (c *Changes) languagesDiff(t Target, managed ManagedIDs, a ccaas.Account) {
	if t.leaves(PartLanguage) {
		return
	}
	for _, l := range t.Languages {
		if !slices.Contains(a.Languages, l) {
			c.PutLanguages = append(c.PutLanguages, l)
		}
	}
	for _, l := range a.Languages {
		wanted := slices.ContainsFunc(t.Languages, func(w ccaas.Rated) bool { return w.ID == l.ID })
		switch {
		case wanted:
		case managed[l.ID]:
			c.RemoveLanguages = append(c.RemoveLanguages, l.ID)
		default:
			c.Unmanaged = append(c.Unmanaged, "language "+l.ID)
		}
	}
}

func (c *Changes) membershipDiff(kind string, want, have []string, managed ManagedIDs) (add, remove []string) {
	for _, id := range want {
		if !slices.Contains(have, id) {
			add = append(add, id)
		}
	}
	for _, id := range have {
		switch {
		case slices.Contains(want, id):
		case managed[id]:
			remove = append(remove, id)
		default:
			c.Unmanaged = append(c.Unmanaged, kind+" "+id)
		}
	}
	return add, remove
}

// Empty says that the account is as it must be; unmanaged constructs do not count.
func (c Changes) Empty() bool {
	return c.Profile.Empty() && c.DivisionID == "" && !c.SetRoles && !c.SetSkills && !c.SetWorkforce &&
		len(c.PutLanguages)+len(c.RemoveLanguages)+len(c.AddGroups)+len(c.RemoveGroups)+len(c.AddQueues)+len(c.RemoveQueues) == 0
}

// String names the parts that differ, for errors and the timeline; without values.
func (c Changes) String() string {
	var parts []string
	add := func(part string, differs bool) {
		if differs {
			parts = append(parts, part)
		}
	}
	add("profile", !c.Profile.Empty())
	add("division", c.DivisionID != "")
	add("roles", c.SetRoles)
	add("skills", c.SetSkills)
	add("languages", len(c.PutLanguages)+len(c.RemoveLanguages) > 0)
	add("groups", len(c.AddGroups)+len(c.RemoveGroups) > 0)
	add(fmt.Sprintf("queues (+%d −%d)", len(c.AddQueues), len(c.RemoveQueues)), len(c.AddQueues)+len(c.RemoveQueues) > 0)
	add("work plan", c.SetWorkforce)
	if len(parts) == 0 {
		return lifecycle.NothingChanged
	}
	return strings.Join(parts, ", ")
}

func sameSet[T comparable](a, b []T, compare func(x, y T) int) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, compare)
	slices.SortFunc(b, compare)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
