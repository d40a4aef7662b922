package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"muster/ccaas"
	"muster/lifecycle"
)

// Adoption is what a hire would do about the account of somebody whom HR employs and for whom Muster keeps none: by the rules by which the
// hire itself decides (RULES 2 and 3). It holds ids, codes and names of constructs, never a name, an address or a number of a person.
type Adoption struct {
	// Claim is adopt, restore, create or review.
	Claim lifecycle.Claim `json:"claim"`
	// Namespace is that of the delta's external id.
	Namespace string `json:"namespace,omitempty"`
	// AccountID is the account that would become the person's, or that is in question; empty where none was found.
	AccountID string `json:"account_id,omitempty"`
	// Link: the account does not carry the person's external id yet.
	Link bool `json:"link,omitempty"`
	// Review is what kind of question a person would be asked, Why the question; set for review.
	Review lifecycle.ReviewKind `json:"review,omitempty"`
	Why    string               `json:"why,omitempty"`
	// Differences are what would change on the account; of one that is to be created, all that it would get. The manager is left out: that
	// one is filled in whenever the manager's own account is known.
	Differences []Difference `json:"differences,omitempty"`
	// AskedRoles are roles among them, by name, that nobody gets without an approval.
	AskedRoles []string `json:"asked_roles,omitempty"`
	// Digest tells whether the person stands as before: it covers all of the above and the values that the account would have.
	Digest string `json:"digest"`
}

// Found is what looking for somebody's account has come to.
type Found struct {
	Who      lifecycle.Identity
	Decision lifecycle.IdentityDecision
	// Account is the one that the decision names, read by its id; nil where there is none.
	Account *Actual
	// Owner is whom else the record says the account belongs to; empty: nobody.
	Owner string
}

// Adoption says what a hire would do about the account that was found for somebody.
func (r Run) Adoption(e Expected, f Found) Adoption {
	a := Adoption{Claim: f.Decision.Claim, AccountID: f.Decision.AccountID, Link: f.Decision.Link}
	if e.PersonID != "" && len(e.Namespaces) > 0 {
		a.Namespace = e.Namespaces[0]
	}
	target := impersonal(e.Target)
	if a.Review, a.Why = reviewOf(e, f); a.Review != "" {
		a.Claim, a.Link = lifecycle.ClaimReview, false
	} else {
		a.Differences = r.changes(e, f)
		for _, d := range a.Differences {
			if d.Part == PartRole && d.How == Lacking && !slices.Contains(e.ApprovedRoleIDs, d.ID) {
				a.AskedRoles = append(a.AskedRoles, d.Name)
			}
		}
	}
	a.Digest = digestOf(a, target)
	return a
}

// reviewOf is what a person would be asked before anything is written, in the order in which a hire comes across it.
func reviewOf(e Expected, f Found) (kind lifecycle.ReviewKind, why string) {
	switch {
	case len(e.Unmapped) > 0:
		return lifecycle.ReviewUnmapped, "no rule of the registry answers for " + strings.Join(e.Unmapped, ", ")
	case f.Decision.Claim == lifecycle.ClaimReview:
		return lifecycle.ReviewIdentity, f.Decision.Question
	case f.Owner != "":
		return lifecycle.ReviewIdentity, fmt.Sprintf("account %s seems to be this person's, but it is linked to person %s", f.Decision.AccountID, f.Owner)
	case f.Decision.Claim == lifecycle.ClaimCreate && f.Who.Email == "":
		return lifecycle.ReviewPlatformRefusal, "HR has not given the email, which an account needs"
	case f.Decision.Claim == lifecycle.ClaimCreate && f.Who.FirstName+f.Who.LastName == "":
		return lifecycle.ReviewPlatformRefusal, "HR has not given a name, which an account needs"
	case len(e.Unanswered) > 0:
		return lifecycle.ReviewMissingConstruct, "the registry names what the platform does not have: " + strings.Join(e.Unanswered, ", ")
	}
	return "", ""
}

// changes are what would be done to the account, or to a new one.
func (r Run) changes(e Expected, f Found) []Difference {
	account := Actual{Account: ccaas.Account{State: ccaas.Active, DivisionID: e.Target.CreateIn}}
	if f.Account != nil {
		account = *f.Account
	}
	target := e.Target
	target.ManagerID, target.ClearManager = "", false
	return slices.DeleteFunc(differencesOf(target, r.Managed, account, r.Names), func(d Difference) bool {
		_, _, explained := (&judging{run: r, e: e}).explain(d)
		return explained
	})
}

// impersonal is a target without what is a person's own, and without the manager.
func impersonal(t Target) Target {
	t.Name, t.Email, t.Extension, t.ManagerID = "", "", "", ""
	return t
}

func digestOf(a Adoption, t Target) string {
	a.Digest = ""
	content, err := json.Marshal(struct {
		Adoption Adoption
		Target   Target
	}{a, t})
	if err != nil {
		panic("an adoption of plain values always marshals: " + err.Error())
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}
