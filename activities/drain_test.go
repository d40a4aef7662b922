package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"muster/ccaas/genesys"
	"muster/ccaas/genesys/genesystest"
	"muster/hr"
	"muster/lifecycle"
	"muster/mapping"
	"muster/store"
	"muster/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// ward is people who drain in one process: real PostgreSQL, the platform over HTTP, the activity as a worker runs it.
type ward struct {
	t          *testing.T
	store      *store.Store
	platform   *genesystest.Server
	activities *Activities
}

// drainEvery is the time between two rounds in these tests.
const drainEvery = 400 * time.Millisecond

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{t: t, store: testenv.Store(t), platform: genesystest.New(t, genesystest.Options{})}
	adapter, err := genesys.New(genesys.Config{
		LoginURL: w.platform.LoginURL(), APIURL: w.platform.URL(), ClientID: w.platform.ClientID(), ClientSecret: w.platform.ClientSecret(),
	})
	require.NoError(t, err)
	testenv.Publish(t, w.store, mapping.Example())
	w.activities = New(w.store, adapter, nil, nil)
	w.activities.drains.every = drainEvery
	return w
}

// leaver is somebody isolated with one call, about to drain.
type leaver struct {
	w            *ward
	in           lifecycle.DrainInput
	account      string
	conversation string
	mu           sync.Mutex
	result       *lifecycle.DrainResult
	err          error
	done         chan struct{}
}

func (w *ward) leaver(number int, window time.Duration) *leaver {
	w.t.Helper()
	l := &leaver{w: w, done: make(chan struct{})}
	person := fmt.Sprintf("WD-EMP-%04d", number)
	w.post(person, "USER_CREATE", "2026-01-01T08:00:00Z", map[string]any{
		"email": person + "@example.com", "first_name": "Ana", "last_name": "Lopez", "department_code": "SUPP_L2", "timezone": "America/New_York",
	})
	w.post(person, "USER_TERMINATE", "2026-01-02T08:00:00Z", nil)
	truth, err := w.platform.Plant(genesystest.Plant{
		State: new("active"), Name: new("Ana Lopez"), Email: new(person + "@example.com"), Queues: map[string]bool{"Tier_2_Escalation": false},
	})
	require.NoError(w.t, err)
	l.account = truth.ID
	l.conversation, err = w.platform.StartConversation(l.account, genesystest.StartConversation{Queue: "Tier_2_Escalation"})
	require.NoError(w.t, err)
	operation := lifecycle.OperationInput{PersonID: person}
	require.NoError(w.t, w.store.WithPerson(w.t.Context(), person, func(_ context.Context, p *store.PersonTx) error {
		if err := p.UpdateAgent(store.AgentChange{Platform: new("genesys"), PlatformUserID: &l.account, State: new(lifecycle.Draining)}); err != nil {
			return err
		}
		operation.Generation, err = p.TakeOver(lifecycle.Termination, "test")
		return err
	}))
	plan, err := w.activities.MakePlan(w.t.Context(), lifecycle.PlanInput{OperationInput: operation, Operation: lifecycle.Termination, Now: time.Now()})
	require.NoError(w.t, err)
	l.in = lifecycle.DrainInput{
		PhaseInput: lifecycle.PhaseInput{OperationInput: operation, Operation: lifecycle.Termination, Digest: plan.Digest}, Window: window,
	}
	return l
}

// post hands in an event as the front door does.
func (w *ward) post(person string, kind hr.Type, at string, payload map[string]any) {
	w.t.Helper()
	body := map[string]any{"external_user_id": person}
	for field, value := range payload {
		body[field] = value
	}
	raw, err := json.Marshal(map[string]any{
		"event_id": "evt_" + strings.ToLower(string(kind)) + "_" + person + "_" + at, "event_type": kind, "source_system": "WORKDAY", "timestamp_utc": at, "payload": body,
	})
	require.NoError(w.t, err)
	decoded, err := hr.Decode(raw, hr.Zones{})
	require.NoError(w.t, err)
	verdicts, err := w.store.Ingest(w.t.Context(), []store.Incoming{{
		Raw: raw, SourceSystem: "WORKDAY", Namespace: "default", EventID: decoded.Event.EventID, ExternalUserID: person, Event: &decoded.Event,
		Canonical: decoded.Canonical, Digest: decoded.Digest, ProcessingKey: hr.ProcessingKey("default", decoded.Event), Defects: decoded.Defects,
	}}, false)
	require.NoError(w.t, err)
	require.Equal(w.t, store.VerdictAccepted, verdicts[0].Status, verdicts[0].Reason)
}

// drain runs the activity until it ends.
func (l *leaver) drain(details ...any) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(time.Minute)
	if len(details) > 0 {
		env.SetHeartbeatDetails(details[0])
	}
	env.RegisterActivity(l.w.activities.Drain)
	go func() {
		defer close(l.done)
		encoded, err := env.ExecuteActivity(l.w.activities.Drain, l.in)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.err = err; err == nil {
			l.err = encoded.Get(&l.result)
		}
	}()
}

