package lifecycle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/lifecycle"
)

func TestWhoseAccountItIs(t *testing.T) {
	who := lifecycle.Identity{ExternalIDs: []string{"WD-1", "OLD-1"}, FirstName: "José-María", LastName: "Núñez", Email: "jose@example.com"}
	account := func(state ccaas.State, name string, externalIDs ...string) ccaas.Account {
		return ccaas.Account{ID: "acc", State: state, Name: name, Email: "jose@example.com", ExternalIDs: externalIDs}
	}
	linked := account(ccaas.Active, "José María Núñez", "WD-1")
	reused := ccaas.Account{ID: "acc", State: ccaas.Active, Name: "Someone Else", Email: "else@example.com", ExternalIDs: []string{"WD-1"}}
	renamed := ccaas.Account{ID: "acc", State: ccaas.Active, Name: "José Núñez Gil", Email: "jose@example.com", ExternalIDs: []string{"WD-1"}}
	for _, c := range []struct {
		name         string
		tried        bool
		byExternalID *ccaas.Account
		byEmail      []ccaas.Account
		claim        lifecycle.Claim
		link         bool
	}{
		{"nobody", false, nil, nil, lifecycle.ClaimCreate, false},
		{"external id, at work", false, &linked, nil, lifecycle.ClaimAdopt, false},
		{"external id, created by an attempt whose answer was lost", true, &linked, nil, lifecycle.ClaimCreated, false},
		{"external id, other name, same email", false, &renamed, nil, lifecycle.ClaimAdopt, false},
		{"external id, other name and other email", false, &reused, nil, lifecycle.ClaimReview, false},
		{"email at work, no external id, name agrees", false, nil, []ccaas.Account{account(ccaas.Active, "jose-maria NUNEZ")}, lifecycle.ClaimReview, false},
		{"email at work, name agrees but for spelling", false, nil, []ccaas.Account{account(ccaas.Active, "JOSÉ MARÍA NÚÑEZ")}, lifecycle.ClaimAdopt, true},
		{"email at work, family name first", false, nil, []ccaas.Account{account(ccaas.Active, "Núñez, José María")}, lifecycle.ClaimAdopt, true},
		{"email deleted, no external id, name agrees", false, nil, []ccaas.Account{account(ccaas.Deleted, "José María Núñez")}, lifecycle.ClaimRestore, true},
		{"email inactive, this person's former id", false, nil, []ccaas.Account{account(ccaas.Inactive, "José María Núñez", "OLD-1")}, lifecycle.ClaimRestore, false},
		{"email deleted, a stranger's name", false, nil, []ccaas.Account{account(ccaas.Deleted, "Joanna Smith")}, lifecycle.ClaimReview, false},
		{"email deleted, a stranger's external id", false, nil, []ccaas.Account{account(ccaas.Deleted, "José María Núñez", "WD-2")}, lifecycle.ClaimReview, false},
		{"two accounts with the email", false, nil, []ccaas.Account{account(ccaas.Active, "José María Núñez"), account(ccaas.Deleted, "José María Núñez")}, lifecycle.ClaimReview, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := who
			who.CreationTried = c.tried
			d := lifecycle.Identify(who, c.byExternalID, c.byEmail)
			require.Equal(t, c.claim, d.Claim, d.Question)
			require.Equal(t, c.link, d.Link)
			if d.Claim == lifecycle.ClaimReview {
				require.NotEmpty(t, d.Question)
				require.NotContains(t, d.Question, "jose@example.com")
			}
		})
	}
}
