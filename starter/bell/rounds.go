package bell

import (
	"context"
	"time"
)

// rounds says how often something is done again. Every duration is positive.
type rounds struct {
	// first is the pause before the first round, every that between two; a round that found more than it could do is followed at once.
	first, every time.Duration
	// least and most bound the pause after a round that failed; it doubles from one failure to the next.
	least, most time.Duration
	failed      func(pause time.Duration, err error)
}

// run does a round again and again until the context ends.
func (r rounds) run(ctx context.Context, round func(context.Context) (more bool, err error)) {
	pause := r.first
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		more, err := round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = min(2*max(pause, r.least), r.most)
			r.failed(pause, err)
		case more:
			pause = 0
		default:
			pause = r.every
		}
		timer.Reset(pause)
	}
}
