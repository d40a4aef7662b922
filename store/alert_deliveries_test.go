package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"muster/store"
)

const lease = time.Minute

// due are the alerts that an endpoint is to be told of, as "subject state".
func due(t testing.TB, s *store.Store, endpoint string) (told []string) {
	t.Helper()
	found, err := s.DueAlerts(t.Context(), endpoint, 100, lease)
	require.NoError(t, err)
	for _, alert := range found {
		told = append(told, alert.SubjectID+" "+alert.State())
	}
	return told
}

// delivered notes that everything due was delivered.
func delivered(t testing.TB, s *store.Store, endpoint string) {
	t.Helper()
	found, err := s.DueAlerts(t.Context(), endpoint, 100, lease)
	require.NoError(t, err)
	for _, alert := range found {
		require.NoError(t, s.AlertDelivered(t.Context(), endpoint, alert.ID, alert.State()))
	}
}

// later lets the time pass after which whatever is under way or waits for its next attempt is due.
func later(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `update alert_deliveries set next_attempt_at = now() where next_attempt_at is not null`)
	require.NoError(t, err)
}

func closeAccess(t testing.TB, s *store.Store, subject string) {
	t.Helper()
	require.NoError(t, s.CloseAlert(t.Context(), store.AlertKey(store.AlertAccessNotCut, subject), "cut"))
}

func raised(t testing.TB, s *store.Store, subject string) {
	t.Helper()
	raise(t, s, store.Alert{Kind: store.AlertAccessNotCut, SubjectID: subject})
}

func TestEachEndpointIsToldOnceThatAnAlertIsOpenAndOnceThatItIsClosed(t *testing.T) {
	s, _ := open(t)
	raised(t, s, "evt_1")
	delivered(t, s, "ops")
	require.Empty(t, due(t, s, "ops"))
	require.Equal(t, []string{"evt_1 open"}, due(t, s, "legal"), "the other has not been told")

	closeAccess(t, s, "evt_1")
	require.Equal(t, []string{"evt_1 closed"}, due(t, s, "ops"))
	require.Empty(t, due(t, s, "ops"), "it is under way")
	found := alerts(t, s, store.AlertClosed)[0]
	require.NoError(t, s.AlertDelivered(t.Context(), "ops", found.ID, store.AlertClosed))
	require.Empty(t, due(t, s, "ops"))
}

func TestWhatProcessesThatEndedHadTakenIsDueAgain(t *testing.T) {
	s, conn := open(t)
	raised(t, s, "evt_1")
	require.NotEmpty(t, due(t, s, "ops"))
	require.Empty(t, due(t, s, "ops"))
	later(t, conn)
	found, err := s.DueAlerts(t.Context(), "ops", 10, lease)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, 2, found[0].Attempt)
}

func TestAnAlertThatNoEndpointWasToldOfIsNotToldWhenItIsClosed(t *testing.T) {
	s, _ := open(t)
	raised(t, s, "evt_1")
	closeAccess(t, s, "evt_1")
	require.Empty(t, due(t, s, "ops"))
}

func TestAnAlertThatClosesWhileItIsToldIsToldAsClosedAfterwards(t *testing.T) {
	s, _ := open(t)
	raised(t, s, "evt_1")
	require.NotEmpty(t, due(t, s, "ops"))
	closeAccess(t, s, "evt_1")
	require.Empty(t, due(t, s, "ops"), "the receiver must not get the two in the wrong order")
	require.NoError(t, s.AlertDelivered(t.Context(), "ops", alerts(t, s, "")[0].ID, store.AlertOpen))
	require.Equal(t, []string{"evt_1 closed"}, due(t, s, "ops"))
}

func TestAFailedDeliveryIsDueAfterItsPauseAndNeverAfterTheLast(t *testing.T) {
	s, conn := open(t)
	raised(t, s, "evt_1")
	first, err := s.DueAlerts(t.Context(), "ops", 10, lease)
	require.NoError(t, err)
	require.NoError(t, s.AlertNotDelivered(t.Context(), "ops", first[0].ID, store.AlertOpen, time.Hour))
	require.Empty(t, due(t, s, "ops"))
	later(t, conn)
	second, err := s.DueAlerts(t.Context(), "ops", 10, lease)
	require.NoError(t, err)
	require.Equal(t, 2, second[0].Attempt)
	require.Equal(t, first[0].FirstAttemptAt, second[0].FirstAttemptAt)
	undelivered, err := s.UndeliveredAlerts(t.Context(), "ops", 2)
	require.NoError(t, err)
	require.EqualValues(t, 1, undelivered)

	require.NoError(t, s.AlertNotDelivered(t.Context(), "ops", first[0].ID, store.AlertOpen, 0))
	later(t, conn)
	require.Empty(t, due(t, s, "ops"))
	undelivered, err = s.UndeliveredAlerts(t.Context(), "ops", 2)
	require.NoError(t, err)
	require.Zero(t, undelivered)

	closeAccess(t, s, "evt_1")
	found, err := s.DueAlerts(t.Context(), "ops", 10, lease)
	require.NoError(t, err)
	require.Equal(t, store.AlertClosed, found[0].State())
	require.Equal(t, 1, found[0].Attempt, "that it is closed is news of its own")
}

func TestTheMostPressingIsToldFirst(t *testing.T) {
	s, _ := open(t)
	raise(t, s, store.Alert{Kind: store.AlertApprovalRequested, SubjectID: "apr_1", Severity: store.SeverityInfo})
	raise(t, s, store.Alert{Kind: store.AlertReviewOpened, SubjectID: "rev_1", Severity: store.SeverityWarning})
	raise(t, s, store.Alert{Kind: store.AlertAccessNotCut, SubjectID: "evt_1", Severity: store.SeverityCritical})
	require.Equal(t, []string{"evt_1 open", "rev_1 open", "apr_1 open"}, due(t, s, "ops"))
}

func TestProcessesThatAskAtOnceGetDifferentAlerts(t *testing.T) {
	s, _ := open(t)
	const many = 60
	for i := range many {
		raised(t, s, number(i))
	}
	var (
		processes sync.WaitGroup
		mutex     sync.Mutex
		told      = map[string]int{}
	)
	for range 6 {
		processes.Go(func() {
			for range 12 {
				found, err := s.DueAlerts(t.Context(), "ops", 10, lease)
				if err != nil {
					t.Error(err)
					return
				}
				mutex.Lock()
				for _, alert := range found {
					told[alert.SubjectID]++
				}
				mutex.Unlock()
			}
		})
	}
	processes.Wait()
	for _, rest := range due(t, s, "ops") {
		told[strings.TrimSuffix(rest, " open")]++
	}
	require.Len(t, told, many)
	for subject, times := range told {
		require.Equal(t, 1, times, subject)
	}
}
