package frontdoor_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/store"
	"muster/testenv"
)

func TestReadinessNamesThePartThatIsMissing(t *testing.T) {
	behind, err := store.Open(t.Context(), testenv.EmptyDatabase(t))
	require.NoError(t, err)
	t.Cleanup(behind.Close)
	down, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=2")
	require.NoError(t, err)
	t.Cleanup(down.Close)
	tests := map[string]struct {
		records *store.Store
		server  standInServer
		missing map[string]string
	}{
		"nothing":                   {testenv.Store(t), standInServer{}, map[string]string{}},
		"the database":              {down, standInServer{}, map[string]string{"database": "cannot be reached"}},
		"the database's migrations": {behind, standInServer{}, map[string]string{"database": "run the migrations"}},
		"Temporal": {
			testenv.Store(t),
			standInServer{down: errors.New("connection refused")},
			map[string]string{"temporal": "cannot be reached", "search_attributes": "cannot be asked"},
		},
		"a search attribute": {
			testenv.Store(t), standInServer{missing: []string{"PurgeAt"}}, map[string]string{"search_attributes": "PurgeAt"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := openOn(t, test.records)
			*h.server = test.server
			readiness, err := h.as("").Readiness(t.Context())
			require.NoError(t, err)
			require.Equal(t, len(test.missing) == 0, readiness.Ready)
			require.Len(t, readiness.Parts, 3)
			for _, part := range readiness.Parts {
				problem, missing := test.missing[part.Name]
				require.Equal(t, !missing, part.Ready, part.Name)
				require.Contains(t, part.Problem, problem)
			}
			status, _, _ := h.answer(http.MethodGet, "/readyz", "", "", nil)
			require.Equal(t, map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[readiness.Ready], status)
			status, _, _ = h.answer(http.MethodGet, "/healthz", "", "", nil)
			require.Equal(t, http.StatusOK, status, "the process is alive all the same")
		})
	}
}

// figure reads one sample of /metrics; false when there is none.
func (h *house) figure(name string, labels map[string]string) (int, bool) {
	h.t.Helper()
	status, _, body := h.answer(http.MethodGet, "/metrics", "", "", nil)
	require.Equal(h.t, http.StatusOK, status)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	require.NoError(h.t, err)
	for _, metric := range families[name].GetMetric() {
		matches := true
		for _, label := range metric.GetLabel() {
			matches = matches && labels[label.GetName()] == label.GetValue()
		}
		if matches {
			return int(metric.GetGauge().GetValue() + metric.GetCounter().GetValue()), true
		}
	}
	return 0, false
}

func TestMetricsCountEventsAndShowWhatTheDatabaseKnows(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	h.sent(guideEvent(t))
	_, err := h.send(`{"event_id":"evt_1"}`)
	refused(t, err, http.StatusUnprocessableEntity)
	_, err = h.as("").SendEvents(t.Context(), []byte(`{}`))
	refused(t, err, http.StatusUnauthorized)

	for status, want := range map[string]int{"accepted": 1, "duplicate": 1, "rejected": 1} {
		got, found := h.figure("muster_events_received_total", map[string]string{"source": "WORKDAY", "status": status})
		require.True(t, found, status)
		require.Equal(t, want, got, status)
	}
	waiting, found := h.figure("muster_events", map[string]string{"outcome": "waiting"})
	require.True(t, found)
	require.Equal(t, 1, waiting)
	up, _ := h.figure("muster_database_up", nil)
	require.Equal(t, 1, up)
}

func TestTheDatabasesFiguresAreKeptForFifteenSeconds(t *testing.T) {
	h := open(t)
	waiting := func() int {
		figure, _ := h.figure("muster_events", map[string]string{"outcome": "waiting"})
		return figure
	}
	h.sent(event(t, "evt_1", "P-1", nil, nil))
	require.Equal(t, 1, waiting())
	h.sent(event(t, "evt_2", "P-2", nil, nil))
	require.Equal(t, 1, waiting())
	h.clock.set(h.clock.Now().Add(15 * time.Second))
	require.Equal(t, 2, waiting())
}

func TestADatabaseThatIsSlowToCountIsNotDown(t *testing.T) {
	url := testenv.Database(t)
	records, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(records.Close)
	h := openOn(t, records)
	owner, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, owner.Close(context.Background())) }()
	_, err = owner.Exec(t.Context(), "begin; lock table hr_events in access exclusive mode")
	require.NoError(t, err)

	up, found := h.figure("muster_database_up", nil)
	require.True(t, found)
	require.Equal(t, 1, up)
	_, found = h.figure("muster_agents_needing_attention", nil)
	require.False(t, found)
}

func TestMetricsAnswerWhileTheDatabaseIsDown(t *testing.T) {
	down, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=2")
	require.NoError(t, err)
	t.Cleanup(down.Close)
	h := openOn(t, down)
	up, found := h.figure("muster_database_up", nil)
	require.True(t, found)
	require.Zero(t, up)
}

func TestAnAuditorReadsTheTrailAndHasItVerified(t *testing.T) {
	h := open(t)
	h.sent(guideEvent(t))
	_, err := h.as(viewerToken).Agent(t.Context(), "WD-EMP-99284")
	require.NoError(t, err)
	_, err = h.store.SealAudit(t.Context())
	require.NoError(t, err)

	verdict, err := h.as(auditorToken).VerifyAudit(t.Context())
	require.NoError(t, err)
	require.True(t, verdict.Intact)
	require.Equal(t, int64(1), verdict.Sealed)
	require.Len(t, verdict.HeadHash, 64)

	trail, err := h.as(auditorToken).Audit(t.Context(), api.AuditQuery{PersonID: "WD-EMP-99284"})
	require.NoError(t, err)
	require.Len(t, trail.Items, 1)
	require.Equal(t, "read.agent", trail.Items[0].Action)
	require.Equal(t, "fact", trail.Items[0].Phase)
	_, err = h.as(viewerToken).Audit(t.Context(), api.AuditQuery{})
	refused(t, err, http.StatusForbidden)
}
