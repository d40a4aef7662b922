package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/ccaas"
	"muster/lifecycle"
	"muster/store"
)

// The platform's search index may lag behind by three minutes, as reported from practice. An account that must exist and is not
// found is looked for indexPatience times, patientPause apart, which is five minutes, before a person is asked.
const indexPatience = 16

func patientPause(attempt int32) time.Duration {
	return min(time.Duration(attempt)*2*time.Second, 30*time.Second)
}

// EstablishIdentity finds the person's account by its link, by external id and by email in every state, and adopts, restores or
// creates it by RULES 3; the link is recorded as soon as it is known.
func (a *Activities) EstablishIdentity(ctx context.Context, in lifecycle.GuardedInput) (lifecycle.IdentityResult, error) {
	var result lifecycle.IdentityResult
	err := beating(ctx, func(ctx context.Context) error {
		ph, err := a.begin(ctx, in.PhaseInput)
		if err != nil {
			return err
		}
		i := identification{phase: ph, guarded: in}
		result, err = i.run(ctx)
		return err
	})
	return result, boundary(err)
}

type identification struct {
	*phase
	guarded lifecycle.GuardedInput
}

func (i identification) run(ctx context.Context) (lifecycle.IdentityResult, error) {
	d, err := i.decide(ctx)
	var held *lifecycle.Guarded
	if err == nil && d.Claim == lifecycle.ClaimCreate {
		d, held, err = i.createGuarded(ctx)
	}
	if err != nil || held != nil {
		return lifecycle.IdentityResult{Guard: held}, err
	}
	if err := i.certain(ctx, d); err != nil {
		return lifecycle.IdentityResult{}, err
	}
	result := lifecycle.IdentityResult{Claim: d.Claim, AccountID: d.AccountID, Incomplete: i.incomplete}
	if d.Claim == lifecycle.ClaimAdopt {
		// Whoever is at work counts as active only once everything about the account is settled.
		if err := i.link(ctx, d); err != nil {
			return lifecycle.IdentityResult{}, err
		}
		return result, i.conclude(ctx, d)
	}
	if err := i.conclude(ctx, d); err != nil {
		return lifecycle.IdentityResult{}, err
	}
	if d.Claim == lifecycle.ClaimRestore {
		if err := i.restore(ctx, d.AccountID); err != nil {
			return lifecycle.IdentityResult{}, err
		}
	}
	return result, i.link(ctx, d)
}

// certain makes sure, before anything is written, that the account is not a question, nobody else's in our own record, and not listed as
// owned elsewhere by the platform's id: only now is it known to be this person's.
func (ph *phase) certain(ctx context.Context, d lifecycle.IdentityDecision) error {
	question := d.Question
	if by := ph.registry.UserElsewhere(ph.a.platform.Name(), d.AccountID); d.AccountID != "" && by != "" {
		question = fmt.Sprintf("Account %s seems to be this person's and is owned elsewhere, by %s: Muster does not touch it. Where the access has "+
			"to end, end it there; then dismiss this, and list the person in owned_elsewhere by the id that HR gives them, too.", d.AccountID, by)
	} else if d.Claim != lifecycle.ClaimReview {
		owner, err := ph.a.store.AccountOwner(ctx, ph.a.platform.Name(), d.AccountID)
		if err != nil || owner == "" || owner == ph.in.PersonID {
			return err
		}
		question = fmt.Sprintf("Account %s seems to be this person's, but it is linked to person %s. Are they the same (dismiss this, then: "+
			"musterctl persons link %s %s --reason '…'), or is one of the links wrong?", d.AccountID, owner, owner, ph.in.PersonID)
	}
	return refuse(lifecycle.Refusal{Kind: lifecycle.ReviewIdentity, Question: question, Detail: map[string]string{"account_id": d.AccountID}})
}

// restore brings the account back and in the same breath unjoins what it was joined to in its former life. What the plan names is
// looked up first: an account is not woken up for a plan that cannot be carried out.
func (i identification) restore(ctx context.Context, accountID string) error {
	if _, err := i.target(ctx); err != nil {
		return err
	}
	if _, err := i.writer.Restore(ctx, accountID); err != nil {
		return err
	}
	if err := i.unjoinRestored(ctx, accountID); err != nil {
		if final(err) {
			// Not awake and joined to its former life while somebody thinks about it.
			return errors.Join(err, i.writer.Deactivate(ctx, accountID))
		}
		return err
	}
	return nil
}

