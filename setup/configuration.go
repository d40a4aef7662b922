package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// configuration is what setup reads from the environment. Temporal's part is read by its own client library.
type configuration struct {
	DatabaseURL string        `env:"MUSTER_DATABASE_URL"`
	Wait        time.Duration `env:"MUSTER_SETUP_WAIT" envDefault:"60s"`
}

// database returns the URL, or an error that names the variable.
func (c configuration) database() (string, error) {
	if c.DatabaseURL == "" {
		return "", errors.New("MUSTER_DATABASE_URL is not set: want a postgres:// URL")
	}
	return c.DatabaseURL, nil
}

// waitFor tries until the attempt succeeds, the wait is over or the error is one that waiting does not mend.
func (c configuration) waitFor(ctx context.Context, what string, passing func(error) bool, attempt func(context.Context) error) error {
	deadline := time.Now().Add(c.Wait)
	for {
		err := attempt(ctx)
		switch {
		case err == nil:
			return nil
		case !passing(err):
			return err
		case time.Now().After(deadline):
			return fmt.Errorf("%s does not answer after %s: %w", what, c.Wait, err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(250 * time.Millisecond):
		}
	}
}
