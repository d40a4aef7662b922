package reconcile

import (
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
	// Unread are the parts that could not be read.
	Unread []Part
	// ReadAt is when the platform was asked. Confirmed: by the account's id; a list or a search may lag behind.
	ReadAt    time.Time
	Confirmed bool
	// Foreign: the whole user is owned elsewhere (RULES 16).
	Foreign bool
}

func (a Actual) active() bool { return a.Account.State == ccaas.Active }

func (a Actual) read(p Part) bool { return !slices.Contains(a.Unread, p) }
