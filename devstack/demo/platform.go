package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"muster/ccaas/genesys/genesystest"
)

// platform asks the simulator for its own truth, past everything Muster believes.
type platform struct{ url string }

func (p platform) call(ctx context.Context, method, path string, body, answer any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.url+"/_sim/"+path, bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("ask the platform: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the platform: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: the platform answers %s", method, path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// account is the one account with an email, in whatever state.
func (p platform) account(ctx context.Context, email string) (genesystest.Truth, error) {
	accounts, err := p.accounts(ctx, email)
	if err != nil {
		return genesystest.Truth{}, err
	}
	if len(accounts) != 1 {
		return genesystest.Truth{}, fmt.Errorf("%d accounts have the email, expected 1", len(accounts))
	}
	return accounts[0], nil
}

func (p platform) accounts(ctx context.Context, email string) (accounts []genesystest.Truth, err error) {
	return accounts, p.call(ctx, http.MethodGet, "users?email="+url.QueryEscape(email), nil, &accounts)
}

// plant makes an account exist as if it had been there for long.
func (p platform) plant(ctx context.Context, account genesystest.Plant) (planted genesystest.Truth, err error) {
	return planted, p.call(ctx, http.MethodPost, "users", account, &planted)
}

// change changes an account behind everybody's back, as a supervisor does by hand.
func (p platform) change(ctx context.Context, accountID string, change genesystest.Plant) error {
	var changed genesystest.Truth
	return p.call(ctx, http.MethodPatch, "users/"+accountID, change, &changed)
}

// reject has the platform take back a skill after it has accepted it.
func (p platform) reject(ctx context.Context, rejection genesystest.Rejection) error {
	var answer any
	return p.call(ctx, http.MethodPost, "rejections", rejection, &answer)
}

// talk puts an account on a conversation.
func (p platform) talk(ctx context.Context, accountID string, work genesystest.StartConversation) (conversationID string, err error) {
	var started struct {
		ID string `json:"id"`
	}
	err = p.call(ctx, http.MethodPost, "users/"+accountID+"/conversations", work, &started)
	return started.ID, err
}

// conversation is the platform's truth about a conversation.
func (p platform) conversation(ctx context.Context, id string) (genesystest.ConversationTruth, error) {
	var all []genesystest.ConversationTruth
	if err := p.call(ctx, http.MethodGet, "conversations", nil, &all); err != nil {
		return genesystest.ConversationTruth{}, err
	}
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
	}
	return genesystest.ConversationTruth{}, fmt.Errorf("there is no conversation %s", id)
}

// writes are the changing requests about an account so far.
func (p platform) writes(ctx context.Context, accountID string) (writes []genesystest.Entry, err error) {
	var all []genesystest.Entry
	if err := p.call(ctx, http.MethodGet, "journal?user="+url.QueryEscape(accountID), nil, &all); err != nil {
		return nil, err
	}
	for _, entry := range all {
		if entry.Method != http.MethodGet {
			writes = append(writes, entry)
		}
	}
	return writes, nil
}

func sameMap[K comparable, V comparable](what string, found, expected map[K]V) error {
	return holds(maps.Equal(found, expected), "%s: found %v, expected %v", what, found, expected)
}
