package carryout

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"muster/ccaas"
	"muster/reconcile"
	"muster/store"
)

// digest is what a staged account has of a field, as text.
func digest(field ccaas.ProfileField, value string) string {
	switch field {
	case ccaas.FieldEmail:
		return written(store.EmailDigest(value))
	case ccaas.FieldName:
		return written(store.NameDigest(value))
	case ccaas.FieldExtension:
		return written(store.ExtensionDigest(value))
	case ccaas.FieldDepartment, ccaas.FieldTitle, ccaas.FieldManager, ccaas.FieldLocations, ccaas.FieldEmployeeID:
	}
	return value
}

func written(sum [sha256.Size]byte) string {
	if sum == ([sha256.Size]byte{}) {
		return ""
	}
	return hex.EncodeToString(sum[:])
}

// listed is a staged account as it is compared. What the list did not tell is left to a reading by id.
func listed(s store.StagedAccount, readAt time.Time) reconcile.Actual {
	return reconcile.Actual{
		Account: ccaas.Account{
			ID: s.AccountID, State: s.State, Title: s.Title, Department: s.Department, ManagerID: s.ManagerID, DivisionID: s.DivisionID,
			EmployeeID: s.EmployeeID, LocationIDs: s.LocationIDs, GroupIDs: s.GroupIDs, Skills: s.Skills, Languages: s.Languages, Queues: s.Queues,
		},
		Digests: map[ccaas.ProfileField]string{
			ccaas.FieldEmail: written(s.EmailDigest), ccaas.FieldName: written(s.NameDigest), ccaas.FieldExtension: written(s.ExtensionDigest),
		},
		RoleIDs: s.RoleIDs, ReadAt: readAt,
	}
}
