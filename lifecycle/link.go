package lifecycle

import (
	"fmt"
	"strings"
)

// LinkSide is one of two persons who are to be joined, as far as joining looks at them.
type LinkSide struct {
	PersonID string
	// JoinedInto is whom the person was joined into before; empty: nobody.
	JoinedInto string
	Operation  Operation
	// Platform and AccountID are the linked account's; empty: none is linked.
	Platform, AccountID string
	State               State
	// GraceOpen: the account waits for its deletion, or is being deleted.
	GraceOpen bool
	// AccountDeleted: the account was deleted after its grace and can still be brought back or erased.
	AccountDeleted bool
	Held           bool
	Erased         bool
	// OpenReviews are the ids of the reviews that the operation waits for.
	OpenReviews []string
	// Undelivered: an approval is decided and has not been carried out yet.
	Undelivered bool
}

// LinkRefusal says why two persons cannot be joined now, and what can be done about it.
type LinkRefusal struct{ Why string }

// Error implements error.
func (r *LinkRefusal) Error() string { return r.Why }

// JudgeLink decides whether joined may become one with kept (RULES 3 and 8). A refusal is a *LinkRefusal. It is pure.
func JudgeLink(kept, joined LinkSide) error {
	if kept.PersonID == joined.PersonID {
		return &LinkRefusal{kept.PersonID + " is that person already"}
	}
	for _, side := range []LinkSide{kept, joined} {
		if why := side.unfit(); why != "" {
			return &LinkRefusal{why}
		}
	}
	if kept.AccountID != "" && joined.AccountID != "" {
		return &LinkRefusal{fmt.Sprintf(
			"both have an account: %s has %s (%s, %s) and %s has %s (%s, %s). A person has one; which of them it is, somebody has to decide on the platform",
			kept.PersonID, kept.AccountID, kept.Platform, kept.State, joined.PersonID, joined.AccountID, joined.Platform, joined.State)}
	}
	if joined.AccountDeleted {
		return &LinkRefusal{fmt.Sprintf("the account of %s is deleted, and the record of that is under this id: join %s into %s instead",
			joined.PersonID, kept.PersonID, joined.PersonID)}
	}
	return nil
}

// unfit says why a person cannot be joined with anybody now; empty when they can.
func (s LinkSide) unfit() string {
	switch {
	case s.JoinedInto != "":
		return fmt.Sprintf("%s was joined into %s", s.PersonID, s.JoinedInto)
	case s.Held:
		return s.PersonID + " is under a legal hold, which forbids joining: every hold has to be released first"
	case s.Erased:
		return s.PersonID + " was erased: what is left says nothing about who it was"
	case s.Operation != None && len(s.OpenReviews) > 0:
		return fmt.Sprintf("a %s has %s and waits for %s: dismiss that first, everything is looked at anew after the joining",
			s.Operation, s.PersonID, strings.Join(s.OpenReviews, ", "))
	case s.Operation != None:
		return fmt.Sprintf("a %s has %s: ask again when it has ended", s.Operation, s.PersonID)
	case s.GraceOpen:
		return fmt.Sprintf("the account of %s is %s and waits for its deletion: it has to be turned back, or deleted, first", s.PersonID, s.State)
	case s.Undelivered:
		return "what was decided about " + s.PersonID + " has not been carried out yet: ask again in a minute"
	}
	return ""
}
