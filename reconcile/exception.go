package reconcile

import (
	"slices"
	"time"

	"muster/ccaas"
)

// Exception lets one construct of one person be as it is until an instant: a supervisor's temporary skill (RULES 2).
type Exception struct {
	ID   string
	Part Part
	// Construct is the platform's id, or its name, or for PartProfile the field's name.
	Construct string
	// Until is the first instant at which it no longer holds.
	Until time.Time
}

// String is its id and its end.
func (x Exception) String() string {
	return x.ID + " until " + x.Until.UTC().Format("2006-01-02T15:04:05Z")
}

// covers says whether it lets a construct be at an instant. name may be empty where it is not known.
func (x Exception) covers(p Part, id, name string, at time.Time) bool {
	return x.Part == p && at.Before(x.Until) && (x.Construct == id || name != "" && x.Construct == name)
}

// Allowing is the target with each excepted construct as it is on the account, so that Diff finds nothing to change about it. Whoever
// carries out a Diff for somebody with exceptions has to ask for this one.
func (t Target) Allowing(exceptions []Exception, a ccaas.Account, names Names, at time.Time) Target {
	covered := func(p Part, id string) bool {
		return slices.ContainsFunc(exceptions, func(x Exception) bool { return x.covers(p, id, names[id], at) })
	}
	t.Skills = allowRated(t.Skills, a.Skills, func(id string) bool { return covered(PartSkill, id) })
	t.Languages = allowRated(t.Languages, a.Languages, func(id string) bool { return covered(PartLanguage, id) })
	t.GroupIDs = allowIDs(t.GroupIDs, a.GroupIDs, func(id string) bool { return covered(PartGroup, id) })
	var queues []string
	for _, q := range a.Queues {
		queues = append(queues, q.QueueID)
	}
	t.QueueIDs = allowIDs(t.QueueIDs, queues, func(id string) bool { return covered(PartQueue, id) })
	t = t.allowRoles(a, func(id string) bool { return covered(PartRole, id) })
	if covered(PartDivision, t.DivisionID) || covered(PartDivision, a.DivisionID) {
		// Roles are granted in the division that the account is to be in, which is the one it is in.
		t.DivisionID = ""
	}
	if covered(PartWorkPlan, t.WorkPlanID) || covered(PartWorkPlan, a.WorkPlanID) {
		t.ManagementUnitID, t.WorkPlanID = "", ""
	}
	for _, field := range profileFields() {
		if covered(PartProfile, string(field)) {
			t = t.withoutField(field)
		}
	}
	return t
}

func allowRated(want, have []ccaas.Rated, covered func(id string) bool) []ccaas.Rated {
	return slices.Concat(
		slices.DeleteFunc(slices.Clone(want), func(r ccaas.Rated) bool { return covered(r.ID) }),
		slices.DeleteFunc(slices.Clone(have), func(r ccaas.Rated) bool { return !covered(r.ID) }))
}

func allowIDs(want, have []string, covered func(id string) bool) []string {
	return slices.Concat(
		slices.DeleteFunc(slices.Clone(want), covered),
		slices.DeleteFunc(slices.Clone(have), func(id string) bool { return !covered(id) }))
}

func (t Target) allowRoles(a ccaas.Account, covered func(id string) bool) Target {
	t.RoleIDs = slices.DeleteFunc(slices.Clone(t.RoleIDs), covered)
	t.Grants = slices.DeleteFunc(slices.Clone(t.Grants), func(g ccaas.Grant) bool { return covered(g.RoleID) })
	for _, g := range a.Roles {
		if covered(g.RoleID) {
			t.Grants = append(t.Grants, g)
		}
	}
	return t
}

func profileFields() []ccaas.ProfileField {
	return []ccaas.ProfileField{
		ccaas.FieldName, ccaas.FieldEmail, ccaas.FieldDepartment, ccaas.FieldTitle, ccaas.FieldExtension, ccaas.FieldManager, ccaas.FieldLocations,
	}
}

// withoutField leaves a field of the profile alone.
func (t Target) withoutField(f ccaas.ProfileField) Target {
	switch f {
	case ccaas.FieldName:
		t.Name = ""
	case ccaas.FieldEmail:
		t.Email = ""
	case ccaas.FieldDepartment:
		t.Department = ""
	case ccaas.FieldTitle:
		t.Title, t.ClearTitle = "", false
	case ccaas.FieldExtension:
		t.Extension, t.ClearExtension = "", false
	case ccaas.FieldManager:
		t.ManagerID, t.ClearManager = "", false
	case ccaas.FieldLocations:
		t.LocationID = ""
	case ccaas.FieldEmployeeID:
	}
	return t
}
