package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/starter/host"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const (
	patience      = 30 * time.Second
	glance        = 20 * time.Millisecond
	workdaySecret = "whsec_d29ya2RheS1zZWNyZXQtMDAwMDAwMDAx"
	viewerToken   = "a-token-for-the-role-viewer"
)

// process is a starter that runs inside the test.
type process struct {
	client *api.Client
	log    *safeLog
	stop   context.CancelFunc
	ended  chan error
}

func write(t *testing.T, name string, content any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	raw, err := json.Marshal(content)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	return path
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// begin starts a starter whose Temporal server is down.
func begin(t *testing.T, databaseURL string, changes ...func(*host.Config)) *process {
	t.Helper()
	t.Setenv("TEMPORAL_ADDRESS", freeAddress(t))
	t.Setenv("TEMPORAL_CONFIG_FILE", os.DevNull)
	config := host.Config{
		DatabaseURL: databaseURL, Listen: freeAddress(t), StopTimeout: patience,
		WebhookSecretsFile: write(t, "secrets.json", map[string]string{"WORKDAY": workdaySecret}),
		TokensFile:         write(t, "tokens.json", map[string]any{viewerToken: map[string]any{"name": "vera", "roles": []string{"viewer"}}}),
	}
	for _, change := range changes {
		change(&config)
	}
	ctx, stop := context.WithCancel(t.Context())
	p := &process{
		client: &api.Client{BaseURL: "http://" + config.Listen, Token: viewerToken}, log: &safeLog{}, stop: stop, ended: make(chan error, 1),
	}
	go func() { p.ended <- host.Run(ctx, config, slog.New(slog.NewJSONHandler(p.log, nil))) }()
	t.Cleanup(func() { p.end(t) })
	require.Eventually(t, func() bool {
		_, err := p.client.Readiness(t.Context())
		return err == nil
	}, patience, glance)
	return p
}

// end stops the process and requires that it stops well.
func (p *process) end(t *testing.T) {
	t.Helper()
	p.stop()
	select {
	case err := <-p.ended:
		require.NoError(t, err)
		p.ended <- nil
	case <-time.After(patience):
		require.Fail(t, "the starter does not stop")
	}
}

func (p *process) part(t *testing.T, name string) api.ReadinessPart {
	t.Helper()
	readiness, err := p.client.Readiness(t.Context())
	require.NoError(t, err)
	for _, part := range readiness.Parts {
		if part.Name == name {
			return part
		}
	}
	require.Fail(t, "readiness says nothing of "+name)
	return api.ReadinessPart{}
}

func guideEvent(t *testing.T) []byte {
	t.Helper()
	content, err := os.ReadFile("../../hr/testdata/guide_user_update.json")
	require.NoError(t, err)
	return content
}

func TestEventsAreAcceptedAtOnceWhileTemporalIsDown(t *testing.T) {
	p := begin(t, testenv.Database(t))
	require.True(t, p.part(t, "database").Ready)
	require.False(t, p.part(t, "temporal").Ready)

	began := time.Now()
	receipts, err := p.client.SendSignedEvents(t.Context(), workdaySecret, "msg_1", guideEvent(t))
	require.NoError(t, err)
	require.Equal(t, api.EventAccepted, receipts.Events[0].Status)
	require.Less(t, time.Since(began), 3*time.Second, "nobody waits for the ring")
	event, err := p.client.Event(t.Context(), receipts.Events[0].EventID)
	require.NoError(t, err)
	require.Equal(t, "waiting", event.Outcome)
}

func TestItStartsWhileTheDatabaseIsDownAndSaysSo(t *testing.T) {
	p := begin(t, "postgres://nobody:a-password@"+freeAddress(t)+"/none?connect_timeout=2")
	require.False(t, p.part(t, "database").Ready)
	_, err := p.client.SendSignedEvents(t.Context(), workdaySecret, "msg_1", guideEvent(t))
	var problem *api.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, http.StatusServiceUnavailable, problem.Status)
	require.NotContains(t, p.log.String(), "a-password")
}