func (i identification) unjoinRestored(ctx context.Context, accountID string) error {
	account, err := i.a.platform.Account(ctx, accountID, ccaas.Want{Queues: true})
	if err != nil {
		return err
	}
	return i.unjoin(ctx, accountID, joinedQueues(account))
}

// unjoin unjoins these queues.
func (ph *phase) unjoin(ctx context.Context, accountID string, queueIDs []string) error {
	for part := range slices.Chunk(queueIDs, 100) {
		if err := ph.writer.SetJoined(ctx, accountID, part, false); err != nil {
			return err
		}
	}
	return nil
}

// decide looks for the account. One that is linked already is the person's; it is read by id, which never lags.
func (i identification) decide(ctx context.Context) (lifecycle.IdentityDecision, error) {
	agent := i.person.Agent
	if agent.PlatformUserID != "" {
		account, err := i.a.platform.Account(ctx, agent.PlatformUserID, ccaas.Want{ExternalIDs: true})
		if err == nil {
			return i.linked(account), nil
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

// linked is the claim on an account that is linked already. Somebody active can only be one whose adoption was recorded and whose
// answer was lost: a hire never begins with them.
func (i identification) linked(account ccaas.Account) lifecycle.IdentityDecision {
	d := lifecycle.IdentityDecision{Claim: lifecycle.ClaimCreated, AccountID: account.ID, Link: !slices.Contains(account.ExternalIDs, i.externalKey())}
	switch {
	case account.State != ccaas.Active:
		d.Claim = lifecycle.ClaimRestore
	case i.person.Agent.State == lifecycle.Active:
		d.Claim = lifecycle.ClaimAdopt
	}
	return d
}

// externalKey is the id of the primary employment as the platform is to carry it.
func (ph *phase) externalKey() string {
	return store.ExternalID{Namespace: ph.hr.Namespace, ID: ph.hr.ExternalUserID}.OnPlatform()
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
		if found, err := ph.a.platform.AccountByExternalID(ctx, id.OnPlatform()); err != nil || found != nil {
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
	target, err := i.target(ctx)
	if err != nil {
		return lifecycle.IdentityDecision{}, err
	}
	wanted := ccaas.NewAccount{
		Name: target.CreateName, Email: target.CreateEmail, DivisionID: target.CreateIn,
		Department: target.Department, Title: target.Title, Extension: target.Extension,
	}
	account, err := i.writer.Create(ctx, wanted)
	if ccaas.IsKind(err, ccaas.KindExtensionTaken) {
		// The extension alone is held up (RULES 14): it is asked for again with the rest of the profile, and parked there.
		wanted.Extension, i.incomplete = "", true
		account, err = i.writer.Create(ctx, wanted)
	}
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
	if i.attempt < indexPatience {
		return notYet("the email is taken by an account that the platform's search does not show yet", patientPause(i.attempt))
	}
	return refuse(lifecycle.Refusal{
		Kind:     lifecycle.ReviewIdentity,
		Question: "The platform says that the email is taken, but its search does not show by whom. Find the account on the platform.",
	})
}

// link records the person's primary id on the account, if it is not there.
func (i identification) link(ctx context.Context, d lifecycle.IdentityDecision) error {
	if !d.Link {
		return nil
	}
	err := i.writer.LinkExternalID(ctx, d.AccountID, i.externalKey())
	if ccaas.IsKind(err, ccaas.KindConflict) {
		return refuse(lifecycle.Refusal{
			Kind:     lifecycle.ReviewIdentity,
			Question: "Another account, perhaps a deleted one, already carries this person's external id; account " + d.AccountID + " cannot take it.",
			Detail:   map[string]string{"account_id": d.AccountID},
		})
	}
	return err
}

// conclude records whose account it is. An adopted one is at work already.
func (i identification) conclude(ctx context.Context, d lifecycle.IdentityDecision) error {
	if d.AccountID == i.person.Agent.PlatformUserID && d.Claim != lifecycle.ClaimRestore {
		return nil
	}
	return i.record(ctx, func(p *store.PersonTx) error {
		platform := i.a.platform.Name()
		change := store.AgentChange{Platform: &platform, PlatformUserID: &d.AccountID}
		if d.Claim == lifecycle.ClaimAdopt {
			// The plan has not been carried out: a Transfer has to.
			change.State, change.Operation, change.PlanDigest = new(lifecycle.Active), new(lifecycle.None), new("")
		}
		if err := p.UpdateAgent(change); err != nil {
			return err
		}
		if err := i.ringReports(p); err != nil {
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
