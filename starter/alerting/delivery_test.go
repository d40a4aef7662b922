package alerting_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/hr"
	"muster/lifecycle"
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

	needed := []string{"evt_1 open", "evt_2 closed", "evt_3 open", "ops closed"}
	missing := func() []string {
		told := ops.told()
		return slices.DeleteFunc(slices.Clone(needed), func(s string) bool { return slices.Contains(told, s) })
	}
	require.Eventually(t, func() bool { return len(missing()) == 0 }, patience, glance)
	// That alerts did not get through is over with the first that does: it is told as open only where it is that first one.
	require.Subset(t, append(needed, "ops open"), ops.told())
	require.Empty(t, openOf(t, records, store.AlertDeliveryFailed))
	require.Eventually(t, func() bool {
		return int(p.counted(t, "muster_alert_deliveries_total", map[string]string{"endpoint": "ops", "result": "delivered"})) == len(ops.told())
	}, patience, glance)
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

func TestTheNoticeOfADeletionIsNotGivenUpWhileItIsOpen(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	pace := quick()
	pace.GiveUpAfter, pace.ComplainAfter = 2*glance, 1000
	refused := 0
	ops.answers(func(api.Alert) int {
		if refused++; refused <= 20 { // far longer than GiveUpAfter, with the shortest pauses there are
			return http.StatusGone
		}
		return http.StatusOK
	})
	require.NoError(t, records.RaiseAlert(t.Context(), store.Alert{
		Kind: store.AlertDeletionDue, PersonID: "WD-EMP-1", SubjectID: "notice", Text: "The account is deleted soon.",
	}))
	p := begin(t, records, pace, ops.endpoint("ops"))
	ops.gets("notice open")
	require.Zero(t, p.counted(t, "muster_alert_deliveries_total", map[string]string{"endpoint": "ops", "result": "given_up"}))
}

func TestTheNoticeOfADeletionThatDoesNotGetThroughIsAnAlertThatStays(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	ops.answers(func(alert api.Alert) int {
		if alert.Kind == string(store.AlertDeletionDue) {
			return http.StatusGone
		}
		return http.StatusOK
	})
	require.NoError(t, records.RaiseAlert(t.Context(), store.Alert{
		Kind: store.AlertDeletionDue, PersonID: "WD-EMP-1", SubjectID: "notice", Text: "The account is deleted soon.",
	}))
	pace := quick()
	pace.GiveUpAfter = time.Second
	p, began := begin(t, records, pace, ops.endpoint("ops")), time.Now()
	complained := func() bool { return len(openOf(t, records, store.AlertDeliveryFailed)) == 1 }
	require.Eventually(t, complained, patience, glance)
	require.Eventually(t, func() bool { return time.Since(began) > 2*pace.GiveUpAfter }, patience, glance)
	for _, taken := range []string{"evt_1", "evt_2"} { // that these are taken does not mean that the notice was
		raise(t, records, taken)
		require.Eventually(t, func() bool { return slices.Contains(ops.told(), taken+" open") }, patience, glance)
	}
	p.stop()
	require.True(t, complained())
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

func TestAnApprovalThatNobodyDecidesIsRemindedOfAndRefusedByARunningStarter(t *testing.T) {
	records, ops := testenv.Store(t), receive(t)
	approval := askForErasure(t, records, 100*glance)
	begin(t, records, patientPace(), ops.endpoint("ops"))
	begin(t, records, patientPace(), ops.endpoint("ops"))
	require.Eventually(t, func() bool {
		found, err := records.Approval(t.Context(), approval)
		return err == nil && found.State == store.ApprovalRejected && found.DecidedBy == store.ActorMuster
	}, patience, glance)
	require.Eventually(t, func() bool { return slices.Contains(kindsOf(ops), "approval_overdue open") }, patience, glance)
	require.NotContains(t, kindsOf(ops), "approval_overdue closed")
}

// askForErasure asks for an approval that is refused when nobody decides it within so much time.
func askForErasure(t *testing.T, records *store.Store, within time.Duration) (id string) {
	t.Helper()
	hire := []byte(`{"event_id":"evt_1","event_type":"USER_CREATE","source_system":"WORKDAY","timestamp_utc":"2026-03-02T10:00:00Z",` +
		`"payload":{"external_user_id":"P-1","email":"p@enterprise.test","first_name":"P","last_name":"One","department_code":"SUPP_L2"}}`)
	decoded, err := hr.Decode(hire, hr.Zones{})
	require.NoError(t, err)
	verdicts, err := records.Ingest(t.Context(), []store.Incoming{{
		Raw: hire, SourceSystem: "WORKDAY", Namespace: "workday", EventID: "evt_1", ExternalUserID: "P-1", Event: &decoded.Event,
		Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey("workday", decoded.Event),
	}}, false)
	require.NoError(t, err)
	deadline := time.Now().Add(within)
	require.NoError(t, records.WithPerson(t.Context(), verdicts[0].PersonID, func(_ context.Context, p *store.PersonTx) error {
		opened, err := p.OpenApproval(store.Approval{Kind: lifecycle.ApprovalErase, Question: "May it be erased?", Deadline: &deadline})
		id = opened.ID
		return err
	}))
	return id
}

// kindsOf are the kinds and states that were received, in their order.
func kindsOf(r *receiver) (told []string) {
	for _, got := range r.messages() {
		told = append(told, got.alert.Kind+" "+got.alert.State)
	}
	return told
}
