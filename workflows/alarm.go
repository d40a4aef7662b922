package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// alarm is at most one timer. Setting it to another instant cancels the one that runs, so that no stale timer wakes the workflow.
type alarm struct {
	at     time.Time
	timer  workflow.Future
	cancel workflow.CancelFunc
}

func newAlarm() *alarm { return &alarm{} }

// set makes the alarm go off at an instant, for the reason that the Temporal UI shows; the zero time clears it.
func (a *alarm) set(ctx workflow.Context, at time.Time, why string) {
	if a.timer != nil && a.at.Equal(at) && !a.timer.IsReady() {
		return
	}
	a.clear()
	if at.IsZero() {
		return
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	a.at, a.cancel = at, cancel
	a.timer = workflow.NewTimerWithOptions(timerCtx, until(ctx, at), workflow.TimerOptions{
		Summary: why + " " + minute(at),
	})
}

func (a *alarm) clear() {
	if a.cancel != nil {
		a.cancel()
	}
	*a = alarm{}
}

func (a *alarm) isSet() bool { return a.timer != nil }

// addTo makes the selector return when the alarm goes off.
func (a *alarm) addTo(s workflow.Selector) {
	if a.timer != nil {
		s.AddFuture(a.timer, func(workflow.Future) { *a = alarm{} })
	}
}

// minute writes an instant for people.
func minute(at time.Time) string { return at.UTC().Format("2006-01-02 15:04Z") }
