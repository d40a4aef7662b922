package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"muster/ccaas/genesys"
)

func TestRunTellsItsAddressServesAndStops(t *testing.T) {
	t.Setenv("GENESYS_READER_ID", "reader")
	t.Setenv("GENESYS_READER_SECRET", "of-the-reader")
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	finished := make(chan error, 1)
	state := filepath.Join(t.TempDir(), "platform.json")
	go func() {
		finished <- run(ctx, []string{"-state", state, "-search-lag-ms", "7"}, writer, slog.New(slog.DiscardHandler))
	}()

	line, err := bufio.NewReader(reader).ReadBytes('\n')
	require.NoError(t, err)
	var ready struct {
		URL      string `json:"url"`
		ClientID string `json:"client_id"`
	}
	require.NoError(t, json.Unmarshal(line, &ready))
	require.Equal(t, "muster", ready.ClientID)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ready.URL+"/_sim/settings", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	var settings struct {
		SearchLagMS int `json:"search_lag_ms"`
	}
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&settings))
	require.Equal(t, 7, settings.SearchLagMS)

	platform, err := genesys.New(genesys.Config{LoginURL: ready.URL, APIURL: ready.URL, ClientID: "reader", ClientSecret: "of-the-reader"})
	require.NoError(t, err)
	require.NoError(t, platform.RequireReadOnly(t.Context()))

	stop()
	require.NoError(t, <-finished)
	require.FileExists(t, state)
}

func TestRunRefusesAnAddressThatCannotBeListenedOn(t *testing.T) {
	err := run(t.Context(), []string{"-listen", "127.0.0.1:notaport"}, io.Discard, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "127.0.0.1:notaport")
}
