package catalogue

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/ccaas"
	"muster/store"
)

func TestAFailureIsToldInWordsOfOurOwn(t *testing.T) {
	told := map[string]error{
		"the platform did not answer": &ccaas.Error{Kind: ccaas.KindUnavailable, Err: errors.New("dial tcp 10.1.2.3: secret")},
		"the platform is not available (HTTP 503, correlation id 0b1c-22)": fmt.Errorf("read: %w", &ccaas.Error{
			Kind: ccaas.KindUnavailable, Status: 503, Message: "secret", CorrelationID: "0b1c-22",
		}),
		"the platform does not accept the OAuth client's credentials (HTTP 401)": &ccaas.Error{Kind: ccaas.KindUnauthorized, Status: 401},
		"the OAuth client lacks a permission (HTTP 403)": &ccaas.Error{
			Kind: ccaas.KindForbidden, Status: 403, Code: "secret", CorrelationID: "<script>secret",
		},
		"the platform's request budget is used up (HTTP 429)": &ccaas.Error{Kind: ccaas.KindRateLimited, Status: 429},
		"the platform refused the reading (HTTP 400)":         &ccaas.Error{Kind: ccaas.KindInvalid, Status: 400, Message: "secret"},
		"the reading failed; the worker's log says why":       errors.New("secret"),
	}
	for want, err := range told {
		require.Equal(t, want, failureText(err))
	}
}

func TestTheWaitDoublesWithEachFailureAndIsAsLongAsThePlatformAsks(t *testing.T) {
	pace := Pace{FirstRetry: 2 * time.Second, LastRetry: time.Minute}
	down := &ccaas.Error{Kind: ccaas.KindUnavailable}
	for before, want := range []float64{2, 4, 8, 16, 32, 60, 60} {
		require.Equal(t, want, retryIn(pace, before, down).Seconds())
	}
	require.Equal(t, time.Minute, retryIn(pace, 1_000_000, down))
	busy := &ccaas.Error{Kind: ccaas.KindRateLimited, RetryAfter: 3 * time.Minute}
	require.Equal(t, 3*time.Minute, retryIn(pace, 0, busy))
}

func TestWhatCannotBeStoredIsLeftOut(t *testing.T) {
	names := NamesOf(&ccaas.Catalogue{
		Queues:          map[string]string{"b": "1", "a": "2", "x\x00y": "3"},
		ManagementUnits: map[string]ccaas.ManagementUnit{"Unit": {ID: "u", TimeZone: "\x00"}},
		WorkPlans:       map[string]map[string]string{"u": {"Plan": "p", "\x00": "q"}},
	})
	require.Equal(t, []string{"a", "b"}, names.Queues)
	require.Equal(t, []store.CatalogueUnit{{Name: "Unit", WorkPlans: []string{"Plan"}}}, names.ManagementUnits)
	require.NotNil(t, names.Roles, "none, which is not unknown")
}