// ends waits for the end of the drain.
func (l *leaver) ends() lifecycle.DrainResult {
	l.w.t.Helper()
	select {
	case <-l.done:
	case <-time.After(30 * time.Second):
		require.FailNow(l.w.t, "the drain has not ended", l.timeline())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	require.NoError(l.w.t, l.err)
	return *l.result
}

func (l *leaver) drains() bool {
	select {
	case <-l.done:
		return false
	default:
		return true
	}
}

func (l *leaver) timeline() string {
	l.w.t.Helper()
	entries, _, err := l.w.store.Timeline(l.w.t.Context(), l.in.PersonID, "", 200)
	require.NoError(l.w.t, err)
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %s\n", e.Kind, e.Text)
	}
	return b.String()
}

func (l *leaver) says(text string) {
	l.w.t.Helper()
	require.Eventually(l.w.t, func() bool { return strings.Contains(l.timeline(), text) }, 20*time.Second, 20*time.Millisecond, "%s", text)
}

func (l *leaver) hangUp() {
	l.w.t.Helper()
	require.NoError(l.w.t, l.w.platform.EndConversation(l.conversation))
}

// reads counts the platform's reads since the journal was cleared: of many accounts at once, of one account, of queues.
func (w *ward) reads() (together, alone, queues int) {
	together = len(w.platform.Journal(genesystest.JournalFilter{Method: "GET", Path: "/api/v2/users"}))
	alone = len(w.platform.Journal(genesystest.JournalFilter{Method: "GET", Path: "/api/v2/users/*"}))
	queues = len(w.platform.Journal(genesystest.JournalFilter{Method: "GET", Path: "/api/v2/users/*/queues"}))
	return together, alone, queues
}

func TestEverybodyWhoDrainsIsLookedAtInOneRound(t *testing.T) {
	const people = 50
	w := newWard(t)
	w.activities.drains.every = time.Second
	var all []*leaver
	for i := range people {
		l := w.leaver(i, time.Minute)
		all = append(all, l)
		l.drain()
	}
	for _, l := range all {
		l.says("drain began: 1 conversation runs")
	}
	w.platform.ClearJournal()
	together := 0
	require.Eventually(t, func() bool { together, _, _ = w.reads(); return together >= 4 }, 20*time.Second, 10*time.Millisecond)
	together, alone, queues := w.reads()
	t.Logf("%d people: %d reads of all, %d of one, %d of queues", people, together, alone, queues)
	require.Zero(t, alone)
	require.LessOrEqual(t, queues, people*together)
	require.Greater(t, queues, people, "the queues of everybody are read every round")
	for _, l := range all {
		l.hangUp()
	}
	for _, l := range all {
		require.Zero(t, l.ends().Live)
	}
}

func TestADrainEndsWithItsOwnLastConversationAndNotWithAnothers(t *testing.T) {
	w := newWard(t)
	first, second := w.leaver(1, time.Minute), w.leaver(2, time.Minute)
	first.drain()
	second.drain()
	second.says("drain began")
	first.hangUp()
	require.Zero(t, first.ends().Live)
	require.True(t, second.drains())
	second.hangUp()
	second.ends()
}

func TestADrainEndsWhenItsWindowIsOver(t *testing.T) {
	l := newWard(t).leaver(1, 600*time.Millisecond)
	began := time.Now()
	l.drain()
	result := l.ends()
	require.Equal(t, 1, result.Live)
	require.Less(t, time.Since(began), 5*time.Second)
	require.Contains(t, l.timeline(), "drained: 1 conversations still running at the end; joined again and isolated anew 0 times; the window is over")
}

func TestWhoJoinsAgainIsIsolatedAgainAndTheOthersAreLeftAlone(t *testing.T) {
	w := newWard(t)
	returner, other := w.leaver(1, time.Minute), w.leaver(2, time.Minute)
	returner.drain()
	other.drain()
	other.says("drain began")
	returner.says("drain began")
	_, err := w.platform.Change(returner.account, genesystest.Plant{Queues: map[string]bool{"Tier_2_Escalation": true}, Presence: new("OnQueue")})
	require.NoError(t, err)
	returner.says("joined again to 1 queues: isolated anew")
	require.Eventually(t, func() bool {
		truth, _ := w.platform.User(returner.account)
		return !truth.Queues["Tier_2_Escalation"] && truth.Presence == "Offline"
	}, 10*time.Second, 10*time.Millisecond)
	returner.hangUp()
	other.hangUp()
	require.Positive(t, returner.ends().Isolations)
	require.Zero(t, other.ends().Isolations)
}

