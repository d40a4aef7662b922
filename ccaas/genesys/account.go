package genesys

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"muster/ccaas"
)

// opAccount is the verb of reads in errors.
const opAccount = "account.read"

// expanded is what a read of a user asks for besides the profile, all of it in the same call.
var expanded = []string{
	"skills", "languages", "groups", "locations", "employerInfo", "presence", "routingStatus", "conversationSummary",
}

// Page sizes of listings of one user: 100 is the largest that is documented for queue memberships, 50 the largest that
// official code uses for skills and languages.
const (
	pageOfQueues = 100
	pageOfRated  = 50
)

// Account reads the account by id in every state: one call for the profile with skills, languages, groups, locations,
// presence and live conversations, and those of want: external ids 1, grants 1, queues 2, workforce 1 or 2. They run side
// by side.
func (p *Platform) Account(ctx context.Context, id string, want ccaas.Want) (ccaas.Account, error) {
	var (
		found       user
		externalIDs []string
		grants      []ccaas.Grant
		joined      []string
		unjoined    []string
		work        workforce
	)
	// Reads of parts answer 404 for a user that does not exist; whether it does, the read of the user decides.
	reads, readCtx := errgroup.WithContext(ctx)
	reads.Go(func() (err error) {
		found, err = p.user(readCtx, id)
		return err
	})
	if want.ExternalIDs {
		reads.Go(func() (err error) {
			externalIDs, err = p.externalIDs(readCtx, id)
			return err
		})
	}
	if want.Grants {
		reads.Go(func() (err error) {
			grants, err = p.directGrants(readCtx, id)
			return err
		})
	}
	if want.Queues {
		reads.Go(func() (err error) {
			joined, err = p.QueueIDs(readCtx, id, true)
			return err
		})
		reads.Go(func() (err error) {
			unjoined, err = p.QueueIDs(readCtx, id, false)
			return err
		})
	}
	if want.Workforce {
		reads.Go(func() (err error) {
			work, err = p.workforce(readCtx, id, want.ManagementUnitID)
			return err
		})
	}
	if err := reads.Wait(); err != nil {
		return ccaas.Account{}, err
	}
	account := found.account()
	account.ExternalIDs, account.Roles = externalIDs, grants
	account.ManagementUnitID, account.WorkPlanID = work.unitID, work.planID
	if want.Queues {
		account.Queues = memberships(joined, unjoined)
	}
	return account, nil
}

// user reads a user in whatever state, with everything expanded. Skills and languages that the platform left out are read
// on their own, since the account would otherwise seem to have none.
func (p *Platform) user(ctx context.Context, id string) (user, error) {
	found, err := p.userInAnyState(ctx, id, expanded)
	if err != nil {
		return user{}, err
	}
	if found.Skills == nil {
		if found.Skills, err = p.ratedOf(ctx, id, "routingskills"); err != nil {
			return user{}, err
		}
	}
	if found.Languages == nil {
		if found.Languages, err = p.ratedOf(ctx, id, "routinglanguages"); err != nil {
			return user{}, err
		}
	}
	return found, nil
}

// userInAnyState asks for an active or inactive user first; a deleted one answers only when asked for.
func (p *Platform) userInAnyState(ctx context.Context, id string, expand []string) (user, error) {
	found, err := p.userInState(ctx, id, "", expand)
	if ccaas.IsKind(err, ccaas.KindNotFound) {
		return p.userInState(ctx, id, ccaas.Deleted, expand)
	}
	return found, err
}

// userInState reads a user; with an empty state active and inactive ones answer, with Deleted only deleted ones.
func (p *Platform) userInState(ctx context.Context, id string, state ccaas.State, expand []string) (user, error) {
	query := url.Values{}
	if len(expand) > 0 {
		query["expand"] = expand
	}
	if state != "" {
		query.Set("state", string(state))
	}
	var found user
	_, err := p.calls.do(ctx, request{op: opAccount, method: http.MethodGet, path: []string{"users", id}, query: query}, &found)
	return found, err
}

