package catalogue

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/ccaas"
)

// maxCorrelation bounds the platform's id of a request, in bytes; Genesys Cloud's have 36.
const maxCorrelation = 64

// failureText says why a reading failed: in words of our own, with the platform's status and its id of the request. Nothing else of what
// the platform or the network said is in it, because it is shown to everybody who may read the catalogue.
func failureText(err error) string {
	var failure *ccaas.Error
	if !errors.As(err, &failure) {
		return "the reading failed; the worker's log says why"
	}
	var facts []string
	if failure.Status != 0 {
		facts = append(facts, fmt.Sprintf("HTTP %d", failure.Status))
	}
	if id := failure.CorrelationID; id != "" && len(id) <= maxCorrelation && !strings.ContainsFunc(id, strange) {
		facts = append(facts, "correlation id "+id)
	}
	text := reason(failure)
	if len(facts) > 0 {
		text += " (" + strings.Join(facts, ", ") + ")"
	}
	return text
}

func reason(failure *ccaas.Error) string {
	switch failure.Kind {
	case ccaas.KindUnauthorized:
		return "the platform does not accept the OAuth client's credentials"
	case ccaas.KindForbidden:
		return "the OAuth client lacks a permission"
	case ccaas.KindRateLimited:
		return "the platform's request budget is used up"
	case ccaas.KindUnavailable:
		if failure.Status == 0 {
			return "the platform did not answer"
		}
		return "the platform is not available"
	default:
		return "the platform refused the reading"
	}
}

// strange is whatever does not occur in an id.
func strange(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
}

// retryIn is how long to wait after a failure that followed so many others: twice as long each time, and as long as the platform asks.
func retryIn(pace Pace, failuresBefore int, err error) time.Duration {
	pause := pace.FirstRetry
	for range failuresBefore {
		if pause *= 2; pause >= pace.LastRetry {
			break
		}
	}
	pause = min(pause, pace.LastRetry)
	var failure *ccaas.Error
	if errors.As(err, &failure) {
		pause = max(pause, failure.RetryAfter)
	}
	return pause
}