func TestADismissalEndsTheDrainOfWhomItIsAbout(t *testing.T) {
	w := newWard(t)
	dismissed, other := w.leaver(1, time.Minute), w.leaver(2, time.Minute)
	dismissed.drain()
	other.drain()
	dismissed.says("drain began")
	w.post(dismissed.in.PersonID, "USER_TERMINATE", "2026-01-03T08:00:00Z", map[string]any{"termination": map[string]any{"reason": "INVOLUNTARY"}})
	result := dismissed.ends()
	require.True(t, result.Dismissed)
	require.Equal(t, 1, result.Live)
	require.True(t, other.drains())
	other.hangUp()
	other.ends()
}

func TestATakeOverEndsTheDrain(t *testing.T) {
	l := newWard(t).leaver(1, time.Minute)
	l.drain()
	l.says("drain began")
	require.NoError(t, l.w.store.WithPerson(t.Context(), l.in.PersonID, func(_ context.Context, p *store.PersonTx) error {
		_, err := p.TakeOver(lifecycle.Hire, "test")
		return err
	}))
	<-l.done
	require.ErrorContains(t, l.err, "a newer operation has taken the person over")
}

func TestAPlatformThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, time.Minute)
	l.drain()
	l.says("drain began")
	require.NoError(t, w.platform.Fault(genesystest.Fault{Kind: genesystest.FaultServerError, Method: "GET", Path: "/api/v2/users", Times: -1}))
	w.platform.ClearJournal()
	require.Eventually(t, func() bool { together, _, _ := w.reads(); return together > 0 }, 10*time.Second, 10*time.Millisecond)
	w.platform.ClearFaults()
	l.hangUp()
	require.Zero(t, l.ends().Live)
}

func TestAWindowEndsThoughThePlatformDoesNotAnswer(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, time.Second)
	require.NoError(t, w.platform.Fault(genesystest.Fault{Kind: genesystest.FaultServerError, Method: "GET", Path: "/api/v2/users", Times: -1}))
	l.drain()
	l.ends()
	require.Contains(t, l.timeline(), "the window is over")
}

func TestOnesTroubleIsNotAnothers(t *testing.T) {
	w := newWard(t)
	troubled, other := w.leaver(1, 3*time.Second), w.leaver(2, time.Minute)
	require.NoError(t, w.platform.Fault(genesystest.Fault{Kind: genesystest.FaultServerError, Path: "/api/v2/users/" + troubled.account + "/queues", Times: -1}))
	troubled.drain()
	other.drain()
	other.says("drain began")
	other.hangUp()
	require.Zero(t, other.ends().Live)
	require.Equal(t, 1, troubled.ends().Live)
}

func TestAReadOfAllThatIsRefusedLeavesEveryoneTheirOwn(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, time.Minute)
	require.NoError(t, w.platform.Fault(genesystest.Fault{Kind: genesystest.FaultForbidden, Method: "GET", Path: "/api/v2/users", Times: -1}))
	l.drain()
	l.says("drain began: 1 conversation runs")
	l.hangUp()
	require.Zero(t, l.ends().Live)
}

func TestAnotherAttemptGoesOnWithTheWindow(t *testing.T) {
	l := newWard(t).leaver(1, time.Hour)
	l.drain(time.Now().Add(-time.Second))
	require.Equal(t, 1, l.ends().Live)
	require.NotContains(t, l.timeline(), "drain began")
}

func TestTheTimelineSaysWhatChangesAndNotEveryLook(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, time.Minute)
	second, err := w.platform.StartConversation(l.account, genesystest.StartConversation{Media: "email", Queue: "Tier_2_Escalation"})
	require.NoError(t, err)
	l.drain()
	l.says("drain began: 2 conversations run; waited for until")
	w.platform.ClearJournal()
	require.Eventually(t, func() bool { together, _, _ := w.reads(); return together > 3 }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, w.platform.EndConversation(second))
	l.says("drain.running 1 conversation runs")
	l.hangUp()
	l.ends()
	require.Equal(t, 3, strings.Count(l.timeline(), "drain"+".")+strings.Count(l.timeline(), "account.drained"))
}

func TestATrainingIsLiveWork(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, time.Minute)
	_, err := w.platform.Change(l.account, genesystest.Plant{Presence: new("Training")})
	require.NoError(t, err)
	l.drain()
	l.says("drain began: 1 conversation runs, and a training")
	l.hangUp()
	l.says("drain.running 0 conversations run, and a training")
	_, err = w.platform.Change(l.account, genesystest.Plant{Presence: new("Available")})
	require.NoError(t, err)
	require.Zero(t, l.ends().Live)
}

func TestATrainingThatTheIsolationPutOutOfSightIsWaitedForUntilTheAgentDoesSomethingElse(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, time.Minute)
	l.in.Training = true
	l.hangUp()
	l.drain()
	l.says("drain began: 0 conversations run, and a training")
	_, err := w.platform.Change(l.account, genesystest.Plant{Presence: new("Away")})
	require.NoError(t, err)
	l.ends()
}
