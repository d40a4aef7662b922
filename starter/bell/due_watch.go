package bell

import (
	"context"
	"log/slog"
	"time"
)

// dueWatch starts the workflows of what is due by the record and does not run: a rollout, a reconciliation that somebody asked for. One that
// was ended from outside is started again, and goes on where it was.
type dueWatch struct {
	// what is it, in words.
	what string
	// due are the ids, counted as checked by being returned; start starts the workflow of one unless it runs.
	due    func(ctx context.Context, every time.Duration) ([]string, error)
	every  time.Duration
	start  func(ctx context.Context, id string) error
	server Server
	pace   Pace
	log    *slog.Logger
}

// run starts what is due until the context ends.
func (w dueWatch) run(ctx context.Context) {
	pause := w.pace.Every
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := w.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = min(2*max(pause, w.pace.Every), w.pace.MaxBackoff)
			w.log.WarnContext(ctx, "what is due could not be started; it is tried again", "what", w.what, "pause", pause, "error", err)
		default:
			pause = w.pace.Every
		}
		timer.Reset(pause)
	}
}

func (w dueWatch) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	// What is taken counts as checked, so nothing is taken while Temporal could not start it.
	if err := w.server.Reachable(ctx); err != nil {
		return err
	}
	due, err := w.due(ctx, w.every)
	if err != nil {
		return err
	}
	for _, id := range due {
		if err := w.start(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
