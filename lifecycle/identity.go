package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"muster/ccaas"
)

// Identity is what is known of the person when the account is looked for.
type Identity struct {
	ExternalIDs []string // all of the person's ids
	FirstName   string
	LastName    string
	Email       string
	// CreationTried: an earlier attempt asked the platform to create the account and may have succeeded without an answer.
	CreationTried bool
}

// Claim is what to do about the account.
type Claim string

// The claims.
const (
	// ClaimCreate: there is no account; create one.
	ClaimCreate Claim = "create"
	// ClaimAdopt: the account is active and someone works with it: link it, unjoin nothing (RULES 2).
	ClaimAdopt Claim = "adopt"
	// ClaimRestore: the account is the person's and is inactive or deleted: bring it back.
	ClaimRestore Claim = "restore"
	// ClaimCreated: the account is the one Muster itself created before; go on with it.
	ClaimCreated Claim = "created"
	// ClaimReview: a person must say whose account it is.
	ClaimReview Claim = "review"
)

// IdentityDecision is whose account it is. Question is set for ClaimReview; it holds no personal data beyond ids.
type IdentityDecision struct {
	Claim     Claim
	AccountID string
	// Link: the account does not carry the person's external id yet.
	Link     bool
	Question string
}

// Identify decides by RULES 3 whose account was found: by external id (nil: none), by email in any state.
func Identify(who Identity, byExternalID *ccaas.Account, byEmail []ccaas.Account) IdentityDecision {
	if byExternalID != nil {
		if !who.nameAgrees(*byExternalID) && !who.emailAgrees(*byExternalID) {
			return IdentityDecision{Claim: ClaimReview, AccountID: byExternalID.ID, Question: fmt.Sprintf(
				"Account %s carries this person's external id, but another name and another email. Was the id given to someone else?", byExternalID.ID)}
		}
		return who.claim(*byExternalID, false)
	}
	switch len(byEmail) {
	case 0:
		return IdentityDecision{Claim: ClaimCreate}
	case 1:
	default:
		return IdentityDecision{Claim: ClaimReview, Question: fmt.Sprintf("%d accounts have this person's email: %s. Which one is it?", len(byEmail), ids(byEmail))}
	}
	found := byEmail[0]
	foreign := slices.DeleteFunc(slices.Clone(found.ExternalIDs), func(id string) bool { return slices.Contains(who.ExternalIDs, id) })
	switch {
	case len(foreign) > 0:
		return IdentityDecision{Claim: ClaimReview, AccountID: found.ID, Question: fmt.Sprintf(
			"The %s account %s has this person's email but carries the external id of someone else.", found.State, found.ID)}
	case !who.nameAgrees(found):
		return IdentityDecision{Claim: ClaimReview, AccountID: found.ID, Question: fmt.Sprintf(
			"The %s account %s has this person's email but another name. Is it the same person?", found.State, found.ID)}
	}
	return who.claim(found, len(found.ExternalIDs) == 0)
}

// claim of an account that is the person's.
func (who Identity) claim(a ccaas.Account, link bool) IdentityDecision {
	d := IdentityDecision{AccountID: a.ID, Link: link}
	switch {
	case a.State != ccaas.Active:
		d.Claim = ClaimRestore
	case who.CreationTried:
		d.Claim = ClaimCreated
	default:
		d.Claim = ClaimAdopt
	}
	return d
}

// nameAgrees compares letters only: case, spaces, dots and hyphens differ between systems for one and the same person.
func (who Identity) nameAgrees(a ccaas.Account) bool {
	account := letters(a.Name)
	return account != "" && (account == letters(who.FirstName+who.LastName) || account == letters(who.LastName+who.FirstName))
}

func (who Identity) emailAgrees(a ccaas.Account) bool {
	return a.Email != "" && strings.EqualFold(a.Email, who.Email)
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '.', '-', ',', '\'', '’', '\t':
			return -1
		}
		return r
	}, strings.ToLower(s))
}

func ids(accounts []ccaas.Account) string {
	var list []string
	for _, a := range accounts {
		list = append(list, fmt.Sprintf("%s (%s)", a.ID, a.State))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