func TestAStopAnswersWhatIsUnderWay(t *testing.T) {
	p := begin(t, testenv.Database(t))
	const calls = 8
	var asking sync.WaitGroup
	answers := make(chan error, calls)
	for range calls {
		asking.Go(func() {
			_, err := p.client.SendSignedEvents(t.Context(), workdaySecret, "msg_1", guideEvent(t))
			answers <- err
		})
	}
	require.NoError(t, <-answers)
	p.end(t)
	asking.Wait()
	close(answers)
	for err := range answers {
		if err != nil {
			require.ErrorIs(t, err, api.ErrUnreachable, "came too late for the door, not half answered")
		}
	}
}

func TestAnAlertEndpointThatIsWrongStopsTheStart(t *testing.T) {
	config := host.Config{DatabaseURL: testenv.Database(t), Listen: freeAddress(t), AlertURLsFile: write(t, "urls.json", map[string]any{
		"ops": map[string]string{"url": "https://ops.example.test/", "secret": "short"},
	})}
	t.Setenv("TEMPORAL_CONFIG_FILE", os.DevNull)
	require.ErrorContains(t, host.Run(t.Context(), config, slog.New(slog.DiscardHandler)), "endpoint ops: secret")
}

func TestWhatIsRaisedIsPosted(t *testing.T) {
	got := make(chan string, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("webhook-id") }))
	defer receiver.Close()
	database := testenv.Database(t)
	records, err := store.Open(t.Context(), database)
	require.NoError(t, err)
	defer records.Close()
	require.NoError(t, records.RaiseAlert(t.Context(), store.Alert{Kind: store.AlertSourceSilent, SubjectID: "WORKDAY", Text: "Silent."}))
	begin(t, database, func(config *host.Config) {
		config.AlertURLsFile = write(t, "urls.json", map[string]any{"ops": map[string]string{"url": receiver.URL, "secret": workdaySecret}})
	})
	select {
	case id := <-got:
		require.Contains(t, id, "alt_")
	case <-time.After(patience):
		require.Fail(t, "nothing was posted")
	}
}

func TestTheConfigurationIsShownWithoutItsSecrets(t *testing.T) {
	for url, kept := range map[string]string{
		"postgres://ana:a-password@db:5432/muster":               "db:5432",
		"postgres://db:5432/muster?user=ana&password=a-password": "db:5432",
		"host=db user=ana password=a-password":                   "withheld",
	} {
		var shown bytes.Buffer
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("starting", "configuration", host.Config{DatabaseURL: url})
		require.NotContains(t, shown.String(), "a-password")
		require.Contains(t, shown.String(), kept)
	}
}

func TestTheEnvironmentIsReadIntoTheConfiguration(t *testing.T) {
	t.Setenv("MUSTER_DATABASE_URL", "")
	require.NoError(t, os.Unsetenv("MUSTER_DATABASE_URL"))
	_, err := host.ReadConfig()
	require.ErrorContains(t, err, "MUSTER_DATABASE_URL")

	t.Setenv("MUSTER_DATABASE_URL", "postgres://db/muster")
	t.Setenv("MUSTER_NAMESPACES", "WORKDAY:us,SUCCESSFACTORS:eu")
	config, err := host.ReadConfig()
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", config.Listen)
	require.Zero(t, config.SilenceHours, "sources are not watched unless that is asked for")
	t.Setenv("MUSTER_SILENCE_HOURS", "-1")
	_, err = host.ReadConfig()
	require.ErrorContains(t, err, "MUSTER_SILENCE_HOURS")
	require.Equal(t, map[string]string{"WORKDAY": "us", "SUCCESSFACTORS": "eu"}, config.Namespaces)
}

type safeLog struct {
	mutex   sync.Mutex
	content strings.Builder
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
