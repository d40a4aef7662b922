package ccaas

import (
	"errors"
	"fmt"
	"time"
)

// Kind classifies what went wrong, so that a caller need not know the platform's codes.
type Kind string

// Kinds of error.
const (
	KindNotFound   Kind = "not_found"
	KindEmailTaken Kind = "email_taken" // by any account, deleted ones included
	// KindExtensionTaken: another account has the phone extension. It stays refused until somebody frees it.
	KindExtensionTaken Kind = "extension_taken"
	// KindNoSeat: no licence is left for what was asked, such as joining a queue. It stays refused until a seat is free.
	KindNoSeat       Kind = "no_seat"
	KindConflict     Kind = "conflict"     // version or uniqueness conflict that a re-read did not settle
	KindInvalid      Kind = "invalid"      // the platform refuses this request for good
	KindUnauthorized Kind = "unauthorized" // after one re-authentication
	KindForbidden    Kind = "forbidden"    // the OAuth client lacks a permission
	KindRateLimited  Kind = "rate_limited" // RetryAfter is set
	KindUnavailable  Kind = "unavailable"  // 5xx, timeout, connection cut: the write may or may not have happened
)

// Error is what a platform answered, or that it did not.
type Error struct {
	Kind          Kind
	Op            string        // the neutral verb, e.g. "skills.replace"
	Status        int           // HTTP status; 0 when there was no answer
	Code          string        // the platform's own error code
	Message       string        // the platform's own message
	CorrelationID string        // the platform's own id of the request
	RetryAfter    time.Duration // how long the platform asks to wait; 0 when it does not say
	NotSent       bool          // the request never left; nothing can have happened, whatever the Kind
	Err           error         // the cause, for transport errors
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Op, e.Kind)
	if e.NotSent {
		s += " (not sent)"
	}
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d %s)", e.Status, e.Code)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.CorrelationID != "" {
		s += " [correlation " + e.CorrelationID + "]"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err is, or wraps, an *Error of that kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
