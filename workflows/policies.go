package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"muster/names"
)

// The option sets. No work is bounded as a whole: what waits for the platform's budget, for PostgreSQL or for a worker waits, and is
// seen waiting; it does not fail. Local activities have to be told: without a schedule-to-close timeout of their own the SDK takes
// start-to-close for the whole, retries included.
const unbounded = 10 * 365 * 24 * time.Hour

// localStep is for steps on PostgreSQL alone, well under a second, that go into the record with the workflow task. Half a minute is
// for a take-over, which waits for a platform call in flight.
func localStep(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    30 * time.Second,
		ScheduleToCloseTimeout: unbounded,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
		Summary:                summary,
	})
}

// platformPhase is for one phase of a joiner's or mover's operation: a dozen platform calls and their read-back. The heartbeat
// lets another worker go on within seconds when this one dies.
func platformPhase(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: unbounded,
		TaskQueue:              names.QueueGenesys,
		StartToCloseTimeout:    5 * time.Minute,
		HeartbeatTimeout:       15 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                summary,
	})
}

// boundedPhase is platformPhase for what somebody is told of where it does not succeed for so long; then it is asked for again.
func boundedPhase(ctx workflow.Context, within time.Duration, summary string) workflow.Context {
	ctx = platformPhase(ctx, summary)
	return workflow.WithScheduleToCloseTimeout(ctx, within)
}

// leaverPhase is for one phase of taking access away: its own queue, and tried again fast for as long as it takes.
func leaverPhase(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: unbounded,
		TaskQueue:              names.QueueGenesysLeaver,
		StartToCloseTimeout:    2 * time.Minute,
		HeartbeatTimeout:       10 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 1.5, MaximumInterval: 10 * time.Second},
		Summary:                summary,
	})
}

// leaverBounded is for the hand-over, the one step that gives up: it must not hold up the cut-off that follows.
func leaverBounded(ctx workflow.Context, window time.Duration, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              names.QueueGenesysLeaver,
		ScheduleToCloseTimeout: 2*window + 30*time.Second,
		StartToCloseTimeout:    window + 15*time.Second,
		HeartbeatTimeout:       10 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 1.5, MaximumInterval: 5 * time.Second},
		Summary:                summary,
	})
}

// leaverWait is for the drain: it goes on until the conversations have ended or its window is over.
func leaverWait(ctx workflow.Context, window time.Duration, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: unbounded,
		TaskQueue:              names.QueueGenesysDrain,
		StartToCloseTimeout:    window + time.Minute,
		HeartbeatTimeout:       drainHeartbeat(window),
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 1.5, MaximumInterval: 10 * time.Second},
		Summary:                summary,
	})
}

// drainHeartbeat is how soon another worker takes up the drain of one that died. Each heartbeat that reaches the server is a billed
// action, and the SDK sends one per four fifths of this timeout, at most one a minute: seven in a window of 300 s.
func drainHeartbeat(window time.Duration) time.Duration {
	return min(max(window/5, 10*time.Second), 75*time.Second)
}

// recordWork is for long work on PostgreSQL alone: it goes on until a stretch of it is done, and another worker takes it up within
// seconds when this one dies.
func recordWork(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: unbounded,
		TaskQueue:              names.QueueRecord,
		StartToCloseTimeout:    15 * time.Minute,
		HeartbeatTimeout:       15 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                summary,
	})
}
