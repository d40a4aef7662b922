package activities

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"muster/ccaas/genesys/genesystest"
	"muster/lifecycle"
	"muster/store"
)

// handsOver runs the hand-over of somebody with one call, and returns how long it took.
func (l *leaver) handsOver(window time.Duration, details ...any) (lifecycle.HandOverResult, time.Duration) {
	l.w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(time.Minute)
	if len(details) > 0 {
		env.SetHeartbeatDetails(details[0])
	}
	env.RegisterActivity(l.w.activities.HandOver)
	began := time.Now()
	encoded, err := env.ExecuteActivity(l.w.activities.HandOver, lifecycle.HandOverInput{PhaseInput: l.in.PhaseInput, Window: window})
	took := time.Since(began)
	require.NoError(l.w.t, err)
	var result lifecycle.HandOverResult
	require.NoError(l.w.t, encoded.Get(&result))
	return result, took
}

// refuses makes the platform refuse a transfer: to the queue or to an agent.
func (w *ward) refuses(kind genesystest.FaultKind, to string) {
	w.t.Helper()
	require.NoError(w.t, w.platform.Fault(genesystest.Fault{Kind: kind, Path: "/api/v2/conversations/*/participants/*/replace/" + to, Times: -1}))
}

func (l *leaver) reviews() []store.Review {
	l.w.t.Helper()
	reviews, _, err := l.w.store.Reviews(l.w.t.Context(), store.QuestionFilter{State: store.ReviewOpen, PersonID: l.in.PersonID})
	require.NoError(l.w.t, err)
	return reviews
}

func TestAHandOverEndsWithItsWindowInTheMiddleOfACall(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, 0)
	require.NoError(t, w.platform.Fault(genesystest.Fault{Kind: genesystest.FaultSlow, Path: "/api/v2/analytics/**", DelayMS: 8000, Times: -1}))
	_, took := l.handsOver(time.Second)
	require.Less(t, took, 3*time.Second)
	require.Contains(t, l.timeline(), "live work could not be read")
	require.Len(t, l.reviews(), 1, "nobody knows what was left: somebody has to look")
}

func TestAnotherAttemptAtAHandOverGoesOnWithTheWindow(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, 0)
	w.refuses(genesystest.FaultServerError, "queue")
	_, took := l.handsOver(time.Minute, time.Now().Add(time.Second))
	require.Less(t, took, 5*time.Second)
	require.Len(t, l.reviews(), 1)
}

func TestWhatIsRefusedForGoodIsNotWaitedFor(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, 0)
	w.refuses(genesystest.FaultForbidden, "queue")
	result, took := l.handsOver(time.Minute)
	require.Equal(t, 1, result.Left)
	require.Less(t, took, 15*time.Second)
	truth, _ := w.platform.User(l.account)
	require.Equal(t, 1, truth.Live, "a customer on the phone is never hung up on")
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	w := newWard(t)
	l := w.leaver(1, 0)
	require.NoError(t, w.platform.Fault(genesystest.Fault{Kind: genesystest.FaultUnavailable, Path: "/api/v2/conversations/*/participants/*/replace/queue", Times: 2}))
	result, _ := l.handsOver(time.Minute)
	require.Equal(t, 1, result.ToQueue)
	require.Zero(t, result.Left)
	require.Empty(t, l.reviews())
}
