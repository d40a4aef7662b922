package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

// Drain waits until the leaver's running conversations have ended, at most for the window. Everybody who drains in this process is
// looked at together (drainWatch). Each look also makes sure that the agent has not joined again. A platform that does not say how
// many run counts as one running; one that does not answer is asked again, until the window is over.
func (a *Activities) Drain(ctx context.Context, in lifecycle.DrainInput) (lifecycle.DrainResult, error) {
	ph, err := a.begin(ctx, in.PhaseInput)
	if err != nil {
		return lifecycle.DrainResult{}, boundary(err)
	}
	// The window begins with the first look, and a second attempt goes on with it.
	d := &drain{leaving: leaving{ph}, accountID: ph.person.Agent.PlatformUserID, deadline: time.Now().Add(in.Window), training: in.Training}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &d.deadline); err != nil {
			return lifecycle.DrainResult{}, boundary(fmt.Errorf("reading the drain's deadline: %w", err))
		}
		d.resumed = true
	}
	err = beatingWith(ctx, d.deadline, d.run)
	return d.result, boundary(err)
}

// beatingWith is beating with what a second attempt needs to know. One that ends within seconds costs no heartbeat.
func beatingWith(ctx context.Context, details any, fn func(ctx context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ticker := time.NewTicker(4 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx, details)
			}
		}
	}()
	return fn(ctx)
}

// drain is one leaver's drain.
type drain struct {
	leaving
	accountID string
	deadline  time.Time
	// resumed: an earlier attempt began it.
	resumed bool
	// training: a training that the isolation found goes on as far as anybody knows. The isolation has put its presence out of sight, so
	// its end shows only when the agent takes up another one.
	training bool
	// noted is what runs as the timeline has it, so that it gets a line per change and not per look.
	noted  string
	result lifecycle.DrainResult
}

func (d *drain) run(ctx context.Context) error {
	window, cancel := context.WithDeadline(ctx, d.deadline)
	defer cancel()
	for soon := true; ; soon = false {
		look, err := d.a.drains.look(window, d.accountID, soon)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case window.Err() != nil:
			return d.windowOver(ctx)
		case final(err):
			return err
		}
		if ended, failed := d.take(ctx, look, err); ended || failed != nil {
			return failed
		}
		waitAtMost(window, retryAfter(err)) // the next look may show what this one did not, no sooner than the platform asks for
	}
}

// retryAfter is how long the platform asks to be left alone.
func retryAfter(err error) time.Duration {
	var platform *ccaas.Error
	if errors.As(err, &platform) {
		return platform.RetryAfter
	}
	return 0
}

func waitAtMost(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// take acts on a look, which may have failed in a way that passes, and reports whether the drain has ended with it.
func (d *drain) take(ctx context.Context, look drainLook, lookErr error) (ended bool, err error) {
	known := d.see(look, lookErr)
	if known && look.over() && !d.training {
		return true, d.ended(ctx, "nothing is left to wait for")
	}
	if d.result.Dismissed, err = d.nowDismissed(ctx); err != nil {
		return false, err
	}
	if d.result.Dismissed {
		return true, d.ended(ctx, "HR made it a dismissal, which is not waited for")
	}
	if lookErr != nil {
		return false, nil //nolint:nilerr // run made sure that it passes: the next look may show what this one did not
	}
	if err := d.noteRunning(ctx, look); err != nil || len(look.Joined) == 0 {
		return false, err
	}
	return false, d.isolateAgain(ctx, look.Joined)
}

// see remembers what a look knows, and reports whether it knows how much runs.
func (d *drain) see(look drainLook, err error) (known bool) {
	d.result.Polls++
	if err != nil && !look.Active {
		return false
	}
	d.result.Live = look.Live
	elsewhere := look.Presence != "" && !strings.EqualFold(look.Presence, "Offline") && !inTraining(look.Presence)
	d.training = d.training && look.Active && !elsewhere
	return true
}

// noteRunning says what runs: when the drain begins and whenever it changes.
func (d *drain) noteRunning(ctx context.Context, look drainLook) error {
	now := running(look.Live)
	if d.training || inTraining(look.Presence) {
		now += ", and a training"
	}
	if now == d.noted {
		return nil
	}
	first := d.noted == ""
	d.noted = now
	kind, text := "drain.running", now
	switch {
	case first && d.resumed:
		return nil
	case first:
		kind, text = "drain.began", fmt.Sprintf("drain began: %s; waited for until %s at the latest", now, d.deadline.UTC().Format(time.RFC3339))
	}
	return d.record(ctx, func(p *store.PersonTx) error { return d.note(p, kind, text) })
}

func running(live int) string {
	switch {
	case live < 0:
		return "the platform does not say how many conversations run"
	case live == 1:
		return "1 conversation runs"
	default:
		return fmt.Sprintf("%d conversations run", live)
	}
}

// isolateAgain takes a person who has joined again off the queues. What fails and may pass is tried with the next look.
func (d *drain) isolateAgain(ctx context.Context, joined []string) error {
	err := d.cut(ctx, d.accountID)
	var platform *ccaas.Error
	if errors.As(err, &platform) && !final(err) {
		return nil
	}
	if err != nil {
		return err
	}
	d.result.Isolations++
	return d.record(ctx, func(p *store.PersonTx) error {
		return d.note(p, "drain.isolated_again", fmt.Sprintf("joined again to %d queues: isolated anew", len(joined)))
	})
}

// windowLastLook is how long the platform gets to say what is left when the window is over.
const windowLastLook = 5 * time.Second

// windowOver ends a drain by its deadline. What still runs is looked at once more, for the record; it decides nothing.
func (d *drain) windowOver(ctx context.Context) error {
	lookCtx, cancel := context.WithTimeout(ctx, windowLastLook)
	defer cancel()
	d.see(d.a.drains.look(lookCtx, d.accountID, true))
	return d.ended(ctx, "the window is over")
}

func (d *drain) ended(ctx context.Context, because string) error {
	return d.record(ctx, func(p *store.PersonTx) error {
		return d.note(p, "account.drained", fmt.Sprintf("drained: %d conversations still running at the end; joined again and isolated anew %d times; %s",
			max(d.result.Live, 0), d.result.Isolations, because))
	})
}

// nowDismissed reports whether HR has turned the leaving into a dismissal meanwhile, which skips the rest of the drain.
func (l leaving) nowDismissed(ctx context.Context) (is bool, err error) {
	err = l.record(ctx, func(p *store.PersonTx) error {
		v, err := l.a.look(p, time.Now())
		is = dismissed(v.picture.State)
		return err
	})
	return is, err
}

// dismissed says that the employment ended by dismissal: no drain, and no way back without legal.
func dismissed(state hr.State) bool {
	return state.Employment == hr.Left && state.Reason == hr.Involuntary
}
