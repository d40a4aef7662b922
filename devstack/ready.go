package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"muster/devstack/process"
)

// ask returns nil when the part's readiness page answers 200, else what it says instead.
func ask(ctx context.Context, part record) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, part.Ready, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", part.Ready, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 2048))
	return errors.Join(fmt.Errorf("%s answers %s %s", part.Ready, response.Status, strings.TrimSpace(string(body))), err)
}

// untilReady waits until the part is ready. It fails at once when ctx ends, as it does when a part ends, and when the
// patience is over, naming the part, what it answered last and what it last wrote.
func untilReady(ctx context.Context, part record, log string, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		problem := ask(ctx, part)
		if problem == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is not ready after %s: %w; the last lines of %s:\n%s",
				part.Name, patience, problem, log, process.LastLines(log, 15))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
