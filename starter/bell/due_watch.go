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
	pace := rounds{
		first: w.pace.Every, every: w.pace.Every, least: w.pace.Every, most: w.pace.MaxBackoff,
		failed: func(pause time.Duration, err error) {
			w.log.WarnContext(ctx, "what is due could not be started; it is tried again", "what", w.what, "pause", pause, "error", err)
		},
	}
	pace.run(ctx, func(ctx context.Context) (more bool, err error) { return false, w.round(ctx) })
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
