package bench

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bareClient asks the platform without any of Muster's code.
type bareClient struct {
	base, token string
}

type bareEntity struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Joined bool   `json:"joined"`
}

type barePage struct {
	Entities []json.RawMessage `json:"entities"`
	Cursor   string            `json:"cursor"`
}

func (s *stack) bareClient(b *testing.B) bareClient {
	b.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.simulator.LoginURL+"/oauth/token", strings.NewReader(form.Encode()))
	require.NoError(b, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(s.simulator.ClientID, s.simulator.ClientSecret)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer answer.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	require.NoError(b, json.NewDecoder(answer.Body).Decode(&token))
	require.NotEmpty(b, token.Value)
	return bareClient{base: s.simulator.URL, token: token.Value}
}

func (c bareClient) get(b *testing.B, path string) (page barePage) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, c.base+path, nil)
	require.NoError(b, err)
	request.Header.Set("Authorization", "Bearer "+c.token)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer answer.Body.Close()
	require.Equal(b, http.StatusOK, answer.StatusCode, path)
	require.NoError(b, json.NewDecoder(answer.Body).Decode(&page))
	return page
}

func (c bareClient) queues(b *testing.B) (queues []bareEntity) {
	b.Helper()
	for _, entity := range c.get(b, "/api/v2/routing/queues?pageSize=500").Entities {
		var queue bareEntity
		require.NoError(b, json.Unmarshal(entity, &queue))
		queues = append(queues, queue)
	}
	return queues
}
