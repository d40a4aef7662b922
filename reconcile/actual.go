package reconcile

import (
	"cmp"
	"slices"
	"time"

	"muster/ccaas"
)

// Actual is one account as the platform has it.
type Actual struct {
	// PersonID is whose account it is: by the link on record or, where nothing is linked, by an id or an address that names one person
	// beyond doubt (RULES 3). Empty: nobody's.
	PersonID string
	// Account need hold only what is compared. Slices that were not read are named in Unread, whatever they hold.
	Account ccaas.Account
	// Digests are the fields of the profile that were read as digests, by Run.Digest; "": the account has no such value. Account's own values
	// of these fields do not count.
	Digests map[ccaas.ProfileField]string
	// RoleIDs are the roles held in any division, those of groups among them, where a list does not tell more; nil: Account.Roles tells it.
	RoleIDs []string
	// Unread are the parts that could not be read.
	Unread []Part
	// ReadAt is when the platform was asked. Confirmed: by the account's id; a list or a search may lag behind.
	ReadAt    time.Time
	Confirmed bool
	// Foreign: the whole user is owned elsewhere (RULES 16).
	Foreign bool
}

func (a Actual) active() bool { return a.Account.State == ccaas.Active }

// unlike is what no field of a profile says.
const unlike = "\x00"

// legible is the account with what was read of it in part, as far as that goes, beside a target: a digest of the target's value is that
// value, and a role without its division is where the target has it.
func (a Actual) legible(t Target, digest func(ccaas.ProfileField, string) string) ccaas.Account {
	account := a.Account
	for field, found := range a.Digests {
		want, have := profileValues(&t, &account, field)
		if have == nil {
			continue
		}
		switch {
		case found == "":
			*have = ""
		case *want != "" && digest(field, *want) == found:
			*have = *want
		default:
			*have = unlike
		}
	}
	if a.RoleIDs == nil {
		return account
	}
	account.Roles = []ccaas.Grant{}
	for _, id := range a.RoleIDs {
		held := []ccaas.Grant{}
		for _, g := range t.Grants {
			if g.RoleID == id {
				held = append(held, g)
			}
		}
		if len(held) == 0 || slices.Contains(t.RoleIDs, id) {
			held = append(held, ccaas.Grant{RoleID: id, DivisionID: cmp.Or(t.DivisionID, account.DivisionID)})
		}
		account.Roles = append(account.Roles, held...)
	}
	return account
}

// profileValues are where a field is in a target and in an account; nil for a field that is no text of both.
func profileValues(t *Target, a *ccaas.Account, f ccaas.ProfileField) (want, have *string) {
	switch f {
	case ccaas.FieldName:
		return &t.Name, &a.Name
	case ccaas.FieldEmail:
		return &t.Email, &a.Email
	case ccaas.FieldDepartment:
		return &t.Department, &a.Department
	case ccaas.FieldTitle:
		return &t.Title, &a.Title
	case ccaas.FieldExtension:
		return &t.Extension, &a.Extension
	case ccaas.FieldManager:
		return &t.ManagerID, &a.ManagerID
	case ccaas.FieldLocations, ccaas.FieldEmployeeID:
	}
	return nil, nil
}

func (a Actual) read(p Part) bool { return !slices.Contains(a.Unread, p) }
