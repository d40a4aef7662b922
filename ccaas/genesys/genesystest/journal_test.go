package genesystest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys/genesystest"
)

func TestJournalKeepsEveryRequestWithoutCredentials(t *testing.T) {
	server, c := start(t, nil)
	id := c.create("jane@example.com")
	entries := server.Journal(genesystest.JournalFilter{})
	require.Len(t, entries, 2)
	require.Equal(t, "/oauth/token", entries[0].Path)
	created := entries[1]
	require.Equal(t, "POST", created.Method)
	require.Equal(t, 200, created.Status)
	require.Equal(t, "token-1", created.TokenID)
	require.NotEmpty(t, created.CorrelationID)
	require.Equal(t, []string{id}, created.UserIDs, "known although neither path nor body names it")
	require.False(t, created.Ended.Before(created.Time))
	everything, err := json.Marshal(entries)
	require.NoError(t, err)
	require.NotContains(t, string(everything), c.token)
	require.NotContains(t, string(everything), server.ClientSecret())
}

func TestJournalIsFiltered(t *testing.T) {
	server, c := start(t, nil)
	a, b := c.create("a@example.com"), c.create("b@example.com")
	c.addToQueue(a, "General_Support")
	c.join(200, b, "General_Support", true)
	require.Len(t, server.Journal(genesystest.JournalFilter{User: a}), 2)
	require.Len(t, server.Journal(genesystest.JournalFilter{Path: "/api/v2/users/*/queues"}), 1)
	require.Len(t, server.Journal(genesystest.JournalFilter{Path: "/api/v2/users/**"}), 1)
	require.Len(t, server.Journal(genesystest.JournalFilter{Path: "/api/v2/**", Method: "patch"}), 1)
	require.Len(t, server.Journal(genesystest.JournalFilter{Contains: "b@example.com"}), 1)
	last := server.Journal(genesystest.JournalFilter{})[3].Sequence
	require.Len(t, server.Journal(genesystest.JournalFilter{After: last}), 1)
	server.ClearJournal()
	require.Empty(t, server.Journal(genesystest.JournalFilter{}))
}

func TestAccountsSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "deep", "state.json")
	settings := genesystest.DefaultSettings()
	settings.JoinLagMS = 60_000
	first := genesystest.New(t, genesystest.Options{StateFile: file, Settings: &settings})
	planted, err := first.Plant(genesystest.Plant{
		Name: to("Jane"), Email: to("jane@example.com"), Queues: map[string]bool{"General_Support": true}, Extension: to("4452"),
		ExternalIDs: []genesystest.ExternalID{{Authority: "muster-hris", Key: "WD-1"}}, Skills: map[string]float64{"Sales_Closing": 2},
	})
	require.NoError(t, err)
	connect(t, first).join(200, planted.ID, "General_Support", false)
	require.NoError(t, first.Close())

	const later = 2 * time.Minute
	second := genesystest.New(t, genesystest.Options{
		StateFile: file, Settings: &settings, Now: func() time.Time { return time.Now().Add(later) },
	})
	truth, found := second.User(planted.ID)
	require.True(t, found)
	require.Equal(t, map[string]bool{"General_Support": false}, truth.Queues, "what was under way has happened meanwhile")
	planted.Queues = truth.Queues
	require.Equal(t, planted, truth)
	c := connect(t, second)
	require.Equal(t, []string{planted.ID}, c.search("jane@example.com", "active"))
	require.Equal(t, planted.ID, c.want(200, "GET", "/api/v2/users/externalid/muster-hris/WD-1", nil).text(t, "id"))
	require.NotEqual(t, planted.ID, c.create("new@example.com"))
}

func TestStateIsKeptWithoutAnOrderlyEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	server := genesystest.New(t, genesystest.Options{StateFile: file})
	id := connect(t, server).create("jane@example.com")
	eventually(t, func() bool {
		content, err := os.ReadFile(file)
		return err == nil && json.Valid(content) && len(content) > 0 && containsText(content, id)
	})
}

func containsText(content []byte, text string) bool {
	var state struct {
		Users []struct {
			ID string `json:"id"`
		} `json:"users"`
	}
	if json.Unmarshal(content, &state) != nil {
		return false
	}
	for _, u := range state.Users {
		if u.ID == text {
			return true
		}
	}
	return false
}

func TestBrokenStateFileIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"users":[`), 0o600))
	_, err := genesystest.Start(genesystest.Options{StateFile: file})
	require.ErrorContains(t, err, file)
}

func TestSameSeedGivesTheSameIds(t *testing.T) {
	_, a := start(t, nil)
	_, b := start(t, nil)
	require.Equal(t, a.create("jane@example.com"), b.create("jane@example.com"))
}
