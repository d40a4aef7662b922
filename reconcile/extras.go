package reconcile

import (
	"maps"
	"slices"

	"muster/ccaas"
	"muster/lifecycle"
)

// Extras are what somebody had before a termination that was reversed, and what no rule of the registry manages (RULES 6).
type Extras struct {
	Skills    []ccaas.Rated
	Languages []ccaas.Rated
	GroupIDs  []string
	Queues    []ccaas.Membership
	// Basics are roles that everybody on the platform has, and that an inactive account loses. Roles are all others: they come back only
	// by approval.
	Basics []ccaas.Grant
	Roles  []ccaas.Grant
}

// ExtrasOf are the extras of a snapshot. What the platform does not have any more is left out.
func ExtrasOf(s lifecycle.Snapshot, managed ManagedIDs, cat *ccaas.Catalogue) Extras {
	ours := func(kind map[string]string) func(id string) bool {
		there := slices.Collect(maps.Values(kind))
		return func(id string) bool { return managed[id] || !slices.Contains(there, id) }
	}
	var e Extras
	skill, language, group := ours(cat.Skills), ours(cat.Languages), ours(cat.Groups)
	queue, role, division := ours(cat.Queues), ours(cat.Roles), ours(cat.Divisions)
	e.Skills = slices.DeleteFunc(slices.Clone(s.Skills), func(r ccaas.Rated) bool { return skill(r.ID) })
	e.Languages = slices.DeleteFunc(slices.Clone(s.Languages), func(r ccaas.Rated) bool { return language(r.ID) })
	e.GroupIDs = slices.DeleteFunc(slices.Clone(s.GroupIDs), group)
	e.Queues = slices.DeleteFunc(slices.Clone(s.Queues), func(q ccaas.Membership) bool { return queue(q.QueueID) })
	for _, g := range s.Roles {
		switch {
		case role(g.RoleID) || division(g.DivisionID):
		case cat.BaseRoles[g.RoleID]:
			e.Basics = append(e.Basics, g)
		default:
			e.Roles = append(e.Roles, g)
		}
	}
	return e
}

// With is the target with the extras, but for the roles that need an approval. What the registry says of a construct stands, and what
// somebody else owns is not spoken of.
func (t Target) With(e Extras) Target {
	e = e.Leaving(t)
	t.Skills = withRated(t.Skills, e.Skills)
	t.Languages = withRated(t.Languages, e.Languages)
	t.GroupIDs, t.QueueIDs, t.StayUnjoined = slices.Clone(t.GroupIDs), slices.Clone(t.QueueIDs), slices.Clone(t.StayUnjoined)
	t.Grants = append(slices.Clone(t.Grants), e.Basics...)
	for _, id := range e.GroupIDs {
		t.GroupIDs = appendID(t.GroupIDs, id)
	}
	for _, q := range e.Queues {
		if slices.Contains(t.QueueIDs, q.QueueID) {
			continue
		}
		t.QueueIDs = appendID(t.QueueIDs, q.QueueID)
		if !q.Joined {
			t.StayUnjoined = append(t.StayUnjoined, q.QueueID)
		}
	}
	return t
}

func withRated(rated, more []ccaas.Rated) []ccaas.Rated {
	rated = slices.Clone(rated)
	for _, r := range more {
		if !slices.ContainsFunc(rated, func(known ccaas.Rated) bool { return known.ID == r.ID }) {
			rated = append(rated, r)
		}
	}
	return rated
}

// MissingRoles are the roles of the extras that the account does not have and that need an approval.
func (e Extras) MissingRoles(a ccaas.Account) (missing []ccaas.Grant) {
	for _, g := range e.Roles {
		if !slices.Contains(a.Roles, g) {
			missing = append(missing, g)
		}
	}
	return missing
}
