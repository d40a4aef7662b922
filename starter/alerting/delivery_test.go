package alerting_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/alerting"
	"muster/starter/internal/gate"
	"muster/store"
	"muster/testenv"
)

func TestAnAlertIsPostedSignedOnceWhenItOpensAndOnceWhenItCloses(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	begin(t, records, quick(), ops.endpoint("ops"))
	raise(t, records, "evt_1")
	raise(t, records, "evt_1")
	ops.gets("evt_1 open")
	settle(t, records, "evt_1")
	ops.gets("evt_1 open", "evt_1 closed")

	first, last := ops.messages()[0], ops.messages()[1]
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(first.body), &fields))
	delete(fields, "at")
	require.Equal(t, map[string]any{
		"id": first.alert.ID, "kind": "access_not_cut", "severity": "critical", "state": "open", "person_id": "WD-EMP-1",
		"subject_id": "evt_1", "text": "Access is not cut.", "path": "/v1/agents/WD-EMP-1/explain",
	}, fields, "and nothing else")
	require.Equal(t, first.alert.ID, last.alert.ID)
	require.Equal(t, "it is cut", last.alert.ClosedWhy)
	require.NotEqual(t, first.id, last.id, "each message has an id of its own")
}

func TestWithoutEndpointsAlertsStayInTheInbox(t *testing.T) {
	records := testenv.Store(t)
	p := begin(t, records, quick())
	raise(t, records, "evt_1")
	require.Len(t, openOf(t, records, store.AlertAccessNotCut), 1)
	require.InDelta(t, 1, p.counted(t, "muster_alerts_open", map[string]string{"kind": "access_not_cut", "severity": "critical"}), 0)
}

func TestWhatAStoppedProcessDidNotDeliverTheNextOneDoes(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	raise(t, records, "evt_1") // while nobody delivers
	taken, release := make(chan struct{}), make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(taken)
		<-release
	}))
	defer hanging.Close()
	defer close(release)
	first := begin(t, records, patientPace(), endpoint(t, "ops", hanging.URL))
	<-taken
	first.stop()

	begin(t, records, quick(), ops.endpoint("ops"))
	ops.gets("evt_1 open")
}

func TestAReceiverThatWasDownGetsEverythingWhenItIsBack(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	way := gate.Before(t, strings.TrimPrefix(ops.server.URL, "http://"))
	way.Shut()
	p := begin(t, records, quick(), endpoint(t, "ops", "http://"+way.Address()))
	for _, subject := range []string{"evt_1", "evt_2", "evt_3"} {
		raise(t, records, subject)
	}
	require.Eventually(t, func() bool { return len(openOf(t, records, store.AlertDeliveryFailed)) == 1 }, patience, glance)
	require.Equal(t, "ops", openOf(t, records, store.AlertDeliveryFailed)[0].SubjectID)
	failed := map[string]string{"endpoint": "ops", "result": "failed"}
	require.GreaterOrEqual(t, p.counted(t, "muster_alert_deliveries_total", failed), 3.0)
	require.Contains(t, p.log.String(), "an alert was not delivered")
	settle(t, records, "evt_2")

	way.Open()

	ops.gets("evt_1 open", "evt_2 closed", "evt_3 open", "ops open", "ops closed")
	require.Empty(t, openOf(t, records, store.AlertDeliveryFailed))
	require.InDelta(t, 5, p.counted(t, "muster_alert_deliveries_total", map[string]string{"endpoint": "ops", "result": "delivered"}), 0)
}

