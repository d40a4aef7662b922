// Package demo plays Muster's story on a running stack and checks every step of it against the API and the platform.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"muster/devstack/stack"
)

// Run plays the story on a stack that holds nothing yet, tells it on out, and returns how many checks passed and failed. When
// ctx ends it returns early; what was not checked by then counts as nothing.
func Run(ctx context.Context, running stack.Stack, out io.Writer) (passed, failed int) {
	story := &story{out: out}
	everyPartStands(ctx, running, story)
	return story.passed, story.failed
}

// story tells and counts.
type story struct {
	out            io.Writer
	passed, failed int
}

// check tells whether a claim holds: err is nil when it does.
func (s *story) check(claim string, err error) {
	if err != nil {
		s.failed++
		fmt.Fprintf(s.out, "  FAILED  %s: %v\n", claim, err)
		return
	}
	s.passed++
	fmt.Fprintf(s.out, "  ok      %s\n", claim)
}

// everyPartStands checks that whoever is asked first in the story answers.
func everyPartStands(ctx context.Context, running stack.Stack, story *story) {
	fmt.Fprintln(story.out, "\nEvery part stands")
	story.check("the starter reaches PostgreSQL and Temporal", answers(ctx, running.StarterURL+"/readyz"))
	story.check("the worker polls its task queues", answers(ctx, running.WorkerURL+"/readyz"))
	story.check("the Temporal UI shows its first page", answers(ctx, running.TemporalUIURL))
}

func answers(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return fmt.Errorf("ask %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(url + " answers " + response.Status)
	}
	return nil
}
