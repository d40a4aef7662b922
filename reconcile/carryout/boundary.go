package carryout

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"muster/ccaas"
	"muster/names"
)

// boundary makes errors what a workflow can act on: all are tried again, the platform's no sooner than it says. It is the last thing to
// touch an error.
func boundary(err error) error {
	var app *temporal.ApplicationError
	var platform *ccaas.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &app):
		return app
	case errors.As(err, &platform):
		return temporal.NewApplicationErrorWithOptions(err.Error(), names.ErrorPlatform, temporal.ApplicationErrorOptions{NextRetryDelay: platform.RetryAfter})
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), names.ErrorStore, temporal.ApplicationErrorOptions{})
}

// refusal turns an error that asking again would only repeat into the reason to refuse the run.
func refusal(err error) (reason string, is bool) {
	var platform *ccaas.Error
	if !errors.As(err, &platform) {
		return "", false
	}
	switch platform.Kind {
	case ccaas.KindForbidden, ccaas.KindInvalid, ccaas.KindUnauthorized, ccaas.KindNotFound:
		return "the platform refuses to be read: " + platform.Error(), true
	case ccaas.KindRateLimited, ccaas.KindUnavailable, ccaas.KindConflict, ccaas.KindEmailTaken, ccaas.KindExtensionTaken, ccaas.KindNoSeat:
	}
	return "", false
}

// beat is how often an activity says that it is alive, and how far it has come.
const beat = 4 * time.Second

// step runs what an activity does and heartbeats meanwhile, so that another worker takes over within seconds when this one dies.
func step[T any](ctx context.Context, do func(ctx context.Context) (T, error)) (T, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	came, err := do(ctx)
	return came, boundary(err)
}