func TestAnEndpointThatRefusesOneAlertStaysAnAlertThoughItTakesOthers(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	ops.answers(func(alert api.Alert) int {
		if alert.SubjectID == "evt_refused" {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	begin(t, records, quick(), ops.endpoint("ops"))
	raise(t, records, "evt_refused")
	require.Eventually(t, func() bool { return len(openOf(t, records, store.AlertDeliveryFailed)) == 1 }, patience, glance)
	raise(t, records, "evt_taken")
	ops.gets("ops open", "evt_taken open")
	require.Len(t, openOf(t, records, store.AlertDeliveryFailed), 1)
}

func TestEveryAttemptToTellTheSameHasTheSameID(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	attempts := 0
	ops.answers(func(api.Alert) int {
		attempts++
		if attempts < 3 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	raise(t, records, "evt_1")
	begin(t, records, quick(), ops.endpoint("ops"))
	ops.gets("evt_1 open")
	require.Equal(t, ops.messages()[0].alert.ID+"_open", ops.messages()[0].id)
}

func TestAnEndpointThatHangsDelaysNoOther(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hanging.Close()
	defer close(release)
	pace := quick()
	pace.Timeout = patience
	begin(t, records, pace, endpoint(t, "hanging", hanging.URL), ops.endpoint("ops"))
	raise(t, records, "evt_1")
	ops.gets("evt_1 open")
	raise(t, records, "evt_2")
	ops.gets("evt_1 open", "evt_2 open")
}

func TestAnEndpointIsGivenUpWithAndSaidSo(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	ops.answers(func(api.Alert) int { return http.StatusGone })
	pace := quick()
	pace.GiveUpAfter, pace.ComplainAfter = 10*glance, 1000
	p := begin(t, records, pace, ops.endpoint("ops"))
	raise(t, records, "evt_1")

	givenUp := map[string]string{"endpoint": "ops", "result": "given_up"}
	require.Eventually(t, func() bool { return p.counted(t, "muster_alert_deliveries_total", givenUp) >= 1 }, patience, glance)
	require.Eventually(t, func() bool { return strings.Contains(p.log.String(), "given up") }, patience, glance)
	require.Len(t, openOf(t, records, store.AlertAccessNotCut), 1, "it stays in the inbox")
}

func TestARedirectIsNotFollowedWithASignedMessage(t *testing.T) {
	records, elsewhere := testenv.Store(t), receive(t)
	moved := httptest.NewServer(http.RedirectHandler(elsewhere.server.URL, http.StatusTemporaryRedirect))
	defer moved.Close()
	p := begin(t, records, quick(), endpoint(t, "ops", moved.URL))
	raise(t, records, "evt_1")
	require.Eventually(t, func() bool { return strings.Contains(p.log.String(), "answered 307") }, patience, glance)
	require.Empty(t, elsewhere.told())
}

func TestTheURLOfAnEndpointIsNeverLogged(t *testing.T) {
	records := testenv.Store(t)
	closed := httptest.NewServer(nil)
	closed.Close()
	p := begin(t, records, quick(), endpoint(t, "ops", closed.URL+"/a-secret-path"))
	raise(t, records, "evt_1")
	require.Eventually(t, func() bool { return strings.Contains(p.log.String(), "not delivered") }, patience, glance)
	require.NotContains(t, p.log.String(), "a-secret-path")
}

func TestTwoProcessesTellAnEndpointOnce(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	var want []string
	for range 2 {
		begin(t, records, patientPace(), ops.endpoint("ops"))
	}
	for _, number := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		raise(t, records, number)
		want = append(want, number+" open")
	}
	ops.gets(want...)
}

// patientPace leaves a busy machine the time that an attempt may take.
func patientPace() alerting.Pace {
	pace := quick()
	pace.Timeout = patience
	return pace
}

func TestWhatOnlyTimeBringsAboutIsRaisedAndClosed(t *testing.T) {
	records := testenv.Store(t)
	soon := time.Now().Add(10 * glance)
	require.NoError(t, records.RaiseAlert(t.Context(), store.Alert{Kind: store.AlertRungInVain, SubjectID: "P-1", Text: "In vain.", LapsesAt: &soon}))
	begin(t, records, quick())
	require.Eventually(t, func() bool { return len(openOf(t, records, store.AlertRungInVain)) == 0 }, patience, glance)
}
