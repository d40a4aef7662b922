package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"muster/ccaas"
	"muster/hr"
	"muster/lifecycle"
	"muster/store"
)

// drainPoll is how often a leaver's conversations are looked at.
const drainPoll = 5 * time.Second

// Drain waits until the leaver's running conversations have ended, at most for the window. Each look also makes sure that the
// agent has not joined again. A platform that does not say how many run counts as one running.
func (a *Activities) Drain(ctx context.Context, in lifecycle.DrainInput) (lifecycle.DrainResult, error) {
	var result lifecycle.DrainResult
	ph, err := a.begin(ctx, in.PhaseInput)
	if err != nil {
		return result, boundary(err)
	}
	// The window begins with the first look, and a second attempt goes on with it.
	deadline := time.Now().Add(in.Window)
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &deadline); err != nil {
			return result, boundary(fmt.Errorf("reading the drain's deadline: %w", err))
		}
	}
	result, err = leaving{ph}.drain(ctx, deadline)
	return result, boundary(err)
}

func (l leaving) drain(ctx context.Context, deadline time.Time) (result lifecycle.DrainResult, err error) {
	ticker := time.NewTicker(drainPoll)
	defer ticker.Stop()
	for {
		activity.RecordHeartbeat(ctx, deadline)
		account, err := l.a.platform.Account(ctx, l.person.Agent.PlatformUserID, ccaas.Want{Queues: true})
		if err != nil {
			return result, err
		}
		result.Polls++
		result.Live = account.Live
		over := account.Live == 0 || account.State != ccaas.Active || !time.Now().Before(deadline)
		if !over {
			if result.Dismissed, err = l.nowDismissed(ctx); err != nil {
				return result, err
			}
			over = result.Dismissed
		}
		if over {
			return result, l.drained(ctx, result)
		}
		if len(joinedQueues(account)) > 0 {
			if err := l.cut(ctx, account.ID); err != nil {
				return result, err
			}
			result.Isolations++
		}
		select {
		case <-ctx.Done():
			return result, ctx.Err()
		case <-ticker.C:
		}
	}
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

func (l leaving) drained(ctx context.Context, result lifecycle.DrainResult) error {
	return l.record(ctx, func(p *store.PersonTx) error {
		return l.note(p, "account.drained", fmt.Sprintf("drained: %d conversations still running at the end; joined again and isolated anew %d times",
			result.Live, result.Isolations))
	})
}
