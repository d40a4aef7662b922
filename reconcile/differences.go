package reconcile

import (
	"cmp"
	"slices"

	"muster/ccaas"
)

// Differences lists what Diff finds about an account that was read whole, construct by construct, in a fixed order.
func Differences(t Target, managed ManagedIDs, a ccaas.Account, names Names) []Difference {
	return differencesOf(t, managed, Actual{Account: a}, names)
}

// differencesOf lists what Diff finds in the parts that were read, construct by construct, in a fixed order.
func differencesOf(t Target, managed ManagedIDs, a Actual, names Names) (found []Difference) {
	c := Diff(t, managed, a.Account)
	add := func(p Part, id string, how How) {
		found = append(found, Difference{Part: p, ID: id, Name: names.of(id), How: how})
	}
	if c.SetSkills {
		ratedDifferences(t.Skills, a.Account.Skills, managed, func(id string, how How) { add(PartSkill, id, how) })
	}
	ratedDifferences(t.Languages, a.Account.Languages, managed, func(id string, how How) { add(PartLanguage, id, how) })
	for _, id := range c.AddQueues {
		add(PartQueue, id, Lacking)
	}
	for _, id := range c.RemoveQueues {
		add(PartQueue, id, Extra)
	}
	if c.SetRoles {
		roleDifferences(c.Roles, a.Account.Roles, func(id string, how How) { add(PartRole, id, how) })
	}
	for _, id := range c.AddGroups {
		add(PartGroup, id, Lacking)
	}
	for _, id := range c.RemoveGroups {
		add(PartGroup, id, Extra)
	}
	if c.DivisionID != "" {
		add(PartDivision, c.DivisionID, Different)
	}
	if c.SetWorkforce {
		add(PartWorkPlan, cmp.Or(t.WorkPlanID, t.ManagementUnitID), Different)
	}
	for _, field := range c.Profile.Fields() {
		add(PartProfile, string(field), Different)
	}
	found = slices.DeleteFunc(found, func(d Difference) bool { return !a.read(d.Part) })
	slices.SortStableFunc(found, byConstruct)
	return slices.Compact(found)
}

func byConstruct(x, y Difference) int {
	return cmp.Or(cmp.Compare(x.Part, y.Part), cmp.Compare(x.ID, y.ID), cmp.Compare(x.How, y.How))
}

func ratedDifferences(want, have []ccaas.Rated, managed ManagedIDs, add func(id string, how How)) {
	find := func(in []ccaas.Rated, id string) (ccaas.Rated, bool) {
		i := slices.IndexFunc(in, func(r ccaas.Rated) bool { return r.ID == id })
		if i < 0 {
			return ccaas.Rated{}, false
		}
		return in[i], true
	}
	for _, w := range want {
		switch h, found := find(have, w.ID); {
		case !found:
			add(w.ID, Lacking)
		case h != w:
			add(w.ID, Different)
		}
	}
	for _, h := range have {
		if _, wanted := find(want, h.ID); !wanted && managed[h.ID] {
			add(h.ID, Extra)
		}
	}
}

// roleDifferences compares grants. A role that is there in another division only is different, not lacking: it gives nothing new.
func roleDifferences(want, have []ccaas.Grant, add func(id string, how How)) {
	has := func(in []ccaas.Grant, id string) bool {
		return slices.ContainsFunc(in, func(g ccaas.Grant) bool { return g.RoleID == id })
	}
	for _, w := range want {
		switch {
		case !has(have, w.RoleID):
			add(w.RoleID, Lacking)
		case !slices.Contains(have, w):
			add(w.RoleID, Different)
		}
	}
	for _, h := range have {
		switch {
		case !has(want, h.RoleID):
			add(h.RoleID, Extra)
		case !slices.Contains(want, h):
			add(h.RoleID, Different)
		}
	}
}

// unmanagedOf lists what no rule names and the target does not have either.
func unmanagedOf(managed ManagedIDs, t Target, a Actual, names Names) (unmanaged []Difference) {
	add := func(p Part, id string, wanted bool) {
		if a.read(p) && !managed[id] && !wanted {
			unmanaged = append(unmanaged, Difference{Part: p, ID: id, Name: names.of(id), How: Extra})
		}
	}
	rated := func(in []ccaas.Rated, id string) bool {
		return slices.ContainsFunc(in, func(r ccaas.Rated) bool { return r.ID == id })
	}
	for _, s := range a.Account.Skills {
		add(PartSkill, s.ID, rated(t.Skills, s.ID))
	}
	for _, l := range a.Account.Languages {
		add(PartLanguage, l.ID, rated(t.Languages, l.ID))
	}
	for _, q := range a.Account.Queues {
		add(PartQueue, q.QueueID, slices.Contains(t.QueueIDs, q.QueueID))
	}
	for _, g := range a.Account.Roles {
		add(PartRole, g.RoleID, slices.Contains(t.RoleIDs, g.RoleID) || slices.Contains(t.Grants, g))
	}
	for _, id := range a.Account.GroupIDs {
		add(PartGroup, id, slices.Contains(t.GroupIDs, id))
	}
	slices.SortFunc(unmanaged, byConstruct)
	return slices.Compact(unmanaged)
}
