package host

import (
	"context"
	"log/slog"

	"github.com/cenkalti/backoff/v5"
)

// await tries until it works or ctx ends, and says what it waits for: a worker that starts before its servers is not a failure.
func await[T any](ctx context.Context, logger *slog.Logger, what string, try func(context.Context) (T, error)) (T, error) {
	return backoff.Retry(ctx, func() (T, error) {
		value, err := try(ctx)
		if err != nil {
			logger.Warn("waiting", "for", what, "error", err)
		}
		return value, err
	}, backoff.WithMaxElapsedTime(0))
}
