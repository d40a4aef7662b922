package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// indexLag is how long the platform's search index may lag behind: three minutes are reported from practice. An email that is
// taken by an account nobody can find is looked for that long before a person is asked.
const indexLag = 5 * time.Minute

// EstablishIdentity finds the person's account by its link, by external id and by email in every state, and adopts, restores or
// creates it by RULES 3; the link is recorded as soon as it is known.
func (a *Activities) EstablishIdentity(ctx context.Context, in lifecycle.PhaseInput) (lifecycle.IdentityResult, error) {
	var result lifecycle.IdentityResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in)
		if err != nil {
			return err
		}
		i := identification{phase: ph}
		result, err = i.run(ctx)
		return err
	})
	return result, boundary(err)
}

type identification struct{ *phase }

func (i identification) run(ctx context.Context) (lifecycle.IdentityResult, error) {
	d, err := i.decide(ctx)
	if err == nil && d.Claim == lifecycle.ClaimCreate {
		d, err = i.create(ctx)
	}
	if err != nil {
		return lifecycle.IdentityResult{}, err
	}
	switch d.Claim {
	case lifecycle.ClaimReview:
		return lifecycle.IdentityResult{}, refuse(lifecycle.Refusal{Kind: lifecycle.ReviewIdentity, Question: d.Question, Detail: map[string]string{"account_id": d.AccountID}})
	case lifecycle.ClaimRestore:
		if _, err := i.writer.Restore(ctx, d.AccountID); err != nil {
			return lifecycle.IdentityResult{}, err
		}
	case lifecycle.ClaimCreate, lifecycle.ClaimAdopt, lifecycle.ClaimCreated:
	}
	if d.Link {
		if err := i.link(ctx, d.AccountID); err != nil {
			return lifecycle.IdentityResult{}, err
		}
	}
	return lifecycle.IdentityResult{Claim: d.Claim, AccountID: d.AccountID}, i.conclude(ctx, d)
}

// decide looks for the account. One that is linked already is the person's; it is read by id, which never lags.
func (i identification) decide(ctx context.Context) (lifecycle.IdentityDecision, error) {
	if linked := i.person.Agent.PlatformUserID; linked != "" {
		account, err := i.a.platform.Account(ctx, linked, ccaas.Want{})
		if err == nil {
			claim := lifecycle.ClaimCreated
			if account.State != ccaas.Active {
				claim = lifecycle.ClaimRestore
			}
			return lifecycle.IdentityDecision{Claim: claim, AccountID: linked}, nil
		}
		if !ccaas.IsKind(err, ccaas.KindNotFound) {
			return lifecycle.IdentityDecision{}, err
		}
	}
	byExternalID, err := i.findByExternalID(ctx)
	if err != nil {
		return lifecycle.IdentityDecision{}, err
	}
	return i.identify(ctx, byExternalID, nil)
}

func (i identification) identify(ctx context.Context, byExternalID *ccaas.Account, byEmail []ccaas.Account) (lifecycle.IdentityDecision, error) {
	if byExternalID == nil && len(byEmail) == 0 {
		return lifecycle.IdentityDecision{Claim: lifecycle.ClaimCreate}, nil
	}
	tried, err := i.a.store.CreationAttempted(ctx, i.in.PersonID)
	if err != nil {
		return lifecycle.IdentityDecision{}, err
	}
	d := lifecycle.Identify(i.identity(tried), byExternalID, byEmail)
	if d.Claim != lifecycle.ClaimCreated {
		return d, nil
	}
	// The attempt may have failed, and the account be somebody's who is at work. Muster joins nothing before the account is on
	// the person's record, so one that is joined is not of its making.
	account, err := i.a.platform.Account(ctx, d.AccountID, ccaas.Want{Queues: true})
	if err != nil {
		return lifecycle.IdentityDecision{}, err
	}
	return lifecycle.Identify(i.identity(len(joinedQueues(account)) == 0), byExternalID, byEmail), nil
}

// findByExternalID looks the account up by each of the person's ids; nil when none carries any.
func (ph *phase) findByExternalID(ctx context.Context) (*ccaas.Account, error) {
	for _, id := range ph.person.ExternalIDs {
		if found, err := ph.a.platform.AccountByExternalID(ctx, id.ID); err != nil || found != nil {
			return found, err
		}
	}
	return nil, nil
}

