package ccaas

import "slices"

// ProfileChange sets the fields that are not nil; a pointer to "" clears. A platform takes all of it or refuses all of it: where
// one field is refused, set the others Without it, or each on its own with Only.
type ProfileChange struct {
	Name        *string
	Email       *string
	Department  *string
	Title       *string
	Extension   *string
	ManagerID   *string
	LocationIDs *[]string
	EmployeeID  *string // the HR number, shown in the platform's directory
}

// Empty says that p changes nothing.
func (p ProfileChange) Empty() bool { return p == ProfileChange{} }

// ProfileField names a field of a ProfileChange.
type ProfileField string

// The fields of a profile.
const (
	FieldName       ProfileField = "name"
	FieldEmail      ProfileField = "email"
	FieldDepartment ProfileField = "department"
	FieldTitle      ProfileField = "title"
	FieldExtension  ProfileField = "extension"
	FieldManager    ProfileField = "manager"
	FieldLocations  ProfileField = "locations"
	FieldEmployeeID ProfileField = "employee_id"
)

// each pairs every field of p with what takes it out.
func (p *ProfileChange) each() []struct {
	field ProfileField
	set   bool
	unset func()
} {
	type pair = struct {
		field ProfileField
		set   bool
		unset func()
	}
	text := func(field ProfileField, value **string) pair {
		return pair{field, *value != nil, func() { *value = nil }}
	}
	return []pair{
		text(FieldName, &p.Name),
		text(FieldEmail, &p.Email),
		text(FieldDepartment, &p.Department),
		text(FieldTitle, &p.Title),
		text(FieldExtension, &p.Extension),
		text(FieldManager, &p.ManagerID),
		{FieldLocations, p.LocationIDs != nil, func() { p.LocationIDs = nil }},
		text(FieldEmployeeID, &p.EmployeeID),
	}
}

// Fields lists the fields that p sets, in the order of the type.
func (p ProfileChange) Fields() []ProfileField {
	fields := []ProfileField{}
	for _, e := range p.each() {
		if e.set {
			fields = append(fields, e.field)
		}
	}
	return fields
}

// Only is p with nothing set but these fields.
func (p ProfileChange) Only(fields ...ProfileField) ProfileChange {
	for _, e := range p.each() {
		if !slices.Contains(fields, e.field) {
			e.unset()
		}
	}
	return p
}

// Without is p with these fields left alone.
func (p ProfileChange) Without(fields ...ProfileField) ProfileChange {
	for _, e := range p.each() {
		if slices.Contains(fields, e.field) {
			e.unset()
		}
	}
	return p
}