// ratedOf lists skills or languages of a user. A deleted user may answer 404: it has none.
func (p *Platform) ratedOf(ctx context.Context, id, kind string) ([]rated, error) {
	list, err := all[rated](ctx, p.calls, opAccount, []string{"users", id, kind}, nil, pageOfRated)
	return noneIfMissing(list, err)
}

// externalIDs lists the keys under our authority.
func (p *Platform) externalIDs(ctx context.Context, id string) ([]string, error) {
	var identifiers []externalIdentifier
	path := []string{"users", id, "externalid"}
	_, err := p.calls.do(ctx, request{op: opAccount, method: http.MethodGet, path: path}, &identifiers)
	if identifiers, err = noneIfMissing(identifiers, err); err != nil {
		return nil, err
	}
	keys := []string{}
	for _, identifier := range identifiers {
		if identifier.AuthorityName == p.authority {
			keys = append(keys, identifier.ExternalKey)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// externalIdentifier is definition UserExternalIdentifier.
type externalIdentifier struct {
	AuthorityName string `json:"authorityName"`
	ExternalKey   string `json:"externalKey"`
}

// directGrants lists the roles granted to the user itself. The expand block "authorization" of the user would be free,
// but it has no divisions and mixes in what groups give; with includeDuplicates every grant names the subject it was made
// to.
func (p *Platform) directGrants(ctx context.Context, id string) ([]ccaas.Grant, error) {
	var subject struct {
		Grants []struct {
			SubjectID string `json:"subjectId"`
			Division  entity `json:"division"`
			Role      entity `json:"role"`
		} `json:"grants"`
	}
	_, err := p.calls.do(ctx, request{
		op: opAccount, method: http.MethodGet, path: []string{"authorization", "subjects", id},
		query: url.Values{"includeDuplicates": {"true"}},
	}, &subject)
	if err != nil && !ccaas.IsKind(err, ccaas.KindNotFound) {
		return nil, err
	}
	grants := []ccaas.Grant{}
	for _, grant := range subject.Grants {
		if grant.SubjectID == id {
			grants = append(grants, ccaas.Grant{RoleID: grant.Role.ID, DivisionID: grant.Division.ID})
		}
	}
	slices.SortFunc(grants, func(a, b ccaas.Grant) int {
		return strings.Compare(a.RoleID+"/"+a.DivisionID, b.RoleID+"/"+b.DivisionID)
	})
	return slices.Compact(grants), nil
}

// QueueIDs lists the queues the user is a member of and joined to, or not joined to. The platform's own default is joined
// only, so the flag is always sent.
func (p *Platform) QueueIDs(ctx context.Context, id string, joined bool) ([]string, error) {
	query := url.Values{"joined": {"false"}}
	if joined {
		query.Set("joined", "true")
	}
	list, err := all[entity](ctx, p.calls, opAccount, []string{"users", id, "queues"}, query, pageOfQueues)
	if list, err = noneIfMissing(list, err); err != nil {
		return nil, err
	}
	return ids(list), nil
}

// memberships merges both halves. The lists are read at two moments: a queue in both is being joined or unjoined just now
// and counts as joined, the state in which work can arrive.
func memberships(joined, unjoined []string) []ccaas.Membership {
	list := make([]ccaas.Membership, 0, len(joined)+len(unjoined))
	for _, queueID := range joined {
		list = append(list, ccaas.Membership{QueueID: queueID, Joined: true})
	}
	for _, queueID := range unjoined {
		if !slices.Contains(joined, queueID) {
			list = append(list, ccaas.Membership{QueueID: queueID})
		}
	}
	slices.SortFunc(list, func(a, b ccaas.Membership) int { return strings.Compare(a.QueueID, b.QueueID) })
	return list
}

// noneIfMissing turns "not found" into an empty list: a part that a user does not have, or of a user that is deleted.
func noneIfMissing[T any](list []T, err error) ([]T, error) {
	if ccaas.IsKind(err, ccaas.KindNotFound) {
		return []T{}, nil
	}
	return list, err
}
