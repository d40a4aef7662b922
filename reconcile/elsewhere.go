package reconcile

import (
	"maps"

	"muster/ccaas"
	"muster/mapping"
)

// Elsewhere are parts and fields of accounts that somebody else writes (RULES 16): "queue", "profile:email".
type Elsewhere map[string]bool

// ElsewhereOf says it of what a version of the registry says is owned elsewhere.
func ElsewhereOf(fields []mapping.Ownable) Elsewhere {
	elsewhere := Elsewhere{}
	for _, field := range fields {
		elsewhere[ownedKey(field)] = true
	}
	return elsewhere
}

// ownedKey is a field as differences name it.
func ownedKey(field mapping.Ownable) string {
	profile := func(f ccaas.ProfileField) string { return string(PartProfile) + ":" + string(f) }
	switch field {
	case mapping.OwnableName:
		return profile(ccaas.FieldName)
	case mapping.OwnableEmail:
		return profile(ccaas.FieldEmail)
	case mapping.OwnableDepartment:
		return profile(ccaas.FieldDepartment)
	case mapping.OwnableTitle:
		return profile(ccaas.FieldTitle)
	case mapping.OwnableManager:
		return profile(ccaas.FieldManager)
	case mapping.OwnableExtension:
		return profile(ccaas.FieldExtension)
	case mapping.OwnableLocation:
		return profile(ccaas.FieldLocations)
	case mapping.OwnableDivision:
		return string(PartDivision)
	case mapping.OwnableWorkPlan:
		return string(PartWorkPlan)
	case mapping.OwnableRoles:
		return string(PartRole)
	case mapping.OwnableQueues:
		return string(PartQueue)
	case mapping.OwnableSkills:
		return string(PartSkill)
	case mapping.OwnableLanguages:
		return string(PartLanguage)
	case mapping.OwnableGroups:
		return string(PartGroup)
	}
	return ""
}

// has says whether a construct is owned elsewhere; of most parts all are, or none.
func (e Elsewhere) has(p Part, id string) bool {
	return e[string(p)] || e[string(p)+":"+id]
}

// Needed are those of the missing constructs that are not for somebody else to give.
func (e Elsewhere) Needed(missing []Missing) (needed []Missing) {
	parts := map[string]string{
		"role": string(PartRole), "group": string(PartGroup), "queue": string(PartQueue), "skill": string(PartSkill), "language": string(PartLanguage),
		"division": string(PartDivision), "management unit": string(PartWorkPlan), "work plan": string(PartWorkPlan),
		"location": ownedKey(mapping.OwnableLocation),
	}
	for _, m := range missing {
		if !e[parts[m.Kind]] {
			needed = append(needed, m)
		}
	}
	return needed
}

// Leaving is the target without a word about what somebody else owns: Diff then finds nothing to do about it, whatever the account has.
// What a new account cannot be without (CreateName, CreateEmail, CreateIn) stays.
func (t Target) Leaving(elsewhere Elsewhere) Target {
	t.elsewhere = maps.Clone(elsewhere)
	for _, field := range profileFields() {
		if elsewhere.has(PartProfile, string(field)) {
			t = t.withoutField(field)
		}
	}
	if elsewhere.has(PartDivision, "") {
		t.DivisionID = ""
	}
	if elsewhere.has(PartWorkPlan, "") {
		t.ManagementUnitID, t.WorkPlanID, t.UnitTimeZone = "", "", ""
	}
	if elsewhere.has(PartRole, "") {
		t.RoleIDs, t.Grants = nil, nil
	}
	if elsewhere.has(PartQueue, "") {
		t.QueueIDs, t.StayUnjoined = nil, nil
	}
	if elsewhere.has(PartSkill, "") {
		t.Skills = nil
	}
	if elsewhere.has(PartLanguage, "") {
		t.Languages = nil
	}
	if elsewhere.has(PartGroup, "") {
		t.GroupIDs = nil
	}
	return t
}

// leaves says whether a target does not speak of a part because somebody else owns it.
func (t Target) leaves(p Part) bool { return t.elsewhere.has(p, "") }

// Leaving are the extras without what somebody else owns: that is the owner's to give back.
func (e Extras) Leaving(t Target) Extras {
	if t.leaves(PartSkill) {
		e.Skills = nil
	}
	if t.leaves(PartLanguage) {
		e.Languages = nil
	}
	if t.leaves(PartGroup) {
		e.GroupIDs = nil
	}
	if t.leaves(PartQueue) {
		e.Queues = nil
	}
	if t.leaves(PartRole) {
		e.Basics, e.Roles = nil, nil
	}
	return e
}
