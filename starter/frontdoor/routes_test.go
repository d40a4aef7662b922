package frontdoor

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"muster/store"
)

func TestEveryRouteIsDocumented(t *testing.T) {
	records, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none")
	require.NoError(t, err)
	t.Cleanup(records.Close)
	door, err := New(Options{Store: records, Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	routes := 0
	err = chi.Walk(door.router, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes++
		item := door.api.OpenAPI().Paths[path]
		require.NotNil(t, item, path)
		require.NotNil(t, map[string]any{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete,
		}[method], "%s %s", method, path)
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, routes, 30)
}
