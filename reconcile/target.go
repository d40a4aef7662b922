// Package reconcile compares what an account must be with what it is. Diff is pure: hires and transfers carry out what it
// returns, and read-backs prove an account by its being empty.
package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"muster/ccaas"
	"muster/hr"
	"muster/mapping"
)

// Target is the state an account must have, in ids of the platform.
type Target struct {
	Name, Email, Department, Title, Extension string
	// ManagerID is empty when HR names none or the manager has no account yet: then it is left alone (RULES 14).
	ManagerID string
	// ClearExtension, ClearManager and ClearTitle: HR cleared the field, which is not the same as never having said it.
	ClearExtension bool
	ClearManager   bool
	ClearTitle     bool
	LocationID     string
	// DivisionID is empty when no rule names one: an account stays in the division it is in.
	DivisionID string
	// Grants are roles beside RoleIDs, each in a division of its own.
	Grants []ccaas.Grant
	// CreateName and CreateEmail are what a new account is given, which none is without. CreateIn is the division that it is created in: the
	// one that a rule names, else the organisation's home division.
	CreateName, CreateEmail, CreateIn string

	RoleIDs   []string
	Skills    []ccaas.Rated
	Languages []ccaas.Rated
	GroupIDs  []string
	QueueIDs  []string
	// StayUnjoined are those of QueueIDs that the account is a member of without getting work from them.
	StayUnjoined     []string
	ManagementUnitID string
	WorkPlanID       string
	// UnitTimeZone is the IANA zone of the management unit; empty when there is none.
	UnitTimeZone string

	// elsewhere are the parts that the target does not speak of: somebody else owns them.
	elsewhere Elsewhere
}

// JoinIDs are the queues that the account gets work from.
func (t Target) JoinIDs() []string {
	return slices.DeleteFunc(slices.Clone(t.QueueIDs), func(id string) bool { return slices.Contains(t.StayUnjoined, id) })
}

// Missing is a construct that the registry names and the platform does not have.
type Missing struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func (m Missing) String() string { return m.Kind + " " + m.Name }

// Bind turns names into the platform's ids. What the platform does not have is in missing and left out of the target; a queue
// that is gone is replaced by its fallback.
func Bind(d mapping.Desired, person hr.State, managerID string, cat *ccaas.Catalogue) (t Target, missing []Missing) {
	find := func(kind string, ids map[string]string, name string) string {
		if name == "" {
			return ""
		}
		id, ok := ids[name]
		if !ok {
			missing = append(missing, Missing{kind, name})
		}
		return id
	}
	t = Target{
		Name:       strings.TrimSpace(person.FirstName + " " + person.LastName),
		Email:      person.Email,
		Department: d.Department,
		Title:      d.Title,
		Extension:  person.PhoneExtension,
		ManagerID:  managerID,

		ClearExtension: slices.Contains(person.Cleared, "phone_extension"),
		ClearManager:   slices.Contains(person.Cleared, "manager_external_id"),
		ClearTitle:     slices.Contains(person.Cleared, "job_title_code"),

		LocationID: find("location", cat.Locations, d.Location),
		DivisionID: find("division", cat.Divisions, d.Division),
	}
	t.CreateName, t.CreateEmail, t.CreateIn = t.Name, t.Email, cmp.Or(t.DivisionID, cat.HomeDivisionID)
	for _, name := range d.Roles {
		t.RoleIDs = appendID(t.RoleIDs, find("role", cat.Roles, name))
	}
	for _, name := range d.Groups {
		t.GroupIDs = appendID(t.GroupIDs, find("group", cat.Groups, name))
	}
	for _, queue := range d.Queues {
		name := queue.Name
		if _, ok := cat.Queues[name]; !ok && queue.Fallback != "" {
			name = queue.Fallback
		}
		t.QueueIDs = appendID(t.QueueIDs, find("queue", cat.Queues, name))
	}
	t.Skills = bindRated(d.Skills, func(name string) string { return find("skill", cat.Skills, name) })
	t.Languages = bindRated(d.Languages, func(name string) string { return find("language", cat.Languages, name) })
	if d.ManagementUnit != "" {
		unit, ok := cat.ManagementUnits[d.ManagementUnit]
		if !ok {
			missing = append(missing, Missing{"management unit", d.ManagementUnit})
		}
		t.ManagementUnitID, t.UnitTimeZone = unit.ID, unit.TimeZone
		if ok {
			t.WorkPlanID = find("work plan", cat.WorkPlans[unit.ID], d.WorkPlan)
		}
	}
	return t, missing
}

func appendID(ids []string, id string) []string {
	if id == "" || slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

func bindRated(rated []mapping.Rated, id func(string) string) []ccaas.Rated {
	var bound []ccaas.Rated
	for _, r := range rated {
		if id := id(r.Name); id != "" {
			bound = append(bound, ccaas.Rated{ID: id, Proficiency: r.Proficiency})
		}
	}
	return bound
}

// ManagedIDs are the platform ids of everything the registry names. Only these are ever taken from an account.
type ManagedIDs map[string]bool

// BindManaged turns the registry's names into ids; names the platform does not have cannot be on an account.
func BindManaged(m mapping.Managed, cat *ccaas.Catalogue) ManagedIDs {
	managed := ManagedIDs{}
	for _, kind := range []struct {
		names map[string]bool
		ids   map[string]string
	}{{m.Queues, cat.Queues}, {m.Roles, cat.Roles}, {m.Skills, cat.Skills}, {m.Languages, cat.Languages}, {m.Groups, cat.Groups}} {
		for name := range kind.names {
			if id, ok := kind.ids[name]; ok {
				managed[id] = true
			}
		}
	}
	return managed
}