// create creates the account, unless the email is taken. The platform keeps emails unique, over deleted accounts too and without
// any lag, so asking it to create is the surest way to find out; only then is the search, which lags, asked by whom.
func (i identification) create(ctx context.Context) (lifecycle.IdentityDecision, error) {
	if missing := i.missingForAccount(); len(missing) > 0 {
		return lifecycle.IdentityDecision{}, refuse(lifecycle.Refusal{
			Kind: lifecycle.ReviewPlatformRefusal, Question: fmt.Sprintf("HR has not given what an account needs: %v.", missing),
		})
	}
	target, _, err := i.target(ctx)
	if err != nil {
		return lifecycle.IdentityDecision{}, err
	}
	account, err := i.writer.Create(ctx, ccaas.NewAccount{
		Name: target.Name, Email: target.Email, DivisionID: target.CreateIn,
		Department: target.Department, Title: target.Title, Extension: target.Extension,
	})
	if !ccaas.IsKind(err, ccaas.KindEmailTaken) {
		return lifecycle.IdentityDecision{Claim: lifecycle.ClaimCreate, AccountID: account.ID, Link: true}, err
	}
	byEmail, err := i.a.platform.AccountsByEmail(ctx, i.hr.Email)
	if err != nil {
		return lifecycle.IdentityDecision{}, err
	}
	if len(byEmail) == 0 {
		return lifecycle.IdentityDecision{}, i.emailTaken()
	}
	return i.identify(ctx, nil, byEmail)
}

func (i identification) missingForAccount() (missing []string) {
	for field, value := range map[string]string{"email": i.hr.Email, "first_name or last_name": i.hr.FirstName + i.hr.LastName} {
		if value == "" {
			missing = append(missing, field)
		}
	}
	slices.Sort(missing)
	return missing
}

func (i identification) emailTaken() error {
	if time.Since(i.began) < indexLag {
		return notYet("the email is taken by an account that the platform's search does not show yet", time.Duration(i.attempt)*2*time.Second)
	}
	return refuse(lifecycle.Refusal{
		Kind:     lifecycle.ReviewIdentity,
		Question: "The platform says that the email is taken, but its search does not show by whom. Find the account on the platform.",
	})
}

// link records the person's primary id on the account.
func (i identification) link(ctx context.Context, accountID string) error {
	err := i.writer.LinkExternalID(ctx, accountID, i.hr.ExternalUserID)
	if ccaas.IsKind(err, ccaas.KindConflict) {
		return refuse(lifecycle.Refusal{
			Kind:     lifecycle.ReviewIdentity,
			Question: "Another account, perhaps a deleted one, already carries this person's external id; account " + accountID + " cannot take it.",
			Detail:   map[string]string{"account_id": accountID},
		})
	}
	return err
}

// conclude records whose account it is. An adopted one is at work already.
func (i identification) conclude(ctx context.Context, d lifecycle.IdentityDecision) error {
	if d.AccountID == i.person.Agent.PlatformUserID && d.Claim == lifecycle.ClaimCreated {
		return nil
	}
	return i.record(ctx, func(p *store.PersonTx) error {
		platform := i.a.platform.Name()
		change := store.AgentChange{Platform: &platform, PlatformUserID: &d.AccountID}
		if d.Claim == lifecycle.ClaimAdopt {
			change.State, change.Operation = new(lifecycle.Active), new(lifecycle.None)
		}
		if err := p.UpdateAgent(change); err != nil {
			return err
		}
		return i.note(p, "account."+string(d.Claim), claimText(d))
	})
}

func claimText(d lifecycle.IdentityDecision) string {
	switch d.Claim {
	case lifecycle.ClaimCreate:
		return "account " + d.AccountID + " created and linked"
	case lifecycle.ClaimRestore:
		return "account " + d.AccountID + " restored: it is this person's"
	case lifecycle.ClaimAdopt:
		return "account " + d.AccountID + " found at work and adopted: linked, nothing unjoined"
	case lifecycle.ClaimCreated:
		return "account " + d.AccountID + " found: an earlier attempt had created it"
	case lifecycle.ClaimReview:
	}
	return ""
}
