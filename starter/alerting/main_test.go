package alerting_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/alerting"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	secret   = "whsec_YWxlcnQtc2VjcmV0LW9mLXRoZS10ZXN0cy0wMDAx"
	patience = 15 * time.Second
	glance   = 5 * time.Millisecond
)

// quick is a pace for tests. The time an attempt may take bounds how long what a stopped process had taken is away.
func quick() alerting.Pace {
	return alerting.Pace{
		Every: glance, WatchEvery: glance, Timeout: 100 * time.Millisecond,
		FirstPause: glance, LongestPause: 4 * glance, GiveUpAfter: time.Hour, ComplainAfter: 3,
	}
}

// message is what a receiver got and found to be signed.
type message struct {
	id    string
	alert api.Alert
	body  string
}

// receiver is an HTTP server that takes alerts.
type receiver struct {
	t      *testing.T
	server *httptest.Server

	mutex sync.Mutex
	got   []message
	// answer, when set, decides the status of an answer; what is refused does not count as got.
	answer func(alert api.Alert) int
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		r.t.Error(err)
		return
	}
	var alert api.Alert
	if err := json.Unmarshal(body, &alert); err != nil {
		r.t.Errorf("not JSON: %s", body)
	}
	if err := webhook.Verify(body, request.Header); err != nil {
		r.t.Errorf("not signed: %v", err)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	status := http.StatusNoContent
	if r.answer != nil {
		status = r.answer(alert)
	}
	if status < 300 {
		r.got = append(r.got, message{id: request.Header.Get("webhook-id"), alert: alert, body: string(body)})
	}
	w.WriteHeader(status)
}

func (r *receiver) answers(answer func(api.Alert) int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.answer = answer
}

func (r *receiver) messages() []message {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]message{}, r.got...)
}

// told are the subjects and states that were received, in their order.
func (r *receiver) told() []string {
	told := []string{}
	for _, got := range r.messages() {
		told = append(told, got.alert.SubjectID+" "+got.alert.State)
	}
	return told
}

// gets requires that the receiver gets exactly these, in whatever order, and then nothing more for a while.
func (r *receiver) gets(want ...string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return len(r.told()) >= len(want) }, patience, glance, "want %v", want)
	require.Never(r.t, func() bool { return len(r.told()) > len(want) }, 20*glance, glance)
	require.ElementsMatch(r.t, want, r.told())
}

func (r *receiver) endpoint(name string) alerting.Endpoint { return endpoint(r.t, name, r.server.URL) }

func endpoint(t *testing.T, name, url string) alerting.Endpoint {
	t.Helper()
	made, err := alerting.NewEndpoint(name, url, secret)
	require.NoError(t, err)
	return made
}

// process is a running Alerting.
type process struct {
	metrics *prometheus.Registry
	log     *safeLog
	stop    func()
}

func begin(t *testing.T, records *store.Store, pace alerting.Pace, endpoints ...alerting.Endpoint) *process {
	t.Helper()
	p := &process{metrics: prometheus.NewRegistry(), log: &safeLog{}}
	made := alerting.New(alerting.Options{
		Store: records, Endpoints: endpoints, Pace: pace, Metrics: p.metrics, Log: slog.New(slog.NewJSONHandler(p.log, nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		made.Run(ctx)
	}()
	p.stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(p.stop)
	return p
}

// counted is the value of a figure with these labels; 0 when there is none.
func (p *process) counted(t *testing.T, name string, labels map[string]string) float64 {
	t.Helper()
	families, err := p.metrics.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			found := map[string]string{}
			for _, label := range metric.GetLabel() {
				found[label.GetName()] = label.GetValue()
			}
			if len(found) == len(labels) && mapsEqual(found, labels) {
				return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return 0
}

func mapsEqual(found, wanted map[string]string) bool {
	for name, value := range wanted {
		if found[name] != value {
			return false
		}
	}
	return true
}

func raise(t *testing.T, records *store.Store, subject string) {
	t.Helper()
	require.NoError(t, records.RaiseAlert(t.Context(), store.Alert{
		Kind: store.AlertAccessNotCut, Severity: store.SeverityCritical, PersonID: "WD-EMP-1", SubjectID: subject, Text: "Access is not cut.",
	}))
}

func settle(t *testing.T, records *store.Store, subject string) {
	t.Helper()
	require.NoError(t, records.CloseAlert(t.Context(), store.AlertKey(store.AlertAccessNotCut, subject), "it is cut"))
}

// openOf are the open alerts of a kind.
func openOf(t *testing.T, records *store.Store, kind store.AlertKind) (open []store.Alert) {
	t.Helper()
	all, _, err := records.Alerts(t.Context(), store.AlertFilter{State: store.AlertOpen, Limit: 500})
	require.NoError(t, err)
	for _, alert := range all {
		if alert.Kind == kind {
			open = append(open, alert)
		}
	}
	return open
}

// safeLog is a log that may be read while it is written.
type safeLog struct {
	mutex   sync.Mutex
	content bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.content.Write(p)
}

func (l *safeLog) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.content.String()
}
