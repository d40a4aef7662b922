package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"muster/api"
	"muster/devstack/stack"
)

// story tells, acts and counts.
type story struct {
	ctx      context.Context
	out      io.Writer
	stack    stack.Stack
	operator api.Client
	editor   api.Client
	auditor  api.Client
	platform platform
	temporal client.Client
	places   Places
	// staff is what HR has told of everybody so far.
	staff staff
	// lastRun is the newest reconciliation of everybody.
	lastRun string
	// registry is the text of the newest mapping version.
	registry []byte

	passed, failed int
}

// patience is how long a step may take until its check fails. Nothing waits that long where all is well.
const patience = 45 * time.Second

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

// as is the API as the holder of another token sees it.
func (s *story) as(holder string) api.Client {
	return api.Client{BaseURL: s.stack.StarterURL, Token: s.stack.Tokens[holder]}
}

// eventually checks a claim that may take a moment to become true.
func (s *story) eventually(claim string, holds func() error) { s.within(patience, claim, holds) }

// within checks a claim that may take as long as that to become true.
func (s *story) within(limit time.Duration, claim string, holds func() error) {
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	ticker := time.NewTicker(150 * time.Millisecond)
	defer ticker.Stop()
	err := holds()
	for err != nil {
		select {
		case <-ctx.Done():
			s.check(claim, err)
			return
		case <-ticker.C:
			err = holds()
		}
	}
	s.check(claim, nil)
}

// send posts a body signed as WORKDAY does and returns its one receipt.
func (s *story) send(body []byte) (api.EventReceipt, error) {
	receipts, err := s.operator.SendSignedEvents(s.ctx, s.stack.WebhookSecrets["WORKDAY"], "msg_"+uuid.NewString(), body)
	if err != nil {
		return api.EventReceipt{}, err
	}
	if len(receipts.Events) != 1 {
		return api.EventReceipt{}, fmt.Errorf("%d receipts for one event", len(receipts.Events))
	}
	return receipts.Events[0], nil
}

// fields of an event or a payload.
type fields map[string]any

// event posts an event of WORKDAY about a person and returns its id.
func (s *story) event(claim, eventType string, top, payload fields) string {
	id := "evt_" + uuid.NewString()
	document := fields{
		"event_id": id, "event_type": eventType, "source_system": "WORKDAY",
		"timestamp_utc": time.Now().UTC().Format(time.RFC3339Nano), "payload": payload,
	}
	for name, value := range top {
		document[name] = value
	}
	body, err := json.Marshal(document)
	if err == nil {
		_, err = s.send(body)
	}
	if s.check(claim, err); err == nil {
		s.staff.note(eventType, payload)
	}
	return id
}

// outcome waits until an event came out as expected.
func (s *story) outcome(claim, eventID, expected string) {
	s.eventually(claim, func() error {
		event, err := s.operator.Event(s.ctx, eventID)
		return errors.Join(err, equal("outcome", event.Outcome, expected))
	})
}

// equal names what was found where something else was expected.
func equal[T comparable](what string, found, expected T) error {
	if found == expected {
		return nil
	}
	return fmt.Errorf("%s: found %v, expected %v", what, found, expected)
}

// holds is an error with the text unless the condition holds.
func holds(condition bool, format string, args ...any) error {
	if condition {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func (s *story) answers(url string) error {
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, url, nil)
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
	return holds(response.StatusCode == http.StatusOK, "%s answers %s", url, response.Status)
}
