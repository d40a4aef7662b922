package genesys

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"muster/ccaas"
)

// opFind is the verb of lookups in errors.
const opFind = "account.find"

// pageOfSearch is the page size of a search by email; more than one hit is rare.
const pageOfSearch = 100

// everyState is what a search must name to see every account: without a state criterion deleted ones stay hidden.
var everyState = []string{string(ccaas.Active), string(ccaas.Inactive), string(ccaas.Deleted)}

// AccountByExternalID finds the account that carries externalID under our authority: one call, which is not an index and
// does not lag. ExternalIDs of the result holds that one key; Want.ExternalIDs reads all. Whether inactive and deleted
// users answer is not documented, so an answer of nil, nil does not rule those out.
func (p *Platform) AccountByExternalID(ctx context.Context, externalID string) (*ccaas.Account, error) {
	var found user
	_, err := p.calls.do(ctx, request{
		op: opFind, method: http.MethodGet, path: []string{"users", "externalid", p.authority, externalID},
		query: url.Values{"expand": expanded},
	}, &found)
	if ccaas.IsKind(err, ccaas.KindNotFound) {
		return nil, nil //nolint:nilnil // the port's contract: no account is no error
	}
	if err != nil {
		return nil, err
	}
	account := found.account()
	account.ExternalIDs = []string{externalID}
	return &account, nil
}

// AccountsByEmail searches the platform's index in every state and confirms each hit by id (2 calls per hit), since the
// index lags: hits that are gone or carry another email by now are left out.
func (p *Platform) AccountsByEmail(ctx context.Context, email string) ([]ccaas.Account, error) {
	if email == "" {
		return nil, invalid(opFind, "email: found an empty one, want an address")
	}
	hits, err := p.searchByEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	confirmed := make([]*ccaas.Account, len(hits))
	reads, readCtx := errgroup.WithContext(ctx)
	for i, hit := range hits {
		reads.Go(func() (err error) {
			confirmed[i], err = p.confirm(readCtx, hit, email)
			return err
		})
	}
	if err := reads.Wait(); err != nil {
		return nil, err
	}
	accounts := []ccaas.Account{}
	for _, account := range confirmed {
		if account != nil {
			accounts = append(accounts, *account)
		}
	}
	return accounts, nil
}

// criterion is definition UserSearchCriteria.
type criterion struct {
	Fields []string `json:"fields"`
	Type   string   `json:"type"`
	Value  string   `json:"value,omitempty"`
	Values []string `json:"values,omitempty"`
}

// searchByEmail returns the index's hits, each once.
func (p *Platform) searchByEmail(ctx context.Context, email string) ([]user, error) {
	type search struct {
		PageSize   int         `json:"pageSize"`
		PageNumber int         `json:"pageNumber"`
		Query      []criterion `json:"query"`
	}
	query := []criterion{
		{Fields: []string{"email"}, Type: "EXACT", Value: email},
		{Fields: []string{"state"}, Type: "EXACT", Values: everyState},
	}
	hits, seen := []user{}, map[string]bool{}
	for number := 1; number <= maxPages; number++ {
		var got struct {
			Results   []user `json:"results"`
			PageCount int    `json:"pageCount"`
		}
		_, err := p.calls.do(ctx, request{
			op: opFind, method: http.MethodPost, path: []string{"users", "search"}, repeatable: true,
			body: search{PageSize: pageOfSearch, PageNumber: number, Query: query},
		}, &got)
		if err != nil {
			return nil, err
		}
		for _, hit := range got.Results {
			if !seen[hit.ID] {
				seen[hit.ID] = true
				hits = append(hits, hit)
			}
		}
		if number >= got.PageCount || len(got.Results) == 0 {
			break
		}
	}
	return hits, nil
}

// confirm reads a hit by id, in the state that the index names first; nil when it is gone or has another email.
func (p *Platform) confirm(ctx context.Context, hit user, email string) (*ccaas.Account, error) {
	states := []ccaas.State{"", ccaas.Deleted}
	if hit.State == string(ccaas.Deleted) {
		states = []ccaas.State{ccaas.Deleted, ""}
	}
	for _, state := range states {
		found, err := p.userInState(ctx, hit.ID, state, expanded)
		if ccaas.IsKind(err, ccaas.KindNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !strings.EqualFold(found.Email, email) {
			return nil, nil //nolint:nilnil // a stale hit is no account of that email
		}
		account := found.account()
		if account.ExternalIDs, err = p.externalIDs(ctx, hit.ID); err != nil {
			return nil, err
		}
		return &account, nil
	}
	return nil, nil //nolint:nilnil // a stale hit
}
